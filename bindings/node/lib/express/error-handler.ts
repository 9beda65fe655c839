// An error handler that answers in JSON, for APIs that have none.

import type { ServerResponse } from 'node:http';
import { challenge, InternalError, InvalidRequestError, InvalidTokenError, UnauthorizedError, UnavailableError } from './errors';
import type { Refusal } from './failure';
import type { Next, Request } from './request';

/** What the body of a refusal looks like: `{"error","error_description"}`, `{"error": "…"}` with the
 * description alone, a problem document (RFC 9457), or none. */
export type ErrorBody = 'json' | 'message' | 'problem' | 'empty';

/** Whose words are used: `message`, which users of `express-oauth2-jwt-bearer` know, or `description`, which is the
 * same in Rust. */
export type ErrorWords = 'original' | 'core';

export interface ErrorHandlerOptions {
  /** Default `'json'`. */
  body?: ErrorBody;
  /** Default `'original'`. */
  words?: ErrorWords;
}

export type ErrorHandler = (error: unknown, req: any, res: any, next: Next) => void;

/** Answers what `auth()` and its companions refuse; every other error goes on to the next handler. */
export function errorHandler(options: ErrorHandlerOptions = {}): ErrorHandler {
  const shape = options.body ?? 'json';
  const words = options.words ?? 'original';
  return (error: unknown, _req: Request, res: ServerResponse, next: Next) => {
    const refusal = error instanceof UnauthorizedError || error instanceof UnavailableError || error instanceof InternalError;
    if (!refusal || res.headersSent) {
      next(error);
      return;
    }
    res.statusCode = error.status;
    for (const [name, value] of Object.entries(headersOf(error, words))) res.setHeader(name, value);
    res.setHeader('Cache-Control', 'no-store');
    const body = render(error, shape, words);
    if (body !== undefined) res.setHeader('Content-Type', shape === 'problem' ? 'application/problem+json' : 'application/json');
    res.end(body === undefined ? undefined : JSON.stringify(body));
  };
}

function headersOf(error: Refusal, words: ErrorWords): Record<string, string> {
  // Other challenges are the core's already: they name what is asked for.
  const isWorded = error instanceof InvalidTokenError || error instanceof InvalidRequestError;
  return words === 'core' && isWorded && error.code !== ''
    ? { ...error.headers, 'WWW-Authenticate': challenge(error.code, error.description) }
    : error.headers;
}

function render(error: Refusal, shape: ErrorBody, words: ErrorWords): object | undefined {
  const code = (error as { code?: string }).code || 'unauthorized';
  const { reason = code } = error as { reason?: string };
  const isMissing = reason === 'credential_missing';
  const text = words === 'core' || isMissing ? error.description : error.message;
  switch (shape) {
    case 'json':
      return { error: code, error_description: text };
    case 'message':
      return { error: isMissing ? 'Authorization header is missing' : capitalized(text) };
    case 'problem':
      return { title: TITLES[error.status], status: error.status, detail: text, code: reason };
    case 'empty':
      return undefined;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
