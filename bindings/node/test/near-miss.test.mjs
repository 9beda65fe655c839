// An issuer or an audience that is almost the configured one: the operator is told, and the client is not.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { protect, Refusal } from 'bearward';
import { auth } from 'bearward/express';
import { AUDIENCE, sign, startIssuer } from './issuer.mjs';
import { served } from './opened.mjs';

let server;
const warnings = [];
const keep = ({ code, message }) => warnings.push([code, message]);
before(async () => {
  server = await startIssuer({ path: '/Realms/a' });
  process.on('warning', keep);
});
after(async () => {
  process.off('warning', keep);
  await server.close();
});

const told = (name, claim, configured, differences) =>
  `the token's ${claim} differs from the configured ${name} "${configured}" only in ${differences}: write the ${name} exactly as in ${claim}`;

/** The refusal of a token with these claims. */
async function refusal(options, claims) {
  const token = await sign(server.key, server.issuer, { claims });
  const request = { method: 'GET', url: '/', headers: { authorization: `Bearer ${token}` } };
  const found = await protect(options)
    .check(request)
    .catch((error) => error);
  await turn();
  assert.ok(found instanceof Refusal, JSON.stringify(claims));
  return found;
}

describe('a token whose issuer is almost the configured one', () => {
  it('is refused with the setting and the difference as the cause, whichever option names the issuer', async () => {
    const { issuer, url } = server;
    const differing = {
      'the last slash': `${issuer}/`,
      'letter case': issuer.replace('Realms', 'realms'),
      'the scheme': issuer.replace('http:', 'https:'),
      'the scheme and the last slash': `${issuer.replace('http:', 'https:')}/`,
    };
    for (const options of [
      { issuer, jwksUri: server.jwksUri },
      { issuer },
      { issuerBaseURL: url },
      { mcd: { issuers: ['https://other.example', url] } },
    ]) {
      for (const [differences, iss] of Object.entries(differing)) {
        const { code, cause } = await refusal({ ...options, audience: AUDIENCE }, { iss });
        assert.equal(code, 'issuer_unknown');
        assert.equal(cause?.message, told('issuer', 'iss', issuer, differences), JSON.stringify([options, iss]));
      }
    }
  });

  it('has no cause where another issuer is meant', async () => {
    for (const iss of ['https://other.example', `${server.issuer}/a`, '/', 'https://', 17, null]) {
      const { cause } = await refusal({ issuer: server.issuer, jwksUri: server.jwksUri, audience: AUDIENCE }, { iss });
      assert.equal(cause, undefined, String(iss));
    }
  });
});

describe('a token whose audience is almost the configured one', () => {
  it('is refused with the setting and the difference as the cause', async () => {
    for (const [audience, aud, differences] of [
      ['https://api.example.com', 'https://api.example.com/', 'the last slash'],
      ['https://api.example.com/', ['other', 'https://api.example.com'], 'the last slash'],
      ['https://api.example.com/Orders', 'https://api.example.com/orders', 'letter case'],
      ['orders', 'api://orders', 'the scheme'],
      [['first', 'https://api.example.com'], 'http://api.example.com', 'the scheme'],
    ]) {
      const { code, cause } = await refusal({ issuer: server.issuer, audience }, { aud });
      assert.equal(code, 'audience_mismatch');
      assert.equal(cause?.message, told('audience', 'aud', [audience].flat().at(-1), differences));
    }
  });

  it('has no cause where another audience is meant, or the signature is false', async () => {
    const options = { issuer: server.issuer, audience: AUDIENCE };
    assert.equal((await refusal(options, { aud: 'https://other.example' })).cause, undefined);
    const [head, payload] = (await sign(server.key, server.issuer, { claims: { aud: `${AUDIENCE}/` } })).split('.');
    const forged = `${head}.${payload}.${'A'.repeat(342)}`;
    const request = { method: 'GET', url: '/', headers: { authorization: `Bearer ${forged}` } };
    const found = await protect(options)
      .check(request)
      .catch((error) => error);
    assert.equal(found.code, 'signature_invalid');
    assert.equal(found.cause, undefined);
  });
});

describe('a near miss', () => {
  it('changes nothing of the answer, and is in the error that Express gets', async () => {
    const { issuer, jwksUri } = server;
    const errors = [];
    const app = await served((express) => {
      express.use(auth({ issuer, jwksUri, audience: AUDIENCE }));
      express.use((error, _req, _res, next) => {
        errors.push(error);
        next(error);
      });
    });
    const answers = [];
    for (const iss of [`${issuer}/`, 'https://other.example']) {
      const { status, headers, text, json } = await app.send('/', {
        token: await sign(server.key, issuer, { claims: { iss } }),
      });
      answers.push({ status, challenge: headers['www-authenticate'], text, json });
    }
    assert.deepEqual(answers[0], answers[1]);
    const [near, far] = errors;
    assert.equal(near.cause.message, told('issuer', 'iss', issuer, 'the last slash'));
    assert.equal(far.cause, undefined);
    assert.equal(JSON.stringify(near), JSON.stringify(far));
  });

  it('was one warning of the process for each setting and difference', () => {
    assert.ok(warnings.length > 5);
    assert.equal(new Set(warnings.map(([, message]) => message)).size, warnings.length);
    for (const [code, message] of warnings) {
      assert.equal(code, 'BEARWARD_NEAR_MISS');
      assert.match(message, /^a request was refused: the token's (iss|aud) differs from the configured /);
    }
  });
});
