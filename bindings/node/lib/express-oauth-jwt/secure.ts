// `secure()`: lets requests with a valid token pass, with `req.claims`, and answers the others itself.

import type { ServerResponse } from 'node:http';
import type { Failure } from '../engine/addon';
import { type Decision, isFailure } from '../engine/verifier';
import { type JWTPayload, parsePart, scopesOf } from '../express/auth-result';
import { InternalError } from '../express/errors';
import { messageOf } from '../express/failure';
import { authorizationValues, type Handler, type Next, type Request } from '../express/request';
import { type GetKey, KeyFunction, KeyLookupError } from './get-key';
import { type Decider, deciderOf, type JwksService } from './jwks-service';
import { type Claim, type Options, resolveOptions, type ResolvedOptions } from './options';

type SecuredRequest = Request & { claims?: JWTPayload };

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
 * `getSimpleJwksService` or `jwksService`. Throws at once when an option cannot work. */
export function secure(keys: GetKey | JwksService, options?: Options): Handler {
  if (typeof keys !== 'function') throw new TypeError("'secure' expects a function that finds keys");
  const resolved = resolveOptions(options);
  const decider: Decider = deciderOf(keys, resolved) ?? new KeyFunction(keys as GetKey, resolved);
  return (req: SecuredRequest, res: ServerResponse, next: Next) => {
    void handle(decider, resolved, req, res, next);
  };
}

async function handle(decider: Decider, options: ResolvedOptions, req: SecuredRequest, res: ServerResponse, next: Next) {
  const headers = authorizationValues(req);
  const [authorization] = headers;
  const token = authorization === undefined ? undefined : /^bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1];
  if (headers.length > 1) {
    answer(res, 400, [options.challenge, ...details('invalid_request', 'there is more than one Authorization header')]);
    return;
  }
  if (authorization === undefined || token === undefined) {
    answer(res, 401, [options.challenge]);
    return;
  }
  try {
    const refusal = await refusalOf(decider, options, authorization, token);
    if (refusal !== undefined) {
      refuse(res, options, refusal);
      return;
    }
  } catch (cause) {
    next(new InternalError('Internal Server Error', { cause }));
    return;
  }
  holdClaims(req, token);
  next();
}

async function refusalOf(
  decider: Decider,
  options: ResolvedOptions,
  authorization: string,
  token: string,
): Promise<Failure | InsufficientScopeError | TokenClaimsError | undefined> {
  let decision: Decision;
  try {
    decision = await decider.decide(authorization, token);
  } catch (error) {
    if (error instanceof KeyLookupError) return error.failure;
    throw error;
  }
  if (isFailure(decision)) return decision;
  if (options.scope.length === 0 && options.claims.length === 0) return undefined;
  const payload: JWTPayload = parsePart(token, 1);
  const granted = scopesOf(payload);
  if (!options.scope.every((scope) => granted.includes(scope))) return new InsufficientScopeError();
  if (!options.claims.every((claim) => holds(payload, claim))) return new TokenClaimsError();
  return undefined;
}

function holds(payload: JWTPayload, { name, value }: Claim): boolean {
  const claim = Object.hasOwn(payload, name) ? payload[name] : undefined;
  if (claim === undefined || claim === null) return false;
  if (value === undefined || value === '') return true;
  return Array.isArray(claim) ? claim.includes(value) : claim === value;
}

function refuse(res: ServerResponse, { challenge }: ResolvedOptions, refusal: Failure | Error): void {
  if (refusal instanceof Error) {
    const error = refusal instanceof InsufficientScopeError ? 'insufficient_scope' : 'invalid_token';
    answer(res, 403, [challenge, ...details(error, refusal.message)]);
    return;
  }
  const { error, error_description: description } = JSON.parse(refusal.body) as { error: string; error_description: string };
  if (refusal.status === 503) {
    res.setHeader('Retry-After', String(refusal.retryAfter ?? 1));
    answer(res, 503, []);
    return;
  }
  const status = refusal.status === 400 ? 400 : 403;
  answer(res, status, [challenge, ...details(error, messageOf(refusal, 'configured') ?? description)]);
}

function details(error: string, description: string): string[] {
  const printable = description.replace(/["\\]/g, "'").replace(/[^ -~]/g, '?');
  return [`error="${error}"`, `error_description="${printable}"`];
}

function answer(res: ServerResponse, status: number, challenges: string[]): void {
  res.statusCode = status;
  if (challenges.length > 0) res.setHeader('WWW-Authenticate', challenges);
  res.end();
}

/** Parsed when it is first asked for, anew for each request. */
function holdClaims(req: SecuredRequest, token: string): void {
  const hold = (value: unknown) =>
    Object.defineProperty(req, 'claims', { value, enumerable: true, configurable: true, writable: true });
  Object.defineProperty(req, 'claims', {
    enumerable: true,
    configurable: true,
    get() {
      const claims = parsePart(token, 1);
      hold(claims);
      return claims;
    },
    set: hold,
  });
}
