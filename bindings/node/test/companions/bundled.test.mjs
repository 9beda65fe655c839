// An API that is one file, run where nothing else of it is.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { platform } from '../../scripts/platform.mjs';
import { BUNDLERS, EXTERNAL } from './bundlers.mjs';
import { ENVIRONMENT, token } from './token.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ADDON = `bearward.${platform()}.node`;
const PACKAGE = `bearward-${platform()}`;
const npm = (args, cwd) =>
  execFileSync('npm', [...args, '--offline', '--no-audit', '--no-fund', '--loglevel=error'], { cwd, encoding: 'utf8' });

const folders = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** An empty folder, away from every `node_modules` of this repository. */
function temporary() {
  const folder = mkdtempSync(path.join(tmpdir(), 'bearward-bundled-'));
  folders.push(folder);
  return folder;
}

/** Runs a bundle until it says its port, or ends. */
async function run(file) {
  const child = spawn(process.execPath, [file], { cwd: tmpdir(), env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const started = once(child.stdout, 'data').then(([line]) => ({ child, port: Number(line) }));
  return Promise.race([started, once(child, 'close').then(() => ({ child, errors }))]);
}

async function answersAsItShould(file) {
  const { child, port, errors } = await run(file);
  assert.equal(errors, undefined);
  try {
    const ask = (authorization) =>
      fetch(`http://127.0.0.1:${port}/`, { headers: authorization ? { authorization } : {} });
    const good = await ask(`Bearer ${token({ scope: 'read' })}`);
    assert.deepEqual([good.status, await good.json()], [200, { subject: 'alice' }]);
    const without = await ask();
    assert.equal(without.status, 401);
    assert.match(without.headers.get('www-authenticate'), /^Bearer realm="api", DPoP /);
    assert.equal((await ask(`Bearer ${token({ scope: 'write' })}`)).status, 403);
    assert.equal((await ask(`Bearer ${token({ scope: 'read', aud: 'other' })}`)).status, 401);
  } finally {
    child.kill();
  }
}

/** The platform's package as npm installs it. */
function install(folder) {
  const installed = path.join(folder, 'node_modules', PACKAGE);
  mkdirSync(installed, { recursive: true });
  copyFileSync(path.join(root, ADDON), path.join(installed, ADDON));
  copyFileSync(path.join(root, 'npm', platform(), 'package.json'), path.join(installed, 'package.json'));
}

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  describe(`an API bundled with ${name}`, () => {
    const project = temporary();
    const dist = path.join(project, 'dist');
    let file;

    it('says what to copy where the addon is not found', async () => {
      file = await bundle(dist);
      assert.deepEqual(
        readdirSync(dist).filter((name) => name.endsWith('.node')),
        [],
      );
      const { errors = '' } = await run(file);
      const beside = path.join(dist, ADDON);
      const says = `bearward has no addon for ${platform()}. It was looked for at ${beside}, and as the package ${PACKAGE} in the node_modules of ${dist} and of the directories above it. A bundler does not take it along: copy node_modules/${PACKAGE}/${ADDON} to ${beside}. Install the optional package: `;
      assert.ok(errors.includes(says), errors);
    });

    it('runs with the addon in node_modules', async () => {
      install(project);
      await answersAsItShould(file);
      rmSync(path.join(project, 'node_modules'), { recursive: true });
    });

    it('runs with the addon beside it', async () => {
      copyFileSync(path.join(root, ADDON), path.join(dist, ADDON));
      await answersAsItShould(file);
    });
  });
}

for (const [name, bundle] of Object.entries(EXTERNAL)) {
  describe(`an API that ${name} bundles without Bearward`, () => {
    it('runs with the package in node_modules', async () => {
      const project = temporary();
      const file = await bundle(path.join(project, 'dist'));
      const bearward = path.join(project, 'node_modules', 'bearward');
      cpSync(path.join(root, 'dist'), path.join(bearward, 'dist'), { recursive: true });
      copyFileSync(path.join(root, 'package.json'), path.join(bearward, 'package.json'));
      const { errors } = await run(file);
      assert.match(errors, new RegExp(`bearward has no addon for ${platform()}\\. [^]* or build it from source`));
      install(project);
      await answersAsItShould(file);
    });
  });
}

describe('an addon', () => {
  it('is not looked for in the working directory', async () => {
    const file = await BUNDLERS['esbuild, CommonJS'](path.join(temporary(), 'dist'));
    const elsewhere = temporary();
    writeFileSync(path.join(elsewhere, ADDON), 'not an addon');
    const child = spawn(process.execPath, [file], {
      cwd: elsewhere,
      env: ENVIRONMENT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    for await (const chunk of child.stderr) errors += chunk;
    assert.match(errors, /bearward has no addon for/);
  });

  it('is installed for the platform that npm is told', () => {
    const project = temporary();
    const optionalDependencies = {};
    for (const name of readdirSync(path.join(root, 'npm'))) {
      const copy = path.join(project, 'packages', name);
      const { scripts: _, ...manifest } = JSON.parse(
        readFileSync(path.join(root, 'npm', name, 'package.json'), 'utf8'),
      );
      mkdirSync(copy, { recursive: true });
      writeFileSync(path.join(copy, 'package.json'), JSON.stringify(manifest));
      writeFileSync(path.join(copy, manifest.main), name);
      const [{ filename }] = JSON.parse(npm(['pack', '--json', '--pack-destination', project], copy));
      optionalDependencies[manifest.name] = `file:${filename}`;
    }
    writeFileSync(
      path.join(project, 'package.json'),
      JSON.stringify({ name: 'api', version: '1.0.0', optionalDependencies }),
    );
    for (const [flags, expected] of [
      [['--os=linux', '--cpu=arm64', '--libc=glibc'], 'linux-arm64-gnu'],
      [['--os=linux', '--cpu=x64', '--libc=musl'], 'linux-x64-musl'],
      [['--os=linux', '--cpu=x64', '--libc=glibc'], 'linux-x64-gnu'],
    ]) {
      rmSync(path.join(project, 'node_modules'), { recursive: true, force: true });
      npm(['install', ...flags], project);
      const installed = readdirSync(path.join(project, 'node_modules')).filter((name) => !name.startsWith('.'));
      assert.deepEqual(installed, [`bearward-${expected}`]);
    }
  });
});
