// Serves the demo API. `node server.mjs --help` says how.

import { subscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { api, MOST_HEADER_BYTES } from './api.mjs';

const USAGE = `usage: node server.mjs --issuer URL --audience AUDIENCE [--port PORT]

  --issuer    the issuer identifier of the authorization server, to the last slash; else $ISSUER
  --audience  the audience that its tokens for this API carry; else $AUDIENCE
  --port      the port on 127.0.0.1, 3000 unless given; 0 picks a free one; else $PORT

With $CLIENT_ID and $CLIENT_SECRET, the authorization server is asked about opaque tokens.`;

/** How long the answers under way may take once the server is told to stop, in milliseconds. */
const GRACE = 1000;

const { issuer, audience, client, port } = settings();
// Clients are told that keys are not available, and never why: that is for whoever runs the API.
let lastSaid;
subscribe('bearward:fetch', ({ issuer, error }) => {
  const said = error && `${issuer}: ${error.message}`;
  if (said && said !== lastSaid) console.error(`warning: ${said}`);
  lastSaid = said;
});
const server = start();

server.once('error', (error) => {
  const inUse = `port ${port} of 127.0.0.1 is already in use; choose another with --port (0 picks a free one)`;
  fail(error.code === 'EADDRINUSE' ? inUse : `cannot listen on port ${port} of 127.0.0.1: ${error.message}`, 1);
});
server.once('listening', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);

function start() {
  try {
    const server = createServer({ maxHeaderSize: MOST_HEADER_BYTES }, api({ issuer, audience, client }));
    return server.listen(port, '127.0.0.1');
  } catch (error) {
    fail(error.message, 2);
  }
}

/** Closes idle connections at once and busy ones after a short grace. */
function stop() {
  server.close();
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), GRACE).unref();
}

function settings() {
  const { env } = process;
  const text = { type: 'string' };
  try {
    const options = { issuer: text, audience: text, port: text, help: { type: 'boolean' } };
    const { values } = parseArgs({ options });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const { issuer = env.ISSUER, audience = env.AUDIENCE, port = env.PORT ?? '3000' } = values;
    if (!issuer || !audience) throw new Error('an issuer and an audience are required');
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new Error(`${JSON.stringify(port)} is no port`);
    const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = env;
    const client = clientId ? { clientId, clientSecret } : undefined;
    return { issuer, audience, client, port: Number(port) };
  } catch (error) {
    return fail(`${error.message}\n\n${USAGE}`, 2);
  }
}

function fail(message, code) {
  console.error(`error: ${message}`);
  process.exit(code);
}
