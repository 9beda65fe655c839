// The example as a person would start it, with an authorization server that the package's own tests use.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { exampleOf, FOR_AUDIENCE } from '../../../bindings/node/test/example.mjs';

const example = exampleOf(new URL('..', import.meta.url), ...FOR_AUDIENCE);

const get = (path, token, init) =>
  fetch(`${example.base}${path}`, { ...init, headers: { ...(token && { authorization: `Bearer ${token}` }), ...init?.headers } });

it('answers everybody in public, and a good token in private', async () => {
  assert.equal((await get('/api/public')).status, 200);
  assert.equal((await (await get('/api/private', await example.issuer.token())).json()).sub, 'alice');
});

it('asks for a token where there is none, and says what is wrong with a bad one', async () => {
  const none = await get('/api/private');
  assert.equal(none.status, 401);
  assert.match(none.headers.get('www-authenticate'), /^Bearer realm="api"/);
  const bad = await get('/api/private', 'garbage');
  assert.equal(bad.status, 401);
  assert.match(bad.headers.get('www-authenticate'), /error="invalid_token"/);
  assert.equal((await bad.json()).error, 'invalid_token');
});

it('asks for the scope of a route, and for the organization in its path', async () => {
  const poor = await get('/api/messages', await example.issuer.token());
  assert.equal(poor.status, 403);
  assert.match(poor.headers.get('www-authenticate'), /error="insufficient_scope".*scope="read:messages"/);
  assert.equal((await get('/api/messages', await example.issuer.token({ claims: { scope: 'read:messages' } }))).status, 200);
  const member = await example.issuer.token({ claims: { organization_id: 'acme' } });
  assert.equal((await get('/api/organizations/acme', member)).status, 200);
  assert.equal((await get('/api/organizations/other', member)).status, 403);
});

it('lets a page of another origin read the challenge', async () => {
  const headers = { origin: 'https://app.example.com' };
  const preflight = await get('/api/private', undefined, {
    method: 'OPTIONS',
    headers: { ...headers, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
  });
  assert.equal(preflight.status, 204);
  const refused = await get('/api/private', undefined, { headers });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get('access-control-allow-origin'), headers.origin);
  assert.match(refused.headers.get('access-control-expose-headers'), /WWW-Authenticate/);
});
