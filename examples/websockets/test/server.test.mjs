// The example as a person would start it, with an authorization server that the package's own tests use.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { WebSocket } from 'ws';
import { exampleOf, FOR_AUDIENCE } from '../../../bindings/node/test/example.mjs';

const example = exampleOf(new URL('..', import.meta.url), ...FOR_AUDIENCE);

const connect = (token) => new WebSocket(example.base.replace('http', 'ws'), ['bearer', token]);
const chatToken = (sub) => example.issuer.token({ claims: { scope: 'chat', sub } });

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
  assert.equal((await fetch(`${example.base}/logout`, { method: 'POST', headers })).status, 204);
  const [code, reason] = await closed;
  assert.deepEqual([code, String(reason)], [1008, 'token_revoked']);
  assert.equal(bob.readyState, WebSocket.OPEN);
  bob.terminate();
});

it('refuses a handshake with its status and challenge', async () => {
  for (const [token, status, challenge] of [
    ['garbage', 401, /error="invalid_token"/],
    [await example.issuer.token({ claims: { sub: 'carol' } }), 403, /scope="chat"/],
  ]) {
    const webSocket = connect(token);
    webSocket.on('error', () => {});
    const [request, response] = await once(webSocket, 'unexpected-response');
    assert.equal(response.statusCode, status);
    assert.match(response.headers['www-authenticate'], challenge);
    request.destroy();
  }
});
