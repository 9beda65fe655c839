// What is sent to the original and to Bearward: one change each to a request that both let in.

import { createSecretKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { AUDIENCE, sign } from '../issuer.mjs';

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });
const now = () => Math.floor(Date.now() / 1000);

/** Of nobody's key. */
const THUMBPRINT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';

/** Changes to the claims or header of a good token: `(options for sign)`. */
export const TOKEN_CHANGES = {
  nothing: {},
  'no kid': { unset: ['kid'] },
  // Older than the keys: a younger token may be signed with a key that was published since (503, not 401).
  'unknown kid': { header: { kid: 'unknown' }, claims: () => ({ iat: now() - 600 }) },
  'kid with path traversal': { header: { kid: '../../etc/passwd' }, claims: () => ({ iat: now() - 600 }) },
  'no typ': { unset: ['typ'] },
  'typ JWT': { header: { typ: 'JWT' } },
  'typ application/at+jwt': { header: { typ: 'application/at+jwt' } },
  'typ dpop+jwt': { header: { typ: 'dpop+jwt' } },
  'typ logout+jwt': { header: { typ: 'logout+jwt' } },
  'header jku': { header: { jku: 'https://attacker.example/jwks' } },
  'aud foreign': { claims: { aud: 'https://other.example' } },
  'aud absent': { unset: ['aud'] },
  'aud empty list': { claims: { aud: [] } },
  'aud a number': { claims: { aud: 7 } },
  'aud an object': { claims: { aud: { x: 1 } } },
  'aud a list with ours': { claims: { aud: ['x', AUDIENCE, 'y'] } },
  'aud a list with ours and a number': { claims: { aud: [AUDIENCE, 7] } },
  'aud in another case': { claims: { aud: AUDIENCE.toUpperCase() } },
  'iss foreign': { claims: { iss: 'https://other.example' } },
  'iss absent': { unset: ['iss'] },
  'iss a list': { claims: { iss: ['https://other.example'] } },
  'iss longer': { claims: (issuer) => ({ iss: `${issuer}.evil.example` }) },
  'iss with a slash': { claims: (issuer) => ({ iss: `${issuer}/` }) },
  'exp absent': { unset: ['exp'] },
  'exp past': { claims: () => ({ exp: now() - 3600 }) },
  'exp past within a minute': { claims: () => ({ exp: now() - 30 }) },
  'exp past within the tolerance': { claims: () => ({ exp: now() - 2 }) },
  'exp text': { claims: () => ({ exp: String(now() + 600) }) },
  'exp null': { claims: { exp: null } },
  'exp zero': { claims: { exp: 0 } },
  'exp fractional': { claims: () => ({ exp: now() + 600.5 }) },
  'exp huge': { claims: { exp: 1e15 } },
  'nbf to come': { claims: () => ({ nbf: now() + 3600 }) },
  'nbf past': { claims: () => ({ nbf: now() - 3600 }) },
  'nbf text': { claims: { nbf: 'soon' } },
  'iat absent': { unset: ['iat'] },
  'iat to come': { claims: () => ({ iat: now() + 3600 }) },
  'iat long past': { claims: () => ({ iat: now() - 86_400 }) },
  'iat text': { claims: { iat: 'now' } },
  'sub absent': { unset: ['sub'] },
  'sub a number': { claims: { sub: 7 } },
  'sub another': { claims: { sub: 'bob' } },
  'client_id absent': { unset: ['client_id'] },
  'client_id a list': { claims: { client_id: ['app'] } },
  'jti absent': { unset: ['jti'] },
  'jti a number': { claims: { jti: 1 } },
  'scope a number': { claims: { scope: 7 } },
  'scope a list': { claims: { scope: ['a', 'b'] } },
  'claim at_hash': { claims: { at_hash: 'x' } },
  'claim events': { claims: { events: {} } },
  'claim token_use id': { claims: { token_use: 'id' } },
  'cnf with jkt': { claims: { cnf: { jkt: THUMBPRINT } } },
  'cnf with x5t#S256': { claims: { cnf: { 'x5t#S256': THUMBPRINT } } },
  'cnf malformed': { claims: { cnf: { jkt: 'x' } } },
};

/** Makes a token with several of those changes, to one that has this header. */
export function changed(key, issuer, names, header = {}) {
  const merged = { claims: {}, header: { ...header }, unset: [] };
  for (const name of names) {
    const { claims = {}, header: change = {}, unset = [] } = TOKEN_CHANGES[name];
    Object.assign(merged.claims, typeof claims === 'function' ? claims(issuer) : claims);
    Object.assign(merged.header, change);
    merged.unset.push(...unset);
  }
  return sign(key, issuer, merged);
}

