// The package as a new user meets it: packed, installed into an empty project, the README's example pasted.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { send } from './app.mjs';
import { startIssuer } from './issuer.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const read = (file) => readFileSync(path.join(root, file), 'utf8');
const project = mkdtempSync(path.join(tmpdir(), 'bearward-'));
after(() => rmSync(project, { recursive: true, force: true }));

const LICENSES = ['LICENSE-MIT', 'LICENSE-APACHE'];
const npm = (args, cwd) =>
  execFileSync('npm', [...args, '--offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd, encoding: 'utf8' });

/** The code of the README that follows a heading. */
function example(heading) {
  return read('README.md')
    .split(`\n## ${heading}\n`)[1]
    .match(/```js\n([\s\S]*?)```/)[1];
}

describe('the package', () => {
  it("works from its packed tarball, with the README's example", async () => {
    const [{ filename, files }] = JSON.parse(npm(['pack', '--json', '--pack-destination', project], root));
    const names = files.map((file) => file.path);
    assert.ok(
      names.every((name) =>
        /^(dist\/|README\.md$|LICENSE-MIT$|LICENSE-APACHE$|package\.json$|bearward\.[\w-]+\.node$)/.test(name),
      ),
      names.join(),
    );
    for (const name of ['README.md', ...LICENSES]) assert.ok(names.includes(name), name);
    writeFileSync(path.join(project, 'package.json'), '{"name":"empty","version":"1.0.0"}');
    npm(['install', `./${filename}`], project);

    await whileRunning(example('Quick start'), async (port, token) => {
      assert.equal((await send(port, '/api/public')).status, 200);
      assert.equal((await send(port, '/api/private')).status, 401);
      assert.equal((await send(port, '/api/private', { token: await token() })).json.sub, 'alice');
      assert.equal((await send(port, '/api/messages', { token: await token() })).status, 403);
      assert.equal((await send(port, '/api/messages', { token: await token({ scope: 'read:messages' }) })).status, 200);
    });
    await whileRunning(example('Without Express'), async (port, token) => {
      assert.equal((await send(port, '/')).status, 401);
      assert.equal((await send(port, '/', { token: await token() })).status, 403);
      const { status, text } = await send(port, '/', { token: await token({ scope: 'read:messages' }) });
      assert.deepEqual([status, text], [200, 'hello, alice']);
    });
  });

  it('has a replay store in its README that compiles as TypeScript', () => {
    const sample = read('README.md')
      .split('\n### Several processes\n')[1]
      .match(/```js\n([\s\S]*?)```/)[1];
    const code = sample
      .replace(
        "const Redis = require('ioredis');",
        "import { Redis } from 'ioredis';\nimport { auth, type ReplayStore } from 'bearward/express';",
      )
      .replace('const replayStore = ', 'const replayStore: ReplayStore = ')
      .replace(/^app\.use\('\/api', (.*)\);$/m, 'export const api = $1;');
    assert.match(code, /: ReplayStore = [\s\S]*export const api/);
    // Modules are found from within the package.
    const folder = mkdtempSync(path.join(root, 'test', 'readme-'));
    try {
      writeFileSync(
        path.join(folder, 'tsconfig.json'),
        '{"extends":"../declarations/tsconfig.json","include":["*.mts"]}',
      );
      writeFileSync(path.join(folder, 'store.mts'), `const [issuer, audience, publicOrigin] = ['', '', ''];\n${code}`);
      const { status, stdout } = spawnSync(
        process.execPath,
        [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', folder],
        { encoding: 'utf8' },
      );
      assert.equal(status, 0, stdout);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('has an addon package for each platform, of the same version', () => {
    const { version, engines } = JSON.parse(read('package.json'));
    for (const platform of readdirSync(path.join(root, 'npm'))) {
      const own = JSON.parse(read(`npm/${platform}/package.json`));
      assert.deepEqual(
        [own.name, own.version, own.main, own.engines],
        [`bearward-${platform}`, version, `bearward.${platform}.node`, engines],
      );
      const [{ files }] = JSON.parse(npm(['pack', '--json', '--dry-run'], path.join(root, 'npm', platform)));
      const names = files.map((file) => file.path).filter((name) => name !== own.main);
      assert.deepEqual(names.sort(), [...LICENSES, 'package.json'].sort());
      assert.equal(platform.split('-')[0], own.os[0]);
      assert.equal(platform.split('-')[1], own.cpu[0]);
    }
    assert.match(read('Cargo.toml'), new RegExp(`^version = "${version}"$`, 'm'));
  });

  it('says what to do when there is no cargo to build it with', () => {
    const env = { ...process.env, CARGO: path.join(project, 'no-such-cargo') };
    try {
      execFileSync(process.execPath, [path.join(root, 'scripts', 'build-addon.mjs')], { env, stdio: 'pipe' });
      assert.fail('it built');
    } catch (error) {
      assert.equal(error.status, 1);
      assert.match(String(error.stderr), /`cargo` was not found[\s\S]*Install Rust from https:\/\/rustup\.rs/);
    }
  });

  it('says what to do when there is no addon for the platform', () => {
    const script = "Object.defineProperty(process, 'arch', { value: 'mips' }); require('bearward/express')";
    try {
      execFileSync(process.execPath, ['-e', script], { cwd: root, stdio: 'pipe' });
      assert.fail('it loaded');
    } catch (error) {
      assert.match(
        String(error.stderr),
        /bearward has no addon for \w+-mips[\w-]*\. It was looked for at .*\. Install the optional package/,
      );
    }
  });

  it('lists in its README every option and every reason', () => {
    const readme = read('README.md');
    const options = read('lib/options/options.ts').match(/export interface AuthOptions \{([\s\S]*?)\n\}/)[1];
    for (const [, name] of options.matchAll(/^ {2}(\w+)\??:/gm)) {
      assert.ok(readme.includes(`\`${name}\``) || readme.includes(`\`${name}.`), `README.md lacks ${name}`);
    }
    // The page that the core's tests write from its table of failures.
    const page = readFileSync(path.join(root, '../../docs/errors.md'), 'utf8');
    const codes = [...page.matchAll(/^\| `(\w+)` \| \d/gm)].map(([, code]) => code);
    assert.ok(codes.length > 70, 'the codes are found');
    for (const code of codes) {
      const neverHere = [
        'path_malformed',
        'path_parameter_missing',
        'resolver_unavailable',
        'route_not_protected',
        'function_panicked',
      ].includes(code);
      assert.ok(neverHere || readme.includes(`\`${code}\``), `README.md lacks ${code}`);
    }
    // Words for a reason that does not exist would never be said.
    const worded = [...read('lib/refusal/failure.ts').matchAll(/^ +([a-z]+_[a-z_]+): ['"]/gm)].map(([, code]) => code);
    assert.ok(worded.length > 30, 'the words are found');
    assert.deepEqual(
      worded.filter((code) => !codes.includes(code)),
      [],
    );
  });
});

/** Runs an example of the README in the empty project, with an issuer whose tokens `use` gets. */
async function whileRunning(code, use) {
  const issuer = await startIssuer();
  const port = await freePort();
  const app = code.replace('https://YOUR_ISSUER', issuer.url).replace('3000', String(port));
  writeFileSync(path.join(project, 'app.js'), app);
  // Express comes from here, so that the test needs no registry.
  const child = spawn(process.execPath, ['app.js'], {
    cwd: project,
    env: { ...process.env, NODE_PATH: path.join(root, 'node_modules') },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await listening(port);
    await use(port, (claims) => issuer.token({ claims: { aud: 'https://my-api.example.com', ...claims } }));
  } finally {
    child.kill();
    await issuer.close();
  }
}

async function freePort() {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      await send(port, '/api/public');
      return;
    } catch {
      await pause(50);
    }
  }
  throw new Error('the example does not listen');
}
