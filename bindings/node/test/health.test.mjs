// What an operator asks: `status()`, `health()`, and the pages for probes.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { protect, scopes } from 'bearward';
import { auth, health, RevocationList } from 'bearward/express';
import { bearward } from 'bearward/fastify';
import { protect as protectFetch } from 'bearward/fetch';
import { bearward as hapi } from 'bearward/hapi';
import { protect as protectMcp } from 'bearward/mcp';
import { BearwardGuard, BearwardModule } from 'bearward/nest';
import fastify from 'fastify';
import { EXPRESS } from './app.mjs';
import { ENTRIES, MAKERS } from './entries.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';
import { issuer, served } from './opened.mjs';

const MARK = 'hush-hush';
const outage = (_req, res) => res.writeHead(500).end();

/** Asks until it holds: what runs in the background takes as long as the machine needs. */
async function until(holds) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('status()', () => {
  it('names the keys in hand, how old they are, and the caches with their bounds', async () => {
    const one = await issuer();
    one.state.keys.push({ kty: 'RSA', use: 'enc', kid: 'e', n: 'AQAB', e: 'AQAB' });
    for (const options of [
      { issuer: one.issuer },
      { issuerBaseURL: one.url },
      { issuerBaseURL: one.url, validators: { iss: false } },
      { mcd: { issuers: [one.url] } },
      { mcd: { issuers: () => [one.url] } },
    ]) {
      const api = auth({ audience: AUDIENCE, revocation: new RevocationList({ maxEntries: 7 }), ...options });
      const app = await served((express) => express.use(api, (_req, res) => res.json({})));
      assert.equal((await app.send('/', { token: await one.token() })).status, 200);
      const status = api.status();
      const [known] = status.issuers;
      assert.equal(status.issuers.length, 1, JSON.stringify(options));
      assert.equal(known.identifier, one.issuer);
      assert.deepEqual(known.keys, [{ kid: 'k1', algorithms: ['RS256'] }]);
      assert.deepEqual(
        known.skippedKeys.map(({ index, kid }) => ({ index, kid })),
        [{ index: 1, kid: 'e' }],
      );
      assert.ok(Number.isInteger(known.keySetAgeSeconds), JSON.stringify(known));
      assert.ok(known.nextRefreshSeconds > 0);
      assert.equal(known.isFetching, false);
      assert.equal(known.lastFailure, null);
      assert.equal(status.verifiedTokens.count, 1);
      assert.ok(status.verifiedTokens.most > 1);
      assert.ok(status.usedProofs.most > 0);
      assert.deepEqual(status.revocations, { count: 0, most: 7 });
      assert.equal(status.introspection, null);
      assert.equal(status.waitingRequests.count, 0);
      assert.deepEqual(status.sharedStores, []);
      assert.deepEqual(JSON.parse(JSON.stringify(status)), status);
    }
  });

  it('says what went wrong last, also before an issuer was found', async () => {
    const one = await issuer();
    one.state.answer = outage;
    for (const [options, code] of [
      [{ issuer: one.issuer, jwksUri: one.jwksUri }, 'unexpected_status'],
      [{ issuerBaseURL: one.url }, 'metadata_not_found'],
    ]) {
      const api = protect({ audience: AUDIENCE, ...options });
      assert.equal(api.status().issuers[0].lastFailure, null);
      await assert.rejects(api.ready());
      const [known] = api.status().issuers;
      assert.equal(known.identifier, one.issuer);
      assert.equal(known.keySetAgeSeconds, null);
      assert.equal(known.lastFailure.code, code);
      assert.ok(Number.isInteger(known.lastFailure.ageSeconds));
      assert.match(known.lastFailure.why, /500/);
    }
  });

  it('tells a server that is too slow from one that cannot be reached', async () => {
    const slow = await issuer();
    slow.state.answer = () => {};
    const gone = await startIssuer();
    await gone.close();
    for (const [{ issuer, url, jwksUri }, code] of [
      [slow, 'server_too_slow'],
      [gone, 'server_unreachable'],
    ]) {
      for (const options of [{ issuer, jwksUri }, { issuerBaseURL: url }]) {
        const api = protect({ audience: AUDIENCE, timeoutDuration: 100, ...options });
        await assert.rejects(api.ready());
        assert.equal(api.status().issuers[0].lastFailure.code, code, JSON.stringify(options));
      }
    }
  });

  it('adds up the engines of issuers that a function names', async () => {
    const [one, other] = [await issuer(), await issuer()];
    const api = auth({ audience: AUDIENCE, mcd: { issuers: () => [one.url, other.url] } });
    const app = await served((express) => express.use(api, (_req, res) => res.json({})));
    for (const from of [one, other]) assert.equal((await app.send('/', { token: await from.token() })).status, 200);
    const status = api.status();
    assert.deepEqual(
      status.issuers.map(({ identifier }) => identifier),
      [one.issuer, other.issuer].sort(),
    );
    assert.equal(status.verifiedTokens.count, 2);
    assert.equal(status.resolvedIssuers.count, 2);
  });

  it('names the stores that machines share, by their options, and the server that is asked about tokens', () => {
    const api = protect({
      issuer: 'https://issuer.example',
      audience: AUDIENCE,
      introspection: { clientId: 'api', clientSecret: MARK },
      replayStore: { claim: () => true },
      revocation: { entries: () => [] },
    });
    const status = api.status();
    assert.deepEqual(status.sharedStores, ['replayStore', 'revocation']);
    assert.equal(status.usedProofs, null);
    assert.equal(status.introspection.issuer, 'https://issuer.example');
    assert.equal(status.introspection.calls.count, 0);
    assert.ok(!JSON.stringify(status).includes(MARK));
  });

  it('counts the requests that wait', async () => {
    const one = await issuer();
    let release;
    const held = new Promise((resolve) => {
      release = resolve;
    });
    one.state.answer = async (_req, res) => {
      await held;
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ keys: one.state.keys }));
    };
    const api = protect({ issuer: one.issuer, jwksUri: one.jwksUri, audience: AUDIENCE });
    const request = { method: 'GET', url: '/', headers: { authorization: `Bearer ${await one.token()}` } };
    const decisions = [api.check({ ...request }), api.check({ ...request })];
    // The first one runs the fetch.
    await until(() => api.status().waitingRequests.count === 1);
    assert.equal(api.status().issuers[0].isFetching, true);
    release();
    await Promise.all(decisions);
    assert.equal(api.status().waitingRequests.count, 0);
  });

  it('holds nothing of a token', async () => {
    const one = await issuer();
    const claims = { sub: `${MARK}-sub`, client_id: `${MARK}-client`, scope: `${MARK}-scope`, jti: `${MARK}-id` };
    const api = auth({ issuer: one.issuer, jwksUri: `${one.jwksUri}?key=${MARK}`, audience: AUDIENCE });
    one.state.answer = (req, res) => {
      res.setHeader('content-type', 'application/json');
      if (one.state.isDown) return outage(req, res);
      res.end(JSON.stringify({ keys: one.state.keys }));
    };
    const app = await served((express) => express.use(api, (_req, res) => res.json({})));
    const token = await one.token({ claims });
    assert.equal((await app.send('/', { token })).status, 200);
    one.state.isDown = true;
    const foreign = await one.token({
      claims: { ...claims, iat: Math.floor(Date.now() / 1000) - 60 },
      header: { kid: `${MARK}-kid` },
    });
    await app.send('/', { token: foreign });
    await app.send('/', { token: await one.token({ claims: { ...claims, iss: `https://${MARK}.example` } }) });
    const text = JSON.stringify(api.status());
    assert.ok(!text.includes(MARK), text);
    for (const part of token.split('.')) assert.ok(!text.includes(part));
    assert.equal(api.status().verifiedTokens.count, 1);
  });
});

