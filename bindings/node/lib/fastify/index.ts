// A plugin of Fastify: `requireAuth()` makes a hook that lets a request with a good token pass, with `request.auth`.
//
// 1. The hook decides before the body is read, as `onRequest`; as `preHandler` it sees a token in a form as well.
// 2. A refusal is an error with `statusCode`, `code` and `headers`. Fastify's own error handler answers with them; where the
//    application has one of its own, the headers are in the reply before it is called.
// 3. Routes without a hook are open, as everywhere in Fastify; `addHook('onRequest', requireAuth())` protects all of a scope.

import type {
  FastifyInstance,
  FastifyPluginCallback,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
} from 'fastify';
import type { AuthOptions } from '../options/options';
import type { RequestAuth } from '../protect/auth-result';
import { headersToAdd } from '../protect/grant';
import { nodeRequest } from '../request/node-request';
import { operatedBy } from '../protect/health';
import { type Granted, protect, type Protection } from '../protect/protect';
import type { ProtectedRequest } from '../request/request';
import { speaksOfProxies } from '../options/trust-proxy';
import { protectionFor, type RouteNeeds } from '../protect/route-needs';
import { Refusal } from '../refusal/refusal';
import type { Requirement } from '../requirement';
import { isOfRequest, refuseRequest } from '../uncalled';
import { making, REQUIRE_FIRST, SEVERAL, taking } from '../surplus';
import { checkTime, watchScope } from './scope';
import { fastifyTrusts } from './trust';

/** A hook for `onRequest`, `preValidation` or `preHandler`. */
// The types of a request depend on its route and its server; a stricter type would tie the hook to some of them.
// biome-ignore lint/suspicious/noExplicitAny: the request and the reply are the framework's
export type AuthHook = (request: any, reply: any, done: HookHandlerDoneFunction) => void;

/** A protection that takes requests of Fastify: by themselves they do not tell which headers were sent twice, nor whom
 * `trustProxy` trusts. */
export interface FastifyProtection extends Omit<Protection<RequestAuth | undefined>, 'check' | 'decide' | 'require'> {
  /** Decides about a request. Rejects with a `Refusal` for one that may not pass. */
  // biome-ignore lint/suspicious/noExplicitAny: the type of a request depends on its route and its server
  check(request: any): Promise<Granted<RequestAuth | undefined>>;
  /** The same without a promise: calls one of the two functions. */
  decide(
    // biome-ignore lint/suspicious/noExplicitAny: likewise
    request: any,
    grant: (granted: Granted<RequestAuth | undefined>) => void,
    refuse: (refusal: Refusal) => void,
  ): void;
  /** The same protection for a decision that requires more of the token; keys and caches are shared. */
  require(requirement: Requirement): FastifyProtection;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The token that the request was let in with; `undefined` in routes without `requireAuth()`, and with
     * `authRequired: false` in requests without a token. */
    auth: RequestAuth | undefined;
  }
  interface FastifyInstance {
    /** Makes a hook that lets requests with a good token pass, and refuses all others. */
    requireAuth(needs?: RouteNeeds): AuthHook;
    /** What decides: `check(request)` for decisions by hand, `ready()` fetches the keys, `status()` and `health()` are
     * for its operator, `resourceMetadata` describes the resource. */
    protection: FastifyProtection;
  }
}

/** Registers `requireAuth()` and `request.auth` in the scope around it, by the options of `auth()` of `bearward/express`.
 * Fails at start when one of them cannot work. */
