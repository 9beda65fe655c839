// The API, with tokens that are signed by a key of the test.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { auth } from 'bearward/express';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { notes } from '../app.js';

const ISSUER = 'https://issuer.test';
const AUDIENCE = 'https://api.example.com';

let server;
let token;

before(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const api = auth({ issuer: ISSUER, audience: AUDIENCE, publicKey: await exportSPKI(publicKey), tokenSigningAlg: 'ES256' });
  token = ({ audience = AUDIENCE, subject = 'ada', lifetime = '10m', ...claims }) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(lifetime)
      .sign(privateKey);
  server = notes(api).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

after(() => server.close());

async function ask(method, claims, body) {
  const headers = { 'content-type': 'text/plain' };
  if (claims) headers.authorization = `Bearer ${await token(claims)}`;
  return fetch(`http://127.0.0.1:${server.address().port}/notes`, { method, headers, body });
}

test('a subject reads what it has written', async () => {
  const both = { scope: 'notes:read notes:write' };
  assert.equal((await ask('POST', both, 'milk')).status, 201);
  assert.deepEqual(await (await ask('GET', both)).json(), ['milk']);
  assert.deepEqual(await (await ask('GET', { ...both, subject: 'bob' })).json(), []);
});

test('a token without the scope is forbidden', async () => {
  assert.equal((await ask('POST', { scope: 'notes:read' }, 'milk')).status, 403);
});

test('only good tokens for this API come in', async () => {
  const scope = 'notes:read';
  assert.equal((await ask('GET', { scope })).status, 200);
  assert.equal((await ask('GET')).status, 401);
  assert.equal((await ask('GET', { scope, lifetime: '-60s' })).status, 401);
  assert.equal((await ask('GET', { scope, audience: 'https://other.example.com' })).status, 401);
});
