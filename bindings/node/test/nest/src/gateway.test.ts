// WebSocket gateways: the handshake is a request, and every message is looked at.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { INestApplication } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, type OnGatewayConnection, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  BearwardModule,
  OptionalAuth,
  ProtectedGateway,
  Public,
  type RequestAuth,
  RevocationList,
  revocationKey,
  Scopes,
  Token,
} from 'bearward/nest';
import { io, type Socket } from 'socket.io-client';
import { WebSocket } from 'ws';
import { AUDIENCE, bearer, type Issuer, PLATFORMS, start, startIssuer } from './issuer';

@ProtectedGateway()
class Chat implements OnGatewayConnection {
  static connected: unknown[] = [];

  handleConnection(client: { auth?: RequestAuth }) {
    Chat.connected.push(client.auth?.payload.sub);
  }

  @SubscribeMessage('who')
  who(@Token() token: RequestAuth) {
    return { event: 'is', data: token.payload.sub };
  }

  @Scopes('chat:write')
  @SubscribeMessage('say')
  say(@Token() token: RequestAuth, @MessageBody() text: string) {
    return { event: 'said', data: [token.payload.sub, text] };
  }

  @Public()
  @SubscribeMessage('time')
  time() {
    return { event: 'now', data: 12 };
  }
}

@ProtectedGateway()
@Scopes('admin')
class Admin {
  static servers = 0;

  afterInit(this: Admin) {
    Admin.servers += this instanceof Admin ? 1 : 0;
  }

  @SubscribeMessage('halt')
  halt() {
    return { event: 'halted', data: true };
  }
}

@ProtectedGateway()
@OptionalAuth()
class Lobby {
  @SubscribeMessage('who')
  who(@Token() token: RequestAuth | undefined) {
    return { event: 'is', data: token?.payload.sub ?? 'anyone' };
  }
}

/** `ws` tells gateways apart by the path, Socket.IO by the namespace. */
const GATEWAYS = { '/': Chat, '/admin': Admin, '/lobby': Lobby };

