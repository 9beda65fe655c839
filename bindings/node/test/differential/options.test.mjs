// The same options to both: what is refused at start, in which words.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { auth } from 'bearward/express';
import { keyPair } from '../issuer.mjs';
import { Accepted } from './accepted.mjs';

const original = createRequire(import.meta.url)('express-oauth2-jwt-bearer');
const key = await keyPair();
const LONG = 'a secret that is long enough for every HMAC algorithm, and then some more of it';

/** Values that are put together in every way. */
const PARTS = {
  issuerBaseURL: [undefined, 'https://issuer.example'],
  issuer: [undefined, 'https://issuer.example/'],
  jwksUri: [undefined, 'https://issuer.example/jwks'],
  secret: [undefined, LONG],
  publicKey: [undefined, key.jwk],
  audience: [undefined, 'api'],
  tokenSigningAlg: [undefined, 'RS256', 'HS256', 'none'],
  mcd: [undefined, { issuers: ['https://issuer.example'] }],
};

function* combinations(parts) {
  const [first, ...rest] = parts;
  if (first === undefined) {
    yield {};
    return;
  }
  const [name, values] = first;
  for (const others of combinations(rest)) {
    for (const value of values) yield value === undefined ? others : { [name]: value, ...others };
  }
}

const isIssuerAlone = (options) =>
  options.issuer &&
  ['issuerBaseURL', 'jwksUri', 'secret', 'publicKey', 'mcd'].every((name) => options[name] === undefined);

const issuer = 'https://issuer.example';
const several = (config) => ({ audience: 'api', mcd: { issuers: [config] } });
const fixed = { issuer, audience: 'api' };
const NAMED = {
  'dpop a list': { issuerBaseURL: issuer, audience: 'api', dpop: [] },
  'dpop enabled 1': { issuerBaseURL: issuer, audience: 'api', dpop: { enabled: 1 } },
  'dpop required 1': { issuerBaseURL: issuer, audience: 'api', dpop: { required: 1 } },
  'dpop iatOffset text': { issuerBaseURL: issuer, audience: 'api', dpop: { iatOffset: '1' } },
  'dpop iatLeeway negative': { issuerBaseURL: issuer, audience: 'api', dpop: { iatLeeway: -1 } },
  'dpop off and required': { issuerBaseURL: issuer, audience: 'api', dpop: { enabled: false, required: true } },
  'dpop off': { issuerBaseURL: issuer, audience: 'api', dpop: { enabled: false } },
  'dpop on': { issuerBaseURL: issuer, audience: 'api', dpop: { enabled: true } },
  'mtls a list': { issuerBaseURL: issuer, audience: 'api', mtls: [] },
  'mtls enabled 1': { issuerBaseURL: issuer, audience: 'api', mtls: { enabled: 1 } },
  'mtls required alone': { issuerBaseURL: issuer, audience: 'api', mtls: { required: true } },
  'mtls off': { issuerBaseURL: issuer, audience: 'api', mtls: { enabled: false } },
  'mtls on': { issuerBaseURL: issuer, audience: 'api', mtls: { enabled: true } },
  getCertificate: { issuerBaseURL: issuer, audience: 'api', getCertificate: () => undefined },
  'mcd without issuers': { audience: 'api', mcd: {} },
  'mcd publicKey and jwksUri': several({ issuer, publicKey: key.jwk, jwksUri: `${issuer}/jwks` }),
  'mcd publicKey and secret': several({ issuer, publicKey: key.jwk, secret: LONG, alg: 'HS256' }),
  'mcd HS256 without secret': several({ issuer, alg: 'HS256' }),
  'mcd secret with RS256': several({ issuer, secret: LONG, alg: 'RS256' }),
  'mcd secret without alg': several({ issuer, secret: LONG }),
  'mcd secret': several({ issuer, secret: LONG, alg: 'HS512' }),
  'mcd issuer with userinfo': several({ issuer: 'https://a:b@issuer.example' }),
  'mcd issuer with query': several({ issuer: 'https://issuer.example/?a' }),
  'mcd issuer with fragment': several('https://issuer.example/#a'),
  'short secret': { ...fixed, secret: 'YOUR SECRET', tokenSigningAlg: 'HS256' },
  'PEM without algorithm': { ...fixed, publicKey: key.pem },
  PEM: { ...fixed, publicKey: key.pem, tokenSigningAlg: 'RS256' },
  'PEM that is none': { ...fixed, publicKey: 'x', tokenSigningAlg: 'RS256' },
  'secret as publicKey': { ...fixed, publicKey: { kty: 'oct', k: 'AAAA' } },
  'empty JWK Set': { ...fixed, publicKey: { keys: [] } },
  'plain http': { issuerBaseURL: 'http://issuer.example', audience: 'api' },
  'plain http on this machine': { issuerBaseURL: 'http://localhost:4000', audience: 'api' },
  'issuer alone': { issuer, audience: 'api' },
  'issuer alone, not a URL': { issuer: 'issuer', audience: 'api' },
  'not a URL': { issuerBaseURL: 'issuer', audience: 'api' },
  'empty audience list': { issuerBaseURL: issuer, audience: [] },
  algorithms: { issuerBaseURL: issuer, audience: 'api', algorithms: ['RS256'] },
  jwksURI: { issuer, issuerBaseURL: issuer, jwksURI: `${issuer}/jwks`, audience: 'api' },
  required: { issuerBaseURL: issuer, audience: 'api', required: true },
  'an option of another package': { issuerBaseURL: issuer, audience: 'api', requestProperty: 'user' },
  'an option that is undefined': {
    issuerBaseURL: issuer,
    audience: 'api',
    requestProperty: undefined,
    secret: undefined,
  },
  'dpop with require': { issuerBaseURL: issuer, audience: 'api', dpop: { require: true } },
  'mtls with require': { issuerBaseURL: issuer, audience: 'api', mtls: { require: true } },
  'cache with max': { issuerBaseURL: issuer, audience: 'api', cache: { jwks: { max: 1 } } },
  'mcd issuer with algorithms': several({ issuer, algorithms: ['RS256'] }),
  'mcd issuer with issuerBaseURL': several({ issuerBaseURL: issuer }),
  'mcd and a validator': { ...several({ issuer }), validators: { sub: false } },
  'everything of the original': {
    issuerBaseURL: issuer,
    audience: ['a'],
    strict: true,
    clockTolerance: 1,
    maxTokenAge: 60,
    validators: {},
    authRequired: false,
    cooldownDuration: 1000,
    timeoutDuration: 1000,
    cacheMaxAge: 1000,
    cache: { discovery: { maxEntries: 1, ttl: 1000 }, jwks: { maxEntries: 1, ttl: 1000 } },
  },
  'dpop required undefined': { issuerBaseURL: issuer, audience: 'api', dpop: { required: undefined } },
  'dpop enabled undefined': { issuerBaseURL: issuer, audience: 'api', dpop: { enabled: undefined } },
  'mtls required undefined': { issuerBaseURL: issuer, audience: 'api', mtls: { enabled: true, required: undefined } },
  'mtls enabled undefined': { issuerBaseURL: issuer, audience: 'api', mtls: { enabled: undefined } },
  'maxTokenAge of zero': { issuerBaseURL: issuer, audience: 'api', maxTokenAge: 0 },
  'maxTokenAge of an empty variable': { issuerBaseURL: issuer, audience: 'api', maxTokenAge: '' },
  'dpop a promise': { issuerBaseURL: issuer, audience: 'api', dpop: Promise.resolve({ required: true }) },
  'tolerance of two minutes': { issuerBaseURL: issuer, audience: 'api', clockTolerance: 120 },
};

