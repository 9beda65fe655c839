// The conformance suite, which knows neither this language nor the other, against this API.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { api, MOST_HEADER_BYTES } from '../api.mjs';
import { runConformanceSuite } from './process.mjs';

const AUDIENCE = 'https://api.example.com';

test('every case of the conformance suite holds', async () => {
  // Taken and let go: the suite serves its authorization server there.
  const issuerPort = await portOf(createServer(), (server) => server.close());
  const app = api({ issuer: `http://127.0.0.1:${issuerPort}`, audience: AUDIENCE });
  const server = createServer({ maxHeaderSize: MOST_HEADER_BYTES }, (req, res) => {
    tellReason(res);
    app(req, res);
  });
  const port = await portOf(server);
  try {
    const { code, report } = await runConformanceSuite(`http://127.0.0.1:${port}`, issuerPort);
    assert.equal(code, 0, report);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

async function portOf(server, then = () => {}) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  then(server);
  return port;
}

/** The suite wants to know the stable name of each failure. */
function tellReason(res) {
  const { writeHead } = res;
  res.writeHead = (...args) => {
    if (res.locals?.reason !== undefined) res.setHeader('failure-code', res.locals.reason);
    return writeHead.apply(res, args);
  };
}
