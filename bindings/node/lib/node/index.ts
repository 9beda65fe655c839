// Protects what is written with `node:http`, WebSockets of the package `ws`, and Socket.IO.
//
// A connection that stays open is checked at its handshake, and is closed when its token expires or is revoked.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ResourceDocument } from '../native/addon';
import { without } from '../options/snapshot';
import { givenOptions } from '../options/unset';
import type { RequestAuth } from '../protect/auth-result';
import { headersToAdd } from '../protect/grant';
import { nodeRequest } from '../request/node-request';
import { type Operated, operatedBy } from '../protect/health';
import { type Granted, protect as protectAny, type Protection } from '../protect/protect';
import type { ProtectedRequest } from '../request/request';
import { type ProxiedOptions, separated } from '../options/trust-proxy';
import { Refusal } from '../refusal/refusal';
import type { Requirement } from '../requirement';
import { type RevocationList, revocationLists } from '../stores';
import { refuseRequest } from '../uncalled';
import { making, REQUIRE_FIRST, refuseSurplus, SEVERAL, taking } from '../surplus';
import { warnNotAwaited, warnUnseen } from '../refusal/unseen';
import { watchedPromise } from '../js/watched-promise';
import {
  checkServer,
  closeWebSocket,
  INTERNAL_ERROR,
  refusalOf,
  refuseUpgrade,
  type UpgradeListener,
  type WebSocketServer,
} from './handshake';
import { Lifetime, type LifetimeOptions, recheckInterval } from './lifetime';
import {
  checkHandshake,
  checkRecovery,
  type ConnectError,
  disconnect,
  handshakeOf,
  isGone,
  publish,
  refuseSocket,
  type SocketMiddleware,
  type SocketOfIO,
} from './socket-io';

/** The options of `auth()` of `bearward/express`, `trustProxy`, and how long connections live. */
export type NodeOptions = ProxiedOptions<IncomingMessage> & LifetimeOptions;

/** What `protect()` makes of its options. */
export interface NodeProtection<Auth extends RequestAuth | undefined = RequestAuth> extends Operated {
  /** Decides about a request. Rejects with a `Refusal` for one that may not pass. */
  check(request: IncomingMessage): Promise<Granted<Auth>>;
  /** A listener for `http.createServer()`: answers a request that may not pass, and calls `handle` for every other. */
  handler<Request extends IncomingMessage, Response extends ServerResponse>(
    handle: (request: Request, response: Response, auth: Auth) => unknown,
  ): (request: Request, response: Response) => Promise<void>;
  /** A listener for `server.on('upgrade', …)`. The event `connection` of the WebSocket server comes for a good token alone,
   * with the token as its third argument; the WebSocket is closed when the token expires or is revoked. */
  upgrade(server: WebSocketServer): UpgradeListener;
  /** A middleware for `io.use()`, and for `use()` of every other namespace. `socket.data.auth` is the token; the socket is
   * disconnected when it expires or is revoked. */
  readonly socketIO: SocketMiddleware;
  /** Calls `close` once, when the token of an open connection expires or is revoked; `end()` of what it returns is for a
   * connection that has ended before. For streams of events, and for protocols that have no adapter here. */
  watch(request: IncomingMessage, close: (refusal: Refusal) => void): Promise<{ auth: Auth; end(): void }>;
  /** The same protection for a route that requires more of the token; keys and caches are shared. */
  require(requirement: Requirement): NodeProtection;
  /** Fetches the keys of every issuer that is configured. Rejects with a `NotReadyError`. */
  ready(): Promise<void>;
  /** The metadata of the resource, and where to serve them, where `resource` was given. */
  readonly resourceMetadata: ResourceDocument | undefined;
}

/** Protects an API by the options of `auth()`. Throws at once when one cannot work. Nothing is fetched before the first
 * request. */
export function protect(options: NodeOptions & { authRequired: false }): NodeProtection<RequestAuth | undefined>;
export function protect(options?: NodeOptions): NodeProtection;
export function protect(...args: [NodeOptions?]): NodeProtection<RequestAuth | undefined> {
  const given = givenOptions('protect()', args);
  const { options, trusts } = separated(without(given, 'recheck'));
  return protection(protectAny(options), {
    read(request) {
      checkRequest(request);
      return nodeRequest(request, { headers: request.headers, params: {}, trusted: trusts(request) });
    },
    interval: recheckInterval(given),
    tolerance: options.clockTolerance,
    lists: revocationLists(options.revocation),
  });
}

interface Circumstances {
  read(request: IncomingMessage): ProtectedRequest;
  interval: number;
  /** How many seconds clocks may differ. */
  tolerance: number | undefined;
  lists: readonly RevocationList[];
}

