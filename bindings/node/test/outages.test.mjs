// The authorization server misbehaves, from the start or later; its keys rotate; the calendar is set. Ages are
// measured on a clock that tests cannot set, so some of them wait a little more than a second.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { auth } from 'bearward/express';
import { serve } from './app.mjs';
import { withCalendarMoved } from './clock.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

/** The least that both may be. */
const SHORT = { cacheMaxAge: 1000, cooldownDuration: 1000, timeoutDuration: 1500 };
/** A machine that is busy fetches slowly while all is well; nothing is waited for later. */
const PATIENT = { ...SHORT, timeoutDuration: 30_000 };
const SHORT_AND_A_BIT = 1100;

async function setUp(t, options = SHORT) {
  const issuer = await startIssuer();
  const api = await serve((app) => {
    app.use(auth({ issuer: issuer.issuer, audience: AUDIENCE, ...options }), (_req, res) => res.end());
    app.use((error, _req, _res, next) => {
      api.lastError = error;
      next(error);
    });
  });
  t.after(() => Promise.all([api.close(), issuer.close()]));
  return { issuer, api };
}

/** Somebody else's server, with a key set of its own. */
async function startStranger(t, issuer) {
  const key = await keyPair();
  const requests = [];
  const server = createServer((req, res) => {
    requests.push(req.url);
    res.end(JSON.stringify({ issuer: issuer.issuer, jwks_uri: issuer.jwksUri, keys: [key.jwk] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { requests, url: `http://127.0.0.1:${server.address().port}/jwks` };
}

function drip(text, milliseconds) {
  return (_req, res) => {
    const timer = setInterval(() => res.write(text), milliseconds);
    res.on('close', () => clearInterval(timer));
  };
}

const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));

/** Each gives a handler for all requests to the authorization server. */
const MISBEHAVIOURS = {
  'an error': () => (_req, res) => res.writeHead(500).end(),
  'a page': () => (_req, res) => res.setHeader('content-type', 'text/html').end('<html>Sign in</html>'),
  'a redirect to another host':
    ({ stranger }) =>
    (_req, res) =>
      res.writeHead(302, { location: stranger.url }).end(),
  'a permanent redirect to plain http':
    ({ stranger }) =>
    (_req, res) =>
      res.writeHead(308, { location: stranger.url }).end(),
  'a gzip bomb': () => (_req, res) =>
    res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(BOMB),
  'nothing at all': () => () => {},
  'a head without a body': () => (_req, res) => res.writeHead(200, { 'content-length': '100' }).flushHeaders(),
  'a body that dribbles': () => drip(' ', 20),
  'a body without end': () => drip(' '.repeat(256 * 1024), 1),
  'a body that breaks off': () => (req, res) => {
    res.writeHead(200, { 'content-length': '100' }).write('{');
    setTimeout(() => req.socket.destroy(), 20);
  },
  'a broken connection': () => (req) => req.socket.destroy(),
};

describe('an authorization server that answers with', { concurrency: 8 }, () => {
  for (const [name, misbehave] of Object.entries(MISBEHAVIOURS)) {
    it(`${name}, from the start, makes it 503, never 401, until it is mended`, async (t) => {
      const { issuer, api } = await setUp(t);
      const stranger = await startStranger(t, issuer);
      issuer.state.answer = misbehave({ stranger });
      const token = await issuer.token();
      const { status, json, headers, challenge } = await api.send('/', { token });
      assert.deepEqual(
        [status, json.name, json.code, json.reason],
        [503, 'UnavailableError', 'temporarily_unavailable', 'keys_unavailable'],
      );
      assert.ok(Number(headers['retry-after']) >= 1);
      assert.equal(challenge, undefined);
      assert.doesNotMatch(json.message, /127\.0\.0\.1|ECONN|html/);
      assert.ok(api.lastError.cause instanceof Error, 'the operator learns why');
      const asked = issuer.state.requests.length;
      assert.equal((await api.send('/', { token })).status, 503);
      assert.equal(issuer.state.requests.length, asked, 'nobody asks again at once');
      issuer.state.answer = undefined;
      await pause(SHORT_AND_A_BIT);
      assert.equal((await api.send('/', { token })).status, 200);
      assert.deepEqual(stranger.requests, []);
    });

    it(`${name}, later, is not noticed by anybody whose keys are in hand`, async (t) => {
      const { issuer, api } = await setUp(t, PATIENT);
      const stranger = await startStranger(t, issuer);
      const known = await issuer.token();
      assert.equal((await api.send('/', { token: known })).status, 200);
      const asked = issuer.state.requests.length;
      issuer.state.answer = misbehave({ stranger });
      await pause(SHORT_AND_A_BIT);
      for (const jti of ['j2', 'j3', 'j4']) {
        assert.equal((await api.send('/', { token: known })).status, 200);
        assert.equal((await api.send('/', { token: await issuer.token({ claims: { jti } }) })).status, 200);
      }
      assert.ok(issuer.state.requests.length > asked, 'a refresh was tried');
      // Those keys, and no others: who forges a token is refused, and the outage is no excuse.
      const forged = await sign(await keyPair(), issuer.issuer);
      assert.equal((await api.send('/', { token: forged })).json.reason, 'signature_invalid');
      assert.deepEqual(stranger.requests, []);
    });
  }

  it('nothing, since it is down, makes it 503 until it is up', async (t) => {
    const issuer = await startIssuer();
    const { port } = new URL(issuer.origin);
    const token = await issuer.token();
    await issuer.close();
    const api = await serve((app) =>
      app.use(auth({ issuer: issuer.issuer, audience: AUDIENCE, ...SHORT }), (_req, res) => res.end()),
    );
    t.after(() => api.close());
    const { status, json } = await api.send('/', { token });
    assert.deepEqual([status, json.reason], [503, 'keys_unavailable']);
    const up = createServer((req, res) => {
      const metadata = { issuer: issuer.issuer, jwks_uri: issuer.jwksUri };
      res.end(JSON.stringify(req.url === '/jwks' ? { keys: [issuer.key.jwk] } : metadata));
    }).listen(Number(port), '127.0.0.1');
    await once(up, 'listening');
    t.after(() => up.close());
    await pause(SHORT_AND_A_BIT);
    assert.equal((await api.send('/', { token })).status, 200);
  });
});

describe('a rotation', () => {
  it('under load fails no valid request, and no removed key verifies after the refresh', async (t) => {
    const { issuer, api } = await setUp(t);
    const next = await keyPair('ES256', 'k2');
    const answers = [];
    let signing = issuer.key;
    let running = true;
    const load = Array.from({ length: 8 }, async (_, client) => {
      for (let count = 0; running; count += 1) {
        const token = await sign(signing, issuer.issuer, { claims: { jti: `${client}-${count}` } });
        answers.push((await api.send('/', { token })).status);
      }
    });
    const old = await issuer.token();
    assert.equal((await api.send('/', { token: old })).status, 200);
    // Published first, then used, then the old one is withdrawn: as authorization servers do it.
    issuer.state.keys = [issuer.key.jwk, next.jwk];
    await pause(SHORT_AND_A_BIT + 500);
    signing = next;
    await pause(300);
    issuer.state.keys = [next.jwk];
    await pause(SHORT_AND_A_BIT + 500);
    for (const token of [old, await issuer.token({ claims: { jti: 'after' } })]) {
      const { status, json } = await api.send('/', { token });
      assert.deepEqual([status, json.reason], [401, 'key_unknown'], 'cached or not');
    }
    running = false;
    await Promise.all(load);
    assert.ok(answers.length > 100);
    assert.deepEqual(new Set(answers), new Set([200]));
  });

  it('without notice costs one fetch, and the removed key verifies nothing more, cached or not', async (t) => {
    const { issuer, api } = await setUp(t);
    const old = await issuer.token();
    assert.equal((await api.send('/', { token: old })).status, 200);
    const next = await keyPair('ES256', 'k2');
    issuer.state.keys = [next.jwk];
    await pause(SHORT_AND_A_BIT);
    assert.equal((await api.send('/', { token: await sign(next, issuer.issuer) })).status, 200);
    const { status, json } = await api.send('/', { token: old });
    assert.deepEqual([status, json.reason], [401, 'key_unknown']);
  });
});

describe('a token of a new key', () => {
  it('gets in within two seconds of an outage, whatever the cooldown', async (t) => {
    const { issuer, api } = await setUp(t, { timeoutDuration: 400 });
    assert.equal((await api.send('/', { token: await issuer.token() })).status, 200);
    const next = await keyPair('ES256', 'k2');
    const token = await sign(next, issuer.issuer);
    issuer.state.answer = (_req, res) => res.writeHead(500).end();
    for (let round = 0; round < 3; round += 1) {
      const { status, json, headers } = await api.send('/', { token });
      assert.deepEqual([status, json.reason], [503, 'keys_unavailable']);
      assert.ok(Number(headers['retry-after']) <= 2, headers['retry-after']);
      await pause(1000);
    }
    issuer.state.keys = [issuer.key.jwk, next.jwk];
    issuer.state.answer = undefined;
    await pause(2000);
    assert.equal((await api.send('/', { token })).status, 200);
  });

  it('is answered 503, and not 401, while made-up keys use the cooldown up', async (t) => {
    const { issuer, api } = await setUp(t, { cooldownDuration: 2000 });
    assert.equal((await api.send('/', { token: await issuer.token() })).status, 200);
    const madeUp = await issuer.token({ header: { kid: 'made up' } });
    const waited = await api.send('/', { token: madeUp });
    assert.deepEqual([waited.status, waited.json.reason], [401, 'key_unknown'], 'it has waited for a newer set');
    const next = await keyPair('ES256', 'k2');
    issuer.state.keys = [issuer.key.jwk, next.jwk];
    const token = await sign(next, issuer.issuer);
    const { status, json, headers } = await api.send('/', { token });
    assert.deepEqual([status, json.reason], [503, 'keys_unavailable']);
    assert.ok(Number(headers['retry-after']) <= 2, headers['retry-after']);
    await pause(2050);
    assert.equal((await api.send('/', { token })).status, 200);
  });
});

describe('a calendar that is set', () => {
  const HOUR = 3_600_000;

  it('an hour forward or back moves the claims, cached or not, and not the age of the keys', async (t) => {
    const { issuer, api } = await setUp(t, {});
    const now = Math.floor(Date.now() / 1000);
    const short = await issuer.token({ claims: { iat: now - 60, exp: now + 600 } });
    const long = await issuer.token({ claims: { iat: now - 7200, exp: now + 7200 } });
    const fresh = await issuer.token({ claims: { iat: now - 7200, exp: now + 7200, jti: 'not seen before' } });
    for (const token of [short, long]) assert.equal((await api.send('/', { token })).status, 200);
    const asked = issuer.state.requests.length;
    for (const [by, reason] of [
      [HOUR, 'token_expired'],
      [-HOUR, 'token_issued_in_future'],
    ]) {
      await withCalendarMoved(by, async () => {
        const { status, json } = await api.send('/', { token: short });
        assert.deepEqual([status, json.reason], [401, reason]);
        for (const token of [long, fresh]) assert.equal((await api.send('/', { token })).status, 200);
      });
      assert.equal((await api.send('/', { token: short })).status, 200, 'set back');
    }
    assert.equal(issuer.state.requests.length, asked, 'nothing was fetched for it');
  });

  it('to no time at all makes every token an expired one', async (t) => {
    const { issuer, api } = await setUp(t, {});
    const token = await issuer.token({ unset: ['iat'] });
    assert.equal((await api.send('/', { token })).status, 200);
    await withCalendarMoved(Number.NaN, async () => {
      const { status, json } = await api.send('/', { token });
      assert.deepEqual([status, json.reason], [401, 'token_expired']);
    });
  });
});
