// What a route requires beyond a valid token.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { CompactSign } from 'jose';
import {
  acr,
  and,
  anyScope,
  auth,
  authorize,
  claim,
  claimEquals,
  claimIncludes,
  errorHandler,
  LOGTO_ORGANIZATION_AUDIENCE,
  maxAge,
  not,
  or,
  organization,
  requireOrganization,
  requireRoles,
  role,
  roles,
  scopes,
} from 'bearward/express';
import { DPOP_TOO, EXPRESS, serve } from './app.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

const DENIED = 'insufficient_scope';

for (const [name, express] of EXPRESS) {
  describe(`requirements in ${name}`, () => {
    let issuer;
    let api;
    const now = Math.floor(Date.now() / 1000);
    before(async () => {
      issuer = await startIssuer();
      api = await serve((app) => {
        const api = auth({ issuerBaseURL: issuer.url, audience: AUDIENCE });
        const done = (req, res) => res.json(req.auth.info);
        app.get('/scopes', api, authorize(scopes('a', 'b')), done);
        app.get('/any', api.require(anyScope('a', 'b')), done);
        app.get('/claim', api, authorize(claim('role', { equals: 'admin' })), done);
        app.get('/roles', api, requireRoles(['admin', 'staff']), done);
        app.get('/keycloak', api, requireRoles('admin', { claim: ['realm_access', 'roles'] }), done);
        app.get('/preset', api, authorize(roles.auth0Permission('read:x')), done);
        app.get('/step-up', api.require(acr('urn:mfa')), done);
        app.get('/recent', api.require(maxAge(300)), done);
        app.get(
          '/tree',
          api.require(and(or(role('admin'), scopes('root')), not(claim('blocked', { exists: true })))),
          done,
        );
        app.get('/organizations/:org/data', api, requireOrganization({ fromPath: 'org' }), done);
        app.get('/header', api, requireOrganization({ fromHeader: 'x-org' }), done);
        app.get('/host', api, requireOrganization({ fromHost: '{organization}.example.com' }), done);
        app.get(
          '/organizations/:org/members',
          api.require(organization({ fromPath: 'org', audience: LOGTO_ORGANIZATION_AUDIENCE })),
          done,
        );
        app.get('/wrong', api, requireOrganization({ fromPath: 'org' }), done);
        app.get(
          '/all',
          auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, requirement: scopes('a') }),
          authorize(scopes('b')),
          done,
        );
        app.get('/plain', api, done);
        app.get('/alone', authorize(scopes('a')), done);
        app.get(
          '/made-up',
          (req, _res, next) => {
            req.auth = { payload: { scope: 'a' } };
            next();
          },
          authorize(scopes('a')),
          done,
        );
        app.use('/json', auth({ issuerBaseURL: issuer.url, audience: AUDIENCE }), errorHandler());
        app.use('/message', auth({ issuerBaseURL: issuer.url, audience: AUDIENCE }), errorHandler({ body: 'message' }));
        app.use('/problem', auth({ issuerBaseURL: issuer.url, audience: AUDIENCE }), errorHandler({ body: 'problem' }));
        app.use(
          '/core',
          auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, requirement: scopes('a') }),
          errorHandler({ words: 'core' }),
        );
        app.use(
          '/core-message',
          auth({ issuerBaseURL: issuer.url, audience: AUDIENCE }),
          errorHandler({ body: 'message', words: 'core' }),
        );
        app.use('/empty', auth({ issuerBaseURL: issuer.url, audience: AUDIENCE }), errorHandler({ body: 'empty' }));
      }, express);
    });
    after(async () => {
      await api.close();
      await issuer.close();
    });

    it('decide as the core does', async () => {
      for (const [path, claims, status, reason] of [
        ['/scopes', { scope: 'b a' }, 200],
        ['/scopes', { scope: 'a' }, 403, DENIED],
        ['/scopes', { scope: 'ab' }, 403, DENIED],
        ['/scopes', { scope: 'A B' }, 403, DENIED],
        ['/any', { scope: 'x b' }, 200],
        ['/any', { scope: 'x' }, 403, DENIED],
        ['/claim', { role: 'admin' }, 200],
        ['/claim', { role: 'administrator' }, 403, 'claim_unmet'],
        ['/claim', {}, 403, 'claim_unmet'],
        ['/roles', { roles: ['staff', 'admin'] }, 200],
        ['/roles', { roles: ['staff'] }, 403, 'role_missing'],
        ['/keycloak', { realm_access: { roles: ['admin'] } }, 200],
        ['/keycloak', { roles: ['admin'] }, 403, 'role_missing'],
        ['/preset', { permissions: ['read:x'] }, 200],
        ['/step-up', { acr: 'urn:mfa' }, 200],
        ['/step-up', { acr: 'urn:password' }, 401, 'authentication_too_weak'],
        ['/recent', { auth_time: now - 10 }, 200],
        ['/recent', { auth_time: now - 1000 }, 401, 'authentication_too_old'],
        ['/tree', { scope: 'root' }, 200],
        ['/tree', { roles: ['admin'], blocked: 1 }, 403, 'requirement_unmet'],
        ['/organizations/o1/data', { organization_id: 'o1' }, 200],
        ['/organizations/o%31/data', { organization_id: 'o1' }, 200],
        ['/organizations/o2/data', { organization_id: 'o1' }, 403, 'organization_mismatch'],
        ['/organizations/o1/data', {}, 401, 'organization_missing'],
        ['/organizations/o1/members', { aud: 'urn:logto:organization:o1' }, 200],
        ['/organizations/o2/members', { aud: 'urn:logto:organization:o1' }, 403, 'organization_mismatch'],
        ['/organizations/o1/members', {}, 401, 'organization_missing'],
        ['/organizations/o1/data', { aud: 'urn:logto:organization:o1' }, 401, 'audience_mismatch'],
        ['/plain', { aud: 'urn:logto:organization:o1' }, 401, 'audience_mismatch'],
        ['/all', { scope: 'a b' }, 200],
        ['/all', { scope: 'b' }, 403, DENIED],
        ['/all', { scope: 'a' }, 403, DENIED],
      ]) {
        const answer = await api.send(path, { token: await issuer.token({ claims }) });
        assert.deepEqual([answer.status, answer.json.reason], [status, reason], `${path} ${JSON.stringify(claims)}`);
      }
    });

    it('say what is asked for in the challenge', async () => {
      const challenge = async (path, claims) =>
        (await api.send(path, { token: await issuer.token({ claims }) })).challenge;
      assert.equal(
        await challenge('/scopes', {}),
        `Bearer realm="api", error="insufficient_scope", error_description="the access token lacks a required scope", scope="a b", ${DPOP_TOO}`,
      );
      assert.match(await challenge('/step-up', {}), /error="insufficient_user_authentication".*acr_values="urn:mfa"/);
      assert.match(await challenge('/recent', {}), /error="insufficient_user_authentication".*max_age="300"/);
    });

    it('take the organization from a header or the host', async () => {
      const token = await issuer.token({ claims: { organization_id: 'o1' } });
      const status = async (path, headers) => (await api.send(path, { token, headers })).status;
      assert.equal(await status('/header', { 'x-org': 'o1' }), 200);
      assert.equal(await status('/header', { 'x-org': 'o2' }), 403);
      assert.equal(await status('/header', {}), 403);
      assert.equal(
        await status('/header', [
          ['x-org', 'o1'],
          ['x-org', 'o1'],
        ]),
        403,
      );
      assert.equal(await status('/host', {}), 403);
      assert.equal(await status('/host', { 'x-forwarded-host': 'o1.example.com' }), 403);
    });

    it("are the API builder's to mend where the route lacks a parameter", async () => {
      const { status, json } = await api.send('/wrong', {
        token: await issuer.token({ claims: { organization_id: 'o1' } }),
      });
      assert.deepEqual(
        [status, json.name, json.message],
        [500, 'InternalError', 'this resource is not set up correctly'],
      );
    });

    it('let nobody pass whom no auth() has let in', async () => {
      for (const path of ['/alone', '/made-up']) {
        const { status, challenge } = await api.send(path, { token: await issuer.token({ claims: { scope: 'a' } }) });
        assert.deepEqual([status, challenge], [401, 'Bearer realm="api"']);
      }
    });

    it('are answered in JSON, in the shape that is asked for', async () => {
      const token = await issuer.token({ claims: { exp: 1 } });
      const json = await api.send('/json', { token });
      assert.deepEqual(
        [json.status, json.json],
        [401, { error: 'invalid_token', error_description: '"exp" claim timestamp check failed' }],
      );
      assert.equal(json.headers['cache-control'], 'no-store');
      assert.match(json.challenge, /^Bearer realm="api", error="invalid_token"/);
      assert.deepEqual((await api.send('/message')).json, { error: 'Authorization header is missing' });
      const problem = await api.send('/problem', { token });
      assert.equal(problem.headers['content-type'], 'application/problem+json');
      assert.deepEqual(problem.json, {
        title: 'Unauthorized',
        status: 401,
        detail: '"exp" claim timestamp check failed',
        code: 'token_expired',
      });
      assert.equal((await api.send('/empty')).text, '');
    });

    it('are answered in the words of the core, which are those of Rust', async () => {
      const invalid = (description) => `Bearer realm="api", error="invalid_token", error_description="${description}"`;
      for (const [options, error, description, challenge] of [
        [{ claims: { exp: 1 } }, 'invalid_token', 'the access token expired', invalid('the access token expired')],
        [
          { claims: { aud: 7 } },
          'invalid_token',
          "the access token's claim aud is malformed",
          invalid("the access token's claim aud is malformed"),
        ],
        [
          { unset: ['exp'] },
          'invalid_token',
          'the access token has no claim exp',
          invalid('the access token has no claim exp'),
        ],
        [
          {},
          'insufficient_scope',
          'the access token lacks a required scope',
          'Bearer realm="api", error="insufficient_scope", error_description="the access token lacks a required scope", scope="a"',
        ],
      ]) {
        const answer = await api.send('/core', { token: await issuer.token(options) });
        assert.deepEqual(
          [answer.json, answer.challenges],
          [{ error, error_description: description }, [challenge, DPOP_TOO]],
        );
      }
      const missing = await api.send('/core');
      assert.deepEqual(
        [missing.json, missing.challenges],
        [
          { error: 'unauthorized', error_description: 'no access token was presented' },
          ['Bearer realm="api", scope="a"', DPOP_TOO.replace('realm="api"', 'realm="api", scope="a"')],
        ],
      );
      const twice = await api.send('/core', {
        headers: [
          ['Authorization', 'Bearer a.b.c'],
          ['Authorization', 'Bearer a.b.c'],
        ],
      });
      assert.deepEqual([twice.status, twice.json.error], [400, 'invalid_request']);
      assert.deepEqual(
        (await api.send('/core-message', { token: 'a.b.c' })).json.error,
        'The access token is not a signed JWT in compact serialization',
      );
    });

    it('say what they are about, in both kinds of words', async () => {
      const handler = auth({ issuerBaseURL: issuer.url, audience: AUDIENCE });
      const refusal = async (options) => {
        const authorization = `Bearer ${await issuer.token(options)}`;
        return new Promise((resolve) => handler({ headers: { authorization }, url: '/' }, {}, resolve));
      };
      const { message, description, claim, reason } = await refusal({ claims: { exp: 'soon' } });
      assert.deepEqual(
        [message, description, claim, reason],
        [
          '"exp" claim must be a number',
          "the access token's claim exp is malformed: it must be a number of seconds since 1970, below 100000000000",
          'exp',
          'claim_malformed',
        ],
      );
      assert.equal((await refusal({ claims: { exp: 1 } })).claim, undefined);
    });
  });
}

