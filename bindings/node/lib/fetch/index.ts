// Protects what is written with `Request` and `Response`: route handlers of Next.js, servers of the form `{ fetch }`, h3.
//
// Three ways, from the safest: `handler()` calls a function only for a request that may pass; `check()` throws a refusal; a
// call gives the token or the `Response` to return, and a caller that looks at neither lets every request pass.

import type { ResourceDocument } from '../native/addon';
import { type Granted, protect as protectAny, type Protection } from '../protect/protect';
import type { ProtectedRequest } from '../request/request';
import type { RequestAuth } from '../protect/auth-result';
import { type Operated, operatedBy } from '../protect/health';
import { Refusal } from '../refusal/refusal';
import type { Requirement } from '../requirement';
import { making, REQUIRE_FIRST, refuseSurplus, SEVERAL } from '../surplus';
import { isThenable } from '../js/thenable';
import { refuseRequest } from '../uncalled';
import { warnNotAwaited, warnUnseen } from '../refusal/unseen';
import { watchedPromise } from '../js/watched-promise';
import { givenOptions } from '../options/unset';
import { type ProxiedOptions, separated } from '../options/trust-proxy';
import { isRequirement } from '../protect/written-requirement';
import { isObject } from '../js/realm';
import { checkRequest, protectedRequest } from './request';
import { refusalResponse, withHeaders } from './response';

/** The options of `auth()` of `bearward/express`, and `trustProxy`. */
export type FetchOptions = ProxiedOptions<Request>;

/** What a request is let in with. */
export interface Admitted<Auth extends RequestAuth | undefined = RequestAuth> {
  /** The token: `payload`, `scopes`, `info` and the rest. `undefined` only with `authRequired: false`, for a request without
   * a token. */
  readonly token: Auth;
  /** For your response: `DPoP-Nonce`, and `Cache-Control: private` where shared caches do not see the token. `handler()` adds
   * them by itself. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A function of a request, and of what the framework gives beside it. */
export type Handle<Auth extends RequestAuth | undefined, Incoming extends Request, Rest extends unknown[]> = (
  request: Incoming,
  token: Auth,
  ...rest: Rest
) => Response | Promise<Response>;

/** What a route knows of a request: the second argument of a route handler of Next.js is of this form. */
export interface RouteContext {
  /** The parameters of the path, for requirements such as `organization({ fromPath })`. */
  params?: PathParameters | Promise<PathParameters>;
}

type PathParameters = Record<string, unknown>;

/** What `protect()` makes of its options. */
export interface FetchProtection<Auth extends RequestAuth | undefined = RequestAuth> extends Operated {
  /** Gives the token, or the response to a request that may not pass: return it. */
  (request: Request, context?: RouteContext): Promise<Admitted<Auth> | Response>;
  /** A handler that answers a request that may not pass, and calls `handle` for every other with its token. What the
   * framework gives beside the request comes after the token; the `params` of the first of it are those of the path. */
  handler<Incoming extends Request = Request, Rest extends unknown[] = []>(
    handle: Handle<Auth, Incoming, Rest>,
  ): (request: Incoming, ...rest: Rest) => Promise<Response>;
  /** Rejects with a `Refusal` for a request that may not pass; `refusalResponse()` makes a response of it. */
  check(request: Request, context?: RouteContext): Promise<Admitted<Auth>>;
  /** The same protection for a route that requires more of the token; keys and caches are shared. */
  require(requirement: Requirement): FetchProtection;
  /** Fetches the keys of every issuer that is configured. Rejects with a `NotReadyError`. */
  ready(): Promise<void>;
  /** The metadata of the resource, and where to serve them, where `resource` was given. */
  readonly resourceMetadata: ResourceDocument | undefined;
}

/** Protects an API by the options of `auth()`. Throws at once when one cannot work. Nothing is fetched before the first
 * request. */
export function protect(options: FetchOptions & { authRequired: false }): FetchProtection<RequestAuth | undefined>;
export function protect(options?: FetchOptions): FetchProtection;
export function protect(...given: [FetchOptions?]): FetchProtection<RequestAuth | undefined> {
  const { options, trusts } = separated(givenOptions('protect()', given));
  return protection(protectAny(options), (request, params) => {
    return protectedRequest(request, { trusted: trusts(request), params: () => params });
  });
}

type Reading = (request: Request, params: PathParameters | undefined) => ProtectedRequest;

function protection<Auth extends RequestAuth | undefined>(
  neutral: Protection<Auth>,
  read: Reading,
): FetchProtection<Auth> {
  const admit = async (request: Request, context: unknown) => {
    const params = (context as RouteContext | undefined | null)?.params;
    const known = isThenable(params) ? await params : params;
    return admitted(await neutral.check(read(request, known)));
  };
  const decide = async (request: Request, context?: unknown) => {
    try {
      return await admit(request, context);
    } catch (error) {
      if (error instanceof Refusal) return refusalResponse(error);
      throw error;
    }
  };
  const call = (request: Request, context?: RouteContext, ...more: unknown[]) => {
    checkCall('a protection', request, context, more);
    return watchedPromise(decide(request, context), warnUnseen, warnNotAwaited);
  };
  return Object.assign(call, {
    resourceMetadata: neutral.resourceMetadata,
    ready: () => neutral.ready(),
    ...operatedBy(neutral),
    check(request: Request, context?: RouteContext, ...more: unknown[]) {
      checkCall('check()', request, context, more);
      return watchedPromise(admit(request, context), warnUnseen, warnNotAwaited);
    },
    require: making(1, 'require()', SEVERAL, (requirement: Requirement) =>
      protection(neutral.require(requirement), read),
    ),
    handler<Incoming extends Request, Rest extends unknown[]>(
      handle: Handle<Auth, Incoming, Rest>,
      ...more: unknown[]
    ) {
      refuseRequest('handler()', [handle]);
      refuseSurplus('handler()', [handle, ...more], 1, 'write `api.require(requirement).handler(…)`');
      if (typeof handle !== 'function') throw new TypeError('handler() needs a function of a request and its token');
      return async (request: Incoming, ...rest: Rest) => {
        const found = await decide(request, rest[0]);
        if (!('token' in found)) return found;
        return withHeaders(await handle(request, found.token, ...rest), found);
      };
    },
  });
}

/** Throws at a value that is not a request, and at a requirement in the place of a context. */
function checkCall(what: string, request: Request | undefined, context: unknown, more: readonly unknown[]): void {
  refuseSurplus(what, [request, context, ...more], 2, REQUIRE_FIRST);
  checkRequest(request);
  if (context === undefined || context === null || (isObject(context) && !isRequirement(context))) return;
  throw new TypeError(
    `${what} takes what the framework knows of the route, such as { params }, after the request: ${REQUIRE_FIRST}`,
  );
}

function admitted<Auth extends RequestAuth | undefined>({ auth, headers }: Granted<Auth>): Admitted<Auth> {
  return { token: auth, headers };
}

export type { ResourceDocument } from '../native/addon';
export type { AuthInfo, RequestAuth } from '../protect/auth-result';
export type { Observe, ObservedEvent } from '../engine/observer';
export type { Health, Status } from '../protect/health';
export { type IssuerNotReady, NotReadyError } from '../protect/readiness';
export { Refusal } from '../refusal/refusal';
export * from '../requirement';
export { refusalResponse } from './response';
