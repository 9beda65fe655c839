// An API with Hono: `node server.mjs --issuer URL --audience AUDIENCE --port PORT`.

import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { auth, organization, scopes } from 'bearward/hono';
import { Hono } from 'hono';
import { cors } from 'hono/cors';

const { values } = parseArgs({
  options: { issuer: { type: 'string' }, audience: { type: 'string' }, port: { type: 'string', default: '3000' } },
});

const api = auth({ issuer: values.issuer, audience: values.audience });
const app = new Hono();

// Outside of the protection: browsers ask for leave without a token.
app.use(
  '/api/*',
  cors({ origin: 'https://app.example.com', exposeHeaders: ['WWW-Authenticate', 'DPoP-Nonce', 'Retry-After'] }),
);
app.get('/api/public', (c) => c.json({ hello: 'everyone' }));
app.get('/api/private', api, (c) => c.json(c.get('auth').info));
app.get('/api/messages', api.require(scopes('read:messages')), (c) => c.json(['hello']));
app.get('/api/organizations/:org', api.require(organization({ fromPath: 'org' })), (c) =>
  c.json({ organization: c.req.param('org') }),
);

// A refusal is Hono's HTTPException; its response has the status and the challenge.
app.onError((error, c) => {
  if ('getResponse' in error) return error.getResponse();
  console.error(error);
  return c.json({ error: 'server_error' }, 500);
});

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(values.port) }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
