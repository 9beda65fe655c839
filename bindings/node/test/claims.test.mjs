// What the claims of a token say of its client, its organization, its roles and whom it is for.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { SignJWT } from 'jose';
import {
  and,
  auth,
  authorize,
  claim,
  LOGTO_ORGANIZATION_AUDIENCE,
  not,
  organization,
  requireOrganization,
  requireRoles,
  roles,
} from 'bearward/express';
import { serve } from './app.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

const table = JSON.parse(
  await readFile(new URL('../../../tests/conformance/claim-paths.json', import.meta.url), 'utf8'),
);
const done = (req, res) => res.json(req.auth.info);

describe('claims', () => {
  let issuer;
  before(async () => {
    issuer = await startIssuer();
  });
  after(() => issuer.close());

  /** A good token with these claims, and without a client unless they name one; `undefined` takes one away. */
  const token = (claims) => {
    const absent = Object.keys(claims).filter((name) => claims[name] === undefined);
    return sign(issuer.key, issuer.issuer, { claims: { client_id: undefined, ...claims }, unset: absent });
  };
  const own = (options) => auth({ issuerBaseURL: issuer.url, audience: AUDIENCE, ...options });

  it('are found where the shared table says', async () => {
    const { requirements, refused } = table;
    assert.ok(requirements.length > 30);
    const api = await serve((app) => {
      const api = own();
      requirements.forEach(({ requirement }, number) => {
        app.get(`/met/${number}`, api.require(requirement), done);
        app.get(`/negated/${number}`, api.require(not(requirement)), done);
      });
    });
    try {
      for (const [number, { claims, requirement, met, negated }] of requirements.entries()) {
        const sent = await token(claims);
        const passes = async (path) => (await api.send(`${path}/${number}`, { token: sent })).status === 200;
        const what = JSON.stringify({ claims, requirement });
        assert.equal(await passes('/met'), met, what);
        assert.equal(await passes('/negated'), negated, `${what} negated`);
      }
      for (const requirement of refused)
        assert.throws(() => own({ requirement }), /requirement: /, JSON.stringify(requirement));
    } finally {
      await api.close();
    }
  });

  it('name the organization as the shared table says', async () => {
    const { organizations } = table;
    assert.ok(organizations.length > 20);
    const api = await serve((app) => {
      organizations.forEach(({ claim: organizationClaim }, number) => {
        app.get(`/${number}/:org`, own({ organizationClaim }), requireOrganization({ fromPath: 'org' }), done);
      });
    });
    try {
      for (const [number, { claims, named, code, organization: read, ...rest }] of organizations.entries()) {
        const answer = await api.send(`/${number}/${named}`, { token: await token(claims) });
        const what = JSON.stringify({ claims, named, ...rest });
        assert.equal(answer.status === 200 ? 'accepted' : answer.json.reason, code, what);
        assert.equal(answer.json?.organizationId, read, what);
      }
    } finally {
      await api.close();
    }
  });

  it('for several organizations act for the one that the request names, on the whole way to the handler', async () => {
    const several = { organizationClaim: { path: 'organization', several: true } };
    const inAudience = organization({ fromPath: 'org', audience: LOGTO_ORGANIZATION_AUDIENCE });
    const api = await serve((app) => {
      const api = own(several);
      app.get('/open', api, done);
      app.get('/any', api, authorize(organization({ any: true })), done);
      app.get(
        '/orgs/:org',
        api,
        requireOrganization({ fromPath: 'org' }),
        authorize(claim('sub', { equals: 's' })),
        done,
      );
      app.get('/members/:org', api.require(inAudience), done);
    });
    try {
      const both = await token({ sub: 's', organization: ['zeta', 'acme'] });
      assert.equal((await api.send('/open', { token: both })).json.organizationId, undefined);
      assert.equal((await api.send('/any', { token: both })).json.reason, 'organization_mismatch');
      for (const org of ['acme', 'zeta']) {
        assert.equal((await api.send(`/orgs/${org}`, { token: both })).json.organizationId, org);
      }
      const one = await token({ organization: { acme: { id: '1' } } });
      assert.equal((await api.send('/any', { token: one })).json.organizationId, 'acme');
      assert.equal((await api.send('/open', { token: one })).json.organizationId, 'acme');
      // The same for organizations in the audience: the handler reads the one that was asked for, not the first one.
      const audiences = await token({ aud: ['urn:logto:organization:zeta', 'urn:logto:organization:acme'] });
      for (const org of ['acme', 'zeta']) {
        assert.equal((await api.send(`/members/${org}`, { token: audiences })).json.organizationId, org);
      }
    } finally {
      await api.close();
    }
  });

  it('may name the organization in another claim for each of several issuers', async () => {
    const issuers = [{ issuer: issuer.url, organizationClaim: 'o.id' }];
    const api = await serve((app) => {
      app.get(
        '/list/:org',
        auth({ mcd: { issuers }, audience: AUDIENCE, organizationClaim: 'other' }),
        requireOrganization({ fromPath: 'org' }),
        done,
      );
      app.get(
        '/function/:org',
        auth({ mcd: { issuers: () => issuers }, audience: AUDIENCE }),
        requireOrganization({ fromPath: 'org' }),
        done,
      );
      app.get('/open', auth({ mcd: { issuers: () => issuers }, audience: AUDIENCE }), done);
    });
    try {
      const sent = await token({ o: { id: 'acme' }, organization_id: 'decoy', other: 'decoy' });
      for (const path of ['/list', '/function']) {
        assert.equal((await api.send(`${path}/acme`, { token: sent })).json.organizationId, 'acme', path);
        assert.equal((await api.send(`${path}/decoy`, { token: sent })).json.reason, 'organization_mismatch', path);
      }
      assert.equal((await api.send('/open', { token: sent })).json.organizationId, 'acme');
      const none = await token({ organization_id: 'decoy' });
      assert.equal((await api.send('/open', { token: none })).json.organizationId, undefined);
    } finally {
      await api.close();
    }
  });

  it('list roles as keys where the requirement says so', async () => {
    const api = await serve((app) => {
      const api = own();
      app.get('/zitadel', api, authorize(and(roles.zitadel('admin'))), done);
      app.get('/keys', api, requireRoles(['admin', 'editor'], { claim: 'r', listedAs: 'keys' }), done);
    });
    try {
      const good = await token({
        'urn:zitadel:iam:org:project:roles': { admin: { 1: 'acme' } },
        r: { admin: {}, editor: {} },
      });
      const poor = await token({
        'urn:zitadel:iam:org:project:roles': { editor: { 1: 'acme' } },
        r: { admin: {}, editor: false },
      });
      for (const path of ['/zitadel', '/keys']) {
        assert.equal((await api.send(path, { token: good })).status, 200, path);
        assert.equal((await api.send(path, { token: poor })).json.reason, 'role_missing', path);
      }
    } finally {
      await api.close();
    }
  });

  it('name the client in one of four ways, and an odd one refuses nothing', async () => {
    const api = await serve((app) => app.get('/', own(), done));
    try {
      for (const [claims, expected] of [
        [{ client_id: 'a', azp: 'b', appid: 'c', cid: 'd' }, 'a'],
        [{ azp: 'b', appid: 'c', cid: 'd' }, 'b'],
        [{ appid: 'c', cid: 'd' }, 'c'],
        [{ cid: 'd' }, 'd'],
        [{ azp: null, cid: 'd' }, 'd'],
        [{ azp: 7, appid: '', cid: 'd' }, 'd'],
        [{ azp: 1e300 }, undefined],
      ]) {
        const answer = await api.send('/', { token: await token(claims) });
        assert.equal(answer.status, 200, JSON.stringify(claims));
        assert.equal(answer.json.clientId, expected, JSON.stringify(claims));
      }
    } finally {
      await api.close();
    }
  });

  it('without aud let in the clients that are listed, and no others', async () => {
    const tokensWithoutAudience = { clientId: ['web', 'mobile'], claims: { token_use: 'access' } };
    const clerk = { azp: 'https://app.example.com' };
    const api = await serve((app) => {
      app.get('/cognito', auth({ issuerBaseURL: issuer.url, tokensWithoutAudience }), done);
      app.get('/both', own({ tokensWithoutAudience }), done);
      app.get('/clerk', auth({ issuerBaseURL: issuer.url, tokensWithoutAudience: clerk }), done);
      app.get('/several', auth({ mcd: { issuers: [{ issuer: issuer.url, tokensWithoutAudience }] } }), done);
      app.get('/none', own(), done);
    });
    try {
      const good = { aud: undefined, client_id: 'web', token_use: 'access' };
      for (const path of ['/cognito', '/both', '/several']) {
        for (const claims of [good, { ...good, client_id: 'mobile' }, { ...good, aud: [] }]) {
          assert.equal((await api.send(path, { token: await token(claims) })).status, 200, path);
        }
        for (const [claims, reason] of [
          [{ ...good, client_id: 'other' }, 'audience_substitute_mismatch'],
          [{ ...good, client_id: undefined, azp: 'web' }, 'audience_substitute_mismatch'],
          [{ ...good, token_use: undefined }, 'audience_substitute_mismatch'],
          [{ ...good, token_use: 'id' }, 'audience_substitute_mismatch'],
          [{ ...good, aud: 'https://other.example' }, 'audience_mismatch'],
          [{ ...good, aud: 'web' }, 'audience_mismatch'],
          [{ ...good, aud: null }, 'claim_malformed'],
        ]) {
          const answer = await api.send(path, { token: await token(claims) });
          assert.deepEqual([answer.status, answer.json.reason], [401, reason], `${path} ${JSON.stringify(claims)}`);
        }
      }
      assert.equal((await api.send('/both', { token: await token({}) })).status, 200, 'a token for the API');
      assert.equal(
        (await api.send('/cognito', { token: await token({ client_id: 'web' }) })).json.reason,
        'audience_mismatch',
      );
      assert.equal((await api.send('/none', { token: await token(good) })).json.reason, 'claim_missing');
      const origin = (azp) => token({ aud: undefined, azp });
      assert.equal((await api.send('/clerk', { token: await origin('https://app.example.com') })).status, 200);
      for (const azp of ['https://app.example.com/', 'https://evil.example', null, 7, ['https://app.example.com']]) {
        const answer = await api.send('/clerk', { token: await origin(azp) });
        assert.equal(answer.json.reason, 'audience_substitute_mismatch', JSON.stringify(azp));
      }
    } finally {
      await api.close();
    }
  });

  it('may leave out iss where that is dangerously allowed, and name no other issuer', async () => {
    const dangerous = { tokensWithoutIssuer: true };
    const api = await serve((app) => {
      app.get('/discovered', own({ dangerous }), done);
      app.get(
        '/configured',
        auth({ issuer: issuer.issuer, jwksUri: issuer.jwksUri, audience: AUDIENCE, dangerous }),
        done,
      );
      app.get('/strict', own(), done);
    });
    try {
      for (const path of ['/discovered', '/configured']) {
        assert.equal((await api.send(path, { token: await token({ iss: undefined }) })).status, 200, path);
        assert.equal((await api.send(path, { token: await token({}) })).status, 200, path);
        for (const [iss, reason] of [
          ['https://other.example', 'issuer_unknown'],
          [null, 'issuer_malformed'],
          ['', 'issuer_unknown'],
        ]) {
          assert.equal((await api.send(path, { token: await token({ iss }) })).json.reason, reason, `${path} ${iss}`);
        }
        const stranger = await sign(await keyPair('RS256', 'k1'), issuer.issuer, { claims: { iss: undefined } });
        assert.equal((await api.send(path, { token: stranger })).json.reason, 'signature_invalid', path);
      }
      assert.equal(
        (await api.send('/strict', { token: await token({ iss: undefined }) })).json.reason,
        'issuer_missing',
      );
    } finally {
      await api.close();
    }
    const mcd = { issuers: [issuer.url] };
    assert.throws(
      () => auth({ mcd, audience: AUDIENCE, dangerous }),
      /must not provide both 'mcd' and 'dangerous.tokensWithoutIssuer'/,
    );
  });

  it('are verified with a secret or with published keys, each for its own algorithms', async () => {
    const secret = 'a secret that is shared with the issuer';
    const hs256 = (key, header = {}) => {
      const payload = { iss: issuer.issuer, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 600 };
      return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', ...header }).sign(Buffer.from(key));
    };
    const oct = {
      kty: 'oct',
      kid: 'o',
      alg: 'HS256',
      k: Buffer.from('a secret that somebody has published').toString('base64url'),
    };
    issuer.state.keys = [issuer.key.jwk, oct];
    const api = await serve((app) => {
      app.get('/text', own({ secretBesideKeys: secret }), done);
      app.get('/bytes', own({ secretBesideKeys: Buffer.from(secret), tokenSigningAlg: 'RS256' }), done);
      app.get(
        '/several',
        auth({ mcd: { issuers: [{ issuer: issuer.url, secretBesideKeys: secret }] }, audience: AUDIENCE }),
        done,
      );
      app.get('/keys', own(), done);
    });
    try {
      for (const path of ['/text', '/bytes', '/several']) {
        for (const good of [
          await token({}),
          await hs256(secret),
          await hs256(secret, { kid: 'k1' }),
          await hs256(secret, { kid: 'legacy' }),
        ]) {
          assert.equal((await api.send(path, { token: good })).status, 200, path);
        }
        for (const key of [issuer.key.pem, JSON.stringify(issuer.key.jwk), 'a secret that somebody has published']) {
          for (const kid of ['k1', 'o']) {
            const answer = await api.send(path, { token: await hs256(key, { kid }) });
            assert.equal(answer.json.reason, 'signature_invalid', path);
          }
        }
      }
      assert.equal((await api.send('/keys', { token: await hs256(secret) })).json.reason, 'algorithm_not_allowed');
    } finally {
      issuer.state.keys = [issuer.key.jwk];
      await api.close();
    }
    const base = { issuer: 'https://issuer.example', jwksUri: 'https://issuer.example/keys', audience: AUDIENCE };
    for (const [options, why] of [
      [{ secretBesideKeys: 'short' }, /too short/],
      [{ secretBesideKeys: issuer.key.pem }, /public key/],
      [{ secretBesideKeys: 7 }, /'secretBesideKeys' must be a string or a Uint8Array/],
      [{ secretBesideKeys: null }, /'secretBesideKeys' must not be null/],
      [
        { secretBesideKeys: secret, secret, tokenSigningAlg: 'HS256', jwksUri: undefined },
        /both a 'secret' and 'secretBesideKeys'/,
      ],
    ]) {
      assert.throws(() => auth({ ...base, ...options }), why);
    }
  });

  it('that stand for the audience cannot be set so that they check nothing', () => {
    const base = { issuer: 'https://issuer.example', jwksUri: 'https://issuer.example/keys' };
    for (const [options, why] of [
      [{ tokensWithoutAudience: { clientId: [] } }, /tokensWithoutAudience: the list of accepted clients is empty/],
      [{ tokensWithoutAudience: { azp: '' } }, /tokensWithoutAudience: one of the accepted clients is empty/],
      [{ tokensWithoutAudience: {} }, /'tokensWithoutAudience' needs exactly one of clientId, azp, appid, cid/],
      [{ tokensWithoutAudience: { clientId: 'a', azp: 'b' } }, /'tokensWithoutAudience' needs exactly one of/],
      [
        { tokensWithoutAudience: { clientId: undefined } },
        /'tokensWithoutAudience.clientId' must be a string or an array of strings/,
      ],
      [{ tokensWithoutAudience: { client_id: 'a' } }, /'tokensWithoutAudience' has no option 'client_id'/],
      [
        { tokensWithoutAudience: { clientId: 'a', claims: { token_use: 1 } } },
        /'tokensWithoutAudience.claims.token_use' must be a string/,
      ],
      [
        { tokensWithoutAudience: { clientId: 'a', claims: { token_use: '' } } },
        /tokensWithoutAudience: the name or the value of a further claim is empty/,
      ],
      [
        { tokensWithoutAudience: { clientId: 'a' }, validators: { aud: false } },
        /tokensWithoutAudience: any audience is dangerously allowed, so it checks nothing/,
      ],
      [{ tokensWithoutAudience: null }, /'tokensWithoutAudience' must not be null/],
      [{ tokensWithoutAudience: undefined }, /An 'audience' is required/],
      [{ audience: AUDIENCE, organizationClaim: '' }, /organizationClaim: "" is not the path of a claim/],
      [
        { audience: AUDIENCE, organizationClaim: { path: 'o', severel: true } },
        /'organizationClaim' has no option 'severel'/,
      ],
      [{ audience: AUDIENCE, organizationClaim: 7 }, /'organizationClaim' must be a claim's path/],
    ]) {
      assert.throws(() => auth({ ...base, ...options }), why, JSON.stringify(options));
    }
    const mcd = {
      issuers: [
        { issuer: 'https://issuer.example', tokensWithoutAudience: { clientId: 'a' } },
        'https://other.example',
      ],
    };
    assert.throws(() => auth({ mcd }), /An 'audience' is required/);
    assert.throws(() => auth({ mcd, audience: AUDIENCE, tokensWithoutAudience: { clientId: 'a' } }), /per-issuer/);
  });
});
