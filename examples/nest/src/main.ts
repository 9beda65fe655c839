// Serves the demo API: `npm start -- --issuer URL --audience AUDIENCE [--port PORT] [--platform express|fastify]
// [--nonces] [--client-id ID --client-secret SECRET]`.

import { parseArgs } from 'node:util';
import { createApplication } from './application.js';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    issuer: text,
    audience: text,
    port: { type: 'string', default: '3000' },
    platform: { type: 'string', default: 'express' },
    nonces: { type: 'boolean', default: false },
    'client-id': text,
    'client-secret': text,
  },
});
const { issuer = '', audience = '', port, platform, nonces, 'client-id': clientId, 'client-secret': clientSecret } = values;
if (platform !== 'express' && platform !== 'fastify') throw new Error(`--platform is express or fastify, not ${platform}`);

const app = await createApplication(platform, {
  issuer,
  audience,
  ...(nonces && { dpop: { nonces: true } }),
  // Opaque tokens are asked about with these.
  ...(clientId !== undefined && clientSecret !== undefined && { introspection: { clientId, clientSecret } }),
});
await app.listen(Number(port), '127.0.0.1');
console.log(await app.getUrl());
