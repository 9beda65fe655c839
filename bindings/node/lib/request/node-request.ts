// A request of node:http that a framework has wrapped, as `protect()` takes it.

import type { IncomingHttpHeaders } from 'node:http';
import { type Form, isForm, type ProtectedRequest, type Socket } from './request';

/** The request of node:http, or of its compatibility layer for HTTP/2. */
export interface RawRequest {
  method?: string | undefined;
  url?: string | undefined;
  rawHeaders: string[];
  socket: Socket;
}

/** What the framework knows of the request. */
export interface Wrapped {
  /** The headers as handlers see them: what another plugin has written there is a part of the request. */
  headers: IncomingHttpHeaders;
  params: unknown;
  trusted: boolean;
  /** What a parser has made of the body, if it was parsed by now. */
  body?: unknown;
  /** The target as the client sent it, where the framework may have rewritten `url`. */
  originalUrl?: string | undefined;
}

/** What was made of requests that have a DPoP proof: a proof passes once, and several checks of one request present one. */
const presented = new WeakMap<RawRequest, ProtectedRequest>();

export function nodeRequest(raw: RawRequest, wrapped: Wrapped): ProtectedRequest {
  const { headers, params, trusted, body, originalUrl } = wrapped;
  const { method, url, rawHeaders, socket } = raw;
  const made: ProtectedRequest = {
    method,
    url,
    originalUrl: originalUrl ?? url ?? '',
    headers,
    rawHeaders,
    socket,
    params: (params ?? {}) as Record<string, unknown>,
    trusted,
  };
  if (body !== undefined && body !== null && isForm(headers)) made.form = body as Form;
  return headers.dpop === undefined ? made : once(raw, made);
}

function once(raw: RawRequest, made: ProtectedRequest): ProtectedRequest {
  const known = presented.get(raw);
  if (known !== undefined) return Object.assign(known, made);
  presented.set(raw, made);
  return made;
}
