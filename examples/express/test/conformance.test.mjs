// The conformance suite, which knows neither this language nor the other, against this API.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { CLIENT, conforms } from '../../../bindings/node/test/conformance.mjs';
import { api, MOST_HEADER_BYTES } from '../api.mjs';

const AUDIENCE = 'https://api.example.com';

test('every case of the conformance suite holds', async () => {
  // This API asks for no nonces.
  await conforms('express', 'separate', (issuer, kind) => {
    if (kind === 'with_nonces') return undefined;
    return start(issuer, kind === 'with_introspection' ? CLIENT : undefined);
  });
});

async function start(issuer, client) {
  const app = api({ issuer, audience: AUDIENCE, client });
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