describe('every handle', () => {
  it('has both functions', async () => {
    const options = { issuer: (await issuer()).issuer, audience: AUDIENCE };
    const app = fastify();
    await app.register(bearward, options);
    let scheme;
    const server = {
      auth: {
        scheme(_name, made) {
          scheme = made;
        },
      },
      ext() {},
    };
    hapi.register(server, {});
    const nest = await NestFactory.createApplicationContext(BearwardModule.forRoot(options), { logger: false });
    const made = Object.entries(MAKERS).map(([name, make]) => [name.split(' ')[0], make(options)]);
    const handles = {
      ...Object.fromEntries(made),
      'protect().require()': protect(options).require(scopes('read')),
      mcp: protectMcp({ ...options, resource: 'https://api.example.com/mcp' }),
      fastify: app.protection,
      'fastify, by hand': app.protection.require(scopes('read')),
      hapi: scheme(server, options).api,
      nest: nest.get(BearwardGuard),
    };
    // It has the functions of its original alone.
    const { 'express-oauth-jwt': _, ...entries } = ENTRIES;
    for (const name of Object.keys(entries)) assert.ok(name in handles, `${name} has no handle here`);
    for (const [name, handle] of Object.entries(handles)) {
      assert.deepEqual(
        handle.status().issuers.map(({ identifier }) => identifier),
        [options.issuer],
        name,
      );
      assert.deepEqual(Object.keys(handle.health()), ['ready', 'readyIssuers', 'missingIssuers'], name);
    }
    await Promise.all([app.close(), nest.close()]);
  });
});

