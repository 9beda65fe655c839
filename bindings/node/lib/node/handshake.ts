// The handshake of a WebSocket (RFC 6455 §4): the answer to one that is refused goes onto the raw socket, since there is no
// response object yet.

import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Refusal } from '../refusal/refusal';
import { warnUnseen } from '../refusal/unseen';

/** A server of the package `ws`, made with `noServer: true`. */
export interface WebSocketServer {
  options: { noServer?: boolean | undefined };
  // biome-ignore lint/suspicious/noExplicitAny: the socket is that of any version of ws
  handleUpgrade(request: any, socket: Duplex, head: Buffer, callback: (webSocket: any) => void): void;
  // biome-ignore lint/suspicious/noExplicitAny: likewise
  emit(event: 'connection', ...given: any[]): boolean;
}

/** A listener of the event `upgrade` of a server of `node:http`. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

/** Throws for anything but a server that leaves the handshake to others: it would accept connections by itself. */
export function checkServer(server: WebSocketServer | undefined): void {
  if (typeof server?.handleUpgrade !== 'function') throw new TypeError('upgrade() needs a WebSocketServer of ws');
  if (server.options?.noServer !== true) {
    throw new TypeError(
      'upgrade() needs a WebSocketServer with { noServer: true }: any other accepts connections without a check',
    );
  }
}

/** RFC 6455 §7.4.1: a policy was violated. */
const POLICY_VIOLATION = 1008;
/** Likewise: the server is at fault. */
export const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;

/** A WebSocket of `ws`. */
interface OpenWebSocket {
  removeAllListeners(event: 'message'): unknown;
  close(code: number, reason: string): void;
}

/** Ends the connection with the code of the failure as the reason. The client may answer late or never, so what it sends
 * from now on reaches no handler. */
export function closeWebSocket(webSocket: OpenWebSocket, { status, code }: Refusal): void {
  webSocket.removeAllListeners('message');
  webSocket.close(status >= 500 ? TRY_AGAIN_LATER : POLICY_VIOLATION, code);
}

/** The refusal of a handshake. Any other error is a mistake of the application, which only the operator may learn. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Refusal)) warnUnseen(error);
  return Refusal.of(error);
}

/** Answers a handshake that is refused, and ends the connection. */
export function refuseUpgrade(socket: Duplex, { status, headers, body }: Refusal): void {
  const lines = {
    ...headers,
    Connection: 'close',
    'Content-Length': String(Buffer.byteLength(body)),
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
}
