// An `auth()` or a `secure()` that an application calls at each request.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { auth, authorize, claimEquals, or, revocationKey, RevocationList, role, scopes } from 'bearward/express';
import { getSimpleJwksService, secure } from 'bearward/express-oauth-jwt';
import { serve } from './app.mjs';
import { dpopClient, proofOf } from './client.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

describe('auth() called at each request', () => {
  let issuer;
  let api;
  /** What the next request is checked with. */
  let make;
  before(async () => {
    issuer = await startIssuer();
    api = await serve((app) => {
      app.use((req, res, next) => make()(req, res, next));
      app.use((req, res) => res.json(req.auth.payload));
    });
  });
  after(async () => {
    await api.close();
    await issuer.close();
  });

  const options = (own = {}) => ({ issuerBaseURL: issuer.url, audience: AUDIENCE, ...own });

  /** The requests that the issuer gets for a first and a second handler. */
  async function fetchesOf(first, second, token) {
    const counts = [];
    for (const one of [first, second]) {
      const before = issuer.state.requests.length;
      make = () => auth(one);
      assert.equal((await api.send('/', { token })).status, 200);
      counts.push(issuer.state.requests.length - before);
    }
    return counts;
  }

  it('fetches once, however the equal settings are written', async () => {
    const token = await issuer.token();
    const own = { clockTolerance: 7, dpop: { algorithms: ['ES256'], required: false } };
    const other = {
      dpop: { required: false, algorithms: ['ES256'], enabled: undefined },
      strict: false,
      clockTolerance: 7,
    };
    assert.deepEqual(await fetchesOf(options(own), options(other), token), [2, 0]);
  });

  it('never shares an engine between settings that differ', async () => {
    const token = await issuer.token();
    const agents = [new http.Agent(), new http.Agent()];
    const lists = [new RevocationList(), new RevocationList()];
    const stores = [0, 1].map(() => ({ claim: () => true }));
    const revocations = [0, 1].map(() => ({ entries: () => [] }));
    class Settings {
      required = false;
    }
    class Shards extends Array {
      claim = () => true;
    }
    for (const [name, first, second] of [
      ['audience', { audience: [AUDIENCE, 'a'] }, { audience: [AUDIENCE, 'b'] }],
      ['a list for a text', { audience: [AUDIENCE] }, { audience: AUDIENCE, clockTolerance: 6 }],
      ['strict', { strict: true, clockTolerance: 4 }, { strict: false, clockTolerance: 4 }],
      ['maxTokenAge', { maxTokenAge: 100 }, { maxTokenAge: 101 }],
      ['tokenSigningAlg', { tokenSigningAlg: 'RS256' }, { clockTolerance: 3 }],
      ['dpop', { dpop: { enabled: false } }, { dpop: { enabled: true } }],
      ['nonces', { dpop: { nonces: { secret: 'a'.repeat(32) } } }, { dpop: { nonces: { secret: 'b'.repeat(32) } } }],
      [
        'a secret as bytes',
        { dpop: { nonces: { secret: Buffer.alloc(32, 1) } } },
        { dpop: { nonces: { secret: Buffer.alloc(32, 2) } } },
      ],
      ['mtls', { mtls: { enabled: true } }, { mtls: { enabled: false } }],
      ['a switched off check', { validators: { exp: false } }, { validators: { aud: false } }],
      ['dangerous', { dangerous: { queryTokens: true } }, { dangerous: { queryTokens: false }, clockTolerance: 2 }],
      ['agent', { agent: agents[0] }, { agent: agents[1] }],
      ['replayStore', { replayStore: stores[0] }, { replayStore: stores[1] }],
      ['a replayStore that is a list', { replayStore: new Shards() }, { replayStore: new Shards() }],
      ['revocation list', { revocation: lists[0] }, { revocation: lists[1] }],
      ['revocation store', { revocation: revocations[0] }, { revocation: revocations[1] }],
      ['an object that is no literal', { mtls: new Settings() }, { mtls: new Settings() }],
      [
        'functions',
        { mcd: { issuers: () => [issuer.url] }, issuerBaseURL: undefined },
        { mcd: { issuers: () => [issuer.url] }, issuerBaseURL: undefined },
      ],
    ]) {
      const counts = await fetchesOf(options(first), options(second), token);
      assert.ok(
        counts.every((count) => count >= 1),
        `${name}: ${counts}`,
      );
    }
  });

  it('asks each for its own validators and requirement', async () => {
    const token = await issuer.token({ claims: { scope: 'a', role: 'clerk' } });
    const statusOf = async (own) => {
      make = () => auth(options(own));
      return (await api.send('/', { token })).status;
    };
    assert.equal(await statusOf({}), 200);
    assert.equal(await statusOf({ validators: { sub: () => false } }), 401);
    assert.equal(await statusOf({ validators: { sub: () => true } }), 200);
    assert.equal(await statusOf({ requirement: scopes('b') }), 403);
    assert.equal(await statusOf({ requirement: scopes('a') }), 200);
    assert.equal(await statusOf({ requirement: { not: scopes('a') } }), 403);
    assert.equal(await statusOf({}), 200);
    make = () => (req, res, next) =>
      auth(options())(req, res, (error) =>
        error ? next(error) : authorize(or(scopes('b'), role('x')))(req, res, next),
      );
    assert.equal((await api.send('/', { token })).status, 403);
    make = () => auth(options()).require(scopes('b'));
    assert.equal((await api.send('/', { token })).status, 403);
    make = () => (req, res, next) =>
      auth(options())(req, res, (error) => (error ? next(error) : claimEquals('role', 'clerk')(req, res, next)));
    assert.equal((await api.send('/', { token })).status, 200);
  });

  it('keeps the settings of the call, whatever becomes of the objects', async () => {
    const token = await issuer.token();
    const dpop = { enabled: true, required: false };
    const audience = [AUDIENCE];
    const given = options({ dpop, audience, clockTolerance: 9 });
    const first = auth(given);
    dpop.required = true;
    make = () => first;
    assert.equal((await api.send('/', { token })).status, 200);
    make = () => auth(given);
    assert.equal((await api.send('/', { token })).json.reason, 'proof_required');
    dpop.required = false;
    audience[0] = 'another';
    make = () => auth(given);
    assert.equal((await api.send('/', { token })).json.reason, 'audience_mismatch');
    make = () => auth(options({ dpop: { enabled: true, required: false }, audience: [AUDIENCE], clockTolerance: 9 }));
    assert.equal((await api.send('/', { token })).status, 200);
  });

  it('asks a store that is an object literal for what it holds at the request', async () => {
    const token = await issuer.token({ claims: { jti: 'withdrawn' } });
    const store = {
      held: [],
      entries(keys) {
        return this.held.filter((key) => keys.includes(key)).map(() => ({}));
      },
    };
    for (const revocation of [store, [new RevocationList(), store]]) {
      store.held = [];
      const check = auth(options({ revocation }));
      make = () => check;
      assert.equal((await api.send('/', { token })).status, 200);
      store.held = [revocationKey({ issuer: issuer.issuer, jti: 'withdrawn' })];
      assert.equal((await api.send('/', { token })).json.reason, 'token_revoked');
    }
  });

  it('shares an engine, and the proofs of a request, by a store that is an object literal', async () => {
    const client = await dpopClient();
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
    const replayStore = {
      claimed: 0,
      claim() {
        this.claimed += 1;
        return this.claimed === 1;
      },
    };
    const two = [auth(options({ replayStore })), auth(options({ replayStore }))];
    make = () => (req, res, next) => two[0](req, res, (error) => (error ? next(error) : two[1](req, res, next)));
    const before = issuer.state.requests.length;
    const proof = await proofOf(client, { url: `http://127.0.0.1:${api.port}/`, token });
    const answer = await api.send('/', {
      headers: [
        ['Authorization', `DPoP ${token}`],
        ['DPoP', proof],
      ],
    });
    assert.equal(answer.status, 200, JSON.stringify(answer.json));
    assert.equal(replayStore.claimed, 1);
    assert.equal(issuer.state.requests.length - before, 2);
  });

  it('lets a DPoP proof pass once, also where the settings of the calls differ', async () => {
    const client = await dpopClient();
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
    const send = (proof) =>
      api.send('/', {
        headers: [
          ['Authorization', `DPoP ${token}`],
          ['DPoP', proof],
        ],
      });
    let call = 0;
    for (const own of [
      () => ({}),
      () => ({ getCertificate: () => undefined, mtls: { enabled: false } }),
      () => ({ clockTolerance: (call += 1) }),
    ]) {
      make = () => auth(options(own()));
      const proof = await proofOf(client, { url: `http://127.0.0.1:${api.port}/`, token });
      assert.equal((await send(proof)).status, 200);
      assert.equal((await send(proof)).json.reason, 'proof_replayed');
    }
  });

  it('knows the nonces that the call before has handed out', async () => {
    const client = await dpopClient();
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
    make = () => auth(options({ dpop: { nonces: true } }));
    const send = async (claims) => {
      const proof = await proofOf(client, { url: `http://127.0.0.1:${api.port}/`, token }, { claims });
      return api.send('/', {
        headers: [
          ['Authorization', `DPoP ${token}`],
          ['DPoP', proof],
        ],
      });
    };
    const asked = await send({});
    assert.equal(asked.json.reason, 'proof_nonce_required');
    assert.equal((await send({ nonce: asked.headers['dpop-nonce'] })).status, 200);
  });

  it('goes on when requirements made at each request have filled an engine', async () => {
    const token = await issuer.token({ claims: { scope: 'a' } });
    const before = issuer.state.requests.length;
    for (let turn = 0; turn < 1100; turn += 1) auth(options({ clockTolerance: 11, requirement: scopes(`s${turn}`) }));
    for (const [scope, status] of [
      ['a', 200],
      ['s3', 403],
      ['s1099', 403],
    ]) {
      make = () => auth(options({ clockTolerance: 11, requirement: scopes(scope) }));
      assert.equal((await api.send('/', { token })).status, status);
    }
    assert.equal(issuer.state.requests.length - before, 2);
  });
});

describe('secure() called at each request', () => {
  it('fetches keys once, and asks each for its own scopes', async () => {
    const issuer = await startIssuer();
    const api = await serve((app) => {
      app.use((req, res, next) => {
        const own = { issuer: issuer.issuer, audience: AUDIENCE, scope: [req.path.slice(1)] };
        return secure(getSimpleJwksService(issuer.jwksUri), own)(req, res, next);
      });
      app.use((req, res) => res.json(req.claims));
    });
    try {
      const token = await issuer.token({ claims: { scope: 'a' } });
      const statuses = [];
      for (const path of ['/a', '/b', '/a']) statuses.push((await api.send(path, { token })).status);
      assert.deepEqual(statuses, [200, 403, 200]);
      assert.deepEqual(issuer.state.requests, ['/jwks']);
    } finally {
      await api.close();
      await issuer.close();
    }
  });
});
