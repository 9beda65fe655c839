// An `OAuthTokenVerifier` for the SDK's own `requireBearerAuth`. It knows a failure by the class of the error, so the error
// must be of the very copy of the SDK that the application uses.

import type { Protection } from '../protect/protect';
import { Refusal } from '../refusal/refusal';
import { type AuthInfo, authInfo } from './auth-info';

/** What the SDK asks about a token. */
export interface OAuthTokenVerifier {
  /** Rejects with an error of the SDK for a token that is not good. */
  verifyAccessToken(token: string): Promise<AuthInfo>;
}

type ErrorClass<Given extends unknown[]> = new (...given: Given) => Error;

/** The errors of the SDK, version 1: `import * as errors from '@modelcontextprotocol/sdk/server/auth/errors.js'`. */
export interface SdkErrors {
  InvalidTokenError: ErrorClass<[message: string]>;
  /** The SDK's middleware answers 403 for it. Versions of the SDK that do not have it answer 401. */
  InsufficientScopeError?: ErrorClass<[message: string]>;
  ServerError: ErrorClass<[message: string]>;
}

/** Those of version 2: `import * as errors from '@modelcontextprotocol/server'`. */
export interface SdkErrors2 {
  // biome-ignore lint/suspicious/noExplicitAny: the codes are an enumeration of the SDK's own
  OAuthError: ErrorClass<[code: any, message: string]>;
}

export function tokenVerifier(api: Protection, errors: SdkErrors | SdkErrors2): OAuthTokenVerifier {
  const make = maker(errors);
  return {
    async verifyAccessToken(token) {
      const authorization = `Bearer ${typeof token === 'string' ? token : ''}`;
      try {
        const { auth } = await api.check({ method: 'POST', url: '/', headers: { authorization } });
        return authInfo(auth);
      } catch (error) {
        const refusal = Refusal.of(error);
        throw Object.assign(make(refusal), { cause: refusal });
      }
    },
  };
}

/** As RFC 6750 §3.1 and the SDK name it. */
function oauthCode(status: number): string {
  if (status >= 500) return 'server_error';
  return status === 403 ? 'insufficient_scope' : 'invalid_token';
}

function maker(errors: SdkErrors | SdkErrors2): (refusal: Refusal) => Error {
  const { InvalidTokenError, InsufficientScopeError, ServerError, OAuthError } = { ...errors } as Partial<
    SdkErrors & SdkErrors2
  >;
  if (typeof InvalidTokenError === 'function' && typeof ServerError === 'function') {
    const forbidden = typeof InsufficientScopeError === 'function' ? InsufficientScopeError : InvalidTokenError;
    return ({ status, message }) =>
      new (status >= 500 ? ServerError : status === 403 ? forbidden : InvalidTokenError)(message);
  }
  if (typeof OAuthError === 'function') {
    return ({ status, message }) => new OAuthError(oauthCode(status), message);
  }
  throw new TypeError(
    "verifier() needs the errors of the MCP SDK: `import * as errors from '@modelcontextprotocol/sdk/server/auth/errors.js'`," +
      " in version 2 from '@modelcontextprotocol/server'",
  );
}
