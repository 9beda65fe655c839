// `bearward/koa` in applications of Koa 3 and Koa 2: the token, the errors, and mistakes around it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import Router from '@koa/router';
import { auth, organization, Refusal, role } from 'bearward/koa';
import Koa3 from 'koa';
import Koa2 from 'koa2';
import { dpopClient, proofOf } from '../client.mjs';
import { AUDIENCE, issuerOfFile, startIssuer } from '../issuer.mjs';

const { issuer, options, bearer: headersOf } = await issuerOfFile();
const api = auth(options);
await api.ready();

const servers = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** Serves the middlewares; resolves to a function that asks. */
async function serve(middlewares, { Koa = Koa3, settings, onError = () => {} } = {}) {
  const app = new Koa(settings);
  app.on('error', onError);
  for (const one of middlewares) app.use(one);
  const server = app.listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return async (path = '/', init = undefined) => {
    const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, init);
    const challenge = response.headers.get('www-authenticate');
    return { status: response.status, headers: response.headers, challenge, text: await response.text() };
  };
}

const bearer = async (claims) => ({ headers: await headersOf(claims) });
const GARBAGE = { headers: { authorization: 'Bearer garbage' } };
const sub = (ctx) => {
  ctx.body = { sub: ctx.state.auth?.info.sub ?? null };
};
const IN = '{"sub":"alice"}';

