// The errors that reach `next(err)`. Express's own handler answers with their `status` and `headers`.

import { quotable } from './challenges';

/** The challenge of RFC 6750 §3. */
export function challenge(error: string, description: string, scopes?: readonly string[]): string {
  const scope = scopes ? `, scope="${quotable(scopes.join(' '))}"` : '';
  return `Bearer realm="api", error="${error}", error_description="${quotable(description)}"${scope}`;
}

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
    this.code = useErrorCode ? 'invalid_request' : '';
    this.status = 400;
    this.statusCode = 400;
    if (useErrorCode) this.headers = { 'WWW-Authenticate': challenge(this.code, this.message) };
  }
}

/** The token is not good: 401. */
export class InvalidTokenError extends UnauthorizedError {
  code = 'invalid_token';

  constructor(message = 'Invalid Token') {
    super(message);
    this.headers = { 'WWW-Authenticate': challenge(this.code, this.message) };
  }
}

/** The DPoP proof is not one for this request: 400. */
export class InvalidProofError extends UnauthorizedError {
  code = 'invalid_dpop_proof';

  constructor(message = 'Invalid DPoP Proof') {
    super(message);
    this.status = 400;
    this.statusCode = 400;
    this.headers = { 'WWW-Authenticate': challenge(this.code, this.message) };
  }
}

/** The DPoP proof needs a nonce, which is in the header `DPoP-Nonce`: 401 (RFC 9449 §9). */
export class NonceRequiredError extends UnauthorizedError {
  code = 'use_dpop_nonce';

  constructor(message: string, nonce: string) {
    super(message);
    this.headers = { 'WWW-Authenticate': challenge(this.code, this.message), 'DPoP-Nonce': nonce };
  }
}

/** The token is good, and not enough: 403. */
export class InsufficientScopeError extends UnauthorizedError {
  code = 'insufficient_scope';

  constructor(scopes?: string[], message = 'Insufficient Scope') {
    super(message);
    this.status = 403;
    this.statusCode = 403;
    this.headers = { 'WWW-Authenticate': challenge(this.code, this.message, scopes) };
  }
}

/** The authentication behind the token is too old or too weak: 401 (RFC 9470). */
export class InsufficientAuthenticationError extends UnauthorizedError {
  code = 'insufficient_user_authentication';
}

/** The authorization server cannot be asked, so it is not known whether the token is good: 503. */
export class UnavailableError extends Error {
  status = 503;
  statusCode = 503;
  expose = false;
  code = 'temporarily_unavailable';
  headers: { 'Retry-After': string };
  reason: string;
  description: string;

  constructor(message: string, reason: string, retryAfter: number, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.description = this.message;
    this.reason = reason;
    this.headers = { 'Retry-After': String(Math.max(1, Math.ceil(retryAfter))) };
  }
}

/** What a function of the application's threw, as an error: to Express's `next`, `undefined` is a permit, and `'route'`
 * the way to another route. */
export function thrown(value: unknown): unknown {
  const isError = typeof value === 'object' && value !== null;
  return isError ? value : new InternalError('Internal Server Error', { cause: value });
}

/** The API is at fault: 500. What exactly is in `cause`, for its operator. */
export class InternalError extends Error {
  status = 500;
  statusCode = 500;
  expose = false;
  code = 'server_error';
  headers: Record<string, string> = {};
  description: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.description = this.message;
  }
}
