// `AuthInfo` of the MCP SDK: what tools find in `extra.authInfo`, or in `ctx.http.authInfo`.

import type { RequestAuth } from '../protect/auth-result';

/** What both versions of the SDK call so. */
export interface AuthInfo {
  /** The access token: a secret. */
  token: string;
  /** The client that the token was issued to; empty if the token names no client. */
  clientId: string;
  scopes: string[];
  /** In seconds since the epoch. */
  expiresAt?: number;
  /** The audience of this server that the token is for (RFC 8707). */
  resource?: URL;
  /** The claims set. */
  extra?: Record<string, unknown>;
}

/** A plain object, which the SDK may copy. */
export function authInfo({ token, clientId, scopes, expiresAt, resource, extra }: RequestAuth): AuthInfo {
  return {
    token,
    clientId,
    scopes,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(resource !== undefined && { resource }),
    extra,
  };
}
