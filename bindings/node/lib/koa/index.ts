// A middleware of Koa: lets a request with a good token pass, with `ctx.state.auth`, and throws a refusal for every other.
//
// 1. A refusal is an error with `status`, `headers` and `expose`, by which Koa answers. Its headers are in the response
//    already, for a middleware that catches errors and answers by itself.
// 2. `next` is called for a request that may pass, and for no other. What is behind it fails in its own way.
// 3. A refusal without a wait is thrown before the call returns: a caller that does not wait goes no further either.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ResourceDocument } from '../native/addon';
import { givenOptions } from '../options/unset';
import type { RequestAuth } from '../protect/auth-result';
import { decided, headersToAdd } from '../protect/grant';
import { type Operated, operatedBy } from '../protect/health';
import { nodeRequest } from '../request/node-request';
import { type Granted, protect, type Protection } from '../protect/protect';
import type { ProtectedRequest } from '../request/request';
import { type ProxiedOptions, separated } from '../options/trust-proxy';
import { Refusal } from '../refusal/refusal';
import { type Requirement, scopes as requireScopes } from '../requirement';
import { making, SEVERAL } from '../surplus';
import { isThenable } from '../js/thenable';
import { refuseRequest } from '../uncalled';
import { warnUnseen } from '../refusal/unseen';
import { watchedPromise } from '../js/watched-promise';

/** The state of contexts behind `auth()`: `new Koa<AuthState>()`. */
export interface AuthState {
  /** The token that the request was let in with; `undefined` with `authRequired: false` in requests without a token. */
  auth: RequestAuth | undefined;
}

/** A context of Koa, as far as it is looked at. */
interface Context {
  app: { proxy?: boolean };
  req: IncomingMessage;
  res: ServerResponse;
  state: Partial<AuthState>;
  headers: IncomingMessage['headers'];
  originalUrl: string;
  /** Of the router. */
  params?: unknown;
  /** The body is there where a parser has put it. */
  request: { body?: unknown };
  set(headers: Readonly<Record<string, string>>): void;
}

/** The options of `auth()` of `bearward/express`, and `trustProxy`, which may look at the context. Without it, everybody is
 * believed where `app.proxy` is set, as by Koa itself. */
// biome-ignore lint/suspicious/noExplicitAny: contexts differ by what middlewares add to them
export type KoaOptions = ProxiedOptions<any>;

export type Next = () => Promise<unknown>;

/** Lets a request with a good token pass, with `ctx.state.auth`. */
export interface AuthMiddleware extends Operated {
  // biome-ignore lint/suspicious/noExplicitAny: contexts differ by what middlewares add to them
  (ctx: any, next: Next): Promise<void>;
  /** The same middleware for a route that requires more of the token; keys and caches are shared. */
  require(requirement: Requirement): AuthMiddleware;
  /** The same for scopes: every one of them is required. */
  requireScopes(...scopes: string[]): AuthMiddleware;
  /** Fetches the keys of every issuer that is configured. Rejects with a `NotReadyError`. */
  ready(): Promise<void>;
  /** The metadata of the resource, and where to serve them, where `resource` was given. */
  readonly resourceMetadata: ResourceDocument | undefined;
}

type Reading = (ctx: Context) => ProtectedRequest;

/** Protects an application of Koa by the options of `auth()`. Throws at once when one cannot work. Nothing is fetched before
 * the first request. */
export function auth(options?: KoaOptions): AuthMiddleware;
export function auth(...given: [KoaOptions?]): AuthMiddleware {
  const { options, trusts } = separated<Context>(givenOptions('auth()', given), ({ app }) => app.proxy === true);
  return middleware(protect(options), (ctx) => requestOf(ctx, trusts(ctx)));
}

function middleware(protection: Protection<RequestAuth | undefined>, read: Reading): AuthMiddleware {
  const handler = (ctx: Context, next: Next) => {
    checkCall(ctx, next);
    // What a check before this one has found: a handler of errors may go by it.
    ctx.state.auth = undefined;
    return decide(protection, read, ctx, next);
  };
  return Object.assign(handler, {
    resourceMetadata: protection.resourceMetadata,
    ready: () => protection.ready(),
    ...operatedBy(protection),
    require: making(1, 'require()', SEVERAL, (requirement: Requirement) =>
      middleware(protection.require(requirement), read),
    ),
    requireScopes: (...scopes: string[]) => middleware(protection.require(listed(scopes)), read),
  });
}

function decide(
  protection: Protection<RequestAuth | undefined>,
  read: Reading,
  ctx: Context,
  next: Next,
): Promise<void> {
  const request = read(ctx);
  try {
    const granted = decided(protection, request);
    if (!isThenable(granted)) return pass(granted, ctx, next);
    const passed = granted.then(
      (settled) => pass(settled, ctx, next),
      (error) => refuse(error, ctx),
    );
    return watchedPromise(passed, warnUnseen);
  } catch (error) {
    return refuse(error, ctx);
  }
}

function refuse(error: unknown, ctx: Context): never {
  if (error instanceof Refusal) ctx.set(error.headers);
  throw error;
}

async function pass(granted: Granted<RequestAuth | undefined>, ctx: Context, next: Next): Promise<void> {
  ctx.state.auth = granted.auth;
  for (const [name, value] of headersToAdd(granted, (one) => ctx.res.hasHeader(one))) ctx.set({ [name]: value });
  await next();
}

function listed(scopes: string[]): Requirement {
  refuseRequest('requireScopes()', scopes);
  if (scopes.length > 0 && scopes.every((scope) => typeof scope === 'string')) return requireScopes(...scopes);
  throw new TypeError("requireScopes() takes scopes, such as requireScopes('read:messages', 'write:messages')");
}

function checkCall(ctx: Context | undefined, next: unknown): void {
  const isContext = typeof ctx?.state === 'object' && ctx.state !== null && ctx.req !== undefined;
  if (isContext && typeof next === 'function') return;
  throw new TypeError(
    'this middleware is called with (ctx, next), the context of Koa; for requests of node:http, use protect() of `bearward`',
  );
}

function requestOf(ctx: Context, trusted: boolean): ProtectedRequest {
  const { req, headers, params, originalUrl } = ctx;
  return nodeRequest(req, { headers, params, body: ctx.request.body, originalUrl, trusted });
}

export type { ResourceDocument } from '../native/addon';
export type { AuthInfo, RequestAuth } from '../protect/auth-result';
export type { Observe, ObservedEvent } from '../engine/observer';
export type { Health, Status } from '../protect/health';
export { type IssuerNotReady, NotReadyError } from '../protect/readiness';
export { Refusal } from '../refusal/refusal';
export * from '../requirement';
