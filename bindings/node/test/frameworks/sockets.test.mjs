// `bearward/node`: node:http, WebSockets of `ws`, and Socket.IO. Connections are checked at the handshake and end with their
// token.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import v8 from 'node:v8';
import { protect, Refusal, RevocationList, scopes } from 'bearward/node';
import { Server } from 'socket.io';
import { io as connect } from 'socket.io-client';
import { WebSocket, WebSocketServer } from 'ws';
import { dpopClient, proofOf } from '../client.mjs';
import { withCalendarMoved } from '../clock.mjs';
import { AUDIENCE, startIssuer } from '../issuer.mjs';

const HOUR = 3600;

let issuer;
let options;
before(async () => {
  issuer = await startIssuer();
  options = { issuer: issuer.issuer, audience: AUDIENCE };
});
after(() => issuer.close());

const open = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function listen(server) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return server.address().port;
}

describe('handler()', () => {
  const api = () => protect(options);
  const get = (port, token) =>
    fetch(`http://127.0.0.1:${port}/`, { headers: token && { authorization: `Bearer ${token}` } });

  it('calls the function for a good token alone', async () => {
    let called = 0;
    const listener = api()
      .require(scopes('a'))
      .handler((_req, res, auth) => {
        called += 1;
        res.end(auth.payload.sub);
      });
    const port = await listen(http.createServer(listener));
    const none = await get(port);
    assert.deepEqual([none.status, called], [401, 0]);
    assert.match(none.headers.get('www-authenticate'), /^Bearer realm="api"/);
    assert.equal((await get(port, await issuer.token())).status, 403);
    const good = await get(port, await issuer.token({ claims: { scope: 'a' } }));
    assert.deepEqual([await good.text(), called], ['alice', 1]);
  });

  it('leaves what was said of caches before', async () => {
    const listener = protect({ ...options, tokenPlace: { cookie: '__Host-token' } }).handler((_req, res) => res.end());
    const stricter = (req, res) => {
      if (req.url === '/secret') res.setHeader('Cache-Control', 'no-store');
      return listener(req, res);
    };
    const port = await listen(http.createServer(stricter));
    const headers = { cookie: `__Host-token=${await issuer.token()}` };
    const caching = async (path) =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).headers.get('cache-control');
    assert.deepEqual([await caching('/'), await caching('/secret')], ['private', 'no-store']);
  });

  it('answers 500, and ends no process, where the function fails', async () => {
    const listener = api().handler(async () => {
      throw new Error('broken');
    });
    const port = await listen(http.createServer(listener));
    assert.equal((await get(port, await issuer.token())).status, 500);
    assert.equal((await get(port)).status, 401);
  });

  it('is not called in a wrong way', () => {
    for (const wrong of [undefined, null, {}, 'GET']) assert.throws(() => api().handler(wrong), TypeError);
    for (const wrong of [undefined, {}, { headers: {} }, new Request('http://127.0.0.1/')]) {
      assert.throws(() => api().check(wrong), TypeError);
    }
    assert.throws(() => api().require(undefined), TypeError);
    assert.throws(() => protect({ ...options, recheck: 0 }), /'recheck' must be/);
    assert.throws(() => protect({ ...options, rechek: 1 }), /no option 'rechek'/);
    assert.throws(() => protect({ ...options, proxyHeaders: { host: 'x-forwarded-host' } }), /need 'trustProxy'/);
  });
});

