// An error handler that answers in JSON, for APIs that have none.

import type { ServerResponse } from 'node:http';
import { InternalError, UnauthorizedError, UnavailableError } from './errors';
import type { Next, Request } from './request';

/** What the body of a refusal looks like: `{"error","error_description"}`, `{"error": "…"}` with the
 * description alone, a problem document (RFC 9457), or none. */
export type ErrorBody = 'json' | 'message' | 'problem' | 'empty';

export interface ErrorHandlerOptions {
  body?: ErrorBody;
}

export type ErrorHandler = (error: unknown, req: any, res: any, next: Next) => void;

/** Answers what `auth()` and its companions refuse; every other error goes on to the next handler. */
export function errorHandler(options: ErrorHandlerOptions = {}): ErrorHandler {
  const shape = options.body ?? 'json';
  return (error: unknown, _req: Request, res: ServerResponse, next: Next) => {
    const refusal = error instanceof UnauthorizedError || error instanceof UnavailableError || error instanceof InternalError;
    if (!refusal || res.headersSent) {
      next(error);
      return;
    }
    res.statusCode = error.status;
    for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value);
    res.setHeader('Cache-Control', 'no-store');
    const body = render(error, shape);
    if (body !== undefined) res.setHeader('Content-Type', shape === 'problem' ? 'application/problem+json' : 'application/json');
    res.end(body === undefined ? undefined : JSON.stringify(body));
  };
}

type Refusal = UnauthorizedError | UnavailableError | InternalError;

function render(error: Refusal, shape: ErrorBody): object | undefined {
  const code = (error as { code?: string }).code || 'unauthorized';
  const reason = (error as { reason?: string }).reason ?? code;
  switch (shape) {
    case 'json':
      return { error: code, error_description: descriptionOf(error, reason) };
    case 'message':
      return { error: capitalized(reason === 'credential_missing' ? 'Authorization header is missing' : error.message) };
    case 'problem':
      return { title: TITLES[error.status], status: error.status, detail: descriptionOf(error, reason), code: reason };
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

function descriptionOf(error: Refusal, reason: string): string {
  return reason === 'credential_missing' ? 'no access token was presented' : error.message;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
