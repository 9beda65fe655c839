// The example of the README, as a newcomer would paste it: compiled by SWC, as the command line of Nest may do, and by the
// compiler of TypeScript.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { transformSync } from '@swc/core';
import { bearer, type Issuer, startIssuer } from './issuer';

const root = path.join(__dirname, '..');
const readme = readFileSync(path.join(root, '../../README.md'), 'utf8');
const example = readme.split('\n## NestJS\n')[1]?.match(/```ts\n([\s\S]*?)```/)?.[1] ?? '';

/** Says the port, which the test cannot choose without a race. */
const TELL = "app.listen(0, '127.0.0.1').then(() => console.log(app.getHttpServer().address().port))";

const COMPILERS: Record<string, (code: string, folder: string) => string> = {
  swc(code) {
    const options = { parser: { syntax: 'typescript', decorators: true } as const };
    const transform = { legacyDecorator: true, decoratorMetadata: true };
    return transformSync(code, { module: { type: 'commonjs' }, jsc: { ...options, transform, target: 'es2022' } }).code;
  },
  tsc(code, folder) {
    writeFileSync(path.join(folder, 'app.ts'), code);
    const settings = {
      extends: '../../tsconfig.json',
      compilerOptions: { rootDir: '.', outDir: 'made' },
      include: ['app.ts'],
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const tsc = path.join(root, '../../node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
    return readFileSync(path.join(folder, 'made/app.js'), 'utf8');
  },
};

describe('the example of the README', () => {
  let issuer: Issuer;
  before(async () => {
    issuer = await startIssuer();
  });
  after(() => issuer.close());

  for (const [name, compile] of Object.entries(COMPILERS)) {
    it(`works, compiled by ${name}`, async () => {
      const folder = mkdtempSync(path.join(root, 'target', 'readme-'));
      const code = example.replace('https://YOUR_ISSUER', issuer.issuer).replace('app.listen(3001)', TELL);
      assert.ok(code.includes(TELL), code);
      writeFileSync(path.join(folder, 'main.js'), compile(code, folder));
      const child = spawn(process.execPath, ['main.js'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        const port = await portOf(child.stdout);
        const token = (claims = {}) => issuer.token({ claims: { aud: 'https://my-api.example.com', ...claims } });
        const ask = async (route: string, own?: string) => {
          const headers = own === undefined ? {} : Object.fromEntries([bearer(own)]);
          const response = await fetch(`http://127.0.0.1:${port}/api/${route}`, { headers });
          return [response.status, await response.json()];
        };
        assert.deepEqual(await ask('public'), [200, { hello: 'everyone' }]);
        assert.equal((await ask('private'))[0], 401);
        assert.equal((await ask('private', await token()))[1].sub, 'alice');
        assert.equal((await ask('messages', await token()))[0], 403);
        assert.deepEqual(await ask('messages', await token({ scope: 'read:messages' })), [200, []]);
      } finally {
        child.kill();
        await once(child, 'exit');
        rmSync(folder, { recursive: true });
      }
    });
  }
});

/** The one line that is a number; Nest's own log goes to the same stream. */
async function portOf(stream: AsyncIterable<Buffer>): Promise<number> {
  let text = '';
  for await (const part of stream) {
    text += part;
    const found = /^(\d+)$/m.exec(text);
    if (found) return Number(found[1]);
  }
  throw new Error(text);
}
