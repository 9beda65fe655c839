// Checks the process that the interop tests stand on, so that a red interop test means Bearward.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { API, AuthorizationServer, parse } from './authorization-server.mjs';

describe('tokens', () => {
  let server;
  before(async () => { server = await AuthorizationServer.start(); });
  after(() => server.stop());

  test('metadata names the issuer and where its keys are', async () => {
    const metadata = await server.get('/.well-known/openid-configuration');
    assert.equal(metadata.issuer, server.ready.issuer);
    assert.equal(metadata.jwks_uri, `${server.ready.issuer}/jwks`);
    assert.equal(metadata.token_endpoint, `${server.ready.issuer}/token`);
  });

  test('an access token has the shape of RFC 9068', async () => {
    const answer = await server.token('full', API, 'read:messages api:read');
    assert.equal(answer.token_type, 'Bearer');
    const token = await server.verified(answer.access_token);
    assert.equal(token.typ, 'at+jwt');
    assert.equal(token.alg, 'RS256');
    assert.equal(token.iss, server.ready.issuer);
    assert.equal(token.aud, API);
    assert.equal(token.sub, 'full');
    assert.equal(token.client_id, 'full');
    assert.equal(token.scope, 'read:messages api:read');
    assert.equal(token.exp - token.iat, 600);
    assert.equal(typeof token.jti, 'string');
  });

  test('the resource decides the algorithm and the audience', async () => {
    for (const [path, alg] of [['/ps256', 'PS256'], ['/es256', 'ES256'], ['/eddsa', 'EdDSA']]) {
      const token = await server.verified((await server.token('full', API + path)).access_token);
      assert.deepEqual([token.alg, token.aud], [alg, API]);
    }
    const foreign = await server.token('full', 'https://other.example.com', 'api:read');
    assert.equal((await server.verified(foreign.access_token)).aud, 'https://other.example.com');
  });

  test('a client gets only the scopes it was granted', async () => {
    const reader = await server.token('reader', API, 'read:messages api:write');
    assert.equal((await server.verified(reader.access_token)).scope, 'read:messages');
    const bare = await server.token('bare', API, 'read:messages');
    assert.equal((await server.verified(bare.access_token)).scope, undefined);
  });

  test('extra claims and the lifetime belong to the client', async () => {
    const member = await server.verified((await server.token('member', API)).access_token);
    assert.deepEqual([member.organization_id, member.role], ['org_1', 'member']);
    const short = await server.verified((await server.token('short-lived', API)).access_token);
    assert.equal(short.exp - short.iat, 1);
  });

  test('a wrong secret and an unknown resource are refused', async () => {
    const stranger = await server.token('nobody', API);
    assert.deepEqual([stranger.status, stranger.error], [401, 'invalid_client']);
    const nowhere = await server.token('full', 'https://nowhere.example');
    assert.deepEqual([nowhere.status, nowhere.error], [400, 'invalid_target']);
  });
});

describe('key rotation', () => {
  let server;
  before(async () => { server = await AuthorizationServer.start(); });
  after(() => server.stop());

  const keyId = async () => parse((await server.token('full', API)).access_token.split('.')[0]).kid;
  const published = async () => (await server.get('/jwks')).keys.map((key) => key.kid);

  test('a key is published, then signs, then retires, then is gone', async () => {
    const first = server.ready.active.RS256;
    assert.equal(await keyId(), first);

    const announced = await server.tell('publish');
    assert.equal(announced.done, 'publish');
    assert.equal(announced.published.length, 8);
    assert.equal(await keyId(), first);

    const rotated = await server.tell('rotate');
    const second = rotated.active.RS256;
    assert.notEqual(second, first);
    assert.ok(announced.published.includes(second));
    assert.equal(await keyId(), second);
    assert.deepEqual(await published(), rotated.published);
    assert.ok(rotated.published.includes(first));

    const dropped = await server.tell('drop-old');
    assert.ok(!dropped.published.includes(first));
    assert.deepEqual(await published(), dropped.published);
    assert.equal(await keyId(), second);
  });

  test('no request fails while keys rotate under load', { timeout: 30_000 }, async () => {
    let asking = true;
    let answered = 0;
    const load = Array.from({ length: 4 }, async () => {
      while (asking) {
        const { status, access_token: token } = await server.token('full', `${API}/es256`);
        assert.equal(status, 200);
        await server.verified(token);
        answered += 1;
      }
    });
    for (let round = 0; round < 3; round += 1) {
      const before = answered;
      await server.tell('rotate');
      while (answered < before + 8) await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
    asking = false;
    await Promise.all(load);
  });

  test('status counts the requests for the key set', async () => {
    const { keySetRequests: earlier } = await server.tell('status');
    await published();
    assert.equal((await server.tell('status')).keySetRequests, earlier + 1);
  });

  test('an unknown command is answered with an error', async () => {
    assert.deepEqual(await server.tell('explode'), { error: 'unknown command: explode' });
  });
});

describe('the process', () => {
  test('ends on SIGTERM', async () => {
    const server = await AuthorizationServer.start();
    server.process.kill('SIGTERM');
    assert.deepEqual(await server.exited, [0, null]);
  });

  test('ends when its input ends, with a connection still open', async () => {
    const server = await AuthorizationServer.start();
    await server.get('/jwks');
    await server.stop();
  });

  test('says so and fails when the port is taken', async () => {
    const first = await AuthorizationServer.start();
    const second = await AuthorizationServer.start('--port', new URL(first.ready.issuer).port);
    assert.equal(second.ready, undefined);
    assert.deepEqual(await second.exited, [1, null]);
    await first.stop();
  });
});
