// A middleware of Hono. What a refused request is told reaches `app.onError` as Hono's own exception.

import { type Incoming, protectedRequest } from '../fetch/request';
import { refusalResponse } from '../fetch/response';
import { givenOptions } from '../options/unset';
import { type ProxiedOptions, separated } from '../options/trust-proxy';
import { decided, headersToAdd } from '../protect/grant';
import { type Operated, operatedBy } from '../protect/health';
import type { ResourceDocument } from '../native/addon';
import { type Granted, protect, type Protection } from '../protect/protect';
import type { ProtectedRequest } from '../request/request';
import type { RequestAuth } from '../protect/auth-result';
import { Refusal } from '../refusal/refusal';
import type { Requirement } from '../requirement';
import { making, SEVERAL } from '../surplus';
import { isThenable } from '../js/thenable';
import { warnUnseen } from '../refusal/unseen';
import { watchedPromise } from '../js/watched-promise';

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
  extends MiddlewareHandler<{ Variables: { auth: Auth } }>,
    Operated {
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
  return ((...given: [HonoOptions?]) => {
    const { options, trusts } = separated(givenOptions('auth()', given));
    return middleware(protect(options), (c) => requestOf(c, trusts(c)), Exception);
  }) as Auth;
}

function middleware(
  protection: Protection<RequestAuth | undefined>,
  read: Reading,
  Exception: ExceptionClass,
): AuthMiddleware<RequestAuth | undefined> {
  const handler = (c: Context, next: () => Promise<void>): Promise<void> => {
    try {
      // What another auth() found: a handler of errors may go by it after a refusal.
      c.set('auth', undefined);
      const granted = decided(protection, read(c));
      if (isThenable(granted)) return watchedPromise(finish(granted, c, next), warnUnseen);
      return enter(granted, c, next);
    } catch (error) {
      // At once: a caller that does not wait goes no further either. Hono makes an answer of what a handler throws.
      throw exceptionOf(error, Exception);
    }
  };
  const finish = async (
    pending: PromiseLike<Granted<RequestAuth | undefined>>,
    c: Context,
    next: () => Promise<void>,
  ) => {
    let granted: Granted<RequestAuth | undefined>;
    try {
      granted = await pending;
    } catch (error) {
      throw exceptionOf(error, Exception);
    }
    return enter(granted, c, next);
  };
  return Object.assign(handler, {
    resourceMetadata: protection.resourceMetadata,
    ready: () => protection.ready(),
    ...operatedBy(protection),
    require: making(
      1,
      'require()',
      SEVERAL,
      (requirement: Requirement) => middleware(protection.require(requirement), read, Exception) as AuthMiddleware,
    ),
  });
}

function enter(granted: Granted<RequestAuth | undefined>, c: Context, next: () => Promise<void>): Promise<void> {
  c.set('auth', granted.auth);
  return Object.keys(granted.headers).length === 0 ? next() : withHeaders(granted, c, next);
}

async function withHeaders(
  granted: Granted<RequestAuth | undefined>,
  c: Context,
  next: () => Promise<void>,
): Promise<void> {
  await next();
  for (const [name, value] of headersToAdd(granted, (one) => c.res.headers.has(one))) c.header(name, value);
}

/** An error that is not a refusal is a mistake, and stays as it is. */
function exceptionOf(error: unknown, Exception: ExceptionClass): unknown {
  if (!(error instanceof Refusal)) return error;
  const { status, message } = error;
  return new Exception(status as never, { res: refusalResponse(error), message, cause: error });
}

function requestOf(c: Context, trusted: boolean): ProtectedRequest {
  return protectedRequest(c.req.raw, { trusted, params: () => c.req.param(), incoming: incomingOf(c) });
}

/** The request of `node:http`, which @hono/node-server gives: it knows of repeated headers and of the connection. */
function incomingOf({ env }: Context): Incoming | undefined {
  const incoming = (env as { incoming?: Incoming } | undefined)?.incoming;
  return Array.isArray(incoming?.rawHeaders) ? incoming : undefined;
}
