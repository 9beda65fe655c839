// What a request presents, as the core is told it.

import type { RequestParts } from '../native/addon';
import { hostnameOf, type Proxies } from './url';
import { headerLines, isRepeated, type Reader, type Request, read, targetOf } from './request';

/** The value of the one `Authorization` header; `undefined` when the credential may be elsewhere as well. */
export function loneAuthorization(req: Request, reader: Reader): string | undefined {
  const headers = read(req, 'headers');
  const { authorization } = headers;
  if (typeof authorization !== 'string' || queryMayHoldToken(read(req, 'url'))) return undefined;
  if (formField(req, reader) !== undefined) return undefined;
  return isRepeated(req, 'authorization') ? undefined : authorization;
}

/** All that may matter of a request: the places a credential may be in (RFC 6750 §2), and what a DPoP proof and a
 * certificate are held against. */
export function partsOf(
  req: Request,
  reader: Reader,
  certificate: Buffer | undefined,
  admitted: boolean,
  place?: string,
): RequestParts {
  const url = req.url ?? '';
  const start = url.indexOf('?');
  return {
    method: req.method ?? '',
    target: targetOf(req),
    headers: headerLines(req, place),
    encrypted: req.socket?.encrypted === true,
    trusted: reader.trusts(req),
    certificate,
    query: start === -1 ? undefined : url.slice(start + 1),
    form: formToken(req, reader),
    admitted,
  };
}

/** The facts a requirement asks for, in its order. */
export function facts(req: Request, needs: readonly string[], proxies: Proxies): Array<string | undefined> {
  return needs.map((need) => {
    const colon = need.indexOf(':');
    const name = need.slice(colon + 1);
    if (need === 'method') return text(req.method);
    if (need === 'path') return pathOf(req);
    if (need.startsWith('path:')) return text(req.params?.[name]);
    if (need.startsWith('header:')) return isRepeated(req, name) ? undefined : text(req.headers[name]);
    return hostnameOf(req, proxies);
  });
}

/** The path as the client sent it, before any router took its part away; a target can be a whole URL (RFC 9112 §3.2.2). */
function pathOf(req: Request): string | undefined {
  const target = text(req.originalUrl ?? req.url)?.split('?', 1)[0];
  return target === undefined || target.startsWith('/') ? target : /^[^/]+:\/\/[^/]*(\/.*)$/.exec(target)?.[1];
}

function queryMayHoldToken(url: string | undefined): boolean {
  const start = url === undefined ? -1 : url.indexOf('?');
  if (url === undefined || start === -1) return false;
  // A name may be percent-encoded; then the core looks closer.
  return url.includes('access_token', start) || url.includes('%', start);
}

/** What a form has in the place of the token: a text, or what a parser made of something else. */
function formField(req: Request, reader: Reader): unknown {
  const form = reader.form(req);
  if (!(form instanceof URLSearchParams)) return form?.access_token;
  const values = form.getAll('access_token');
  return values.length > 1 ? values : values[0];
}

/** The token of a parsed form, written as a form again: the core reads forms, and knows about repetitions. */
function formToken(req: Request, reader: Reader): string | undefined {
  const token = formField(req, reader);
  if (token === undefined) return undefined;
  if (typeof token === 'string') return `access_token=${encodeURIComponent(token)}`;
  // What parsers make of a repeated `access_token`, of `access_token[]` and the like is no token, and the core is
  // to say so.
  return Array.isArray(token) && token.length > 1 ? 'access_token=a&access_token=b' : 'access_token=';
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
