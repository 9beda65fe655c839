// A middleware of Hono. What a refused request is told reaches `app.onError` as Hono's own exception.

import { type Incoming, protectedRequest } from '../fetch/request';
import { refusalResponse } from '../fetch/response';
import { type ProxiedOptions, separated } from '../protect/proxy';
import type { ResourceDocument } from '../native/addon';
import { type Granted, protect, type ProtectedRequest, type Protection } from '../protect/protect';
import type { RequestAuth } from '../protect/auth-result';
import { Refusal } from '../refusal/refusal';
import type { Requirement } from '../requirement';
import { warnOnce, watchedPromise } from '../watched-promise';

// Hono's declarations are those of an ES module.
type Context = import('hono', { with: { 'resolution-mode': 'import' }}).Context;
type MiddlewareHandler<E extends object> = import('hono', { with: {
  'resolution-mode': 'import',
}}).MiddlewareHandler<E>;

declare module 'hono' {
  interface ContextVariableMap {
    /** `undefined` where no `auth()` is in front. In a route that has the middleware, `c.get('auth')` has the exact type. */
    auth: RequestAuth | undefined;
  }
}

/** The options of `auth()` of `bearward/express`, and `trustProxy`, which may look at the context. */
export type HonoOptions = ProxiedOptions<Context>;

/** Lets a request with a valid access token pass, with `c.get('auth')`. */
export interface AuthMiddleware<Auth extends RequestAuth | undefined = RequestAuth>
  extends MiddlewareHandler<{ Variables: { auth: Auth } }> {
  /** The same middleware for a route that requires more of the token; keys and caches are shared. */
  require(requirement: Requirement): AuthMiddleware;
  /** Fetches the keys of every issuer that is configured. Rejects with a `NotReadyError`. */
  ready(): Promise<void>;
  /** The metadata of the resource, and where to serve them, where `resource` was given. */
  readonly resourceMetadata: ResourceDocument | undefined;
}

/** Protects routes of Hono by the options of `auth()`. Throws at once when one cannot work. */
export interface Auth {
  (options: HonoOptions & { authRequired: false }): AuthMiddleware<RequestAuth | undefined>;
  (options?: HonoOptions): AuthMiddleware;
}

/** Hono's `HTTPException`. Its CommonJS and its ES module have a class each, so that of the application comes from where
 * the application imports it. */
export type ExceptionClass = new (status: never, options: { res: Response; message: string; cause: unknown }) => Error;

type Reading = (c: Context) => ProtectedRequest;

/** `auth()`, which throws exceptions of this class. */
export function authWith(Exception: ExceptionClass): Auth {
  return ((given: HonoOptions = {}) => {
    const { options, trusts } = separated(given);
    return middleware(protect(options), (c) => requestOf(c, trusts(c)), Exception);
  }) as Auth;
}

function middleware(
  protection: Protection<RequestAuth | undefined>,
  read: Reading,
  Exception: ExceptionClass,
): AuthMiddleware<RequestAuth | undefined> {
  const check = async (c: Context): Promise<Granted<RequestAuth | undefined>> => {
    // What another auth() found: a handler of errors may go by it after a refusal.
    c.set('auth', undefined);
    try {
      return await protection.check(read(c));
    } catch (error) {
      throw error instanceof Refusal ? exceptionOf(error, Exception) : error;
    }
  };
  const enter = async (c: Context, next: () => Promise<void>) => {
    const { auth, headers } = await check(c);
    c.set('auth', auth);
    await next();
    for (const [name, value] of Object.entries(headers)) {
      if (name !== 'Cache-Control' || !c.res.headers.has(name)) c.header(name, value);
    }
  };
  const handler = (c: Context, next: () => Promise<void>) => watchedPromise(enter(c, next), warnOnce);
  return Object.assign(handler, {
    resourceMetadata: protection.resourceMetadata,
    ready: () => protection.ready(),
    require: (requirement: Requirement) =>
      middleware(protection.require(requirement), read, Exception) as AuthMiddleware,
  });
}

function exceptionOf(refusal: Refusal, Exception: ExceptionClass): Error {
  const { status, message } = refusal;
  return new Exception(status as never, { res: refusalResponse(refusal), message, cause: refusal });
}

function requestOf(c: Context, trusted: boolean): ProtectedRequest {
  const params = c.req.param() as Record<string, unknown>;
  return protectedRequest(c.req.raw, { trusted, params, incoming: incomingOf(c) });
}

/** The request of `node:http`, which @hono/node-server gives: it knows of repeated headers and of the connection. */
function incomingOf({ env }: Context): Incoming | undefined {
  const incoming = (env as { incoming?: Incoming } | undefined)?.incoming;
  return Array.isArray(incoming?.rawHeaders) ? incoming : undefined;
}