describe('a part of a requirement that cannot be told', () => {
  let issuer;
  let api;
  const unknown = { organization: { any: true } };
  before(async () => {
    issuer = await startIssuer();
    api = await serve((app) => {
      const api = auth({ issuerBaseURL: issuer.url, audience: AUDIENCE });
      const done = (_req, res) => res.json({});
      const routes = {
        '/plain': unknown,
        '/not': { not: unknown },
        '/not-or': { not: { or: [{ scope: 'zzz' }, unknown] } },
        '/not-or-turned': { not: { or: [unknown, { scope: 'zzz' }] } },
        '/not-and': { not: { and: [{ scope: 'a' }, unknown] } },
        '/not-denied': { not: { and: [unknown, { scope: 'zzz' }] } },
        '/or': { or: [unknown, { scope: 'a' }] },
        '/or-turned': { or: [{ scope: 'a' }, unknown] },
        '/not-role': not(roles.keycloakRealm('banned')),
        '/not-header': not(organization({ fromHeader: 'x-org' })),
        '/not-step-up': not(acr('weak')),
      };
      for (const [path, requirement] of Object.entries(routes)) app.get(path, api.require(requirement), done);
    });
  });
  after(async () => {
    await api.close();
    await issuer.close();
  });

  it('permits nothing, negated or not, and the order of the parts changes nothing', async () => {
    const strange = { scope: 'a', organization_id: ['o1'], realm_access: [{ roles: ['banned'] }], acr: ['weak'] };
    for (const [path, claims, status, reason] of [
      ['/plain', strange, 401, 'claim_malformed'],
      ['/not', strange, 401, 'claim_malformed'],
      ['/not-or', strange, 401, 'claim_malformed'],
      ['/not-or-turned', strange, 401, 'claim_malformed'],
      ['/not-and', strange, 401, 'claim_malformed'],
      ['/not-denied', strange, 200],
      ['/or', strange, 200],
      ['/or-turned', strange, 200],
      ['/not-role', strange, 403, 'requirement_unmet'],
      ['/not-role', {}, 200],
      ['/not-step-up', strange, 403, 'requirement_unmet'],
      ['/not-or', {}, 200],
      ['/not-or', { organization_id: 'o1' }, 403, 'requirement_unmet'],
      ['/not-header', { organization_id: 'o1' }, 403, 'requirement_unmet'],
    ]) {
      const answer = await api.send(path, { token: await issuer.token({ claims }) });
      assert.deepEqual([answer.status, answer.json.reason], [status, reason], `${path} ${JSON.stringify(claims)}`);
    }
    const other = await api.send('/not-header', {
      token: await issuer.token({ claims: { organization_id: 'o1' } }),
      headers: { 'x-org': 'o2' },
    });
    assert.equal(other.status, 200);
  });
});

