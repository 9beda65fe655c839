// A Web `Request` as `protect()` takes it.
//
// The body is never read, so a token in a form is not looked at: the handler would find the body empty. Scheme and host are
// those of `request.url`, which the server made of the `Host` header and of its connection.

import type { IncomingHttpHeaders } from 'node:http';
import type { ProtectedRequest, Socket } from '../request/request';

/** What a server that is built on `node:http` knows of a request beside the `Request` that it made. */
export interface Incoming {
  url?: string | undefined;
  rawHeaders: string[];
  socket?: Socket;
}

/** What an adapter knows beside the `Request`. */
export interface Surroundings {
  trusted: boolean;
  /** The parameters of the path, which some frameworks make anew for each call. */
  params?: (() => Record<string, unknown> | undefined) | undefined;
  incoming?: Incoming | undefined;
}

/** What was made of requests that have a DPoP proof: a proof passes once, and several checks of one request present one. */
const presented = new WeakMap<Request, WebRequest>();

/** Throws a `TypeError` for anything but a `Request`. */
export function protectedRequest(request: Request, surroundings: Surroundings): ProtectedRequest {
  checkRequest(request);
  const made = new WebRequest(request, surroundings);
  if (!request.headers.has('dpop')) return made;
  const known = presented.get(request);
  if (known !== undefined) return Object.assign(known, made);
  presented.set(request, made);
  return made;
}

class WebRequest implements ProtectedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly trusted: boolean;
  readonly socket: Socket;
  declare readonly originalUrl?: string;
  declare readonly rawHeaders?: string[];
  readonly readParams: Surroundings['params'];

  constructor({ method, url, headers }: Request, { incoming, trusted, params }: Surroundings) {
    const hostStart = url.indexOf('://') + 3;
    const pathStart = url.indexOf('/', hostStart);
    const fragment = url.indexOf('#', pathStart);
    const host = incoming === undefined ? url.slice(hostStart, pathStart) : undefined;
    this.method = method;
    this.url = fragment === -1 ? url.slice(pathStart) : url.slice(pathStart, fragment);
    this.headers = new Proxy<object>(new HeadersOf(headers, host), ONE_BY_ONE) as IncomingHttpHeaders;
    this.trusted = trusted;
    this.socket = incoming?.socket ?? { encrypted: incoming === undefined && url.startsWith('https:') };
    this.readParams = params;
    if (incoming === undefined) return;
    // What a router has taken away of the path is in `incoming.url`.
    if (incoming.url !== undefined) this.originalUrl = incoming.url;
    this.rawHeaders = incoming.rawHeaders;
  }

  get params(): Record<string, unknown> {
    return this.readParams?.() ?? {};
  }
}

class HeadersOf {
  readonly source: Headers;
  readonly host: string | undefined;

  constructor(source: Headers, host: string | undefined) {
    this.source = source;
    this.host = host;
  }

  get(name: string | symbol): string | undefined {
    // Node.js has parts of an HTTP/2 request under names such as `:authority`, which are no headers.
    if (typeof name !== 'string' || name.startsWith(':')) return undefined;
    return (name === 'host' ? this.host : undefined) ?? this.source.get(name) ?? undefined;
  }

  names(): string[] {
    return [...new Set([...this.source.keys(), ...(this.host === undefined ? [] : ['host'])])];
  }
}

/** Headers as Node.js has them, of which only what is asked for is read: servers make the `Headers` of a request piece by
 * piece, and most are never needed. */
const ONE_BY_ONE: ProxyHandler<object> = {
  get: (of, name) => (of as HeadersOf).get(name),
  has: (of, name) => (of as HeadersOf).get(name) !== undefined,
  ownKeys: (of) => (of as HeadersOf).names(),
  getOwnPropertyDescriptor(of, name) {
    const value = (of as HeadersOf).get(name);
    return value === undefined ? undefined : { value, enumerable: true, configurable: true };
  },
  set: () => false,
};

const ABSOLUTE_URL = /^https?:\/\/[^/]+\//;

export function checkRequest(request: Request | undefined): void {
  const isRequest =
    typeof request?.url === 'string' &&
    typeof request.method === 'string' &&
    typeof request.headers?.get === 'function' &&
    ABSOLUTE_URL.test(request.url);
  if (isRequest) return;
  throw new TypeError('this needs the Request of fetch; for the requests of node:http, use protect() of `bearward`');
}
