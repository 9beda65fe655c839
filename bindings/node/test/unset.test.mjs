// Options that are given and hold nothing, each at its place: what is `undefined`, empty, no number, or a promise. None of
// them may leave a check out that the application believes to be made.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';
import * as bearward from 'bearward';
import { auth, requireRoles } from 'bearward/express';
import { getSimpleJwksService, secure } from 'bearward/express-oauth-jwt';
import * as fetchApi from 'bearward/fetch';
import * as hono from 'bearward/hono';
import * as koa from 'bearward/koa';
import * as mcp from 'bearward/mcp';
import { BearwardModule } from 'bearward/nest';
import * as node from 'bearward/node';
import { keyPair } from './issuer.mjs';

const NAMED = { issuer: 'https://issuer.example', audience: 'https://api.example.com' };
const CLIENT = { clientId: 'api', clientSecret: 'a secret' };
const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188';
const SECRET = 'a secret that is long enough for HS256, and a little more';
const key = await keyPair();
const list = () => new bearward.RevocationList();

/** `undefined` is an error: without the option, less is checked. */
const REFUSED = 'refused';
/** `undefined` is as good as left out, as in `express-oauth2-jwt-bearer`. */
const AS_THERE = 'as there';
/** `undefined` is as good as left out: no less is checked without the option. */
const NO_WEAKER = 'no weaker';

