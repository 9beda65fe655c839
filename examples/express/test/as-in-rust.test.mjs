// The same request to the API in Rust and to this one gets the same answer, byte for byte.

import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { fetchToken } from '../../../bindings/node/test/frameworks/interop/parties.mjs';
import { ask } from '../../../bindings/node/test/frameworks/interop/request.mjs';
import { runDemo, runExample } from './process.mjs';

const AUDIENCE = 'https://api.example.com';
const ROUTES = [
  '/api/public',
  '/api/private',
  '/api/private-scoped',
  '/api/protected',
  '/api/protected/detailed',
  '/secured/token',
  '/secured/scope',
  '/secured/claim',
  '/api/step-up',
  '/api/organizations/org_1/members',
  '/api/organizations/org_2/members',
  '/api/organizations/org_1/data',
  '/api/organizations/org_2/data',
  '/api/files',
  '/api/payments',
  '/api/reports/yearly',
  '/api/reports/none',
];

let demo;
let example;
let good;

before(async () => {
  demo = await runDemo();
  // The client that the demo's own authorization server knows its API as.
  example = await runExample(demo.issuer, AUDIENCE, { CLIENT_ID: 'api', CLIENT_SECRET: 'api-secret' });
  good = await token('demo', { resource: AUDIENCE });
});

after(async () => {
  await Promise.all([demo?.stop(), example?.stop()]);
});

const token = (client, parameters) => fetchToken(demo.issuer, client, parameters);

/** The answer, after making sure that it is the same from both. */
async function same(path, options) {
  const [rust, here] = await Promise.all([ask(demo.base, path, options), ask(example.base, path, options)]);
  assert.deepEqual(here, rust, `${path} ${JSON.stringify(options)}`);
  return here;
}

const encoded = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const decoded = (part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));

/** The good token with another header, other claims or another signature. */
function altered({ header = {}, claims = {}, signature }) {
  const [h, p, s] = good.split('.');
  const parts = `${encoded({ ...decoded(h), ...header })}.${encoded({ ...decoded(p), ...claims })}`;
  return `${parts}.${signature?.(parts) ?? s}`;
}

test('every kind of token is answered the same on every route', async () => {
  const tokens = {
    none: undefined,
    good,
    reader: await token('reader', { resource: AUDIENCE }),
    member: await token('demo', { organization_id: 'org_1' }),
    within: await token('demo', { resource: AUDIENCE, organization_id: 'org_1' }),
    other: await token('demo', { resource: 'https://other.example.com' }),
  };
  const passed = {};
  for (const [kind, token] of Object.entries(tokens)) {
    const answers = [];
    for (const route of ROUTES) answers.push((await same(route, { token })).status);
    passed[kind] = ROUTES.filter((_, place) => answers[place] === 200);
  }
  // Two that refuse everything, or nothing, would agree as well.
  const [open, ...others] = ROUTES;
  assert.deepEqual(passed.none, [open]);
  assert.deepEqual(passed.good, [open, ...others.filter((route) => !/organizations|step-up|files|payments|reports/.test(route))]);
  assert.deepEqual(passed.reader, [open, '/api/private', '/api/private-scoped', '/secured/token']);
  assert.deepEqual(passed.member, [open, '/api/organizations/org_1/members']);
  assert.deepEqual(passed.within, [...passed.good, '/api/organizations/org_1/data']);
  assert.deepEqual(passed.other, [open]);
});