for (const [version, Koa] of [
  ['3', Koa3],
  ['2', Koa2],
]) {
  describe(`auth() of bearward/koa with Koa ${version}`, () => {
    it('lets a good token pass, with ctx.state.auth', async () => {
      const body = (ctx) => {
        ctx.body = [ctx.state.auth.info.sub, ctx.state.auth.scopes];
      };
      const ask = await serve([api, body], { Koa });
      assert.deepEqual(JSON.parse((await ask('/', await bearer({ scope: 'a b' }))).text), ['alice', ['a', 'b']]);
    });

    it('refuses every other request with the challenge, and calls nothing behind it', async () => {
      let ran = 0;
      const errors = [];
      const behind = (ctx) => {
        ran += 1;
        sub(ctx);
      };
      const ask = await serve([api, behind], { Koa, onError: (error) => errors.push(error) });
      const none = await ask();
      assert.equal(none.status, 401);
      assert.match(none.challenge, /^Bearer realm="api", DPoP /);
      const bad = await ask('/', GARBAGE);
      assert.equal(bad.status, 401);
      assert.match(bad.challenge, /^Bearer realm="api", error="invalid_token", error_description="/);
      assert.equal(bad.headers.get('cache-control'), 'no-store');
      assert.equal(bad.text, 'the access token is not a signed JWT in compact serialization');
      assert.equal(ran, 0);
      assert.deepEqual(
        errors.map((error) => [error instanceof Refusal, error.code, error.expose]),
        [
          [true, 'credential_missing', true],
          [true, 'token_malformed', true],
        ],
      );
    });
  });
}

describe('auth() of bearward/koa', () => {
  it('requires more of a route, by scopes, roles and the path', async () => {
    const router = new Router();
    router.get('/scopes', api.requireScopes('a', 'b'), sub);
    router.get('/role', api.require(role('admin')), sub);
    router.get('/both', api.requireScopes('a').require(role('admin')), sub);
    router.get('/organizations/:org', api.require(organization({ fromPath: 'org' })), sub);
    const ask = await serve([router.routes()]);
    const statuses = async (claims) => {
      const sent = await bearer(claims);
      const paths = ['/scopes', '/role', '/both', '/organizations/acme', '/organizations/other'];
      return Promise.all(paths.map(async (path) => (await ask(path, sent)).status));
    };
    assert.deepEqual(await statuses({ scope: 'a b' }), [200, 403, 403, 401, 401]);
    assert.deepEqual(await statuses({ scope: 'a', roles: ['admin'] }), [403, 200, 200, 401, 401]);
    assert.deepEqual(await statuses({ organization_id: 'acme' }), [403, 403, 403, 200, 403]);
    assert.match((await ask('/scopes', await bearer())).challenge, /error="insufficient_scope".*scope="a b"/);
  });

  it('has the challenge in the response of a middleware that answers by itself', async () => {
    let seen;
    const answer = async (ctx, next) => {
      try {
        await next();
      } catch (error) {
        seen = { error, auth: ctx.state.auth };
        ctx.status = error.status;
        ctx.body = { mine: error.code };
      }
    };
    const ask = await serve([answer, api, sub]);
    const { status, challenge, headers, text } = await ask('/', GARBAGE);
    assert.deepEqual([status, text], [401, '{"mine":"token_malformed"}']);
    assert.match(challenge, /error="invalid_token"/);
    assert.match(headers.get('content-type'), /^application\/json/);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.ok(seen.error instanceof Refusal);
    assert.equal(seen.auth, undefined);
  });

  it('says 503 and when to come back where the keys cannot be had', async () => {
    const ask = await serve([auth({ ...options, issuer: 'http://127.0.0.1:1' }), sub]);
    const { status, headers, challenge, text } = await ask('/', await bearer({ iss: 'http://127.0.0.1:1' }));
    assert.deepEqual([status, challenge, text], [503, null, 'Service Unavailable']);
    assert.match(headers.get('retry-after'), /^[1-9]\d*$/);
  });

  it('waits for keys before it calls what is behind it', async () => {
    const fresh = await startIssuer();
    const ask = await serve([auth({ issuer: fresh.issuer, audience: AUDIENCE }), sub]);
    const token = await fresh.token();
    assert.equal((await ask('/', { headers: { authorization: `Bearer ${token}` } })).text, IN);
    const stranger = await issuer.token({ claims: { iss: fresh.issuer } });
    assert.equal((await ask('/', { headers: { authorization: `Bearer ${stranger}` } })).status, 401);
    await fresh.close();
  });

  it('lets requests without a token pass where it is optional, and no bad one', async () => {
    const optional = auth({ ...options, authRequired: false });
    const ask = await serve([optional, sub]);
    assert.equal((await ask()).text, '{"sub":null}');
    assert.equal((await ask('/', await bearer())).text, IN);
    assert.equal((await ask('/', GARBAGE)).status, 401);
    const scoped = await serve([optional.requireScopes('a'), sub]);
    assert.equal((await scoped()).status, 401);
  });

  it('leaves errors of what is behind it alone', async () => {
    const fail = (ctx) => ctx.throw(418, 'mine', { headers: { 'x-mine': '1' } });
    const ask = await serve([api, fail]);
    const { status, headers, text, challenge } = await ask('/', await bearer());
    assert.deepEqual([status, text, headers.get('x-mine'), challenge], [418, 'mine', '1', null]);
  });

  it('decides about each request for itself, and takes back what a check before has found', async () => {
    let auths = [];
    const answer = async (ctx, next) => {
      try {
        await next();
      } catch (error) {
        ctx.status = error.status;
      }
      auths.push(ctx.state.auth);
    };
    const ask = await serve([answer, api, api.requireScopes('a'), sub]);
    assert.equal((await ask('/', await bearer())).status, 403);
    assert.deepEqual(auths, [undefined]);
    auths = [];
    const sent = await bearer({ scope: 'a' });
    await Promise.all([ask('/', sent), ask('/', sent)]);
    assert.notEqual(auths[0], auths[1]);
    assert.notEqual(auths[0].payload, auths[1].payload);
  });

  it('reads a token in a form that a parser has read before it', async () => {
    const parsed = (body) => async (ctx, next) => {
      ctx.request.body = body;
      await next();
    };
    const body = { access_token: await issuer.token() };
    const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    assert.equal((await (await serve([parsed(body), api, sub]))('/', form)).text, IN);
    assert.equal((await (await serve([api, parsed(body), sub]))('/', form)).status, 401);
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
    assert.equal((await (await serve([parsed(body), api, sub]))('/', json)).status, 401);
  });

  it('believes a proxy where app.proxy is set, or by its own option', async () => {
    const client = await dpopClient();
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
    const statusWith = async (proxy, more) => {
      const proxyHeaders = { host: 'x-forwarded-host', proto: 'x-forwarded-proto' };
      const ask = await serve([auth({ ...options, proxyHeaders, ...more }), sub], { settings: { proxy } });
      const dpop = await proofOf(client, { token, url: 'https://outside.example/' });
      const forwarded = { 'x-forwarded-host': 'outside.example', 'x-forwarded-proto': 'https' };
      return (await ask('/', { headers: { authorization: `DPoP ${token}`, dpop, ...forwarded } })).status;
    };
    assert.equal(await statusWith(true), 200);
    assert.equal(await statusWith(false), 401);
    assert.equal(await statusWith(true, { trustProxy: (ctx) => ctx.req.socket.remoteAddress === '10.0.0.1' }), 401);
    assert.equal(await statusWith(false, { trustProxy: true }), 200);
  });

  it('takes a DPoP proof once, whatever checks of one request there are', async () => {
    const client = await dpopClient();
    const bound = auth({ ...options, publicOrigin: 'https://api.example.com', dpop: { nonces: true } });
    const ask = await serve([bound, bound.requireScopes('a'), sub]);
    const token = await issuer.token({ claims: { scope: 'a', cnf: { jkt: client.jkt } } });
    const sent = async (nonce) => ({
      headers: {
        authorization: `DPoP ${token}`,
        dpop: await proofOf(client, { token, url: 'https://api.example.com/' }, { claims: { nonce } }),
      },
    });
    const asked = await ask('/', await sent('none'));
    assert.equal(asked.status, 401);
    assert.match(asked.challenge, /^DPoP .*error="use_dpop_nonce"/);
    const good = await sent(asked.headers.get('dpop-nonce'));
    assert.equal((await ask('/', good)).status, 200);
    const again = await ask('/', good);
    assert.equal(again.status, 401);
    assert.match(again.challenge, /error="invalid_dpop_proof"/);
  });
});

describe('a mistake lets no request in', () => {
  it('in the options, or in what a route needs, when it is made', () => {
    const policies = {};
    assert.throws(() => auth({ ...options, audience: undefined }), /audience/);
    assert.throws(() => auth({ ...options, requirement: undefined }), /'requirement' is undefined/);
    assert.throws(() => auth({ ...options, audiance: AUDIENCE }), /did you mean 'audience'/);
    assert.throws(() => auth({ ...options, trustProxy: '127.0.0.1' }), /'trustProxy' must be/);
    assert.throws(() => api.require(policies.admin), /needs a requirement/);
    assert.throws(() => api.require({ scopes: ['a'] }));
    for (const wrong of [[], [undefined], [policies.admin, 'a'], [['a']], [{ scopes: ['a'] }]]) {
      assert.throws(() => api.requireScopes(...wrong), /requireScopes\(\) takes scopes/);
    }
  });

  it('in how it is called', async () => {
    for (const wrong of [[], [{}], [{ state: {} }, () => {}], [{ state: {}, req: {} }], [{}, {}, () => {}]]) {
      assert.throws(() => api(...wrong), /is called with \(ctx, next\)/);
    }
    let ran = 0;
    const hidden = (ctx) => {
      ran += 1;
      sub(ctx);
    };
    for (const wrong of [
      [auth, hidden],
      [api.require, hidden],
      [api.requireScopes, hidden],
      // Without `await`, and with a `next` of its own.
      [
        async (ctx) => {
          api(ctx, () => {});
          hidden(ctx);
        },
      ],
      [
        async (ctx, next) => {
          api(ctx, async () => {});
          await next();
        },
        hidden,
      ],
      [(ctx, next) => void api(ctx, next), hidden],
      [
        (ctx, next) => {
          api(ctx, next).catch(() => {});
        },
        hidden,
      ],
    ]) {
      const ask = await serve(wrong);
      for (const sent of [undefined, GARBAGE]) {
        const { status, text } = await ask('/', sent);
        assert.ok(status >= 400 && !text.includes('sub'), `${status} ${text} ${wrong[0]}`);
      }
    }
    assert.equal(ran, 0);
  });

  it('in a requirement of a path that has no such part', async () => {
    const ask = await serve([api.require(organization({ fromPath: 'org' })), sub]);
    const { status } = await ask('/', await bearer({ organization_id: 'acme' }));
    assert.ok(status >= 400, String(status));
  });

  it('by an application that swallows the error', async () => {
    const swallow = async (_ctx, next) => next().catch(() => {});
    const ask = await serve([swallow, api, sub]);
    const { status, text } = await ask('/', GARBAGE);
    assert.deepEqual([status, text], [404, 'Not Found']);
  });

  it('and a refusal that nothing looks at ends no process', async () => {
    const fresh = await startIssuer();
    fresh.state.answer = (_req, res) => {
      res.statusCode = 500;
      res.end();
    };
    const cold = auth({ issuer: fresh.issuer, audience: AUDIENCE });
    let seen = 0;
    const forget = (ctx, next) => {
      cold(ctx, next);
      seen += 1;
    };
    const ask = await serve([forget, sub]);
    const token = await fresh.token();
    const { status, text } = await ask('/', { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual([status, text, seen], [404, 'Not Found', 1]);
    assert.equal((await ask('/', GARBAGE)).status, 401);
    await fresh.close();
  });
});