/** Each option by its place: what `undefined` is, and options with the value that it takes the place of. */
const OPTIONS = {
  issuerBaseURL: [AS_THERE, { issuerBaseURL: 'https://issuer.example' }],
  issuer: [AS_THERE, { issuer: 'https://issuer.example', issuerBaseURL: 'https://issuer.example' }],
  jwksUri: [AS_THERE, { jwksUri: 'https://issuer.example/jwks' }],
  audience: [REFUSED, { audience: 'https://api.example.com' }],
  secret: [AS_THERE, { secret: SECRET, tokenSigningAlg: 'HS256' }, /must supply one of RS256/],
  publicKey: [AS_THERE, { publicKey: key.jwk }],
  tokenSigningAlg: [AS_THERE, { tokenSigningAlg: 'RS256' }],
  mcd: [AS_THERE, { mcd: { issuers: ['https://issuer.example'] }, issuer: undefined }, /You must provide 'mcd'/],
  strict: [AS_THERE, { strict: true }],
  clockTolerance: [AS_THERE, { clockTolerance: 1 }],
  maxTokenAge: [AS_THERE, { maxTokenAge: 60 }],
  validators: [AS_THERE, { validators: { sub: 'a' } }],
  authRequired: [AS_THERE, { authRequired: true }],
  agent: [AS_THERE, { agent: {} }],
  timeoutDuration: [AS_THERE, { timeoutDuration: 1000 }],
  cacheMaxAge: [AS_THERE, { cacheMaxAge: 1000 }],
  cooldownDuration: [AS_THERE, { cooldownDuration: 1000 }],
  'cache.discovery.ttl': [AS_THERE, { cache: { discovery: { ttl: 1000 } } }],
  'cache.jwks.ttl': [AS_THERE, { cache: { jwks: { ttl: 1000 } } }],
  'cache.discovery.maxEntries': [AS_THERE, { cache: { discovery: { maxEntries: 1 } } }],
  'cache.jwks.maxEntries': [AS_THERE, { cache: { jwks: { maxEntries: 1 } } }],
  'dpop.enabled': [AS_THERE, { dpop: { enabled: false } }],
  'dpop.iatOffset': [AS_THERE, { dpop: { iatOffset: 60 } }],
  'dpop.iatLeeway': [AS_THERE, { dpop: { iatLeeway: 1 } }],
  'mtls.enabled': [AS_THERE, { mtls: { enabled: true } }],
  getCertificate: [AS_THERE, { getCertificate: () => undefined }],

  'dpop.required': [REFUSED, { dpop: { required: true } }],
  'dpop.algorithms': [REFUSED, { dpop: { algorithms: ['ES256'] } }],
  'dpop.nonces': [REFUSED, { dpop: { nonces: true } }],
  'dpop.nonces.secret': [REFUSED, { dpop: { nonces: { secret: SECRET } } }],
  'dpop.nonces.lifetime': [REFUSED, { dpop: { nonces: { secret: SECRET, lifetime: 60 } } }],
  'mtls.required': [REFUSED, { mtls: { enabled: true, required: true } }],
  loadBalancer: [REFUSED, { loadBalancer: { arn: ARN } }],
  'loadBalancer.arn': [REFUSED, { loadBalancer: { arn: ARN } }],
  provider: [REFUSED, { provider: { firebase: { project: 'a' } }, issuer: undefined, audience: undefined }],
  'provider.github_actions.owners': [
    REFUSED,
    {
      provider: { github_actions: { audience: 'https://api.example.com', owners: ['a'], repositories: ['a/b'] } },
      issuer: undefined,
      audience: undefined,
    },
  ],
  requirement: [REFUSED, { requirement: bearward.scopes('read') }],
  'tokensWithoutAudience.clientId': [REFUSED, { tokensWithoutAudience: { clientId: 'a' } }],
  'tokensWithoutAudience.claims': [
    REFUSED,
    { tokensWithoutAudience: { clientId: 'a', claims: { token_use: 'access' } } },
  ],
  'tokensWithoutAudience.claims.token_use': [
    REFUSED,
    { tokensWithoutAudience: { clientId: 'a', claims: { token_use: 'access' } } },
  ],
  publicOrigin: [REFUSED, { publicOrigin: 'https://api.example.com' }],
  replayStore: [REFUSED, { replayStore: { claim: () => true } }],
  introspection: [REFUSED, { introspection: CLIENT }],
  'introspection.clientId': [REFUSED, { introspection: CLIENT }],
  'introspection.clientSecret': [REFUSED, { introspection: CLIENT }],
  'introspection.tokens': [REFUSED, { introspection: { ...CLIENT, tokens: 'every' } }],
  'introspection.answers': [REFUSED, { introspection: { ...CLIENT, answers: 'signed' } }],
  'introspection.cacheDuration': [REFUSED, { introspection: { ...CLIENT, cacheDuration: 1000 } }],
  'introspection.bridgeDuration': [REFUSED, { introspection: { ...CLIENT, bridgeDuration: 0 } }],
  revocation: [REFUSED, { revocation: list() }],
  observe: [REFUSED, { observe: () => {} }],
  'clientCertificateHeader.kind': [REFUSED, { clientCertificateHeader: { kind: 'xfcc' } }],
  'clientCertificateHeader.header': [REFUSED, { clientCertificateHeader: { kind: 'pem', header: 'x-cert' } }],
  'tokenPlace.header': [REFUSED, { tokenPlace: { header: 'x-token' } }],
  'resource.identifier': [REFUSED, { resource: { identifier: 'https://api.example.com' } }],
  'organizationClaim.path': [REFUSED, { organizationClaim: { path: 'org' } }],
  'mcd.issuers': [REFUSED, { mcd: { issuers: ['https://issuer.example'] }, issuer: undefined }],

  // It verifies some tokens beside those of the issuer's keys.
  secretBesideKeys: [NO_WEAKER, { secretBesideKeys: SECRET }],
  // Another claim names the organization.
  organizationClaim: [NO_WEAKER, { organizationClaim: 'org_id' }],
  'organizationClaim.several': [NO_WEAKER, { organizationClaim: { path: 'org', several: true } }],
  // Scopes include no others.
  implies: [NO_WEAKER, { implies: { write: ['read'] } }],
  // Tokens need an audience.
  tokensWithoutAudience: [NO_WEAKER, { tokensWithoutAudience: { clientId: 'a' } }],
  // Keys are asked for without them.
  keyRequestHeaders: [NO_WEAKER, { keyRequestHeaders: { 'x-key': 'a' } }],
  'dangerous.plainHttp': [NO_WEAKER, { dangerous: { plainHttp: true } }],
  'dangerous.tokensWithoutIssuer': [NO_WEAKER, { dangerous: { tokensWithoutIssuer: true } }],
  'dangerous.queryTokens': [NO_WEAKER, { dangerous: { queryTokens: true } }],
  'dangerous.clockTolerance': [NO_WEAKER, { dangerous: { clockTolerance: true } }],
  'dpop.nonces.previousSecret': [NO_WEAKER, { dpop: { nonces: { secret: SECRET, previousSecret: SECRET } } }],
  // Beyond the bound, proofs are refused.
  'dpop.rememberedProofs': [NO_WEAKER, { dpop: { rememberedProofs: 10 } }],
  // A token anywhere else lets no request in.
  tokenPlace: [NO_WEAKER, { tokenPlace: { cookie: '__Host-token' } }],
  'tokenPlace.besideAuthorization': [NO_WEAKER, { tokenPlace: { header: 'x-token', besideAuthorization: true } }],
  'tokenPlace.writtenByClients': [NO_WEAKER, { tokenPlace: { header: 'x-token', writtenByClients: true } }],
  'tokenPlace.trustedOrigins': [
    NO_WEAKER,
    { tokenPlace: { cookie: '__Host-token', trustedOrigins: ['https://app.example.com'] } },
  ],
  // No header is believed.
  proxyHeaders: [NO_WEAKER, { proxyHeaders: { host: 'x-forwarded-host' } }],
  'proxyHeaders.host': [NO_WEAKER, { proxyHeaders: { host: 'x-forwarded-host' } }],
  'proxyHeaders.proto': [NO_WEAKER, { proxyHeaders: { proto: 'x-forwarded-proto' } }],
  // No certificate is known, and certificate-bound tokens are refused.
  clientCertificateHeader: [NO_WEAKER, { clientCertificateHeader: { kind: 'xfcc' } }],
  // Refusals are forgotten at another time.
  'introspection.refusalCacheDuration': [NO_WEAKER, { introspection: { ...CLIENT, refusalCacheDuration: 1000 } }],
  // What says who asks, and where.
  'introspection.clientAuthentication': [
    NO_WEAKER,
    { introspection: { ...CLIENT, clientAuthentication: 'client_secret_basic' } },
  ],
  'introspection.endpoint': [NO_WEAKER, { introspection: { ...CLIENT, endpoint: 'https://issuer.example/ask' } }],
  'introspection.privateKey': [NO_WEAKER, { introspection: CLIENT }],
  'introspection.privateKeyAlg': [NO_WEAKER, { introspection: { ...CLIENT, privateKeyAlg: 'ES256' } }],
  'introspection.privateKeyId': [NO_WEAKER, { introspection: { ...CLIENT, privateKeyId: 'a' } }],
  'loadBalancer.keysAt': [NO_WEAKER, { loadBalancer: { arn: ARN, keysAt: 'https://keys.example' } }],
  // What clients are told.
  resource: [NO_WEAKER, { resource: { identifier: 'https://api.example.com' } }],
  ...Object.fromEntries(
    Object.entries({
      authorizationServers: ['https://issuer.example'],
      scopes: ['read'],
      name: 'An API',
      documentation: 'https://api.example.com/docs',
      atRoot: true,
      members: {},
    }).map(([name, value]) => [
      `resource.${name}`,
      [NO_WEAKER, { resource: { identifier: 'https://api.example.com', [name]: value } }],
    ]),
  ),
};

