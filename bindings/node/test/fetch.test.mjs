// Metadata and keys: who fetches, how often, and what happens when the authorization server misbehaves.

import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import http from 'node:http';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import nock from 'nock';
import { auth } from 'bearward/express';
import { serve } from './app.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

const open = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function setUp(options = {}, issuerOptions) {
  const issuer = await startIssuer(issuerOptions);
  const api = await serve((app) => {
    const handler = auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, timeoutDuration: 5000, ...options });
    app.use(handler, (req, res) => res.json({ sub: req.auth.payload.sub }));
  });
  open.push(api, issuer);
  return { issuer, api };
}

const count = (issuer, path) => issuer.state.requests.filter((url) => url === path).length;

describe('metadata and keys', () => {
  it('are fetched once for a thousand requests that come at once', async () => {
    const { issuer, api } = await setUp({ timeoutDuration: 5000 });
    const token = await issuer.token();
    issuer.state.answer = undefined;
    const answers = await Promise.all(Array.from({ length: 300 }, () => api.send('/', { token })));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(count(issuer, '/.well-known/openid-configuration'), 1);
    assert.equal(count(issuer, '/jwks'), 1);
  });

  it('are not fetched for a token of an unknown issuer, nor for none', async () => {
    const { issuer, api } = await setUp();
    for (const iss of [
      'https://other.example',
      `${issuer.issuer}.evil.example`,
      issuer.issuer.replace('http', 'https'),
    ]) {
      assert.equal((await api.send('/', { token: await issuer.token({ claims: { iss } }) })).status, 401);
    }
    assert.equal((await api.send('/')).status, 401);
    assert.equal((await api.send('/', { token: 'a.b.c' })).status, 401);
    assert.deepEqual(issuer.state.requests, []);
  });

  it('are fetched again where the server had closed an idle connection, and not where it breaks off a new one', async () => {
    const agent = new http.Agent({ keepAlive: true });
    const { issuer, api } = await setUp({ timeoutDuration: 5000, agent });
    const token = await issuer.token();
    assert.equal((await api.send('/', { token })).status, 200);

    const seen = new WeakSet();
    let broken = 0;
    issuer.state.answer = (req, res) => {
      if (seen.has(req.socket)) {
        const body =
          req.url === '/jwks' ? { keys: issuer.state.keys } : { issuer: issuer.issuer, jwks_uri: issuer.jwksUri };
        return res.setHeader('content-type', 'application/json').end(JSON.stringify(body));
      }
      broken += 1;
      issuer.onConnection((socket) => seen.add(socket));
      return req.socket.resetAndDestroy();
    };
    const again = await serve((app) => {
      app.use(auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, timeoutDuration: 4999, agent }), (_req, res) =>
        res.end(),
      );
    });
    open.push(again);
    assert.equal((await again.send('/', { token })).status, 200);
    assert.ok(broken > 0);

    const other = await setUp({ agent: new http.Agent({ keepAlive: true }) });
    other.issuer.state.answer = (req) => req.socket.resetAndDestroy();
    assert.equal((await other.api.send('/', { token: await other.issuer.token() })).status, 503);
    assert.deepEqual(
      other.issuer.state.requests.filter((url) => url === '/.well-known/openid-configuration').length,
      1,
    );
  });

  it('are not fetched for what a header names', async () => {
    const { issuer, api } = await setUp();
    const other = await keyPair('RS256', 'k1');
    const jku = `${issuer.origin}/attacker`;
    const token = await sign(other, issuer.issuer, { header: { jku, x5u: jku, jwk: other.jwk } });
    assert.equal((await api.send('/', { token })).json.reason, 'signature_invalid');
    assert.equal(count(issuer, '/attacker'), 0);
  });

  it('are found under either spelling of the base URL, and count exactly as the metadata spells the issuer', async () => {
    for (const slash of ['', '/']) {
      const { issuer, api } = await setUp({}, { slash });
      assert.equal((await api.send('/', { token: await issuer.token() })).status, 200);
      const otherwise = slash === '' ? `${issuer.issuer}/` : issuer.issuer.slice(0, -1);
      const { json } = await api.send('/', { token: await issuer.token({ claims: { iss: otherwise } }) });
      assert.equal(json.reason, 'issuer_unknown');
    }
  });

  it('are found through the issuer alone, which then counts exactly', async () => {
    for (const slash of ['', '/']) {
      const issuer = await startIssuer({ slash });
      const api = await serve((app) =>
        app.use(auth({ issuer: issuer.issuer, audience: AUDIENCE }), (req, res) => res.json(req.auth.info)),
      );
      open.push(api, issuer);
      assert.equal((await api.send('/', { token: await issuer.token() })).json.sub, 'alice');
      const otherwise = slash === '' ? `${issuer.issuer}/` : issuer.issuer.slice(0, -1);
      const { status, json } = await api.send('/', { token: await issuer.token({ claims: { iss: otherwise } }) });
      assert.deepEqual([status, json.reason], [401, 'issuer_unknown']);
      assert.deepEqual(issuer.state.requests, ['/.well-known/openid-configuration', '/jwks']);
    }
    const misspelt = await startIssuer({ slash: '/' });
    const api = await serve((app) =>
      app.use(auth({ issuer: misspelt.url, audience: AUDIENCE }), (_req, res) => res.end()),
    );
    open.push(api, misspelt);
    const { status, json } = await api.send('/', { token: await misspelt.token({ claims: { iss: misspelt.url } }) });
    assert.deepEqual([status, json.reason], [503, 'keys_unavailable']);
  });

  it('are found at the URL of the metadata, and at the place of RFC 8414', async () => {
    const byUrl = await startIssuer({ path: '/tenant' });
    const oauth = await startIssuer({ path: '/tenant' });
    open.push(byUrl, oauth);
    oauth.state.answer = (req, res) => {
      res.setHeader('content-type', 'application/json');
      if (req.url === '/.well-known/oauth-authorization-server/tenant') {
        return res.end(JSON.stringify({ issuer: oauth.issuer, jwks_uri: oauth.jwksUri }));
      }
      res.statusCode = req.url === '/jwks' ? 200 : 404;
      return res.end(JSON.stringify({ keys: oauth.state.keys }));
    };
    const api = await serve((app) => {
      app.use(
        '/url',
        auth({ issuerBaseURL: `${byUrl.url}/.well-known/openid-configuration`, audience: AUDIENCE }),
        (_req, res) => res.end(),
      );
      app.use('/oauth', auth({ issuerBaseURL: oauth.url, audience: AUDIENCE }), (_req, res) => res.end());
    });
    open.push(api);
    assert.equal((await api.send('/url', { token: await byUrl.token() })).status, 200);
    assert.equal((await api.send('/oauth', { token: await oauth.token() })).status, 200);
  });

  it('are found whatever the other places answer', async () => {
    const places = [
      '/tenant/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server/tenant',
      '/.well-known/openid-configuration/tenant',
    ];
    const answers = [
      [200, '<!doctype html><p>Sign in'],
      [200, '{"foreign":"JSON"}'],
      [200, '{"issuer":"https://other.example"}'],
      [204, ''],
      [302, '', { location: '/elsewhere' }],
      [404, ''],
      [500, 'oops'],
      [503, '{}'],
    ];
    for (const option of ['issuer', 'issuerBaseURL']) {
      for (const [at, place] of places.entries()) {
        for (const [status, body, headers = {}] of answers) {
          const issuer = await startIssuer({ path: '/tenant' });
          const requests = [];
          issuer.state.answer = (req, res) => {
            requests.push(req.url);
            const json = (value) => res.setHeader('content-type', 'application/json').end(JSON.stringify(value));
            if (req.url === '/jwks') return json({ keys: issuer.state.keys });
            if (req.url === place) return json({ issuer: issuer.issuer, jwks_uri: issuer.jwksUri });
            return res.writeHead(status, headers).end(body);
          };
          const api = await serve((app) =>
            app.use(auth({ [option]: issuer.issuer, audience: AUDIENCE }), (_req, res) => res.end()),
          );
          const token = await issuer.token();
          assert.equal((await api.send('/', { token })).status, 200, `${option}: ${place} after ${status} ${body}`);
          assert.deepEqual([...new Set(requests)], [...places.slice(0, at + 1), '/jwks']);
          await api.close();
          await issuer.close();
        }
      }
    }
  });

  it('whose issuer is another, or whose keys are elsewhere in the clear, are not believed', async () => {
    for (const metadata of [
      { issuer: 'https://other.example' },
      { jwks_uri: 'http://keys.example/jwks' },
      { jwks_uri: 'file:///jwks' },
      { jwks_uri: 7 },
    ]) {
      const { issuer, api } = await setUp();
      issuer.state.metadata = metadata;
      assert.equal((await api.send('/', { token: await issuer.token() })).status, 503, JSON.stringify(metadata));
      assert.equal(count(issuer, '/jwks'), 0);
    }
  });

  it('are fetched once for a flood of unknown keys', async () => {
    const { issuer, api } = await setUp();
    assert.equal((await api.send('/', { token: await issuer.token() })).status, 200);
    // As old as tokens mostly are. Of newer ones the set in hand cannot tell; see the outages.
    const iat = Math.floor(Date.now() / 1000) - 60;
    const flood = Array.from({ length: 200 }, async (_, at) =>
      api.send('/', { token: await issuer.token({ header: { kid: `made up ${at}` }, claims: { iat } }) }),
    );
    for (const { status, json } of await Promise.all(flood))
      assert.deepEqual([status, json.reason], [401, 'key_unknown']);
    assert.equal(count(issuer, '/jwks'), 2);
    assert.equal((await api.send('/', { token: await issuer.token() })).status, 200);
  });

  it('wake those who wait for them, and nobody else', async () => {
    const issuers = await Promise.all(Array.from({ length: 11 }, () => startIssuer()));
    const [slow, ...others] = issuers;
    const api = await serve((app) =>
      app.use(auth({ mcd: { issuers: issuers.map(({ url }) => url) }, audience: AUDIENCE }), (_req, res) => res.end()),
    );
    open.push(api, ...issuers);
    let release = () => {};
    const released = new Promise((resolve) => {
      release = resolve;
    });
    slow.state.answer = async (req, res) => {
      if (req.url !== '/jwks') return res.end(JSON.stringify({ issuer: slow.issuer, jwks_uri: slow.jwksUri }));
      await released;
      return res.end(JSON.stringify({ keys: slow.state.keys }));
    };
    const tokens = await Promise.all(Array.from({ length: 200 }, (_, at) => slow.token({ claims: { jti: `${at}` } })));
    const theirs = await Promise.all(others.map((other) => other.token()));
    const waiting = tokens.map((token) => api.send('/', { token }));
    while (count(slow, '/jwks') === 0) await pause(10);
    await pause(500);
    // Each look at a request asks what time it is.
    const { now } = Date;
    let looks = 0;
    Date.now = () => {
      looks += 1;
      return now();
    };
    try {
      for (const token of theirs) assert.equal((await api.send('/', { token })).status, 200);
    } finally {
      Date.now = now;
    }
    assert.ok(looks < 200, `${looks} looks at ten requests, while 200 wait for something else`);
    release();
    assert.deepEqual(new Set((await Promise.all(waiting)).map(({ status }) => status)), new Set([200]));
    assert.equal(count(slow, '/jwks'), 1);
  });

  it('are asked for with the ETag they came with', async () => {
    const { issuer, api } = await setUp({ cacheMaxAge: 1000, cooldownDuration: 1000 });
    const asked = [];
    issuer.state.answer = (req, res) => {
      if (req.url !== '/jwks') return res.end(JSON.stringify({ issuer: issuer.issuer, jwks_uri: issuer.jwksUri }));
      asked.push(req.headers['if-none-match']);
      if (req.headers['if-none-match'] === '"1"') return res.writeHead(304).end();
      return res.setHeader('etag', '"1"').end(JSON.stringify({ keys: issuer.state.keys }));
    };
    const token = await issuer.token();
    assert.equal((await api.send('/', { token })).status, 200);
    await pause(1050);
    assert.equal((await api.send('/', { token })).status, 200);
    await pause(100);
    assert.equal((await api.send('/', { token })).status, 200);
    assert.deepEqual(asked, [undefined, '"1"']);
  });

  it('are fetched through the agent', async () => {
    let connections = 0;
    class Counting extends http.Agent {
      createConnection(...args) {
        connections += 1;
        return super.createConnection(...args);
      }
    }
    const agent = new Counting();
    const { issuer, api } = await setUp({ agent });
    assert.equal((await api.send('/', { token: await issuer.token() })).status, 200);
    assert.equal(connections, 2);
    agent.destroy();
  });

  it('can be mocked with nock, each answer used once', async () => {
    const key = await keyPair();
    const name = 'https://mocked.example/';
    nock(name)
      .get('/.well-known/openid-configuration')
      .reply(200, { issuer: name, jwks_uri: `${name}jwks` });
    nock(name)
      .get('/jwks')
      .reply(200, { keys: [key.jwk] });
    const api = await serve((app) =>
      app.use(auth({ issuerBaseURL: 'https://mocked.example', audience: AUDIENCE }), (_req, res) => res.end()),
    );
    open.push(api);
    try {
      assert.equal((await api.send('/', { token: await sign(key, name) })).status, 200);
      assert.ok(nock.isDone());
    } finally {
      nock.restore();
      nock.cleanAll();
    }
  });

  it('are told to those who listen on the channel bearward:fetch', async () => {
    const told = [];
    const listen = (message) => told.push(message);
    diagnostics.subscribe('bearward:fetch', listen);
    const { issuer, api } = await setUp();
    issuer.state.keys.push({ kty: 'oct', k: 'AAAA', kid: 'secret' });
    await api.send('/', { token: await issuer.token() });
    diagnostics.unsubscribe('bearward:fetch', listen);
    const last = told.at(-1);
    assert.deepEqual([last.issuer, last.keys, last.skipped.length], [issuer.issuer, 1, 1]);
  });
});
