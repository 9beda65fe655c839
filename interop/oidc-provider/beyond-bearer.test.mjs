// Checks what the process gives beyond bearer JWTs: bound tokens, opaque ones, and answers about them.

import assert from 'node:assert/strict';
import { createHash, createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { API, AuthorizationServer, parse } from './authorization-server.mjs';

const SIGNED_ANSWER = 'application/token-introspection+jwt';

/** A self-signed certificate: what it says does not matter, only its hash does. */
const CERTIFICATE = `
MIIBejCCAR+gAwIBAgIUZiQz9lou2JAEbk8Q1ztegSLeqc0wCgYIKoZIzj0EAwIwETEPMA0GA1UEAwwGY2xpZW50MCAXDTI2
MTEyMTIzMzYwN1oYDzIxMjYxMDI4MjMzNjA3WjARMQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAS2AVJEjcwp4sQexz+1BVKRgvdGL3OeTbhf+tM3WbTjMYdXErT8XfApuOuPdlwZpDyt/bB+T6yMtYrnNgXX59w7o1MwUTAd
BgNVHQ4EFgQU5DK8OXZKmcUjjPhdg5PkyAWJwEswHwYDVR0jBBgwFoAU5DK8OXZKmcUjjPhdg5PkyAWJwEswDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA3LSf/Y2Rhh3ZAqnjeswpOXRllfAzy7DQ0If3BOhLnu8CIQD1WH6/EGsLG55h
mJbTArdI9K2P5ohc9gGO0bSZzT57rg==
`.replace(/\s/g, '');

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function es256(key, header, claims) {
  const input = `${encode({ alg: 'ES256', ...header })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function now() {
  return Math.floor(Date.now() / 1000);
}

/** RFC 7638. */
function thumbprint({ crv, kty, x, y }) {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

class Prover {
  #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  get jwk() {
    return this.#keys.publicKey.export({ format: 'jwk' });
  }

  proof(url, claims = {}) {
    const header = { typ: 'dpop+jwt', jwk: this.jwk };
    return es256(this.#keys.privateKey, header, {
      htm: 'POST', htu: url, iat: now(), jti: randomUUID(), ...claims,
    });
  }
}

describe('bound tokens', () => {
  let server;
  before(async () => { server = await AuthorizationServer.start(); });
  after(() => server.stop());

  test('a DPoP proof binds a token, and the client dpop gets none without', async () => {
    const prover = new Prover();
    for (const client of ['dpop', 'full']) {
      const headers = { DPoP: prover.proof(`${server.ready.issuer}/token`) };
      const answer = await server.token(client, API, 'read:messages', headers);
      assert.equal(answer.token_type, 'DPoP');
      const { cnf } = await server.verified(answer.access_token);
      assert.deepEqual(cnf, { jkt: thumbprint(prover.jwk) });
    }
    const refused = await server.token('dpop', API);
    assert.deepEqual([refused.status, refused.error], [400, 'invalid_grant']);
    const elsewhere = { DPoP: prover.proof(`${server.ready.issuer}/other`) };
    const wrong = await server.token('dpop', API, '', elsewhere);
    assert.deepEqual([wrong.status, wrong.error], [400, 'invalid_dpop_proof']);
  });

  test('a certificate binds the tokens of mtls-bound, which gets none without', async () => {
    const headers = { 'Client-Cert': `:${CERTIFICATE}:` };
    const answer = await server.token('mtls-bound', API, 'read:messages', headers);
    assert.equal(answer.token_type, 'Bearer');
    const { cnf } = await server.verified(answer.access_token);
    const hash = createHash('sha256').update(Buffer.from(CERTIFICATE, 'base64')).digest('base64url');
    assert.deepEqual(cnf, { 'x5t#S256': hash });
    for (const wrong of [{}, { 'Client-Cert': CERTIFICATE }]) {
      const refused = await server.token('mtls-bound', API, '', wrong);
      assert.deepEqual([refused.status, refused.error], [400, 'invalid_grant']);
    }
  });

  test('nonces are asked for when told so', async () => {
    const strict = await AuthorizationServer.start('--dpop-nonces');
    const prover = new Prover();
    const url = `${strict.ready.issuer}/token`;
    const first = await strict.token('dpop', API, '', { DPoP: prover.proof(url) });
    assert.deepEqual([first.status, first.error], [400, 'use_dpop_nonce']);
    const proof = prover.proof(url, { nonce: first.nonce });
    const second = await strict.token('dpop', API, '', { DPoP: proof });
    assert.deepEqual([second.status, second.token_type], [200, 'DPoP']);
    await strict.stop();
  });
});

describe('opaque tokens', () => {
  let server;
  before(async () => { server = await AuthorizationServer.start(); });
  after(() => server.stop());

  const introspect = async (token, { id = 'api', accept = 'application/json' } = {}) => {
    const authorization = `Basic ${Buffer.from(`${id}:${id}-secret`).toString('base64')}`;
    const response = await server.post('/token/introspection', { token }, { authorization, accept });
    const body = await response.text();
    return { status: response.status, type: response.headers.get('content-type'), body };
  };
  const opaque = async (headers) => (
    await server.token('opaque', API, 'read:messages', headers)).access_token;

  test('introspection says what one stands for', async () => {
    const token = await opaque();
    assert.match(token, /^[\w-]{43}$/);
    const { status, body } = await introspect(token);
    const { iat, exp, ...claims } = JSON.parse(body);
    assert.deepEqual([status, exp - iat], [200, 600]);
    assert.deepEqual(claims, {
      active: true,
      aud: API,
      client_id: 'opaque',
      iss: server.ready.issuer,
      scope: 'read:messages',
      token_type: 'Bearer',
    });
    assert.equal((await introspect('unknown')).body, '{"active":false}');
  });

  test('it also says what one is bound to', async () => {
    const prover = new Prover();
    const token = await opaque({ DPoP: prover.proof(`${server.ready.issuer}/token`) });
    const { cnf, token_type: type } = JSON.parse((await introspect(token)).body);
    assert.deepEqual([type, cnf], ['DPoP', { jkt: thumbprint(prover.jwk) }]);
  });

  test('a signed answer is for the one that asked, with its algorithm', async () => {
    const token = await opaque();
    for (const [id, alg] of [['api', 'RS256'], ['api-signed', 'ES256']]) {
      const { type, body } = await introspect(token, { id, accept: SIGNED_ANSWER });
      assert.equal(type, `${SIGNED_ANSWER}; charset=utf-8`);
      const answer = await server.verified(body);
      assert.deepEqual([answer.alg, answer.typ], [alg, 'token-introspection+jwt']);
      assert.deepEqual([answer.iss, answer.aud], [server.ready.issuer, id]);
      assert.deepEqual(answer.token_introspection, JSON.parse((await introspect(token)).body));
    }
  });

  test('authorization details are in JWTs and in answers, for those who may ask for them', async () => {
    const details = [{ type: 'payment_initiation', actions: ['initiate'], currency: 'EUR' }];
    const more = { authorization_details: JSON.stringify(details) };
    const jwt = await server.token('full', API, '', {}, more);
    assert.deepEqual((await server.verified(jwt.access_token)).authorization_details, details);
    const { access_token: token } = await server.token('opaque', API, '', {}, more);
    assert.deepEqual(JSON.parse((await introspect(token)).body).authorization_details, details);
    assert.equal(JSON.parse((await introspect(await opaque())).body).authorization_details, undefined);
    for (const [client, asked] of [['reader', details], ['full', [{ type: 'another' }]]]) {
      const refused = await server.token(client, API, '', {}, { authorization_details: JSON.stringify(asked) });
      assert.deepEqual([refused.status, refused.error], [400, 'invalid_authorization_details'], client);
    }
  });

  test('only resource servers that authenticate learn something', async () => {
    const token = await opaque();
    assert.equal((await introspect(token, { id: 'full' })).body, '{"active":false}');
    const { status, body } = await introspect(token, { id: 'nobody' });
    assert.deepEqual([status, JSON.parse(body).error], [401, 'invalid_client']);
  });

  test('private_key_jwt authenticates with the key of the first line, once', async () => {
    const token = await opaque();
    const id = 'api-with-key';
    const jwk = server.ready.assertionKeys[id];
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    const { issuer } = server.ready;
    const assertion = es256(key, { kid: jwk.kid }, {
      iss: id, sub: id, aud: issuer, iat: now(), exp: now() + 60, jti: randomUUID(),
    });
    const parameters = {
      token,
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
    const first = await (await server.post('/token/introspection', parameters)).json();
    assert.deepEqual([first.active, first.client_id], [true, 'opaque']);
    const second = await (await server.post('/token/introspection', parameters)).json();
    assert.equal(second.error, 'invalid_client');
  });

  test('they outlive a rotation of the keys, and end when they are revoked', async () => {
    const token = await opaque();
    await server.tell('rotate');
    await server.tell('drop-old');
    assert.equal(JSON.parse((await introspect(token)).body).active, true);
    const signed = (await introspect(token, { accept: SIGNED_ANSWER })).body;
    assert.equal(parse(signed.split('.')[0]).kid, (await server.tell('status')).active.RS256);

    const client = { client_id: 'opaque', client_secret: 'opaque-secret' };
    const response = await server.post('/token/revocation', { token, ...client });
    assert.equal(response.status, 200);
    assert.equal((await introspect(token)).body, '{"active":false}');
  });
});
