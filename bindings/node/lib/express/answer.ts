// Answers a refused request, where no error handler of the application's does.

import type { ServerResponse } from 'node:http';
import { isError } from '../realm';
import { InternalError, UnauthorizedError, UnavailableError } from '../refusal/errors';
import { type CoreAnswer, coreAnswerOf, type Refusal } from '../refusal/failure';

/** What the body of a refusal looks like: `{"error","error_description"}`, `{"error": "…"}` with the
 * description alone, a problem document (RFC 9457), or none. */
export type ErrorBody = 'json' | 'message' | 'problem' | 'empty';

/** Whose words are used: `message`, which users of `express-oauth2-jwt-bearer` know, or `description`, which is the
 * same in Rust. */
export type ErrorWords = 'original' | 'core';

export function isRefusal(error: unknown): error is Refusal {
  return error instanceof UnauthorizedError || error instanceof UnavailableError || error instanceof InternalError;
}

export function answer(res: ServerResponse, error: Refusal, shape: ErrorBody, words: ErrorWords): void {
  const core = words === 'core' ? coreAnswerOf(error) : undefined;
  const { status, headers } = core ?? error;
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  res.setHeader('Cache-Control', 'no-store');
  const body = render(error, core, shape, words);
  if (body !== undefined)
    res.setHeader('Content-Type', shape === 'problem' ? 'application/problem+json' : 'application/json');
  res.end(body === undefined ? undefined : JSON.stringify(body));
}

/** Answers for a caller that was told of an error in a way that it does not look at. Returns whether the request has an
 * answer. */
export function answerUnseen(res: ServerResponse, error: unknown): boolean {
  if (!isRefusal(error)) warnOnce(error);
  const canAnswer = typeof res?.end === 'function' && typeof res.setHeader === 'function';
  if (canAnswer && !res.headersSent && !res.writableEnded) {
    answer(res, isRefusal(error) ? error : new InternalError('Internal Server Error'), 'json', 'original');
  }
  return canAnswer;
}

let isWarned = false;

/** An error of the application's must not vanish; a flood of requests must not become a flood of warnings. */
function warnOnce(error: unknown): void {
  if (isWarned) return;
  isWarned = true;
  const text = isError(error) ? error.stack : String(error);
  const advice = 'look at the promise that the middleware returns, for instance with `await`';
  process.emitWarning(`a callback of the application's failed where nothing looks at it; ${advice}: ${text}`, {
    code: 'BEARWARD_UNSEEN_ERROR',
  });
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
