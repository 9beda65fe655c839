// The package as a new user meets it: packed, installed into an empty project, the README's example pasted.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** Runs a script of the package, in `this.cwd` where that is given. */
function script(name, ...args) {
  return spawnSync(process.execPath, [path.join(root, 'scripts', `${name}.mjs`), ...args], {
    cwd: this?.cwd ?? root,
    encoding: 'utf8',
  });
}

/** The code of the README that follows a heading. */
function example(heading) {
  return read('README.md')
    .split(`\n## ${heading}\n`)[1]
    .match(/```js\n([\s\S]*?)```/)[1];
}

/** The commands of the README that install the package. */
function installation() {
  const [, block] = read('README.md')
    .split('\n## Install\n')[1]
    .match(/```sh\n([\s\S]*?)```/);
  return block.split('\n').map((line) => line.split('#')[0].trim());
}

describe('the package', () => {
  it("works from its packed tarball, with the README's example", async () => {
    // What the README says to do, but for building it, which the tests have done.
    const [pack, install] = ['pack', 'install'].map((verb) =>
      installation().find((line) => line.startsWith(`npm ${verb}`)),
    );
    assert.equal(pack, 'npm pack');
    const [{ filename, files }] = JSON.parse(npm(['pack', '--json', '--pack-destination', project], root));
    assert.equal(path.basename(install), filename);
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
      // Without its addon it is of no use to anybody.
      const packed = spawnSync('npm', ['pack', '--dry-run'], {
        cwd: path.join(root, 'npm', platform),
        encoding: 'utf8',
      });
      assert.notEqual(packed.status, 0, platform);
      assert.match(packed.stderr, new RegExp(`cannot be packed: bearward\\.${platform}\\.node missing`));
      assert.equal(platform.split('-')[0], own.os[0]);
      assert.equal(platform.split('-')[1], own.cpu[0]);
    }
    assert.match(read('Cargo.toml'), new RegExp(`^version = "${version}"$`, 'm'));
  });

  it('is published with the addons as optional packages, each with its own', () => {
    const [addons, to] = [path.join(project, 'addons'), path.join(project, 'published')];
    const platforms = readdirSync(path.join(root, 'npm'));
    mkdirSync(addons);
    for (const name of platforms) writeFileSync(path.join(addons, `bearward.${name}.node`), '');
    const { status, stderr } = script('prepublish', '--addons', addons, '--to', to);
    assert.equal(status, 0, stderr);
    assert.deepEqual(readdirSync(to).sort(), ['bearward', ...platforms.map((name) => `bearward-${name}`)].sort());

    const packed = (name) => {
      const [{ files }] = JSON.parse(npm(['pack', '--json', '--dry-run'], path.join(to, name)));
      return files.map((file) => file.path).sort();
    };
    for (const name of platforms)
      assert.deepEqual(packed(`bearward-${name}`), [...LICENSES, 'package.json', `bearward.${name}.node`].sort());
    const main = JSON.parse(readFileSync(path.join(to, 'bearward', 'package.json'), 'utf8'));
    const { version } = JSON.parse(read('package.json'));
    assert.deepEqual(
      main.optionalDependencies,
      Object.fromEntries(platforms.sort().map((name) => [`bearward-${name}`, version])),
    );
    assert.deepEqual([main.scripts, main.devDependencies], [undefined, undefined]);
    const files = packed('bearward');
    assert.ok(files.includes('dist/express/index.js') && files.includes('README.md'), files.join());
    assert.ok(!files.some((name) => name.endsWith('.node')), 'an addon of one platform in the package for all');
  });

  it('works as it is published, with the addon as a package of its own', () => {
    const to = path.join(project, 'published-here');
    const { status, stderr } = script('prepublish', '--here', '--to', to);
    assert.equal(status, 0, stderr);
    const modules = path.join(project, 'installed', 'node_modules');
    for (const name of readdirSync(to)) cpSync(path.join(to, name), path.join(modules, name), { recursive: true });
    const code =
      "require('bearward/express').auth({ issuer: 'https://a.example', audience: 'a' }); console.log('loaded')";
    const ran = spawnSync(process.execPath, ['-e', code], { cwd: path.dirname(modules), encoding: 'utf8' });
    assert.equal(ran.stdout, 'loaded\n', ran.stderr);
  });

  it('is neither packed nor published without its code or an addon', () => {
    const empty = path.join(project, 'incomplete');
    mkdirSync(empty);
    writeFileSync(path.join(empty, 'package.json'), read('package.json'));
    const complete = () => script.call({ cwd: empty }, 'complete');
    assert.match(complete().stderr, /cannot be packed: .*\.\/dist\/index\.js.* missing\. Run `npm run build`/);
    cpSync(path.join(root, 'dist'), path.join(empty, 'dist'), { recursive: true });
    assert.match(complete().stderr, /cannot be packed: it has no addon/);
    writeFileSync(path.join(empty, 'bearward.linux-x64-gnu.node'), '');
    assert.equal(complete().status, 0);

    const published = script(
      'prepublish',
      '--addons',
      path.join(project, 'no-such-folder'),
      '--to',
      path.join(project, 'none'),
    );
    assert.equal(published.status, 1);
    assert.match(published.stderr, /no addon was built for darwin-arm64, /);
  });

  it('says for which platforms an addon can be built', () => {
    const build = (...args) => script('build-addon', ...args);
    for (const [args, complaint] of [
      [['--target', 'riscv64gc-unknown-linux-gnu'], /there is no package for riscv64gc/],
      [['--target', '--glibc', '2.28'], /--target needs a value/],
      [
        ['--target', 'aarch64-apple-darwin', '--glibc', '2.28'],
        /--glibc needs --target with a triple that ends in -gnu/,
      ],
    ]) {
      const { status, stderr } = build(...args);
      assert.deepEqual([status, complaint.test(stderr)], [1, true], stderr);
    }
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
    const worded = [...read('lib/refusal/original/messages.ts').matchAll(/^ +([a-z]+_[a-z_]+): ['"]/gm)].map(
      ([, code]) => code,
    );
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
  const app = code.replace('https://YOUR_ISSUER', issuer.url).replace('3001', String(port));
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
