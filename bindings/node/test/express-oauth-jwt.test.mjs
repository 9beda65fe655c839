// `secure()` with each source of keys, and what it answers.

import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import http from 'node:http';
import { afterEach, describe, it } from 'node:test';
import { createRemoteJWKSet, createLocalJWKSet } from 'jose';
import {
  getSimpleJwksService,
  InMemoryCache,
  jwksService,
  keyService,
  KeyStore,
  secure,
} from 'bearward/express-oauth-jwt';
import { EXPRESS, serve } from './app.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

const open = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function setUp(handler, express) {
  const api = await serve((app) => app.use(handler, (req, res) => res.json({ ...req.claims })), express);
  open.push(api);
  return api;
}

async function issuerServer() {
  const issuer = await startIssuer();
  open.push(issuer);
  return issuer;
}

const options = (issuer, more) => ({ issuer: issuer.issuer, audience: AUDIENCE, ...more });

for (const [name, express] of EXPRESS) {
  describe(`secure() in ${name}`, () => {
    it('takes a function like createRemoteJWKSet', async () => {
      const issuer = await issuerServer();
      const api = await setUp(
        secure(createRemoteJWKSet(new URL(issuer.jwksUri)), options(issuer, { realm: 'r' })),
        express,
      );
      for (let round = 0; round < 2; round += 1) {
        const { status, json } = await api.send('/', { token: await issuer.token() });
        assert.deepEqual([status, json.sub], [200, 'alice']);
      }
      assert.deepEqual(issuer.state.requests, ['/jwks']);
      const none = await api.send('/');
      assert.deepEqual([none.status, none.challenges], [401, ['Bearer realm="r"']]);
      const expired = await api.send('/', { token: await issuer.token({ claims: { exp: 1 } }) });
      assert.deepEqual(
        [expired.status, expired.challenges],
        [
          403,
          ['Bearer realm="r"', 'error="invalid_token"', 'error_description="\'exp\' claim timestamp check failed"'],
        ],
      );
      const foreign = await api.send('/', { token: await issuer.token({ claims: { iss: 'https://other.example' } }) });
      assert.equal(foreign.status, 403);
      assert.equal((await api.send('/', { token: 'x' })).status, 403);
    });

    it('takes getSimpleJwksService, and jwksService with a cache and a client', async () => {
      const issuer = await issuerServer();
      let fetched = 0;
      const client = {
        get: (...args) => {
          fetched += 1;
          return http.get(...args);
        },
      };
      for (const service of [
        getSimpleJwksService(issuer.jwksUri),
        jwksService(new InMemoryCache(), issuer.jwksUri, client),
      ]) {
        const api = await setUp(secure(service, options(issuer)), express);
        const answers = await Promise.all(
          Array.from({ length: 20 }, async () => api.send('/', { token: await issuer.token() })),
        );
        assert.ok(answers.every(({ status }) => status === 200));
        const { status, challenges } = await api.send('/', {
          token: await issuer.token({ header: { kid: 'unknown' }, claims: { iat: 1 } }),
        });
        assert.deepEqual(
          [status, challenges[2]],
          [403, 'error_description="no applicable key found in the JSON Web Key Set"'],
        );
      }
      assert.equal(fetched, 2, 'once at first, once for the unknown key');
    });

    it('lets handlers change the claims of their own request alone', async () => {
      const issuer = await issuerServer();
      const key = createLocalJWKSet({ keys: [issuer.key.jwk] });
      const seen = [];
      const api = await serve(
        (app) =>
          app.use(secure(key, options(issuer)), (req, res) => {
            seen.push(req.claims.sub);
            req.claims.sub = 'mallory';
            res.json(Object.keys({ ...req }).includes('claims'));
          }),
        express,
      );
      open.push(api);
      const token = await issuer.token();
      assert.equal((await api.send('/', { token })).json, true);
      await api.send('/', { token });
      assert.deepEqual(seen, ['alice', 'alice']);
    });
  });
}

