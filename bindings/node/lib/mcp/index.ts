// Protects a server of the Model Context Protocol: `req.auth` is the `AuthInfo` of its SDK, refusals tell clients where to
// get a token, and the metadata says the same to everybody.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { wellKnownMetadata } from '../express/resource-metadata';
import type { ResourceDocument } from '../native/addon';
import { headersToAdd } from '../protect/grant';
import { nodeRequest } from '../request/node-request';
import { type Operated, operatedBy } from '../protect/health';
import { type Granted, protect as protectAny, type Protection } from '../protect/protect';
import type { ProtectedRequest } from '../request/request';
import { type ProxiedOptions, separated } from '../options/trust-proxy';
import { protectionFor, type RouteNeeds } from '../protect/route-needs';
import { Refusal } from '../refusal/refusal';
import { refuseRequest } from '../uncalled';
import { OPTIONS_ONLY, refuseSurplus, taking } from '../surplus';
import { warnNotAwaited, warnUnseen } from '../refusal/unseen';
import { watchedPromise } from '../js/watched-promise';
import { type AuthInfo, authInfo } from './auth-info';
import { type McpOptions, mcpOptions } from './options';
import { type OAuthTokenVerifier, type SdkErrors, type SdkErrors2, tokenVerifier } from './verifier';

/** A middleware of Express, and of what calls its middlewares as Express does. */
// biome-ignore lint/suspicious/noExplicitAny: the request and the response are the framework's
export type McpMiddleware = (req: any, res: any, next: (error?: unknown) => void) => Promise<void>;

/** What `protect()` makes of its options. */
export interface McpProtection extends Operated {
  /** A middleware that sets `req.auth` for a good token, and answers every other request with the challenge by which
   * clients find the authorization server. Call it with what the route needs: `requireAuth({ scopes: ['notes:read'] })`. */
  requireAuth(needs?: RouteNeeds): McpMiddleware;
  /** A middleware that serves the metadata at their path and at the root, to everybody. It must be at the root of the
   * application, before what asks for a token. */
  readonly metadata: McpMiddleware;
  /** A verifier for `requireBearerAuth` of the SDK, whose errors it needs. What that middleware answers is the SDK's. */
  verifier(errors: SdkErrors | SdkErrors2): OAuthTokenVerifier;
  /** Decides about a request. Rejects with a `Refusal` for one that may not pass. */
  check(req: IncomingMessage): Promise<AuthInfo>;
  /** Fetches the keys of every issuer that is configured. Rejects with a `NotReadyError`. */
  ready(): Promise<void>;
  readonly resourceMetadata: ResourceDocument;
}

/** Protects an MCP server: `protect({ issuer, resource: 'https://notes.example.com/mcp' })`. Throws at once when an option
 * cannot work. Nothing is fetched before the first request. */
export function protect(given: McpOptions & Pick<ProxiedOptions<IncomingMessage>, 'trustProxy'>): McpProtection;
export function protect(...all: [McpOptions & Pick<ProxiedOptions<IncomingMessage>, 'trustProxy'>]): McpProtection {
  refuseRequest('protect()', all);
  refuseSurplus('protect()', all, 1, OPTIONS_ONLY);
  const [given] = all;
  const { options, trusts } = separated<IncomingMessage>(mcpOptions(given));
  const api = protectAny(options);
  const resourceMetadata = api.resourceMetadata as ResourceDocument;
  const read = (req: IncomingMessage) => {
    const { originalUrl, body } = req as IncomingMessage & { originalUrl?: string; body?: unknown };
    return nodeRequest(req, { headers: req.headers, params: {}, trusted: trusts(req), body, originalUrl });
  };
  const check = async (req: IncomingMessage) => authInfo((await api.check(read(req))).auth);
  return {
    resourceMetadata,
    ready: () => api.ready(),
    ...operatedBy(api),
    requireAuth: (...needs: [RouteNeeds?]) =>
      middleware(protectionFor('requireAuth()', api, needs) as Protection, read),
    metadata: wellKnownMetadata(resourceMetadata),
    verifier: taking(1, 'verifier()', REQUIRE_OPTION, (errors: SdkErrors | SdkErrors2) => tokenVerifier(api, errors)),
    check: taking(1, 'check()', REQUIRE_OPTION, (req: IncomingMessage) =>
      watchedPromise(check(req), warnUnseen, warnNotAwaited),
    ),
  };
}

function middleware(api: Protection, read: (req: IncomingMessage) => ProtectedRequest): McpMiddleware {
  const enter = async (req: IncomingMessage, res: ServerResponse, next: () => unknown) => {
    let granted: Granted;
    try {
      Reflect.set(req, 'auth', undefined);
      granted = await api.check(read(req));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      res.writeHead(error.status, error.headers).end(error.body);
      // The caller may go on as soon as the promise is settled, and would serve a refused request.
      return new Promise<void>(() => {});
    }
    for (const [name, value] of headersToAdd(granted, (one) => res.hasHeader(one))) res.setHeader(name, value);
    if (!Reflect.set(req, 'auth', authInfo(granted.auth))) throw new TypeError('`req.auth` cannot be set');
    await next();
  };
  return (req, res, next) => {
    // At once, since a mistake of the application's must not hide in a promise that it does not await.
    if (typeof next !== 'function' || typeof res?.writeHead !== 'function') {
      throw new TypeError('requireAuth() makes a middleware, which is called with (req, res, next)');
    }
    return watchedPromise(enter(req, res, next), warnUnseen);
  };
}

/** A protection of this adapter has no `require()`. */
const REQUIRE_OPTION = 'give `protect()` the option `requirement`, or use `requireAuth({ scopes: […] })`';

export type { ResourceDocument } from '../native/addon';
export type { ResourceOptions } from '../options/resource';
export type { Observe, ObservedEvent } from '../engine/observer';
export type { Health, Status } from '../protect/health';
export { type IssuerNotReady, NotReadyError } from '../protect/readiness';
export type { RouteNeeds } from '../protect/route-needs';
export { Refusal } from '../refusal/refusal';
export * from '../requirement';
export { type AuthInfo, authInfo } from './auth-info';
export type { McpOptions } from './options';
export type { OAuthTokenVerifier, SdkErrors, SdkErrors2 } from './verifier';
