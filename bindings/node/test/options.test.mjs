// The table of options beside what is written elsewhere about each: the settings of the core, and the README.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { eachRow, ISSUER, OPTIONS } from '../dist/option-table.js';

const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

/** The type of each member of each interface of the settings: `{ Settings: { dpop: 'DpopSettings', … }, … }`. */
const TYPES = Object.fromEntries(
  [...read('lib/generated/settings.ts').matchAll(/^export interface (\w+) \{\n([\s\S]*?)^\}/gm)].map(
    ([, name, body]) => [
      name,
      Object.fromEntries([...body.matchAll(/^ {2}(\w+)\??: (.*);$/gm)].map(([, member, type]) => [member, type])),
    ],
  ),
);

const typeAt = (path, root) => path.split('.').reduce((type, name) => TYPES[type]?.[name], root);

describe('every option', () => {
  it('is written at a path that the settings of the core have, as the type that they have there', () => {
    const FORMS = { seconds: 'Duration', milliseconds: 'Duration', secret: 'Secret' };
    let checked = 0;
    for (const [place, { settings = [], as }] of [...eachRow(OPTIONS), ...eachRow(ISSUER)]) {
      for (const path of settings) {
        const type = typeAt(path, 'Settings') ?? typeAt(path, 'IssuerSettings');
        assert.ok(type !== undefined, `${place}: the core has no setting ${path}`);
        if (as in FORMS) assert.equal(type, FORMS[as], `${place} at ${path}`);
        checked += 1;
      }
    }
    assert.ok(checked > 60, `${checked} paths`);
  });

  it('is in the README, with its default', () => {
    const readme = read('README.md');
    for (const [name, row] of Object.entries(OPTIONS)) {
      assert.ok(readme.includes(`\`${name}`), `README.md does not name \`${name}\``);
      if (row.default === undefined) continue;
      const [, , , value] = new RegExp(`^\\| \`${name}\` .*$`, 'm').exec(readme)?.[0].split('|') ?? [];
      assert.equal(value?.replaceAll('`', '').trim(), String(row.default), name);
    }
  });
});
