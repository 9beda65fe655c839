// The example as a person would start it, called by the client of the SDK.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { discoverOAuthProtectedResourceMetadata, extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { startIssuer } from '../../../bindings/node/test/issuer.mjs';

let issuer;
let server;
let url;

before(async () => {
  issuer = await startIssuer();
  const args = ['server.mjs', '--issuer', issuer.issuer, '--port', '0'];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  server = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const [base] = await once(createInterface({ input: server.stdout }), 'line');
  url = new URL('/mcp', base);
});

after(async () => {
  server.kill();
  await once(server, 'exit');
  await issuer.close();
});

async function list(token) {
  const client = new Client({ name: 'test', version: '1.0.0' });
  const requestInit = { headers: token ? { Authorization: `Bearer ${token}` } : {} };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  try {
    const { content } = await client.callTool({ name: 'list' });
    return content[0].text;
  } finally {
    await client.close();
  }
}

const tokenFor = (aud, scope) => issuer.token({ claims: { aud, scope } });

it('answers a tool for a token of this server', async () => {
  assert.equal(await list(await tokenFor(url.href, 'notes:read')), 'alice: Buy milk');
  assert.equal(await list(await tokenFor(`${url.href}/`, 'notes:read notes:write')), 'alice: Buy milk');
});

it('leads a client without a token to the authorization server', async () => {
  const none = await fetch(url, { method: 'POST' });
  assert.equal(none.status, 401);
  const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(none);
  assert.equal(scope, 'notes:read');
  const metadata = await discoverOAuthProtectedResourceMetadata(url, { resourceMetadataUrl });
  assert.deepEqual([metadata.resource, metadata.authorization_servers], [url.href, [issuer.issuer]]);
});

it('refuses the tokens of other servers, and those without the scope', async () => {
  for (const token of [undefined, await tokenFor('https://other.example/mcp', 'notes:read'), await tokenFor(url.href, 'x')]) {
    await assert.rejects(list(token));
  }
  const poor = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${await tokenFor(url.href, 'x')}` },
  });
  assert.equal(poor.status, 403);
  assert.equal(extractWWWAuthenticateParams(poor).scope, 'notes:read');
});
