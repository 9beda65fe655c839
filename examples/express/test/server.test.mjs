// The example as a process: what it takes, what it prints, how it ends.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { fetchToken, runOidcProvider } from '../../../bindings/node/test/frameworks/interop/parties.mjs';
import { ask, request } from '../../../bindings/node/test/frameworks/interop/request.mjs';
import { runExample, startExample } from './process.mjs';

const AUDIENCE = 'https://api.example.com';

/** The URL of an authorization server that is not there: bound, and nobody accepts. */
async function nobody() {
  const holder = net.createServer((socket) => socket.destroy());
  await once(holder.listen(0, '127.0.0.1'), 'listening');
  return { issuer: `http://127.0.0.1:${holder.address().port}`, close: () => holder.close() };
}

test('it prints its URL, serves, and ends cleanly whatever connections are open', async () => {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    const absent = await nobody();
    const example = await runExample(absent.issuer, AUDIENCE);
    assert.equal(example.output, `${example.base}\n`);
    const answer = await ask(example.base, '/api/public');
    assert.deepEqual([answer.status, answer.text], [200, '{"message":"Anyone may read this."}']);

    const silent = net.connect(new URL(example.base).port, '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    assert.deepEqual(await example.stop(signal), { code: 0, signal: null });
    assert.equal(example.errors, '');
    silent.destroy();
    absent.close();
  }
});

test('issuer and audience may come from the environment', async () => {
  const absent = await nobody();
  const example = startExample([], { ISSUER: absent.issuer, AUDIENCE, PORT: '0' });
  const base = await example.until((line) => /^http:\S+$/.exec(line)?.[0]);
  const { text } = await request(base, '/');
  assert.ok(text.includes(absent.issuer) && text.includes(AUDIENCE) && text.includes('/api/organizations/{org}/data'));
  await example.stop();
  absent.close();
});

test('an issuer that its metadata do not name is told to who runs the API, and to no client', async () => {
  const server = http.createServer((_req, res) => {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks` }));
  });
  await once(server.listen(0, '127.0.0.1').unref(), 'listening');
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const example = await runExample(issuer, AUDIENCE);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'ES256' })}.${part({ iss: issuer, aud: AUDIENCE, exp: 9999999999 })}.${part({})}`;
  const answer = await ask(example.base, '/api/private', { token });
  assert.equal(answer.status, 503);
  assert.ok(!answer.text.includes(issuer), answer.text);
  await example.stop();
  const says = `names the issuer "${issuer}/"; configure exactly that, if it is the one you mean`;
  assert.ok(example.errors.startsWith(`warning: ${issuer}: `) && example.errors.includes(says), example.errors);
  server.close();
});

test('an authorization server that is not there is 503, and never 401', async () => {
  const absent = await nobody();
  const example = await runExample(absent.issuer, AUDIENCE);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'ES256' })}.${part({ iss: absent.issuer, aud: AUDIENCE, exp: 9999999999 })}.${part({})}`;
  const answer = await ask(example.base, '/api/private', { token });
  assert.equal(answer.status, 503);
  assert.match(answer.retryAfter, /^[1-9]\d*$/);
  assert.deepEqual(JSON.parse(answer.text), {
    error: 'temporarily_unavailable',
    error_description: 'the keys of the authorization server are not available',
  });
  assert.equal((await ask(example.base, '/api/private')).status, 401);
  await example.stop();
  absent.close();
});

test('a path that is not percent-encoded rightly is the client’s mistake', async () => {
  const absent = await nobody();
  const example = await runExample(absent.issuer, AUDIENCE);
  const answer = await ask(example.base, '/api/organizations/%ff/members');
  assert.deepEqual([answer.status, JSON.parse(answer.text).error], [400, 'invalid_request']);
  await example.stop();
  absent.close();
});

test('a busy port is named with the flag that helps', async () => {
  const taken = net.createServer();
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  const port = String(taken.address().port);
  const example = startExample(['--issuer', 'http://127.0.0.1:1', '--audience', AUDIENCE, '--port', port]);
  assert.deepEqual(await example.exited(), { code: 1, signal: null });
  const expected = `error: port ${port} of 127.0.0.1 is already in use; choose another with --port (0 picks a free one)\n`;
  assert.equal(example.errors, expected);
  assert.equal(example.output, '');
  taken.close();
});

test('what cannot work is a usage error', async () => {
  for (const args of [
    [],
    ['--issuer', 'https://issuer.example'],
    ['--audience', AUDIENCE],
    ['--issuer', 'not a URL', '--audience', AUDIENCE],
    ['--issuer', 'http://issuer.example', '--audience', AUDIENCE],
    ['--issuer', 'https://issuer.example', '--audience', AUDIENCE, '--port', '70000'],
    ['--nonsense'],
  ]) {
    const example = startExample(args);
    assert.deepEqual(await example.exited(), { code: 2, signal: null }, args.join(' '));
    assert.match(example.errors, /^error: /, args.join(' '));
  }
});

test('with a client of its own in the environment, it asks about opaque tokens', async (t) => {
  const server = await runOidcProvider();
  t.after(() => server.stop());
  const example = await runExample(server.issuer, AUDIENCE, { CLIENT_ID: 'api', CLIENT_SECRET: 'api-secret' });
  t.after(() => example.stop());
  const token = await fetchToken(server.issuer, 'opaque', { resource: AUDIENCE, scope: 'read:messages' });
  assert.equal((await ask(example.base, '/api/private-scoped', { token })).status, 200);
});
