// Fastify, in CommonJS.

import fastify = require('fastify');
import { bearward } from 'bearward/fastify';

const app = fastify();
app.register(bearward, { issuer: 'https://issuer.example', audience: 'api' }).after(() => {
  app.get('/', { onRequest: app.requireAuth({ scopes: ['a'] }) }, async ({ auth }) => auth?.payload.sub);
});
