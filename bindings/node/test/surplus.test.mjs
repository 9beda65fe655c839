// Every public function with one argument more than it takes: a requirement among the arguments that JavaScript drops would not be
// required, and the application would not notice.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as bearward from 'bearward';
import * as express from 'bearward/express';
import * as oauthJwt from 'bearward/express-oauth-jwt';
import * as fastify from 'bearward/fastify';
import * as fetchApi from 'bearward/fetch';
import * as hapi from 'bearward/hapi';
import * as hono from 'bearward/hono';
import * as koa from 'bearward/koa';
import * as mcp from 'bearward/mcp';
import * as nest from 'bearward/nest';
import * as node from 'bearward/node';
import Fastify from 'fastify';
import { ENTRIES } from './entries.mjs';

const { scopes, ANY_TOKEN } = bearward;
const NAMED = { issuer: 'https://issuer.example', audience: 'https://api.example.com' };
const MCP = { ...NAMED, resource: 'https://api.example.com/mcp' };
const READ = scopes('read');
const SURPLUS = scopes('admin');
const noop = () => {};
const request = () => ({ method: 'GET', url: '/', headers: {}, rawHeaders: [], socket: {} });
const webRequest = () => new Request('https://api.example.com/');

/** Takes any number of arguments, all of which are required. */
const ALL_REQUIRED = 'all required';
/** Has nothing that an argument could require: it converts a value, or takes none and says so. */
const CONVERTS = 'converts';
/** Is called by its framework, with what the framework has. */
const BY_FRAMEWORK = 'by the framework';

const REQUIREMENTS = {
  scopes: ALL_REQUIRED,
  // One of them is enough, as the name says.
  anyScope: ALL_REQUIRED,
  or: ALL_REQUIRED,
  acr: ALL_REQUIRED,
  and: ALL_REQUIRED,
  operations: ALL_REQUIRED,
  claim: ['team', { equals: 'a' }],
  role: ['admin', 'roles'],
  roleKey: ['admin', 'roles'],
  'roles.keycloakRealm': ['admin'],
  'roles.keycloakClient': ['client', 'admin'],
  'roles.entra': ['admin'],
  'roles.auth0Permission': ['admin'],
  'roles.cognitoGroup': ['admin'],
  'roles.zitadel': ['admin'],
  organization: [{ fromPath: 'org' }],
  maxAge: [60],
  authorizationDetails: [{ type: 'payment' }],
  operation: [{ method: 'GET' }, ANY_TOKEN],
  'mcp.tool': ['search', ANY_TOKEN],
  'mcp.prompt': ['search', ANY_TOKEN],
  'mcp.resource': ['file:///a', ANY_TOKEN],
  'mcp.method': ['tools/list', ANY_TOKEN],
  not: [READ],
};
const STORES = { RevocationList: CONVERTS, revocationKey: CONVERTS };
const ERRORS = { Refusal: CONVERTS };
const READINESS = { NotReadyError: CONVERTS };

