// `bearward/hapi` in servers of hapi: strategies, modes, hapi's own scope checks, and mistakes around them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Boom from '@hapi/boom';
import Hapi from '@hapi/hapi';
import { bearward, organization, Refusal, role } from 'bearward/hapi';
import { dpopClient, proofOf } from '../client.mjs';
import { AUDIENCE, issuerOfFile } from '../issuer.mjs';

const { issuer, options, bearer } = await issuerOfFile();

/** A server with the strategy `api`, which is the default. */
async function hapi(more = {}, isDefault = true) {
  const server = Hapi.server({ debug: false });
  await server.register(bearward);
  server.auth.strategy('api', 'bearward', { ...options, ...more });
  if (isDefault) server.auth.default('api');
  return server;
}

const sub = ({ auth }) => ({ sub: auth.isAuthenticated ? auth.credentials.sub : null });
const route = (path, auth, handler = sub) => ({
  method: 'GET',
  path,
  handler,
  options: auth === undefined ? {} : { auth },
});
const GARBAGE = { authorization: 'Bearer garbage' };
const get = (server, url = '/', headers = {}) => server.inject({ method: 'GET', url, headers });

describe('the scheme bearward of hapi', () => {
  it('lets a good token pass, with credentials and artifacts', async () => {
    const server = await hapi();
    const handler = ({ auth }) => [auth.credentials, auth.artifacts.payload.iss, auth.strategy, auth.isAuthenticated];
    server.route(route('/', undefined, handler));
    const { statusCode, result } = await get(server, '/', await bearer({ scope: 'a b' }));
    assert.equal(statusCode, 200);
    assert.deepEqual(JSON.parse(JSON.stringify(result)), [
      { scope: ['a', 'b'], sub: 'alice', clientId: 'app', audience: [AUDIENCE] },
      issuer.issuer,
      'api',
      true,
    ]);
  });

  it('refuses every other request with the challenge, and runs no handler', async () => {
    const server = await hapi();
    let ran = 0;
    server.route(route('/', undefined, () => (ran += 1)));
    const none = await get(server);
    assert.equal(none.statusCode, 401);
    assert.match(none.headers['www-authenticate'], /^Bearer realm="api", DPoP /);
    assert.equal(none.headers['cache-control'], 'no-store');
    const bad = await get(server, '/', GARBAGE);
    assert.match(bad.headers['www-authenticate'], /^Bearer realm="api", error="invalid_token", error_description="/);
    assert.equal(bad.headers['cache-control'], 'no-store');
    assert.deepEqual(bad.result, {
      statusCode: 401,
      error: 'Unauthorized',
      message: 'the access token is not a signed JWT in compact serialization',
    });
    assert.equal(ran, 0);
  });

  it('gives onPreResponse a Boom', async () => {
    const server = await hapi();
    const seen = [];
    server.ext('onPreResponse', ({ response }, h) => {
      seen.push([Boom.isBoom(response), response instanceof Refusal, response.isServer, response.code]);
      response.message = 'mine';
      response.reformat();
      response.output.payload.code = response.code;
      return h.continue;
    });
    server.route(route('/'));
    const { statusCode, headers, result } = await get(server, '/', GARBAGE);
    assert.deepEqual(seen, [[true, true, false, 'token_malformed']]);
    assert.deepEqual(
      [statusCode, result],
      [401, { statusCode: 401, error: 'Unauthorized', message: 'mine', code: 'token_malformed' }],
    );
    assert.match(headers['www-authenticate'], /invalid_token/);
  });

  it('says 503 and when to come back where the keys cannot be had', async () => {
    const server = await hapi({ issuer: 'http://127.0.0.1:1' });
    server.route(route('/'));
    const { statusCode, headers, result } = await get(server, '/', await bearer({ iss: 'http://127.0.0.1:1' }));
    assert.equal(statusCode, 503);
    assert.match(headers['retry-after'], /^[1-9]\d*$/);
    assert.equal(headers['www-authenticate'], undefined);
    assert.equal(result.message, 'Service Unavailable');
    await assert.rejects(server.auth.api.api.ready(), { name: 'NotReadyError' });
  });

  it('has a strategy for each requirement', async () => {
    const server = await hapi();
    server.auth.strategy('admins', 'bearward', { ...options, requirement: role('admin') });
    server.auth.strategy('members', 'bearward', { ...options, requirement: organization({ fromPath: 'org' }) });
    server.route([route('/admin', 'admins'), route('/{org}', 'members')]);
    const statuses = async (claims) => {
      const headers = await bearer(claims);
      return Promise.all(
        ['/admin', '/acme', '/other'].map(async (url) => (await get(server, url, headers)).statusCode),
      );
    };
    assert.deepEqual(await statuses({ roles: ['admin'] }), [200, 401, 401]);
    assert.deepEqual(await statuses({ organization_id: 'acme' }), [403, 200, 403]);
  });

  it('is tried by server.auth.test()', async () => {
    const server = await hapi({}, false);
    server.route(
      route('/', false, async (request) => {
        try {
          const { credentials, artifacts } = await server.auth.test('api', request);
          return [credentials.sub, artifacts.scopes];
        } catch (error) {
          return [error.code, Boom.isBoom(error)];
        }
      }),
    );
    assert.deepEqual((await get(server, '/', await bearer({ scope: 'a' }))).result, ['alice', ['a']]);
    assert.deepEqual((await get(server)).result, ['credential_missing', true]);
    assert.deepEqual((await get(server, '/', GARBAGE)).result, ['token_malformed', true]);
  });

  it('leaves the credentials that a test injects alone', async () => {
    const server = await hapi();
    server.route(route('/', { scope: 'a' }));
    const auth = { strategy: 'api', credentials: { sub: 'bob', scope: ['a'] } };
    assert.deepEqual((await server.inject({ url: '/', auth })).result, { sub: 'bob' });
  });
});

describe('a mode of hapi', () => {
  it('required refuses, optional passes without a token, try passes with anything', async () => {
    const server = await hapi();
    for (const mode of ['required', 'optional', 'try']) server.route(route(`/${mode}`, { mode }));
    const ask = async (headers) => {
      const answers = await Promise.all(
        ['required', 'optional', 'try'].map((mode) => get(server, `/${mode}`, headers)),
      );
      return answers.map(({ statusCode, result }) => (statusCode === 200 ? result.sub : statusCode));
    };
    assert.deepEqual(await ask(), [401, null, null]);
    assert.deepEqual(await ask({ authorization: 'Basic YTpi' }), [401, null, null]);
    assert.deepEqual(await ask(GARBAGE), [401, 401, null]);
    assert.deepEqual(await ask(await bearer({ exp: 1 })), [401, 401, null]);
    assert.deepEqual(await ask(await bearer()), ['alice', 'alice', 'alice']);
  });

  it('tells a handler in try what was wrong, and no claim of it', async () => {
    const server = await hapi();
    const handler = ({ auth }) => [
      auth.isAuthenticated,
      auth.error?.code,
      auth.credentials ?? null,
      auth.artifacts ?? null,
    ];
    server.route(route('/', { mode: 'try' }, handler));
    assert.deepEqual((await get(server, '/', GARBAGE)).result, [false, 'token_malformed', null, null]);
    assert.deepEqual((await get(server, '/', await bearer({ exp: 1 }))).result, [false, 'token_expired', null, null]);
  });

  it('takes scopes as in required where there is a token', async () => {
    const server = await hapi();
    server.route(route('/', { mode: 'optional', scope: 'a' }));
    assert.deepEqual((await get(server)).result, { sub: null });
    assert.equal((await get(server, '/', await bearer())).statusCode, 403);
    assert.equal((await get(server, '/', await bearer({ scope: 'a' }))).statusCode, 200);
  });

  it('goes on to the next strategy without a token, and with all challenges at the end', async () => {
    const server = await hapi();
    server.auth.scheme('key', () => ({
      authenticate(request, h) {
        if (request.headers['x-key'] !== '1') throw Boom.unauthorized(null, 'Key');
        return h.authenticated({ credentials: { sub: 'machine' } });
      },
    }));
    server.auth.strategy('key', 'key');
    server.route(route('/', { strategies: ['api', 'key'] }));
    assert.deepEqual((await get(server, '/', { 'x-key': '1' })).result, { sub: 'machine' });
    assert.deepEqual((await get(server, '/', await bearer())).result, { sub: 'alice' });
    assert.equal((await get(server, '/', { 'x-key': '1', ...GARBAGE })).statusCode, 401);
    const none = await get(server);
    assert.equal(none.statusCode, 401);
    assert.match(none.headers['www-authenticate'], /^Bearer realm="api", DPoP .*, Key$/);
  });
});

describe("hapi's own check of scopes", () => {
  it('decides, and its 403 has the challenge of the core', async () => {
    const server = await hapi();
    server.route([
      route('/one', { scope: 'a' }),
      route('/any', { scope: ['a', 'b'] }),
      route('/all', { scope: ['+a', '+b', '!c'] }),
      route('/either', { access: [{ scope: ['+a', '+b'] }, { scope: 'c' }] }),
      route('/of/{id}', { scope: ['of-{params.id}'] }),
    ]);
    const statuses = async (scope) => {
      const headers = await bearer({ scope });
      const urls = ['/one', '/any', '/all', '/either', '/of/7'];
      return Promise.all(urls.map(async (url) => (await get(server, url, headers)).statusCode));
    };
    assert.deepEqual(await statuses('a'), [200, 200, 403, 403, 403]);
    assert.deepEqual(await statuses('a b'), [200, 200, 200, 200, 403]);
    assert.deepEqual(await statuses('a b c'), [200, 200, 403, 200, 403]);
    assert.deepEqual(await statuses('b of-7'), [403, 200, 403, 403, 200]);
    assert.deepEqual(await statuses(undefined), [403, 403, 403, 403, 403]);
    const challenge = async (url, scope) => (await get(server, url, await bearer({ scope }))).headers;
    const one = await challenge('/one', 'b');
    assert.match(one['www-authenticate'], /^Bearer realm="api", error="insufficient_scope".*scope="a", DPoP /);
    assert.equal(one['cache-control'], 'no-store');
    assert.match((await challenge('/all', 'a'))['www-authenticate'], /scope="a b"/);
    assert.match((await challenge('/all', 'a b c'))['www-authenticate'], /insufficient_scope/);
    assert.match((await challenge('/either', 'a'))['www-authenticate'], /insufficient_scope/);
    // Known at the request alone.
    assert.equal((await challenge('/of/7', 'a'))['www-authenticate'], undefined);
  });

  it('leaves every other 403 alone', async () => {
    const server = await hapi();
    server.route(route('/', undefined, () => Boom.forbidden('mine')));
    const { statusCode, headers } = await get(server, '/', await bearer());
    assert.deepEqual([statusCode, headers['www-authenticate']], [403, undefined]);
  });
});

describe('a DPoP proof', () => {
  it('passes once, and brings the next nonce', async () => {
    const client = await dpopClient();
    const server = await hapi({ publicOrigin: 'https://api.example.com', dpop: { nonces: true } });
    server.route(route('/', { scope: 'a' }));
    const sent = async (scope, nonce) => {
      const token = await issuer.token({ claims: { scope, cnf: { jkt: client.jkt } } });
      const dpop = await proofOf(client, { token, url: 'https://api.example.com/' }, { claims: { nonce } });
      return { authorization: `DPoP ${token}`, dpop };
    };
    const asked = await get(server, '/', await sent('a', 'none'));
    assert.equal(asked.statusCode, 401);
    assert.match(asked.headers['www-authenticate'], /^DPoP .*error="use_dpop_nonce"/);
    const good = await sent('a', asked.headers['dpop-nonce']);
    const passed = await get(server, '/', good);
    assert.equal(passed.statusCode, 200);
    assert.equal((await get(server, '/', good)).statusCode, 401);
    // The check for the challenge of a 403 is one of the same request.
    const lacking = await get(server, '/', await sent('b', asked.headers['dpop-nonce']));
    assert.equal(lacking.statusCode, 403);
    assert.match(lacking.headers['www-authenticate'], /DPoP .*error="insufficient_scope".*scope="a"/);
  });
});

describe('pages of other origins', () => {
  it('get leave and read refusals where the server has cors', async () => {
    const server = Hapi.server({
      debug: false,
      routes: { cors: { origin: ['https://app.example'], additionalExposedHeaders: ['DPoP-Nonce'] } },
    });
    await server.register(bearward);
    server.auth.strategy('api', 'bearward', options);
    server.auth.default('api');
    server.route(route('/'));
    const origin = 'https://app.example';
    const leave = await server.inject({
      method: 'OPTIONS',
      url: '/',
      headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
    });
    assert.ok(leave.statusCode < 300, String(leave.statusCode));
    const { statusCode, headers } = await get(server, '/', { origin });
    assert.deepEqual([statusCode, headers['access-control-allow-origin']], [401, origin]);
    assert.match(headers['access-control-expose-headers'], /WWW-Authenticate.*DPoP-Nonce/);
  });
});

describe('a proxy', () => {
  it('is believed where trustProxy says so', async () => {
    const client = await dpopClient();
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
    const statusWith = async (trustProxy) => {
      const server = await hapi({ proxyHeaders: { host: 'x-forwarded-host', proto: 'x-forwarded-proto' }, trustProxy });
      server.route(route('/'));
      const dpop = await proofOf(client, { token, url: 'https://outside.example/' });
      const forwarded = { 'x-forwarded-host': 'outside.example', 'x-forwarded-proto': 'https' };
      return (await get(server, '/', { authorization: `DPoP ${token}`, dpop, ...forwarded })).statusCode;
    };
    assert.equal(await statusWith(true), 200);
    assert.equal(await statusWith(({ info }) => info.remoteAddress === '127.0.0.1'), 200);
    assert.equal(await statusWith(false), 401);
    await assert.rejects(statusWith(undefined), /need 'trustProxy'/);
  });
});

describe('a mistake lets no request in', () => {
  it('in the options, when the strategy is made', async () => {
    const policies = {};
    for (const [wrong, message] of [
      [{ audience: undefined }, /audience/],
      [{ audiance: AUDIENCE }, /did you mean 'audience'/],
      [{ authRequired: false }, /hapi has modes/],
      [{ authRequired: undefined }, /hapi has modes/],
      [{ requirement: { scopes: ['a'] } }, /./],
      [{ requirement: policies.admin }, /'requirement' is undefined/],
      [{ mode: 'try' }, /no option 'mode'/],
    ]) {
      await assert.rejects(hapi(wrong), message, JSON.stringify(wrong));
    }
    await assert.rejects(Hapi.server().register({ plugin: bearward, options }), /the plugin has no options/);
    await assert.rejects(async () => Hapi.server().auth.strategy('api', 'bearward', options), /unknown scheme/);
    const server = Hapi.server();
    await server.register(bearward);
    assert.throws(() => server.auth.strategy('api', 'bearward'), /You must provide/);
  });

  it('by an entity, which says nothing about a token', async () => {
    const server = await hapi();
    for (const entity of ['user', 'app']) server.route(route(`/${entity}`, { entity }));
    server.route(route('/any', { entity: 'any' }));
    const headers = await bearer({ sub: 'app' });
    for (const url of ['/user', '/app']) assert.equal((await get(server, url, headers)).statusCode, 500, url);
    assert.equal((await get(server, '/any', headers)).statusCode, 200);
  });

  it('by a strategy that is made after the routes, or no default', async () => {
    const server = Hapi.server({ debug: false });
    server.route(route('/before'));
    await server.register(bearward);
    server.auth.strategy('api', 'bearward', options);
    server.auth.default('api');
    assert.equal((await get(server, '/before')).statusCode, 401);
    assert.throws(() => server.route(route('/', 'apis')), /Unknown authentication strategy/);
  });
});

describe('a scope with a space in it', () => {
  it('is an error at the start, since no token has one', async () => {
    for (const [auth, message] of [
      [{ scope: 'a b' }, /^GET \/x: the scope 'a b' has a space.*`scope: \['\+a', '\+b'\]`.*`scope: \['a', 'b'\]`/],
      [{ scope: ['c', '+a b'] }, /the scope 'a b' has a space/],
      [{ access: [{ scope: 'a' }, { scope: 'b c' }] }, /the scope 'b c' has a space/],
    ]) {
      const server = await hapi();
      server.route(route('/x', auth));
      await assert.rejects(server.initialize(), { name: 'TypeError', message });
    }
    const server = await hapi();
    server.route([route('/a', { scope: ['a', 'b'] }), route('/b', { scope: ['of-{params.id}'] }), route('/c', false)]);
    await server.initialize();
    await server.stop();
  });
});

describe('a strategy of bearward that no route uses', () => {
  async function warned(prepare) {
    const server = await hapi({}, false);
    const seen = [];
    const note = (warning) => warning.code === 'BEARWARD_NO_ROUTE' && seen.push(warning.message);
    process.on('warning', note);
    try {
      prepare(server);
      await server.initialize();
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', note);
      await server.stop();
    }
    return seen;
  }

  it('is told at the start: every route is open', async () => {
    const [said, ...more] = await warned((server) => server.route(route('/')));
    assert.match(
      said,
      /the strategy 'api' of bearward\/hapi protects no route: write `server\.auth\.default\('api'\)`/,
    );
    assert.deepEqual(more, []);
    assert.equal((await warned((server) => server.route(route('/', false)))).length, 1);
  });

  it('is one that no route names, and that is not the default', async () => {
    for (const prepare of [
      (server) => server.route([route('/'), route('/mine', 'api')]),
      (server) => server.route(route('/', { mode: 'try', strategies: ['api'] })),
      (server) => {
        server.auth.default('api');
        server.route(route('/'));
      },
      (server) => {
        server.route(route('/'));
        server.auth.default('api');
      },
    ]) {
      assert.deepEqual(await warned(prepare), []);
    }
  });
});
