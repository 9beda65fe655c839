// An error handler that answers in JSON, for APIs that have none.

import type { ServerResponse } from 'node:http';
import { InternalError, UnauthorizedError, UnavailableError } from './errors';
import { type CoreAnswer, coreAnswerOf, type Refusal } from './failure';
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
    const core = words === 'core' ? coreAnswerOf(error) : undefined;
    const { status, headers } = core ?? error;
    res.statusCode = status;
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    res.setHeader('Cache-Control', 'no-store');
    const body = render(error, core, shape, words);
    if (body !== undefined) res.setHeader('Content-Type', shape === 'problem' ? 'application/problem+json' : 'application/json');
    res.end(body === undefined ? undefined : JSON.stringify(body));
  };
}

function render(error: Refusal, core: CoreAnswer | undefined, shape: ErrorBody, words: ErrorWords): object | undefined {
  const { status, code: known } = core ?? (error as { status: number; code?: string });
  const code = known || 'unauthorized';
  const { reason = code } = error as { reason?: string };
  const isMissing = reason === 'credential_missing';
  const text = words === 'core' || isMissing ? error.description : error.message;
  switch (shape) {
    case 'json':
      return { error: code, error_description: text };
    case 'message':
      return { error: isMissing ? 'Authorization header is missing' : capitalized(text) };
    case 'problem':
      return { title: TITLES[status], status, detail: text, code: reason };
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
