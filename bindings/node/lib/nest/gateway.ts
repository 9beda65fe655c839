// Gateways: the handshake of a WebSocket is checked as a request, each message by the guard, and the connection ends when the
// token does.
//
// Nest's guards see messages and no handshakes, and its global guards see no gateways at all. So a gateway says
// `@ProtectedGateway()`, and an application with one that does not is refused at its start.

import type { IncomingMessage } from 'node:http';
import { Inject, UseGuards } from '@nestjs/common';
import { closeWebSocket, refusalOf } from '../node/handshake';
import { checkRecovery, connectError, disconnect, handshakeOf, isGone, type SocketOfIO } from '../node/socket-io';
import type { Refusal } from '../refusal/refusal';
import { type Client, noteHandshake, requestOf } from './call';
import { BearwardGuard, type Handshake, RouteGuard } from './guard';
import type { Class } from './policy';

/** A server of `ws`. */
interface WsServer {
  options: { verifyClient?: VerifyClient | undefined };
  on(event: 'connection', listener: (client: WsClient, request: IncomingMessage) => void): unknown;
}

interface WsClient extends Client {
  once(event: 'close', listener: () => void): unknown;
}

type Verified = (accepted: boolean, status?: number, text?: string, headers?: Record<string, string>) => void;
type VerifyClient = (info: { req: IncomingMessage }, answer: Verified) => unknown;

/** A server or a namespace of Socket.IO. */
interface SocketIoServer {
  use(middleware: (client: SocketOfIO & Client, next: (error?: Error) => void) => void): unknown;
}

interface Gateway {
  afterInit?: (server: unknown) => unknown;
  [GUARD]?: unknown;
}

const GUARD = Symbol('guard');
const PROTECTED = 'bearward:protected_gateway';

/** Protects a gateway of `@nestjs/platform-ws` or `@nestjs/platform-socket.io`: what its class requires is checked at the
 * handshake, and at each message beside what the method requires. */
export function ProtectedGateway(...nothing: []): ClassDecorator {
  if ((nothing as unknown[]).length > 0)
    throw new TypeError('write @ProtectedGateway(), with brackets and nothing in them');
  return ((type: Class) => {
    const gateway = type.prototype as Gateway;
    const { afterInit } = gateway;
    Inject(BearwardGuard)(gateway, GUARD);
    UseGuards(RouteGuard)(type);
    Reflect.defineMetadata(PROTECTED, true, type);
    gateway.afterInit = function (this: Gateway, server: unknown) {
      const guard = this[GUARD];
      // A test may put another guard in the place of ours; then that one alone decides, about each message.
      if (guard instanceof BearwardGuard) protectHandshakes(server, guard, type);
      return afterInit?.call(this, server);
    };
  }) as ClassDecorator;
}

/** Whether a gateway itself is protected: what a subclass changes, its base class cannot know. */
export function isProtectedGateway(type: Class): boolean {
  return Reflect.getOwnMetadata(PROTECTED, type) === true;
}

function protectHandshakes(server: unknown, guard: BearwardGuard, type: Class): void {
  if (isSocketIo(server)) protectSocketIo(server, guard, type);
  else if (isWs(server)) protectWs(server, guard, type);
  else throw new Error(`@ProtectedGateway() of ${type.name}: this is a server neither of ws nor of Socket.IO`);
}

function isSocketIo(server: unknown): server is SocketIoServer {
  return typeof (server as SocketIoServer | undefined)?.use === 'function';
}

function isWs(server: unknown): server is WsServer {
  const { options, on } = (server ?? {}) as Partial<WsServer>;
  return typeof options === 'object' && typeof on === 'function';
}

/** The token is in `auth: { token }` of the client, or in a header of the handshake. */
function protectSocketIo(server: SocketIoServer, guard: BearwardGuard, type: Class): void {
  server.use(async (client, next) => {
    let refusal: Refusal | undefined;
    try {
      checkRecovery(client);
      const request = handshakeOf(requestOf(client.request as never, false), client.handshake.auth);
      const { auth, live } = await guard.checkHandshake(type, request);
      const life = isGone(client) ? undefined : live(() => disconnect(client));
      client.conn.once('close', () => life?.end());
      client.auth = auth;
      noteHandshake(client, request);
    } catch (error) {
      refusal = refusalOf(error);
    }
    next(refusal && connectError(refusal));
  });
}

function protectWs(server: WsServer, guard: BearwardGuard, type: Class): void {
  const { verifyClient: own } = server.options;
  const admitted = new WeakMap<IncomingMessage, Handshake>();
  server.options.verifyClient = (info, answer) => {
    guard.checkHandshake(type, requestOf(info.req as never, false)).then(
      (handshake) => {
        admitted.set(info.req, handshake);
        verifyAsWell(own, info, answer);
      },
      (error) => {
        const { status, message, headers } = refusalOf(error);
        answer(false, status, message, { ...headers, 'Content-Type': 'text/plain' });
      },
    );
  };
  server.on('connection', (client, request) => {
    const handshake = admitted.get(request);
    // Without one, every message is refused.
    if (handshake === undefined) return;
    client.auth = handshake.auth;
    noteHandshake(client, requestOf(request as never, false));
    const life = handshake.live((refusal) => closeWebSocket(client as never, refusal));
    client.once('close', () => life?.end());
  });
}

/** The application's own check, in either of the two forms that `ws` calls it in. */
function verifyAsWell(own: VerifyClient | undefined, info: { req: IncomingMessage }, answer: Verified): void {
  if (typeof own !== 'function') answer(true);
  else if (own.length === 2) own(info, answer);
  else if ((own as (info: { req: IncomingMessage }) => unknown)(info)) answer(true);
  else answer(false, 401);
}
