// Values that an option does not have: each is an error at the start, and is not taken for another value or left out.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { auth, errorHandler, protectedResourceMetadata, requireRoles } from 'bearward/express';
import { getSimpleJwksService, secure } from 'bearward/express-oauth-jwt';
import * as mcp from 'bearward/mcp';
import * as node from 'bearward/node';
import {
  acr,
  and,
  anyScope,
  claim,
  maxAge,
  not,
  operations,
  or,
  organization,
  protect,
  RevocationList,
  role,
  roleKey,
  scopes,
} from 'bearward';
import { PROXIED } from './entries.mjs';
import { attempt, NAMED, OPTIONS, withValue } from './option-table.mjs';

const keys = getSimpleJwksService('https://issuer.example/jwks');
const KEY = { clientId: 'api', privateKey: 'a key', clientAuthentication: 'private_key_jwt' };
const introspecting = (options) => auth({ ...NAMED, introspection: { clientId: 'a', clientSecret: 'b', ...options } });
const github = (options) =>
  auth({ provider: { github_actions: { audience: 'https://api.example.com', owners: ['a'], ...options } } });

/** Every option, of any function of the package, that has one of a few values; and how to set it to another one. */
const ENUMERATED = {
  'errorHandler body': (value) => errorHandler({ body: value }),
  'errorHandler words': (value) => errorHandler({ words: value }),
  'requireRoles listedAs': (value) => requireRoles('admin', { listedAs: value }),
  'auth tokenSigningAlg': (value) => auth({ ...NAMED, tokenSigningAlg: value }),
  'auth strict': (value) => auth({ ...NAMED, strict: value }),
  'auth authRequired': (value) => auth({ ...NAMED, authRequired: value }),
  'auth validators': (value) => auth({ ...NAMED, validators: { sub: value } }),
  'auth clientCertificateHeader.kind': (value) => auth({ ...NAMED, clientCertificateHeader: { kind: value } }),
  'auth proxyHeaders.host': (value) => auth({ ...NAMED, proxyHeaders: { host: value } }),
  'auth proxyHeaders.proto': (value) => auth({ ...NAMED, proxyHeaders: { proto: value } }),
  'auth dpop.enabled': (value) => auth({ ...NAMED, dpop: { enabled: value } }),
  'auth dpop.required': (value) => auth({ ...NAMED, dpop: { required: value } }),
  'auth dpop.nonces': (value) => auth({ ...NAMED, dpop: { nonces: value } }),
  'auth dpop.algorithms': (value) => auth({ ...NAMED, dpop: { algorithms: [value] } }),
  'auth mtls.enabled': (value) => auth({ ...NAMED, mtls: { enabled: value } }),
  'auth mtls.required': (value) => auth({ ...NAMED, mtls: { enabled: true, required: value } }),
  'auth organizationClaim.several': (value) => auth({ ...NAMED, organizationClaim: { path: 'o', several: value } }),
  'auth resource.atRoot': (value) =>
    auth({ ...NAMED, resource: { identifier: 'https://api.example.com', atRoot: value } }),
  'protectedResourceMetadata atRoot': (value) =>
    protectedResourceMetadata({
      identifier: 'https://api.example.com',
      authorizationServers: ['https://issuer.example'],
      atRoot: value,
    }),
  'auth mcd alg': (value) => auth({ audience: 'a', mcd: { issuers: [{ issuer: NAMED.issuer, alg: value }] } }),
  'auth introspection.tokens': (value) => introspecting({ tokens: value }),
  'auth introspection.answers': (value) => introspecting({ answers: value }),
  'auth introspection.clientAuthentication': (value) => introspecting({ clientAuthentication: value }),
  'auth introspection.privateKeyAlg': (value) => introspecting({ privateKeyAlg: value }),
  'auth introspection.privateKeyAlg, with a key': (value) =>
    auth({ ...NAMED, introspection: { ...KEY, privateKeyAlg: value } }),
  'auth tokenPlace.besideAuthorization': (value) =>
    auth({ ...NAMED, tokenPlace: { header: 'x-token', besideAuthorization: value } }),
  'auth tokenPlace.writtenByClients': (value) =>
    auth({ ...NAMED, tokenPlace: { header: 'x-token', writtenByClients: value } }),
  ...Object.fromEntries(
    ['plainHttp', 'queryTokens', 'clockTolerance', 'tokensWithoutIssuer'].map((name) => [
      `auth dangerous.${name}`,
      (value) => auth({ ...NAMED, dangerous: { [name]: value } }),
    ]),
  ),
  ...Object.fromEntries(
    ['anyIssuer', 'anyAudience', 'noExpiry', 'plainHttp'].map((name) => [
      `secure dangerous.${name}`,
      (value) => secure(keys, { ...NAMED, dangerous: { [name]: value } }),
    ]),
  ),
  'secure algorithms': (value) => secure(keys, { ...NAMED, algorithms: [value] }),
  'secure algorithms, with a function': (value) => secure(async () => {}, { ...NAMED, algorithms: [value] }),
  ...Object.fromEntries(
    Object.entries(PROXIED).map(([name, make]) => [
      `${name} trustProxy`,
      (value) => make({ ...NAMED, trustProxy: value }),
    ]),
  ),
  'node recheck': (value) => node.protect({ ...NAMED, recheck: value }),
  'mcp trustProxy': (value) => mcp.protect({ ...NAMED, resource: 'https://api.example.com/mcp', trustProxy: value }),
};