describe('secure()', () => {
  it('is refused at start without an issuer and an audience, unless that is asked for by name', async () => {
    const keys = () => undefined;
    assert.throws(() => secure(keys), /say whose tokens count/);
    assert.throws(() => secure(keys, { issuer: 'https://a.example' }), /say whom tokens must be for/);
    assert.throws(() => secure('x', { issuer: 'i', audience: 'a' }), TypeError);
    assert.throws(() => secure(keys, { issuer: 'i', audience: 'a', realm: 'a"b' }), /realm/);
    assert.throws(() => secure(keys, { issuer: 'i', audience: 'a', scope: 'x' }), /scope/);
    secure(keys, {
      claims: [
        { name: 'iss', value: 'https://a.example' },
        { name: 'aud', value: 'a' },
      ],
    });
    process.env.ISSUER = 'https://a.example';
    process.env.AUDIENCE = 'a';
    secure(keys);
    delete process.env.ISSUER;
    delete process.env.AUDIENCE;
    const issuer = await issuerServer();
    const api = await setUp(
      secure(createLocalJWKSet({ keys: [issuer.key.jwk] }), { dangerous: { anyIssuer: true, anyAudience: true } }),
    );
    for (const unset of [['iss'], ['aud'], []])
      assert.equal((await api.send('/', { token: await issuer.token({ unset }) })).status, 200, unset);
    assert.equal((await api.send('/', { token: await issuer.token({ unset: ['exp'] }) })).status, 403);
  });

  it('takes keys in every form, and each for its own kind of algorithm', async () => {
    const issuer = await issuerServer();
    const { key } = issuer;
    const secret = new TextEncoder().encode('a secret that is as long as the hash of HS256');
    const keyObject = createPublicKey(key.pem);
    const hmac = { alg: 'HS256', kid: 'k1', privateKey: secret };
    for (const [found, signer, status] of [
      [key.publicKey, key, 200],
      [keyObject, key, 200],
      [key.jwk, key, 200],
      [secret, hmac, 200],
      [keyObject, hmac, 403],
      [secret, key, 403],
      [new TextEncoder().encode('short'), hmac, 403],
      [(await keyPair('ES256')).publicKey, key, 403],
      [undefined, key, 500],
      [key.privateKey, key, 500],
    ]) {
      const api = await setUp(secure(async () => found, options(issuer)));
      assert.equal((await api.send('/', { token: await sign(signer, issuer.issuer) })).status, status);
    }
  });

  it('tells the function what jose would', async () => {
    const issuer = await issuerServer();
    let asked;
    const api = await setUp(
      secure((...args) => {
        asked = args;
        return issuer.key.publicKey;
      }, options(issuer)),
    );
    const token = await issuer.token();
    await api.send('/', { token });
    const [protectedHeader, payload, signature] = token.split('.');
    assert.deepEqual(asked, [
      { alg: 'RS256', typ: 'at+jwt', kid: 'k1' },
      { protected: protectedHeader, payload, signature },
    ]);
  });

  it('does not look for keys for what is no token of the issuer', async () => {
    const issuer = await issuerServer();
    let asked = 0;
    const api = await setUp(
      secure(() => {
        asked += 1;
        return issuer.key.publicKey;
      }, options(issuer)),
    );
    for (const token of [
      'a.b.c',
      await issuer.token({ claims: { iss: 'https://other.example' } }),
      await issuer.token({ unset: ['iss'] }),
      await issuer.token({ header: { typ: 'dpop+jwt' } }),
    ]) {
      assert.equal((await api.send('/', { token })).status, 403);
    }
    assert.equal(asked, 0);
  });

  it('forgets a key that is not handed out any more', async () => {
    const issuer = await issuerServer();
    let current = issuer.key.publicKey;
    const api = await setUp(secure(async () => current, options(issuer)));
    const token = await issuer.token();
    assert.equal((await api.send('/', { token })).status, 200);
    current = (await keyPair()).publicKey;
    assert.equal((await api.send('/', { token })).status, 403);
  });

  it('tries each of several keys that jose cannot choose between', async () => {
    const issuer = await issuerServer();
    const { kid: _, ...other } = (await keyPair()).jwk;
    const { kid: __, ...own } = issuer.key.jwk;
    const api = await setUp(secure(createLocalJWKSet({ keys: [other, own] }), options(issuer)));
    assert.equal((await api.send('/', { token: await issuer.token({ unset: ['kid'] }) })).status, 200);
    const stranger = await sign(await keyPair(), issuer.issuer, { unset: ['kid'] });
    assert.equal((await api.send('/', { token: stranger })).status, 403);
  });

  it('answers 503 while keys cannot be had, never 403', async () => {
    const issuer = await issuerServer();
    issuer.state.answer = (_req, res) => res.writeHead(500).end();
    const token = await issuer.token();
    for (const keys of [
      createRemoteJWKSet(new URL(issuer.jwksUri)),
      getSimpleJwksService(issuer.jwksUri),
      jwksService(new InMemoryCache(), issuer.jwksUri, http),
      jwksService(
        {
          getKeyStore: async () => {
            throw new Error('redis is down');
          },
          setKeyStore: async () => {},
        },
        issuer.jwksUri,
        http,
      ),
      () => {
        throw new Error('the database is down');
      },
    ]) {
      const { status, headers, challenges, text } = await (await setUp(secure(keys, options(issuer)))).send('/', {
        token,
      });
      assert.deepEqual([status, challenges, text], [503, [], '']);
      assert.ok(Number(headers['retry-after']) >= 1);
    }
  });

  it('answers 400 to two headers, and 401 to what is no bearer credential', async () => {
    const issuer = await issuerServer();
    const api = await setUp(secure(() => issuer.key.publicKey, options(issuer)));
    const token = await issuer.token();
    const twice = [
      ['Authorization', `Bearer ${token}`],
      ['Authorization', `Bearer ${token}`],
    ];
    assert.equal((await api.send('/', { headers: twice })).status, 400);
    for (const authorization of ['Basic x', 'Bearer', 'Bearer a b', token]) {
      assert.equal((await api.send('/', { headers: { authorization } })).status, 401, authorization);
    }
  });
});

