// A Web `Request` as `protect()` takes it.
//
// The body is never read, so a token in a form is not looked at: the handler would find the body empty. Scheme and host are
// those of `request.url`, which the server made of the `Host` header and of its connection.

import type { IncomingHttpHeaders } from 'node:http';
import type { ProtectedRequest } from '../protect/protect';
import type { Socket } from '../protect/request';

/** What a server that is built on `node:http` knows of a request beside the `Request` that it made. */
export interface Incoming {
  url?: string | undefined;
  rawHeaders: string[];
  socket?: Socket;
}

/** What an adapter knows beside the `Request`. */
export interface Surroundings {
  trusted: boolean;
  params?: Record<string, unknown>;
  incoming?: Incoming | undefined;
}

/** What was made of requests that have a DPoP proof: a proof passes once, and several checks of one request present one. */
const presented = new WeakMap<Request, ProtectedRequest>();

/** Throws a `TypeError` for anything but a `Request`. */
export function protectedRequest(request: Request, { incoming, ...more }: Surroundings): ProtectedRequest {
  checkRequest(request);
  const url = new URL(request.url);
  const headers: IncomingHttpHeaders = Object.fromEntries(request.headers);
  const made: ProtectedRequest = { method: request.method, url: url.pathname + url.search, headers, ...more };
  if (incoming === undefined) {
    headers.host = url.host;
    made.socket = { encrypted: url.protocol === 'https:' };
  } else {
    // What a router has taken away of the path is in `incoming.url`.
    if (incoming.url !== undefined) made.originalUrl = incoming.url;
    if (incoming.socket !== undefined) made.socket = incoming.socket;
    made.rawHeaders = incoming.rawHeaders;
  }
  return headers.dpop === undefined ? made : once(request, made);
}

function once(request: Request, made: ProtectedRequest): ProtectedRequest {
  const known = presented.get(request);
  if (known !== undefined) return Object.assign(known, made);
  presented.set(request, made);
  return made;
}

function checkRequest(request: Request | undefined): void {
  const isRequest =
    typeof request?.url === 'string' &&
    typeof request.method === 'string' &&
    typeof request.headers?.get === 'function' &&
    URL.canParse(request.url);
  if (isRequest) return;
  throw new TypeError('this needs the Request of fetch; for the requests of node:http, use protect() of `bearward`');
}
