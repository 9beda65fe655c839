// A chat by WebSockets: `node server.mjs --issuer URL --audience AUDIENCE --port PORT`. A page connects with
// `new WebSocket(url, ['bearer', token])`.

import http from 'node:http';
import { parseArgs } from 'node:util';
import { protect, RevocationList, scopes } from 'bearward/node';
import { WebSocketServer } from 'ws';

const { values } = parseArgs({
  options: { issuer: { type: 'string' }, audience: { type: 'string' }, port: { type: 'string', default: '3000' } },
});

const revocation = new RevocationList();
const options = { issuer: values.issuer, audience: values.audience, revocation };
/** Requests have the token in Authorization, handshakes in the subprotocol: a page gives a WebSocket no headers. */
const requests = protect(options);
const handshakes = protect({ ...options, tokenPlace: { subprotocol: 'bearer' } });

const HOUR = 60 * 60 * 1000;

/** `POST /logout` ends the session of the token: its WebSockets are closed at once. */
const logout = requests.handler((req, res, { payload }) => {
  if (req.method !== 'POST' || req.url !== '/logout') return res.writeHead(404).end();
  const { iss: issuer, sub } = payload;
  const issuedBefore = new Date(Date.now() + 1000);
  revocation.revoke({ issuer, sub, issuedBefore }, new Date(Date.now() + 24 * HOUR));
  return res.writeHead(204).end();
});

const server = http.createServer(logout);
const chat = new WebSocketServer({ noServer: true });
server.on('upgrade', handshakes.require(scopes('chat')).upgrade(chat));
chat.on('connection', (webSocket, _req, auth) => {
  webSocket.on('error', console.error);
  webSocket.on('message', (text) => {
    for (const other of chat.clients) other.send(`${auth.info.sub}: ${text}`);
  });
});

server.listen(Number(values.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
