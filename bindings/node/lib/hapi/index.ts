// The scheme `bearward` of hapi, for `server.auth.strategy()`.
//
// 1. The token is in `request.auth.artifacts`; `request.auth.credentials` has its `scope`, which hapi checks for each route.
// 2. A refusal is a Boom with the challenge. In the modes `optional` and `try` hapi goes on by its own rules: `optional` without
//    a token, `try` with anything, and `request.auth.isAuthenticated` is false then.
// 3. A 403 of hapi's own scope check gets the challenge of the core.
// 4. hapi's `entity` is refused: which tokens speak for a user differs among authorization servers.

import { nodeRequest } from '../request/node-request';
import { operatedBy } from '../protect/health';
import { type Granted, protect, type Protection } from '../protect/protect';
import type { ProtectedRequest } from '../request/request';
import { type ProxiedOptions, separated } from '../options/trust-proxy';
import { Refusal } from '../refusal/refusal';
import { type Access, requirementOf, scopesOf } from './access';
import { type BoomMembers, boomOf } from './boom';
import type { AuthConfig, HapiRequest, HapiServer, Scheme, Toolkit } from './framework';

/** The options of `auth()` of `bearward/express`, and `trustProxy`, which may look at the request. Whether a token may be
 * missing, the mode of a route says. */
// biome-ignore lint/suspicious/noExplicitAny: the request is the framework's
export type HapiOptions = Omit<ProxiedOptions<any>, 'authRequired'>;

/** What `server.auth.api` has of a strategy. */
export type StrategyApi = Pick<Protection, 'ready' | 'status' | 'health' | 'resourceMetadata'>;

/** A plugin of hapi. */
export interface HapiPlugin {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the server is the framework's
  register(server: any, options: object): void;
}

/** Registers the scheme: `await server.register(bearward)`. */
export const bearward: HapiPlugin = {
  name: 'bearward',
  register(server: HapiServer, options: object) {
    if (Object.keys(options).length > 0) {
      throw new TypeError(
        "the plugin has no options: they are those of server.auth.strategy('api', 'bearward', options)",
      );
    }
    const made = new Set<StrategyApi>();
    server.auth.scheme('bearward', (_server, given) => {
      const one = scheme(given as HapiOptions);
      made.add(one.api);
      return one;
    });
    server.ext('onPreStart', () => {
      checkScopes(server, made);
      warnOfUnused(server, made);
    });
    server.ext('onPreResponse', challenge);
  },
};

/** hapi takes a text for one scope, and a token has no scope with a space in it: such a route would refuse every request. */
function checkScopes(server: HapiServer, made: ReadonlySet<object>): void {
  for (const route of server.table()) {
    const { strategies = [], access = [] } = server.auth.lookup(route) || {};
    if (!strategies.some((name) => made.has(server.auth.api[name] as object))) continue;
    const wrong = access.flatMap(scopesOf).find((scope) => /\s/.test(scope));
    if (wrong === undefined) continue;
    const names = wrong.split(/\s+/).map((name) => name.replace(/^[+!]/, ''));
    const list = (sign: string) => `[${names.map((name) => `'${sign}${name}'`).join(', ')}]`;
    throw new TypeError(
      `${route.method.toUpperCase()} ${route.path}: the scope '${wrong}' has a space, and no token can have it: write` +
        ` \`scope: ${list('+')}\` to require each of them, or \`scope: ${list('')}\` to require one`,
    );
  }
}

/** A strategy protects the routes that name it, and all where it is the default: forgotten, it leaves every route open. */
function warnOfUnused(server: HapiServer, made: ReadonlySet<object>): void {
  const used = new Set(server.table().flatMap((route) => (server.auth.lookup(route) || undefined)?.strategies ?? []));
  for (const [name, api] of Object.entries(server.auth.api)) {
    if (!made.has(api) || used.has(name)) continue;
    process.emitWarning(
      `the strategy '${name}' of bearward/hapi protects no route: write \`server.auth.default('${name}')\`, or` +
        ` \`auth: '${name}'\` in the options of routes`,
      { code: 'BEARWARD_NO_ROUTE' },
    );
  }
}

