// The code of the README for MCP servers, as a newcomer would paste it into a file and start it, with a client of the SDK.

import assert from 'node:assert/strict';
import path from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { started } from '../readme.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const RESOURCE = 'https://my-api.example.com/mcp';

it('the README about MCP servers has code that protects one', () =>
  started({ folder, heading: 'MCP servers', name: 'app.mjs', attempts: 600 }, async ({ issuer, base }) => {
    const metadata = await (await fetch(`${base}/.well-known/oauth-protected-resource/mcp`)).json();
    const { resource, authorization_servers: servers } = metadata;
    assert.deepEqual([resource, servers], [RESOURCE, [issuer.url]]);
    const none = await fetch(`${base}/mcp`, { method: 'POST' });
    assert.equal(none.status, 401);
    assert.match(
      none.headers.get('www-authenticate'),
      /^Bearer realm="api", .*resource_metadata="https:\/\/my-api\.example\.com\/\.well-known\/oauth-protected-resource\/mcp"/,
    );
    assert.match(none.headers.get('www-authenticate'), /scope="notes:read"/);

    const call = async (claims) => {
      const token = await issuer.token({ claims: { aud: RESOURCE, ...claims } });
      const requestInit = { headers: { Authorization: `Bearer ${token}` } };
      const client = new Client({ name: 'test', version: '1.0.0' });
      await client.connect(new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit }));
      try {
        return (await client.callTool({ name: 'whoami' })).content;
      } finally {
        await client.close();
      }
    };
    assert.deepEqual(await call({ scope: 'notes:read' }), [{ type: 'text', text: 'alice, by app' }]);
    await assert.rejects(call({ scope: 'notes' }));
    await assert.rejects(call({ scope: 'notes:read', aud: 'https://another.example.com' }));
  }));
