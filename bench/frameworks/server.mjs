// One server of a framework under test: `node server.mjs FRAMEWORK PROTECTION --port N --issuer URL --audience AUDIENCE`.
//
// `PROTECTION` is `none`, `empty` (a hook that does nothing), `bearward` or `incumbent`. `GET /api/messages` needs a token with
// the last two, and `GET /ready` needs none. All handlers answer the same, so that only the protection differs.

import { parseArgs } from 'node:util';

process.env.NODE_ENV = 'production';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string' }, issuer: { type: 'string' }, audience: { type: 'string' } },
});
const [framework, protection] = positionals;
const { issuer, audience } = values;
const { serve } = await import(`./${framework}.mjs`);

const message = { message: 'Good news from the far side of the river.', unread: 3 };
const server = await serve(protection, { issuer, audience, message, port: Number(values.port), host: '127.0.0.1' });
// A connection waits longer for its server's next turn than it would for a client, and for the first turn before any request.
server.keepAliveTimeout = server.headersTimeout = server.requestTimeout = 10 * 60 * 1000;
