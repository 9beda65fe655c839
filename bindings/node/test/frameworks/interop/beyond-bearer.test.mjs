// Tokens of an authorization server nobody here wrote that are bound to a key or to a certificate, and those that only
// that server can read.

import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { dpopClient, proofOf, selfSigned } from '../../client.mjs';
import { serve } from './api.mjs';
import { fetchToken, revokeToken, runOidcProvider } from './parties.mjs';
import { ask } from './request.mjs';

const AUDIENCE = 'https://api.example.com';
const ACCEPTED = [200, undefined];
const ALGS = 'algs="RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519"';

let server;

before(async () => {
  server = await runOidcProvider();
});

after(() => server?.stop());

const token = (client, headers, resource = AUDIENCE) =>
  fetchToken(server.issuer, client, { resource, scope: 'read:messages' }, headers);

/** A token that the server binds to this key. */
async function boundTo(key, client, resource) {
  const proof = await proofOf(key, { method: 'POST', url: `${server.issuer}/token`, token: '' }, { unset: ['ath'] });
  return token(client, { DPoP: proof }, resource);
}

/** The status of a request, and why it was refused if it was. */
async function send(base, path, scheme, token, headers = []) {
  const { status, text } = await ask(base, path, { headers: [['Authorization', `${scheme} ${token}`], ...headers] });
  return [status, JSON.parse(text).error_description];
}

const bearer = (base, path, token) => send(base, path, 'Bearer', token);

/** What the proxy in front says of a client that used this origin; this machine plays the proxy. */
function forwarded(origin) {
  const { protocol, host } = new URL(origin);
  return [
    ['X-Forwarded-Proto', protocol.slice(0, -1)],
    ['X-Forwarded-Host', host],
  ];
}

/** With a fresh proof of this key for this token. */
async function proven(base, path, token, key) {
  const proof = await proofOf(key, { url: `${base}${path}`, token });
  return send(base, path, 'DPoP', token, [['DPoP', proof], ...forwarded(base)]);
}

describe('bound tokens', () => {
  test('pass with a proof by a key of any kind, and once', async (t) => {
    const base = await serve(t, server.issuer);
    for (const [alg, resource] of [
      ['ES256', ''],
      ['PS256', '/es256'],
      ['Ed25519', '/eddsa'],
    ]) {
      const key = await dpopClient(alg);
      const bound = await boundTo(key, 'dpop', `${AUDIENCE}${resource}`);
      for (const path of ['/api/private', '/api/private-scoped', '/secured/token']) {
        assert.deepEqual(await proven(base, path, bound, key), ACCEPTED, `${alg} ${path}`);
      }
      const proof = await proofOf(key, { url: `${base}/api/private`, token: bound });
      const request = { headers: [['Authorization', `DPoP ${bound}`], ['DPoP', proof], ...forwarded(base)] };
      assert.equal((await ask(base, '/api/private', request)).status, 200);
      const { status, challenge } = await ask(base, '/api/private', request);
      const words = 'error="invalid_dpop_proof", error_description="the DPoP proof was used before"';
      assert.deepEqual([status, challenge], [401, `Bearer realm="api", DPoP realm="api", ${words}, ${ALGS}`], alg);
    }
  });

  test('are worth nothing to whoever has stolen them without their key', async (t) => {
    const base = await serve(t, server.issuer);
    const [key, thief] = [await dpopClient(), await dpopClient()];
    // A client that need not bind its tokens may.
    for (const client of ['dpop', 'full']) {
      const bound = await boundTo(key, client);
      const scheme = [401, 'the access token needs a DPoP proof and the scheme DPoP'];
      assert.deepEqual(await bearer(base, '/api/private', bound), scheme);
      const proof = await proofOf(key, { url: `${base}/api/private`, token: bound });
      assert.deepEqual(await send(base, '/api/private', 'Bearer', bound, [['DPoP', proof]]), scheme);
      const mismatch = [401, 'the DPoP proof is of another key than the access token'];
      assert.deepEqual(await proven(base, '/api/private', bound, thief), mismatch);
    }
  });

  test('are proven for the URL that the proxy in front was asked for', async (t) => {
    const base = await serve(t, server.issuer);
    const key = await dpopClient();
    const bound = await boundTo(key, 'dpop');
    for (const [origin, expected] of [
      [AUDIENCE, ACCEPTED],
      [base, [401, 'the DPoP proof is for another URL']],
    ]) {
      const proof = await proofOf(key, { url: `${origin}/api/private`, token: bound });
      const answer = await send(base, '/api/private', 'DPoP', bound, [['DPoP', proof], ...forwarded(AUDIENCE)]);
      assert.deepEqual(answer, expected, origin);
    }
  });

  test('pass with their certificate alone, and by the word of a trusted proxy alone', async (t) => {
    const shown = ({ der }) => ['Client-Cert', `:${der.toString('base64')}:`];
    const [own, other] = [shown(selfSigned('own')), shown(selfSigned('other'))];
    const bound = await token('mtls-bound', Object.fromEntries([own]));
    const trusting = await serve(t, server.issuer);
    const untrusting = await serve(t, server.issuer, {}, '10.0.0.0/8');
    const absent = [401, 'the access token is bound to a certificate and came without it'];
    for (const [base, headers, expected] of [
      [trusting, [own], ACCEPTED],
      [trusting, [], absent],
      [trusting, [other], [401, 'the access token is bound to another certificate']],
      [untrusting, [own], absent],
    ]) {
      assert.deepEqual(await send(base, '/api/private-scoped', 'Bearer', bound, headers), expected);
    }
  });
});