/** The places where a function belongs, or may be. */
const FUNCTIONS = ['getCertificate', 'validators.iss', 'validators.tid', 'observe', 'keyRequestHeaders', 'mcd.issuers'];

describe('an option with a value that it does not have', () => {
  it('is an error, whichever option it is', () => {
    for (const [name, make] of Object.entries(ENUMERATED)) {
      for (const value of ['nonsense', 'true', 'false', '1', 'JSON', '']) {
        // A text is what a validator compares with, and an empty algorithm is as good as left out.
        if (name === 'auth validators') continue;
        if (value === '' && ['auth tokenSigningAlg', 'auth mcd alg'].includes(name)) continue;
        assert.throws(() => make(value), Error, `${name}: ${JSON.stringify(value)}`);
      }
      for (const value of [17, {}, [], Symbol('nonsense')]) {
        const isPeriod = name === 'node recheck' && value === 17;
        if (!isPeriod) assert.throws(() => make(value), Error, `${name}: ${String(value)}`);
      }
    }
  });

  it('says which values there are, and which was meant', () => {
    assert.throws(() => errorHandler({ body: 'messages' }), {
      message: "'body' must be 'json', 'message', 'problem' or 'empty'; did you mean 'message'?",
    });
    assert.throws(() => errorHandler({ words: 'rust' }), { message: "'words' must be 'original' or 'core'" });
    assert.throws(() => secure(keys, { ...NAMED, dangerous: { anyAudience: 'false' } }), {
      message: "'dangerous.anyAudience' must be a boolean",
    });
    assert.throws(
      () => secure(keys, { ...NAMED, algorithms: ['RS265'] }),
      /'algorithms' must be a list of names such as/,
    );
    assert.throws(() => introspecting({ privateKeyAlg: 'HS256' }), /"privateKeyAlg" must be one of RS256, PS256/);
    for (const body of ['json', 'message', 'problem', 'empty', undefined]) errorHandler({ body });
  });

  it('is an error where it is a function or a symbol, which would be left out on the way to the core', () => {
    for (const [place, [, options]] of Object.entries(OPTIONS)) {
      if (FUNCTIONS.includes(place)) continue;
      for (const value of [() => 'https://api.example.com', Symbol('value')]) {
        assert.ok(attempt(withValue(options, place, value)) instanceof Error, `${place} passes: ${String(value)}`);
      }
    }
    // Each of these would check less.
    for (const make of [
      (value) => auth({ ...NAMED, publicOrigin: value }),
      (value) => github({ repositories: value }),
      (value) => github({ owners: ['a', value] }),
      (value) => auth({ ...NAMED, jwksUri: value }),
    ]) {
      assert.throws(() => make(() => 'a'), /is a function or a symbol: give the value itself/);
    }
  });

  it('is an error where a number belongs, also of what JavaScript makes a number of', () => {
    const places = Object.entries(OPTIONS).filter(([, [, options]]) => options !== undefined);
    const numbers = places.filter(([place]) =>
      /Duration|Tolerance$|MaxAge|TokenAge|\.ttl|maxEntries|iat|lifetime/.test(place),
    );
    assert.ok(numbers.length > 14, `${numbers.length} numbers`);
    for (const [place, [, options]] of numbers) {
      // That one is a switch of the same name.
      if (place === 'dangerous.clockTolerance') continue;
      for (const value of [true, false, [5], {}, 'soon', '', Number.NaN, -1]) {
        assert.ok(
          attempt(withValue(options, place, value)) instanceof Error,
          `${place} passes: ${JSON.stringify(value)}`,
        );
      }
    }
    for (const clockTolerance of [true, '5', -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => secure(keys, { ...NAMED, clockTolerance }), /'clockTolerance' must be a number of seconds/);
    }
    for (const maxEntries of [true, '5', -1, Number.NaN, 0.5]) {
      assert.throws(() => new RevocationList({ maxEntries }), Error, String(maxEntries));
    }
  });

  it('is an error where an agent belongs', () => {
    for (const agent of ['https://proxy.example', 1, true, false, () => {}]) {
      assert.match(attempt({ agent }).message, /'agent' /, String(agent));
    }
  });
});