describe('upgrade()', () => {
  /** A server whose WebSockets say who they are, and what they were sent. */
  async function serve(more, requirement) {
    const api = protect({ ...options, ...more });
    const server = http.createServer();
    const webSockets = new WebSocketServer({ noServer: true });
    const received = [];
    webSockets.on('connection', (webSocket, _request, auth) => {
      webSocket.on('message', (data) => received.push(String(data)));
      webSocket.send(String(auth?.payload.sub));
    });
    server.on('upgrade', (requirement === undefined ? api : api.require(requirement)).upgrade(webSockets));
    const port = await listen(server);
    return { url: `ws://127.0.0.1:${port}/`, port, received, webSockets };
  }

  const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });

  async function opened(...args) {
    const webSocket = new WebSocket(...args);
    open.push(() => webSocket.terminate());
    const [first] = await once(webSocket, 'message');
    return { webSocket, first: String(first) };
  }

  /** The answer to a handshake that is refused. */
  async function refused(...args) {
    const webSocket = new WebSocket(...args);
    webSocket.on('error', () => {});
    const [request, response] = await once(webSocket, 'unexpected-response');
    let body = '';
    for await (const part of response) body += part;
    request.destroy();
    return { status: response.statusCode, headers: response.headers, body };
  }

  it('opens a WebSocket for a good token, with the token', async () => {
    const { url } = await serve();
    assert.equal((await opened(url, bearer(await issuer.token()))).first, 'alice');
  });

  it('takes the token from the subprotocol, and answers with no token', async () => {
    const { url } = await serve({ tokenPlace: { subprotocol: 'bearer' } });
    const { webSocket, first } = await opened(url, ['bearer', await issuer.token()]);
    assert.deepEqual([first, webSocket.protocol], ['alice', 'bearer']);
    assert.equal((await refused(url, ['bearer', 'garbage'])).status, 401);
    assert.equal((await refused(url, ['chat'])).status, 401);
  });

  it('answers a refused handshake with the challenge and the body', async () => {
    const { url, webSockets } = await serve({}, scopes('a'));
    const none = await refused(url);
    assert.equal(none.status, 401);
    assert.match(none.headers['www-authenticate'], /^Bearer realm="api"/);
    assert.equal(none.headers.connection, 'close');
    const bad = await refused(url, bearer('garbage'));
    assert.match(bad.headers['www-authenticate'], /error="invalid_token"/);
    assert.equal(JSON.parse(bad.body).error, 'invalid_token');
    const poor = await refused(url, bearer(await issuer.token()));
    assert.equal(poor.status, 403);
    assert.match(poor.headers['www-authenticate'], /error="insufficient_scope".*scope="a"/);
    assert.equal(webSockets.clients.size, 0);
  });

  it('closes it when the token expires, with the failure as the reason', async () => {
    const { url, received } = await serve({ recheck: 1 });
    const { webSocket } = await opened(url, bearer(await issuer.token()));
    await withCalendarMoved(2 * HOUR * 1000, async () => {
      const [code, reason] = await once(webSocket, 'close');
      assert.deepEqual([code, String(reason)], [1008, 'token_expired']);
    });
    assert.deepEqual(received, []);
  });

  it('closes it when the token is revoked in this process, at once', async () => {
    const revocation = new RevocationList();
    const { url } = await serve({ revocation, recheck: false });
    const [{ webSocket: alice }, { webSocket: bob }] = [
      await opened(url, bearer(await issuer.token())),
      await opened(url, bearer(await issuer.token({ claims: { sub: 'bob' } }))),
    ];
    revocation.revoke({ issuer: issuer.issuer, sub: 'alice' }, new Date(Date.now() + HOUR * 1000));
    const [code, reason] = await once(alice, 'close');
    assert.deepEqual([code, String(reason)], [1008, 'token_revoked']);
    assert.equal(bob.readyState, WebSocket.OPEN);
  });

  it('closes it when the token is revoked in a store, and when the store cannot be asked', async () => {
    const found = [];
    let isDown = false;
    const revocation = {
      entries: async () => {
        if (isDown) throw new Error('down');
        return found;
      },
    };
    const { url } = await serve({ revocation, recheck: 1 });
    const { webSocket } = await opened(url, bearer(await issuer.token()));
    found.push({});
    const [code, reason] = await once(webSocket, 'close');
    assert.deepEqual([code, String(reason)], [1008, 'token_revoked']);
    found.length = 0;
    const { webSocket: next } = await opened(url, bearer(await issuer.token()));
    isDown = true;
    assert.equal((await once(next, 'close'))[0], 1013);
  });

  it('keeps a DPoP-bound one when its proof has aged, and closes it when the token is revoked', async () => {
    const revocation = new RevocationList();
    const publicOrigin = 'https://api.example.com';
    const { url } = await serve({ revocation, recheck: 1, publicOrigin });
    const client = await dpopClient();
    const token = await issuer.token({ claims: { cnf: { jkt: client.jkt } } });
    const dpop = await proofOf(client, { url: `${publicOrigin}/`, token });
    const handshake = { headers: { authorization: `DPoP ${token}`, dpop } };
    const { webSocket } = await opened(url, handshake);
    assert.equal((await refused(url, handshake)).status, 401, 'a proof passes once');
    await withCalendarMoved(400_000, async () => {
      // Another connection lives until a check has been made of both.
      const other = await opened(
        url,
        bearer(await issuer.token({ claims: { exp: Math.floor(Date.now() / 1000) + 60 } })),
      );
      await withCalendarMoved(120_000, () => once(other.webSocket, 'close'));
      assert.equal(webSocket.readyState, WebSocket.OPEN);
      revocation.revoke({ issuer: issuer.issuer, sub: 'alice' }, new Date(Date.now() + HOUR * 1000));
      const [code, reason] = await once(webSocket, 'close');
      assert.deepEqual([code, String(reason)], [1008, 'token_revoked']);
    });
  });

  it('gives a handler nothing that comes after the end of the token', async () => {
    const revocation = new RevocationList();
    const { url, received, webSockets } = await serve({ revocation, recheck: false });
    const { webSocket } = await opened(url, bearer(await issuer.token()));
    webSocket.send('before');
    const [server] = webSockets.clients;
    await once(server, 'message');
    // The client keeps its end open, and goes on sending.
    const { close } = server;
    const closing = new Promise((resolve) => {
      server.close = (...args) => {
        server.close = close;
        resolve(args);
      };
    });
    revocation.revoke({ issuer: issuer.issuer, sub: 'alice' }, new Date(Date.now() + HOUR * 1000));
    await closing;
    webSocket.send('after');
    webSocket.ping();
    await once(server, 'ping');
    assert.deepEqual(received, ['before']);
  });

  it('opens nothing for a client that has gone while keys were fetched, and ends no process', async () => {
    let answered;
    const asked = new Promise((resolve) => {
      issuer.state.answer = (_req, res) => {
        resolve();
        answered = res;
      };
    });
    try {
      const { port, webSockets } = await serve({ agent: new http.Agent() });
      const token = await issuer.token();
      const client = net.connect(port, '127.0.0.1');
      client.write(
        `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer ${token}\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
      await asked;
      client.resetAndDestroy();
      await once(client, 'close');
      issuer.state.answer = undefined;
      answered.statusCode = 404;
      answered.end();
      const { url } = await serve();
      await opened(url, bearer(token));
      assert.equal(webSockets.clients.size, 0);
    } finally {
      issuer.state.answer = undefined;
    }
  });

  it('closes the WebSocket where a listener of the application fails, and writes no HTTP onto it', async () => {
    const { url, webSockets } = await serve();
    webSockets.prependListener('connection', () => {
      throw new Error('broken');
    });
    const webSocket = new WebSocket(url, bearer(await issuer.token()));
    const errors = [];
    webSocket.on('error', (error) => errors.push(error.message));
    const [code] = await once(webSocket, 'close');
    assert.deepEqual([code, errors], [1011, []]);
  });

  it('is not given a server that accepts connections by itself', async () => {
    const api = protect(options);
    const server = http.createServer();
    const own = new WebSocketServer({ server });
    assert.throws(() => api.upgrade(own), /noServer: true/);
    for (const wrong of [undefined, null, {}, server])
      assert.throws(() => api.upgrade(wrong), /needs a WebSocketServer/);
    own.close();
  });
});

describe('watch()', () => {
  it('ends a stream of events with its token', async () => {
    const revocation = new RevocationList();
    const api = protect({ ...options, revocation, recheck: false });
    let seen;
    const server = http.createServer(async (req, res) => {
      try {
        const { auth, end } = await api.watch(req, (refusal) => {
          seen = refusal;
          res.end('bye');
        });
        res.on('close', end);
        res.write(`hello ${auth.payload.sub}, `);
      } catch (error) {
        res.writeHead(error.status, error.headers).end();
      }
    });
    const port = await listen(server);
    const headers = { authorization: `Bearer ${await issuer.token()}` };
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 401);
    const stream = await fetch(`http://127.0.0.1:${port}/`, { headers });
    revocation.revoke({ issuer: issuer.issuer, sub: 'alice' }, new Date(Date.now() + HOUR * 1000));
    assert.equal(await stream.text(), 'hello alice, bye');
    assert.ok(seen instanceof Refusal);
    assert.equal(seen.code, 'token_revoked');
  });

  it('looks after no connection that has ended during the check', async () => {
    const revocation = new RevocationList();
    const api = protect({ ...options, revocation, recheck: false });
    const headers = { authorization: `Bearer ${await issuer.token()}` };
    const request = { method: 'GET', url: '/', headers, rawHeaders: Object.entries(headers).flat() };
    const closed = [];
    await api.watch({ ...request, socket: { destroyed: true } }, () => closed.push('gone'));
    const ended = new Promise((resolve) => {
      api
        .watch({ ...request, socket: { destroyed: false } }, () => resolve(closed.push('alive')))
        .then(() => revocation.revoke({ issuer: issuer.issuer, sub: 'alice' }, new Date(Date.now() + HOUR * 1000)));
    });
    await ended;
    await turn();
    assert.deepEqual(closed, ['alive']);
  });

  it('needs a function that ends the connection', () => {
    assert.throws(() => protect(options).watch({}, undefined), /needs a function/);
  });
});

