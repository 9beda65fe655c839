// The conformance suite, which knows neither this language nor the other, against this API.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { conforms } from '../../../bindings/node/test/conformance.mjs';
import { api, MOST_HEADER_BYTES } from '../api.mjs';

const AUDIENCE = 'https://api.example.com';

test('every case of the conformance suite holds', async () => {
  // This API asks for no nonces.
  await conforms('express', 'separate', (issuer, kind) => (kind === 'usual' ? start(issuer) : undefined));
});

async function start(issuer) {
  const app = api({ issuer, audience: AUDIENCE });
  const server = createServer({ maxHeaderSize: MOST_HEADER_BYTES }, (req, res) => {
    tellReason(res);
    app(req, res);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: server.address().port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The suite wants to know the stable name of each failure. */
function tellReason(res) {
  const { writeHead } = res;
  res.writeHead = (...args) => {
    if (res.locals?.reason !== undefined) res.setHeader('failure-code', res.locals.reason);
    return writeHead.apply(res, args);
  };
}
