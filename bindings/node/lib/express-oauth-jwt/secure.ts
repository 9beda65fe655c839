// `secure()`: lets requests with a valid token pass, with `req.claims`, and answers the others itself.

import type { ServerResponse } from 'node:http';
import { RecentlyUsed } from '../engine/recently-used';
import { type Decision, isFailure } from '../engine/driver';
import { callToPermit, callToRefuse, checkCall, watched } from '../express/outcome';
import type { Failure } from '../native/addon';
import { copyOf, nameOf } from '../options/snapshot';
import type { Handler, Next } from '../express/handler';
import { authorizationValues, type Request } from '../request/request';
import { InternalError, UnavailableError } from '../refusal/errors';
import { UnauthorizedError } from '../refusal/original/errors';
import { messageOf } from '../refusal/original/messages';
import { refuseRequest } from '../uncalled';
import { copyPart } from '../token/parsed';
import { refuseSurplus } from '../surplus';
import type { JWTPayload } from '../token/payload';
import { type GetKey, KeyFunction, KeyLookupError } from './get-key';
import { type Decider, deciderOf, type JwksService } from './jwks-service';
import { type Options, type ResolvedOptions, resolveOptions } from './options';

/** One of settings that come by once is not kept for ever. */
const MAX_DECIDERS = 64;

type SecuredRequest = Request & { claims?: JWTPayload };

const WORDING = { wording: 'configured', isStrict: false } as const;

/** The token lacks a scope. */
export class InsufficientScopeError extends Error {
  constructor() {
    super('Token is missing some required scope values');
    this.name = 'InsufficientScopeError';
  }
}

/** The token lacks a claim, or it has another value. */
export class TokenClaimsError extends Error {
  constructor() {
    super('Token is missing some required claims');
    this.name = 'TokenClaimsError';
  }
}

/** Secures what comes after it. `keys` is a function like `createRemoteJWKSet` of `jose`, or a service of
 * `getSimpleJwksService` or `jwksService`. Throws at once when an option cannot work.
 *
 * The middleware calls `next` for a request that may pass, and answers the others; its promise resolves after either,
 * so go by `req.claims` or by the call of `next`. Without `next` it answers nothing, and the promise rejects with an
 * error that has `status` and `headers`. */
export function secure(keys: GetKey | JwksService, options?: Options): Handler;
export function secure(...given: [GetKey | JwksService, Options?]): Handler {
  refuseRequest('secure()', given);
  refuseSurplus('secure()', given, 2, 'what is required of a token is an option, `scope` or `claims`');
  const [keys, options] = given;
  if (typeof keys !== 'function') throw new TypeError("'secure' expects a function that finds keys");
  const resolved = resolveOptions(copyOf(options));
  const decider = sharedDecider(keys, resolved);
  return (req: SecuredRequest, res: ServerResponse, next?: Next) => {
    checkCall(res, next);
    return watched(res, handle(decider, resolved, req, res, next));
  };
}

/** An application may call `secure()` at each request: what is set up alike shares its keys and caches. */
const deciders = new RecentlyUsed<Decider>(MAX_DECIDERS, () => false);

function sharedDecider(keys: GetKey | JwksService, resolved: ResolvedOptions): Decider {
  const build = () => deciderOf(keys, resolved) ?? new KeyFunction(keys as GetKey, resolved);
  const { issuer, algorithms, plainHttp, settings } = resolved;
  const name = nameOf({ issuer, algorithms, plainHttp, settings }, [keys]);
  return name === undefined ? build() : deciders.use(name, build);
}

/** The answer to a request that may not pass. */
interface Refusal {
  status: number;
  challenges: string[];
  retryAfter?: number;
}

interface Presented {
  authorization: string;
  token: string;
}

