// Every adapter gives the answers of the conformance suite, which are those of the adapters in Rust. `apps/<name>.mjs` serves
// the demo's routes with an adapter, and `exceptions.json` of the suite has a line for that name.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CLIENT, conforms } from '../conformance.mjs';
import { options } from './demo.mjs';

const adapters = readdirSync(new URL('apps/', import.meta.url)).map((file) => path.basename(file, '.mjs'));

describe('every case of the conformance suite holds for', () => {
  it('at least one adapter', () => assert.notEqual(adapters.length, 0));

  for (const name of adapters) {
    it(name, async () => {
      const { start, challenges = 'joined' } = await import(`./apps/${name}.mjs`);
      await conforms(name, challenges, (issuer, kind) =>
        start({
          ...options(issuer),
          ...(kind === 'with_nonces' && { dpop: { nonces: true } }),
          ...(kind === 'with_introspection' && { introspection: CLIENT }),
        }),
      );
    });
  }
});