describe('socketIO', () => {
  async function serve(more, ioOptions) {
    const api = protect({ ...options, ...more });
    const server = http.createServer();
    const io = new Server(server, ioOptions);
    io.use(api.require(scopes('a')).socketIO);
    io.on('connection', (socket) => socket.emit('hello', socket.data.auth.payload.sub));
    const port = await listen(server);
    open.push(() => io.close());
    const client = (clientOptions) => {
      const socket = connect(`http://127.0.0.1:${port}`, { reconnection: false, ...clientOptions });
      open.push(() => socket.disconnect());
      return socket;
    };
    return { api, io, client };
  }

  const refusalOf = (socket) => once(socket, 'connect_error').then(([error]) => error);
  const good = () => issuer.token({ claims: { scope: 'a' } });

  it('connects a client with a good token, from auth or from a header', async () => {
    const { client } = await serve();
    const token = await good();
    for (const given of [
      { auth: { token } },
      { auth: { token }, transports: ['websocket'] },
      { extraHeaders: { authorization: `Bearer ${token}` } },
    ]) {
      assert.deepEqual(await once(client(given), 'hello'), ['alice']);
    }
  });

  it('refuses every other, and says why', async () => {
    const { client, io } = await serve();
    const none = await refusalOf(client());
    assert.deepEqual([none.data.status, none.data.code], [401, 'credential_missing']);
    assert.match(none.data.challenge, /^Bearer realm="api"/);
    const poor = await refusalOf(client({ auth: { token: await issuer.token() } }));
    assert.deepEqual([poor.data.status, poor.data.error], [403, 'insufficient_scope']);
    assert.match(poor.data.challenge, /scope="a"/);
    for (const token of ['garbage', '', 7, {}, ['a'], 'a b', 'a\r\nb', true]) {
      assert.ok([400, 401].includes((await refusalOf(client({ auth: { token } }))).data.status), String(token));
    }
    const token = await good();
    const both = await refusalOf(client({ auth: { token }, extraHeaders: { authorization: `Bearer ${token}` } }));
    assert.deepEqual([both.data.status, both.data.code], [400, 'authorization_repeated']);
    assert.equal(io.of('/').sockets.size, 0);
  });

  it('lets no client in by a callback that cannot take an error, or that was called before', async () => {
    for (const [name, middleware] of [
      ['swallows the error', (api) => (socket, next) => api.socketIO(socket, () => next())],
      ['ignores the error', (api) => (socket, _next) => api.socketIO(socket, (_error) => {})],
      [
        'does not wait',
        (api) => (socket, next) => {
          api.socketIO(socket, next);
          next();
        },
      ],
    ]) {
      const api = protect(options);
      await api.ready();
      const server = http.createServer();
      const io = new Server(server);
      open.push(() => io.close());
      const received = [];
      io.use(middleware(api));
      io.on('connection', (socket) => socket.on('order', (order) => received.push(order)));
      const port = await listen(server);
      const client = connect(`http://127.0.0.1:${port}`, { reconnection: false, transports: ['websocket'] });
      open.push(() => client.disconnect());
      client.on('connect', () => client.emit('order', name));
      await Promise.race([once(client, 'disconnect'), once(client, 'connect_error')]);
      assert.deepEqual([received, io.of('/').sockets.size], [[], 0], name);
    }
  });

  it('is not called in a wrong way', () => {
    const { socketIO } = protect(options);
    for (const given of [[], [undefined, () => {}], [{}, () => {}], [{ handshake: {} }], [{ handshake: {} }, {}]]) {
      assert.throws(() => socketIO(...given), /write `io\.use\(api\.socketIO\)`/);
    }
  });

  it('keeps the token in the process: adapters write down what is enumerable in socket.data', async () => {
    const { client, io } = await serve();
    const token = await good();
    await once(client({ auth: { token } }), 'hello');
    const [socket] = io.of('/').sockets.values();
    assert.equal(socket.data.auth.token, token);
    socket.data.name = 'own';
    for (const written of [JSON.stringify(socket.data), v8.serialize({ ...socket.data }).toString('latin1')]) {
      assert.ok(written.includes('own'));
      assert.ok(!written.includes(token), written);
    }
    assert.ok(!v8.serialize(socket.data).toString('latin1').includes(token));
  });

  it('disconnects the client when the token is revoked', async () => {
    const revocation = new RevocationList();
    const { client } = await serve({ revocation, recheck: false });
    const socket = client({ auth: { token: await good() } });
    await once(socket, 'hello');
    revocation.revoke({ issuer: issuer.issuer, sub: 'alice' }, new Date(Date.now() + HOUR * 1000));
    const [reason] = await once(socket, 'disconnect');
    assert.match(reason, /server disconnect|transport close/);
  });

  it('disconnects the client when the token expires', async () => {
    const { client } = await serve({ recheck: 1 });
    const socket = client({ auth: { token: await good() } });
    await once(socket, 'hello');
    await withCalendarMoved(2 * HOUR * 1000, () => once(socket, 'disconnect'));
  });

  it('connects nobody where connections are recovered without a check', async () => {
    const { client } = await serve({}, { connectionStateRecovery: {} });
    assert.equal((await refusalOf(client({ auth: { token: await good() } }))).data.status, 500);
    const { client: checked } = await serve({}, { connectionStateRecovery: { skipMiddlewares: false } });
    assert.equal((await once(checked({ auth: { token: await good() } }), 'hello'))[0], 'alice');
  });

  it('lets no client in whose token is revoked while another middleware waits', async () => {
    const revocation = new RevocationList();
    const { client, io } = await serve({ revocation, recheck: false });
    let connected = 0;
    io.on('connection', () => {
      connected += 1;
    });
    const settled = new Promise((resolve) => {
      io.use(async (socket, next) => {
        revocation.revoke({ issuer: issuer.issuer, sub: 'alice' }, new Date(Date.now() + HOUR * 1000));
        await once(socket.conn, 'close');
        next();
        resolve();
      });
    });
    client({ auth: { token: await good() } });
    await settled;
    await turn();
    assert.equal(connected, 0);
  });
});
