// Renders the answer to a request that may not pass.

import { type CoreAnswer, coreAnswerOf } from './core-answer';
import { InternalError, UnavailableError } from './errors';
import { UnauthorizedError } from './original/errors';

export const BODIES = ['json', 'message', 'problem', 'empty'] as const;
/** What the body of a refusal looks like: `{"error","error_description"}`, `{"error": "…"}` with the
 * description alone, a problem document (RFC 9457), or none. */
export type ErrorBody = (typeof BODIES)[number];

export const WORDS = ['original', 'core'] as const;
/** Whose words are used: `message`, which users of `express-oauth2-jwt-bearer` know, or `description`, which is the
 * same in Rust. */
export type ErrorWords = (typeof WORDS)[number];

/** What a client is answered; a body is JSON. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | undefined;
}

/** Everything that `auth()` passes to `next`. */
export type AuthError = UnauthorizedError | UnavailableError | InternalError;

export function isAuthError(error: unknown): error is AuthError {
  return error instanceof UnauthorizedError || error instanceof UnavailableError || error instanceof InternalError;
}

/** The status, the headers and the body for an error. */
export function answerTo(error: AuthError, shape: ErrorBody, words: ErrorWords): Answer {
  const core = words === 'core' ? coreAnswerOf(error) : undefined;
  const { status, headers } = core ?? error;
  const body = render(error, core, shape, words);
  const type = shape === 'problem' ? 'application/problem+json' : 'application/json';
  return {
    status,
    headers: { ...headers, 'Cache-Control': 'no-store', ...(body !== undefined && { 'Content-Type': type }) },
    body: body && JSON.stringify(body),
  };
}

function render(
  error: AuthError,
  core: CoreAnswer | undefined,
  shape: ErrorBody,
  words: ErrorWords,
): object | undefined {
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
