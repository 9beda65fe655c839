// The URL a request is for, as an issuer resolver gets it, and whose word on that counts.

import { InvalidRequestError } from './errors';
import type { Request } from './request';

const HOST = /^(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** Throws `InvalidRequestError` where the `Host` header is none. */
export function requestURL(req: Request): URL {
  const host = forwardedHost(req) ?? req.headers.host;
  const url = `${req.protocol ?? 'http'}://${host}${req.originalUrl ?? req.url ?? ''}`;
  if (host === undefined || !HOST.test(host) || !URL.canParse(url)) {
    throw new InvalidRequestError('Invalid Host header');
  }
  return new URL(url);
}

/** `X-Forwarded-Host`, where the application trusts the peer that sent it. */
function forwardedHost(req: Request): string | undefined {
  const forwarded = req.headers['x-forwarded-host'];
  return typeof forwarded === 'string' && trustsPeer(req) ? forwarded.split(',')[0]?.trimEnd() : undefined;
}

/** Whether Express's `trust proxy` setting trusts whoever is at the other end of the connection. */
export function trustsPeer(req: Request): boolean {
  const trust = req.app?.get?.('trust proxy fn');
  return typeof trust === 'function' && Boolean(trust(req.socket?.remoteAddress, 0));
}
