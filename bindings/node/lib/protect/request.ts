// What is looked at of an Express request. Only the parts that every framework in Express's tradition has.

import type { IncomingHttpHeaders } from 'node:http';
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
  socket?: Socket;
  app?: { get?: (setting: string) => unknown };
  auth?: AuthResult | undefined;
}

/** What is looked at of the connection; a TLS socket has all of it. */
export interface Socket {
  remoteAddress?: string | undefined;
  encrypted?: boolean;
  getPeerCertificate?: () => { raw?: Buffer } | null | undefined;
}

export type Next = (error?: unknown) => void;
/** A middleware. The promise settles when `next` was called or the answer was given.
 *
 * It resolves where the request may pass, and where `next` was called with an error, so look at one of the two:
 * `let refusal; await check(req, res, (error) => { refusal = error })`. Without `next` it rejects with the error for a
 * refused request: `await check(req, res)`. Where `next` takes no argument, a refused request is answered and the
 * promise stays open, so that nothing after the call runs. */
// Express 4 and 5, and their descriptions in TypeScript, agree with this; a stricter type would tie the
// package to one of them.
// biome-ignore lint/suspicious/noExplicitAny: the request is the framework's
export type Handler = (req: any, res: any, next?: Next) => Promise<void>;

/** What `req.name` is.
 *
 * Express gives each request another prototype, so every request has a shape of its own. At a plain property access
 * V8 learns a shape that it never meets again, and forgets one that it would; this only looks. */
export function read<Name extends keyof Request>(req: Request, name: Name): Request[Name] {
  return Reflect.get(req, name);
}

/** Sets `req.auth`, the way `read` reads. Throws where the request cannot be changed. */
export function publish(req: Request, auth: AuthResult | undefined): void {
  if (!Reflect.set(req, 'auth', auth)) throw new TypeError('`req.auth` cannot be set');
}

/** Takes away what another `auth()` found: a caller may go by `req.auth` alone, also after a refusal. */
export function retract(req: Request): void {
  if (read(req, 'auth') !== undefined) publish(req, undefined);
}

/** The values of all `Authorization` headers. */
export function authorizationValues(req: Request): string[] {
  return valuesOf(headerLines(req), 'authorization');
}

/** Names and values by turns, each line by itself where that is known.
 *
 * An adapter may have no `rawHeaders`, or leave them empty; a middleware may write another credential into
 * `headers`, such as that of a cookie, or strike it out. Then `headers` alone count, in everything: two lists of
 * one request would be two requests. */
export function headerLines({ headers, rawHeaders: raw }: Request, place?: string): string[] {
  const names = ['authorization', 'dpop', ...(place === undefined ? [] : [place, 'origin', 'sec-fetch-site'])];
  const same = raw !== undefined && names.every((name) => stands(headers[name], raw, name));
  return same && raw.length > 0 ? raw : flattened(headers);
}

/** Whether a header is what Node makes of these lines: the first of several, or all of them with commas, or with
 * semicolons between cookies. */
function stands(value: unknown, raw: string[], name: string): boolean {
  const values = valuesOf(raw, name);
  return values.length === 0
    ? value === undefined
    : values.includes(value as string) || values.join(name === 'cookie' ? '; ' : ', ') === value;
}

function valuesOf(lines: string[], name: string): string[] {
  return lines.filter((_, at) => at % 2 === 1 && lines[at - 1]?.toLowerCase() === name);
}

/** Whether the body holds a token and is no form: RFC 6750 §2.2 knows no such way. */
export function hasTokenOutsideForm(req: Request): boolean {
  const body = req.body as { access_token?: unknown } | undefined | null;
  return typeof body?.access_token === 'string' && !isForm(req.headers);
}

/** Node keeps the first of several `Authorization` headers and drops the rest; which one a proxy in front
 * looked at, nobody knows. */
export function isRepeated(req: Request, name: string): boolean {
  const raw = read(req, 'rawHeaders');
  if (raw === undefined) return false;
  let found = 0;
  for (let at = 0; at < raw.length; at += 2) {
    const own = raw[at] as string;
    if (own.length === name.length && own.toLowerCase() === name) found += 1;
  }
  return found > 1;
}

/** HTTP/2 names the host beside the path; a client may send another `Host` with it. */
export function targetOf(req: Request): string {
  const path = req.originalUrl ?? req.url ?? '';
  const { ':authority': authority, ':scheme': scheme } = req.headers as IncomingHttpHeaders &
    Record<`:${string}`, string>;
  return typeof authority === 'string' && path.startsWith('/') ? `${scheme}://${authority}${path}` : path;
}

function flattened(headers: IncomingHttpHeaders): string[] {
  // An adapter's values need not all be strings.
  return Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().flatMap((one) => [name, String(one)]));
}

export function isForm(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  return type !== undefined && /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type);
}
