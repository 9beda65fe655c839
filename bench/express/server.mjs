// One Express server under test: `node server.mjs PROTECTION --port N --issuer URL --audience AUDIENCE [--key FILE]`.
//
// `GET /api/messages` needs a token unless the protection is `none`. Without one: `GET /ready`, and for the
// benchmark `GET /stall` and, under `--expose-gc`, `GET /memory`.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import express from 'express';

process.env.NODE_ENV = 'production';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string' }, issuer: { type: 'string' }, audience: { type: 'string' }, key: { type: 'string' } },
});
const { issuer, audience, key } = values;
const { protect, read } = await import(`./protection/${positionals[0]}.mjs`);

const app = express();
app.get('/ready', (_req, res) => res.end());
app.get('/stall', (_req, res) => res.send(longestStall()));
app.get('/memory', (_req, res) => res.send(memory()));
// All handlers answer the same bytes, so that only the protection differs, and what the handler reads of the token.
app.get('/api/messages', ...(await protect({ issuer, audience, key })), (req, res) => {
  read?.(req);
  res.json({ message: 'Good news from the far side of the river.', unread: 3 });
});
app.use((error, _req, res, _next) => {
  res.status(error.status ?? 500).set(error.headers ?? {}).end();
});
const server = app.listen(Number(values.port), '127.0.0.1');
// A connection waits longer for its server's next turn than it would for a client, and for the first turn before any request.
server.keepAliveTimeout = server.headersTimeout = server.requestTimeout = 10 * 60 * 1000;

const RESOLUTION = 1;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
delays.enable();

/** Milliseconds beyond its time that a timer had to wait at most, since this was last asked. */
function longestStall() {
  const longest = Math.max(0, delays.max / 1e6 - RESOLUTION);
  delays.reset();
  return longest.toFixed(3);
}

/** Resident bytes without what the garbage collector can have back. */
function memory() {
  globalThis.gc();
  globalThis.gc();
  return String(process.memoryUsage.rss());
}
