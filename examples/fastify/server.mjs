// An API of Fastify: `node server.mjs --issuer URL --audience AUDIENCE --port PORT`.

import { parseArgs } from 'node:util';
import cors from '@fastify/cors';
import { bearward, organization, Refusal } from 'bearward/fastify';
import Fastify from 'fastify';

const { values } = parseArgs({
  options: { issuer: { type: 'string' }, audience: { type: 'string' }, port: { type: 'string', default: '3000' } },
});

const app = Fastify();

// Before the protection: browsers ask for leave without a token, and pages read why they are refused.
await app.register(cors, { origin: 'https://app.example.com', exposedHeaders: ['WWW-Authenticate', 'DPoP-Nonce'] });

app.get('/api/public', async () => ({ message: 'Anyone may read this.' }));

// All routes of this scope need a token; some need more.
app.register(
  async (api) => {
    await api.register(bearward, { issuer: values.issuer, audience: values.audience });
    api.addHook('onRequest', api.requireAuth());

    // The challenge is in the reply already; this has the body that OAuth 2.0 describes.
    api.setErrorHandler((error, _request, reply) =>
      error instanceof Refusal ? reply.code(error.statusCode).type('application/json').send(error.body) : reply.send(error),
    );

    api.get('/private', async ({ auth }) => auth.info);
    api.get('/messages', { onRequest: api.requireAuth({ scopes: ['read:messages'] }) }, async () => ['hello']);
    const member = { requirement: organization({ fromPath: 'org' }) };
    api.get('/organizations/:org', { onRequest: api.requireAuth(member) }, async ({ params }) => params.org);
  },
  { prefix: '/api' },
);

console.log(await app.listen({ port: Number(values.port), host: '127.0.0.1' }));