describe('health()', () => {
  it('is ready once the keys of one issuer are in hand, which it fetches in the background', async () => {
    const [down, good] = [await issuer(), await issuer()];
    down.state.answer = outage;
    for (const options of [
      { mcd: { issuers: [down.url, good.url] } },
      {
        mcd: {
          issuers: [
            { issuer: down.issuer, jwksUri: down.jwksUri },
            { issuer: good.issuer, jwksUri: good.jwksUri },
          ],
        },
      },
    ]) {
      const api = auth({ audience: AUDIENCE, ...options });
      assert.deepEqual(api.health(), { ready: false, readyIssuers: 0, missingIssuers: 2 });
      await until(() => api.health().ready);
      assert.deepEqual(api.health(), { ready: true, readyIssuers: 1, missingIssuers: 1 });
    }
  });

  it('is there for every kind of handle, and for issuers that are found late', async () => {
    const one = await issuer();
    for (const api of [
      protect({ audience: AUDIENCE, issuer: one.issuer }),
      protectFetch({ audience: AUDIENCE, issuerBaseURL: one.url }),
      auth({ audience: AUDIENCE, issuerBaseURL: one.url, validators: { iss: false } }),
    ]) {
      assert.deepEqual(api.health(), { ready: false, readyIssuers: 0, missingIssuers: 1 });
      await until(() => api.health().ready);
      assert.deepEqual(api.health(), { ready: true, readyIssuers: 1, missingIssuers: 0 });
      assert.equal(api.status().issuers[0].identifier, one.issuer);
    }
  });

  it('stays ready while a refresh of keys in hand fails, and is ready where a function names the issuers', async () => {
    const one = await issuer();
    const api = protect({ audience: AUDIENCE, issuer: one.issuer, jwksUri: one.jwksUri, cacheMaxAge: 1 });
    await api.ready();
    one.state.answer = outage;
    const before = one.state.requests.length;
    await until(() => api.health() && one.state.requests.length > before);
    await until(() => api.status().issuers[0].lastFailure !== null);
    assert.deepEqual(api.health(), { ready: true, readyIssuers: 1, missingIssuers: 0 });
    const named = auth({ audience: AUDIENCE, mcd: { issuers: () => [one.url] } });
    assert.deepEqual(named.health(), { ready: true, readyIssuers: 0, missingIssuers: 0 });
  });

  it('asks a server that is down no oftener than requests would, and leaves no rejection behind', async () => {
    const one = await issuer();
    one.state.answer = outage;
    const unhandled = [];
    const note = (error) => unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      for (const options of [{ issuer: one.issuer, jwksUri: one.jwksUri }, { issuerBaseURL: one.url }]) {
        const api = auth({ audience: AUDIENCE, ...options });
        const before = one.state.requests.length;
        api.health();
        await until(() => api.status().issuers[0].lastFailure !== null);
        assert.ok(one.state.requests.length > before);
        assert.equal(api.health().ready, false);
        assert.equal(api.status().issuers[0].isFetching, false);
      }
    } finally {
      process.off('unhandledRejection', note);
    }
    assert.deepEqual(unhandled, []);
  });
});

for (const [name, framework] of EXPRESS) {
  describe(`the pages for probes, with ${name}`, () => {
    it('answer GET and HEAD, and let every other request go on', async () => {
      const one = await issuer();
      one.state.answer = outage;
      const api = auth({ audience: AUDIENCE, issuer: one.issuer });
      const app = await served((express) => {
        express.use(health(api));
        express.use(api, (_req, res) => res.json({}));
      }, framework);

      const live = await app.send('/livez?verbose');
      assert.deepEqual([live.status, live.text], [200, '{"live":true}']);
      const { 'content-type': type, 'cache-control': caches } = live.headers;
      assert.deepEqual([type, caches], ['application/json', 'no-store']);

      const missing = await app.send('/readyz');
      assert.deepEqual([missing.status, missing.headers['retry-after']], [503, '1']);
      assert.equal(missing.headers['cache-control'], 'no-store');
      assert.equal(missing.text, '{"ready":false,"ready_issuers":0,"missing_issuers":1}');

      await until(() => api.status().issuers[0].lastFailure !== null);
      one.state.answer = undefined;
      await until(() => api.health().ready);
      const ready = await app.send('/readyz');
      assert.deepEqual([ready.status, ready.text], [200, '{"ready":true,"ready_issuers":1,"missing_issuers":0}']);
      assert.equal(ready.headers['retry-after'], undefined);

      const head = await app.send('/readyz', { method: 'HEAD' });
      assert.deepEqual([head.status, head.text], [200, '']);
      assert.equal(head.headers['content-length'], ready.headers['content-length']);

      for (const [path, method] of [
        ['/livez', 'POST'],
        ['/', 'GET'],
        ['/livez/', 'GET'],
        ['/api/readyz', 'GET'],
      ]) {
        assert.equal((await app.send(path, { method })).status, 401, `${method} ${path}`);
      }
    });
  });
}

describe('health(api)', () => {
  it('needs what auth() has returned', () => {
    for (const wrong of [undefined, null, {}, auth, { issuer: 'https://issuer.example' }]) {
      assert.throws(() => health(wrong), /health\(\) needs what auth\(\) has returned/);
    }
  });

  it('answers 404 to other requests where it is the whole server', async () => {
    const api = auth({ audience: AUDIENCE, issuer: 'https://issuer.example' });
    const server = createServer(health(api)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    assert.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404);
    server.closeAllConnections();
    server.close();
  });
});
