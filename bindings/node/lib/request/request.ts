// What is looked at of a request, whichever framework it comes from. The requests of `node:http`, and of frameworks in
// Express's tradition, are of this form as they are.

import type { IncomingHttpHeaders } from 'node:http';

export interface Request {
  method?: string | undefined;
  /** The request target: path and query. */
  url?: string | undefined;
  /** The same as the client sent it, where a router has taken its part of `url` away. */
  originalUrl?: string;
  /** As Node.js has them: the names in lower case. */
  headers: IncomingHttpHeaders;
  /** Names and values by turns, as they came: with them, a header that was sent twice is seen. */
  rawHeaders?: string[];
  /** The connection; without it, it is treated as one without TLS and without a client certificate. */
  socket?: Socket;
  /** The parameters of the route's path. */
  params?: Record<string, unknown>;
  /** Scheme and host as an adapter knows them that has no header and no socket for them. */
  protocol?: string;
  hostname?: string;
}

/** The fields of a form, as a parser made them. */
export type Form = URLSearchParams | Readonly<Record<string, unknown>>;

/** A request. Those of `node:http` are of this form as they are; pass one object for one request, since a DPoP proof passes
 * once. */
export interface ProtectedRequest extends Request {
  /** The form in the body, parsed, where it is `application/x-www-form-urlencoded`: it may have the token (RFC 6750 §2.2). */
  form?: Form;
  /** Whether the other end of the connection is a proxy of yours, which `proxyHeaders` and `clientCertificateHeader` speak
   * of. */
  trusted?: boolean;
}

/** Whether the body is a form, by its `Content-Type`. */
export function isForm(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  return type !== undefined && /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type);
}

/** What each framework's requests say in their own way. */
export interface Reader {
  /** Whether the other end of the connection is a proxy of the operator's. */
  trusts(req: Request): boolean;
  /** The form in the body, which may have the token (RFC 6750 §2.2); `undefined` if the body is not a form. */
  form(req: Request): Form | undefined;
  /** Whether the body has a token and is not a form: the RFC has no such way. */
  hasTokenOutsideForm(req: Request): boolean;
}

/** What is looked at of the connection; a TLS socket has all of it. */
export interface Socket {
  remoteAddress?: string | undefined;
  encrypted?: boolean;
  getPeerCertificate?: () => { raw?: Buffer } | null | undefined;
}

/** What `req.name` is.
 *
 * Express gives each request another prototype, so every request has a shape of its own. At a plain property access
 * V8 learns a shape that it never meets again, and forgets one that it would; this only looks. */
export function read<Name extends keyof Request>(req: Request, name: Name): Request[Name] {
  return Reflect.get(req, name);
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
