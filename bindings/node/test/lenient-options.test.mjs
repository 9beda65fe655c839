// Settings as they come from templates, files and variables: empty, undefined, in one line, in bytes, or with the name
// that a server has inside a cluster.

import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import process from 'node:process';
import { protect } from 'bearward';
import { auth } from 'bearward/express';
import { protect as protectFetch } from 'bearward/fetch';
import { auth as honoAuth } from 'bearward/hono';
import { protect as protectNode } from 'bearward/node';
import { getSimpleJwksService, secure } from 'bearward/express-oauth-jwt';
import { serve } from './app.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

const open = [];
const VARIABLES = ['ISSUER', 'ISSUER_BASE_URL', 'JWKS_URI', 'AUDIENCE', 'SECRET', 'TOKEN_SIGNING_ALG'];
afterEach(async () => {
  for (const name of VARIABLES) delete process.env[name];
  for (const one of open.splice(0)) await one.close();
});

async function startAll(make) {
  const issuer = await startIssuer();
  const api = await serve((app) => app.use(make(issuer), (_req, res) => res.json({})));
  open.push(issuer, api);
  return {
    issuer,
    ask: async (options, key) =>
      api.send('/', { token: key ? await sign(key, options.issuer, options) : await issuer.token(options) }),
  };
}

describe('what is empty or undefined', () => {
  it('counts as left out, in options and in the environment', async () => {
    for (const name of VARIABLES) process.env[name] = '';
    const absent = Object.fromEntries(
      ['issuer', 'jwksUri', 'secret', 'publicKey', 'tokenSigningAlg'].flatMap((name) => [[name, '']]),
    );
    const missing = {
      dpop: undefined,
      mtls: undefined,
      cache: { jwks: undefined },
      agent: undefined,
      strict: undefined,
    };
    const { ask } = await startAll((issuer) =>
      auth({ ...absent, ...missing, issuerBaseURL: issuer.url, audience: AUDIENCE }),
    );
    assert.equal((await ask()).status, 200);
    assert.equal((await ask({ claims: { aud: 'another' } })).json.reason, 'audience_mismatch');
  });

  it('gives way to the environment', async () => {
    process.env.AUDIENCE = AUDIENCE;
    const { ask } = await startAll((issuer) => auth({ issuerBaseURL: issuer.url, audience: '' }));
    assert.equal((await ask()).status, 200);
  });

  it('never switches a check off', async () => {
    const named = { issuer: 'https://issuer.example' };
    const missing = "An 'audience' is required to validate the 'aud' claim";
    for (const [audience, advice] of [
      ['', "; 'audience' is empty: is the environment variable set?"],
      [undefined, "; 'audience' is undefined: is the environment variable set?"],
      [[], ''],
      [[''], ''],
      [[AUDIENCE, ''], ''],
      [[undefined], ''],
    ]) {
      assert.throws(() => auth({ ...named, audience }), { message: missing + advice }, String(audience));
    }
    for (const audience of ['', [], undefined]) {
      assert.throws(
        () => secure(getSimpleJwksService('https://issuer.example/jwks'), { ...named, audience }),
        /say whom tokens must be for/,
      );
    }
    assert.throws(
      () => secure(getSimpleJwksService('https://issuer.example/jwks'), { ...named, audience: ['', 'api'] }),
      /an audience cannot be empty/,
    );
    assert.throws(
      () => secure(getSimpleJwksService('https://issuer.example/jwks'), { issuer: '', audience: 'api' }),
      /say whose tokens count/,
    );
    assert.throws(
      () => auth({ ...named, audience: 'api', secret: Buffer.alloc(0), tokenSigningAlg: 'HS256' }),
      /secret: 0 bytes are too short/,
    );
    assert.throws(
      () => auth({ ...named, audience: 'api', secret: 'x'.repeat(32), tokenSigningAlg: '' }),
      /must provide a 'tokenSigningAlg'/,
    );
    assert.throws(
      () => auth({ audience: 'api', issuer: '', issuerBaseURL: '' }),
      /You must provide 'mcd', 'issuerBaseURL'/,
    );
  });

  it('is an error in the place of a requirement: a misspelt name would let every good token in', async () => {
    const policies = {};
    const named = { issuer: 'https://issuer.example', audience: 'api' };
    const protections = { auth, ofFetch: protectFetch, ofHono: honoAuth, ofNode: protectNode, ofAny: protect };
    for (const [name, make] of Object.entries(protections)) {
      make(named);
      for (const requirement of [policies.admin, null]) {
        assert.throws(
          () => make({ ...named, requirement }),
          { message: /'requirement' (is undefined|must not be null): leave it out/ },
          name,
        );
      }
    }
  });

  it('is no switch, and neither is a text: an empty variable would let everybody in, and "false" is true', () => {
    const named = { issuer: 'https://issuer.example', audience: 'api' };
    for (const name of ['authRequired', 'strict']) {
      for (const value of ['', 0, 'false', 'true'])
        assert.throws(() => auth({ ...named, [name]: value }), { message: `'${name}' must be a boolean` });
      for (const value of [null, undefined, true]) auth({ ...named, [name]: value });
    }
    for (const name of ['plainHttp', 'queryTokens', 'clockTolerance', 'tokensWithoutIssuer']) {
      for (const value of ['', 1, 'false']) {
        assert.throws(() => auth({ ...named, dangerous: { [name]: value } }), {
          message: `'dangerous.${name}' must be a boolean`,
        });
      }
    }
  });

  it('is not ignored where it is given by a prototype or a hidden property', () => {
    const own = { issuer: 'https://issuer.example', audience: 'api' };
    class Settings {
      issuer = own.issuer;
      audience = own.audience;
      get requirement() {
        return { scope: 'admin' };
      }
    }
    const hidden = Object.defineProperty({ ...own }, 'requirement', { value: { scope: 'admin' } });
    for (const options of [
      new Settings(),
      Object.assign(Object.create({ requirement: { scope: 'admin' } }), own),
      hidden,
    ]) {
      assert.throws(
        () => auth(options),
        /^AssertionError.*: 'requirement' is inherited or hidden, and would be ignored/,
      );
    }
    class Plain {
      issuer = own.issuer;
      audience = own.audience;
    }
    auth(new Plain());
  });
});