describe('jwksService()', () => {
  it('hands the key store to a callback, as in 1.x', async () => {
    const issuer = await issuerServer();
    const cache = new InMemoryCache();
    const service = jwksService(cache, issuer.jwksUri, http);
    const ask = (refresh) =>
      new Promise((resolve) => service((error, keyStore) => resolve([error, keyStore]), refresh));
    const [error, keyStore] = await ask();
    assert.equal(error, null);
    assert.ok(keyStore instanceof KeyStore);
    assert.deepEqual(keyStore.toJWKS(), { keys: [issuer.key.jwk] });
    assert.equal(cache.keyStore, keyStore);
    await ask();
    assert.equal(issuer.state.requests.length, 1);
    await ask(true);
    assert.equal(issuer.state.requests.length, 2);
    issuer.state.answer = (_req, res) => res.writeHead(404).end();
    assert.match((await ask(true))[0].message, /404 status code/);
  });

  it('takes what is in the cache: a JWK Set, its text, or a key store of jose 1', async () => {
    const issuer = await issuerServer();
    const set = { keys: [issuer.key.jwk] };
    for (const kept of [set, JSON.stringify(set), { toJWKS: () => set }, new KeyStore(set.keys)]) {
      const api = await setUp(
        secure(
          jwksService({ getKeyStore: async () => kept, setKeyStore: async () => {} }, issuer.jwksUri, http),
          options(issuer),
        ),
      );
      assert.equal((await api.send('/', { token: await issuer.token() })).status, 200);
    }
    assert.deepEqual(issuer.state.requests, []);
  });
});

describe('a key service of one\u2019s own', () => {
  const ISSUER = 'https://issuer.example';

  async function ask(service, token) {
    const handler = secure(keyService(service), { issuer: ISSUER, audience: AUDIENCE });
    const api = await serve((app) => app.use(handler, (req, res) => res.json(req.claims)));
    try {
      const statuses = [];
      for (let round = 0; round < 3; round += 1) statuses.push((await api.send('/', { token })).status);
      return statuses;
    } finally {
      await api.close();
    }
  }

  it('is asked for newer keys once where a key is unknown, and its keys alone count', async () => {
    const [key, stranger] = [await keyPair('RS256', 'a'), await keyPair('RS256', 'b')];
    const calls = [];
    const service = (callback, refreshKeyStore) => {
      calls.push(refreshKeyStore);
      callback(null, { keys: refreshKeyStore ? [key.jwk] : [] });
      callback(new Error('a second call says nothing'));
    };
    assert.deepEqual(
      await ask(service, await sign(key, ISSUER)),
      [200, 503, 503],
      'without any key nothing can be said',
    );
    assert.deepEqual(calls, [false, true, false, false], 'newer keys that it does not keep are not asked for again');
    const keeping = (callback) => callback(undefined, JSON.stringify({ keys: [key.jwk] }));
    assert.deepEqual(await ask(keeping, await sign(key, ISSUER)), [200, 200, 200]);
    assert.deepEqual(await ask(keeping, await sign(stranger, ISSUER)), [403, 403, 403]);
    assert.deepEqual(await ask(keeping, await sign(key, 'https://other.example')), [403, 403, 403]);
  });

  it('that fails in any way lets nobody in', async () => {
    const key = await keyPair();
    for (const service of [
      (callback) => callback(new Error('down')),
      () => {
        throw new Error('down');
      },
      async () => {
        throw undefined;
      },
      (callback) => callback(null, undefined),
      (callback) => callback(null, 'no JSON'),
    ]) {
      assert.deepEqual(await ask(service, await sign(key, ISSUER)), [503, 503, 503], String(service));
    }
    assert.throws(() => keyService({}), /expects a function/);
  });
});
