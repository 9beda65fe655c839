// A secret that everybody has: the text of a public key in the place of a shared secret.

import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { auth } from 'bearward/express';
import { secure } from 'bearward/express-oauth-jwt';
import { send, serve } from './app.mjs';
import { AUDIENCE, keyPair, sign } from './issuer.mjs';

const PUBLIC =
  /^Error: (?:(?:mcd\.issuers\[0\]\.)?secret: this is a public key or a certificate, and anybody could sign with it|dpop\.nonces\.secret: this is a public key or a certificate, and anybody could make nonces with it)/;

async function texts() {
  const key = await keyPair();
  const der =
    key.publicKey instanceof Uint8Array
      ? key.publicKey
      : createPublicKey(key.pem).export({ type: 'spki', format: 'der' });
  const fixture = new URL('../../../crates/bearward-core/tests/fixtures/certificate.pem', import.meta.url);
  const certificate = await readFile(fixture, 'utf8');
  const jwks = JSON.stringify({ keys: [key.jwk] });
  return {
    PEM: key.pem,
    'PEM with white space': `\n\t ${key.pem}\r\n `,
    'PEM in one line': key.pem.replaceAll('\n', '\\n'),
    'base64 of DER': der.toString('base64'),
    'base64 of PEM': Buffer.from(key.pem).toString('base64'),
    JWK: JSON.stringify(key.jwk),
    'JWK Set': jwks,
    'JWK Set with white space': ` ${JSON.stringify({ keys: [key.jwk] }, null, 2)}\n`,
    certificate,
    'base64 of a certificate': new X509Certificate(certificate).raw.toString('base64'),
    'SSH key': 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 alice@example',
  };
}

describe('The text of a public key', () => {
  it('is no secret: auth() throws', async () => {
    const issuer = 'https://issuer.example';
    for (const [name, secret] of Object.entries(await texts())) {
      assert.throws(() => auth({ issuer, audience: AUDIENCE, secret, tokenSigningAlg: 'HS256' }), PUBLIC, name);
      assert.throws(
        () => auth({ issuer, audience: AUDIENCE, jwksUri: `${issuer}/jwks`, dpop: { nonces: { secret } } }),
        PUBLIC,
        name,
      );
      assert.throws(
        () => auth({ audience: AUDIENCE, mcd: { issuers: [{ issuer, secret, alg: 'HS256' }] } }),
        PUBLIC,
        name,
      );
    }
  });

  it('is no secret in the environment', async () => {
    const { PEM, JWK } = await texts();
    const saved = { ...process.env };
    for (const SECRET of [PEM, JWK]) {
      Object.assign(process.env, { ISSUER: 'https://issuer.example', AUDIENCE, SECRET, TOKEN_SIGNING_ALG: 'HS256' });
      try {
        assert.throws(() => auth(), PUBLIC);
      } finally {
        process.env = { ...saved };
      }
    }
  });

  it('verifies nothing where a function finds keys', async () => {
    const key = await keyPair();
    const issuer = 'https://issuer.example';
    const pem = new TextEncoder().encode(key.pem);
    const api = await serve((app) => {
      app.use(
        '/',
        secure(() => pem, { issuer, audience: AUDIENCE }),
        (_req, res) => res.json({}),
      );
      app.use('/', (_error, _req, res, _next) => res.status(500).end());
    });
    try {
      const token = await sign({ alg: 'HS256', kid: 'k1', privateKey: pem }, issuer);
      assert.equal((await send(api.port, '/', { token })).status, 403);
    } finally {
      await api.close();
    }
  });
});
