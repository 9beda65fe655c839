// `bearward/hono` in applications of Hono: the token, the exception that `app.onError` sees, and mistakes around it.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { auth, organization, Refusal, scopes } from 'bearward/hono';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { dpopClient, proofOf } from './client.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

const require = createRequire(import.meta.url);

let issuer;
let options;
let api;
before(async () => {
  issuer = await startIssuer();
  options = { issuer: issuer.issuer, audience: AUDIENCE };
  api = auth(options);
  await api.ready();
});
after(() => issuer.close());

const sub = (c) => c.json({ sub: c.get('auth')?.payload.sub ?? null });
const bearer = (token, headers) => ({ headers: { authorization: `Bearer ${token}`, ...headers } });

describe('auth() of bearward/hono', () => {
  it('comes with the same names, imported and required', async () => {
    const names = (module) =>
      Object.keys(module)
        .filter((name) => name !== 'default')
        .sort();
    assert.deepEqual(names(await import('bearward/hono')), names(require('bearward/hono')));
  });

  it('lets a good token pass, with c.get("auth") and c.var.auth', async () => {
    const app = new Hono();
    app.use('/api/*', api);
    app.get('/api/me', (c) => c.json([c.get('auth').payload.sub, c.var.auth.scopes]));
    const answer = await app.request('/api/me', bearer(await issuer.token({ claims: { scope: 'a' } })));
    assert.deepEqual(await answer.json(), ['alice', ['a']]);
  });

  it('answers every other request with the challenge, and runs no handler', async () => {
    let ran = 0;
    const app = new Hono();
    app.get('/', api, (c) => {
      ran += 1;
      return sub(c);
    });
    const none = await app.request('/');
    assert.equal(none.status, 401);
    assert.match(none.headers.get('www-authenticate'), /^Bearer realm="api"/);
    const bad = await app.request('/', bearer('garbage'));
    assert.equal(bad.status, 401);
    assert.match(bad.headers.get('www-authenticate'), /error="invalid_token"/);
    assert.equal((await bad.json()).error, 'invalid_token');
    assert.equal(ran, 0);
  });

  it('requires more of a route, by scopes and by the path', async () => {
    const app = new Hono();
    app.get('/a', api.require(scopes('a')), sub);
    app.get('/organizations/:org', api.require(organization({ fromPath: 'org' })), sub);
    const token = await issuer.token({ claims: { organization_id: 'acme' } });
    const refused = await app.request('/a', bearer(token));
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get('www-authenticate'), /error="insufficient_scope".*scope="a"/);
    assert.equal((await app.request('/organizations/acme', bearer(token))).status, 200);
    assert.equal((await app.request('/organizations/other', bearer(token))).status, 403);
  });

  it('reaches app.onError as an HTTPException whose response is the answer', async () => {
    for (const [module, own] of [
      [{ auth }, HTTPException],
      [require('bearward/hono'), require('hono/http-exception').HTTPException],
    ]) {
      let seen;
      const app = new Hono();
      app.onError((error, c) => {
        seen = error;
        const response = error.getResponse();
        return c.json({ code: error.cause.code }, response.status, Object.fromEntries(response.headers));
      });
      app.get('/', module.auth(options), sub);
      const answer = await app.request('/', bearer('garbage'));
      assert.ok(seen instanceof own);
      assert.ok(seen.cause instanceof Refusal);
      assert.deepEqual([answer.status, await answer.json()], [401, { code: 'token_malformed' }]);
      assert.match(answer.headers.get('www-authenticate'), /error="invalid_token"/);
    }
  });

  it('leaves no token of another auth() after a refusal', async () => {
    const app = new Hono();
    app.onError((_error, c) => sub(c));
    app.get('/', api, api.require(scopes('a')), sub);
    const answer = await app.request('/', bearer(await issuer.token()));
    assert.deepEqual(await answer.json(), { sub: null });
  });

  it('lets a request without a token pass where authentication is optional, and no bad one', async () => {
    const app = new Hono();
    app.get('/', auth({ ...options, authRequired: false }), sub);
    assert.deepEqual(await (await app.request('/')).json(), { sub: null });
    assert.equal((await app.request('/', bearer('garbage'))).status, 401);
    assert.deepEqual(await (await app.request('/', bearer(await issuer.token()))).json(), { sub: 'alice' });
  });

  it('counts one proof of a request that several middlewares look at', async () => {
    const app = new Hono();
    app.use(api);
    app.get('/messages', api.require({ not: { scope: 'x' } }), sub);
    const client = await dpopClient();
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
    const url = 'https://api.example.com/messages';
    const dpop = await proofOf(client, { url, token });
    const headers = { authorization: `DPoP ${token}`, dpop };
    assert.equal((await app.request(url, { headers })).status, 200);
    assert.equal((await app.request(url, { headers })).status, 401);
  });

  it('keeps shared caches from what a cookie opened, unless the handler says something of them', async () => {
    const cookies = auth({ ...options, tokenPlace: { cookie: '__Host-token' } });
    const app = new Hono();
    app.get('/', cookies, sub);
    app.get('/own', cookies, (c) => c.text('', 200, { 'cache-control': 'no-store' }));
    app.get('/redirect', cookies, (c) => c.redirect('/'));
    const headers = { cookie: `__Host-token=${await issuer.token()}` };
    const cacheOf = async (path) => (await app.request(path, { headers })).headers.get('cache-control');
    assert.deepEqual(
      [await cacheOf('/'), await cacheOf('/own'), await cacheOf('/redirect')],
      ['private', 'no-store', 'private'],
    );
  });

  it('decides about the request that a middleware made, and not about the one that came', async () => {
    const token = await issuer.token();
    const app = new Hono();
    app.use('/moved', async (c, next) => {
      c.req.raw = new Request(c.req.raw, { headers: { authorization: `Bearer ${token}` } });
      await next();
    });
    app.use('/taken', async (c, next) => {
      c.req.raw = new Request(c.req.raw, { headers: {} });
      await next();
    });
    app.get('/:any', api, sub);
    const authorization = `Bearer ${token}`;
    const cameWith = (headers) => ({ incoming: { url: '/', rawHeaders: Object.entries(headers).flat(), socket: {} } });
    assert.equal((await app.request('/moved', {}, cameWith({}))).status, 200);
    assert.equal(
      (await app.request('/taken', { headers: { authorization } }, cameWith({ authorization }))).status,
      401,
    );
    assert.equal(
      (await app.request('/as-it-is', { headers: { authorization } }, cameWith({ authorization }))).status,
      200,
    );
    const twice = {
      incoming: { url: '/', rawHeaders: ['authorization', authorization, 'Authorization', authorization] },
    };
    assert.equal((await app.request('/as-it-is', { headers: { authorization } }, twice)).status, 400);
  });

  it('asks trustProxy about the context', async () => {
    const proxied = auth({
      ...options,
      proxyHeaders: { host: 'x-forwarded-host', proto: 'x-forwarded-proto' },
      trustProxy: (c) => c.env.peer === '10.0.0.1',
    });
    const app = new Hono();
    app.get('/', proxied.require(organization({ fromHost: '{organization}.api.example.com' })), sub);
    const token = await issuer.token({ claims: { organization_id: 'acme' } });
    const init = bearer(token, { 'x-forwarded-host': 'acme.api.example.com', 'x-forwarded-proto': 'https' });
    const statusFor = async (peer) => (await app.request('http://127.0.0.1/', init, { peer })).status;
    assert.notEqual(await statusFor('192.0.2.1'), 200);
    assert.equal(await statusFor('10.0.0.1'), 200);
  });
});

