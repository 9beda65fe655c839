// DPoP (RFC 9449) through Express 4 and 5: every check of a proof, with the very answer; replays; nonces; and whose
// word on the URL counts.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { auth, authorize, errorHandler, requiredScopes, scopes } from 'bearward/express';
import { AND_DPOP, EXPRESS, send, serve } from './app.mjs';
import { dpopClient, hashOf, proofOf } from './client.mjs';
import { withCalendarMoved } from './clock.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

const ALGS = AND_DPOP.slice(', DPoP '.length);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const now = () => Math.floor(Date.now() / 1000);

for (const [at, [name, express]] of EXPRESS.entries()) {
  describe(`DPoP in ${name}`, () => {
    const few = 2 + at;
    let issuer;
    let api;
    let client;
    let options;
    let token;
    before(async () => {
      issuer = await startIssuer();
      client = await dpopClient();
      token = await issuer.token({ claims: { cnf: { jkt: client.jkt }, scope: 'a' } });
      options = { issuerBaseURL: issuer.url, audience: AUDIENCE };
      api = await serve((app) => {
        const answer = (req, res) => res.json({ sub: req.auth.payload.sub, token: req.auth.token });
        const mount = (path, own) => app.use(path, auth({ ...options, ...own }), answer);
        mount('/accepted', {});
        mount('/required', { dpop: { required: true } });
        mount('/off', { dpop: { enabled: false } });
        // The process has one memory of each size, and tests that move the calendar leave their mark in it.
        mount('/window', { dpop: { iatOffset: 10, iatLeeway: 5, rememberedProofs: 100 + at } });
        mount('/future', { dpop: { rememberedProofs: 300 + at } });
        mount('/es384', { dpop: { algorithms: ['ES384'] } });
        mount('/nonces', { dpop: { nonces: true, rememberedProofs: 200 + at } });
        mount('/origin', { publicOrigin: 'https://api.example.com/base' });
        mount('/optional', { authRequired: false });
        const twice = auth(options);
        app.use('/twice', twice, twice, authorize(scopes('a')), requiredScopes('a'), answer);
        const replayStore = new MapStore();
        app.use('/shared', auth({ ...options, replayStore }), auth({ ...options, replayStore }), answer);
        app.use('/core', auth(options), answer, errorHandler({ words: 'core' }));
        app.use(
          '/core-nonces',
          auth({ ...options, dpop: { nonces: { secret: 'x'.repeat(32), lifetime: 60 } } }),
          answer,
          errorHandler({ words: 'core' }),
        );
        app.use('/few', auth({ ...options, dpop: { rememberedProofs: few } }), answer);
      }, express);
    });
    after(async () => {
      await api.close();
      await issuer.close();
    });

    const urlOf = (path) => `http://127.0.0.1:${api.port}${path}`;

    /** Sends the token with a proof; `change` is that of `proofOf`. */
    async function send(
      path,
      { change, as = client, scheme = 'DPoP', proof, method = 'GET', headers = [], presented = token, url } = {},
    ) {
      const own =
        proof ?? (await proofOf(as, { method, url: url ?? urlOf(path.split('?')[0]), token: presented }, change));
      return api.send(path, {
        method,
        headers: [['Authorization', `${scheme} ${presented}`], ['DPoP', own], ...headers],
      });
    }

    it('lets a token pass with a proof of its key', async () => {
      for (const [path, method] of [
        ['/accepted', 'GET'],
        ['/accepted?a=1&b=%2F', 'GET'],
        ['/accepted/deeper', 'POST'],
        ['/required', 'GET'],
      ]) {
        const { status, json } = await send(path, { method });
        assert.deepEqual([status, json], [200, { sub: 'alice', token }], path);
      }
      for (const scheme of ['dpop', 'DPOP', 'DpOp'])
        assert.equal((await send('/accepted', { scheme })).status, 200, scheme);
    });

    it('takes proofs of every accepted algorithm', async () => {
      for (const [alg, more] of [['ES256'], ['ES384'], ['ES512'], ['RS256'], ['PS256'], ['EdDSA'], ['Ed25519']]) {
        const own = await dpopClient(alg, more);
        const presented = await issuer.token({ claims: { cnf: { jkt: own.jkt } } });
        assert.equal((await send('/accepted', { as: own, presented })).status, 200, alg);
        assert.equal((await send('/es384', { as: own, presented })).status, alg === 'ES384' ? 200 : 400, alg);
      }
    });

    it('still lets bearer tokens pass, unless proofs are required', async () => {
      const presented = await issuer.token();
      assert.equal((await api.send('/accepted', { token: presented })).status, 200);
      const { status, challenge, json } = await api.send('/required', { token: presented });
      assert.deepEqual([status, json.reason], [401, 'proof_required']);
      assert.match(challenge, /^DPoP error="invalid_token", error_description="[^"]+", algs="[^"]+"$/);
      assert.equal((await api.send('/required')).challenge, `DPoP ${ALGS}`);
      assert.equal((await api.send('/off')).challenge, 'Bearer realm="api"');
    });

    it('never lets a bound token pass as a bearer token', async () => {
      for (const path of ['/accepted', '/required', '/off', '/optional']) {
        for (const headers of [[], [['DPoP', await proofOf(client, { url: urlOf(path), token })]]]) {
          const { status, json } = await api.send(path, { token, headers });
          assert.deepEqual([status, json.reason], [401, 'proof_required'], path);
        }
      }
      const { challenge } = await api.send('/accepted', { token });
      const words =
        'error="invalid_token", error_description="DPoP-bound token requires the DPoP authentication scheme, not Bearer."';
      assert.equal(challenge, `Bearer realm="api", ${words}${AND_DPOP}`);
      assert.equal((await send('/off')).json.reason, 'credential_missing');
    });

    it('refuses by the check, in the words of old', async () => {
      const stranger = await dpopClient();
      const jwks = { private: client.privateJwk, symmetric: { kty: 'oct', k: 'eHh4' } };
      const proof = (change) => proofOf(client, { url: urlOf('/accepted'), token }, change);
      const good = await proof();
      const [header, payload, signature] = good.split('.');
      for (const [what, reason, message, code = 'invalid_dpop_proof'] of [
        [{ change: { claims: { htm: 'POST' } } }, 'proof_method_mismatch', 'DPoP Proof htm mismatch'],
        [{ change: { claims: { htm: 'get' } } }, 'proof_method_mismatch', 'DPoP Proof htm mismatch'],
        [{ change: { unset: ['htm'] } }, 'proof_claim_malformed', 'Missing "htm" in DPoP proof'],
        ...[
          urlOf('/other'),
          urlOf('/Accepted'),
          `https://127.0.0.1:${api.port}/accepted`,
          'http://127.0.0.1/accepted',
          `http://localhost:${api.port}/accepted`,
          `${urlOf('/accepted')}/`,
          'nonsense',
          '',
        ].map((htu) => [{ change: { claims: { htu } } }, 'proof_url_mismatch', 'DPoP Proof htu mismatch']),
        [{ change: { unset: ['htu'] } }, 'proof_claim_malformed', 'Missing "htu" in DPoP proof'],
        [
          { change: { claims: { iat: now() - 301 } } },
          'proof_too_old',
          'DPoP proof "iat" is outside the acceptable range',
        ],
        [
          { change: { claims: { iat: now() + 40 } } },
          'proof_from_future',
          'DPoP proof "iat" is outside the acceptable range',
        ],
        [{ change: { claims: { iat: 'now' } } }, 'proof_claim_malformed', 'Missing "iat" claim in DPoP proof'],
        [{ change: { unset: ['iat'] } }, 'proof_claim_malformed', 'Missing "iat" claim in DPoP proof'],
        [{ change: { unset: ['jti'] } }, 'proof_claim_malformed', 'Missing "jti" in DPoP proof'],
        [{ change: { unset: ['ath'] } }, 'proof_claim_malformed', 'Missing "ath" claim in DPoP proof'],
        [{ change: { claims: { ath: hashOf('other') } } }, 'proof_token_mismatch', 'DPoP Proof "ath" mismatch'],
        [{ change: { header: { typ: 'JWT' } } }, 'proof_type_mismatch', 'unexpected "typ" JWT header value'],
        [
          { change: { header: { jwk: jwks.private } } },
          'proof_key_unusable',
          '"jwk" (JSON Web Key) Header Parameter must be a public key',
        ],
        [
          { change: { header: { jwk: jwks.symmetric } } },
          'proof_key_unusable',
          '"jwk" (JSON Web Key) Header Parameter must be a public key',
        ],
        [
          { change: { unset: ['jwk'] } },
          'proof_key_unusable',
          '"jwk" (JSON Web Key) Header Parameter must be a public key',
        ],
        [
          { change: { header: { alg: 'HS256' }, signWith: new Uint8Array(32) } },
          'proof_algorithm_not_allowed',
          '"alg" (Algorithm) Header Parameter not allowed',
        ],
        [{ change: { signWith: stranger.privateKey } }, 'proof_signature_invalid', 'signature verification failed'],
        [{ as: stranger }, 'proof_key_mismatch', 'JWT Access Token confirmation mismatch', 'invalid_token'],
        [{ proof: `${header}.${payload}` }, 'proof_malformed', 'Invalid Compact JWS'],
        [{ proof: `${good}.x` }, 'proof_malformed', 'Invalid Compact JWS'],
        [
          { proof: `${header}.${payload}.${signature.slice(4)}` },
          'proof_signature_invalid',
          'signature verification failed',
        ],
        [{ proof: `${good}, ${good}` }, 'proof_malformed', 'Invalid Compact JWS'],
        [{ headers: [['DPoP', good]] }, 'proof_repeated', 'Multiple DPoP proofs are not allowed'],
        [
          { presented: await issuer.token() },
          'token_not_bound',
          'JWT Access Token has no jkt confirmation claim',
          'invalid_token',
        ],
      ]) {
        const { status, json, challenge } = await send('/accepted', what);
        assert.deepEqual([json.reason, json.message, json.code], [reason, message, code], JSON.stringify(what));
        assert.equal(status, code === 'invalid_token' ? 401 : 400);
        assert.equal(json.name, code === 'invalid_token' ? 'InvalidTokenError' : 'InvalidProofError');
        assert.equal(
          challenge,
          `Bearer realm="api", DPoP error="${code}", error_description="${message.replace(/"/g, "'")}", ${ALGS}`,
        );
      }
      const missing = await api.send('/accepted', { headers: { authorization: `DPoP ${token}` } });
      assert.deepEqual([missing.status, missing.json.reason], [400, 'proof_missing']);
      assert.equal((await send('/accepted', { proof: good })).status, 200, 'none of these has used it up');
    });

    it('answers as Rust does where the words of the core are asked for', async () => {
      const { status, json, challenges } = await send('/core', { change: { claims: { htm: 'PUT' } } });
      assert.deepEqual(
        [status, json],
        [401, { error: 'invalid_dpop_proof', error_description: 'the DPoP proof is for another method' }],
      );
      assert.deepEqual(challenges, [
        'Bearer realm="api"',
        `DPoP realm="api", error="invalid_dpop_proof", error_description="the DPoP proof is for another method", ${ALGS}`,
      ]);
      const nonce = await send('/core-nonces');
      assert.deepEqual([nonce.status, nonce.json.error], [401, 'use_dpop_nonce']);
      assert.match(nonce.headers['dpop-nonce'], /^[\w-]+$/);
    });

    it('lets a proof pass once, however many come at a time', async () => {
      for (const path of ['/accepted', '/shared']) {
        const proof = await proofOf(client, { url: urlOf(path), token });
        const answers = await Promise.all(Array.from({ length: 64 }, () => send(path, { proof })));
        const passed = answers.filter(({ status }) => status === 200);
        assert.equal(passed.length, 1, path);
        const refused = answers.filter(({ status }) => status !== 200);
        for (const { status, json } of refused)
          assert.deepEqual([status, json.name, json.reason], [400, 'InvalidProofError', 'proof_replayed']);
      }
    });

    it('tells two clients with the same jti apart', async () => {
      const other = await dpopClient();
      const presented = await issuer.token({ claims: { cnf: { jkt: other.jkt } } });
      const change = { claims: { jti: 'the same' } };
      assert.equal((await send('/accepted', { change })).status, 200);
      assert.equal((await send('/accepted', { change, as: other, presented })).status, 200);
      assert.equal((await send('/accepted', { change })).json.reason, 'proof_replayed');
    });

    it('remembers a proof from the future for as long as it could be accepted', async () => {
      const proof = await proofOf(client, { url: urlOf('/future'), token }, { claims: { iat: now() + 20 } });
      assert.equal((await send('/future', { proof })).status, 200);
      await withCalendarMoved(310_000, async () => {
        assert.equal((await send('/future', { proof })).json.reason, 'proof_replayed');
      });
      await withCalendarMoved(330_000, async () => {
        assert.equal((await send('/future', { proof })).json.reason, 'proof_too_old');
      });
    });

    it('looks at a proof once, however many middlewares look at the request', async () => {
      for (const path of ['/twice', '/shared']) {
        const proof = await proofOf(client, { url: urlOf(path), token });
        assert.equal((await send(path, { proof })).status, 200, path);
        assert.equal((await send(path, { proof })).json.reason, 'proof_replayed', path);
      }
    });

    it('refuses with 503 when no more proofs can be remembered', async () => {
      for (let proof = 0; proof < few; proof += 1) assert.equal((await send('/few')).status, 200);
      const { status, json, headers } = await send('/few');
      assert.deepEqual([status, json.name, json.reason], [503, 'UnavailableError', 'replay_store_unavailable']);
      assert.match(headers['retry-after'], /^[1-9]\d*$/);
      await withCalendarMoved(400_000, async () => {
        const claims = { cnf: { jkt: client.jkt } };
        assert.equal(
          (await send('/few', { presented: await issuer.token({ claims }) })).status,
          200,
          'what has expired makes room',
        );
      });
    });

    it('holds proofs to the window that is set', async () => {
      for (const [iat, status] of [
        [-8, 200],
        [-12, 400],
        [4, 200],
        [8, 400],
      ]) {
        assert.equal((await send('/window', { change: { claims: { iat: now() + iat } } })).status, status, String(iat));
      }
    });

    it('asks for a nonce, takes it, and hands out the next one (RFC 9449 §9)', async () => {
      const first = await send('/nonces');
      assert.deepEqual(
        [first.status, first.json.name, first.json.code, first.json.reason],
        [401, 'NonceRequiredError', 'use_dpop_nonce', 'proof_nonce_required'],
      );
      assert.match(
        first.challenge,
        /^DPoP error="use_dpop_nonce", error_description="[^"]+", algs="[^"]+", Bearer realm="api"$/,
      );
      const nonce = first.headers['dpop-nonce'];
      const withNonce = (value) => ({ change: { claims: { nonce: value } } });
      const passed = await send('/nonces', withNonce(nonce));
      assert.deepEqual([passed.status, passed.headers['dpop-nonce']], [200, undefined]);
      for (const wrong of ['x', '', nonce.slice(1), `${nonce}A`]) {
        assert.equal((await send('/nonces', withNonce(wrong))).json.reason, 'proof_nonce_required', wrong);
      }
      assert.equal((await send('/nonces', withNonce(7))).json.reason, 'proof_claim_malformed');
      await withCalendarMoved(200_000, async () => {
        const ageing = await send('/nonces', withNonce(nonce));
        assert.equal(ageing.status, 200);
        const next = ageing.headers['dpop-nonce'];
        assert.notEqual(next, nonce);
        assert.equal((await send('/nonces', withNonce(next))).status, 200);
      });
      await withCalendarMoved(400_000, async () => {
        assert.equal((await send('/nonces', withNonce(nonce))).json.reason, 'proof_nonce_required');
      });
    });

    it('compares with the URL that clients use', async () => {
      const url = 'https://api.example.com/base/origin';
      assert.equal((await send('/origin', { url })).status, 200);
      for (const htu of [
        `${url}?query#fragment`,
        'HTTPS://API.EXAMPLE.COM:443/base/origin',
        'https://api.example.com/base/%6Frigin',
        'https://api.example.com/base/./x/../origin',
      ]) {
        assert.equal((await send('/origin', { url: htu })).status, 200, htu);
      }
      for (const htu of [
        urlOf('/origin'),
        'https://api.example.com/origin',
        'https://api.example.com:8443/base/origin',
        'https://api.example.com/base%2Forigin',
      ]) {
        assert.equal((await send('/origin', { url: htu })).json.reason, 'proof_url_mismatch', htu);
      }
    });

    it('leaves nobody anonymous who shows a bad proof', async () => {
      assert.equal(
        (await send('/optional', { change: { claims: { htm: 'PUT' } } })).json.reason,
        'proof_method_mismatch',
      );
    });
  });
}

