// `req.auth`, as it is logged, mocked and handed on.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { auth, InternalError, requiredScopes, UnauthorizedError, UnavailableError } from 'bearward/express';
import { serve } from './app.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

const original = createRequire(import.meta.url)('express-oauth2-jwt-bearer');

/** What `handler(req)` returns for a good token. */
async function withAuth({ claims, unset, options = {}, protect = auth }, handler) {
  const issuer = await startIssuer();
  const token = await issuer.token({ claims, unset });
  let found;
  const api = await serve((app) => {
    app.use(protect({ issuerBaseURL: issuer.issuer, audience: AUDIENCE, ...options }));
    app.use((req, res) => {
      found = handler(req, token);
      res.end();
    });
  });
  try {
    const { status, text } = await api.send('/', { token });
    assert.equal(status, 200, text);
    return found;
  } finally {
    await api.close();
    await issuer.close();
  }
}

describe('console.log(req.auth)', () => {
  it('shows header and payload as the original does, and not the token', async () => {
    const claims = { scope: 'read', realm_access: { roles: ['admin'] } };
    const log = (req, token) => ({ text: inspect(req.auth), token });
    const { text, token } = await withAuth({ claims }, log);
    const theirs = await withAuth({ claims, protect: original.auth }, log);
    for (const shown of [text, theirs.text]) {
      for (const part of [
        /header: \{ alg: 'RS256', typ: 'at\+jwt', kid: 'k1' \}/,
        /sub: 'alice'/,
        /scope: 'read'/,
        /realm_access: \{ roles: \[Array\] \}/,
      ]) {
        assert.match(shown, part);
      }
    }
    assert.match(text, /^AuthResult \{/);
    assert.match(text, /token: \[hidden\]/);
    for (const part of token.split('.')) assert.ok(!text.includes(part), text);
  });

  it('shows what a handler changed and added, and keeps to the depth that is asked for', async () => {
    const shown = await withAuth({}, (req) => {
      req.auth.payload = { sub: 'bob' };
      req.auth.user = 'b';
      return [inspect(req.auth), inspect({ a: { b: { c: req.auth } } }), inspect([req.auth], { depth: 0 })];
    });
    assert.match(shown[0], /payload: \{ sub: 'bob' \},\s+token: \[hidden\],\s+user: 'b'/);
    assert.match(shown[1], /c: \[AuthResult\]/);
    assert.equal(shown[2], '[ [AuthResult] ]');
  });
});

describe('req.auth', () => {
  it('is what the MCP SDK calls AuthInfo', async () => {
    const resource = { identifier: 'https://api.example.com/mcp' };
    const options = { audience: [AUDIENCE, resource.identifier], resource };
    const claims = { aud: [AUDIENCE, resource.identifier, 'https://other.example'], scope: 'a b', exp: 4_000_000_000 };
    const read = ({ auth: { token, clientId, scopes, expiresAt, resource, extra } }) => ({
      token,
      clientId,
      scopes,
      expiresAt,
      resource,
      extra,
    });
    const { extra, token, ...found } = await withAuth({ claims, options }, read);
    assert.deepEqual(found, {
      clientId: 'app',
      scopes: ['a', 'b'],
      expiresAt: 4_000_000_000,
      resource: new URL(resource.identifier),
    });
    assert.equal(extra.sub, 'alice');
    assert.equal(token.split('.').length, 3);
  });

  it('names the accepted audience as the resource, and nothing that the token does not say', async () => {
    const read = ({ auth: { clientId, scopes, resource } }) => ({ clientId, scopes, resource: resource?.href });
    const claims = { aud: ['https://other.example', AUDIENCE] };
    assert.deepEqual(await withAuth({ claims, unset: ['client_id'] }, read), {
      clientId: '',
      scopes: [],
      resource: `${AUDIENCE}/`,
    });
    const named = await withAuth({ claims: { aud: 'api' }, options: { audience: 'api' } }, read);
    assert.deepEqual(named, { clientId: 'app', scopes: [], resource: undefined });
  });

  it('may be set by a test to what the original has there', async () => {
    const payload = { sub: 'bob', scope: 'read' };
    const req = { method: 'GET', url: '/', headers: {}, auth: { header: {}, payload, token: '' } };
    await requiredScopes('read')(req, { setHeader() {} });
    assert.throws(() => requiredScopes('write')(req, { setHeader() {} }), { status: 403, code: 'insufficient_scope' });
  });
});

describe('the errors', () => {
  it('say whether their message may be shown, as those of http-errors do', async () => {
    assert.equal(new UnauthorizedError().expose, true);
    assert.equal(new UnavailableError('x', 'keys_unavailable', 1).expose, false);
    assert.equal(new InternalError('x').expose, false);
    const issuer = await startIssuer();
    const refused = await auth({ issuerBaseURL: issuer.issuer, audience: AUDIENCE })(
      { method: 'GET', url: '/', headers: {} },
      { setHeader() {} },
    ).catch((error) => error);
    await issuer.close();
    assert.deepEqual([refused.status, refused.expose], [401, true]);
  });
});
