// The declarations of adapters whose frameworks are not there when the package is compiled.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const from = (path) => fileURLToPath(new URL(path, import.meta.url));

it('the declarations are those of the frameworks', () => {
  const compiler = from('../../node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', from('declarations')], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});
