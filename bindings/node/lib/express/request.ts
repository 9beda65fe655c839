// What is looked at of an Express request. Only the parts that every framework in Express's tradition has.

import type { IncomingHttpHeaders } from 'node:http';
import type { Parts } from '../engine/verifier';
import type { AuthResult } from './auth-result';

export interface Request {
  headers: IncomingHttpHeaders;
  rawHeaders?: string[];
  url?: string | undefined;
  originalUrl?: string;
  method?: string | undefined;
  protocol?: string;
  hostname?: string;
  body?: unknown;
  params?: Record<string, unknown>;
  socket?: { remoteAddress?: string | undefined };
  app?: { get?: (setting: string) => unknown };
  auth?: AuthResult | undefined;
}

export type Next = (error?: unknown) => void;
// Express 4 and 5, and their descriptions in TypeScript, agree with this; a stricter type would tie the
// package to one of them.
// biome-ignore lint: the request is the framework's
export type Handler = (req: any, res: any, next: Next) => void;

/** The value of the one `Authorization` header; `undefined` when the credential may be elsewhere as well.
 *
 * Express gives each request another prototype, so every request has a shape of its own and each property read
 * of it is a slow one: none is read twice, and none without need. */
export function loneAuthorization(req: Request): string | undefined {
  const { headers } = req;
  const { authorization } = headers;
  if (authorization === undefined || queryMayHoldToken(req.url)) return undefined;
  if (isForm(headers) && bodyHoldsToken(req)) return undefined;
  return isRepeated(req, 'authorization') ? undefined : authorization;
}

/** All the places a credential may be in (RFC 6750 §2). */
export function credentialParts(req: Request): Parts {
  const url = req.url ?? '';
  const start = url.indexOf('?');
  return {
    authorization: allValues(req, 'authorization'),
    query: start === -1 ? undefined : url.slice(start + 1),
    form: formToken(req),
  };
}

/** Whether the body holds a token and is no form: RFC 6750 §2.2 knows no such way. */
export function hasTokenOutsideForm(req: Request): boolean {
  const body = req.body as { access_token?: unknown } | undefined | null;
  return typeof body?.access_token === 'string' && !isForm(req.headers);
}

/** The facts a requirement asks for, in its order. */
export function facts(req: Request, needs: readonly string[]): Array<string | undefined> {
  return needs.map((need) => {
    const colon = need.indexOf(':');
    const name = need.slice(colon + 1);
    if (need.startsWith('path:')) return text(req.params?.[name]);
    if (need.startsWith('header:')) return isRepeated(req, name) ? undefined : text(req.headers[name]);
    return text(req.hostname);
  });
}

/** Node keeps the first of several `Authorization` headers and drops the rest; which one a proxy in front
 * looked at, nobody knows. */
function isRepeated(req: Request, name: string): boolean {
  const raw = req.rawHeaders;
  if (raw === undefined) return false;
  let found = 0;
  for (let at = 0; at < raw.length; at += 2) {
    const own = raw[at] as string;
    if (own.length === name.length && own.toLowerCase() === name) found += 1;
  }
  return found > 1;
}

function allValues(req: Request, name: string): string[] {
  const raw = req.rawHeaders;
  const values: string[] = [];
  for (let at = 0; raw !== undefined && at < raw.length; at += 2) {
    if ((raw[at] as string).toLowerCase() === name) values.push(raw[at + 1] as string);
  }
  const joined = req.headers[name];
  return values.length === 0 && joined !== undefined ? [String(joined)] : values;
}

function queryMayHoldToken(url: string | undefined): boolean {
  const start = url === undefined ? -1 : url.indexOf('?');
  if (url === undefined || start === -1) return false;
  // A name may be percent-encoded; then the core looks closer.
  return url.includes('access_token', start) || url.includes('%', start);
}

function bodyHoldsToken({ body }: Request): boolean {
  return (body as { access_token?: unknown } | undefined | null)?.access_token !== undefined;
}

/** The token of a parsed form, written as a form again: the core reads forms, and knows about repetitions. */
function formToken(req: Request): string | undefined {
  const token = (req.body as { access_token?: unknown } | undefined | null)?.access_token;
  if (token === undefined || !isForm(req.headers)) return undefined;
  const tokens = Array.isArray(token) ? token : [token];
  return tokens.map((one) => `access_token=${encodeURIComponent(String(one))}`).join('&');
}

function isForm(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  return type !== undefined && /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
