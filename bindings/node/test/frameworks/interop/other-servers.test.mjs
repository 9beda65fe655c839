// Authorization servers that share no code with `oidc-provider`: django-oauth-toolkit gives opaque tokens, Glewlwyd JWTs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { serve } from './api.mjs';
import { runPythonServer } from './parties.mjs';
import { ask } from './request.mjs';

const AUDIENCE = 'https://api.example.com';
const OTHER = 'https://other.example.com';
const ACCEPTED = [200, undefined, undefined];
const NOT_ACTIVE = [401, 'invalid_token', 'the access token is not active'];
const ANOTHER_AUDIENCE = [401, 'invalid_token', 'the access token is for another audience'];
const UNDER_SCOPED = [403, 'insufficient_scope', 'the access token lacks a required scope'];

/** The status of a request, and why it was refused if it was. */
async function bearer(base, path, token) {
  const { status, text } = await ask(base, path, { token });
  const { error, error_description: description } = JSON.parse(text);
  return [status, error, description];
}

async function post(url, client, parameters) {
  const authorization = `Basic ${Buffer.from(`${client}:${client}-secret`).toString('base64')}`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams(parameters),
  });
  assert.equal(response.status, 200);
  return response.text();
}

/** A token by client credentials, for this resource if one is named. */
async function fetchToken(endpoint, client, resource) {
  const parameters = { grant_type: 'client_credentials', scope: 'read:messages', ...(resource && { resource }) };
  return JSON.parse(await post(endpoint, client, parameters)).access_token;
}

describe('django-oauth-toolkit', () => {
  const client = { clientId: 'api', clientSecret: 'api-secret' };
  let server;
  before(async () => {
    server = await runPythonServer('django-oauth-toolkit');
  });
  after(() => server?.stop());

  const token = (resource) => fetchToken(`${server.issuer}/token/`, 'full', resource);

  test('is introspected where the second metadata document says', async (t) => {
    const openid = await (await fetch(`${server.issuer}/.well-known/openid-configuration`)).json();
    assert.equal(openid.introspection_endpoint, undefined, 'else this test shows nothing');
    const base = await serve(t, server.issuer, { introspection: client });
    const opaque = await token(AUDIENCE);
    for (let time = 0; time < 2; time += 1) {
      assert.deepEqual(await bearer(base, '/api/private-scoped', opaque), ACCEPTED);
    }
    assert.deepEqual(await bearer(base, '/api/protected', opaque), UNDER_SCOPED);
  });

  test('its tokens that are revoked, unknown or for others are refused', async (t) => {
    const base = await serve(t, server.issuer, { introspection: client });
    const revoked = await token(AUDIENCE);
    await post(`${server.issuer}/revoke_token/`, 'full', { token: revoked });
    for (const [opaque, expected] of [
      [revoked, NOT_ACTIVE],
      ['made-up', NOT_ACTIVE],
      [await token(OTHER), ANOTHER_AUDIENCE],
      [await token(), [401, 'invalid_token', 'the access token has no claim aud']],
    ]) {
      assert.deepEqual(await bearer(base, '/api/private', opaque), expected);
    }
  });

  test('its tokens are refused once they have expired', async (t) => {
    const brief = await runPythonServer('django-oauth-toolkit', '--lifetime', '1');
    t.after(() => brief.stop());
    const base = await serve(t, brief.issuer, { introspection: client });
    const opaque = await fetchToken(`${brief.issuer}/token/`, 'full', AUDIENCE);
    await pause(2500);
    assert.deepEqual(await bearer(base, '/api/private', opaque), NOT_ACTIVE);
  });
});

describe('Glewlwyd', () => {
  let server;
  before(async () => {
    server = await runPythonServer('glewlwyd');
  });
  after(() => server?.stop());

  const token = (resource) => fetchToken(`${server.issuer}/token`, 'full', resource);

  test('its JWTs are verified, and those for others are refused', async (t) => {
    const base = await serve(t, server.issuer);
    const jwt = await token(AUDIENCE);
    assert.deepEqual(await bearer(base, '/api/private-scoped', jwt), ACCEPTED);
    assert.deepEqual(await bearer(base, '/api/protected', jwt), UNDER_SCOPED);
    const foreign = await token(OTHER);
    assert.deepEqual(await bearer(base, '/api/private', foreign), ANOTHER_AUDIENCE);
    // Without `resource`, `aud` is the list of scopes.
    assert.deepEqual(await bearer(base, '/api/private', await token()), ANOTHER_AUDIENCE);
    const forged = `${jwt.slice(0, jwt.lastIndexOf('.'))}${foreign.slice(foreign.lastIndexOf('.'))}`;
    const expected = [401, 'invalid_token', "the access token's signature is invalid"];
    assert.deepEqual(await bearer(base, '/api/private', forged), expected);
  });

  test('a JWT is refused once it has expired', async (t) => {
    const brief = await runPythonServer('glewlwyd', '--lifetime', '1');
    t.after(() => brief.stop());
    const base = await serve(t, brief.issuer);
    const jwt = await fetchToken(`${brief.issuer}/token`, 'full', AUDIENCE);
    // One second of life, and five for clocks that differ.
    await pause(6500);
    assert.deepEqual(await bearer(base, '/api/private', jwt), [401, 'invalid_token', 'the access token expired']);
  });

  test('a revoked JWT is refused where every token is introspected', async (t) => {
    // Glewlwyd tells a client of its own tokens only.
    const introspection = { clientId: 'full', clientSecret: 'full-secret', tokens: 'every' };
    const base = await serve(t, server.issuer, { introspection });
    assert.deepEqual(await bearer(base, '/api/private', await token(AUDIENCE)), ACCEPTED);
    const revoked = await token(AUDIENCE);
    await post(`${server.issuer}/revoke`, 'full', { token: revoked });
    assert.deepEqual(await bearer(base, '/api/private', revoked), NOT_ACTIVE);
  });
});
