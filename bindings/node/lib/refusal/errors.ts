// The errors of this API and of the authorization server, which are no fault of the client's.

import type { OAuthError } from './oauth-errors';

/** The authorization server cannot be asked, so it is not known whether the token is good: 503. */
export class UnavailableError extends Error {
  status = 503;
  statusCode = 503;
  expose = false;
  code: string = 'temporarily_unavailable' satisfies OAuthError;
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
