// The metadata of a protected resource (RFC 9728): served at the right place, and named in every challenge.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { auth, errorHandler, protectedResourceMetadata, requireAcr, requireMaxAge } from 'bearward/express';
import { EXPRESS, serve } from './app.mjs';
import { AUDIENCE, startIssuer } from './issuer.mjs';

const OPTIONS = { issuerBaseURL: 'https://issuer.example', audience: AUDIENCE };

for (const [name, express] of EXPRESS) {
  describe(`protectedResourceMetadata() in ${name}`, () => {
    it('serves the document where clients look for it, to pages of any origin', async () => {
      const resource = {
        identifier: 'https://api.example.com/mcp',
        scopes: ['notes:read'],
        name: 'Notes',
        members: { resource_policy_uri: 'https://example.com/policy' },
      };
      const api = await serve((app) => {
        app.use(protectedResourceMetadata(auth({ ...OPTIONS, resource })));
        app.use((_req, res) => res.status(404).end());
      }, express);
      const path = '/.well-known/oauth-protected-resource/mcp';
      const { status, json, headers } = await api.send(path);
      assert.equal(status, 200);
      assert.deepEqual(json, {
        resource: 'https://api.example.com/mcp',
        authorization_servers: ['https://issuer.example'],
        scopes_supported: ['notes:read'],
        bearer_methods_supported: ['header'],
        resource_name: 'Notes',
        dpop_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
        resource_policy_uri: 'https://example.com/policy',
      });
      assert.deepEqual(
        [headers['content-type'], headers['cache-control'], headers['access-control-allow-origin']],
        ['application/json', 'public, max-age=3600', '*'],
      );
      assert.equal((await api.send(`${path}?a=1`)).status, 200);
      const preflight = await api.send(path, { method: 'OPTIONS' });
      assert.deepEqual(
        [
          preflight.status,
          preflight.headers['access-control-allow-methods'],
          preflight.headers['access-control-allow-headers'],
        ],
        [204, 'GET', '*'],
      );
      assert.deepEqual(
        [(await api.send(path, { method: 'HEAD' })).status, (await api.send(path, { method: 'POST' })).status],
        [200, 405],
      );
      for (const other of ['/.well-known/oauth-protected-resource', `${path}/`, `${path}x`, '/mcp'])
        assert.equal((await api.send(other)).status, 404, other);
      await api.close();
    });

    it('says what the other options mean for clients', async () => {
      const describe = async (options, identifier = 'https://api.example.com') => {
        const { resourceMetadata } = auth({ ...OPTIONS, ...options, resource: { identifier } });
        return { ...JSON.parse(resourceMetadata.json), path: resourceMetadata.path };
      };
      assert.equal((await describe({})).path, '/.well-known/oauth-protected-resource');
      assert.equal((await describe({ dpop: { required: true } })).dpop_bound_access_tokens_required, true);
      assert.equal((await describe({ dpop: { enabled: false } })).dpop_signing_alg_values_supported, undefined);
      assert.deepEqual((await describe({ dpop: { algorithms: ['ES256'] } })).dpop_signing_alg_values_supported, [
        'ES256',
      ]);
      assert.equal((await describe({ mtls: { enabled: true } })).tls_client_certificate_bound_access_tokens, true);
      assert.deepEqual((await describe({ dangerous: { queryTokens: true } })).bearer_methods_supported, [
        'header',
        'query',
      ]);
      const several = { issuerBaseURL: undefined, mcd: { issuers: ['https://a.example', 'https://b.example'] } };
      assert.deepEqual((await describe(several)).authorization_servers, ['https://a.example', 'https://b.example']);
      const alone = { identifier: 'https://api.example.com/a', authorizationServers: ['https://c.example'] };
      const api = await serve((app) => app.use(protectedResourceMetadata(alone)), express);
      const { json } = await api.send('/.well-known/oauth-protected-resource/a');
      assert.deepEqual(
        [json.resource, json.authorization_servers],
        ['https://api.example.com/a', ['https://c.example']],
      );
      await api.close();
    });

    it('is named in every challenge, in both kinds of words', async () => {
      const issuer = await startIssuer();
      const own = { issuerBaseURL: issuer.url, audience: AUDIENCE, resource: { identifier: AUDIENCE } };
      const api = await serve((app) => {
        app.use('/original', auth(own), requireAcr('mfa'));
        app.use('/core', auth(own), requireMaxAge(60), (_req, res) => res.end());
        app.use('/core', errorHandler({ words: 'core' }));
      }, express);
      const parameter = `resource_metadata="${AUDIENCE}/.well-known/oauth-protected-resource"`;
      const expired = await issuer.token({ claims: { exp: 1 } });
      const weak = await issuer.token();
      for (const [options, pattern] of [
        [{}, /^Bearer realm="api"/],
        [{ token: expired }, /^Bearer realm="api", error="invalid_token", /],
        [
          { token: weak },
          /^Bearer realm="api", error="insufficient_user_authentication", .*(acr_values="mfa"|max_age="60")/,
        ],
      ]) {
        const { challenge } = await api.send('/original', options);
        assert.match(challenge, pattern);
        assert.equal(challenge.split(parameter).length, 3, challenge);
        const { challenges } = await api.send('/core', options);
        assert.match(challenges[0], pattern);
        assert.deepEqual(
          challenges.map((one) => one.endsWith(`, ${parameter}`)),
          [true, true],
        );
      }
      await api.close();
      await issuer.close();
    });
  });
}

describe('A resource', () => {
  it('is refused at start where it cannot be described', () => {
    for (const [resource, message] of [
      [{}, /^'resource' must have an 'identifier'$/],
      [{ identifier: 'api' }, /must be an absolute https URL/],
      [{ identifier: 'https://api.example.com/#a' }, /must not have/],
      [
        { identifier: 'https://api.example.com', scopes: ['a b'] },
        /^resource\.scopes: "scopes_supported" has a value that is not a scope/,
      ],
      [
        { identifier: 'https://api.example.com', members: { resource: 'x' } },
        /^resource\.members\.resource: "resource" /,
      ],
    ]) {
      assert.throws(() => auth({ ...OPTIONS, resource }), { message }, JSON.stringify(resource));
    }
    assert.throws(() => protectedResourceMetadata(auth(OPTIONS)), { message: /needs an auth\(\) with a 'resource'/ });
  });
});
