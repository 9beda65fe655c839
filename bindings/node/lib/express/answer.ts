// Answers a refused request, where no error handler of the application's does.

import type { ServerResponse } from 'node:http';
import { type AuthError, answerTo, type ErrorBody, type ErrorWords, isAuthError } from '../refusal/answer';
import { InternalError } from '../refusal/errors';
import { warnUnseen } from '../refusal/unseen';

export function answer(res: ServerResponse, error: AuthError, shape: ErrorBody, words: ErrorWords): void {
  const { status, headers, body } = answerTo(error, shape, words);
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  res.end(body);
}

/** Answers for a caller that was told of an error in a way that it does not look at. Returns whether the request has an
 * answer. */
export function answerUnseen(res: ServerResponse, error: unknown): boolean {
  if (!isAuthError(error)) warnUnseen(error);
  const canAnswer = typeof res?.end === 'function' && typeof res.setHeader === 'function';
  if (canAnswer && !res.headersSent && !res.writableEnded) {
    answer(res, isAuthError(error) ? error : new InternalError('Internal Server Error'), 'json', 'original');
  }
  return canAnswer;
}
