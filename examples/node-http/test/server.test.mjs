// The example as a person would start it, with an authorization server that the package's own tests use.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AUDIENCE, startIssuer } from '../../../bindings/node/test/issuer.mjs';

let issuer;
let server;
let base;

before(async () => {
  issuer = await startIssuer();
  const args = ['server.mjs', '--issuer', issuer.issuer, '--audience', AUDIENCE, '--port', '0'];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  server = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  [base] = await once(createInterface({ input: server.stdout }), 'line');
});

after(async () => {
  server.kill();
  await once(server, 'exit');
  await issuer.close();
});

async function get(path, token) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${base}${path}`, { headers });
  return { status: response.status, challenge: response.headers.get('www-authenticate'), text: await response.text() };
}

it('answers a good token', async () => {
  const { status, text } = await get('/api/private', await issuer.token());
  assert.deepEqual([status, JSON.parse(text).sub], [200, 'alice']);
});

it('asks for a token where there is none, and says what is wrong with a bad one', async () => {
  const none = await get('/api/private');
  assert.equal(none.status, 401);
  assert.match(none.challenge, /^Bearer realm="api"/);
  const bad = await get('/api/private', 'garbage');
  assert.equal(bad.status, 401);
  assert.match(bad.challenge, /error="invalid_token"/);
  assert.equal(JSON.parse(bad.text).error, 'invalid_token');
});

it('asks for the scope of a route', async () => {
  const { status, challenge } = await get('/api/messages', await issuer.token());
  assert.equal(status, 403);
  assert.match(challenge, /error="insufficient_scope".*scope="read:messages"/);
  const { status: good } = await get('/api/messages', await issuer.token({ claims: { scope: 'read:messages' } }));
  assert.equal(good, 200);
});

it('protects the route whatever the query, and finds no other', async () => {
  assert.equal((await get('/api/private?x=1')).status, 401);
  assert.equal((await get('/')).status, 404);
});
