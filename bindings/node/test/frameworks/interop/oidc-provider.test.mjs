// Against an authorization server nobody here wrote.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { start } from '../apps/express.mjs';
import { options } from '../demo.mjs';
import { fetchToken, runOidcProvider } from './parties.mjs';
import { ask } from './request.mjs';

const AUDIENCE = 'https://api.example.com';

let server;
let api;

before(async () => {
  server = await runOidcProvider();
  api = await start(options(server.issuer));
});

after(async () => {
  api?.close();
  await server?.stop();
});

const token = (client, resource, scope) => fetchToken(server.issuer, client, { resource, scope });
const get = async (path, token) => {
  const { status, challenge, text } = await ask(`http://127.0.0.1:${api.port}`, path, { token });
  return { status, challenge, body: JSON.parse(text) };
};

test('its tokens are accepted, whatever they are signed with', async () => {
  for (const resource of ['', '/ps256', '/es256', '/eddsa']) {
    const full = await token('full', `${AUDIENCE}${resource}`, 'read:messages api:read api:write');
    assert.deepEqual(await get('/api/protected', full), {
      status: 200,
      challenge: undefined,
      body: {
        auth: {
          sub: 'full',
          clientId: 'full',
          scopes: ['read:messages', 'api:read', 'api:write'],
          audience: [AUDIENCE],
        },
      },
    });
  }
  const profile = await token('full', AUDIENCE, 'openid profile');
  assert.equal((await get('/secured/scope', profile)).status, 200);
  const admin = await token('admin', AUDIENCE, 'api:read');
  assert.deepEqual((await get('/secured/claim', admin)).body, { subject: 'admin' });
});

test('organizations are told apart', async () => {
  const within = await token('member', AUDIENCE, 'read:data');
  const members = await token('member', 'urn:logto:organization:org_1', 'read:member');
  assert.deepEqual((await get('/api/organizations/org_1/data', within)).body, { organization: 'org_1' });
  assert.deepEqual((await get('/api/organizations/org_1/members', members)).body, { organization: 'org_1' });
  const elsewhere = refusal(403, 'insufficient_scope', 'the access token is for another organization');
  assert.deepEqual(await get('/api/organizations/org_2/data', within), elsewhere);
  assert.deepEqual(await get('/api/organizations/org_2/members', members), elsewhere);
  const nowhere = refusal(401, 'invalid_token', 'the access token is for no organization');
  assert.deepEqual(await get('/api/organizations/org_1/data', await token('full', AUDIENCE, 'read:data')), nowhere);
});

test('an under-scoped token is told which scopes it lacks', async () => {
  const reader = await token('reader', AUDIENCE, 'read:messages api:read');
  assert.equal((await get('/api/private-scoped', reader)).status, 200);
  const expected = refusal(403, 'insufficient_scope', 'the access token lacks a required scope');
  expected.challenge = expected.challenge.replace(AND_DPOP, `, scope="api:read api:write"${AND_DPOP}`);
  assert.deepEqual(await get('/api/protected', reader), expected);
});

test('a payment needs authorization details that name it', async () => {
  const payment = {
    type: 'payment_initiation',
    actions: ['initiate', 'status'],
    locations: [`${AUDIENCE}/payments`],
    currency: 'EUR',
    amount: { value: '12.50' },
  };
  const account = { type: 'account_information', actions: ['initiate'] };
  const withDetails = (...details) =>
    fetchToken(server.issuer, 'full', { resource: AUDIENCE, authorization_details: JSON.stringify(details) });
  assert.equal((await get('/api/payments', await withDetails(account, payment))).status, 200);
  const expected = refusal(403, 'insufficient_scope', 'the access token lacks required authorization details');
  for (const details of [
    [account],
    [{ ...payment, actions: ['status'] }],
    [{ ...payment, currency: 'USD' }],
    [{ ...payment, locations: [`${AUDIENCE}/accounts`] }],
  ]) {
    assert.deepEqual(await get('/api/payments', await withDetails(...details)), expected, JSON.stringify(details));
  }
  assert.deepEqual(await get('/api/payments', await token('full', AUDIENCE, 'api:read')), expected);
});

test('foreign tokens are refused', async () => {
  const elsewhere = await token('full', 'https://other.example.com', 'api:read');
  const foreign = refusal(401, 'invalid_token', 'the access token is for another audience');
  assert.deepEqual(await get('/api/private', elsewhere), foreign);

  const [header, payload] = (await token('full', AUDIENCE, 'api:read')).split('.');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signature = sign('sha256', Buffer.from(`${header}.${payload}`), privateKey).toString('base64url');
  const forged = refusal(401, 'invalid_token', "the access token's signature is invalid");
  assert.deepEqual(await get('/api/private', `${header}.${payload}.${signature}`), forged);
});

test('a token is refused once it has expired', async () => {
  const short = await token('short-lived', AUDIENCE, 'api:read');
  assert.equal((await get('/api/private', short)).status, 200, 'it is remembered from now on');
  // One second of life, and five for clocks that differ.
  await pause(6500);
  assert.deepEqual(await get('/api/private', short), refusal(401, 'invalid_token', 'the access token expired'));
});

/** The challenge of the other scheme, in a header of its own. */
const AND_DPOP = ', DPoP realm="api", algs="RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519"';

function refusal(status, error, description) {
  return {
    status,
    challenge: `Bearer realm="api", error="${error}", error_description="${description}"${AND_DPOP}`,
    body: { error, error_description: description },
  };
}
