// The code of guides in `docs` that have no test elsewhere, as a reader would paste it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { it } from 'node:test';
import { express, serve } from './app.mjs';

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