describe('a key', () => {
  it('in PEM may have its line breaks written as two characters', async () => {
    const key = await keyPair('ES256');
    const publicKey = key.pem.replaceAll('\n', '\\n');
    const { ask } = await startAll(() =>
      auth({ issuer: 'https://issuer.example', audience: AUDIENCE, publicKey, tokenSigningAlg: 'ES256' }),
    );
    assert.equal((await ask({ issuer: 'https://issuer.example' }, key)).status, 200);
    assert.equal(
      (await ask({ issuer: 'https://issuer.example' }, await keyPair('ES256'))).json.reason,
      'signature_invalid',
    );
    // It is a public key in this form, too.
    assert.throws(
      () => auth({ issuer: 'https://issuer.example', audience: AUDIENCE, secret: publicKey, tokenSigningAlg: 'HS256' }),
      /this is a public key/,
    );
  });

  it('that is secret may be bytes, in one issuer and in one of several', async () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, at) => 255 - at));
    const key = { alg: 'HS256', kid: 'k1', privateKey: bytes };
    const issuer = 'https://issuer.example';
    for (const secret of [bytes, new Uint8Array(bytes)]) {
      for (const options of [
        { issuer, secret, tokenSigningAlg: 'HS256' },
        { mcd: { issuers: [{ issuer, secret, alg: 'HS256' }] } },
        { mcd: { issuers: () => [{ issuer, secret, alg: 'HS256' }] } },
      ]) {
        const { ask } = await startAll(() => auth({ ...options, audience: AUDIENCE }));
        assert.equal((await ask({ issuer }, key)).status, 200);
        assert.equal(
          (await ask({ issuer }, { ...key, privateKey: Buffer.alloc(32, 1) })).json.reason,
          'signature_invalid',
        );
      }
    }
    const wrong = { message: "'secret' must be text, or bytes: a Buffer or Uint8Array" };
    assert.throws(() => auth({ issuer, audience: AUDIENCE, secret: [1, 2], tokenSigningAlg: 'HS256' }), wrong);
    assert.throws(
      () => auth({ audience: AUDIENCE, mcd: { issuers: [{ issuer, secret: { a: 1 }, alg: 'HS256' }] } }),
      wrong,
    );
  });
});

