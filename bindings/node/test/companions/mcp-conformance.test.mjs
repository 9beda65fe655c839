// The conformance suite of the Model Context Protocol against a server behind `bearward/mcp`. Its client for servers sends no
// token, so a forwarder adds one: what the suite sees is that nothing but the token is asked for.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { protect } from 'bearward/mcp';
import express from 'express';
import { PUBLIC_KEY, token } from './token.mjs';

const manifest = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json');
const main = path.join(path.dirname(manifest), 'dist', 'index.js');
const shim = new URL('node-20.mjs', import.meta.url).href;
const SCENARIOS = ['server-initialize', 'ping', 'tools-list', 'tools-call-simple-text'];

let server;
let forwarder;
let folder;
let resource;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'mcp-conformance-'));
  let app;
  server = http.createServer((req, res) => app(req, res)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  resource = `http://127.0.0.1:${server.address().port}/mcp`;
  const mcp = protect({ issuer: 'https://issuer.example', publicKey: PUBLIC_KEY, resource });
  app = express();
  app.use(mcp.metadata);
  app.post('/mcp', mcp.requireAuth({ scopes: ['tools'] }), express.json(), serve);
  app.all('/mcp', mcp.requireAuth(), (_req, res) => res.status(405).set('Allow', 'POST').end());
  forwarder = http.createServer(forward).listen(0, '127.0.0.1');
  await once(forwarder, 'listening');
});
after(() => {
  for (const one of [server, forwarder]) {
    one.closeAllConnections();
    one.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

async function serve(req, res) {
  const tools = new McpServer({ name: 'conformance', version: '1.0.0' });
  tools.registerTool('test_simple_text', { description: 'Answers a text' }, ({ authInfo }) => {
    assert.equal(authInfo.clientId, 'app');
    return { content: [{ type: 'text', text: 'This is a simple text response for testing.' }] };
  });
  const transport = new StreamableHTTPServerTransport({});
  res.on('close', () => transport.close());
  await tools.connect(transport);
  await transport.handleRequest(req, res, req.body);
}

/** `POST /good` goes on with a token of the server, `POST /none` without one. */
function forward(req, res) {
  const authorization = `Bearer ${token({ aud: resource, client_id: 'app', scope: 'tools' })}`;
  const headers = { ...req.headers, ...(req.url === '/good' && { authorization }) };
  const onward = http.request(resource, { method: req.method, headers }, (answer) => {
    res.writeHead(answer.statusCode, answer.headers);
    answer.pipe(res);
  });
  req.pipe(onward);
}

async function run(scenario, place) {
  const url = `http://127.0.0.1:${forwarder.address().port}/${place}`;
  const args = ['--import', shim, main, 'server', '--url', url, '--scenario', scenario];
  const suite = spawn(process.execPath, args, { cwd: folder });
  let report = '';
  for (const stream of [suite.stdout, suite.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      report += text;
    });
  }
  const [code] = await once(suite, 'close');
  return { code, report };
}

describe('a protected server of MCP', () => {
  for (const scenario of SCENARIOS) {
    it(`holds ${scenario} of the suite for those with a token`, async () => {
      const { code, report } = await run(scenario, 'good');
      assert.equal(code, 0, report);
      assert.match(report, /1 passed|SUCCESS|✓/, report);
    });
  }

  it('holds none of it without one', async () => {
    const { code, report } = await run('tools-call-simple-text', 'none');
    assert.notEqual(code, 0, report);
  });
});
