// The same uses of the types, compiled against the originals and against Bearward.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../compiled', import.meta.url));
const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

function compile(config) {
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', path.join(folder, config)], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
}

describe('what an application does with the types', () => {
  it('compiles against the originals', () => compile('original.json'));
  it('compiles against bearward', () => compile('bearward.json'));
});