/**
 * Every single change as a function that makes the request. A changed token is signed when it is asked for: its
 * times are relative to now, and the suite takes longer than the tolerance of a clock. `usual` is what a good token has in
 * its header.
 */
export async function requests({ key, otherKey, issuer, usual = {} }) {
  const cases = {};
  for (const name of Object.keys(TOKEN_CHANGES)) {
    cases[name] = async () => bearer(await changed(key, issuer, [name], usual));
  }
  const good = await sign(key, issuer, { header: usual });
  const [header, payload, signature] = good.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const raw = (head, body) => sign(key, issuer).then(() => rawSign(key, head, body));
  const sound = { alg: key.alg, typ: 'at+jwt', kid: key.kid, ...usual };
  const hmac = (secret) =>
    new SignJWT(claims).setProtectedHeader({ ...sound, alg: 'HS256' }).sign(createSecretKey(Buffer.from(secret)));
  const fixed = {
    'no header': {},
    'header empty': { headers: { authorization: '' } },
    'scheme alone': { headers: { authorization: 'Bearer' } },
    'scheme in lower case': { headers: { authorization: `bearer ${good}` } },
    'two spaces': { headers: { authorization: `Bearer  ${good}` } },
    'two tokens': { headers: { authorization: `Bearer ${good} ${good}` } },
    'a comma': { headers: { authorization: `Bearer ${good},` } },
    'no scheme': { headers: { authorization: good } },
    'scheme Basic': { headers: { authorization: 'Basic dTpw' } },
    'scheme DPoP': { headers: { authorization: `DPoP ${good}` } },
    'two headers': {
      headers: [
        ['Authorization', `Bearer ${good}`],
        ['Authorization', 'Bearer other'],
      ],
    },
    'in the query': { path: `/?access_token=${good}` },
    'in the header and the query': { path: `/?access_token=${good}`, ...bearer(good) },
    'in a form': form(`access_token=${good}`),
    'in the header and a form': {
      ...form(`access_token=${good}`),
      headers: { ...form('').headers, authorization: `Bearer ${good}` },
    },
    'twice in a form': form(`access_token=${good}&access_token=${good}`),
    'in a JSON body': {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: good }),
    },
    'not a token': bearer('abc'),
    'two parts': bearer(`${header}.${payload}`),
    'four parts': bearer(`${good}.x`),
    'five parts': bearer(`${good}.x.y`),
    'no signature': bearer(`${header}.${payload}.`),
    'signature of another key': bearer(await sign(otherKey, issuer, { header: usual })),
    // To a length that no base64url has, whatever the algorithm.
    'signature cut': bearer(
      `${header}.${payload}.${signature.slice(0, Math.floor((signature.length - 2) / 4) * 4 + 1)}`,
    ),
    'signature padded': bearer(`${good}==`),
    'payload changed': bearer(`${header}.${encode({ ...claims, sub: 'mallory' })}.${signature}`),
    'alg none': bearer(`${encode({ alg: 'none' })}.${payload}.`),
    'alg nOnE': bearer(`${encode({ alg: 'nOnE' })}.${payload}.${signature}`),
    'alg absent': bearer(`${encode({ typ: 'at+jwt' })}.${payload}.${signature}`),
    'alg a number': bearer(`${encode({ alg: 7 })}.${payload}.${signature}`),
    'alg HS256 with the public key': bearer(await hmac(key.pem)),
    'crit unknown': bearer(await raw({ ...sound, crit: ['x'], x: 1 }, claims)),
    'b64 false': bearer(await raw({ ...sound, crit: ['b64'], b64: false }, claims)),
    'kid a number': bearer(await raw({ ...sound, kid: 7 }, claims)),
    'header a list': bearer(`${encode('[]')}.${payload}.${signature}`),
    'payload a list': bearer(await raw(sound, '[]')),
    'payload a text': bearer(await raw(sound, '"x"')),
    'payload not JSON': bearer(await raw(sound, '{')),
    'payload with a claim twice': bearer(await raw(sound, JSON.stringify(claims).replace('{', '{"sub":"bob",'))),
  };
  for (const [name, request] of Object.entries(fixed)) cases[name] = () => request;
  return cases;
}

function form(body) {
  return { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body };
}

async function rawSign(key, header, payload) {
  const { sign: signBytes, KeyObject, createSecretKey: secretKey } = await import('node:crypto');
  const { createHmac } = await import('node:crypto');
  const input = `${encode(header)}.${encode(payload)}`;
  if (key.secret !== undefined)
    return `${input}.${createHmac('sha256', secretKey(Buffer.from(key.secret)))
      .update(input)
      .digest('base64url')}`;
  return `${input}.${signBytes('sha256', Buffer.from(input), KeyObject.from(key.privateKey)).toString('base64url')}`;
}