function attempt(build, options) {
  try {
    build(options);
    return 'ok';
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

/** The original's words, with what is enough here and not there. */
function withAdvice(theirs) {
  const isMissing = theirs.startsWith("AssertionError: You must provide 'mcd', 'issuerBaseURL', or both");
  return isMissing ? `${theirs}; an 'issuer' that is a URL is enough by itself, and so is a 'provider'` : theirs;
}

describe('options beside express-oauth2-jwt-bearer', () => {
  it('are refused in the same words, in every combination', () => {
    let compared = 0;
    for (const options of combinations(Object.entries(PARTS))) {
      compared += 1;
      // The original knows no issuer without a place for its keys; Bearward asks the issuer.
      const same = isIssuerAlone(options) ? { ...options, issuerBaseURL: options.issuer } : options;
      const theirs = attempt(original.auth, same);
      assert.equal(attempt(auth, options), withAdvice(theirs), JSON.stringify(Object.keys(options)));
    }
    assert.equal(compared, 512);
  });

  it('are refused for what is listed besides', () => {
    const accepted = new Accepted('./accepted-differences.json', 'options');
    const unlisted = [];
    for (const [name, options] of Object.entries(NAMED)) {
      const [theirs, ours] = [attempt(original.auth, options), attempt(auth, options)];
      if (withAdvice(theirs) !== ours && !accepted.covers(undefined, name, theirs, ours))
        unlisted.push({ case: name, original: theirs, bearward: ours });
    }
    assert.ok(
      Accepted.none(unlisted),
      `not in accepted-differences.json: ${JSON.stringify(unlisted.slice(0, 5), null, 1)}`,
    );
    assert.deepEqual(accepted.unseen, []);
  });

  it('are taken from the environment', () => {
    const environments = [
      { ISSUER_BASE_URL: issuer, AUDIENCE: 'api' },
      { ISSUER: issuer, JWKS_URI: `${issuer}/jwks`, AUDIENCE: 'api', TOKEN_SIGNING_ALG: 'ES256' },
      { ISSUER: issuer, SECRET: LONG, TOKEN_SIGNING_ALG: 'HS256', AUDIENCE: 'api' },
      { ISSUER: issuer, SECRET: LONG, AUDIENCE: 'api' },
      { ISSUER_BASE_URL: issuer },
      { AUDIENCE: 'api' },
    ];
    for (const environment of environments) {
      Object.assign(process.env, environment);
      const [theirs, ours] = [attempt(original.auth), attempt(auth)];
      for (const name of Object.keys(environment)) delete process.env[name];
      assert.equal(ours, withAdvice(theirs), JSON.stringify(environment));
    }
  });
});
