// The example as a person would start it.

import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { startExample } from '../../../bindings/node/test/example.mjs';

let example;
before(async () => {
  example = await startExample(new URL('..', import.meta.url));
});
after(() => example.close());

it('answers everybody where no token is needed, and a good token elsewhere', async () => {
  assert.equal((await example.get('/api/public')).status, 200);
  const { status, text } = await example.get('/api/private', {});
  assert.deepEqual([status, JSON.parse(text).sub], [200, 'alice']);
});

it('asks for a token where there is none, and says what is wrong with a bad one', async () => {
  const none = await example.get('/api/private');
  assert.equal(none.status, 401);
  assert.match(none.challenge, /^Bearer realm="api"/);
  assert.equal(JSON.parse(none.text).error, 'unauthorized');
  const bad = await example.get('/api/private', 'garbage');
  assert.equal(bad.status, 401);
  assert.match(bad.challenge, /error="invalid_token"/);
  assert.equal(JSON.parse(bad.text).error, 'invalid_token');
});

it('asks for the scope and for the organization of a route', async () => {
  const { status, challenge } = await example.get('/api/messages', {});
  assert.equal(status, 403);
  assert.match(challenge, /error="insufficient_scope".*scope="read:messages"/);
  assert.equal((await example.get('/api/messages', { scope: 'read:messages' })).status, 200);
  const member = { organization_id: 'acme' };
  assert.equal((await example.get('/api/organizations/acme', member)).status, 200);
  assert.equal((await example.get('/api/organizations/other', member)).status, 403);
});