export const bearward: FastifyPluginCallback<AuthOptions> = Object.assign(
  (fastify: FastifyInstance, options: AuthOptions, done: (error?: Error) => void) => {
    try {
      checkRegistered(options);
      checkScope(fastify);
      const api = protect(options);
      const trusts = speaksOfProxies(options) ? fastifyTrusts : () => false;
      const read = (request: FastifyRequest) => requestOf(request, trusts(request));
      fastify.decorate('protection', byHand(api, read));
      fastify.decorateRequest('auth', undefined);
      const made = new WeakSet<object>();
      const scope = watchScope(fastify, made);
      const requireAuth = (...needs: [RouteNeeds?]) => {
        refuseRequest('requireAuth()', needs);
        checkTime(scope);
        const one = hook(protectionFor('requireAuth()', api, needs), read);
        made.add(one);
        return one;
      };
      decorators.add(requireAuth);
      fastify.decorate('requireAuth', requireAuth);
      fastify.addHook('onError', announce);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  },
  {
    // Registered in a scope, the plugin is a part of that scope, and of those inside it.
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'bearward',
    [Symbol.for('plugin-meta')]: { name: 'bearward', fastify: '5.x' },
  },
);

/** As a hook, the plugin itself would be called with the reply in the place of options. */
function checkRegistered(options: unknown): void {
  if (!isOfRequest(options)) return;
  throw new TypeError(
    'the plugin was called with a request: register it, and write `{ onRequest: app.requireAuth() }` for the routes',
  );
}

/** What `requireAuth` is in each scope with this plugin. */
const decorators = new WeakSet<object>();

/** Fastify would say that a decorator is there already, and not what to do. */
function checkScope(fastify: FastifyInstance): void {
  if (!decorators.has(Object(fastify.requireAuth))) return;
  throw new TypeError(
    'the plugin of bearward/fastify is registered twice for this scope: here, and in it or in a scope around it. Use the' +
      ' `app.requireAuth()` that is there; where routes need other options, register the plugin once in a scope for each',
  );
}

function hook(api: Protection<RequestAuth | undefined>, read: (request: FastifyRequest) => ProtectedRequest): AuthHook {
  return (request: FastifyRequest, reply: FastifyReply, done) => {
    checkCall(done);
    // Fastify writes the error to the log; nothing else can be done about an answer that is sent.
    if (reply.sent) throw new TypeError('requireAuth() was called when the answer was sent: add it as `onRequest`');
    // What a check before this one has found: an error handler may go by it.
    request.auth = undefined;
    api.decide(
      read(request),
      (granted) => {
        try {
          enter(granted, request, reply);
        } catch (error) {
          done(error as Error);
          return;
        }
        done();
      },
      (refusal) => done(refusal),
    );
  };
}

function byHand(
  api: Protection<RequestAuth | undefined>,
  read: (request: FastifyRequest) => ProtectedRequest,
): FastifyProtection {
  // An object that is not a request of Fastify, such as its `raw`, is used as it is.
  const readAny = (request: FastifyRequest | undefined) =>
    request?.raw === undefined ? (request as unknown as ProtectedRequest) : read(request);
  return {
    resourceMetadata: api.resourceMetadata,
    ready: () => api.ready(),
    ...operatedBy(api),
    check: taking(1, 'check()', REQUIRE_FIRST, (request) => api.check(readAny(request))),
    decide: taking(3, 'decide()', REQUIRE_FIRST, (request, grant, refuse) =>
      api.decide(readAny(request), grant, refuse),
    ),
    require: making(1, 'require()', SEVERAL, (requirement: Requirement) => byHand(api.require(requirement), read)),
  };
}

/** A function without parameters cannot tell a refusal from a permit. */
function checkCall(done: unknown): void {
  if (typeof done === 'function' && done.length > 0) return;
  throw new TypeError(
    'requireAuth() makes a hook, which Fastify calls with (request, reply, done): write `{ onRequest: app.requireAuth() }`' +
      " or `app.addHook('onRequest', app.requireAuth())`; to decide by hand, await `app.protection.check(request)`",
  );
}

function enter(granted: Granted<RequestAuth | undefined>, request: FastifyRequest, reply: FastifyReply): void {
  request.auth = granted.auth;
  for (const [name, value] of headersToAdd(granted, (one) => reply.hasHeader(one))) reply.header(name, value);
}

/** Has the challenge in the reply, whichever error handler writes it. */
function announce(_request: FastifyRequest, reply: FastifyReply, error: Error, done: () => void): void {
  if (error instanceof Refusal) reply.headers(error.headers);
  done();
}

function requestOf({ raw, headers, params, body, originalUrl }: FastifyRequest, trusted: boolean): ProtectedRequest {
  return nodeRequest(raw, { headers, params, body, originalUrl, trusted });
}

export type { ResourceDocument } from '../native/addon';
export type { AuthOptions } from '../options/options';
export type { AuthInfo, RequestAuth } from '../protect/auth-result';
export type { Protection } from '../protect/protect';
export type { Observe, ObservedEvent } from '../engine/observer';
export type { Health, Status } from '../protect/health';
export { type IssuerNotReady, NotReadyError } from '../protect/readiness';
export type { RouteNeeds } from '../protect/route-needs';
export { Refusal } from '../refusal/refusal';
export * from '../requirement';