async function handle(
  decider: Decider,
  options: ResolvedOptions,
  req: SecuredRequest,
  res: ServerResponse,
  next: Next | undefined,
): Promise<unknown> {
  let refusal: Refusal | undefined;
  try {
    // A caller may go by `req.claims` alone, also after a refusal.
    if (req.claims !== undefined) hold(req, undefined);
    const presented = read(req, options);
    if ('status' in presented) {
      refusal = presented;
    } else {
      refusal = await refusalOf(decider, options, presented);
      if (refusal === undefined) holdClaims(req, presented.token);
    }
  } catch (cause) {
    return callToRefuse(res, next, new InternalError('Internal Server Error', { cause }));
  }
  if (refusal === undefined) return callToPermit(next);
  // Nothing but the promise can tell a caller without `next`.
  if (next === undefined || next === null) throw errorOf(refusal);
  answer(res, refusal);
}

function read(req: SecuredRequest, { challenge }: ResolvedOptions): Presented | Refusal {
  const headers = authorizationValues(req);
  const [authorization] = headers;
  if (headers.length > 1) {
    const blame = details('invalid_request', 'there is more than one Authorization header');
    return { status: 400, challenges: [challenge, ...blame] };
  }
  const token = authorization === undefined ? undefined : /^bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1];
  if (authorization === undefined || token === undefined) return { status: 401, challenges: [challenge] };
  return { authorization, token };
}

async function refusalOf(
  decider: Decider,
  options: ResolvedOptions,
  { authorization, token }: Presented,
): Promise<Refusal | undefined> {
  let decision: Decision;
  try {
    decision = await decider.decide(authorization, token, options.requirement);
  } catch (error) {
    if (error instanceof KeyLookupError) return refusalFor(options, error.failure);
    throw error;
  }
  return isFailure(decision) ? refusalFor(options, reasonOf(decision)) : undefined;
}

/** What users of the original know a failure by. */
function reasonOf(failure: Failure): Failure | Error {
  if (failure.code === 'insufficient_scope') return new InsufficientScopeError();
  return UNMET.has(failure.code) ? new TokenClaimsError() : failure;
}

const UNMET = new Set(['claim_unmet', 'requirement_unmet']);

function refusalFor({ challenge }: ResolvedOptions, reason: Failure | Error): Refusal {
  if (reason instanceof Error) {
    const error = reason instanceof InsufficientScopeError ? 'insufficient_scope' : 'invalid_token';
    return { status: 403, challenges: [challenge, ...details(error, reason.message)] };
  }
  if (reason.status === 503) return { status: 503, challenges: [], retryAfter: reason.retryAfter ?? 1 };
  const { error, error_description: description } = JSON.parse(reason.body) as {
    error: string;
    error_description: string;
  };
  const status = reason.status === 400 ? 400 : 403;
  return { status, challenges: [challenge, ...details(error, messageOf(reason, WORDING) ?? description)] };
}

function details(error: string, description: string): string[] {
  const printable = description.replace(/["\\]/g, "'").replace(/[^ -~]/g, '?');
  return [`error="${error}"`, `error_description="${printable}"`];
}

function answer(res: ServerResponse, { status, challenges, retryAfter }: Refusal): void {
  res.statusCode = status;
  if (retryAfter !== undefined) res.setHeader('Retry-After', String(retryAfter));
  if (challenges.length > 0) res.setHeader('WWW-Authenticate', challenges);
  res.end();
}

/** The same for an error handler. */
function errorOf({ status, challenges, retryAfter }: Refusal): Error {
  if (retryAfter !== undefined) {
    return new UnavailableError(
      'the keys of the authorization server are not available',
      'keys_unavailable',
      retryAfter,
    );
  }
  const error = new UnauthorizedError();
  error.status = status;
  error.statusCode = status;
  error.headers = { 'WWW-Authenticate': challenges.join(', ') };
  return error;
}

function hold(req: SecuredRequest, value: unknown): void {
  Object.defineProperty(req, 'claims', { value, enumerable: true, configurable: true, writable: true });
}

/** Read when it is first asked for, and the request's own. */
function holdClaims(req: SecuredRequest, token: string): void {
  Object.defineProperty(req, 'claims', {
    enumerable: true,
    configurable: true,
    get() {
      const claims = copyPart(token, 1);
      hold(req, claims);
      return claims;
    },
    set: (value: unknown) => hold(req, value),
  });
}
