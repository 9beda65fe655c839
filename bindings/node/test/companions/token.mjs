// The key that the API trusts, and tokens signed with it.

import { generateKeyPairSync, sign } from 'node:crypto';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const PUBLIC_KEY = { ...publicKey.export({ format: 'jwk' }), alg: 'ES256' };

const { NAPI_RS_NATIVE_LIBRARY_PATH: _, ...rest } = process.env;
/** What the API reads, and nothing that tells it where the addon is. */
export const ENVIRONMENT = { ...rest, PUBLIC_KEY: JSON.stringify(PUBLIC_KEY) };

export function token(claims = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const payload = {
    iss: 'https://issuer.example',
    aud: 'https://api.example.com',
    sub: 'alice',
    iat: now(),
    exp: now() + 600,
    ...claims,
  };
  const text = `${part({ alg: 'ES256', typ: 'at+jwt' })}.${part(payload)}`;
  const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

const now = () => Math.floor(Date.now() / 1000);
