// DPoP clients that people use. `interop/dpop-clients` says how each gets through a nonce challenge.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serve } from './api.mjs';
import { runDpopClient, runOidcProvider } from './parties.mjs';

const AUDIENCE = 'https://api.example.com';
const CLIENTS = ['oauth4webapi.mjs', 'openid-client.mjs', 'dpop.mjs', 'requests_oauth2client_errand.py'];

describe('every DPoP client gets in', () => {
  for (const [way, args, dpop, requests] of [
    ['without nonces', [], {}, [1, 1, 1]],
    // One more request for the first nonce of each server; the second call has it already.
    ['through the nonces of both servers', ['--dpop-nonces'], { nonces: true }, [2, 2, 1]],
    ['where only bound tokens are accepted', ['--dpop-nonces'], { nonces: true, required: true }, [2, 2, 1]],
  ]) {
    test(way, async (t) => {
      const server = await runOidcProvider(...args);
      t.after(() => server.stop());
      // They connect without a proxy.
      const url = `${await serve(t, server.issuer, { dpop }, false)}/api/private`;
      for (const client of CLIENTS) {
        const [token, ...calls] = await runDpopClient(client, { issuer: server.issuer, resource: AUDIENCE, url });
        // RFC 6749 §5.1: the case of the type means nothing, and these libraries differ in it.
        const granted = { ...token, type: token.type?.toLowerCase() };
        assert.deepEqual(
          [granted, ...calls],
          [
            { part: 'token', requests: requests[0], type: 'dpop' },
            { part: 'first call', requests: requests[1], status: 200 },
            { part: 'second call', requests: requests[2], status: 200 },
          ],
          client,
        );
      }
    });
  }
});
