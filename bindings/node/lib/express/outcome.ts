// How a middleware tells its caller what it decided: through `next`, and through the promise that it returns.
//
// 1. A request may pass: `next()` is called once, and the promise resolves.
// 2. A request is refused: `next(error)` is called once, and the promise resolves. Express 5 passes a rejection on
//    to its error handlers, so a rejection beside `next(error)` would report the refusal twice.
// 3. There is no `next`: a refusal rejects the promise with the error.
// 4. `next` cannot take an error, as `() => {}`: it could not tell a refusal from a permit. A refusal does not call it.
//    The request is answered here, and the promise never settles: what the caller does next would be done for a refused
//    request, and a rejection that an `async` handler of Express 4 does not catch would end the process.
// 5. What `next` throws, or rejects with, the promise rejects with.
// 6. A rejection that the caller does not look at never ends the process. The request is answered here instead.

import type { ServerResponse } from 'node:http';
import type { Next } from './handler';
import { warnUnseen } from '../refusal/unseen';
import { takesError } from '../takes-error';
import { isThenable } from '../js/thenable';
import { watchedPromise } from '../js/watched-promise';
import { answerUnseen } from './answer';

/** Shared by all requests that were decided about without a wait. It cannot be frozen: async hooks mark promises. */
const SETTLED: Promise<void> = Promise.resolve();

/** Throws where a middleware is called in another framework's way, in which `next` is somewhere else. */
export function checkCall(res: ServerResponse, next: Next | null | undefined): void {
  const isNext = next === undefined || next === null || typeof next === 'function';
  if (isNext && typeof res !== 'function' && !isFastifyReply(res)) return;
  throw new TypeError(
    'a Bearward middleware is called with (req, res, next), the objects of Node.js or Express. Koa and Hono call with' +
      ' (context, next), Fastify with its own request and reply: call `await check(ctx.req, ctx.res)` there, or' +
      ' `await check(request.raw, reply.raw)`',
  );
}

/** Fastify runs the handler again for a promise beside `done`. */
function isFastifyReply(res: ServerResponse | undefined): boolean {
  return res !== undefined && res !== null && res.setHeader === undefined && 'raw' in res;
}

/** Lets the request pass. The promise that it returns never rejects unseen. */
export function permit(res: ServerResponse, next: Next | undefined): Promise<void> {
  try {
    return settled(res, callToPermit(next));
  } catch (error) {
    return rejected(res, error);
  }
}

/** Refuses the request, in the same way. */
export function refuse(res: ServerResponse, next: Next | undefined, error: unknown): Promise<void> {
  try {
    return settled(res, callToRefuse(res, next, error));
  } catch (thrown) {
    return rejected(res, thrown);
  }
}

/** Returns what `next` returned, which may be a promise. */
export function callToPermit(next: Next | undefined): unknown {
  return next?.();
}

/** The same for a refusal. Throws the error where there is no `next`, or no response to answer a deaf one with. */
export function callToRefuse(res: ServerResponse, next: Next | undefined, error: unknown): unknown {
  if (takesError(next)) return next(error);
  if (typeof next === 'function' && answerUnseen(res, error)) return new Promise<never>(() => {});
  throw error;
}

/** The same for a check that decides at once: a caller that does not wait must be stopped, too. */
export function callToRefuseAtOnce(next: Next | undefined, error: unknown): unknown {
  if (takesError(next)) return next(error);
  throw error;
}

/** The promise for a caller, out of what `next` returned. */
export function settled(res: ServerResponse, returned: unknown): Promise<void> {
  return isThenable(returned) ? watched(res, returned) : SETTLED;
}

/** The promise for a caller, which settles as `work` does. */
export function watched(res: ServerResponse, work: PromiseLike<unknown>): Promise<void> {
  return watchedPromise(work as PromiseLike<void>, (error) => {
    warnUnseen(error);
    answerUnseen(res, error);
  });
}

function rejected(res: ServerResponse, error: unknown): Promise<void> {
  return watched(res, Promise.reject(error));
}