test('every bad token is refused with the same words', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const forged = (parts) => sign('sha256', Buffer.from(parts), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  const hmac = (parts) => createHmac('sha256', 'secret').update(parts).digest('base64url');
  const [header, payload, signature] = good.split('.');
  const other = await token('reader', { resource: AUDIENCE });
  const terminal = await (await fetch(`${demo.base}/terminal`)).text();
  const expired = /expired an hour ago<.*\n.*Bearer ([\w.-]+)/.exec(terminal)?.[1];
  const cases = [
    ['signature_invalid', altered({ signature: forged }), "the access token's signature is invalid"],
    ['signature_invalid', [header, payload, other.split('.')[2]].join('.'), "the access token's signature is invalid"],
    ['token_expired', expired, 'the access token expired'],
    ['token_inactive', 'not-a-token', 'the access token is not active'],
    // Three parts, and the first is no JSON to any reader: an opaque token may have dots.
    ['token_inactive', `${encoded('{"alg":')}.${payload}.${signature}`, 'the access token is not active'],
    // What anybody might take for a JWT is not asked about.
    ['token_malformed', `${header}.${payload}`, 'the access token is not a signed JWT in compact serialization'],
    ['token_malformed', `${good}=`, undefined],
    ['token_encrypted', 'a.b.c.d.e', undefined],
    ['header_malformed', `${encoded('{"alg":"ES256","alg":"ES256"}')}.${payload}.${signature}`, "the access token's header is malformed"],
    ['algorithm', altered({ header: { alg: 'none' } }), "the access token's algorithm is not supported"],
    ['algorithm', altered({ header: { alg: 'HS256' }, signature: hmac }), undefined],
    ['algorithm', altered({ header: { alg: 'XS999' } }), "the access token's algorithm is not supported"],
    ['critical_header', altered({ header: { crit: ['b64'], b64: false } }), undefined],
    ['token_type_mismatch', altered({ header: { typ: 'dpop+jwt' } }), 'the token is not an access token'],
    ['key_unknown', altered({ header: { kid: 'of-nobody' } }), "the access token's signing key is unknown"],
    ['issuer_unknown', altered({ claims: { iss: 'https://impostor.example' } }), "the access token's issuer is not trusted"],
    ['issuer_unknown', altered({ claims: { iss: `${demo.issuer}/` } }), "the access token's issuer is not trusted"],
    ['issuer_missing', altered({ claims: { iss: undefined } }), 'the access token has no issuer'],
    ['issuer_malformed', altered({ claims: { iss: 7 } }), "the access token's issuer is malformed"],
    ['claims_malformed', `${header}.${encoded('[1]')}.${signature}`, undefined],
  ];
  for (const [name, token, words] of cases) {
    assert.ok(token, `${name}: there is a token to send`);
    const { status, challenge, text } = await same('/api/private', { token });
    assert.equal(status, 401, name);
    const { error, error_description: description } = JSON.parse(text);
    assert.equal(error, 'invalid_token', name);
    if (words !== undefined) assert.equal(description, words, name);
    assert.ok(challenge.startsWith(`Bearer realm="api", error="invalid_token", error_description="${description}", DPoP `), name);
  }
});

test('every way of sending it wrongly is refused with the same words', async () => {
  const bearer = `Bearer ${good}`;
  for (const [status, path, headers] of [
    [401, '/api/private', [['Authorization', 'Basic YTpi']]],
    [400, '/api/private', [['Authorization', 'Bearer']]],
    [400, '/api/private', [['Authorization', `Bearer ${good} ${good}`]]],
    [400, '/api/private', [['Authorization', bearer], ['Authorization', bearer]]],
    [400, '/api/private', [['Authorization', `Bearer ${'a'.repeat(17 * 1024)}`]]],
    [400, `/api/private?access_token=${good}`, [['Authorization', bearer]]],
    [401, `/api/private?access_token=${good}`, []],
    [200, '/api/private', [['Authorization', `bEARER ${good}`]]],
    [200, '/api/private', [['authorization', `Bearer   ${good}`]]],
  ]) {
    const answer = await same(path, { headers });
    assert.equal(answer.status, status, JSON.stringify(headers).slice(0, 80));
  }
});

test('what is not there, and what may only be read, is answered the same', async () => {
  for (const [status, path, options] of [
    [404, '/nothing/here', {}],
    [404, '/api/private/', { token: good }],
    [404, '/API/private', { token: good }],
    [405, '/api/public', { method: 'POST' }],
    [405, '/api/private', { method: 'DELETE', token: good }],
    [200, '/api/private', { method: 'HEAD', token: good }],
    [401, '/api/private', { method: 'HEAD' }],
    [403, '/api/organizations/a%2Fb/members', { token: await token('demo', { organization_id: 'org_1' }) }],
  ]) {
    assert.equal((await same(path, options)).status, status, `${options.method} ${path}`);
  }
});
