// Scheme and host that the client used, as an issuer resolver and `fromHost` get them.
//
// The rule is the same as for the URL of a DPoP proof:
//
// 1. Where the framework trusts the peer (Express by `trust proxy`), scheme and host come from the headers that `proxyHeaders` names for
//    them, and of a list from the last element, which the nearest proxy wrote. A client writes the elements before it.
// 2. What is not named is not believed: then the connection says it, and the host of an absolute request target, which is
//    how HTTP/2 names it and which is stronger than `Host` (RFC 9112 §3.2.2); else `Host`. Express's own `req.protocol`
//    and `req.hostname` believe a trusted proxy more than that.
// 3. A header that is named and is missing, empty, sent twice, or not of its form leaves the host unknown, and the
//    request is refused.

import type { ProxyHeaderOptions } from '../options/options';
import { InvalidRequestError } from '../refusal/original/errors';
import { lastForwarded } from './forwarded-header';
import { isRepeated, type Request, targetOf } from './request';

/** Which headers about the URL are believed, and of whom. */
export interface Proxies {
  headers: ProxyHeaderOptions;
  /** Whether the other end of the connection is a proxy of the operator's. */
  trusts(req: Request): boolean;
}

const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** Throws `InvalidRequestError` where scheme or host cannot be told. */
export function requestURL(req: Request, proxies: Proxies): URL {
  const [scheme, host] = [schemeOf(req, proxies), hostOf(req, proxies)];
  const { path } = splitTarget(req);
  const url = `${scheme}://${host}${path}`;
  // What does not begin with a slash would be read as a part of the host.
  if (scheme === undefined || host === undefined || !/^(?:[/?]|$)/.test(path) || !URL.canParse(url)) {
    throw new InvalidRequestError('Invalid Host header');
  }
  return new URL(url);
}

/** The host without its port; `undefined` where it cannot be told. */
export function hostnameOf(req: Request, proxies: Proxies): string | undefined {
  return hostOf(req, proxies)?.replace(/:\d*$/, '');
}

/** The request target; one in absolute form, `http://api.example.com/path`, names a host as well (RFC 9112 §3.2). */
function splitTarget(req: Request): { host?: string | undefined; path: string } {
  const target = targetOf(req);
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)(.*)$/is.exec(target);
  return absolute === null ? { path: target } : { host: absolute[1], path: absolute[2] as string };
}

/** A header that is named and says nothing that can be understood. */
const GARBLED = Symbol('garbled');

function hostOf(req: Request, proxies: Proxies): string | undefined {
  const forwarded = said(req, proxies, 'host');
  if (forwarded === GARBLED || isRepeated(req, 'host')) return undefined;
  // An adapter may have no header of that name, only what it made of it.
  const host =
    forwarded ?? splitTarget(req).host ?? req.headers.host ?? (proxies.trusts(req) ? undefined : req.hostname);
  return host !== undefined && HOST.test(host) ? host : undefined;
}

function schemeOf(req: Request, proxies: Proxies): string | undefined {
  const forwarded = said(req, proxies, 'proto');
  if (forwarded === undefined) {
    const encrypted = req.socket?.encrypted === true ? 'https' : 'http';
    return proxies.trusts(req) ? encrypted : (req.protocol ?? encrypted);
  }
  return typeof forwarded === 'string' && /^https?$/i.test(forwarded) ? forwarded.toLowerCase() : undefined;
}

/** What the nearest proxy said, where it is trusted and a header is named for this part. */
function said(req: Request, proxies: Proxies, part: 'host' | 'proto'): string | undefined | typeof GARBLED {
  const name = proxies.headers[part];
  if (name === undefined || !proxies.trusts(req)) return undefined;
  const value = req.headers[name];
  if (typeof value !== 'string' || isRepeated(req, name)) return GARBLED;
  if (name !== 'forwarded') return value.slice(value.lastIndexOf(',') + 1).trim();
  return lastForwarded(value)?.get(part) ?? GARBLED;
}
