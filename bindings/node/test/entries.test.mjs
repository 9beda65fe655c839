// What is written by hand about each entry of the package: a new one is missing where this says so.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ENTRIES, manifest, names } from './entries.mjs';

const root = new URL('../', import.meta.url);
const read = (file) => readFileSync(new URL(file, root), 'utf8');
const folders = (place) =>
  readdirSync(new URL(place, root), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );

/** Entries whose requests another entry's adapter decides about, or that have the conformance suite elsewhere. */
const CONFORMS_AS = { bearward: 'protect', nest: 'nest-express', node: 'protect', mcp: 'express' };
/** It has the answers of the original, and not those of the suite. */
const OF_ORIGINAL = ['express-oauth-jwt'];

describe('every entry of the package', () => {
  it('is a folder of lib, and every folder with an index is one', () => {
    const indexed = folders('lib').filter((name) => existsSync(new URL(`lib/${name}/index.ts`, root)));
    assert.deepEqual([...names].sort(), indexed.sort());
  });

  it('is found by TypeScript of each module resolution', () => {
    assert.deepEqual(Object.keys(manifest.typesVersions['*']).sort(), [...names].sort());
    for (const name of names) {
      const { import: imported, require: required } = manifest.exports[`./${name}`];
      const file = `./dist/${name}/index`;
      assert.deepEqual(imported, { types: `${file}.d.mts`, default: `${file}.mjs` }, name);
      assert.deepEqual(required, { types: `${file}.d.ts`, default: `${file}.js` }, name);
      assert.deepEqual(manifest.typesVersions['*'][name], [`${file}.d.ts`], name);
    }
  });

  it('exports the same names to ES modules and to CommonJS', async () => {
    const { createRequire } = await import('node:module');
    const require = createRequire(import.meta.url);
    const own = (module) => Object.keys(module).filter((name) => !['default', 'module.exports'].includes(name));
    for (const [name, module] of Object.entries(ENTRIES)) {
      const common = require(name === 'bearward' ? name : `bearward/${name}`);
      assert.deepEqual(own(module).sort(), own(common).sort(), name);
    }
  });

  it('is in the README of the package, and in the documentation', () => {
    const readme = read('README.md');
    for (const name of names)
      assert.ok(readme.includes(`bearward/${name}'`), `README.md has no code with bearward/${name}`);
    const pages = readdirSync(new URL('../../docs/', root)).filter((page) => page.endsWith('.md'));
    const documentation = pages.map((page) => read(`../../docs/${page}`)).join('\n') + read('../../README.md');
    for (const name of names) assert.ok(documentation.includes(`bearward/${name}`), `no page names bearward/${name}`);
  });

  it('has a line for the conformance suite', () => {
    const exceptions = JSON.parse(read('../../tests/conformance/exceptions.json'));
    for (const name of Object.keys(ENTRIES)) {
      if (OF_ORIGINAL.includes(name)) continue;
      assert.ok((CONFORMS_AS[name] ?? name) in exceptions, `exceptions.json has no line for ${name}`);
    }
  });

  it('names the framework that it needs as an optional one', () => {
    assert.deepEqual(Object.keys(manifest.peerDependenciesMeta), Object.keys(manifest.peerDependencies));
    for (const { optional } of Object.values(manifest.peerDependenciesMeta)) assert.equal(optional, true);
  });
});
