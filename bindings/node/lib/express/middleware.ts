// Puts a guard in front of a handler: its decision becomes `req.auth` and a call of `next`.

import type { ServerResponse } from 'node:http';
import type { Guard, Passage, Registered } from '../protect/guard';
import { isThenable } from '../js/thenable';
import { type ExpressRequest, type Next, publish, retract } from './handler';
import { callToPermit, callToRefuse, checkCall, permit, refuse, watched } from './outcome';
import { noteAnonymous } from './without-auth';

/** Lets a request pass, with `req.auth`, or passes on why not. */
export function authenticate(
  guard: Guard,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next | undefined,
  required?: Registered,
): Promise<void> {
  checkCall(res, next);
  try {
    retract(req);
  } catch (error) {
    return refuse(res, next, error);
  }
  return check(guard, req, res, next, required);
}

/** The same for a request that has passed, and that must meet another requirement. */
export function check(
  guard: Guard,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next | undefined,
  required?: Registered,
): Promise<void> {
  try {
    const passage = guard.decide(req, required, Reflect.get(req, 'auth'));
    if (isThenable(passage)) return watched(res, finish(passage, req, res, next));
    enter(passage, req, res);
  } catch (error) {
    return refuse(res, next, error);
  }
  return permit(res, next);
}

async function finish(
  pending: PromiseLike<Passage>,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next | undefined,
): Promise<unknown> {
  let refusal: { error: unknown } | undefined;
  try {
    enter(await pending, req, res);
  } catch (error) {
    refusal = { error };
  }
  return refusal === undefined ? callToPermit(next) : callToRefuse(res, next, refusal.error);
}

function enter({ auth, dpopNonce, isHiddenFromCaches }: Passage, req: ExpressRequest, res: ServerResponse): void {
  if (auth === undefined) {
    noteAnonymous(req);
    return;
  }
  if (dpopNonce !== undefined) res.setHeader('DPoP-Nonce', dpopNonce);
  if (isHiddenFromCaches) keepFromSharedCaches(res);
  publish(req, auth);
}

/** RFC 6750 §2.3, for each place of a token that caches do not know of. What was said of caches before, or what the
 * handler says of them, is its own to say. */
function keepFromSharedCaches(res: ServerResponse): void {
  if (res?.getHeader?.('Cache-Control') === undefined) res?.setHeader?.('Cache-Control', 'private');
}
