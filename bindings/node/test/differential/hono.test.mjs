// The same requests to `hono/jwk` and to `bearward/hono`, in one application of Hono.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auth } from 'bearward/hono';
import { Hono } from 'hono';
import { jwk } from 'hono/jwk';
import { AUDIENCE, keyPair, startIssuer } from '../issuer.mjs';
import { Accepted } from './accepted.mjs';
import { requests } from './cases.mjs';

function optionSets({ issuer, jwksUri, jwk: key }) {
  const verification = { iss: issuer, aud: AUDIENCE };
  const fixed = { issuer, audience: AUDIENCE };
  return {
    url: {
      original: { jwks_uri: jwksUri, alg: ['RS256'], verification },
      bearward: { ...fixed, jwksUri, tokenSigningAlg: 'RS256' },
    },
    key: {
      original: { keys: [key], alg: ['RS256'], verification },
      bearward: { ...fixed, publicKey: { keys: [key] } },
    },
    optional: {
      original: { keys: [key], alg: ['RS256'], verification, allow_anon: true },
      bearward: { ...fixed, publicKey: { keys: [key] }, authRequired: false },
    },
  };
}

/** `200`, or `401 invalid_token`. */
async function summary(answer) {
  if (answer.status === 200) return (await answer.text()) === 'anonymous' ? '200 anonymous' : '200';
  const [, error = '-'] = /error="([^"]*)"/.exec(answer.headers.get('www-authenticate') ?? '') ?? [];
  return `${answer.status} ${error}`;
}

describe('auth() beside hono/jwk', () => {
  let issuer;
  let otherKey;
  let sets;
  let app;
  const accepted = new Accepted('./accepted-differences.json', 'hono');
  before(async () => {
    issuer = await startIssuer();
    otherKey = await keyPair();
    sets = optionSets({ issuer: issuer.issuer, jwksUri: issuer.jwksUri, jwk: issuer.key.jwk });
    app = new Hono();
    for (const [name, { original, bearward }] of Object.entries(sets)) {
      app.all(`/original/${name}`, jwk(original), (c) =>
        c.text(c.get('jwtPayload') === undefined ? 'anonymous' : 'in'),
      );
      app.all(`/bearward/${name}`, auth(bearward), (c) => c.text(c.get('auth') === undefined ? 'anonymous' : 'in'));
    }
  });
  after(() => issuer.close());

  const ask = async (side, options, { path = '', ...request }) =>
    summary(await app.request(`/${side}/${options}${path.replace(/^\//, '')}`, request));

  it('says the same, or what is listed', async () => {
    const cases = await requests({ key: issuer.key, otherKey, issuer: issuer.issuer, usual: { typ: 'JWT' } });
    const unlisted = [];
    let admittedByBoth = 0;
    for (const options of Object.keys(sets)) {
      for (const [name, made] of Object.entries(cases)) {
        const request = await made();
        const original = await ask('original', options, request);
        const bearward = await ask('bearward', options, request);
        if (original === '200' && bearward === '200') admittedByBoth += 1;
        if (original !== bearward && !accepted.covers(options, name, original, bearward)) {
          unlisted.push({ options: [options], cases: [name], original, bearward });
        }
      }
    }
    assert.ok(admittedByBoth > 50, `only ${admittedByBoth}`);
    assert.ok(Accepted.none(unlisted), JSON.stringify(unlisted, undefined, 2));
    assert.deepEqual(accepted.unseen, []);
  });
});