for (const platform of PLATFORMS) {
  describe(`gateways of ws, on ${platform}`, () => {
    let issuer: Issuer;
    let app: INestApplication & { port: number };
    const revocation = new RevocationList({ maxEntries: 10 });
    const revoked = new Set<string>();
    const store = { entries: async (keys: string[]) => keys.filter((key) => revoked.has(key)).map(() => ({})) };
    const sockets: WebSocket[] = [];

    const connect = (path: string, token?: string) => {
      const headers = token === undefined ? {} : Object.fromEntries([bearer(token)]);
      return new WebSocket(`ws://127.0.0.1:${app.port}${path}`, { headers });
    };
    const opened = async (path: string, token?: string) => {
      const socket = connect(path, token);
      await once(socket, 'open');
      sockets.push(socket);
      return socket;
    };
    const refused = async (path: string, token?: string) => {
      const [sent, response] = await once(connect(path, token), 'unexpected-response');
      sent.destroy();
      return response;
    };
    const answer = async (socket: WebSocket, event: string, data: unknown = null) => {
      socket.send(JSON.stringify({ event, data }));
      const [text] = await once(socket, 'message');
      return JSON.parse(String(text));
    };

    before(async () => {
      issuer = await startIssuer();
      const { issuer: url } = issuer;
      for (const [path, type] of Object.entries(GATEWAYS)) WebSocketGateway({ path })(type);
      app = await start(
        platform,
        {
          imports: [BearwardModule.forRoot({ issuer: url, audience: AUDIENCE, revocation: [revocation, store] })],
          providers: Object.values(GATEWAYS),
        },
        (made) => made.useWebSocketAdapter(new WsAdapter(made)),
      );
    });
    after(async () => {
      for (const socket of sockets) socket.terminate();
      await app.close();
      await issuer.close();
    });

    it('a handshake without a good token is refused with the challenge', async () => {
      Chat.connected = [];
      for (const token of [undefined, 'garbage', await issuer.token({ claims: { aud: 'other' } })]) {
        const { statusCode, headers } = await refused('/', token);
        assert.equal(statusCode, 401);
        assert.match(headers['www-authenticate'], /^Bearer realm="api"/);
      }
      assert.deepEqual(Chat.connected, []);
    });

    it('a good token connects, and is that of each message', async () => {
      const socket = await opened('/', await issuer.token());
      assert.deepEqual(Chat.connected, ['alice']);
      assert.deepEqual(await answer(socket, 'who'), { event: 'is', data: 'alice' });
      assert.deepEqual(await answer(socket, 'time'), { event: 'now', data: 12 });
    });

    it('a message that requires more is not handled without it', async () => {
      const socket = await opened('/', await issuer.token());
      socket.send(JSON.stringify({ event: 'say', data: 'hello' }));
      // Nest's own filter has no answer for clients of ws; the next message has.
      assert.deepEqual(await answer(socket, 'who'), { event: 'is', data: 'alice' });
      const writer = await opened('/', await issuer.token({ claims: { scope: 'chat:write' } }));
      assert.deepEqual(await answer(writer, 'say', 'hello'), { event: 'said', data: ['alice', 'hello'] });
    });

    it('a handshake needs what the class requires', async () => {
      const { statusCode, headers } = await refused('/admin', await issuer.token());
      assert.equal(statusCode, 403);
      assert.match(headers['www-authenticate'], /scope="admin"/);
      const socket = await opened('/admin', await issuer.token({ claims: { scope: 'admin' } }));
      assert.deepEqual(await answer(socket, 'halt'), { event: 'halted', data: true });
      assert.ok(Admin.servers > 0, "the gateway's own afterInit is called");
    });

    it('an optional gateway lets anonymous clients in, and no bad token', async () => {
      assert.deepEqual(await answer(await opened('/lobby'), 'who'), { event: 'is', data: 'anyone' });
      const known = await opened('/lobby', await issuer.token());
      assert.deepEqual(await answer(known, 'who'), { event: 'is', data: 'alice' });
      assert.equal((await refused('/lobby', 'garbage')).statusCode, 401);
    });

    it('a connection ends when its token is revoked', async () => {
      const socket = await opened('/', await issuer.token({ claims: { jti: `of ${platform}` } }));
      const until = new Date(Date.now() + 3_600_000);
      revocation.revoke({ issuer: issuer.issuer, jti: `of ${platform}` }, until);
      const [code, reason] = await once(socket, 'close');
      assert.deepEqual([code, String(reason)], [1008, 'token_revoked']);
    });

    it('a connection ends at the first message that finds its token revoked elsewhere', async () => {
      const socket = await opened('/', await issuer.token({ claims: { jti: 'elsewhere' } }));
      assert.deepEqual(await answer(socket, 'who'), { event: 'is', data: 'alice' });
      revoked.add(revocationKey({ issuer: issuer.issuer, jti: 'elsewhere' }));
      socket.send(JSON.stringify({ event: 'who', data: null }));
      const [code, reason] = await once(socket, 'close');
      assert.deepEqual([code, String(reason)], [1008, 'token_revoked']);
    });
  });
}

