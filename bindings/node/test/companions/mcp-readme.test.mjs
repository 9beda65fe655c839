// The code of the README for MCP servers, as a newcomer would paste it into a file and start it, with a client of the SDK.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { startIssuer } from '../issuer.mjs';

const folder = path.dirname(fileURLToPath(import.meta.url));
const readme = readFileSync(path.join(folder, '../../README.md'), 'utf8');
const RESOURCE = 'https://my-api.example.com/mcp';

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** The metadata, as soon as the example listens. */
async function metadata(base) {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    try {
      return await (await fetch(`${base}/.well-known/oauth-protected-resource/mcp`)).json();
    } catch {
      await pause(50);
    }
  }
  throw new Error('the example does not listen');
}

it('the README about MCP servers has code that protects one', async () => {
  const issuer = await startIssuer();
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  // Modules are found from within this folder.
  const project = mkdtempSync(path.join(folder, 'readme-'));
  const [, code] = readme.split('\n## MCP servers\n')[1].match(/```js\n([\s\S]*?)```/);
  writeFileSync(
    path.join(project, 'app.mjs'),
    code.replace('https://YOUR_ISSUER', issuer.url).replace('3000', String(port)),
  );
  const app = spawn(process.execPath, ['app.mjs'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const { resource, authorization_servers: servers } = await metadata(base);
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
  } finally {
    app.kill();
    await once(app, 'exit');
    rmSync(project, { recursive: true, force: true });
    await issuer.close();
  }
});