describe('The URL that a proof must name', () => {
  const NAMED = { proxyHeaders: { host: 'x-forwarded-host', proto: 'x-forwarded-proto' } };
  const cases = {
    nobody: undefined,
    loopback: 'loopback',
    elsewhere: '10.0.0.0/8',
    one: 1,
  };
  let issuer;
  let client;
  let token;
  before(async () => {
    issuer = await startIssuer();
    client = await dpopClient();
    token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
  });
  after(() => issuer.close());

  async function ask(trust, own, { headers, htu, host }) {
    const api = await serve((app) => {
      if (trust !== undefined) app.set('trust proxy', trust);
      app.use(auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, ...own }), (_req, res) => res.json({}));
    });
    const direct = `http://127.0.0.1:${api.port}/a`;
    const proof = await proofOf(client, { url: htu ?? direct, token });
    const list = [['Authorization', `DPoP ${token}`], ['DPoP', proof], ...headers, ...(host ? [['Host', host]] : [])];
    try {
      const { status, json } = await api.send('/a', { headers: list });
      return json.reason ?? status;
    } finally {
      await api.close();
    }
  }

  it("is the proxy's word where Express trusts it, and the connection's otherwise", async () => {
    const headers = [
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Host', 'api.example.com'],
    ];
    const htu = 'https://api.example.com/a';
    for (const [name, trust] of Object.entries(cases)) {
      const trusted = name === 'loopback' || name === 'one';
      assert.equal(await ask(trust, NAMED, { headers, htu }), trusted ? 200 : 'proof_url_mismatch', name);
      assert.equal(await ask(trust, NAMED, { headers }), trusted ? 'proof_url_mismatch' : 200, name);
      assert.equal(await ask(trust, NAMED, { headers: [] }), trusted ? 'proof_url_mismatch' : 200, name);
    }
    const forwarded = [['Forwarded', 'proto=https;host=api.example.com']];
    const rfc = { proxyHeaders: { host: 'forwarded', proto: 'forwarded' } };
    assert.equal(await ask('loopback', rfc, { headers: forwarded, htu }), 200);
    assert.equal(
      await ask('loopback', rfc, { headers: [...headers, ['Forwarded', 'proto=http;host=other.example']], htu }),
      'proof_url_mismatch',
      'those headers are not looked at then',
    );
    assert.equal(await ask('loopback', NAMED, { headers: forwarded, htu }), 'proof_url_mismatch');
    assert.equal(await ask(undefined, rfc, { headers: forwarded, htu }), 'proof_url_mismatch');
  });

  it('is not what a trusted proxy passes on in headers that were not named', async () => {
    const headers = [
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Host', 'evil.test'],
      ['Forwarded', 'proto=https;host=evil.test'],
    ];
    const htu = 'https://evil.test/a';
    for (const own of [
      {},
      { proxyHeaders: {} },
      { proxyHeaders: { proto: 'x-forwarded-proto' } },
      { proxyHeaders: { proto: 'forwarded' } },
      { clientCertificateHeader: { kind: 'client-cert' } },
      { publicOrigin: 'https://api.example.com', clientCertificateHeader: { kind: 'client-cert' } },
    ]) {
      assert.equal(await ask('loopback', own, { headers, htu }), 'proof_url_mismatch', JSON.stringify(own));
    }
    assert.equal(await ask('loopback', {}, { headers }), 200, 'and does no harm');
    assert.equal(
      await ask('loopback', { proxyHeaders: { host: 'x-forwarded-host' } }, { headers, htu: 'http://evil.test/a' }),
      200,
      'the host alone',
    );
  });

  it('is none where the proxy contradicts itself', async () => {
    const htu = 'https://api.example.com/a';
    for (const headers of [
      [
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Host', 'api.example.com'],
      ],
      [
        ['X-Forwarded-Proto', 'gopher'],
        ['X-Forwarded-Host', 'api.example.com'],
      ],
      [
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Host', 'api.example.com/a?'],
      ],
      [
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Host', 'api\xe9.example.com'],
      ],
    ]) {
      assert.equal(await ask('loopback', NAMED, { headers, htu }), 'proof_url_mismatch', JSON.stringify(headers));
    }
  });
});

