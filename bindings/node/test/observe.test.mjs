// What `observe` is told of decisions and fetches.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { protect, scopes } from 'bearward';
import { auth, authorize, InvalidTokenError } from 'bearward/express';
import { protect as protectFetch } from 'bearward/fetch';
import { AUDIENCE, keyPair, sign } from './issuer.mjs';
import { issuer, served } from './opened.mjs';

const MARK = 'hush-hush';
/** Options that note the events, and the events without their times. */
function noted(options) {
  const events = [];
  const observe = (event) => events.push(event);
  return {
    options: { audience: AUDIENCE, observe, ...options },
    events,
    /** What was told since the last call: the times are another each time. */
    told() {
      return events.splice(0).map(({ seconds, ...event }) => {
        assert.equal(event.type === 'decision', Number.isFinite(seconds) && seconds >= 0, inspect(event));
        return event;
      });
    },
  };
}

const request = (token) => ({ method: 'GET', url: '/', headers: token ? { authorization: `Bearer ${token}` } : {} });
const decision = (code, issuer, cached = false) => ({ type: 'decision', code, issuer, cached });
const refusal = (promise) =>
  promise.then(
    () => assert.fail('it was let in'),
    (error) => error,
  );

describe('observe', () => {
  it('is told of each decision, and of the fetch before it', async () => {
    const one = await issuer();
    for (const more of [{ issuer: one.issuer }, { issuerBaseURL: one.url }, { mcd: { issuers: [one.url] } }]) {
      const { options, events, told } = noted(more);
      const api = protect(options);
      const token = await one.token();
      await api.check(request(token));
      assert.ok(events.every(Object.isFrozen));
      const loaded = { type: 'fetch', issuer: one.issuer, code: 'loaded' };
      assert.deepEqual(told(), [loaded, decision('accepted', one.issuer)], inspect(more));
      await api.check(request(token));
      assert.deepEqual(told(), [decision('accepted', one.issuer, true)]);
      assert.equal((await refusal(api.check(request(await one.token({ claims: { exp: 1 } }))))).code, 'token_expired');
      assert.deepEqual(told(), [decision('token_expired', one.issuer)]);
      await refusal(api.require(scopes('admin')).check(request(token)));
      assert.deepEqual(told(), [decision('insufficient_scope', one.issuer, true)]);
      await refusal(api.check(request()));
      await refusal(api.check(request('garbage')));
      assert.deepEqual(
        told().map(({ issuer }) => issuer),
        ['unknown', 'unknown'],
      );
    }
  });

  it('never names an issuer that a token made up, and calls one that a function named other', async () => {
    const one = await issuer();
    const stranger = await keyPair('RS256', MARK);
    const foreign = await sign(stranger, `https://${MARK}.example`);
    const configured = noted({ issuer: one.issuer });
    await refusal(protect(configured.options).check(request(foreign)));
    assert.deepEqual(configured.told().at(-1), decision('issuer_unknown', 'unknown'));

    const named = noted({ mcd: { issuers: () => [one.url] } });
    const api = auth(named.options);
    const app = await served((express) => express.use(api, (_req, res) => res.json({})));
    assert.equal((await app.send('/', { token: await one.token() })).status, 200);
    assert.equal((await app.send('/', { token: foreign })).status, 401);
    assert.deepEqual(named.told(), [
      { type: 'fetch', issuer: 'other', code: 'loaded' },
      decision('accepted', 'other'),
      decision('issuer_unknown', 'unknown'),
    ]);
  });

  it('names the issuer whose keys verify a token, where a validator takes any `iss`', async () => {
    const one = await issuer();
    const { options, told } = noted({ issuer: one.issuer, jwksUri: one.jwksUri, validators: { iss: false } });
    const api = protect(options);
    await api.check(request(await one.token({ claims: { iss: `https://${MARK}.example` } })));
    await api.check(request(await one.token()));
    const decisions = told().filter(({ type }) => type === 'decision');
    assert.deepEqual(decisions, [decision('accepted', one.issuer), decision('accepted', one.issuer)]);
  });

  it('is told why keys are missing', async () => {
    const one = await issuer();
    one.state.answer = (_req, res) => res.writeHead(500).end();
    const known = noted({ issuer: one.issuer, jwksUri: one.jwksUri });
    assert.equal((await refusal(protect(known.options).check(request(await one.token())))).status, 503);
    assert.deepEqual(known.told(), [
      { type: 'fetch', issuer: one.issuer, code: 'unexpected_status' },
      decision('keys_unavailable', one.issuer),
    ]);
    const found = noted({ issuerBaseURL: one.url });
    assert.equal((await refusal(protect(found.options).check(request(await one.token())))).status, 503);
    assert.deepEqual(found.told(), [
      { type: 'fetch', issuer: one.url, code: 'metadata_not_found' },
      decision('keys_unavailable', 'unknown'),
    ]);
  });

  it('is told of calls about tokens', async () => {
    const one = await issuer();
    one.state.answer = (req, res) => {
      res.setHeader('content-type', 'application/json');
      if (req.url === '/jwks') return res.end(JSON.stringify({ keys: one.state.keys }));
      const active = {
        active: true,
        iss: one.issuer,
        aud: AUDIENCE,
        sub: MARK,
        exp: Math.floor(Date.now() / 1000) + 60,
      };
      return one.state.isDown ? res.writeHead(500).end() : res.end(JSON.stringify(active));
    };
    const { options, told, events } = noted({
      issuer: one.issuer,
      jwksUri: one.jwksUri,
      introspection: { clientId: 'api', clientSecret: MARK, endpoint: `${one.origin}/introspect` },
    });
    const api = protect(options);
    await api.check(request(`opaque-${MARK}`));
    await api.check(request(`opaque-${MARK}`));
    one.state.isDown = true;
    await refusal(api.check(request('opaque-other')));
    assert.ok(!JSON.stringify(events).includes(MARK));
    const outcomes = told().filter(({ type }) => type !== 'fetch');
    const called = (code) => ({ type: 'introspection', issuer: one.issuer, code });
    assert.deepEqual(outcomes.slice(0, 3), [
      called('introspected'),
      decision('accepted', one.issuer),
      decision('accepted', one.issuer, true),
    ]);
    assert.equal(outcomes[3].type, 'introspection');
    assert.notEqual(outcomes[3].code, 'introspected');
    assert.equal(outcomes[4].type, 'decision');
  });

  it('is told of what a function of the application refuses, by a code that is not the function\u2019s', async () => {
    const one = await issuer();
    const wrong = {
      invalid_token: () => false,
      insufficient_scope: () => {
        throw Object.assign(new InvalidTokenError('no'), { code: 'insufficient_scope' });
      },
      server_error: () => {
        throw Object.assign(new Error(MARK), { code: MARK });
      },
    };
    for (const [code, sub] of Object.entries(wrong)) {
      const { options, told } = noted({ issuer: one.issuer, validators: { sub } });
      await refusal(protect(options).check(request(await one.token())));
      assert.deepEqual(told().at(-1), decision(code, one.issuer));
    }
  });

  it('is told of every kind of handle, and once by each middleware', async () => {
    const one = await issuer();
    const token = await one.token({ claims: { scope: 'read' } });
    const express = noted({ issuer: one.issuer });
    const app = await served((routes) => {
      routes.use(auth(express.options), authorize(scopes('read')), (_req, res) => res.json({}));
    });
    assert.equal((await app.send('/', { token })).status, 200);
    assert.deepEqual(express.told().slice(1), [
      decision('accepted', one.issuer),
      decision('accepted', one.issuer, true),
    ]);
    const fetched = noted({ issuer: one.issuer, authRequired: false });
    const guarded = protectFetch(fetched.options);
    const incoming = (headers) => new Request('https://api.example.com/', { headers });
    assert.equal((await guarded(incoming({ authorization: `Bearer ${token}` }))).token.payload.sub, 'alice');
    assert.deepEqual(fetched.told().slice(1), [decision('accepted', one.issuer)]);
    // It was no decision about a token.
    assert.equal((await guarded(incoming({}))).token, undefined);
    assert.deepEqual(fetched.told(), []);
  });

  it('gives the same token, headers and refusals as without it', async () => {
    const one = await issuer();
    const watched = protect(noted({ issuer: one.issuer, dpop: { nonces: true } }).options);
    const plain = protect({ audience: AUDIENCE, issuer: one.issuer, dpop: { nonces: true } });
    for (const token of [await one.token(), await one.token({ claims: { exp: 1 } }), undefined]) {
      const outcomes = await Promise.all(
        [watched, plain].map((api) =>
          api.check(request(token)).then(
            ({ auth, headers }) => ({ payload: auth.payload, info: auth.info, headers, shown: inspect(auth) }),
            ({ status, headers, body, code }) => ({ status, headers, body, code }),
          ),
        ),
      );
      assert.deepEqual(outcomes[0], outcomes[1]);
    }
  });

  it('holds nothing of a token in any event', async () => {
    const one = await issuer();
    const { options, events } = noted({ issuer: one.issuer });
    const api = protect(options);
    const marked = { sub: MARK, jti: MARK, client_id: MARK, scope: MARK };
    const tokens = await Promise.all(
      [
        { claims: marked },
        { claims: { ...marked, exp: 1 } },
        { claims: { ...marked, aud: MARK } },
        { claims: { ...marked, iss: MARK } },
        { claims: { ...marked, iat: 1 }, header: { kid: MARK } },
        { claims: marked, header: { typ: MARK } },
      ].map((of) => one.token(of)),
    );
    for (const token of [...tokens, MARK, `${MARK}.${MARK}.${MARK}`]) {
      await api.check(request(token)).catch(() => {});
      await api.check(request(token)).catch(() => {});
    }
    const text = inspect(events, { depth: 8, showHidden: true });
    assert.ok(events.length >= 16 && !text.includes(MARK), text);
    for (const token of tokens) for (const part of token.split('.')) assert.ok(!text.includes(part));
  });

  for (const [how, failing] of Object.entries({
    throws: () => {
      throw new Error('the counter is broken');
    },
    rejects: async () => {
      throw new Error('the counter is broken');
    },
  })) {
    it(`changes no decision where it ${how}, and is reported once`, async () => {
      const one = await issuer();
      const warnings = [];
      const note = (warning) => warnings.push(warning);
      process.on('warning', note);
      try {
        const api = protect({ audience: AUDIENCE, issuer: one.issuer, observe: (event) => failing(event) });
        const warned = once(process, 'warning');
        const token = await one.token();
        for (let i = 0; i < 3; i += 1) await api.check(request(token));
        assert.equal((await refusal(api.check(request()))).code, 'credential_missing');
        await warned;
        await new Promise(setImmediate);
      } finally {
        process.off('warning', note);
      }
      const own = warnings.filter(({ code }) => code === 'BEARWARD_OBSERVE_FAILED');
      assert.equal(own.length, 1);
      assert.match(own[0].message, /the counter is broken/);
    });
  }

  it('must be a function', () => {
    const named = { issuer: 'https://issuer.example', audience: AUDIENCE };
    for (const [observe, message] of [
      [undefined, /'observe' is undefined: leave it out where nothing is counted/],
      [null, /'observe' must not be null/],
      ['log', /'observe' must be a function/],
      [{ observe() {} }, /'observe' must be a function/],
      [Promise.resolve(() => {}), /'observe' is a promise/],
    ]) {
      for (const make of [auth, protect, protectFetch]) assert.throws(() => make({ ...named, observe }), { message });
    }
    assert.throws(() => auth({ ...named, observer: () => {} }), /observe/);
  });
});
