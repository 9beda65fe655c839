// More issuers in use than are kept: every request is answered, and each issuer is asked at a bounded rate.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { after, before, beforeEach, describe, it } from 'node:test';
import { auth } from 'bearward/express';
import { serve } from './app.mjs';
import { AUDIENCE, keyPair, sign } from './issuer.mjs';

const { Documents } = createRequire(import.meta.url)('../dist/engine/documents.js');
const { RecentlyUsed } = createRequire(import.meta.url)('../dist/engine/recently-used.js');
const KEPT = 4;
const NAMES = Array.from({ length: KEPT + 1 }, (_, at) => `t${at}`);

describe('one issuer more than are kept', () => {
  let key;
  let origin;
  let server;
  let answer;
  const fetches = new Map();
  before(async () => {
    key = await keyPair();
    server = createServer((req, res) => {
      fetches.set(req.url, (fetches.get(req.url) ?? 0) + 1);
      answer(req, res);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => server.close());
  beforeEach(() => {
    fetches.clear();
    answer = good;
  });

  const issuerOf = (name) => `${origin}/${name}`;
  function good(req, res) {
    const [, name, kind] = req.url.split('/');
    res.setHeader('content-type', 'application/json');
    if (kind === 'jwks') return res.end(JSON.stringify({ keys: [key.jwk] }));
    res.end(JSON.stringify({ issuer: issuerOf(name), jwks_uri: `${issuerOf(name)}/jwks` }));
  }

  const apiOf = (own = {}) =>
    serve((app) => {
      const issuers = async () => NAMES.map(issuerOf);
      app.use(
        auth({ audience: AUDIENCE, mcd: { issuers }, cache: { discovery: { maxEntries: KEPT } }, ...own }),
        (_req, res) => res.json({}),
      );
    });

  it('is served in turn, with two fetches for each issuer however often it comes around', async () => {
    const api = await apiOf();
    for (let round = 0; round < 6; round += 1) {
      for (const name of NAMES)
        assert.equal((await api.send('/', { token: await sign(key, issuerOf(name)) })).status, 200);
    }
    assert.deepEqual([...fetches.values()], Array(2 * NAMES.length).fill(1), JSON.stringify([...fetches]));
    await api.close();
  });

  it('is served when all come at once, with as many fetches', async () => {
    const api = await apiOf();
    for (let round = 0; round < 3; round += 1) {
      const tokens = await Promise.all(
        Array.from({ length: 10 }, () => NAMES.map((name) => sign(key, issuerOf(name)))).flat(),
      );
      const answers = await Promise.all(tokens.map((token) => api.send('/', { token })));
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    }
    assert.deepEqual([...fetches.values()], Array(2 * NAMES.length).fill(1), JSON.stringify([...fetches]));
    await api.close();
  });

  it('is served while every answer of the authorization servers is slow', async () => {
    answer = (req, res) => setTimeout(() => good(req, res), 100);
    const api = await apiOf();
    const tokens = await Promise.all(
      Array.from({ length: 6 }, () => NAMES.map((name) => sign(key, issuerOf(name)))).flat(),
    );
    const answers = await Promise.all(tokens.map((token) => api.send('/', { token })));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.deepEqual([...fetches.values()], Array(2 * NAMES.length).fill(1), JSON.stringify([...fetches]));
    await api.close();
  });

  it('is answered 503 while the authorization servers are down, which are not asked at each request', async () => {
    answer = (_req, res) => {
      res.statusCode = 500;
      res.end();
    };
    const api = await apiOf();
    const from = performance.now();
    for (let round = 0; round < 10; round += 1) {
      for (const name of NAMES) {
        const { status, headers } = await api.send('/', { token: await sign(key, issuerOf(name)) });
        assert.equal(status, 503);
        assert.ok(Number(headers['retry-after']) >= 1);
      }
    }
    // An answer counts for half a second, however long these requests took.
    const most = 1 + Math.ceil((performance.now() - from) / 500);
    assert.ok(Math.max(...fetches.values()) <= most, JSON.stringify([...fetches]));
    await api.close();
  });

  it('does not verify with a key that was withdrawn before its documents were too old', async () => {
    const api = await apiOf({ cooldownDuration: 1000 });
    const token = (name) => sign(key, issuerOf(name));
    for (const name of NAMES) assert.equal((await api.send('/', { token: await token(name) })).status, 200);
    answer = (req, res) => {
      if (!req.url.endsWith('/jwks')) return good(req, res);
      res.end(JSON.stringify({ keys: [{ ...key.jwk, kid: 'another' }] }));
    };
    const from = performance.now();
    while ((await api.send('/', { token: await token(NAMES[0]) })).status === 200) {
      assert.ok(performance.now() - from < 30_000, 'a withdrawn key verifies for as long as its issuer is used');
      for (const name of NAMES) await api.send('/', { token: await token(name) });
    }
    await api.close();
  });

  it('does not get a key back that was withdrawn before it gave way', async () => {
    const api = await apiOf();
    const ask = (token) => api.send('/', { token });
    const token = await sign(key, issuerOf(NAMES[0]));
    assert.equal((await ask(token)).status, 200);
    answer = (req, res) => {
      if (!req.url.endsWith('/jwks')) return good(req, res);
      res.end(JSON.stringify({ keys: [{ ...key.jwk, kid: 'another' }] }));
    };
    assert.equal((await ask(withKid(token, 'another'))).status, 401);
    assert.equal((await ask(token)).status, 401, 'the key is withdrawn');
    for (const name of NAMES.slice(1)) await ask(await sign(key, issuerOf(name)));
    assert.equal((await ask(token)).status, 401, 'its engine was built anew');
    await api.close();
  });

  it('has its keys fetched twice a second at most, whatever keys the tokens name', async () => {
    const api = await apiOf();
    const tokens = await Promise.all(NAMES.map((name) => sign(key, issuerOf(name))));
    const from = performance.now();
    for (let round = 0; round < 20; round += 1) {
      for (const token of tokens)
        assert.equal((await api.send('/', { token: withKid(token, `made-up-${round}`) })).status, 401);
    }
    const most = 2 + Math.ceil((performance.now() - from) / 500);
    assert.ok(Math.max(...fetches.values()) <= most, JSON.stringify([...fetches]));
    await api.close();
  });
});

/** The same token, saying that this key signed it. */
function withKid(token, kid) {
  const [header, ...rest] = token.split('.');
  const changed = { ...JSON.parse(Buffer.from(header, 'base64url')), kid };
  return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.');
}

describe('documents', () => {
  let server;
  let url;
  let asked = 0;
  before(async () => {
    server = createServer((_req, res) => {
      asked += 1;
      res.end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => server.close());
  const request = (path) => ({ url: `${url}${path}`, accept: '*/*', maxBytes: 100, timeout: 5000, awaited: true });

  it('are not fetched where remembering them would forget one that is not too old', async () => {
    for (const limits of [
      { age: 60_000, entries: 3, bytes: 1000 },
      { age: 60_000, entries: 1000, bytes: 6 },
    ]) {
      const documents = new Documents(limits);
      asked = 0;
      for (const path of ['/a', '/b', '/c']) await documents.get(request(path));
      await assert.rejects(documents.get(request('/d')), /too many issuers were fetched for lately/);
      await documents.get(request('/a'));
      assert.equal(asked, 3);
    }
  });

  it('are renewed by one fetch for all, and what it brings is remembered', async () => {
    const documents = new Documents({ age: 60_000, entries: 3, bytes: 1000 });
    asked = 0;
    const first = await documents.get(request('/a'));
    const renewed = await Promise.all([documents.renew(request('/a')), documents.renew(request('/a'))]);
    assert.equal(asked, 2);
    assert.ok(renewed.every((answer) => answer !== first && answer === renewed[0]));
    assert.equal(await documents.renew(request('/a')), renewed[0], 'it was fetched just now');
    assert.equal(await documents.get(request('/a')), renewed[0]);
    assert.equal(asked, 2);
  });

  it('stay when they could not be renewed', async () => {
    const documents = new Documents({ age: 60_000, entries: 3, bytes: 1000 });
    const first = await documents.get(request('/a'));
    const tooLong = { ...request('/a'), maxBytes: 1 };
    await assert.rejects(documents.renew(tooLong));
    asked = 0;
    await assert.rejects(documents.renew(tooLong), 'an old document does not say what a newer one would');
    assert.equal(await documents.get(request('/a')), first);
    assert.equal(asked, 0);
  });

  it('make room when they are too old, and are then fetched again', async () => {
    const documents = new Documents({ age: 0, entries: 2, bytes: 1000 });
    asked = 0;
    for (const path of ['/a', '/b', '/c', '/a', '/a']) await documents.get(request(path));
    assert.equal(asked, 5);
  });
});

describe('what was used recently', () => {
  it('is kept, and what is in use is never dropped', () => {
    const used = new Set(['a', 'b']);
    const kept = new RecentlyUsed(2, (value) => used.has(value));
    const use = (value) => kept.use(value, () => value);
    for (const value of ['a', 'b', 'c']) use(value);
    assert.deepEqual([...kept.values()].sort(), ['a', 'b', 'c'], 'nothing can give way');
    used.delete('a');
    use('d');
    assert.deepEqual([...kept.values()].sort(), ['b', 'd'], 'what was used longest ago gives way first');
    used.clear();
    use('b');
    use('e');
    assert.deepEqual([...kept.values()], ['b', 'e']);
  });

  it('gives way to another one as soon as it is idle, although none that is kept is used again', () => {
    const used = new Set();
    const kept = new RecentlyUsed(1, (value) => used.has(value));
    for (const value of ['a', 'b', 'c']) {
      used.add(value);
      kept.use(value, () => value);
    }
    assert.ok(kept.hasRoomFor('b', 3));
    assert.ok(!kept.hasRoomFor('d', 3), 'all are in use');
    used.clear();
    assert.ok(kept.hasRoomFor('d', 3));
    kept.use('d', () => 'd');
    assert.deepEqual([...kept.values()], ['d']);
  });

  it('costs one use the same, however much is in use', () => {
    let looks = 0;
    let areIdle = false;
    const kept = new RecentlyUsed(10, () => {
      looks += 1;
      return !areIdle;
    });
    for (let value = 0; value < 1000; value += 1) kept.use(String(value), () => value);
    assert.equal([...kept.values()].length, 1000);
    looks = 0;
    kept.use('5', () => 5);
    assert.ok(looks > 0 && looks <= 64, String(looks));
    areIdle = true;
    for (let round = 0; round < 20; round += 1) kept.use('5', () => 5);
    assert.equal([...kept.values()].length, 10);
  });
});
