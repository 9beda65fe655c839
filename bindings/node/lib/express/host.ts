// Scheme and host that the client used, as an issuer resolver and `fromHost` get them.
//
// The rule is the same as for the URL of a DPoP proof:
//
// 1. Where Express's `trust proxy` trusts the peer, its forwarding headers are read: those that `forwardedHeaders`
//    names, and of a list the last element, which the nearest proxy wrote. A client writes the elements before it.
// 2. A forwarding header that is absent or empty says nothing; then the connection and `Host` do.
// 3. A header that is sent twice, or is not of its form, leaves the host unknown, and the request is refused.

import { InvalidRequestError } from './errors';
import { lastForwarded } from './forwarded';
import type { ForwardedHeaders } from './options';
import { isRepeated, type Request } from './request';

const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** Throws `InvalidRequestError` where scheme or host cannot be told. */
export function requestURL(req: Request, headers: ForwardedHeaders): URL {
  const [scheme, host] = [schemeOf(req, headers), hostOf(req, headers)];
  const url = `${scheme}://${host}${req.originalUrl ?? req.url ?? ''}`;
  if (scheme === undefined || host === undefined || !URL.canParse(url)) {
    throw new InvalidRequestError('Invalid Host header');
  }
  return new URL(url);
}

/** The host without its port; `undefined` where it cannot be told. */
export function hostnameOf(req: Request, headers: ForwardedHeaders): string | undefined {
  return hostOf(req, headers)?.replace(/:\d*$/, '');
}

/** A forwarding header that is there and not understood. */
const GARBLED = Symbol('garbled');

function hostOf(req: Request, headers: ForwardedHeaders): string | undefined {
  const forwarded = said(req, headers, 'host');
  if (forwarded === GARBLED || isRepeated(req, 'host')) return undefined;
  // An adapter may have no header of that name, only what it made of it.
  const host = forwarded ?? req.headers.host ?? req.hostname;
  return host !== undefined && HOST.test(host) ? host : undefined;
}

function schemeOf(req: Request, headers: ForwardedHeaders): string | undefined {
  const forwarded = said(req, headers, 'proto');
  if (forwarded === undefined) return req.protocol ?? (req.socket?.encrypted === true ? 'https' : 'http');
  return typeof forwarded === 'string' && /^https?$/i.test(forwarded) ? forwarded.toLowerCase() : undefined;
}

/** What the nearest proxy said, where it is trusted and said something. */
function said(req: Request, headers: ForwardedHeaders, part: 'host' | 'proto'): string | undefined | typeof GARBLED {
  const name = headers === 'forwarded' ? 'forwarded' : `x-forwarded-${part}`;
  const value = req.headers[name];
  if (typeof value !== 'string' || value.trim() === '' || !trustsPeer(req)) return undefined;
  if (isRepeated(req, name)) return GARBLED;
  if (headers !== 'forwarded') return value.slice(value.lastIndexOf(',') + 1).trim();
  const element = lastForwarded(value);
  return element === undefined ? GARBLED : element.get(part);
}

/** Whether Express's `trust proxy` setting trusts whoever is at the other end of the connection. */
export function trustsPeer(req: Request): boolean {
  const trust = req.app?.get?.('trust proxy fn');
  return typeof trust === 'function' && Boolean(trust(req.socket?.remoteAddress, 0));
}
