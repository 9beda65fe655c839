// The decision about a request without a framework: what is given, what is thrown, and that nothing can be mistaken.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { NotReadyError, organization, protect, Refusal, scopes } from 'bearward';
import { auth, errorHandler } from 'bearward/express';
import { AND_DPOP, send, serve } from './app.mjs';
import { dpopClient, proofOf } from './client.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

let issuer;
let options;
let api;
before(async () => {
  issuer = await startIssuer();
  options = { issuer: issuer.issuer, audience: AUDIENCE };
  api = protect(options);
  await api.ready();
});
after(() => issuer.close());

const GET = { method: 'GET', url: '/messages' };
const request = (token, more) => ({ ...GET, headers: { ...(token && { authorization: `Bearer ${token}` }) }, ...more });

/** The refusal that a promise rejects with. */
async function refusalOf(promise) {
  let granted;
  try {
    granted = await promise;
  } catch (error) {
    assert.ok(error instanceof Refusal, `${error?.stack}`);
    return error;
  }
  return assert.fail(`granted ${JSON.stringify(granted)}`);
}

describe('check()', () => {
  it('gives the token of a request that may pass', async () => {
    const token = await issuer.token({ claims: { scope: 'read:messages', org: ['a'] } });
    const { auth: given, headers } = await api.check(request(token));
    assert.deepEqual(given.info, { sub: 'alice', clientId: 'app', scopes: ['read:messages'], audience: [AUDIENCE] });
    assert.deepEqual([given.token, given.jwt, given.payload.sub, given.header.alg], [token, token, 'alice', 'RS256']);
    assert.deepEqual(headers, {});
    given.payload.org.push('b');
    assert.deepEqual((await api.check(request(token))).auth.payload.org, ['a'], 'claims are the request’s own');
  });

  it('takes the requests of node:http as they are', async () => {
    const server = http.createServer((req, res) => {
      api.check(req).then(
        ({ auth: { info } }) => res.end(info.sub),
        ({ status, headers, body }) => res.writeHead(status, headers).end(body),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    try {
      const token = await issuer.token();
      const good = await send(port, '/', { token });
      assert.deepEqual([good.status, good.text], [200, 'alice']);
      const twice = [
        ['Authorization', `Bearer ${token}`],
        ['Authorization', `Bearer ${token}`],
      ];
      const refused = await send(port, '/', { headers: twice });
      assert.deepEqual([refused.status, refused.json.error], [400, 'invalid_request']);
      const none = await send(port, '/');
      assert.deepEqual(
        [none.status, none.challenge],
        [401, `Bearer realm="api"${AND_DPOP.replace('DPoP', 'DPoP realm="api",')}`],
      );
    } finally {
      server.close();
    }
  });

  it('rejects with a refusal for every other request, which has the whole answer', async () => {
    const now = Math.floor(Date.now() / 1000);
    const forged = await sign(await keyPair(), issuer.issuer);
    for (const [token, status, code, error] of [
      [undefined, 401, 'credential_missing', ''],
      ['garbage', 401, 'token_malformed', 'invalid_token'],
      ['a b', 400, 'authorization_malformed', 'invalid_request'],
      [forged, 401, 'signature_invalid', 'invalid_token'],
      [await issuer.token({ claims: { exp: now - 3600 } }), 401, 'token_expired', 'invalid_token'],
      [await issuer.token({ claims: { aud: 'https://other.example.com' } }), 401, 'audience_mismatch', 'invalid_token'],
      [await issuer.token({ claims: { iss: 'https://other.example.com' } }), 401, 'issuer_unknown', 'invalid_token'],
    ]) {
      const refusal = await refusalOf(api.check(request(token)));
      assert.deepEqual(
        [refusal.status, refusal.statusCode, refusal.code, refusal.error],
        [status, status, code, error],
      );
      assert.equal(refusal.expose, true);
      const { 'WWW-Authenticate': challenge, ...others } = refusal.headers;
      assert.deepEqual(others, { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' });
      assert.equal(challenge.includes(`error="${error}"`), error !== '', challenge);
      const body = JSON.parse(refusal.body);
      assert.deepEqual(body, { error: error || 'unauthorized', error_description: refusal.message });
      for (const text of [refusal.body, challenge, String(refusal.stack)]) assert.ok(!token || !text.includes(token));
    }
  });

  it('answers what the core answers through Express', async () => {
    const express = await serve((app) => {
      app.use('/plain', auth(options), (_req, res) => res.end());
      app.use('/scoped', auth({ ...options, requirement: scopes('a', 'b') }), (_req, res) => res.end());
      app.use(errorHandler({ words: 'core' }));
    });
    try {
      const scoped = protect({ ...options, requirement: scopes('a', 'b') });
      const now = Math.floor(Date.now() / 1000);
      for (const [path, protection] of [
        ['/plain', api],
        ['/scoped', scoped],
      ]) {
        for (const token of [
          undefined,
          'garbage',
          await issuer.token({ claims: { exp: now - 3600 } }),
          await issuer.token({ claims: { nbf: 'x' } }),
          await issuer.token({ unset: ['aud'] }),
          await issuer.token({ claims: { scope: 'a' } }),
        ]) {
          const { status, text, headers } = await express.send(path, { token });
          const verdict = await protection.check(request(token)).catch((refusal) => refusal);
          if (!(verdict instanceof Refusal)) {
            assert.equal(status, 200);
            continue;
          }
          assert.deepEqual([verdict.status, verdict.body], [status, text], `${path} ${token}`);
          assert.equal(verdict.headers['WWW-Authenticate'], headers['www-authenticate'], `${path} ${token}`);
        }
      }
    } finally {
      await express.close();
    }
  });

  it('asks a route’s requirement, and says what it needs', async () => {
    const route = api.require(scopes('read:messages', 'write:messages'));
    for (const nothing of [undefined, null]) {
      assert.throws(() => api.require(nothing), TypeError);
      assert.throws(() => route.require(nothing), TypeError);
    }
    const refusal = await refusalOf(route.check(request(await issuer.token({ claims: { scope: 'read:messages' } }))));
    assert.deepEqual([refusal.status, refusal.error], [403, 'insufficient_scope']);
    assert.match(refusal.headers['WWW-Authenticate'], /scope="read:messages write:messages"/);
    const { auth: given } = await route.check(
      request(await issuer.token({ claims: { scope: 'write:messages read:messages' } })),
    );
    assert.deepEqual(given.scopes, ['write:messages', 'read:messages']);
    assert.throws(() => api.require({ scopes: [] }), /requirement/);
  });

  it('requires all of what was required one after the other, and takes no missing name for nothing', async () => {
    const both = api.require(scopes('read')).require(scopes('write'));
    const of = async (scope) => request(await issuer.token({ claims: { scope } }));
    for (const scope of ['read', 'write']) {
      assert.equal((await refusalOf(both.check(await of(scope)))).code, 'insufficient_scope', scope);
    }
    assert.deepEqual((await both.check(await of('read write'))).auth.scopes, ['read', 'write']);
    const requirements = {};
    assert.throws(() => api.require(requirements.admn), TypeError);
    assert.throws(() => both.require(null), TypeError);
  });

  it('lets a request without a token pass only where authentication is optional and nothing is required', async () => {
    const optional = protect({ ...options, authRequired: false });
    assert.deepEqual(await optional.check(request()), { auth: undefined, headers: {} });
    assert.equal((await optional.check(request(await issuer.token()))).auth.payload.sub, 'alice');
    assert.equal((await refusalOf(optional.check(request('garbage')))).code, 'token_malformed');
    assert.equal((await refusalOf(optional.require(scopes('a')).check(request()))).code, 'credential_missing');
  });

  it('refuses with 503 and a time to try again while keys cannot be had, and ready() says why', async () => {
    const down = await startIssuer();
    const waiting = protect({ issuer: down.issuer, audience: AUDIENCE });
    const token = await down.token();
    await down.close();
    const refusal = await refusalOf(waiting.check(request(token)));
    assert.deepEqual([refusal.status, refusal.code, refusal.expose], [503, 'keys_unavailable', false]);
    assert.match(refusal.headers['Retry-After'], /^\d+$/);
    assert.equal(refusal.headers['WWW-Authenticate'], undefined);
    await assert.rejects(waiting.ready(), NotReadyError);
  });

  it('finds the token in a form that it is given, and in no other place', async () => {
    const token = await issuer.token();
    const post = (more) => ({ method: 'POST', url: '/', headers: {}, ...more });
    for (const form of [{ access_token: token }, new URLSearchParams({ access_token: token })]) {
      assert.equal((await api.check(post({ form }))).auth.token, token);
      const both = await refusalOf(api.check({ ...request(token), method: 'POST', form }));
      assert.equal(both.code, 'several_credentials');
    }
    const repeated = new URLSearchParams(`access_token=${token}&access_token=${token}`);
    for (const form of [repeated, { access_token: [token, token] }]) {
      assert.equal((await refusalOf(api.check(post({ form })))).status, 400);
    }
    const elsewhere = [
      { body: { access_token: token } },
      { url: `/?access_token=${token}` },
      { params: { access_token: token } },
    ];
    for (const more of elsewhere) assert.equal((await refusalOf(api.check(post(more)))).code, 'credential_missing');
  });

  it('believes the headers of a proxy only of a trusted connection', async () => {
    const forwarded = protect({ ...options, proxyHeaders: { host: 'x-forwarded-host' }, organizationClaim: 'org' });
    const route = forwarded.require(organization({ fromHost: '{organization}.example.com' }));
    const token = await issuer.token({ claims: { org: 'acme' } });
    const headers = {
      authorization: `Bearer ${token}`,
      host: 'other.example.com',
      'x-forwarded-host': 'acme.example.com',
    };
    assert.equal((await route.check({ ...GET, headers, trusted: true })).auth.info.organizationId, 'acme');
    for (const trusted of [false, undefined, 'yes', 1]) {
      assert.equal((await refusalOf(route.check({ ...GET, headers, trusted }))).status, 403);
    }
  });

  it('hands over DPoP’s nonce with a refusal and with a granted request', async () => {
    const nonces = protect({ ...options, publicOrigin: 'https://api.example.com', dpop: { nonces: true } });
    const client = await dpopClient();
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
    const url = 'https://api.example.com/messages';
    const bound = async (claims) => {
      const headers = { authorization: `DPoP ${token}`, dpop: await proofOf(client, { url, token }, { claims }) };
      return { ...GET, headers };
    };
    const refusal = await refusalOf(nonces.check(await bound({})));
    const nonce = refusal.headers['DPoP-Nonce'];
    assert.deepEqual([refusal.status, refusal.error, typeof nonce], [401, 'use_dpop_nonce', 'string']);
    const sent = await bound({ nonce });
    assert.equal((await nonces.check(sent)).auth.payload.cnf.jkt, client.jkt);
    assert.equal((await nonces.check(sent)).auth.token, token, 'one request presents one proof');
    assert.equal((await refusalOf(nonces.check({ ...sent }))).code, 'proof_replayed');
  });

  it('keeps an answer from shared caches where they do not see the token', async () => {
    const cookie = protect({
      ...options,
      tokenPlace: { cookie: '__Host-token' },
      publicOrigin: 'https://api.example.com',
    });
    const headers = { cookie: `__Host-token=${await issuer.token()}`, 'sec-fetch-site': 'same-origin' };
    assert.deepEqual((await cookie.check({ ...GET, headers })).headers, { 'Cache-Control': 'private' });
  });

  it('makes a mistake of the application’s a refusal with the cause, which says nothing to the client', async () => {
    const cause = new Error('the database is down');
    for (const failing of [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ]) {
      const own = protect({ ...options, validators: { sub: failing } });
      const refusal = await refusalOf(own.check(request(await issuer.token())));
      assert.deepEqual(
        [refusal.status, refusal.code, refusal.cause, refusal.expose],
        [500, 'server_error', cause, false],
      );
      assert.ok(!refusal.body.includes('database') && !refusal.message.includes('database'));
    }
    const strict = protect({ ...options, validators: { sub: 'bob' } });
    assert.equal((await refusalOf(strict.check(request(await issuer.token())))).error, 'invalid_token');
  });
});

describe('decide()', () => {
  /** What was called, in order. */
  const recorded = (protection, asked) => {
    const calls = [];
    protection.decide(
      asked,
      ({ auth: given }) => calls.push(['granted', given.payload.sub]),
      ({ code }) => calls.push(['refused', code]),
    );
    return calls;
  };

  it('calls one of two functions before it returns, where keys are in hand', async () => {
    assert.deepEqual(recorded(api, request(await issuer.token())), [['granted', 'alice']]);
    assert.deepEqual(recorded(api, request('garbage')), [['refused', 'token_malformed']]);
    assert.deepEqual(recorded(api, request()), [['refused', 'credential_missing']]);
    assert.deepEqual(recorded(api.require(scopes('a')), request(await issuer.token())), [
      ['refused', 'insufficient_scope'],
    ]);
  });

  it('calls one of them later, where keys must be fetched first', async () => {
    for (const [token, expected] of [
      [await issuer.token(), 'granted'],
      [await sign(await keyPair(), issuer.issuer), 'refused'],
    ]) {
      // Settings of its own, so that no other has fetched its keys.
      const fresh = protect({ ...options, cooldownDuration: 30_000 + Math.floor(Math.random() * 1e6) });
      const calls = [];
      await new Promise((resolve) => {
        const note = (what) => () => resolve(calls.push(what));
        fresh.decide(request(token), note('granted'), note('refused'));
        assert.deepEqual(calls, []);
      });
      await turn();
      assert.deepEqual(calls, [expected]);
    }
  });

  it('throws where one of them is missing, before anything is decided', async () => {
    const granted = [];
    for (const functions of [[], [(one) => granted.push(one)], [undefined, () => {}]]) {
      assert.throws(() => api.decide(request('garbage'), ...functions), TypeError);
    }
    assert.deepEqual(granted, []);
  });

  it('throws what the function for a granted request throws, and does not refuse it then', async () => {
    const mistake = new Error('in the handler');
    const refused = [];
    const token = await issuer.token();
    const fail = () => {
      throw mistake;
    };
    assert.throws(() => api.decide(request(token), fail, (refusal) => refused.push(refusal)), mistake);
    assert.deepEqual(refused, []);
  });
});

describe('a refusal', () => {
  it('ends no process where nothing looks at the promise, and is warned of', async () => {
    const unhandled = [];
    const note = (reason) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const warned = once(process, 'warning');
    try {
      api.check(request('garbage'));
      const [{ code, message }] = await warned;
      assert.equal(code, 'BEARWARD_NOT_AWAITED');
      assert.ok(!message.includes('garbage'));
      await turn();
      await turn();
    } finally {
      process.off('unhandledRejection', note);
    }
    assert.deepEqual(unhandled, []);
  });

  it('is never a value: neither check() nor decide() gives one that looks like leave', async () => {
    const given = [];
    for (const token of [undefined, 'garbage', await sign(await keyPair(), issuer.issuer)]) {
      await api.check(request(token)).then(
        (value) => given.push(value),
        () => {},
      );
      given.push(
        ...[
          api.decide(
            request(token),
            (value) => given.push(value),
            () => {},
          ),
        ].filter(Boolean),
      );
    }
    assert.deepEqual(given, []);
  });

  it('is for a request alone: anything else throws a TypeError, at once', () => {
    const { Headers } = globalThis;
    for (const none of [undefined, null, 'GET /', {}, { headers: null }, { headers: new Headers() }]) {
      assert.throws(() => api.check(none), TypeError);
      assert.throws(
        () =>
          api.decide(
            none,
            () => {},
            () => {},
          ),
        TypeError,
      );
    }
  });
});

describe('protect()', () => {
  it('refuses options that cannot work, as auth() does', () => {
    assert.throws(() => protect({ issuer: 'https://issuer.example.com' }), /audience/);
    assert.throws(() => protect({ ...options, algorithms: ['RS256'] }), /has no option 'algorithms'/);
  });

  it('shares its engine with an auth() of equal settings', async () => {
    const own = await startIssuer();
    const equal = { issuer: own.issuer, audience: AUDIENCE };
    const express = await serve((app) => app.use(auth(equal), (_req, res) => res.end()));
    try {
      const token = await own.token();
      assert.equal((await express.send('/', { token })).status, 200);
      assert.equal((await protect(equal).check(request(token))).auth.token, token);
      assert.deepEqual(own.state.requests.filter((url) => url === '/jwks').length, 1);
    } finally {
      await express.close();
      await own.close();
    }
  });

  it('has the metadata of a resource to serve', () => {
    const resource = { identifier: 'https://api.example.com/mcp' };
    const { resourceMetadata } = protect({ ...options, resource });
    assert.equal(resourceMetadata.path, '/.well-known/oauth-protected-resource/mcp');
    assert.equal(JSON.parse(resourceMetadata.json).resource, resource.identifier);
    assert.equal(api.resourceMetadata, undefined);
  });
});
