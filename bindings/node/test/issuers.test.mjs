// Several issuers: written down, or named by a function at each request.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { auth } from 'bearward/express';
import { serve } from './app.mjs';
import { AUDIENCE, keyPair, sign, startIssuer } from './issuer.mjs';

const SECRET = 'a secret that is as long as the hash of HS256';

describe('mcd', () => {
  let one;
  let two;
  let api;
  let own;
  const resolverCalls = [];
  before(async () => {
    [one, two] = [await startIssuer(), await startIssuer({ path: '/two', slash: '/' })];
    own = await keyPair();
    const list = {
      audience: AUDIENCE,
      mcd: {
        issuers: [
          one.url,
          { issuer: two.url },
          { issuer: 'https://static.example', publicKey: own.jwk },
          { issuer: 'https://secret.example', secret: SECRET, alg: 'HS256' },
        ],
      },
    };
    const byTenant = ({ url, headers }) => {
      resolverCalls.push(url.href);
      if (headers['x-tenant'] === 'broken') throw new Error('the database is down');
      if (headers['x-tenant'] === 'odd') return 'https://issuer.example';
      return (
        { one: [one.url], two: [{ issuer: two.url }], keys: [{ issuer: one.issuer, publicKey: own.jwk }] }[
          headers['x-tenant']
        ] ?? []
      );
    };
    api = await serve((app) => {
      app.use('/list', auth(list), (req, res) => res.json({ iss: req.auth.payload.iss }));
      app.use('/tenant', auth({ audience: AUDIENCE, mcd: { issuers: byTenant } }), (req, res) =>
        res.json({ iss: req.auth.payload.iss }),
      );
      app.use('/optional', auth({ audience: AUDIENCE, authRequired: false, mcd: { issuers: byTenant } }), (_req, res) =>
        res.json({}),
      );
    });
  });
  after(async () => {
    for (const server of [api, one, two]) await server.close();
  });

  it('accepts the tokens of each issuer with its own keys', async () => {
    for (const token of [
      await one.token(),
      await two.token(),
      await sign(own, 'https://static.example'),
      await sign(own, 'https://static.example/'),
      await sign({ alg: 'HS256', kid: 'k1', privateKey: new TextEncoder().encode(SECRET) }, 'https://secret.example'),
    ]) {
      assert.equal((await api.send('/list', { token })).status, 200);
    }
  });

  it('never verifies the token of one issuer with the keys of another', async () => {
    for (const [token, reason] of [
      [await sign(two.key, one.issuer), 'signature_invalid'],
      [await sign(own, two.issuer), 'signature_invalid'],
      [await sign(one.key, 'https://static.example'), 'signature_invalid'],
      [await sign(own, 'https://secret.example'), 'algorithm_not_allowed'],
      [await sign(own, 'https://unknown.example'), 'issuer_unknown'],
      [await sign(own, 'https://STATIC.example'), 'issuer_unknown'],
    ]) {
      const { status, json } = await api.send('/list', { token });
      assert.deepEqual([status, json.reason], [401, reason]);
    }
  });

  it('asks the resolver at each request, and keeps one tenant out of the other', async () => {
    const tokens = { one: await one.token(), two: await two.token(), keys: await sign(own, one.issuer) };
    for (let round = 0; round < 3; round += 1) {
      for (const [of, token] of Object.entries(tokens)) {
        for (const tenant of Object.keys(tokens)) {
          const { status } = await api.send('/tenant', { token, headers: { 'x-tenant': tenant } });
          assert.equal(status, of === tenant ? 200 : 401, `${of} at ${tenant}, round ${round}`);
        }
      }
    }
    const none = await api.send('/tenant', { token: tokens.one, headers: { 'x-tenant': 'unknown' } });
    assert.deepEqual([none.status, none.json.message], [401, 'Token issuer is not allowed']);
    assert.match(resolverCalls[0], /^http:\/\/127\.0\.0\.1:\d+\/tenant$/);
  });

  it('keeps tenants apart while their requests come together', async () => {
    const [mine, theirs] = [await one.token({ claims: { jti: 'x' } }), await sign(own, one.issuer)];
    const sent = Array.from({ length: 40 }, (_, at) => {
      const token = at % 2 === 0 ? mine : theirs;
      const tenant = at % 4 < 2 ? 'one' : 'keys';
      return api
        .send('/tenant', { token, headers: { 'x-tenant': tenant } })
        .then(({ status }) => [token === mine, tenant === 'one', status]);
    });
    for (const [isMine, atOne, status] of await Promise.all(sent)) assert.equal(status, isMine === atOne ? 200 : 401);
  });

  it('does not take a resolver that fails for a token that is wrong', async () => {
    const token = await one.token();
    const broken = await api.send('/tenant', { token, headers: { 'x-tenant': 'broken' } });
    assert.deepEqual([broken.status, broken.challenge], [599, undefined]);
    const odd = await api.send('/tenant', { token, headers: { 'x-tenant': 'odd' } });
    assert.deepEqual([odd.status, odd.json.message], [400, 'Issuer resolver function must return an array']);
    assert.equal((await api.send('/optional', { token, headers: { 'x-tenant': 'broken' } })).status, 599);
  });

  it('does not ask the resolver where there is no token', async () => {
    const asked = resolverCalls.length;
    assert.equal((await api.send('/tenant')).status, 401);
    assert.equal((await api.send('/optional')).status, 200);
    assert.equal((await api.send('/tenant', { headers: { authorization: 'Basic x' } })).status, 401);
    assert.equal((await api.send('/tenant', { token: 'a.b.c' })).status, 401);
    assert.equal(resolverCalls.length, asked);
  });
});