describe('opaque tokens', () => {
  const withSecret = (clientId) => ({ clientId, clientSecret: `${clientId}-secret` });
  const withKey = (key, privateKeyId) => ({
    clientId: 'api-with-key',
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }),
    privateKeyId,
  });

  /** Every way in which a resource server may ask: how it authenticates itself, and what it is answered with. */
  function waysOfAsking() {
    const jwk = server.assertionKeys['api-with-key'];
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    return Object.entries({
      'JSON, asked with a secret': withSecret('api'),
      'a JWT (RS256), asked with a secret': { ...withSecret('api'), answers: 'signed' },
      'a JWT (ES256), asked with a secret': { ...withSecret('api-signed'), answers: 'signed' },
      'JSON, asked with a key': withKey(key, jwk.kid),
      'a JWT, asked with a key': { ...withKey(key, jwk.kid), answers: 'signed' },
    });
  }

  test('are introspected, whatever the way of asking', async (t) => {
    for (const [way, client] of waysOfAsking()) {
      const base = await serve(t, server.issuer, { introspection: client });
      const opaque = await token('opaque');
      for (let time = 0; time < 2; time += 1) {
        assert.deepEqual(await bearer(base, '/api/private-scoped', opaque), ACCEPTED, way);
      }
      const underScoped = [403, 'the access token lacks a required scope'];
      assert.deepEqual(await bearer(base, '/api/protected', opaque), underScoped, way);
      const foreign = await token('opaque', {}, 'https://other.example.com');
      const elsewhere = [401, 'the access token is for another audience'];
      assert.deepEqual(await bearer(base, '/api/private', foreign), elsewhere, way);

      const revoked = await token('opaque');
      await revokeToken(server.issuer, 'opaque', revoked);
      for (const inactive of [revoked, 'nobody-s-token']) {
        const answer = await bearer(base, '/api/private', inactive);
        assert.deepEqual(answer, [401, 'the access token is not active'], way);
      }
      // JWTs are verified here still.
      assert.deepEqual(await bearer(base, '/api/private-scoped', await token('full')), ACCEPTED, way);
    }
  });

  test('have authorization details by the answer about them', async (t) => {
    const payment = {
      type: 'payment_initiation',
      actions: ['initiate'],
      locations: [`${AUDIENCE}/payments`],
      currency: 'EUR',
    };
    const withDetails = (...details) =>
      fetchToken(server.issuer, 'opaque', { resource: AUDIENCE, authorization_details: JSON.stringify(details) });
    const lacking = [403, 'the access token lacks required authorization details'];
    for (const [way, client] of waysOfAsking()) {
      const base = await serve(t, server.issuer, { introspection: client });
      assert.deepEqual(await bearer(base, '/api/payments', await withDetails(payment)), ACCEPTED, way);
      const other = await withDetails({ ...payment, currency: 'USD' });
      assert.deepEqual(await bearer(base, '/api/payments', other), lacking, way);
      assert.deepEqual(await bearer(base, '/api/payments', await token('opaque')), lacking, way);
    }
  });

  test('may be bound too', async (t) => {
    for (const [way, client] of waysOfAsking()) {
      const base = await serve(t, server.issuer, { introspection: client });
      const [key, thief] = [await dpopClient(), await dpopClient()];
      const bound = await boundTo(key, 'opaque');
      assert.deepEqual(await proven(base, '/api/private', bound, key), ACCEPTED, way);
      const stolen = await proven(base, '/api/private', bound, thief);
      assert.deepEqual(stolen, [401, 'the DPoP proof is of another key than the access token'], way);
      const unproven = await bearer(base, '/api/private', bound);
      assert.deepEqual(unproven, [401, 'the access token needs a DPoP proof and the scheme DPoP'], way);
    }
  });

  test('are nobody’s fault where the API itself is not known to the server', async (t) => {
    const { privateKey: foreign } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const client of [
      withSecret('nobody'),
      { ...withSecret('api'), clientSecret: 'another-secret' },
      withKey(foreign, 'api-with-key'),
      withKey(foreign),
    ]) {
      const base = await serve(t, server.issuer, { introspection: client });
      const { status, retryAfter, challenge, text } = await ask(base, '/api/private', { token: await token('opaque') });
      assert.deepEqual([status, challenge], [503, undefined], client.clientId);
      assert.match(retryAfter, /^[1-9]\d*$/);
      assert.deepEqual(JSON.parse(text), {
        error: 'temporarily_unavailable',
        error_description: 'the authorization server could not be asked about the access token',
      });
    }
  });
});
