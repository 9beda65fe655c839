// `AuthInfo` of the MCP SDK: what tools find in `extra.authInfo`, or in `ctx.http.authInfo`.

import { isObject } from '../js/realm';
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
export function authInfo(auth: RequestAuth): AuthInfo {
  if (!isObject(auth)) {
    throw new TypeError(
      'authInfo() needs the token that a request was let in with, as `req.auth` has it: without a protection before it, or with' +
        ' `authRequired: false`, a request may have none',
    );
  }
  const { token, clientId, scopes, expiresAt, resource, extra } = auth;
  return {
    token,
    clientId,
    scopes,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(resource !== undefined && { resource }),
    extra,
  };
}
