// A middleware of Socket.IO: the token is in `auth: { token }` of the client, or in a header of the handshake.

import type { IncomingMessage } from 'node:http';
import type { RequestAuth } from '../protect/auth-result';
import type { ProtectedRequest } from '../request/request';
import type { Refusal } from '../refusal/refusal';
import { takesError } from '../takes-error';

/** A socket of Socket.IO, as far as it is looked at. */
export interface SocketOfIO {
  request: IncomingMessage;
  handshake: { auth: Record<string, unknown> };
  // biome-ignore lint/suspicious/noExplicitAny: what an application keeps there is its own
  data: any;
  connected: boolean;
  conn: { readyState: string; close(): unknown; once(event: 'close', listener: () => void): unknown };
  nsp: unknown;
  disconnect(close?: boolean): unknown;
}

/** A middleware for `io.use()`. */
// biome-ignore lint/suspicious/noExplicitAny: the socket's type depends on the events of the application
export type SocketMiddleware = (socket: any, next: (error?: ConnectError) => void) => Promise<void>;

/** What the client's `connect_error` gets of a refusal. */
export interface ConnectError extends Error {
  data: { status: number; code: string; error: string; challenge: string | undefined };
}

export function connectError(refusal: Refusal): ConnectError {
  const { status, code, error, headers, expose, message } = refusal;
  const data = { status, code, error, challenge: headers['WWW-Authenticate'] };
  return Object.assign(new Error(expose ? message : 'Service Unavailable', { cause: refusal }), { data });
}

/** Throws where the middleware is called in another way than Socket.IO calls it. */
export function checkHandshake(socket: SocketOfIO | undefined, next: unknown): void {
  if (typeof socket?.handshake === 'object' && typeof next === 'function') return;
  throw new TypeError(
    'socketIO is a middleware, which Socket.IO calls with (socket, next): write `io.use(api.socketIO)`',
  );
}

/** Refuses the socket. A callback that cannot take an error would let it in, and so would one that was called before: the
 * connection is closed then. */
export function refuseSocket(socket: SocketOfIO, next: (error?: ConnectError) => void, refusal: Refusal): void {
  if (!takesError(next)) {
    disconnect(socket);
    return;
  }
  next(connectError(refusal));
  setImmediate(() => {
    if (socket.connected) disconnect(socket);
  });
}

/** The handshake with the token of `auth` as a header: with one in `Authorization` beside it there are two, which the core
 * refuses. */
export function handshakeOf(request: ProtectedRequest, auth: Record<string, unknown> | undefined): ProtectedRequest {
  const token = auth?.token;
  if (token === undefined || token === null) return request;
  const value = `Bearer ${typeof token === 'string' ? token : ''}`;
  const rawHeaders = [...(request.rawHeaders ?? []), 'Authorization', value];
  const headers = { ...request.headers, authorization: request.headers.authorization ?? value };
  return { ...request, headers, rawHeaders };
}

interface ServerOfIO {
  opts?: { connectionStateRecovery?: { skipMiddlewares?: boolean } };
}

/** Throws where Socket.IO recovers connections without asking its middlewares: a token that has expired or was revoked in
 * the meantime would not be seen. */
export function checkRecovery({ nsp }: SocketOfIO): void {
  const recovery = (nsp as { server?: ServerOfIO } | undefined)?.server?.opts?.connectionStateRecovery;
  if (recovery !== undefined && recovery.skipMiddlewares !== false) {
    throw new TypeError('connectionStateRecovery of Socket.IO needs { skipMiddlewares: false } beside bearward/node');
  }
}

/** Whether the client has gone during the check: the event of the end has come, and comes no more. */
export function isGone({ conn }: SocketOfIO): boolean {
  return conn.readyState === 'closing' || conn.readyState === 'closed';
}

/** Ends the connection, also one that is about to be made. */
export function disconnect(socket: SocketOfIO): void {
  if (socket.connected) socket.disconnect(true);
  else socket.conn.close();
}

/** Sets `data.auth`, not enumerable: cluster adapters and the recovery of connections write `data` down, and send it to other
 * processes, where the token has no business. */
export function publish(socket: SocketOfIO, auth: RequestAuth | undefined): void {
  Object.defineProperty(socket.data, 'auth', { value: auth, enumerable: false, writable: true, configurable: true });
}
