// The URL a request is for, as an issuer resolver gets it.

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
  const trust = req.app?.get?.('trust proxy fn');
  if (typeof forwarded !== 'string' || typeof trust !== 'function') return undefined;
  return trust(req.socket?.remoteAddress, 0) ? forwarded.split(',')[0]?.trimEnd() : undefined;
}
