// The example as a person would start it, with an authorization server that the package's own tests use.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { AUDIENCE, startIssuer } from '../../../bindings/node/test/issuer.mjs';

let issuer;
let server;
let base;

before(async () => {
  issuer = await startIssuer();
  const args = ['server.mjs', '--issuer', issuer.issuer, '--audience', AUDIENCE, '--port', '0'];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  server = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  [base] = await once(createInterface({ input: server.stdout }), 'line');
});

after(async () => {
  server.kill();
  await once(server, 'exit');
  await issuer.close();
});

const connect = (token) => new WebSocket(base.replace('http', 'ws'), ['bearer', token]);
const chatToken = (sub) => issuer.token({ claims: { scope: 'chat', sub } });

it('lets those talk who have the scope, and closes the WebSockets of a session that ends', async () => {
  const token = await chatToken('alice');
  const [alice, bob] = [connect(token), connect(await chatToken('bob'))];
  await Promise.all([once(alice, 'open'), once(bob, 'open')]);
  assert.equal(alice.protocol, 'bearer');
  const heard = once(bob, 'message');
  alice.send('hello');
  assert.equal(String((await heard)[0]), 'alice: hello');

  const closed = once(alice, 'close');
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await fetch(`${base}/logout`, { method: 'POST', headers })).status, 204);
  const [code, reason] = await closed;
  assert.deepEqual([code, String(reason)], [1008, 'token_revoked']);
  assert.equal(bob.readyState, WebSocket.OPEN);
  bob.terminate();
});

it('refuses a handshake with its status and challenge', async () => {
  for (const [token, status, challenge] of [
    ['garbage', 401, /error="invalid_token"/],
    [await issuer.token({ claims: { sub: 'carol' } }), 403, /scope="chat"/],
  ]) {
    const webSocket = connect(token);
    webSocket.on('error', () => {});
    const [request, response] = await once(webSocket, 'unexpected-response');
    assert.equal(response.statusCode, status);
    assert.match(response.headers['www-authenticate'], challenge);
    request.destroy();
  }
});
