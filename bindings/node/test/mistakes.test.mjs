// Mistakes in the options that would leave a protection off, or say nothing of themselves.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import {
  auth,
  authorize,
  errorHandler,
  organization,
  protectedResourceMetadata,
  requireRoles,
  RevocationList,
} from 'bearward/express';
import { secure } from 'bearward/express-oauth-jwt';
import { closest } from '../dist/misspelling.js';

const BASE = { issuer: 'https://issuer.example', audience: 'api' };
const CLIENT = { clientId: 'api', clientSecret: 'a secret' };
const store = () => ({ entries: async () => [] });
const protect = (options) => () => auth({ ...BASE, ...options });
const refused = (options, message) => assert.throws(protect(options), { message });

function inEnvironment(variables, run) {
  Object.assign(process.env, variables);
  try {
    run();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
}

describe('auth() with a mistake in its options', () => {
  it('asks every revocation list and store, or says that it cannot', () => {
    const list = new RevocationList();
    const message = "'revocation' takes at most one RevocationList and at most one store";
    for (const revocation of [
      [list, new RevocationList()],
      [store(), store()],
      [list, store(), store()],
      [list, list],
    ]) {
      refused({ revocation }, message);
    }
    for (const revocation of [list, store(), [list], [store(), list], [list, store()]]) protect({ revocation })();
  });

  it('refuses unknown names in groups, and says which name was meant or which there are', () => {
    for (const [options, group, name, advice] of [
      [{ dpop: { require: true } }, "'dpop'", 'require', "did you mean 'required'?"],
      [
        { dpop: { strict: true } },
        "'dpop'",
        'strict',
        'there are enabled, required, iatOffset, iatLeeway, algorithms, nonces, rememberedProofs',
      ],
      [
        { dpop: { nonces: { secret: 'x'.repeat(32), lifeTime: 60 } } },
        "'dpop.nonces'",
        'lifeTime',
        "did you mean 'lifetime'?",
      ],
      [{ mtls: { enabled: true, requires: true } }, "'mtls'", 'requires', "did you mean 'required'?"],
      [{ introspection: { ...CLIENT, token: 'every' } }, "'introspection'", 'token', "did you mean 'tokens'?"],
      [{ introspection: { client_id: 'api' } }, "'introspection'", 'client_id', "did you mean 'clientId'?"],
      [{ dangerous: { queryToken: false } }, "'dangerous'", 'queryToken', "did you mean 'queryTokens'?"],
      [
        { dangerous: { noExpiry: true } },
        "'dangerous'",
        'noExpiry',
        'there are plainHttp, queryTokens, clockTolerance, tokensWithoutIssuer',
      ],
      [
        { resource: { identifier: 'https://api.example.com', scope: ['a'] } },
        "'resource'",
        'scope',
        "did you mean 'scopes'?",
      ],
      [
        { clientCertificateHeader: { kind: 'pem', name: 'x' } },
        "'clientCertificateHeader'",
        'name',
        'there are kind, header',
      ],
      [
        { clientCertificateHeader: { kind: 'xfcc', header: 'x' } },
        "'clientCertificateHeader'",
        'header',
        'there are kind',
      ],
      [{ mtls: { constructor: true } }, "'mtls'", 'constructor', 'there are enabled, required'],
      [{ cache: { jwk: {} } }, "'cache'", 'jwk', "did you mean 'jwks'?"],
      [{ cache: { jwks: { TTL: 1 } } }, "'cache.jwks'", 'TTL', "did you mean 'ttl'?"],
      [{ cache: { discovery: { max: 1 } } }, "'cache.discovery'", 'max', 'there are maxEntries, ttl'],
    ]) {
      refused(options, `${group} has no option '${name}'; ${advice}`);
    }
  });

  it('refuses an unknown name, which the original ignores, and says which was meant', () => {
    for (const [name, meant] of [
      ['jwksURI', "'jwksUri'"],
      ['jwks_uri', "'jwksUri'"],
      ['issuerBaseUrl', "'issuerBaseURL'"],
      ['clockTolerence', "'clockTolerance'"],
      ['authRequird', "'authRequired'"],
      ['audeince', "'audience'"],
      ['algorithms', "'tokenSigningAlg', which names one algorithm"],
      ['alg', "'tokenSigningAlg'"],
      ['required', "'authRequired'"],
      ['credentialsRequired', "'authRequired'"],
      ['issuers', "'mcd.issuers'"],
      ['plainHttp', "'dangerous.plainHttp'"],
      ['nonces', "'dpop.nonces'"],
    ]) {
      refused({ [name]: ['RS256'] }, `auth() has no option '${name}'; did you mean ${meant}?`);
    }
    assert.throws(protect({ requestProperty: 'user' }), ({ message }) =>
      /^auth\(\) has no option 'requestProperty'; there are issuerBaseURL, issuer, .*, dangerous$/.test(message),
    );
    protect({ [Symbol('theirs')]: 1, unset: undefined })();
  });

  it('refuses an unknown name in the configuration of one of several issuers, listed or named by a function', async () => {
    const config = { issuer: BASE.issuer, algorithms: ['ES256'] };
    const message = "an issuer of mcd has no option 'algorithms'; did you mean 'alg', which names one algorithm?";
    assert.throws(() => auth({ audience: 'api', mcd: { issuers: [config] } }), { message });
    assert.throws(() => auth({ audience: 'api', mcd: { issuers: [{ issuerBaseURL: BASE.issuer }] } }), {
      message: /did you mean 'issuer'\?$/,
    });
    assert.throws(() => auth({ audience: 'api', mcd: { issuer: [config] } }), {
      message: "'mcd' has no option 'issuer'; did you mean 'issuers'?",
    });
    const api = auth({ audience: 'api', mcd: { issuers: () => [config] } });
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const authorization = `Bearer ${part({ alg: 'ES256' })}.${part({ iss: BASE.issuer })}.AAAA`;
    const request = { method: 'GET', url: '/', headers: { authorization, host: 'api.example.com' } };
    await assert.rejects(api(request, { setHeader() {} }), { message });
  });

  it('refuses an unknown name wherever else options are taken', () => {
    const secured = { issuer: 'https://issuer.example', audience: 'api' };
    for (const [build, message] of [
      [
        () => secure(async () => {}, { ...secured, scopes: ['a'] }),
        "secure() has no option 'scopes'; did you mean 'scope'?",
      ],
      [
        () => secure(async () => {}, { ...secured, tokenSigningAlg: 'RS256' }),
        "secure() has no option 'tokenSigningAlg'; did you mean 'algorithms'?",
      ],
      [
        () => secure(async () => {}, { ...secured, dangerous: { anyAudiences: true } }),
        "'dangerous' has no option 'anyAudiences'; did you mean 'anyAudience'?",
      ],
      [
        () => secure(async () => {}, { ...secured, claims: [{ name: 'role', values: 'admin' }] }),
        "a claim has no option 'values'; did you mean 'value'?",
      ],
      [
        () => secure(async () => {}, { ...secured, claims: [{ claim: 'role' }] }),
        "a claim has no option 'claim'; did you mean 'name'?",
      ],
      [
        () => organization({ fromPath: 'org', audiance: 'urn:{organization}' }),
        "organization() has no option 'audiance'; did you mean 'audience'?",
      ],
      [
        () => requireRoles('admin', { claims: 'groups' }),
        "requireRoles() has no option 'claims'; did you mean 'claim'?",
      ],
      [() => errorHandler({ bodies: 'json' }), "errorHandler() has no option 'bodies'; there are body, words"],
      [() => new RevocationList({ maxEntry: 1 }), "RevocationList has no option 'maxEntry'; there are maxEntries"],
      [
        () => protectedResourceMetadata({ identifier: 'https://api.example.com', scope: [] }),
        "'resource' has no option 'scope'; did you mean 'scopes'?",
      ],
    ]) {
      assert.throws(build, { message });
    }
    assert.throws(() => authorize({ claim: { path: 'role', equals: 'admin', one_of: ['user'] } }));
    assert.throws(() => authorize({ organization: { from_path: 'org', audiance: 'urn:{organization}' } }));
    assert.throws(() => authorize({ role: { name: 'admin', claims: 'groups' } }));
  });

  it('knows a misspelt name by the rule of the shared table', async () => {
    const { cases } = JSON.parse(
      await readFile(new URL('../../../tests/conformance/misspellings.json', import.meta.url)),
    );
    assert.ok(cases.length > 15);
    for (const { given, known, meant } of cases) assert.equal(closest(given, known) ?? null, meant, given);
  });

  it('refuses a misspelt variable of the environment that configures it, and names it where something is missing', () => {
    const base = { ISSUER_BASE_URL: 'https://issuer.example', AUDIENCE: 'api' };
    for (const [environment, options, message] of [
      [
        { ...base, TOKEN_SIGNING_ALGO: 'RS256' },
        {},
        'a misspelt variable would be ignored; the environment has TOKEN_SIGNING_ALGO, did you mean TOKEN_SIGNING_ALG?',
      ],
      [
        { ...base, JWKS_URL: 'https://issuer.example/jwks' },
        {},
        'a misspelt variable would be ignored; the environment has JWKS_URL, did you mean JWKS_URI?',
      ],
      [
        { ISSUER_BASE_URI: base.ISSUER_BASE_URL },
        { audience: 'api' },
        "You must provide 'mcd', 'issuerBaseURL', or both 'issuer' and ('jwksUri', 'secret', or 'publicKey'); an 'issuer' that is a URL is enough by itself, and so is a 'provider'; the environment has ISSUER_BASE_URI, did you mean ISSUER_BASE_URL?",
      ],
      [
        { ISSUER_BASE_URL: base.ISSUER_BASE_URL, AUDIENCES: 'api' },
        {},
        "An 'audience' is required to validate the 'aud' claim; the environment has AUDIENCES, did you mean AUDIENCE?",
      ],
    ]) {
      inEnvironment(environment, () => assert.throws(() => auth(options), { message }));
    }
    inEnvironment({ ...base, SECRETS: '/run/secrets', ISSUERS: 'x' }, () => auth());
    // Where the code says everything, the variables are another program's.
    inEnvironment({ JWKS_URL: 'https://other.example', TOKEN_SIGNING_ALGO: 'x' }, () => protect({})());
    inEnvironment({ AUDIENCES: 'api' }, () => {
      assert.throws(() => secure(async () => {}, { issuer: 'https://issuer.example' }), {
        message: /; the environment has AUDIENCES, did you mean AUDIENCE\?$/,
      });
    });
  });

  it('refuses numbers that no timer and no core can work with', () => {
    const timeout = "'timeoutDuration' must be a number of milliseconds, at most 2147483647";
    for (const timeoutDuration of [2 ** 31, Infinity, NaN, '5000']) refused({ timeoutDuration }, timeout);
    protect({ timeoutDuration: 2 ** 31 - 1 })();
    for (const name of ['clockTolerance', 'cooldownDuration', 'maxTokenAge', 'cacheMaxAge']) {
      refused({ [name]: NaN }, `'${name}' must be a number`);
    }
    for (const name of ['clockTolerance', 'cooldownDuration'])
      refused({ [name]: Infinity }, `'${name}' must be a finite number`);
    for (const name of ['cacheDuration', 'refusalCacheDuration', 'bridgeDuration']) {
      refused({ introspection: { ...CLIENT, [name]: Infinity } }, `'introspection.${name}' must be a finite number`);
    }
    refused(
      { dpop: { nonces: { secret: 'x'.repeat(32), lifetime: Infinity } } },
      "'dpop.nonces.lifetime' must be a finite number",
    );
    protect({ cacheMaxAge: Infinity })();
  });

  it('takes null for absent where the original does, and for a mistake elsewhere', () => {
    for (const name of [
      'publicOrigin',
      'proxyHeaders',
      'clientCertificateHeader',
      'introspection',
      'resource',
      'replayStore',
      'revocation',
      'requirement',
      'organizationClaim',
      'dangerous',
    ]) {
      refused({ [name]: null }, `'${name}' must not be null: leave it out instead`);
    }
    for (const name of [
      'issuerBaseURL',
      'jwksUri',
      'secret',
      'publicKey',
      'tokenSigningAlg',
      'mcd',
      'validators',
      'agent',
      'cache',
    ]) {
      protect({ [name]: null })();
    }
    for (const options of [null, [], 'options'])
      assert.throws(() => auth(options), { message: "'auth' must be given an object of options" });
  });

  it('says which credential of the client is undefined', () => {
    const needed = 'exactly one of "clientSecret" and "privateKey" is needed';
    const prefix = 'Invalid introspection configuration:';
    refused(
      { introspection: { clientId: 'a', clientSecret: undefined } },
      `${prefix} "clientSecret" is undefined; ${needed}`,
    );
    refused({ introspection: { clientId: 'a', clientSecret: '' } }, `${prefix} "clientSecret" is empty; ${needed}`);
    refused(
      { introspection: { clientId: 'a', privateKey: undefined } },
      `${prefix} "privateKey" is undefined; ${needed}`,
    );
    refused({ introspection: { ...CLIENT, privateKey: 'x' } }, `${prefix} both are given; ${needed}`);
    protect({ introspection: { ...CLIENT, privateKey: undefined } })();
  });
});

describe('a revocation that would refuse nothing', () => {
  it('is a mistake', () => {
    const list = new RevocationList();
    const past = { name: 'RangeError', message: 'revocation: expiresAt is in the past, so nothing would be refused' };
    assert.throws(() => list.revoke({ issuer: BASE.issuer, sub: 'bob' }, new Date(Date.now() - 1)), past);
    assert.equal(list.size, 0);
  });
});

describe('a setting that the core refuses', () => {
  it('is called by its place in the options', () => {
    const keys = 'https://b.example/keys';
    const second = (issuer) => ({
      mcd: { issuers: ['https://a.example', { issuer: 'https://b.example', ...issuer }] },
    });
    for (const [options, said] of [
      [
        second({ jwksUri: 'http://b.example/keys' }),
        /^mcd\.issuers\[1\]\.jwksUri: .* under dangerous: { plainHttp: true }$/,
      ],
      [second({ secret: 'short', alg: 'HS256' }), /^mcd\.issuers\[1\]\.secret: 5 bytes are too short/],
      [second({ jwksUri: keys, alg: 'RS1' }), /^mcd\.issuers\[1\]\.alg: must be the name of a signature algorithm/],
      [second({ alg: 'RS1' }), /^mcd\.issuers\[1\]\.alg: must be the name of a signature algorithm/],
      [{ mcd: { issuers: ['https://a.example', 'http://b.example'] } }, /^mcd\.issuers\[1\]\.issuer: .*plain http/],
      [{ mcd: { issuers: 'http://b.example' } }, /^mcd\.issuers\.issuer: .*plain http/],
      [{ issuer: 'https://b.example', jwksUri: 'http://b.example/keys' }, /^jwksUri: .*plain http/],
      [{ issuerBaseURL: 'http://b.example' }, /^issuerBaseURL: .*plain http/],
    ]) {
      assert.throws(() => auth({ audience: 'api', ...options }), { message: said }, JSON.stringify(options));
    }
  });
});
