// The code in docs/express.md, as a reader would paste it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { request } from '../../../bindings/node/test/frameworks/interop/request.mjs';

const require = createRequire(new URL('../api.mjs', import.meta.url));
const page = readFileSync(new URL('../../../docs/express.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);

/** Runs one piece of code, gives it an `app` unless it makes one, and asks without a token. */
async function ask(code, path, before = '', after = '') {
  process.env.ISSUER = 'http://127.0.0.1:1';
  const app = code.includes('const app') ? '' : 'const app = require("express")();';
  const server = new Function('require', `${app}\n${before}\n${code}\n${after}\nreturn app;`)(require).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { response, text } = await request(`http://127.0.0.1:${server.address().port}`, path);
  server.close();
  assert.equal(response.statusCode, 401, path);
  assert.match(response.headers['www-authenticate'], /^Bearer realm="api"(?:, scope="[\w:]+")?, DPoP (?:scope="[\w:]+", )?algs="[\w ]+"$/, path);
  return JSON.parse(text);
}

test('every piece of code in the recipes runs and protects', async () => {
  const [byHand, handler, guard, organizations, words, behindProxy, ...others] = blocks;
  assert.equal(others.length, 0, 'this test knows every piece');
  assert.deepEqual(await ask(byHand, '/api/protected'), { error: 'Authorization header is missing' });
  assert.equal((await ask(handler, '/function', '', 'app.get("/function", handler);')).error, 'Unauthorized');
  const nest = `
    app.get('/guarded', async (req, res, next) => {
      const context = { switchToHttp: () => ({ getRequest: () => req, getResponse: () => res }) };
      if (await new TokenGuard().canActivate(context).catch(next)) res.end('in');
    });
    app.use(require('bearward/express').errorHandler());`;
  assert.equal((await ask(guard, '/guarded', '', nest)).error, 'unauthorized');
  for (const path of ['/messages', '/organizations/org_1/data', '/organizations/org_1/members']) {
    assert.equal((await ask(organizations, path)).error, 'unauthorized');
  }
  const guarded = 'app.use(require("bearward/express").auth({ audience: "https://api.example.com" }));';
  assert.deepEqual(await ask(words, '/', guarded), { error: 'Please sign in.' });
  assert.equal((await ask(behindProxy, '/api/private')).error, 'unauthorized');
});
