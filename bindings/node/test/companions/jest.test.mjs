// The tests of an application, run by jest.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENVIRONMENT, token } from './token.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

describe('under jest', () => {
  it('options keep their names in errors, and errors of Node.js their codes', () => {
    const jest = path.join(here, 'node_modules/jest/bin/jest.js');
    const env = { ...ENVIRONMENT, TOKEN: token() };
    const { status, stderr } = spawnSync(
      process.execPath,
      [jest, '--ci', '--runInBand', '--no-cache', '--watchman=false'],
      { cwd: here, env, encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
    assert.match(stderr, /Tests: +4 passed, 4 total/);
  });
});