/** The options with another value at this place. */
function withValue(options, place, value) {
  const [name, ...rest] = place.split('.');
  const inner = rest.length === 0 ? value : withValue(options[name] ?? {}, rest.join('.'), value);
  return { ...options, [name]: inner };
}

/** What `undefined` is at this place: `undefined` where it passes, else the error. */
function attempt(options) {
  try {
    auth({ ...NAMED, ...options });
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('an option that is undefined', () => {
  it('is in this table, whichever it is', () => {
    const source = (name) => readFileSync(new URL(`../lib/options/${name}.ts`, import.meta.url), 'utf8');
    const [names] = source('option-names').match(/const NAMES: Names<AuthOptions> = \{[\s\S]*?\n\};/);
    const groups = {
      dpop: 'DPOP_NAMES',
      'dpop.nonces': 'NONCE_NAMES',
      mtls: 'MTLS_NAMES',
      loadBalancer: 'LOAD_BALANCER_NAMES',
      proxyHeaders: 'PROXY_HEADER_NAMES',
      introspection: 'INTROSPECTION_NAMES',
      dangerous: 'DANGEROUS_NAMES',
      resource: 'RESOURCE_NAMES',
    };
    const namesIn = (text) => [...text.matchAll(/^ {2}(\w+): true/gm)].map(([, name]) => name);
    const inGroup = ([group, constant]) => {
      const [, text] = source('option-names').match(new RegExp(`const ${constant}: [^=]*= \\{([^}]*)\\}`));
      return [...text.matchAll(/(\w+): true/g)].map(([, name]) => `${group}.${name}`);
    };
    const all = [...namesIn(names), ...Object.entries(groups).flatMap(inGroup)];
    assert.ok(all.length > 75, `${all.length} names`);
    const places = Object.keys(OPTIONS);
    const isListed = (name) => places.includes(name) || places.some((place) => place.startsWith(`${name}.`));
    assert.deepEqual(
      all.filter((name) => !isListed(name)),
      [],
    );
  });

  for (const kind of [REFUSED, AS_THERE, NO_WEAKER]) {
    it(`is ${kind} where this table says so`, () => {
      for (const [place, [what, options, message]] of Object.entries(OPTIONS)) {
        if (what !== kind) continue;
        assert.equal(attempt(options), undefined, `${place}: the value that undefined takes the place of`);
        const error = attempt(withValue(options, place, undefined));
        if (kind === REFUSED || message !== undefined) {
          assert.ok(error instanceof Error, `${place} passes`);
          assert.match(error.message, message ?? new RegExp(place.split('.').at(-1)), place);
        } else {
          assert.equal(error, undefined, place);
        }
      }
    });
  }

  it('says where it may be left out', () => {
    for (const [options, message] of [
      [
        { dpop: { required: undefined } },
        "'dpop.required' is undefined: leave it out where a token need not be bound to a key",
      ],
      [
        { mtls: { required: undefined } },
        "'mtls.required' is undefined: leave it out where a token need not be bound to a certificate",
      ],
      [
        { revocation: undefined },
        "'revocation' is undefined: leave it out where no token is refused before it expires",
      ],
      [
        { tokensWithoutAudience: { clientId: 'a', claims: undefined } },
        "'tokensWithoutAudience.claims' is undefined: leave it out where no other claim must have a certain value",
      ],
      [
        { provider: { google: { audience: 'a', emails: undefined, domains: 'b' } } },
        "'provider.google.emails' is undefined: leave it out where the preset needs none",
      ],
    ]) {
      const named = 'provider' in options ? {} : NAMED;
      assert.throws(() => auth({ ...named, ...options }), { message });
    }
  });

  it('is refused of an issuer in a list, too', () => {
    const issuer = (tokensWithoutAudience) => ({ issuer: NAMED.issuer, tokensWithoutAudience });
    const several = (without) => () => auth({ audience: '', mcd: { issuers: [issuer(without)] } });
    several({ clientId: 'a' })();
    assert.throws(several({ clientId: 'a', claims: undefined }), /'tokensWithoutAudience.claims' is undefined/);
    assert.throws(several({ clientId: undefined }), /must be a string/);
  });
});

describe('an option that is empty, no number, or a promise', () => {
  const NUMBERS = ['clockTolerance', 'maxTokenAge', 'cooldownDuration', 'timeoutDuration', 'cacheMaxAge'];
  const WITHIN = ['dpop.iatOffset', 'dpop.iatLeeway', 'dpop.rememberedProofs', 'dpop.nonces.lifetime'];
  const ASKING = ['cacheDuration', 'refusalCacheDuration', 'bridgeDuration'].map((name) => `introspection.${name}`);

  it('is refused where a number belongs', () => {
    for (const place of [...NUMBERS, ...WITHIN, ...ASKING, 'cache.jwks.ttl', 'cache.discovery.ttl']) {
      const [, options] = OPTIONS[place];
      for (const value of [Number.NaN, '', ' ', 'soon', [], {}]) {
        assert.match(
          attempt(withValue(options, place, value))?.message ?? 'it passes',
          /number|integer/,
          `${place} ${value}`,
        );
      }
    }
    assert.match(attempt({ maxTokenAge: 0 }).message, /'maxTokenAge' must not be 0: leave it out/);
    assert.match(attempt({ maxTokenAge: Number('') }).message, /must not be 0/);
  });

  it('is refused where something belongs that is not empty', () => {
    for (const [place, [, options]] of Object.entries(OPTIONS)) {
      // Empty text of these is as good as left out, and leaves no check out; texts and lists of the rest of `resource` describe it.
      if (/^(issuerBaseURL|issuer|jwksUri|secret|publicKey|tokenSigningAlg|agent|resource\..*)$/.test(place)) continue;
      if (/^(introspection\.(endpoint|privateKey|privateKeyAlg|privateKeyId)|cache\.\w+\.maxEntries)$/.test(place))
        continue;
      assert.ok(attempt(withValue(options, place, '')) instanceof Error, `${place} passes as an empty text`);
    }
    for (const place of [
      'revocation',
      'dpop.algorithms',
      'audience',
      'tokensWithoutAudience.clientId',
      'mcd.issuers',
    ]) {
      const [, options] = OPTIONS[place];
      assert.ok(attempt(withValue(options, place, [])) instanceof Error, `${place} passes as an empty list`);
    }
  });

  it('is refused wherever a promise is', () => {
    for (const [place, [, options]] of Object.entries(OPTIONS)) {
      for (const promise of [Promise.resolve(true), { then() {} }]) {
        const error = attempt(withValue(options, place, promise));
        assert.match(
          error?.message ?? 'it passes',
          new RegExp(`'${place.replaceAll('.', '\\.')}' is a promise: await it`),
          place,
        );
      }
      for (const part of place
        .split('.')
        .slice(0, -1)
        .map((_, index, all) => all.slice(0, index + 1).join('.'))) {
        assert.match(
          attempt(withValue(options, part, Promise.resolve()))?.message ?? 'it passes',
          /is a promise/,
          part,
        );
      }
    }
    assert.match(attempt({ audience: [Promise.resolve()] }).message, /'audience\[0\]' is a promise/);
  });
});

describe('the whole of the options', () => {
  const GIVEN = { ISSUER_BASE_URL: 'https://issuer.example', AUDIENCE: 'https://api.example.com' };
  const ALL = {
    'bearward protect()': bearward.protect,
    'fetch protect()': fetchApi.protect,
    'hono auth()': hono.auth,
    'koa auth()': koa.auth,
    'nest forRoot()': BearwardModule.forRoot,
    'node protect()': node.protect,
  };
  afterEach(() => {
    for (const name of Object.keys(GIVEN)) delete process.env[name];
  });

  it('is an error where it is undefined or a promise: the environment would have its place', () => {
    Object.assign(process.env, GIVEN);
    for (const [name, make] of Object.entries(ALL)) {
      make();
      assert.throws(() => make(undefined), /got options that are undefined/, name);
      assert.throws(() => make(Promise.resolve(NAMED)), /got a promise: await the options/, name);
    }
    assert.throws(() => auth(Promise.resolve(NAMED)), /must be given an object of options/);
    assert.throws(() => mcp.protect(undefined), /'resource' must be/);
    assert.throws(() => mcp.protect(Promise.resolve({ resource: 'https://a.example' })), /'resource' must be/);
  });

  it('is checked by each of them in the same way', () => {
    for (const [name, make] of Object.entries({ ...ALL, 'express auth()': auth })) {
      if (make === BearwardModule.forRoot) continue;
      make(NAMED);
      for (const options of [{ dpop: { required: undefined } }, { revocation: [] }, { mtls: Promise.resolve() }]) {
        assert.throws(() => make({ ...NAMED, ...options }), /is undefined|empty list|is a promise/, name);
      }
    }
    const server = { ...NAMED, resource: 'https://api.example.com/mcp' };
    assert.throws(() => mcp.protect({ ...server, mtls: { required: undefined } }), /'mtls.required' is undefined/);
  });

  it('says so of what an adapter adds', () => {
    for (const make of [fetchApi.protect, hono.auth, koa.auth, node.protect]) {
      assert.throws(() => make({ ...NAMED, trustProxy: undefined }), /'trustProxy' is undefined/);
    }
    for (const recheck of [Number.NaN, '', 0, Promise.resolve(5)]) {
      assert.throws(() => node.protect({ ...NAMED, recheck }), /'recheck' must be/);
    }
    const keys = getSimpleJwksService('https://issuer.example/jwks');
    assert.throws(() => secure(keys, { ...NAMED, algorithms: undefined }), /'algorithms' is undefined/);
  });
});

describe('a requirement with a part that is undefined or a promise', () => {
  const absent = undefined;
  it('is an error where it is written, or where it is given', () => {
    const api = bearward.protect(NAMED);
    for (const wrong of [
      () => bearward.role('admin', absent),
      () => api.require(bearward.role(absent)),
      () => api.require(bearward.roleKey('admin', absent)),
      () => bearward.organization({ fromPath: 'org', audience: absent }),
      () => bearward.organization({ fromPath: 'org', is: absent }),
      () => api.require({ organization: { from_path: 'org', audience: absent } }),
      () => api.require({ role: { name: 'admin', claim: absent } }),
      () => api.require({ operations: [{ method: absent, path: '/x', any_token: true }] }),
      () => api.require(bearward.claim('role', { equals: absent })),
      () => api.require(bearward.claim('role', absent)),
      () => api.require(bearward.claim(absent, { exists: true })),
      () => api.require(bearward.scopes()),
      () => api.require(bearward.scopes(absent)),
      () => api.require(bearward.and()),
      () => api.require(bearward.and(absent)),
      () => api.require(bearward.acr()),
      () => api.require(bearward.maxAge(absent)),
      () => api.require(bearward.maxAge(Number.NaN)),
      () => api.require(bearward.authorizationDetails({ type: 'a', members: { amount: { currency: absent } } })),
      () => api.require(Promise.resolve(bearward.scopes('a'))),
      () => api.require(bearward.not(Promise.resolve(bearward.scopes('a')))),
      () => api.require(bearward.claim('role', { equals: Promise.resolve('admin') })),
      () => requireRoles(absent),
      () => requireRoles([]),
      () => requireRoles('admin', { claim: absent }),
    ]) {
      assert.throws(wrong, Error, wrong.toString());
    }
    assert.throws(() => api.require({ role: { name: 'admin', claim: absent } }), {
      message: "requirement: 'claim' is undefined",
    });
  });
});

describe('a revocation that cannot end', () => {
  it('is refused, for it would refuse nothing', () => {
    const revocations = list();
    const one = { issuer: NAMED.issuer, jti: 'a' };
    for (const expiresAt of [new Date(Number.NaN), new Date(0), undefined]) {
      assert.throws(() => revocations.revoke(one, expiresAt), Error, String(expiresAt));
    }
    assert.throws(() => revocations.revoke({ issuer: NAMED.issuer, sub: undefined }, new Date(Date.now() + 1000)));
    assert.equal(revocations.size, 0);
  });
});