describe('a mistake of a newcomer', () => {
  const api = protect(NAMED);
  const ISSUER = { audience: NAMED.audience };
  const url = new URL('https://api.example.com/mcp');
  for (const [name, run, message] of [
    [
      'a list of scopes',
      () => scopes(['a', 'b']),
      /scopes\(\) takes each as an argument .* write `scopes\(\.\.\.list\)`/,
    ],
    ['a list of any scopes', () => anyScope(['a']), /write `anyScope\(\.\.\.list\)`/],
    ['a list of contexts', () => acr(['a']), /write `acr\(\.\.\.list\)`/],
    [
      'a list of roles',
      () => role(['a']),
      /role\(\) takes the name of one role, and got a list: write `or\(role\('…'\), /,
    ],
    ['a list of roles that are members', () => roleKey(['a'], 'roles'), /`or\(roleKey\('…'\), roleKey\('…'\)\)`/],
    ['a number as a scope', () => scopes(7), /scopes\(\) takes texts, and got 7/],
    ['an age in a text', () => maxAge('60'), /a whole number of seconds, such as `maxAge\(300\)`, and got a text/],
    ['an age below zero', () => maxAge(-1), /a whole number of seconds, .* and got -1/],
    ['an age in fractions', () => maxAge(1.5), /a whole number of seconds, .* and got 1\.5/],
    ['a list of operations', () => operations([]), /write `operations\(\.\.\.list\)`/],
    ['a list of requirements', () => and([scopes('a')]), /write `and\(\.\.\.list\)`/],
    ['a list of alternatives', () => or([scopes('a')]), /write `or\(\.\.\.list\)`/],
    ['a scope as a requirement', () => api.require('read'), /a text was given: write `scopes\('read:messages'\)`/],
    ['a scope as the option', () => auth({ ...NAMED, requirement: 'read' }), /a text was given/],
    ['a scope in a requirement', () => api.require(and(scopes('a'), 'b')), /a text was given/],
    ['a scope in a negation', () => api.require(not('b')), /a text was given/],
    ['a list as a requirement', () => api.require([scopes('a')]), /a list was given: write `and\(…\)`/],
    ['an empty requirement', () => api.require({}), /requires nothing that is known: write what `scopes\(\)`/],
    ['a function as a requirement', () => api.require(() => true), /requires nothing that is known/],
    [
      'a claim without a test',
      () => claim('tid', undefined),
      /claim\(\) needs a test .* equals, includes, one_of, exists/,
    ],
    ['a claim with a value', () => claim('tid', 'acme'), /such as claim\('tid', \{ equals: 'acme' \}\)/],
    ['a claim with an empty test', () => claim('tid', {}), /needs a test/],
    [
      'no organization',
      () => organization(),
      /organization\(\) needs to know .* organization\(\{ fromPath: 'org' \}\)/,
    ],
    ['an organization by its name', () => organization('acme'), /organization\(\) needs to know/],
    ['no token for the SDK', () => mcp.authInfo(undefined), /authInfo\(\) needs the token .* `req\.auth`/],
    [
      'a URL of an MCP server',
      () => mcp.protect({ ...NAMED, resource: url }),
      /'resource' must be the URL .* as text: write it/,
    ],
    [
      'a URL in the resource of an MCP server',
      () => mcp.protect({ ...NAMED, resource: { identifier: url } }),
      /'resource' must be the URL .* as text: write it/,
    ],
    [
      'a URL of an API',
      () => auth({ ...NAMED, resource: url }),
      /an 'identifier', the URL of the API as text: write it/,
    ],
    [
      'a URL in the resource of an API',
      () => auth({ ...NAMED, resource: { identifier: url } }),
      /an 'identifier', the URL of the API as text: write it/,
    ],
    [
      'an issuer that is a name',
      () => auth({ ...ISSUER, issuer: 'keycloak' }),
      /this 'issuer' has no scheme: .* https:\/\//,
    ],
    [
      'an issuer of this machine',
      () => auth({ ...ISSUER, issuer: 'localhost:8080/realms/a' }),
      /this 'issuer' has no scheme/,
    ],
    [
      'an issuer that is a host',
      () => auth({ ...ISSUER, issuer: 'issuer.example' }),
      /write "https:\/\/issuer\.example"/,
    ],
  ]) {
    it(`is an error that says what to write: ${name}`, () => assert.throws(run, { message }));
  }

  it('is nothing that works: one of each', () => {
    for (const one of [scopes('a', 'b'), claim('tid', { exists: false }), organization({ any: true }), not(acr('a'))]) {
      api.require(one);
    }
    auth({ ...ISSUER, issuer: 'accounts.example', jwksUri: 'https://accounts.example/jwks' });
  });
});
