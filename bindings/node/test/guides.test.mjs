// The code of guides in `docs` that have no test elsewhere, as a reader would paste it.

import assert from 'node:assert/strict';
import { KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, it } from 'node:test';
import { introspectionSettings } from '../dist/options/introspection.js';
import { express, serve } from './app.mjs';
import { keyPair } from './issuer.mjs';

const require = createRequire(import.meta.url);

/** The pieces of JavaScript of a page. */
function code(page) {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, block]) => block);
}

it('trusts several issuers, as docs/several-issuers.md shows it', async () => {
  const [block, ...others] = code('several-issuers.md');
  assert.equal(others.length, 0, 'this test knows every piece');
  const app = await serve((app) => new Function('require', 'app', block)(require, app), express);
  assert.equal((await app.send('/')).status, 401);
  await app.close();
});

it('makes tokens in a test, as docs/testing.md shows it', async () => {
  const [block, ...others] = code('testing.md');
  assert.equal(others.length, 0, 'this test knows every piece');
  const { api, token } = await new Function('require', `${block}\nreturn testApi();`)(require);
  const app = await serve((app) => app.get('/', api, (req, res) => res.json(req.auth.info)), express);
  assert.equal((await app.send('/')).status, 401);
  const { json } = await app.send('/', { token: await token({ scope: 'write:notes' }) });
  assert.deepEqual([json.sub, json.scopes], ['alice', ['write:notes']]);
  await app.close();
});

it('subscribes to fetches, as docs/observability.md shows it', () => {
  const [block, ...others] = code('observability.md');
  assert.equal(others.length, 0, 'this test knows every piece');
  new Function('require', block)(require);
});

it('finds keys in every way that docs/keys.md shows', async () => {
  const [block, ...others] = code('keys.md');
  assert.equal(others.length, 0, 'this test knows every piece');
  process.env.PUBLIC_KEY = (await keyPair('ES256')).pem;
  process.env.JWT_SECRET = 'a secret that is long enough for HS256, and a little more';
  const protections = new Function('require', `${block}\nreturn protections;`)(require);
  assert.equal(Object.keys(protections).length, 8);
  for (const api of Object.values(protections)) {
    const app = await serve((app) => app.use(api), express);
    assert.equal((await app.send('/')).status, 401);
    await app.close();
  }
});

it('asks about opaque tokens, as docs/opaque-tokens.md shows it', async () => {
  const [bySecret, byKey, ...others] = code('opaque-tokens.md');
  assert.equal(others.length, 0, 'this test knows every piece');
  process.env.INTROSPECTION_SECRET = 'a secret';
  const folder = mkdtempSync(path.join(tmpdir(), 'bearward-'));
  after(() => rmSync(folder, { recursive: true }));
  process.env.PRIVATE_KEY_FILE = path.join(folder, 'key.pem');
  const { privateKey } = await keyPair('ES256');
  writeFileSync(process.env.PRIVATE_KEY_FILE, KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }));
  const introspection = new Function('require', `${byKey}\nreturn introspection;`)(require);
  const { auth } = require('bearward/express');
  const api = new Function('require', `${bySecret}\nreturn api;`)(require);
  for (const one of [api, auth({ issuer: 'https://a.example', audience: 'a', introspection })]) {
    const app = await serve((app) => app.use(one), express);
    assert.equal((await app.send('/')).status, 401);
    await app.close();
  }
});

it('calls the settings of introspection as docs/opaque-tokens.md says', () => {
  const text = readFileSync(new URL('../../../docs/opaque-tokens.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `[\w:()]+` \| `(\w+)` \| `(\w+: [^`]+)` \|$/gm)];
  assert.equal(rows.length, 8);
  const client = { clientId: 'a', clientSecret: 'b' };
  const { auth } = require('bearward/express');
  for (const [, name, member] of rows) {
    const options = { ...client, ...new Function(`return { ${member} };`)() };
    auth({ issuer: 'https://a.example', audience: 'a', introspection: options });
    const [given, without] = [introspectionSettings(options), introspectionSettings(client)];
    assert.ok(Object.hasOwn(given, name) && !Object.hasOwn(without, name), `${member} is ${name}`);
  }
});
