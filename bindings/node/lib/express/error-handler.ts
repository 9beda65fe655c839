// An error handler that answers in JSON, for APIs without an error handler.

import type { ServerResponse } from 'node:http';
import { checkChoice, checkNames } from '../misspelling';
import type { Next } from './handler';
import type { Request } from '../request/request';
import { BODIES, type ErrorBody, type ErrorWords, isAuthError, WORDS } from '../refusal/answer';
import { refuseRequest } from '../uncalled';
import { answer } from './answer';
import { refuse, settled } from './outcome';

export interface ErrorHandlerOptions {
  /** Default `'json'`. */
  body?: ErrorBody;
  /** Default `'original'`. */
  words?: ErrorWords;
}

/** Resolves when the answer was given, or `next` was called. */
// biome-ignore lint/suspicious/noExplicitAny: the request and the response are the framework's
export type ErrorHandler = (error: unknown, req: any, res: any, next?: Next) => Promise<void>;

/** Answers what `auth()` and its companions refuse; every other error goes on to the next handler. */
export function errorHandler(options: ErrorHandlerOptions = {}): ErrorHandler {
  refuseRequest('errorHandler()', [options]);
  checkNames('errorHandler()', options, ['body', 'words']);
  checkChoice('body', options.body, BODIES);
  checkChoice('words', options.words, WORDS);
  const shape = options.body ?? 'json';
  const words = options.words ?? 'original';
  return (error: unknown, _req: Request, res: ServerResponse, next?: Next) => {
    if (!isAuthError(error) || res.headersSent) return refuse(res, next, error);
    answer(res, error, shape, words);
    return settled(res, undefined);
  };
}
