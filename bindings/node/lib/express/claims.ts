// The checks of `express-oauth2-jwt-bearer` on the claims of a token that `auth()` has let in.

import type { ServerResponse } from 'node:http';
import type { ExpressRequest, Handler, Next } from './handler';
import { thrown } from '../refusal/errors';
import { InsufficientScopeError, InvalidTokenError } from '../refusal/original/errors';
import { isThenable } from '../js/thenable';
import { AcceptedToken } from '../protect/auth-result';
import { type JWTPayload, scopesOf, withImplied } from '../token/payload';
import { refuseRequest } from '../uncalled';
import { refuseSurplus } from '../surplus';
import { callToPermit, callToRefuse, callToRefuseAtOnce, checkCall, settled, watched } from './outcome';
import { unauthorized } from './without-auth';

export type JSONPrimitive = string | number | boolean | null;

type ClaimCheck = (payload: JWTPayload) => boolean | Promise<boolean>;

type Check = (payload: JWTPayload, auth: unknown) => void | Promise<void>;

/** Requires every one of these scopes: `requiredScopes('read write')`, `requiredScopes('read', 'write')` or
 * `requiredScopes(['read', 'write'])`. */
export function requiredScopes(...scopes: Array<string | string[]>): Handler {
  const required = listScopes('requiredScopes()', scopes);
  return handler('requiredScopes()', (payload, auth) => {
    const granted = grantedScopes(payload, auth, required);
    if (!required.every((scope) => granted.has(scope))) throw new InsufficientScopeError(required);
  });
}

/** Requires at least one of these scopes. */
export function scopeIncludesAny(...scopes: Array<string | string[]>): Handler {
  const required = listScopes('scopeIncludesAny()', scopes);
  return handler('scopeIncludesAny()', (payload, auth) => {
    const granted = grantedScopes(payload, auth, required);
    if (!required.some((scope) => granted.has(scope))) throw new InsufficientScopeError(required);
  });
}

/** Requires a claim to be exactly this value. */
export function claimEquals(claim: string, expected: JSONPrimitive): Handler;
export function claimEquals(...given: [string, JSONPrimitive]): Handler {
  refuseRequest('claimEquals()', given);
  refuseSurplus('claimEquals()', given, 2, 'one value can be equal; each claim needs a middleware of its own');
  const [claim, expected] = given;
  checkClaimName('claimEquals()', claim);
  checkPrimitive(expected);
  const holds = (payload: JWTPayload) => claimOf(payload, claim) === expected;
  return judging('claimEquals()', holds, `Unexpected '${claim}' value`);
}

/** Requires a claim, a list or a string with spaces, to include all of these values. */
export function claimIncludes(claim: string, ...expected: JSONPrimitive[]): Handler {
  checkClaimName('claimIncludes()', claim);
  expected.forEach(checkPrimitive);
  if (expected.length === 0) throw new TypeError("'expected' must not be empty: it would let everyone pass");
  const holds = (payload: JWTPayload) => {
    const value = claimOf(payload, claim);
    const included: unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
    return expected.every((one) => included.includes(one));
  };
  return judging('claimIncludes()', holds, `Unexpected '${claim}' value`);
}

/** Requires what your own function decides. */
export function claimCheck(fn: ClaimCheck, errMsg?: string): Handler;
export function claimCheck(...given: [ClaimCheck, string?]): Handler {
  refuseRequest('claimCheck()', given);
  refuseSurplus('claimCheck()', given, 2, 'each function needs a middleware of its own');
  const [fn, errMsg] = given;
  if (typeof fn !== 'function') throw new TypeError("'claimCheck' expects a function");
  return judging('claimCheck()', fn, errMsg);
}

function judging(what: string, fn: (payload: JWTPayload) => boolean | Promise<boolean>, errMsg?: string): Handler {
  const judge = (holds: unknown) => {
    if (!holds) throw new InvalidTokenError(errMsg);
  };
  return handler(what, (payload) => {
    const verdict = fn(payload);
    // A promise is not yet a yes.
    return isThenable(verdict) ? Promise.resolve(verdict).then(judge) : judge(verdict);
  });
}

/** The originals call `next` at once, and callers that do not wait rely on it: what `next` throws, and a refusal that
 * it cannot take, is thrown here. Only an asynchronous check is told through the promise. */
function handler(what: string, check: Check): Handler {
  return (req: ExpressRequest, res: ServerResponse, next?: Next) => {
    checkCall(res, next);
    let pending: void | Promise<void>;
    try {
      const payload = req.auth?.payload;
      if (!payload) throw unauthorized(what, req);
      pending = check(payload, req.auth);
    } catch (error) {
      return settled(res, callToRefuseAtOnce(next, thrown(error)));
    }
    if (pending === undefined) return settled(res, callToPermit(next));
    return watched(
      res,
      pending.then(
        () => callToPermit(next),
        (error) => callToRefuse(res, next, thrown(error)),
      ),
    );
  };
}

function listScopes(what: string, scopes: Array<string | string[]>): string[] {
  refuseRequest(what, scopes);
  const list = scopes.flatMap((some) => {
    if (typeof some === 'string') return some.split(' ');
    if (Array.isArray(some) && some.every((one) => typeof one === 'string')) return some;
    throw new TypeError("'scopes' must be a string or array of strings");
  });
  if (scopes.length === 0) throw new TypeError("'scopes' must be a string or array of strings");
  const empty = list.length === 0 || scopes.some((some) => some.length === 0) || list.includes('');
  if (empty) throw new TypeError("'scopes' must not be empty: it would let everyone pass, or no one");
  return list;
}

/** With what `implies` of the `auth()` that let the request in says of them. */
function grantedScopes(payload: JWTPayload, auth: unknown, required: string[]): ReadonlySet<string> {
  if (!Object.hasOwn(payload, 'scope') && !Object.hasOwn(payload, 'scp')) {
    throw new InsufficientScopeError(required, "Missing 'scope' claim");
  }
  return withImplied(scopesOf(payload), AcceptedToken.originOf(auth)?.implies ?? {});
}

function claimOf(payload: JWTPayload, claim: string): unknown {
  if (!Object.hasOwn(payload, claim)) throw new InvalidTokenError(`Missing '${claim}' claim`);
  return payload[claim];
}

function checkClaimName(what: string, claim: unknown): void {
  refuseRequest(what, [claim]);
  if (typeof claim !== 'string') throw new TypeError("'claim' must be a string");
}

/** Beyond these bounds two numbers of a token are one in JavaScript, and another's claim would equal the expected one. */
export function checkNumber(value: unknown, name: string): void {
  if (typeof value === 'number' && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
    throw new TypeError(`${name} must be a number between ±9007199254740991, or a string: ${value} cannot be compared`);
  }
}

function checkPrimitive(value: unknown): void {
  if (value !== null && !['string', 'number', 'boolean'].includes(typeof value)) {
    throw new TypeError("'expected' must be a string, number, boolean or null");
  }
  checkNumber(value, "'expected'");
}