/** Every function of every export, with arguments that it takes. */
const EXPORTS = [
  [
    'bearward',
    bearward,
    { ...REQUIREMENTS, ...STORES, ...ERRORS, ...READINESS, protect: [NAMED], checkMcpBody: CONVERTS },
  ],
  [
    'bearward/express',
    express,
    {
      ...REQUIREMENTS,
      ...STORES,
      ...READINESS,
      auth: [NAMED],
      authorize: [READ],
      requireOrganization: [{ fromPath: 'org' }],
      requireRoles: [['admin'], { claim: 'roles' }],
      requireAcr: ALL_REQUIRED,
      requireMaxAge: [60],
      requiredScopes: ALL_REQUIRED,
      scopeIncludesAny: ALL_REQUIRED,
      claimEquals: ['team', 'a'],
      claimIncludes: ALL_REQUIRED,
      claimCheck: [() => true, 'wrong'],
      health: CONVERTS,
      errorHandler: CONVERTS,
      protectedResourceMetadata: CONVERTS,
      ...Object.fromEntries(
        Object.keys(express)
          .filter((name) => name.endsWith('Error'))
          .map((name) => [name, CONVERTS]),
      ),
    },
  ],
  [
    'bearward/express-oauth-jwt',
    oauthJwt,
    {
      secure: [oauthJwt.getSimpleJwksService('https://issuer.example/jwks'), NAMED],
      'errors.InsufficientScopeError': CONVERTS,
      'errors.TokenClaimsError': CONVERTS,
      // These find keys, and require nothing.
      getSimpleJwksService: CONVERTS,
      jwksService: CONVERTS,
      keyService: CONVERTS,
      InMemoryCache: CONVERTS,
      KeyStore: CONVERTS,
    },
  ],
  ['bearward/fastify', fastify, { ...REQUIREMENTS, ...ERRORS, ...READINESS, bearward: BY_FRAMEWORK }],
  [
    'bearward/fetch',
    fetchApi,
    { ...REQUIREMENTS, ...ERRORS, ...READINESS, protect: [NAMED], refusalResponse: CONVERTS },
  ],
  ['bearward/hapi', hapi, { ...REQUIREMENTS, ...ERRORS, ...READINESS, 'bearward.register': BY_FRAMEWORK }],
  ['bearward/hono', hono, { ...REQUIREMENTS, ...ERRORS, ...READINESS, auth: [NAMED] }],
  ['bearward/koa', koa, { ...REQUIREMENTS, ...ERRORS, ...READINESS, auth: [NAMED] }],
  ['bearward/mcp', mcp, { ...REQUIREMENTS, ...ERRORS, ...READINESS, protect: [MCP], authInfo: CONVERTS }],
  [
    'bearward/nest',
    nest,
    {
      ...REQUIREMENTS,
      ...STORES,
      ...ERRORS,
      Scopes: ALL_REQUIRED,
      Requires: ALL_REQUIRED,
      // These refuse every argument.
      Public: [],
      OptionalAuth: [],
      Token: [],
      ProtectedGateway: [],
      BearwardGuard: CONVERTS,
      BearwardModule: CONVERTS,
    },
  ],
  ['bearward/node', node, { ...REQUIREMENTS, ...STORES, ...ERRORS, ...READINESS, protect: [NAMED] }],
];

/** The functions of an object, and of the plain objects in it, by their paths. */
function functionsOf(object, prefix = '') {
  return Object.entries(object).flatMap(([name, value]) => {
    if (name === 'default' || name === 'module.exports') return [];
    if (typeof value === 'function') return [[prefix + name, value, object]];
    return typeof value === 'object' && value !== null ? functionsOf(value, `${name}.`) : [];
  });
}

const SAID = /takes one argument and got|takes \d arguments and got|with brackets and nothing in them/;

function checkTable(where, object, table) {
  const functions = functionsOf(object);
  assert.deepEqual(
    functions.map(([name]) => name).sort(),
    Object.keys(table).sort(),
    `${where}: the functions there are`,
  );
  for (const [name, call, holder] of functions) {
    const given = table[name];
    if (!Array.isArray(given)) continue;
    Reflect.apply(call, holder, given);
    // What is passed by hand and is undefined was meant to be something.
    for (const more of [SURPLUS, undefined]) {
      assert.throws(
        () => Reflect.apply(call, holder, [...given, more]),
        (error) => error instanceof TypeError && SAID.test(error.message),
        `${where}: ${name}(${given.length} arguments, and ${JSON.stringify(more)})`,
      );
    }
  }
}

