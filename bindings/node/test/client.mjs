// A client with a key of its own: makes DPoP proofs, and certificates that sign themselves.

import { createHash, generateKeyPairSync, randomUUID, sign as signBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';

export async function dpopClient(alg = 'ES256', options = {}) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  const jwk = await exportJWK(publicKey);
  return {
    alg,
    publicKey,
    privateKey,
    jwk,
    privateJwk: await exportJWK(privateKey),
    jkt: await calculateJwkThumbprint(jwk),
  };
}

/** `ath` of RFC 9449 §4.2. */
export const hashOf = (token) => createHash('sha256').update(token).digest('base64url');

/** A proof for one request; `{ claims, header, unset, signWith }` change it. */
export function proofOf(
  client,
  { method = 'GET', url, token },
  { claims = {}, header = {}, unset = [], signWith } = {},
) {
  const payload = {
    jti: randomUUID(),
    htm: method,
    htu: url,
    iat: Math.floor(Date.now() / 1000),
    ath: hashOf(token),
    ...claims,
  };
  const protectedHeader = { typ: 'dpop+jwt', alg: client.alg, jwk: client.jwk, ...header };
  for (const name of unset) {
    delete payload[name];
    delete protectedHeader[name];
  }
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(signWith ?? client.privateKey);
}

/** A self-signed certificate: `{ pem, der, key, x5t }`. */
export function selfSigned(name = 'client') {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return certificate({
    subject: name,
    publicKey: pair.publicKey,
    issuer: name,
    signedWith: pair.privateKey,
    key: pair.privateKey,
  });
}

/** A certificate authority: `{ pem, issue(hosts) }`, where `issue` makes a server certificate for these host names. */
export function certificateAuthority() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = extension('551d13', true, sequence(tagged(0x01, Buffer.from([0xff]))));
  const own = certificate({
    subject: 'authority',
    publicKey,
    issuer: 'authority',
    signedWith: privateKey,
    key: privateKey,
    extensions: [isAuthority],
  });
  const issue = (hosts) => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const names = sequence(...hosts.map((host) => tagged(0x82, Buffer.from(host))));
    return certificate({
      subject: 'server',
      publicKey: pair.publicKey,
      issuer: 'authority',
      signedWith: privateKey,
      key: pair.privateKey,
      extensions: [extension('551d11', false, names)],
    });
  };
  return { pem: own.pem, issue };
}

/** RFC 5280 §4.1. */
function certificate({ subject, publicKey, issuer, signedWith, key, extensions = [] }) {
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
  const name = (text) => sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(text)))));
  const time = (year) => tagged(0x18, Buffer.from(`${year}0101000000Z`));
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.from([subject === issuer ? 1 : 2])),
    ecdsaWithSha256,
    name(issuer),
    sequence(time(2020), time(2099)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [tagged(0xa3, sequence(...extensions))] : []),
  );
  const signature = signBytes('sha256', body, signedWith);
  const der = sequence(body, ecdsaWithSha256, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const pem = `-----BEGIN CERTIFICATE-----\n${der
    .toString('base64')
    .match(/.{1,64}/g)
    .join('\n')}\n-----END CERTIFICATE-----\n`;
  return {
    pem,
    der,
    key: key.export({ type: 'pkcs8', format: 'pem' }),
    x5t: createHash('sha256').update(der).digest('base64url'),
  };
}

const extension = (id, critical, content) =>
  sequence(oid(id), ...(critical ? [tagged(0x01, Buffer.from([0xff]))] : []), tagged(0x04, content));
const sequence = (...parts) => tagged(0x30, Buffer.concat(parts));
const oid = (hex) => tagged(0x06, Buffer.from(hex, 'hex'));

/** X.690 §8.1, §10.1. */
function tagged(tag, content) {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