describe('an issuer', () => {
  it('that is written in another way is told how to write it', () => {
    for (const [options, expected] of [
      [
        { issuer: 'tenant.example.com' },
        /issuer: "tenant\.example\.com": must be an absolute https URL: write "https:\/\/tenant\.example\.com", with the last slash if/,
      ],
      [
        { issuerBaseURL: 'tenant.example.com/oidc' },
        /issuerBaseURL: "tenant\.example\.com\/oidc": must be an absolute https URL: write "https:\/\/tenant\.example\.com\/oidc"/,
      ],
      [
        { issuerBaseURL: 'tenant.example.com:8443' },
        /must be an absolute https URL: write "https:\/\/tenant\.example\.com:8443"/,
      ],
      [
        { issuer: 'https://a.example/x/.well-known/openid-configuration' },
        /this is the URL of the metadata; .*: write "https:\/\/a\.example\/x"/,
      ],
      [
        { issuer: 'https://a.example/.well-known/oauth-authorization-server/x', jwksUri: 'https://a.example/jwks' },
        /this is the URL of the metadata; .*: write "https:\/\/a\.example\/x"/,
      ],
      [
        { issuer: 'https://a.example', issuerBaseURL: 'b.example' },
        /issuerBaseURL: "b\.example": must be an absolute https URL: write "https:\/\/b\.example"/,
      ],
    ]) {
      assert.throws(() => auth({ ...options, audience: AUDIENCE }), expected);
    }
  });

  it('may be reached by another name, which its metadata may use as well, and tokens may not', async () => {
    const name = 'https://public.example';
    for (const said of [name, 'the inner one', 'the inner one/', 'https://other.example']) {
      const { issuer, ask } = await startAll(({ url }) =>
        auth({ issuer: name, issuerBaseURL: url, audience: AUDIENCE }),
      );
      const inner = said.replace('the inner one', issuer.origin);
      issuer.state.metadata = { issuer: inner };
      const answer = await ask({ claims: { iss: name } });
      assert.equal(answer.status, said === 'https://other.example' ? 503 : 200, said);
      assert.equal((await ask({ claims: { iss: issuer.origin } })).json.reason, 'issuer_unknown', said);
    }
  });

  it('may be reached by another name where opaque tokens are introspected', async () => {
    const name = 'https://public.example';
    const introspection = { clientId: 'api', clientSecret: 'a secret' };
    const { issuer, ask } = await startAll(({ url }) =>
      auth({ issuer: name, issuerBaseURL: url, audience: AUDIENCE, introspection }),
    );
    issuer.state.metadata = { issuer: name };
    assert.equal((await ask({ claims: { iss: name } })).status, 200);
    assert.ok(issuer.state.requests.includes('/jwks'));
  });
});

describe('an option that a dangerous one allows', () => {
  it('is refused with the name of that one', () => {
    const base = { issuer: 'https://issuer.example', audience: AUDIENCE, jwksUri: 'https://keys.example/jwks' };
    for (const [changed, option, member] of [
      [{ jwksUri: 'http://keys.example/jwks' }, 'jwksUri', 'plainHttp'],
      [{ clockTolerance: 100 }, 'clockTolerance', 'clockTolerance'],
    ]) {
      const expected = (error) =>
        error.message.startsWith(`${option}: `) && error.message.endsWith(` under dangerous: { ${member}: true }`);
      assert.throws(() => auth({ ...base, ...changed }), expected);
      auth({ ...base, ...changed, dangerous: { [member]: true } });
    }
  });
});
