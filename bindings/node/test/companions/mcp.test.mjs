// Behind `bearward/express`, a server of the MCP SDK compiles, and its tools see who calls.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { mcpServer } from './mcp-server.mjs';
import { PUBLIC_KEY, token } from './token.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

/** Each by itself: the SDK's middleware changes the types of a whole program. */
function compile(file) {
  const project = path.join(here, `tsconfig.${path.parse(file).name}.json`);
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
}

describe('a server of the MCP SDK behind bearward/express', () => {
  let server;
  let url;
  before(async () => {
    let app;
    server = createServer((req, res) => app(req, res)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = new URL(`http://127.0.0.1:${server.address().port}/mcp`);
    app = mcpServer({ issuer: 'https://issuer.example', publicKey: PUBLIC_KEY, resource: url.href });
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function whoami(authorization) {
    const client = new Client({ name: 'test', version: '1.0.0' });
    const headers = authorization ? { Authorization: authorization } : {};
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    try {
      const { content } = await client.callTool({ name: 'whoami' });
      return JSON.parse(content[0].text);
    } finally {
      await client.close();
    }
  }

  it('gives its tools the client, the scopes, the expiry, the resource and the claims', async () => {
    const exp = Math.floor(Date.now() / 1000) + 600;
    const good = token({ aud: url.href, client_id: 'app', scope: 'tools more', exp });
    assert.deepEqual(await whoami(`Bearer ${good}`), {
      clientId: 'app',
      scopes: ['tools', 'more'],
      expiresAt: exp,
      resource: url.href,
      subject: 'alice',
    });
  });

  it('lets nobody else call them', async () => {
    for (const authorization of [
      undefined,
      `Bearer ${token({ aud: 'https://other.example', scope: 'tools' })}`,
      `Bearer ${token({ aud: url.href })}`,
    ]) {
      await assert.rejects(
        whoami(authorization),
        (error) => [401, 403].includes(error.code) || error.name === 'UnauthorizedError',
      );
    }
  });

  it('compiles', () => compile('mcp-server.mjs'));
  it("compiles beside the SDK's own middleware", () => compile('mcp-both.mts'));
});
