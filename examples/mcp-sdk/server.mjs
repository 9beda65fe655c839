// A server of the Model Context Protocol with its official SDK: `node server.mjs --issuer URL --resource URL --port PORT`. The
// resource is the URL that clients are given, such as `https://notes.example.com/mcp`.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { protect } from 'bearward/mcp';
import express from 'express';

const { values } = parseArgs({
  options: { issuer: { type: 'string' }, resource: { type: 'string' }, port: { type: 'string', default: '3000' } },
});

const server = createServer();
await once(server.listen(Number(values.port), '127.0.0.1'), 'listening');
const own = `http://127.0.0.1:${server.address().port}`;

const mcp = protect({
  issuer: values.issuer,
  resource: { identifier: values.resource ?? `${own}/mcp`, name: 'Notes', scopes: ['notes:read', 'notes:write'] },
});

const notes = ['Buy milk'];

/** A server for one request: it knows who calls, and keeps nothing. */
function notesServer() {
  const notesOf = new McpServer({ name: 'notes', version: '1.0.0' });
  notesOf.registerTool('list', { description: 'Lists the notes' }, ({ authInfo }) => ({
    content: [{ type: 'text', text: `${authInfo.extra.sub}: ${notes.join(', ')}` }],
  }));
  return notesOf;
}

const app = express();
app.use(mcp.metadata);
app.post('/mcp', mcp.requireAuth({ scopes: ['notes:read'] }), express.json(), async (req, res) => {
  const transport = new StreamableHTTPServerTransport({});
  res.on('close', () => transport.close());
  await notesServer().connect(transport);
  await transport.handleRequest(req, res, req.body);
});
// Without sessions there is nothing to listen to, and nothing to end.
app.all('/mcp', mcp.requireAuth(), (_req, res) => res.status(405).set('Allow', 'POST').end());

server.on('request', app);
console.log(own);
