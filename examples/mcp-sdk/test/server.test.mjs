// The example as a person would start it, called by the client of the SDK.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { discoverOAuthProtectedResourceMetadata, extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { exampleOf } from '../../../bindings/node/test/example.mjs';

const example = exampleOf(new URL('..', import.meta.url));
const url = () => new URL('/mcp', example.base);

async function list(token) {
  const client = new Client({ name: 'test', version: '1.0.0' });
  const requestInit = { headers: token ? { Authorization: `Bearer ${token}` } : {} };
  await client.connect(new StreamableHTTPClientTransport(url(), { requestInit }));
  try {
    const { content } = await client.callTool({ name: 'list' });
    return content[0].text;
  } finally {
    await client.close();
  }
}

const tokenFor = (aud, scope) => example.issuer.token({ claims: { aud, scope } });

it('answers a tool for a token of this server', async () => {
  assert.equal(await list(await tokenFor(url().href, 'notes:read')), 'alice: Buy milk');
  assert.equal(await list(await tokenFor(`${url().href}/`, 'notes:read notes:write')), 'alice: Buy milk');
});

it('leads a client without a token to the authorization server', async () => {
  const none = await fetch(url(), { method: 'POST' });
  assert.equal(none.status, 401);
  const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(none);
  assert.equal(scope, 'notes:read');
  const metadata = await discoverOAuthProtectedResourceMetadata(url(), { resourceMetadataUrl });
  assert.deepEqual([metadata.resource, metadata.authorization_servers], [url().href, [example.issuer.issuer]]);
});

it('refuses the tokens of other servers, and those without the scope', async () => {
  for (const token of [undefined, await tokenFor('https://other.example/mcp', 'notes:read'), await tokenFor(url().href, 'x')]) {
    await assert.rejects(list(token));
  }
  const poor = await fetch(url(), {
    method: 'POST',
    headers: { authorization: `Bearer ${await tokenFor(url().href, 'x')}` },
  });
  assert.equal(poor.status, 403);
  assert.equal(extractWWWAuthenticateParams(poor).scope, 'notes:read');
});
