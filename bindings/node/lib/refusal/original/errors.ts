// The errors that `express-oauth2-jwt-bearer` passes to `next(err)`, and those of what it does not know in the same form.
// Express's own handler answers with their `status` and `headers`.

import type { OAuthError } from '../oauth-errors';
import { challenge } from './challenge';

export interface ErrorHeaders {
  'WWW-Authenticate': string;
  [name: string]: string;
}

/** Nothing was presented: 401, without an error code. */
export class UnauthorizedError extends Error {
  status = 401;
  statusCode = 401;
  /** Whether handlers in the tradition of `http-errors`, NestJS's among them, may show the message. */
  expose = true;
  headers: ErrorHeaders = { 'WWW-Authenticate': 'Bearer realm="api"' };
  /** The stable name of the failure, such as `credential_missing`; the same in Rust. */
  reason?: string;
  /** The core's own words, the same in Rust; `message` has those that users of the original know. */
  description: string;
  /** The claim that is absent or malformed. */
  claim?: string;

  constructor(message = 'Unauthorized', options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.description = this.message;
  }
}

/** The request presents its credential in a wrong way: 400. */
export class InvalidRequestError extends UnauthorizedError {
  code: string;

  constructor(message = 'Invalid Request', useErrorCode = true) {
    super(message);
    this.code = useErrorCode ? ('invalid_request' satisfies OAuthError) : '';
    this.status = 400;
    this.statusCode = 400;
    if (useErrorCode) this.headers = { 'WWW-Authenticate': challenge(this.code, this.message) };
  }
}

/** The token is not good: 401. */
export class InvalidTokenError extends UnauthorizedError {
  code: string = 'invalid_token' satisfies OAuthError;

  constructor(message = 'Invalid Token') {
    super(message);
    this.headers = { 'WWW-Authenticate': challenge(this.code, this.message) };
  }
}

/** The DPoP proof is not one for this request: 400. */
export class InvalidProofError extends UnauthorizedError {
  code: string = 'invalid_dpop_proof' satisfies OAuthError;

  constructor(message = 'Invalid DPoP Proof') {
    super(message);
    this.status = 400;
    this.statusCode = 400;
    this.headers = { 'WWW-Authenticate': challenge(this.code, this.message) };
  }
}

/** The DPoP proof needs a nonce, which is in the header `DPoP-Nonce`: 401 (RFC 9449 §9). */
export class NonceRequiredError extends UnauthorizedError {
  code: string = 'use_dpop_nonce' satisfies OAuthError;

  constructor(message: string, nonce: string) {
    super(message);
    this.headers = { 'WWW-Authenticate': challenge(this.code, this.message), 'DPoP-Nonce': nonce };
  }
}

/** The token is good, and not enough: 403. */
export class InsufficientScopeError extends UnauthorizedError {
  code: string = 'insufficient_scope' satisfies OAuthError;

  constructor(scopes?: string[], message = 'Insufficient Scope') {
    super(message);
    this.status = 403;
    this.statusCode = 403;
    this.headers = { 'WWW-Authenticate': challenge(this.code, this.message, scopes) };
  }
}

/** The authentication behind the token is too old or too weak: 401 (RFC 9470). */
export class InsufficientAuthenticationError extends UnauthorizedError {
  code: string = 'insufficient_user_authentication' satisfies OAuthError;
}