/** By what `server.auth.api` has of them. */
const strategies = new WeakMap<StrategyApi, Strategy>();

interface Strategy {
  protection: Protection;
  read(request: HapiRequest): ProtectedRequest;
  /** What routes with scopes require, where it is known. */
  byAccess: WeakMap<Access, Protection>;
}

function scheme(given: HapiOptions = {}): Scheme & { api: StrategyApi } {
  if ('authRequired' in given)
    throw new TypeError("hapi has modes in the place of 'authRequired': 'optional' and 'try'");
  const { options, trusts } = separated<HapiRequest>(given);
  const protection = protect(options);
  const strategy = {
    protection,
    read: (request: HapiRequest) => requestOf(request, trusts(request)),
    byAccess: new WeakMap(),
  };
  const api: StrategyApi = {
    ready: () => protection.ready(),
    ...operatedBy(protection),
    resourceMetadata: protection.resourceMetadata,
  };
  strategies.set(api, strategy);
  return { api, authenticate: (request, h) => authenticate(strategy, request, h) };
}

async function authenticate({ protection, read }: Strategy, request: HapiRequest, h: Toolkit) {
  const config = configOf(request);
  if (config?.access?.some(({ entity }) => entity !== undefined && entity !== 'any')) {
    throw new TypeError(
      "'entity' says nothing about an access token: let a strategy with a 'requirement' tell who may call",
    );
  }
  let granted: Granted;
  try {
    granted = await protection.check(read(request));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Only hapi can say so where it may go on without a token; alone, a refusal says more.
    const mayGoOn = config === undefined || config.mode !== 'required' || config.strategies.length > 1;
    throw boomOf(error, mayGoOn && error.code === 'credential_missing');
  }
  const { auth, headers } = granted;
  // Caches are told by hapi itself that a response to a request with credentials is private.
  if (headers['DPoP-Nonce'] !== undefined) request.raw.res.setHeader('DPoP-Nonce', headers['DPoP-Nonce']);
  const { scopes: scope, ...info } = auth.info;
  return h.authenticated({ credentials: { scope, ...info }, artifacts: auth });
}

/** Adds the challenge to a 403 of hapi's own. Every response comes by here, nearly all without a promise. */
function challenge(request: HapiRequest, h: Toolkit): symbol | Promise<symbol> {
  const { response } = request;
  return response.isBoom === true && isOfScopes(response) ? addChallenge(request, response, h) : h.continue;
}

async function addChallenge(request: HapiRequest, { output }: BoomMembers, h: Toolkit): Promise<symbol> {
  const { server, auth } = request;
  const strategy = strategies.get(server.auth.api[auth.strategy] as StrategyApi);
  const protection = strategy && byAccess(strategy, configOf(request)?.access);
  if (strategy === undefined || protection === undefined) return h.continue;
  const refusal = await protection.check(strategy.read(request)).catch((error: unknown) => error);
  if (refusal instanceof Refusal) Object.assign(output.headers, boomOf(refusal, false).output.headers);
  return h.continue;
}

function isOfScopes({ output, data }: BoomMembers): boolean {
  return output.statusCode === 403 && (data as { need?: unknown } | null)?.need !== undefined;
}

function byAccess({ protection, byAccess: known }: Strategy, access: Access | undefined): Protection | undefined {
  if (access === undefined) return undefined;
  const requirement = known.has(access) ? undefined : requirementOf(access);
  if (requirement !== undefined) known.set(access, protection.require(requirement));
  return known.get(access);
}

function configOf({ server, route }: HapiRequest): AuthConfig | undefined {
  return server.auth.lookup(route) || undefined;
}

function requestOf({ raw, headers, params }: HapiRequest, trusted: boolean): ProtectedRequest {
  return nodeRequest(raw.req, { headers, params, trusted });
}

export type { ResourceDocument } from '../native/addon';
export type { AuthInfo, RequestAuth } from '../protect/auth-result';
export type { Observe, ObservedEvent } from '../engine/observer';
export type { Health, Status } from '../protect/health';
export { type IssuerNotReady, NotReadyError } from '../protect/readiness';
export { Refusal } from '../refusal/refusal';
export * from '../requirement';
