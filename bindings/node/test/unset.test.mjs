// Options that are given and hold nothing, each at its place: what is `undefined`, empty, no number, or a promise. None of
// them may leave a check out that the application believes to be made.

import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import * as bearward from 'bearward';
import { auth, requireRoles } from 'bearward/express';
import { getSimpleJwksService, secure } from 'bearward/express-oauth-jwt';
import * as mcp from 'bearward/mcp';
import { BearwardModule } from 'bearward/nest';
import * as node from 'bearward/node';
import { eachRow } from '../dist/option-table.js';
import { MAKERS, PROXIED } from './entries.mjs';
import { AS_THERE, attempt, NAMED, NO_WEAKER, OPTIONS, REFUSED, withValue } from './option-table.mjs';

describe('an option that is undefined', () => {
  it('is in this table, whichever it is', () => {
    const all = eachRow().map(([place]) => place);
    assert.ok(all.length > 75, `${all.length} options`);
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

  it('is refused as null, too, where an option of ours is in a group', () => {
    const written = eachRow().filter(([place, row]) => place.includes('.') && row.as !== undefined);
    const withDefault = written.filter(([, row]) => row.default !== undefined);
    for (const [place] of written) {
      if (withDefault.some(([name]) => name === place)) continue;
      const [, options] = OPTIONS[place];
      assert.ok(attempt(withValue(options, place, null)) instanceof Error, `${place} passes`);
    }
    assert.ok(written.length - withDefault.length > 20, `${written.length} are written`);
  });

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
      // A claim may have to be an empty text.
      if (place.startsWith('validators.')) continue;
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

describe('validators', () => {
  it('that are undefined, inherited or hidden are refused: they would check nothing', () => {
    class Methods {
      tid() {
        return false;
      }
    }
    class Derived extends Methods {}
    const hidden = Object.defineProperty({}, 'tid', { value: () => false });
    for (const [validators, what] of [
      [{ tid: undefined }, /'validators\.tid' is undefined: leave it out/],
      [{ sub: 'a', tid: undefined }, /'validators\.tid' is undefined/],
      [new Methods(), /'validators\.tid' is inherited or hidden/],
      [new Derived(), /'validators\.tid' is inherited or hidden/],
      [Object.create({ tid: 'a' }), /'validators\.tid' is inherited or hidden/],
      [Object.create({ tid: false }, { sub: { value: 'a', enumerable: true } }), /'validators\.tid' is inherited/],
      [hidden, /'validators\.tid' is inherited or hidden/],
      [{ [Symbol('tid')]: 'a' }, /'validators\.Symbol\(tid\)'|symbol/],
      [[() => false], /'validators' must be an object/],
      [new Map([['tid', 'a']]), /'validators' must be an object/],
      ['tid', /'validators' must be an object/],
      [() => false, /'validators' must be an object/],
      [{ tid: null }, /validators\.tid must be a function, a string or false/],
      [{ tid: true }, /validators\.tid must be a function, a string or false/],
    ]) {
      for (const make of Object.values(MAKERS)) {
        assert.throws(() => make({ ...NAMED, validators }), what);
      }
    }
    class Members {
      tid = () => false;
    }
    for (const validators of [{}, { sub: 'a' }, Object.create(null, {}), new Members(), null]) {
      auth({ ...NAMED, validators });
    }
  });
});

describe('the whole of the options', () => {
  const GIVEN = { ISSUER_BASE_URL: 'https://issuer.example', AUDIENCE: 'https://api.example.com' };
  // What Express throws is what the original throws.
  const { 'express auth()': _, ...others } = MAKERS;
  const ALL = { ...others, 'nest forRoot()': BearwardModule.forRoot };
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
    for (const [name, make] of Object.entries(MAKERS)) {
      make(NAMED);
      for (const options of [{ dpop: { required: undefined } }, { revocation: [] }, { mtls: Promise.resolve() }]) {
        assert.throws(() => make({ ...NAMED, ...options }), /is undefined|empty list|is a promise/, name);
      }
    }
    const server = { ...NAMED, resource: 'https://api.example.com/mcp' };
    assert.throws(() => mcp.protect({ ...server, mtls: { required: undefined } }), /'mtls.required' is undefined/);
  });

  it('says so of what an adapter adds', () => {
    for (const make of Object.values(PROXIED)) {
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
    const revocations = new bearward.RevocationList();
    const one = { issuer: NAMED.issuer, jti: 'a' };
    for (const expiresAt of [new Date(Number.NaN), new Date(0), undefined]) {
      assert.throws(() => revocations.revoke(one, expiresAt), Error, String(expiresAt));
    }
    assert.throws(() => revocations.revoke({ issuer: NAMED.issuer, sub: undefined }, new Date(Date.now() + 1000)));
    assert.equal(revocations.size, 0);
  });
});
