// What a hostile client may send, through Express: each is refused, with the very reason.

import assert from 'node:assert/strict';
import { createHmac, createPublicKey, sign as signBytes, KeyObject } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { auth, requiredScopes } from 'bearward/express';
import { express, send, serve } from './app.mjs';
import { withCalendarMoved } from './clock.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

const encode = (value) =>
  Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString(
    'base64url',
  );
const now = Math.floor(Date.now() / 1000);

/** Signs any bytes as header and payload. */
function raw(key, header, payload) {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signBytes('sha256', Buffer.from(input), KeyObject.from(key.privateKey)).toString('base64url')}`;
}

function hmac(secret, header, payload) {
  const input = `${encode({ alg: 'HS256', ...header })}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

describe('an attack', () => {
  let issuer;
  let other;
  let api;
  let claims;
  let sound;
  before(async () => {
    issuer = await startIssuer();
    other = await startIssuer();
    const ec = await keyPair('ES256', 'ec');
    issuer.ec = ec;
    issuer.state.keys = [
      issuer.key.jwk,
      ec.jwk,
      { kty: 'oct', k: encode('x'.repeat(64)), kid: 'oct', alg: 'HS256' },
      { ...ec.jwk, kid: 'family', alg: 'RS256' },
      { ...issuer.key.jwk, kid: 'enc', use: 'enc' },
      { ...issuer.key.jwk, kid: 'broken', n: 'AAAA' },
      { ...ec.jwk, kid: 'off', x: encode(Buffer.alloc(32, 1)) },
      { kty: 'unknown', kid: 'new' },
      7,
    ];
    claims = { iss: issuer.issuer, aud: AUDIENCE, sub: 'alice', iat: now, exp: now + 600 };
    sound = { alg: 'RS256', kid: 'k1', typ: 'at+jwt' };
    const options = { issuerBaseURL: issuer.url, audience: AUDIENCE };
    api = await serve((app) => {
      app.use('/one', auth(options), (_req, res) => res.json({}));
      app.use('/two', auth({ audience: AUDIENCE, mcd: { issuers: [issuer.url, other.url] } }), (_req, res) =>
        res.json({}),
      );
      app.use('/other-audience', auth({ ...options, audience: 'https://other.example' }), (_req, res) => res.json({}));
      app.use('/scoped', auth(options), requiredScopes('admin:read'), (_req, res) => res.json({}));
    });
  });
  after(async () => {
    for (const server of [api, issuer, other]) await server.close();
  });

  async function refused(token, reason, path = '/one', status = 401) {
    const answer = await api.send(path, { token });
    assert.deepEqual([answer.status, answer.json.reason], [status, reason], String(token).slice(0, 60));
    assert.match(answer.challenge, /^Bearer realm="api"(, [a-z_]+="[ !#-[\]-~]*")*, DPoP algs="[\w ]+"$/);
    assert.doesNotMatch(answer.text, /alice|eyJ/);
  }

  it('on the algorithm (1, 2, 7)', async () => {
    const payload = encode(claims);
    for (const alg of ['none', 'nOnE', 'None', '', 'HS1', 'rs256'])
      await refused(`${encode({ ...sound, alg })}.${payload}.${encode('x')}`, 'algorithm_unsupported');
    await refused(`${encode({ kid: 'k1' })}.${payload}.${encode('x')}`, 'algorithm_unsupported');
    await refused(`${encode({ alg: 'none' })}.${payload}.`, 'algorithm_unsupported');
    await refused(`${encode({ alg: 'RS256' })}.${payload}.`, 'token_malformed');
    const der = createPublicKey(issuer.key.pem).export({ type: 'spki', format: 'der' });
    for (const secret of [
      issuer.key.pem,
      issuer.key.pem.trim(),
      `${issuer.key.pem}\n `,
      der,
      JSON.stringify(issuer.key.jwk),
      '',
    ]) {
      await refused(hmac(secret, { kid: 'k1' }, claims), 'algorithm_not_allowed');
    }
    for (const extra of [{ crit: ['exp'] }, { crit: [] }, { crit: ['b64'], b64: false }, { b64: true }]) {
      await refused(raw(issuer.key, { ...sound, ...extra }, claims), 'critical_header');
    }
  });

  it('on the key (3, 4, 5, 13, 14, 15)', async () => {
    const mine = await keyPair('RS256', 'k1');
    const asked = issuer.state.requests.length;
    const url = `${issuer.origin}/mine`;
    for (const extra of [{ jwk: mine.jwk }, { jku: url }, { x5u: url }, { x5c: ['AAAA'] }])
      await refused(raw(mine, { ...sound, ...extra }, claims), 'signature_invalid');
    assert.ok(!issuer.state.requests.slice(asked).includes('/mine'));
    for (const kid of [
      '../../dev/null',
      "' OR 1=1 --",
      'a\0b',
      '\r\nx: y',
      '',
      'enc',
      'broken',
      'off',
      'new',
      'oct',
      'family',
    ]) {
      // Older than the keys: a younger token may be signed with a key that was published since (503, not 401).
      await refused(raw(issuer.key, { ...sound, kid }, { ...claims, iat: now - 600 }), 'key_unknown');
    }
    for (const kid of [7, null, ['k1'], {}])
      await refused(raw(issuer.key, { ...sound, kid }, claims), 'header_malformed');
    await refused(hmac('x'.repeat(64), { kid: 'oct' }, claims), 'algorithm_not_allowed');
    assert.equal(
      (await api.send('/one', { token: await sign(issuer.ec, issuer.issuer) })).status,
      200,
      'the sound keys of the set still count',
    );
  });

  it('on the signature (6)', async () => {
    const input = `${encode({ alg: 'ES256', kid: 'ec' })}.${encode(claims)}`;
    const n = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
    for (const signature of [
      Buffer.alloc(64),
      Buffer.concat([n, n]),
      Buffer.alloc(63, 1),
      Buffer.alloc(65, 1),
      Buffer.alloc(1),
    ]) {
      await refused(`${input}.${encode(signature)}`, 'signature_invalid');
    }
    const good = await issuer.token();
    const [header, , signature] = good.split('.');
    await refused(`${header}.${encode({ ...claims, sub: 'mallory' })}.${signature}`, 'signature_invalid');
  });

  it('on the form of the token (8, 9, 10, 16)', async () => {
    const good = await issuer.token();
    const [header, payload, signature] = good.split('.');
    await refused(`${header}..${signature}`, 'claims_malformed');
    for (const token of [`${header}.${payload}`, `${good}.x`, `${good}=`, 'a', '...'])
      await refused(token, 'token_malformed');
    await refused(`${header}=.${payload}.${signature}`, 'authorization_malformed', '/one', 400);
    await refused(`${good}.x.y`, 'token_encrypted');
    const deep = `${'['.repeat(4000)}${']'.repeat(4000)}`;
    for (const text of [
      '[]',
      '"x"',
      '',
      'null',
      '{',
      '{"sub":"a","sub":"b"}',
      `{"x":${deep}}`,
      Buffer.from([0x7b, 0xff, 0x7d]),
    ]) {
      await refused(raw(issuer.key, sound, text), 'claims_malformed');
    }
    for (const text of ['[]', '"x"', '{"alg":"RS256","alg":"none"}', '{'])
      await refused(raw(issuer.key, text, claims), 'header_malformed');
  });

  it('on the characters of the token, where no socket has made bytes of them (9)', async () => {
    const handler = auth({ issuerBaseURL: issuer.url, audience: AUDIENCE });
    const ask = (authorization) =>
      new Promise((resolve) =>
        handler({ headers: { authorization }, url: '/' }, {}, (error) => resolve(error?.reason ?? 200)),
      );
    const good = `Bearer ${await issuer.token()}`;
    assert.equal(await ask(good), 200);
    // Cut to its low byte, each of these would be the character that was signed.
    for (const at of [0, 6, 10, good.indexOf('.') + 1, good.lastIndexOf('.') + 1, good.length - 1]) {
      const other = String.fromCharCode(good.charCodeAt(at) + 0x100);
      assert.equal(
        await ask(`${good.slice(0, at)}${other}${good.slice(at + 1)}`),
        'authorization_malformed',
        `at ${at}`,
      );
    }
    assert.equal(await ask(`Bearer ${'a'.repeat(1 << 20)}`), 'token_too_large');
  });

  it('on the dates', async () => {
    for (const exp of ['9999999999', true, null, [], {}])
      await refused(raw(issuer.key, sound, { ...claims, exp }), 'claim_malformed');
    for (const exp of [0, -1, now - 3600, now - 3600.5])
      await refused(raw(issuer.key, sound, { ...claims, exp }), 'token_expired');
    for (const nbf of ['x', null, true]) await refused(raw(issuer.key, sound, { ...claims, nbf }), 'claim_malformed');
    await refused(raw(issuer.key, sound, { ...claims, nbf: 2 ** 63 }), 'token_not_yet_valid');
    await refused(raw(issuer.key, sound, { ...claims, iat: now + 3600 }), 'token_issued_in_future');
    await refused(
      raw(issuer.key, sound, JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999')),
      'claims_malformed',
    );
  });

  it('on audience and issuer', async () => {
    for (const aud of [[], 'x', ['x', 'y'], AUDIENCE.slice(0, -1), `${AUDIENCE}/`])
      await refused(raw(issuer.key, sound, { ...claims, aud }), 'audience_mismatch');
    for (const aud of [7, {}, null, [AUDIENCE, 7], [[AUDIENCE]]])
      await refused(raw(issuer.key, sound, { ...claims, aud }), 'claim_malformed');
    for (const iss of [
      `${issuer.issuer}/`,
      issuer.issuer.slice(0, -1),
      issuer.issuer.toUpperCase(),
      `x${issuer.issuer}`,
      '',
    ])
      await refused(raw(issuer.key, sound, { ...claims, iss }), 'issuer_unknown');
    for (const iss of [[issuer.issuer], 7, null, {}])
      await refused(raw(issuer.key, sound, { ...claims, iss }), 'issuer_malformed');
    await refused(await sign(other.key, issuer.issuer), 'signature_invalid', '/two');
    await refused(await sign(issuer.key, other.issuer), 'signature_invalid', '/two');
  });

  it('on scopes', async () => {
    for (const scope of ['admin:readonly', 'xadmin:read', 'ADMIN:READ', 'admin', 'admin:read,x', '']) {
      const { status } = await api.send('/scoped', { token: await issuer.token({ claims: { scope } }) });
      assert.equal(status, 403, scope);
    }
    assert.equal(
      (await api.send('/scoped', { token: await issuer.token({ claims: { scope: 'x admin:read' } }) })).status,
      200,
    );
  });

  it('with another kind of token', async () => {
    for (const typ of ['dpop+jwt', 'logout+jwt', 'token-introspection+jwt', 'secevent+jwt', 'application/dpop+jwt'])
      await refused(raw(issuer.key, { ...sound, typ }, claims), 'token_type_mismatch');
    for (const extra of [{ at_hash: 'x' }, { c_hash: 'x' }, { events: {} }, { typ: 'ID' }, { token_use: 'id' }])
      await refused(raw(issuer.key, { ...sound, typ: 'JWT' }, { ...claims, ...extra }), 'token_type_mismatch');
  });

  it('on the cache', async () => {
    const shortLived = await issuer.token();
    assert.equal((await api.send('/one', { token: shortLived })).status, 200);
    const good = await issuer.token();
    assert.equal((await api.send('/one', { token: good })).status, 200);
    await refused(`${good.slice(0, -2)}${good.at(-2) === 'A' ? 'B' : 'A'}${good.at(-1)}`, 'signature_invalid');
    await refused(good, 'audience_mismatch', '/other-audience');
    const { status } = await api.send('/scoped', { token: good });
    assert.equal(status, 403);
    await withCalendarMoved(3_600_000, () => refused(shortLived, 'token_expired'));
  });

  it('with a token that is bound to a key, as a bearer token', async () => {
    const thumbprint = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
    for (const [cnf, reason] of [
      [{ jkt: thumbprint }, 'proof_required'],
      [{ 'x5t#S256': thumbprint }, 'certificate_required'],
      [{ jkt: thumbprint, 'x5t#S256': thumbprint }, 'certificate_required'],
      [{ jkt: 'x' }, 'confirmation_unsupported'],
      [{ 'x5t#S256': 'x' }, 'confirmation_unsupported'],
      [{ jwk: {} }, 'confirmation_unsupported'],
      [{}, 'confirmation_unsupported'],
      [null, 'confirmation_unsupported'],
      ['x', 'confirmation_unsupported'],
    ]) {
      await refused(raw(issuer.key, sound, { ...claims, cnf }), reason);
    }
  });

  it('on the size of the token', async () => {
    const padded = (bytes) => raw(issuer.key, sound, { ...claims, pad: 'x'.repeat(bytes) });
    const thousands = raw(issuer.key, sound, {
      ...claims,
      ...Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`c${at}`, at])),
    });
    const most = 16 * 1024;
    // Node.js itself refuses a head of more than 16 KiB.
    for (const token of [padded(most), thousands]) {
      assert.equal((await api.send('/one', { token }).catch(() => ({ status: 431 }))).status, 431);
    }
    const app = express();
    app.use(auth({ issuerBaseURL: issuer.url, audience: AUDIENCE }), (_req, res) => res.json({}));
    app.use((error, _req, res, _next) => res.status(error.status).set(error.headers).json({ reason: error.reason }));
    const server = http.createServer({ maxHeaderSize: 1024 * 1024 }, app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ask = async (token) => {
      const { status, json } = await send(server.address().port, '/', { token });
      return [status, json.reason];
    };
    const longest = padded(Math.floor(((most - padded(0).length) * 3) / 4));
    assert.ok(longest.length <= most && longest.length > most - 4, `${longest.length}`);
    assert.deepEqual(await ask(longest), [200, undefined]);
    for (const token of [
      padded(most),
      thousands,
      'a'.repeat(most + 1),
      `${longest}${'A'.repeat(most + 1 - longest.length)}`,
    ]) {
      assert.deepEqual(await ask(token), [400, 'token_too_large']);
    }
    server.closeAllConnections();
    server.close();
  });
});
