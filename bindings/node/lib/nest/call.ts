// What a guard looks at: the request behind Nest's context, and where the token of one that may pass goes to.

import type { IncomingMessage } from 'node:http';
import type { ArgumentsHost } from '@nestjs/common';
import { EXPRESS } from '../express/handler';
import { fastifyTrusts } from '../fastify/trust';
import type { RequestAuth } from '../protect/auth-result';
import { nodeRequest, type RawRequest } from '../request/node-request';
import type { ProtectedRequest } from '../request/request';

/** One call of a handler. */
export interface Call {
  readonly kind: 'http' | 'graphql' | 'ws';
  readonly request: ProtectedRequest;
  /** What has `auth`: the request, or the client of a WebSocket. */
  readonly holder: { auth?: RequestAuth | undefined };
  /** What has headers, where there is an answer that takes them. */
  readonly response: Response | undefined;
}

/** A request of Express or Fastify, or of `node:http`. */
interface FrameworkRequest extends IncomingMessage {
  raw?: IncomingMessage;
  originalUrl?: string;
  params?: Record<string, unknown>;
  ip?: string;
  auth?: RequestAuth | undefined;
  res?: Response;
}

/** A response of Express, Fastify or `node:http`. */
export interface Response {
  setHeader?: (name: string, value: string) => unknown;
  header?: (name: string, value: string) => unknown;
  getHeader?: (name: string) => unknown;
  headersSent?: boolean;
  sent?: boolean;
}

/** The client of a WebSocket: of Socket.IO, or of `ws`. */
export interface Client {
  auth?: RequestAuth | undefined;
  /** Socket.IO has this, and `ws` has not. */
  disconnect?: (close: boolean) => void;
}

/** What the clients of gateways have presented. */
const handshakes = new WeakMap<object, ProtectedRequest>();

export function noteHandshake(client: object, request: ProtectedRequest): void {
  handshakes.set(client, request);
}

/** Finds the request. Throws an error that says what to do where there is none. Who is at the other end of the connection is
 * looked at where the options speak of a proxy. */
export function callOf(context: ArgumentsHost, looksAtProxies = false): Call {
  // What `switchToHttp()` and the others show, without their objects.
  const args = context.getArgs<[unknown, unknown, unknown]>();
  const [first, second, third] = args;
  switch (context.getType<string>()) {
    case 'http': {
      const holder = first as FrameworkRequest;
      return { kind: 'http', request: requestOf(holder, looksAtProxies), holder, response: second as Response };
    }
    case 'graphql':
      // A reference of a federation has no arguments: (reference, context, info). The second of four is what a client has sent.
      return graphqlCall((args.length === 3 ? second : third) as GraphqlContext | undefined, looksAtProxies);
    case 'ws':
      return socketCall(first as Client);
    default:
      throw new Error(`Bearward cannot find a request in a context of the type '${context.getType()}'`);
  }
}

/** What has `auth` alone: a guard that a test has put in the place of ours may have set it. */
export function holderOf(context: ArgumentsHost): Call['holder'] {
  return context.getType() === 'ws' ? context.getArgByIndex<Client>(0) : callOf(context).holder;
}

interface GraphqlContext {
  req?: FrameworkRequest;
  res?: Response;
  request?: FrameworkRequest;
  reply?: Response & { request?: FrameworkRequest };
}

function graphqlCall(context: GraphqlContext | undefined, looksAtProxies: boolean): Call {
  const request = [context?.req, context?.request, context?.reply?.request].find(hasHeaders);
  if (request === undefined) {
    throw new Error(
      'Bearward finds no request in the context of GraphQL: give GraphQLModule a `context` function that returns { req }',
    );
  }
  const response = context?.res ?? context?.reply ?? request.res;
  return { kind: 'graphql', request: subscribed(requestOf(request, looksAtProxies)), holder: request, response };
}

/** Names of headers that a client may have in the first message of a WebSocket, where a page cannot set headers. */
const OF_CLIENTS = ['authorization', 'dpop'];

/** Mercurius adds all that the first message of a subscription's connection has to the headers of the handshake. What it says of
 * the credential is a client's to say; what a proxy would say, such as the client's certificate, is not. */
function subscribed(request: ProtectedRequest): ProtectedRequest {
  const { headers, rawHeaders = [] } = request;
  if (headers.upgrade?.toLowerCase() !== 'websocket') return request;
  const sent = new Set(rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()));
  const own = Object.entries(headers).filter(([name]) => sent.has(name) || OF_CLIENTS.includes(name));
  // The object stays the same, as that of a proof does.
  return Object.assign(request, { headers: Object.fromEntries(own) });
}

function socketCall(client: Client): Call {
  const request = handshakes.get(client);
  if (request === undefined) {
    throw new Error('Bearward has not seen the handshake of this WebSocket: write @ProtectedGateway() on its gateway');
  }
  return { kind: 'ws', request, holder: client, response: undefined };
}

function hasHeaders<R extends IncomingMessage>(request: R | undefined): request is R {
  return typeof request?.headers === 'object' && request.headers !== null;
}

/** Without the body: Nest parses forms everywhere, and a form is no place for a token unless a route says so (RFC 6750 §2.2). */
export function requestOf(request: FrameworkRequest, looksAtProxies: boolean): ProtectedRequest {
  const { raw = request, headers, params, originalUrl } = request;
  const trusted = looksAtProxies && trusts(request);
  return nodeRequest(raw as RawRequest, { headers, params, originalUrl, trusted });
}

/** What `trust proxy` of Express, or `trustProxy` of Fastify, says of the other end of the connection. */
function trusts(request: FrameworkRequest): boolean {
  return request.raw === undefined ? EXPRESS.trusts(request as never) : fastifyTrusts(request);
}
