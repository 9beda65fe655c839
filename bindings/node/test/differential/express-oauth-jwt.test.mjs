// The same requests to `express-oauth-jwt` 2.x and 1.x and to `bearward/express-oauth-jwt`.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createLocalJWKSet } from 'jose';
import * as bearward from 'bearward/express-oauth-jwt';
import { serve } from '../app.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from '../issuer.mjs';
import { Accepted } from './accepted.mjs';
import { requests } from './cases.mjs';

const require = createRequire(import.meta.url);
const OWN = '1.x, with a service of its own';
const originals = {
  '2.x': require('express-oauth-jwt'),
  '1.x': require('express-oauth-jwt-1'),
  [OWN]: require('express-oauth-jwt-1'),
};
/** The `jose` that 1.x brings along. */
const jose1 = createRequire(require.resolve('express-oauth-jwt-1'))('jose');

/** What both understand. */
const OPTIONS = {
  nothing: {},
  realm: { realm: 'my-realm' },
  scope: { scope: ['read', 'write'] },
  'claim value': { claims: [{ name: 'role', value: 'admin' }] },
  'claim there': { claims: [{ name: 'role' }] },
  claims: {
    claims: [
      { name: 'groups', value: 'staff' },
      { name: 'role', value: 'admin' },
    ],
  },
  'claims by array': { claims: [{ name: 'groups' }] },
  'issuer and audience as claims': (issuer) => ({
    claims: [
      { name: 'iss', value: issuer },
      { name: 'aud', value: AUDIENCE },
    ],
  }),
};

const ABOUT_REQUESTS = ['nothing', 'realm', 'issuer and audience as claims'];

/** Claims that the options above look at. */
const CLAIMS = {
  'scope read write': { scope: 'read write' },
  'scope read': { scope: 'read' },
  'scope readonly writer': { scope: 'readonly writer' },
  'scope list': { scope: ['read', 'write'] },
  'role admin': { role: 'admin' },
  'role user': { role: 'user' },
  'role 1': { role: 1 },
  'groups staff': { groups: ['staff', 'x'] },
  'groups staff, role admin': { groups: ['staff'], role: 'admin' },
  'groups staff, role user': { groups: ['staff'], role: 'user' },
  'groups other, role admin': { groups: ['other'], role: 'admin' },
};

function summary({ status, challenges }) {
  if (status === 200) return '200';
  const [scheme, error, description] = challenges.map((line) =>
    line.replace(/ realm="my-realm"|error="|error_description="|"$/g, ''),
  );
  return [status, scheme, error, description].filter((part) => part !== undefined).join(' ');
}

for (const [version, original] of Object.entries(originals)) {
  describe(`secure() beside express-oauth-jwt ${version}`, () => {
    let issuer;
    let api;
    let cases;
    const accepted = new Accepted('./accepted-differences.json', `express-oauth-jwt ${version.slice(0, 3)}`);
    before(async () => {
      issuer = await startIssuer();
      const name = 'https://issuer.example';
      const otherKey = await keyPair();
      cases = await requests({ key: issuer.key, otherKey, issuer: name });
      for (const [title, claims] of Object.entries(CLAIMS)) {
        cases[title] = async () => ({
          headers: { authorization: `Bearer ${await sign(issuer.key, name, { claims })}` },
        });
      }
      const keysFor = {
        '2.x': () => createLocalJWKSet({ keys: [issuer.key.jwk] }),
        '1.x': (library) => {
          let kept = null;
          const cache = {
            getKeyStore: async () => kept,
            setKeyStore: async (store) => {
              kept = store;
            },
          };
          return library.jwksService(cache, issuer.jwksUri, http);
        },
        [OWN]: (library) => {
          let store = jose1.JWKS.asKeyStore({ keys: [] });
          const service = (callback, refreshKeyStore = false) => {
            if (refreshKeyStore) store = jose1.JWKS.asKeyStore({ keys: [issuer.key.jwk] });
            setImmediate(() => callback(null, store));
          };
          return library === bearward ? bearward.keyService(service) : service;
        },
      }[version];
      api = await serve((app) => {
        for (const [title, made] of Object.entries(OPTIONS)) {
          const options = typeof made === 'function' ? made(name) : made;
          const path = encodeURIComponent(title);
          const answer = (req, res) => res.json({ claims: req.claims });
          app.use(`/original/${path}`, original.secure(keysFor(original), options), answer);
          app.use(
            `/bearward/${path}`,
            bearward.secure(keysFor(bearward), { issuer: name, audience: AUDIENCE, ...options }),
            answer,
          );
        }
      });
    });
    after(async () => {
      await api.close();
      await issuer.close();
    });

    it('says the same, or what is listed', async () => {
      const unlisted = [];
      for (const options of Object.keys(OPTIONS)) {
        for (const [name, made] of Object.entries(cases)) {
          // What is required of the claims does not change how a request or token is read.
          if (!ABOUT_REQUESTS.includes(options) && !(name in CLAIMS)) continue;
          const { path = '', ...request } = await made();
          const ask = (side) => api.send(`/${side}/${encodeURIComponent(options)}${path}`, request);
          const [theirs, ours] = [await ask('original'), await ask('bearward')];
          const [a, b] = [summary(theirs), summary(ours)];
          if (a === b) assert.deepEqual(ours.json, theirs.json, `${options}: ${name}`);
          else if (!accepted.covers(options, name, a, b))
            unlisted.push({ options, case: name, original: a, bearward: b });
        }
      }
      assert.ok(
        Accepted.none(unlisted),
        `not in accepted-differences.json: ${JSON.stringify(unlisted.slice(0, 5), null, 1)}`,
      );
      assert.deepEqual(accepted.unseen, []);
    });
  });
}
