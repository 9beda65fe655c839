// The conformance suite, which knows neither this language nor the other, against this API on both platforms.

import { test } from 'node:test';
import { CLIENT, conforms } from '../../../bindings/node/test/conformance.mjs';
import { startExample } from './process.mjs';

const AUDIENCE = 'https://api.example.com';
const KINDS = {
  with_nonces: ['--nonces'],
  with_introspection: ['--client-id', CLIENT.clientId, '--client-secret', CLIENT.clientSecret],
};

for (const platform of ['express', 'fastify']) {
  test(`every case of the conformance suite holds on ${platform}`, async () => {
    await conforms(`nest-${platform}`, 'joined', (issuer, kind) => {
      return startExample('--issuer', issuer, '--audience', AUDIENCE, '--platform', platform, ...(KINDS[kind] ?? []));
    });
  });
}