function protection<Auth extends RequestAuth | undefined>(
  api: Protection<Auth>,
  circumstances: Circumstances,
): NodeProtection<Auth> {
  const { read, interval, lists, tolerance } = circumstances;
  const check = async (request: IncomingMessage) => api.check(read(request));
  const live = (request: ProtectedRequest, auth: Auth, close: (refusal: Refusal) => void): Lifetime | undefined =>
    auth && new Lifetime(() => api.check(request), auth.expiresAt, interval, lists, close, tolerance);
  const admitSocket = async (socket: SocketOfIO, next: (error?: ConnectError) => void) => {
    let refusal: Refusal | undefined;
    try {
      checkRecovery(socket);
      publish(socket, undefined);
      const presented = handshakeOf(read(socket.request), socket.handshake.auth);
      const { auth } = await api.check(presented);
      const life = isGone(socket) ? undefined : live(presented, auth, () => disconnect(socket));
      socket.conn.once('close', () => life?.end());
      publish(socket, auth);
    } catch (error) {
      refusal = refusalOf(error);
    }
    if (refusal === undefined) next();
    else refuseSocket(socket, next, refusal);
  };
  return {
    resourceMetadata: api.resourceMetadata,
    ready: () => api.ready(),
    ...operatedBy(api),
    require: making(1, 'require()', SEVERAL, (requirement: Requirement) =>
      protection(api.require(requirement), circumstances),
    ),
    check: taking(1, 'check()', REQUIRE_FIRST, (request: IncomingMessage) => {
      checkRequest(request);
      return watchedPromise(check(request), warnUnseen, warnNotAwaited);
    }),

    handler(handle, ...more: unknown[]) {
      refuseRequest('handler()', [handle]);
      refuseSurplus('handler()', [handle, ...more], 1, 'write `api.require(requirement).handler(…)`');
      if (typeof handle !== 'function') throw new TypeError('handler() needs a function (request, response, auth)');
      return (request, response) =>
        watchedPromise(listen(check, handle, request, response), (error) => fail(response, error));
    },

    upgrade(server, ...more: unknown[]) {
      refuseRequest('upgrade()', [server]);
      refuseSurplus('upgrade()', [server, ...more], 1, 'options belong to protect(), requirements to `require()`');
      checkServer(server);
      const enter = async (request: IncomingMessage, socket: Parameters<UpgradeListener>[1], head: Buffer) => {
        // Until `ws` has the socket, an error of it would end the process.
        const ignore = () => {};
        socket.on('error', ignore);
        const presented = read(request);
        const { auth } = await api.check(presented);
        if (socket.destroyed) return;
        socket.off('error', ignore);
        server.handleUpgrade(request, socket, head, (webSocket) => {
          const life = live(presented, auth, (refusal) => closeWebSocket(webSocket, refusal));
          webSocket.once('close', () => life?.end());
          // The connection is a WebSocket now: an error of the application's must not be answered in HTTP on it.
          try {
            server.emit('connection', webSocket, request, auth);
          } catch (error) {
            warnUnseen(error);
            webSocket.close(INTERNAL_ERROR);
          }
        });
      };
      return async (request, socket, head) => {
        try {
          await enter(request, socket, head);
        } catch (error) {
          refuseUpgrade(socket, refusalOf(error));
        }
      };
    },

    socketIO(socket: SocketOfIO, next) {
      checkHandshake(socket, next);
      return admitSocket(socket, next);
    },

    watch(request, close, ...more: unknown[]) {
      refuseSurplus('watch()', [request, close, ...more], 2, REQUIRE_FIRST);
      if (typeof close !== 'function') throw new TypeError('watch() needs a function that ends the connection');
      checkRequest(request);
      const watch = async () => {
        const presented = read(request);
        const { auth } = await api.check(presented);
        // If the connection ended during the check, its end is not reported any more.
        const life = request.socket.destroyed ? undefined : live(presented, auth, close);
        return { auth, end: () => life?.end() };
      };
      return watchedPromise(watch(), warnUnseen, warnNotAwaited);
    },
  };
}

async function listen<Request extends IncomingMessage, Response extends ServerResponse, Auth>(
  check: (request: IncomingMessage) => Promise<Granted<Auth & (RequestAuth | undefined)>>,
  handle: (request: Request, response: Response, auth: Auth) => unknown,
  request: Request,
  response: Response,
): Promise<void> {
  let granted: Granted<Auth & (RequestAuth | undefined)>;
  try {
    granted = await check(request);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    response.writeHead(error.status, error.headers).end(error.body);
    return;
  }
  for (const [name, value] of headersToAdd(granted, (one) => response.hasHeader(one))) response.setHeader(name, value);
  await handle(request, response, granted.auth);
}

/** A server of node:http does not look at the promise of its listener. */
function fail(response: ServerResponse, error: unknown): void {
  warnUnseen(error);
  if (response.headersSent) response.destroy();
  else response.writeHead(500).end();
}

function checkRequest(request: IncomingMessage | undefined): void {
  const isRequest = Array.isArray(request?.rawHeaders) && request.socket !== undefined;
  if (!isRequest) throw new TypeError('this needs a request of node:http; for that of fetch, use `bearward/fetch`');
}

export type { ResourceDocument } from '../native/addon';
export type { AuthInfo, RequestAuth } from '../protect/auth-result';
export type { Observe, ObservedEvent } from '../engine/observer';
export type { Health, Status } from '../protect/health';
export { type IssuerNotReady, NotReadyError } from '../protect/readiness';
export { Refusal } from '../refusal/refusal';
export * from '../requirement';
export { type ReplayStore, type Revocation, RevocationList, type RevocationStore, revocationKey } from '../stores';
export type { UpgradeListener, WebSocketServer } from './handshake';
export type { LifetimeOptions } from './lifetime';
export type { ConnectError, SocketMiddleware } from './socket-io';