describe('a mistake around bearward/hono', () => {
  const answersTo = async (app, token) => {
    app.get('/', (c) => c.text('in'));
    return (await app.request('/', token && bearer(token))).status;
  };
  const quiet = () => new Hono().onError((_error, c) => c.text('broken', 500));

  it('lets nobody in: the function itself as a middleware', async () => {
    for (const wrong of [auth, api.require]) {
      for (const token of [undefined, await issuer.token()]) {
        const app = quiet();
        app.use(wrong);
        assert.equal(await answersTo(app, token), 500);
      }
    }
  });

  it('lets nobody in: requirements and options that are none', () => {
    assert.throws(() => api.require(undefined), TypeError);
    assert.throws(() => api.require('a'), /requirement/);
    assert.throws(() => auth({ issuer: options.issuer }), /audience/);
    assert.throws(() => auth({ ...options, authrequired: false }), /did you mean 'authRequired'/);
    assert.throws(() => auth({ ...options, proxyHeaders: { host: 'x-forwarded-host' } }), /need 'trustProxy'/);
  });

  it('lets nobody in: mounted twice, or a call in the way of another framework', async () => {
    const app = quiet();
    app.use(api, api);
    assert.equal(await answersTo(app), 500);
    assert.equal((await app.request('/', bearer(await issuer.token()))).status, 200);
    await assert.rejects(async () => api({ headers: {} }, () => {}), TypeError);
    await assert.rejects(async () => api(undefined, () => {}), TypeError);
  });

  it('lets nobody in, and ends no process: a middleware that is not awaited', async () => {
    const app = quiet();
    app.use(async (c, next) => {
      api(c, next);
    });
    assert.equal(await answersTo(app), 500);
    await turn();
    await turn();
  });

  it('lets nobody in: next() that was called without waiting', async () => {
    const app = quiet();
    app.use(async (c) => {
      await api(c, () => {});
    });
    assert.equal(await answersTo(app), 500);
  });
});