describe('The options of DPoP', () => {
  const make = (own) => () => auth({ issuerBaseURL: 'https://issuer.example', audience: AUDIENCE, ...own });

  it('are refused at start where they cannot work', () => {
    for (const [dpop, message] of [
      [{ iatOffset: 0 }, 'dpop.iatOffset: from a second to an hour'],
      [{ iatOffset: 3601 }, 'dpop.iatOffset: from a second to an hour'],
      [{ iatOffset: Number.POSITIVE_INFINITY }, 'dpop.iatOffset: from a second to an hour'],
      [{ iatLeeway: 301 }, 'dpop.iatLeeway: at most five minutes'],
      [{ algorithms: [] }, 'dpop.algorithms: the list of algorithms for DPoP proofs is empty'],
      [
        { algorithms: ['HS256'] },
        'dpop.algorithms: a DPoP proof is signed with a private key; an HS algorithm has only a shared secret',
      ],
      [{ algorithms: ['none'] }, 'dpop.algorithms[0]: must be the name of a signature algorithm, such as RS256'],
      [{ algorithms: 'ES256' }, 'Invalid DPoP option: "algorithms" must be an array'],
      [{ nonces: 1 }, 'Invalid DPoP option: "nonces" must be a boolean, or an object with a "secret"'],
      [{ nonces: {} }, 'Invalid DPoP option: "nonces" must be a boolean, or an object with a "secret"'],
      [
        { nonces: { secret: 'short' } },
        'dpop.nonces.secret: a secret of 5 bytes is too short; use at least 32 random ones',
      ],
      [{ nonces: { secret: 'x'.repeat(32), lifetime: 1 } }, 'dpop.nonces.lifetime: from ten seconds to an hour'],
      [{ rememberedProofs: 0 }, 'Invalid DPoP option: "rememberedProofs" must be a positive integer'],
    ]) {
      assert.throws(make({ dpop }), { message }, JSON.stringify(dpop));
    }
    assert.throws(
      make({ publicOrigin: 'api.example.com' }),
      /^Error: publicOrigin: "api\.example\.com": must be an absolute URL/,
    );
    assert.throws(
      make({ proxyHeaders: { host: 'both' } }),
      /^Error: proxyHeaders\.host: is not one of the words .* \(the words are x-forwarded-host, forwarded\)$/,
    );
    assert.throws(
      make({ proxyHeaders: { proto: 'x-forwarded-host' } }),
      /^Error: proxyHeaders\.proto: is not one of the words .* \(the words are x-forwarded-proto, forwarded\)$/,
    );
    assert.throws(make({ proxyHeaders: { port: 'x-forwarded-port' } }), {
      message: "'proxyHeaders' has no option 'port'; there are host, proto",
    });
    assert.throws(make({ proxyHeaders: 'x-forwarded' }), { message: "'proxyHeaders' must be an object" });
    assert.throws(make({ replayStore: {} }), { message: "'replayStore' must have a function 'claim'" });
  });

  it('let machines share the secret of nonces, and exchange it', async () => {
    const issuer = await startIssuer();
    const client = await dpopClient();
    const [old, young] = ['o', 'y'].map((letter) => letter.repeat(32));
    const nonces = {
      '/one': { secret: old },
      '/two': { secret: Buffer.from(old) },
      '/exchanged': { secret: young, previousSecret: old },
      '/over': { secret: young },
    };
    const replayStore = new MapStore();
    const api = await serve((app) => {
      for (const [path, own] of Object.entries(nonces)) {
        app.use(
          path,
          auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, dpop: { nonces: own }, replayStore }),
          (_req, res) => res.json({}),
        );
      }
    });
    try {
      const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
      const send = async (path, claims) => {
        const proof = await proofOf(client, { url: `http://127.0.0.1:${api.port}${path}`, token }, { claims });
        return api.send(path, {
          headers: [
            ['Authorization', `DPoP ${token}`],
            ['DPoP', proof],
          ],
        });
      };
      const nonce = (await send('/one')).headers['dpop-nonce'];
      const statuses = {};
      for (const path of Object.keys(nonces)) statuses[path] = (await send(path, { nonce })).status;
      assert.deepEqual(statuses, { '/one': 200, '/two': 200, '/exchanged': 200, '/over': 401 });
    } finally {
      await api.close();
      await issuer.close();
    }
  });
});