describe('a public function with an argument too many', () => {
  it('is looked for in every entry of the package', () => {
    const looked = EXPORTS.map(([where]) => where.replace('bearward/', ''));
    assert.deepEqual(looked.sort(), Object.keys(ENTRIES).sort());
  });

  for (const [where, object, table] of EXPORTS) {
    it(`throws, in ${where}`, () => checkTable(where, object, table));
  }

  it('throws, in what they make', async () => {
    const OPERATED = { ready: CONVERTS, status: CONVERTS, health: CONVERTS };
    const app = Fastify();
    await app.register(fastify.bearward, NAMED);
    app.requireAuth({ scopes: ['read'] });
    assert.throws(() => app.requireAuth({ scopes: ['read'] }, { scopes: ['admin'] }), /takes one object/);
    const server = { handleUpgrade() {}, emit() {}, options: { noServer: true } };
    const neutral = { check: [request()], decide: [request(), noop, noop], require: [READ] };
    for (const [where, made, table] of [
      ['protect()', bearward.protect(NAMED), neutral],
      ['protection of Fastify', app.protection, neutral],
      ['auth() of Express', express.auth(NAMED), { require: [READ] }],
      ['auth() of Koa', koa.auth(NAMED), { require: [READ], requireScopes: ALL_REQUIRED }],
      ['auth() of Hono', hono.auth(NAMED), { require: [READ] }],
      ['protect() of fetch', fetchApi.protect(NAMED), { check: [webRequest(), {}], require: [READ], handler: [noop] }],
      [
        'protect() of node',
        node.protect(NAMED),
        {
          check: [request()],
          require: [READ],
          handler: [noop],
          upgrade: [server],
          watch: [request(), noop],
          socketIO: BY_FRAMEWORK,
        },
      ],
      [
        'protect() of mcp',
        mcp.protect(MCP),
        { check: [request()], requireAuth: CONVERTS, metadata: BY_FRAMEWORK, verifier: CONVERTS },
      ],
    ]) {
      const own = Object.fromEntries(Object.entries(made).filter(([name]) => name !== 'resourceMetadata'));
      // A request without a token is refused, which is not what this is about.
      const settled = Object.fromEntries(Object.entries(own).map(([name, call]) => [name, quietly(call)]));
      checkTable(where, settled, { ...OPERATED, ...table });
      if (own.require === undefined) continue;
      const narrowed = own.require(READ);
      if (narrowed.require !== undefined) assert.throws(() => narrowed.require(READ, SURPLUS), SAID, where);
      if (narrowed.check !== undefined) assert.throws(() => narrowed.check(request(), SURPLUS, SURPLUS), SAID, where);
    }
    const verifier = mcp.protect(MCP).verifier;
    const errors = { InvalidTokenError: Error, ServerError: Error };
    verifier(errors);
    assert.throws(() => verifier(errors, SURPLUS), SAID);
    assert.throws(() => mcp.protect(MCP).requireAuth({ scopes: ['a'] }, { scopes: ['b'] }), /takes one object/);
    assert.throws(() => nest.BearwardModule.forRoot(NAMED, SURPLUS), SAID);
    assert.throws(() => nest.BearwardModule.forRootAsync({ useFactory: () => NAMED }, SURPLUS), SAID);
    const list = new bearward.RevocationList();
    const soon = new Date(Date.now() + 60_000);
    assert.throws(() => list.revoke({ issuer: NAMED.issuer, sub: 'a' }, soon, { sub: 'b' }), SAID);
    assert.equal(list.size, 0);
  });

  it('throws where a requirement is in the place of what a framework knows of the route', () => {
    const api = fetchApi.protect(NAMED);
    for (const call of [api, api.check, api.require(READ), api.require(READ).check]) {
      for (const wrong of [READ, bearward.role('a'), { scopes: ['a'] }, { requirement: READ }, [READ], 'read', noop]) {
        assert.throws(() => call(webRequest(), wrong), /takes what the framework knows of the route/);
      }
      for (const context of [undefined, null, {}, { params: {} }, { params: {}, role: 'a' }]) {
        quietly(call)(webRequest(), context);
      }
    }
  });

  it('says where the rest belongs', () => {
    const api = bearward.protect(NAMED);
    assert.throws(() => api.require(READ, SURPLUS), {
      message:
        'require() takes one argument and got 2, of which the last would be ignored: write `and(…)` around several requirements',
    });
    assert.throws(() => koa.auth(NAMED, SURPLUS), {
      message:
        'auth() takes one argument and got 2, of which the last would be ignored: what every route requires is the option' +
        ' `requirement`, and `require(…)` is for one route',
    });
  });
});

/** The function, whose promise may reject. */
function quietly(call) {
  return (...given) => {
    const returned = call(...given);
    if (typeof returned?.then === 'function') returned.then(noop, noop);
    return returned;
  };
}
