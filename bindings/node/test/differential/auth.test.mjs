// The same requests to `express-oauth2-jwt-bearer` and to `bearward/express`.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { auth } from 'bearward/express';
import { express, serve } from '../app.mjs';
import { AUDIENCE, keyPair, startIssuer } from '../issuer.mjs';
import { Accepted } from './accepted.mjs';
import { changed, requests, TOKEN_CHANGES } from './cases.mjs';

const original = createRequire(import.meta.url)('express-oauth2-jwt-bearer');

const SECRET = 'a secret that is as long as the hash of HS256';
/** Without DPoP; what both say with it is compared beside this. */
const PLAIN = { dpop: { enabled: false } };

function optionSets({ issuer, key, jwksUri, jwk, other }) {
  const fixed = { issuer, audience: AUDIENCE, ...PLAIN };
  const discovered = { issuerBaseURL: issuer, audience: AUDIENCE, ...PLAIN };
  return {
    discovery: discovered,
    defaults: { issuerBaseURL: issuer, audience: AUDIENCE },
    jwksUri: { ...fixed, jwksUri },
    PEM: { ...fixed, publicKey: key.pem, tokenSigningAlg: 'RS256' },
    JWK: { ...fixed, publicKey: jwk },
    'JWK Set': { ...fixed, publicKey: { keys: [other.jwk, jwk] } },
    strict: { ...discovered, strict: true },
    maxTokenAge: { ...discovered, maxTokenAge: 3600 },
    'clockTolerance 60': { ...discovered, clockTolerance: 60 },
    audiences: { ...discovered, audience: ['x', AUDIENCE] },
    'another algorithm': { ...fixed, jwksUri, tokenSigningAlg: 'RS512' },
    optional: { ...discovered, authRequired: false },
    'aud off': { ...discovered, validators: { aud: false } },
    'iss off': { ...discovered, validators: { iss: false } },
    'exp off': { ...discovered, validators: { exp: false } },
    'iat off': { ...discovered, validators: { iat: false } },
    'sub alice': { ...discovered, validators: { sub: 'alice' } },
    'own claim': { ...discovered, validators: { team: (team) => team === undefined } },
    asynchronous: {
      ...discovered,
      validators: {
        sub: async (sub, claims, header) => sub === 'alice' && claims.sub === sub && header.alg === 'RS256',
      },
    },
    'strict but typ': { ...discovered, strict: true, validators: { typ: false } },
    'mcd one': { mcd: { issuers: issuer }, audience: AUDIENCE, ...PLAIN },
    'mcd list': { mcd: { issuers: ['https://unused.example', issuer] }, audience: AUDIENCE, ...PLAIN },
    'mcd with keys': { mcd: { issuers: [{ issuer, jwksUri, alg: 'RS256' }] }, audience: AUDIENCE, ...PLAIN },
    'mcd resolver': {
      mcd: { issuers: async ({ url, headers }) => (url.hostname === '127.0.0.1' && headers.host ? [issuer] : []) },
      audience: AUDIENCE,
      ...PLAIN,
    },
  };
}

/** `200`, or `401 invalid_token Unexpected 'aud' value`. */
function summary({ status, json }) {
  if (status === 200) return json.auth === null ? '200 anonymous' : '200';
  return [status, json?.code || '-', json?.message].join(' ').trim();
}

/** The algorithms for proofs are another few: the original has some that nobody uses, and lacks Ed25519. */
function withoutAlgorithms(challenge) {
  return challenge?.replace(/algs="[^"]*"/, 'algs="…"');
}

function mount(app, path, handler) {
  app.use(path, express.urlencoded({ extended: false }), express.json(), handler, (req, res) =>
    res.json({ auth: req.auth ?? null }),
  );
}

/** A generator of its own, so that a failure can be run again. */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

describe('auth() beside express-oauth2-jwt-bearer', () => {
  let issuer;
  let api;
  let sets;
  let otherKey;
  const accepted = new Accepted('./accepted-differences.json', 'auth');
  before(async () => {
    issuer = await startIssuer();
    otherKey = await keyPair();
    const spare = await keyPair('RS256', 'spare');
    sets = optionSets({
      issuer: issuer.issuer,
      key: issuer.key,
      jwksUri: issuer.jwksUri,
      jwk: issuer.key.jwk,
      other: spare,
    });
    sets.secret = { issuer: issuer.issuer, audience: AUDIENCE, secret: SECRET, tokenSigningAlg: 'HS256', ...PLAIN };
    api = await serve((app) => {
      for (const [name, options] of Object.entries(sets)) {
        mount(app, `/original/${encodeURIComponent(name)}`, original.auth(options));
        mount(app, `/bearward/${encodeURIComponent(name)}`, auth(options));
      }
    });
  });
  after(async () => {
    await api.close();
    await issuer.close();
  });

  const ask = (side, options, { path = '', ...request }) =>
    api.send(`/${side}/${encodeURIComponent(options)}${path}`, request);

  it('says the same, or what is listed', async () => {
    const secretKey = {
      alg: 'HS256',
      kid: 'k1',
      secret: SECRET,
      privateKey: new TextEncoder().encode(SECRET),
      pem: SECRET,
    };
    const byKey = {
      asymmetric: await requests({ key: issuer.key, otherKey, issuer: issuer.issuer }),
      secret: await requests({
        key: secretKey,
        otherKey: { ...secretKey, privateKey: new TextEncoder().encode(`${SECRET}!`) },
        issuer: issuer.issuer,
      }),
    };
    const unlisted = [];
    for (const options of Object.keys(sets)) {
      for (const [name, made] of Object.entries(byKey[options === 'secret' ? 'secret' : 'asymmetric'])) {
        const request = await made();
        const [theirs, ours] = await Promise.all([
          ask('original', options, request),
          ask('bearward', options, request),
        ]);
        const [a, b] = [summary(theirs), summary(ours)];
        if (a === b) {
          assert.deepEqual(ours.json.auth, theirs.json.auth, `${options}: ${name}`);
          assert.equal(withoutAlgorithms(ours.challenge), withoutAlgorithms(theirs.challenge), `${options}: ${name}`);
        } else if (!accepted.covers(options, name, a, b)) {
          unlisted.push({ options, case: name, original: a, bearward: b });
        }
      }
    }
    assert.ok(
      Accepted.none(unlisted),
      `not in accepted-differences.json: ${JSON.stringify(unlisted.slice(0, 5), null, 1)}`,
    );
    assert.deepEqual(accepted.unseen, [], 'listed differences that do not occur');
  });

  it('lets nobody in that the original refuses, whatever the changes together', async () => {
    const pick = random(20_261_121);
    const names = Object.keys(TOKEN_CHANGES);
    const options = Object.keys(sets).filter((name) => name !== 'secret');
    const wrong = [];
    for (let round = 0; round < 600; round += 1) {
      const set = options[pick(options.length)];
      const together = Array.from({ length: 2 + pick(3) }, () => names[pick(names.length)]);
      const token = await changed(issuer.key, issuer.issuer, together);
      const request = { headers: { authorization: `Bearer ${token}` } };
      const [theirs, ours] = await Promise.all([ask('original', set, request), ask('bearward', set, request)]);
      if (ours.status === 200 && theirs.status !== 200 && !accepted.admits(set, together))
        wrong.push({ set, together, theirs: summary(theirs) });
    }
    assert.deepEqual(wrong, []);
  });
});
