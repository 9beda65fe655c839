// The example as a person would start it, with an authorization server that the package's own tests use.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { exampleOf, FOR_AUDIENCE } from '../../../bindings/node/test/example.mjs';

const example = exampleOf(new URL('..', import.meta.url), ...FOR_AUDIENCE);

it('answers a good token', async () => {
  const { status, text } = await example.get('/api/private', await example.issuer.token());
  assert.deepEqual([status, JSON.parse(text).sub], [200, 'alice']);
});

it('asks for a token where there is none, and says what is wrong with a bad one', async () => {
  const none = await example.get('/api/private');
  assert.equal(none.status, 401);
  assert.match(none.challenge, /^Bearer realm="api"/);
  const bad = await example.get('/api/private', 'garbage');
  assert.equal(bad.status, 401);
  assert.match(bad.challenge, /error="invalid_token"/);
  assert.equal(JSON.parse(bad.text).error, 'invalid_token');
});

it('asks for the scope of a route', async () => {
  const { status, challenge } = await example.get('/api/messages', await example.issuer.token());
  assert.equal(status, 403);
  assert.match(challenge, /error="insufficient_scope".*scope="read:messages"/);
  const { status: good } = await example.get('/api/messages', await example.issuer.token({ claims: { scope: 'read:messages' } }));
  assert.equal(good, 200);
});

it('protects the route whatever the query, and finds no other', async () => {
  assert.equal((await example.get('/api/private?x=1')).status, 401);
  assert.equal((await example.get('/')).status, 404);
});