for (const platform of PLATFORMS) {
  describe(`gateways of Socket.IO, on ${platform}`, () => {
    let issuer: Issuer;
    let app: INestApplication & { port: number };
    const revocation = new RevocationList({ maxEntries: 10 });
    const revoked = new Set<string>();
    const store = { entries: async (keys: string[]) => keys.filter((key) => revoked.has(key)).map(() => ({})) };
    const sockets: Socket[] = [];

    const connect = (path: string, token?: string, transports = ['websocket'], auth: Record<string, string> = {}) => {
      const extraHeaders = token === undefined ? {} : Object.fromEntries([bearer(token)]);
      const settings = { extraHeaders, transports, auth, forceNew: true, reconnection: false };
      const socket = io(`http://127.0.0.1:${app.port}${path}`, settings);
      sockets.push(socket);
      return socket;
    };
    const event = (socket: Socket, name: string) => new Promise<unknown>((resolve) => socket.once(name, resolve));
    const opened = async (...args: Parameters<typeof connect>) => {
      const socket = connect(...args);
      await event(socket, 'connect');
      return socket;
    };
    const refused = async (...args: Parameters<typeof connect>) =>
      ((await event(connect(...args), 'connect_error')) as { data: Record<string, unknown> }).data;

    before(async () => {
      issuer = await startIssuer();
      const { issuer: url } = issuer;
      for (const [namespace, type] of Object.entries(GATEWAYS)) WebSocketGateway({ namespace })(type);
      app = await start(
        platform,
        {
          imports: [BearwardModule.forRoot({ issuer: url, audience: AUDIENCE, revocation: [revocation, store] })],
          providers: Object.values(GATEWAYS),
        },
        (made) => made.useWebSocketAdapter(new IoAdapter(made)),
      );
    });
    after(async () => {
      for (const socket of sockets) socket.disconnect();
      await app.close();
      await issuer.close();
    });

    it('a handshake without a good token is refused, whatever the transport', async () => {
      Chat.connected = [];
      for (const transports of [['websocket'], ['polling']]) {
        const none = await refused('/', undefined, transports);
        assert.deepEqual([none.status, none.code], [401, 'credential_missing']);
        assert.match(String(none.challenge), /^Bearer realm="api"/);
        const bad = await refused('/', 'garbage', transports);
        assert.deepEqual([bad.status, bad.error], [401, 'invalid_token']);
      }
      assert.deepEqual(Chat.connected, []);
    });

    it('a good token connects, and is that of each message', async () => {
      for (const transports of [['websocket'], ['polling']]) {
        const socket = await opened('/', await issuer.token(), transports);
        socket.emit('who');
        assert.equal(await event(socket, 'is'), 'alice');
      }
      assert.deepEqual(Chat.connected, ['alice', 'alice']);
    });

    it('a message that requires more is answered with an exception', async () => {
      const socket = await opened('/', await issuer.token());
      socket.emit('say', 'hello');
      const { message, ...exception } = (await event(socket, 'exception')) as Record<string, unknown>;
      assert.deepEqual(exception, { status: 'error', code: 'insufficient_scope', error: 'insufficient_scope' });
      assert.equal(typeof message, 'string');
      const writer = await opened('/', await issuer.token({ claims: { scope: 'chat:write' } }));
      writer.emit('say', 'hello');
      assert.deepEqual(await event(writer, 'said'), ['alice', 'hello']);
    });

    it('a namespace needs what its class requires', async () => {
      const { status, challenge } = await refused('/admin', await issuer.token());
      assert.equal(status, 403);
      assert.match(String(challenge), /scope="admin"/);
      const socket = await opened('/admin', await issuer.token({ claims: { scope: 'admin' } }));
      socket.emit('halt');
      assert.equal(await event(socket, 'halted'), true);
      const anyone = await opened('/lobby');
      anyone.emit('who');
      assert.equal(await event(anyone, 'is'), 'anyone');
    });

    it('the client may name its token in `auth`, once', async () => {
      const token = await issuer.token();
      const socket = await opened('/', undefined, ['websocket'], { token });
      socket.emit('who');
      assert.equal(await event(socket, 'is'), 'alice');
      assert.equal((await refused('/', undefined, ['websocket'], { token: 'garbage' })).status, 401);
      assert.equal((await refused('/', token, ['websocket'], { token })).status, 400);
    });

    it('a connection ends when its token is revoked', async () => {
      const socket = await opened('/', await issuer.token({ claims: { jti: `of ${platform}` } }));
      const until = new Date(Date.now() + 3_600_000);
      const ended = event(socket, 'disconnect');
      revocation.revoke({ issuer: issuer.issuer, jti: `of ${platform}` }, until);
      assert.equal(await ended, 'io server disconnect');
    });

    it('a connection ends at the first message that finds its token revoked elsewhere', async () => {
      const socket = await opened('/', await issuer.token({ claims: { jti: 'elsewhere' } }));
      revoked.add(revocationKey({ issuer: issuer.issuer, jti: 'elsewhere' }));
      const exception = event(socket, 'exception');
      const ended = event(socket, 'disconnect');
      socket.emit('who');
      assert.equal(((await exception) as { code: string }).code, 'token_revoked');
      assert.equal(await ended, 'io server disconnect');
    });
  });
}