describe('a claim', () => {
  it('is compared as the table says that Rust shares', async () => {
    const table = new URL('../../../tests/conformance/comparisons.json', import.meta.url);
    const { cases } = JSON.parse(await readFile(table, 'utf8'));
    assert.ok(cases.length > 60);
    const issuer = await startIssuer();
    const isPrimitive = (value) => ['string', 'number', 'boolean'].includes(typeof value);
    /** What `claimEquals` and `claimIncludes` make of the same test, where they can say it. */
    const checkOf = ({ equals, includes }) => {
      if (isPrimitive(equals)) return () => claimEquals('value', equals);
      return includes?.every(isPrimitive) ? () => claimIncludes('value', ...includes) : undefined;
    };
    const api = await serve((app) => {
      const api = auth({ issuerBaseURL: issuer.url, audience: AUDIENCE });
      const done = (_req, res) => res.json({});
      cases.forEach(({ test, refused }, number) => {
        const requirement = claim('value', JSON.parse(test));
        const check = checkOf(JSON.parse(test));
        if (refused) {
          const why = test.includes('null')
            ? /requirement: .*null, which equals nothing/
            : /requirement: .*9007199254740991/;
          assert.throws(() => api.require(requirement), why, test);
          assert.throws(() => api.require(not(requirement)), why, test);
          if (check) assert.throws(check, /9007199254740991/, test);
          return;
        }
        app.get(`/met/${number}`, api.require(requirement), done);
        app.get(`/negated/${number}`, api.require(not(requirement)), done);
        if (check) app.get(`/checked/${number}`, api, check(), done);
      });
    });
    try {
      for (const [number, { claim, test, refused, met, negated }] of cases.entries()) {
        if (refused) continue;
        const now = Math.floor(Date.now() / 1000);
        const claims = JSON.stringify({ iss: issuer.issuer, aud: AUDIENCE, iat: now, exp: now + 600 });
        const text = new TextEncoder().encode(`${claims.slice(0, -1)},"value":${claim}}`);
        const token = await new CompactSign(text)
          .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
          .sign(issuer.key.privateKey);
        const passes = async (path) => (await api.send(`${path}/${number}`, { token })).status === 200;
        assert.equal(await passes('/met'), met, `${claim} ${test}`);
        assert.equal(await passes('/negated'), negated, `${claim} not ${test}`);
        if (checkOf(JSON.parse(test)))
          assert.equal(await passes('/checked'), met, `${claim} ${test} by claimEquals or claimIncludes`);
      }
    } finally {
      await api.close();
      await issuer.close();
    }
  });

  it('is not compared with what JSON cannot write', () => {
    for (const [test, lost] of [
      [{ equals: NaN }, 'NaN'],
      [{ equals: [Infinity] }, 'Infinity'],
      [{ includes: [undefined] }, 'undefined'],
      [{ one_of: [1, -Infinity] }, '-Infinity'],
    ]) {
      for (const requirement of [claim('x', test), not(claim('x', test))]) {
        assert.throws(() => authorize(requirement), { message: `requirement: ${lost} cannot be required of a claim` });
        assert.throws(() => auth({ issuerBaseURL: 'https://a.example', audience: 'x', requirement }), {
          message: `requirement: ${lost} cannot be required of a claim`,
        });
      }
    }
    assert.throws(() => claimEquals('x', 2 ** 53), /^TypeError: 'expected' must be a number between ±9007199254740991/);
    assert.throws(
      () => claimIncludes('x', 1, NaN),
      /^TypeError: 'expected' must be a number between ±9007199254740991/,
    );
  });
});

