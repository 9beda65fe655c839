// A client with a key of its own: makes DPoP proofs, and certificates that sign themselves.

import { createHash, generateKeyPairSync, randomUUID, sign as signBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';

export async function dpopClient(alg = 'ES256', options = {}) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  const jwk = await exportJWK(publicKey);
  return { alg, publicKey, privateKey, jwk, privateJwk: await exportJWK(privateKey), jkt: await calculateJwkThumbprint(jwk) };
}

/** `ath` of RFC 9449 §4.2. */
export const hashOf = (token) => createHash('sha256').update(token).digest('base64url');

/** A proof for one request; `{ claims, header, unset, signWith }` change it. */
export function proofOf(client, { method = 'GET', url, token }, { claims = {}, header = {}, unset = [], signWith } = {}) {
  const payload = { jti: randomUUID(), htm: method, htu: url, iat: Math.floor(Date.now() / 1000), ath: hashOf(token), ...claims };
  const protectedHeader = { typ: 'dpop+jwt', alg: client.alg, jwk: client.jwk, ...header };
  for (const name of unset) {
    delete payload[name];
    delete protectedHeader[name];
  }
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(signWith ?? client.privateKey);
}

/** A self-signed certificate: `{ pem, der, key, x5t }`. */
export function selfSigned(name = 'client') {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
  const names = sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(name)))));
  const time = (year) => tagged(0x18, Buffer.from(`${year}0101000000Z`));
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    names,
    sequence(time(2020), time(2099)),
    names,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = signBytes('sha256', body, privateKey);
  const der = sequence(body, ecdsaWithSha256, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { pem, der, key, x5t: createHash('sha256').update(der).digest('base64url') };
}

const sequence = (...parts) => tagged(0x30, Buffer.concat(parts));
const oid = (hex) => tagged(0x06, Buffer.from(hex, 'hex'));

/** X.690 §8.1, §10.1. */
function tagged(tag, content) {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
