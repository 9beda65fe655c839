// The folders of the package's sources are floors: a file uses the floors above its own, and its own floor without a cycle.
// Imports of types are dependencies, too: a reader follows them like the others.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const lib = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'lib');

/** From the top to the bottom: a folder or a file of `lib`, and what it is for. */
const FLOORS = [
  ['js', 'what a value and a promise of JavaScript are, whichever realm made them'],
  ['uncalled.ts', 'a function that is called with a request, and not before'],
  ['surplus.ts', 'a call with more arguments than are taken'],
  ['takes-error.ts', 'whether a callback can tell a refusal from a permit'],
  ['generated', 'types that are written from what is in Rust'],
  ['option-table.ts', 'every option, where it is in the settings, and what is checked of it'],
  ['native', 'the addon: what it decides, and its complaints'],
  ['misspelling.ts', 'names that are almost known'],
  ['environment.ts', 'the environment variables that settings are read from'],
  ['requirement.ts', 'what a route requires of a token'],
  ['stores.ts', 'state that outlives a request'],
  ['token', 'header and claims of a token'],
  ['engine', 'fetches, waits and asks stores for the addon'],
  ['refusal', 'why a request may not pass, as an error and as an answer'],
  ['options', 'the options of an application, checked and with their defaults'],
  ['request', 'what a request presents, and who sent it'],
  ['protect', 'the decision about a request of any framework'],
  ['unsupported.ts', 'what runtimes without native addons get'],
  ['fetch', 'the decision about a Request, and a Response for a refusal'],
  ['hono', 'what Hono calls'],
  ['fastify', 'what Fastify calls'],
  ['koa', 'what Koa calls'],
  ['node', 'what node:http, WebSockets and Socket.IO call'],
  ['hapi', 'what hapi calls'],
  ['express', 'what Express calls, and a drop-in for express-oauth2-jwt-bearer'],
  ['mcp', 'what servers of the MCP SDK call'],
  ['express-oauth-jwt', 'a drop-in for express-oauth-jwt'],
  ['nest', 'what NestJS calls: a module, a guard and decorators'],
  ['index.ts', 'what the package exports at its root'],
];

const IMPORT =
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s+'(\.[^']*)'|\bimport\s*\(\s*'(\.[^']*)'\s*\)|^import\s+'(\.[^']*)'/gm;

/** Every import of a file of the package by another: `{ file, line, target }`, with paths from `lib`. */
function imports() {
  const files = readdirSync(lib, { recursive: true }).filter((name) => /\.m?ts$/.test(name));
  return files.flatMap((file) => importsOf(file.split(path.sep).join('/'), readFileSync(path.join(lib, file), 'utf8')));
}

function importsOf(file, text) {
  return [...text.matchAll(IMPORT)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3];
    const place = match.index + match[0].lastIndexOf(specifier);
    const line = text.slice(0, place).split('\n').length;
    return { file, line, target: resolve(file, specifier) };
  });
}

function resolve(file, specifier) {
  // An ES module names the compiled file.
  const base = path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '');
  const found = [`${base}.ts`, `${base}.d.ts`, `${base}/index.ts`].find((name) => existsSync(path.join(lib, name)));
  assert.ok(found, `lib/${file} imports '${specifier}', and there is no such file`);
  return found;
}

function floorOf(file) {
  const name = file.split('/')[0];
  const floor = FLOORS.findIndex(([one]) => one === name);
  assert.notEqual(floor, -1, `lib/${name} is missing in the list of floors of this test`);
  return floor;
}

/** The sentences about imports that point down. */
function wrongWay(found) {
  return found
    .filter(({ file, target }) => floorOf(target) > floorOf(file))
    .map(({ file, line, target }) => {
      const [own, what] = FLOORS[floorOf(file)];
      return `lib/${file}:${line} uses lib/${target}, which is below it: what is used by '${own}' (${what}) belongs there or above`;
    });
}

/** The sentence about the first cycle among files; `undefined` without a cycle. */
function cycle(found) {
  const targets = grouped(found);
  const done = new Set();
  const walk = (file, way) => {
    const start = way.findIndex((step) => step.file === file);
    if (start !== -1) return way.slice(start);
    if (done.has(file)) return undefined;
    for (const step of targets.get(file) ?? []) {
      const round = walk(step.target, [...way, step]);
      if (round !== undefined) return round;
    }
    done.add(file);
    return undefined;
  };
  for (const file of targets.keys()) {
    const round = walk(file, []);
    if (round === undefined) continue;
    const steps = round.map((step) => `lib/${step.file}:${step.line} uses lib/${step.target}`);
    return `a cycle: ${steps.join(', ')}; move what both need into a file of its own, above them`;
  }
  return undefined;
}

function grouped(found) {
  const groups = new Map();
  for (const one of found) groups.set(one.file, [...(groups.get(one.file) ?? []), one]);
  return groups;
}

describe('the sources of the package', () => {
  it('use the floors above their own, and no floor below', () => {
    assert.deepEqual(wrongWay(imports()), []);
  });

  it('have no cycle', () => {
    assert.equal(cycle(imports()), undefined);
  });

  it('are read whole: imports of types, re-exports and imports over several lines', () => {
    const text = [
      "import { a } from '../js/realm';",
      "import type { B } from '../native/addon';",
      "export { c } from '../requirement';",
      "export * from '../stores';",
      'import {',
      '  d,',
      '  type E,',
      "} from '../express/auth';",
    ].join('\n');
    const found = importsOf('options/made-up.ts', text).map(({ line, target }) => [line, target]);
    assert.deepEqual(found, [
      [1, 'js/realm.ts'],
      [2, 'native/addon.ts'],
      [3, 'requirement.ts'],
      [4, 'stores.ts'],
      [8, 'express/auth.ts'],
    ]);
    const [sentence] = wrongWay(importsOf('options/made-up.ts', text));
    assert.match(sentence, /^lib\/options\/made-up\.ts:8 uses lib\/express\/auth\.ts, which is below it/);
  });

  it('would be found in a cycle', () => {
    const step = (file, target) => ({ file, line: 1, target });
    const round = [step('a.ts', 'b.ts'), step('b.ts', 'c.ts'), step('c.ts', 'b.ts')];
    assert.match(cycle(round), /^a cycle: lib\/b\.ts:1 uses lib\/c\.ts, lib\/c\.ts:1 uses lib\/b\.ts/);
  });
});