describe('After a restart with the same secret for nonces', () => {
  it('a proof from before it is asked for a new nonce, where no store remembers it', async () => {
    const issuer = await startIssuer();
    const client = await dpopClient();
    const start = async () => {
      const child = spawn(process.execPath, [here('children/restarted.mjs'), issuer.url, AUDIENCE, 'n'.repeat(32)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const [line] = await once(child.stdout, 'data');
      const port = Number(line);
      return { send: (path, sent) => send(port, path, sent), close: () => (child.stdin.end(), once(child, 'exit')) };
    };
    const [before, after] = [await start(), await start()];
    try {
      const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
      const proof = (claims) => proofOf(client, { url: 'https://api.example/', token }, { claims });
      const ask = (api, sent) =>
        api.send('/', {
          headers: [
            ['Authorization', `DPoP ${token}`],
            ['DPoP', sent],
          ],
        });
      const nonce = (await ask(before, await proof())).headers['dpop-nonce'];
      const used = await proof({ nonce });
      assert.equal((await ask(before, used)).status, 200);
      assert.equal((await ask(before, used)).json.reason, 'proof_replayed');
      const refused = await ask(after, used);
      assert.equal(refused.json.reason, 'proof_nonce_required');
      assert.equal((await ask(after, await proof({ nonce: refused.headers['dpop-nonce'] }))).status, 200);
      assert.equal((await ask(after, used)).json.reason, 'proof_nonce_required');
    } finally {
      await before.close();
      await after.close();
      await issuer.close();
    }
  });
});

/** What a store of one's own may be. */
class MapStore {
  #used = new Map();

  async claim(key, expiresAt) {
    if (this.#used.has(key)) return false;
    this.#used.set(key, expiresAt);
    return true;
  }
}