describe('a requirement', () => {
  it('that is nested too deep for an auth() that requires something as well is told to next', async () => {
    const key = await keyPair();
    const check = auth({
      issuer: 'https://issuer.example',
      audience: AUDIENCE,
      publicKey: key.jwk,
      requirement: scopes('a'),
    });
    let deep = scopes('b');
    for (let depth = 0; depth < 124; depth += 1) deep = not(deep);
    const also = authorize(deep);
    const authorization = `Bearer ${await sign(key, 'https://issuer.example', { claims: { scope: 'a b' } })}`;
    const req = { method: 'GET', url: '/', headers: { authorization } };
    await check(req, {});
    let refusal;
    await also(req, {}, (error) => {
      refusal = error;
    });
    assert.deepEqual([refusal.name, refusal.status], ['InternalError', 500]);
    assert.match(refusal.cause.message, /recursion limit/);
  });

  it('that would let everyone pass, or means nothing, is refused at start', () => {
    for (const wrong of [
      scopes(),
      anyScope(),
      scopes(''),
      scopes('a b'),
      claim('', { equals: 1 }),
      claim('x', { includes: [] }),
      and(),
      or(),
      acr(),
      { scopes: ['a'] },
      {},
      role(''),
    ]) {
      assert.throws(() => authorize(wrong), /requirement: /, JSON.stringify(wrong));
    }
    assert.throws(() => requireRoles([]), /requirement: /);
    assert.throws(() => requireOrganization({}), /exactly one of/);
    assert.throws(() => requireOrganization({ fromPath: 'org', is: 'o1' }), /exactly one of/);
    assert.throws(() => requireOrganization({ fromPath: 'org', audience: 'urn:x' }), /placeholder/);
    assert.throws(
      () => auth({ issuerBaseURL: 'https://a.example', audience: 'x', requirement: scopes() }),
      /requirement: /,
    );
  });
});
