// What TypeScript believes of the addon is what the addon is.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { declarations } from '../scripts/declarations.mjs';

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('the declarations of the addon', () => {
  it('are those of its Rust sources', () => {
    const noted = read('../target/declarations/published/bearward-node');
    assert.equal(read('../lib/generated/declarations.ts'), declarations(noted), 'run `npm run build:types`');
  });

  it('name what the addon exports, and nothing else', () => {
    const { loadAddon } = createRequire(import.meta.url)('../dist/native/load-addon.js');
    const declared = [
      ...read('../lib/generated/declarations.ts').matchAll(/^export declare (?:class|function) (\w+)/gm),
    ];
    assert.deepEqual(declared.map(([, name]) => name).sort(), Object.keys(loadAddon()).sort());
  });

  it('are written with members that may be undefined, and classes that cannot be made', () => {
    const lines = [
      { kind: 'struct', name: 'Made', js_doc: '', def: '' },
      { kind: 'impl', name: 'Made', js_doc: '', def: 'constructor(most: number)\n get size(): number' },
      { kind: 'interface', name: 'Given', js_doc: '/** What is given. */\n', def: '/** A name. */\nname?: string' },
      { kind: 'struct', name: 'Found', js_doc: '', def: '' },
      { kind: 'fn', name: 'find', js_doc: '', def: 'function find(given: Given): Found' },
    ];
    const written = declarations(lines.map((line) => JSON.stringify(line)).join('\n'));
    const [, ...blocks] = written.split('\n\n');
    assert.deepEqual(blocks, [
      'export declare class Found {\n  private constructor();\n}',
      '/** What is given. */\nexport interface Given {\n  /** A name. */\n  name?: string | undefined;\n}',
      'export declare class Made {\n  constructor(most: number);\n  get size(): number;\n}',
      'export declare function find(given: Given): Found;\n',
    ]);
    assert.throws(() => declarations('{"kind":"enum","name":"Kind"}'), /does not know of this kind: enum Kind/);
  });
});
