// What is looked at of hapi. Its own declarations need joi, which is not a part of it.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from './access';
import type { BoomMembers } from './boom';

export interface HapiRequest {
  raw: { req: IncomingMessage; res: ServerResponse };
  headers: IncomingHttpHeaders;
  params: Record<string, unknown>;
  auth: { strategy: string };
  route: unknown;
  server: HapiServer;
  response: BoomMembers | { isBoom?: false };
}

export interface HapiServer {
  auth: {
    scheme(name: string, scheme: (server: HapiServer, options: unknown) => Scheme): void;
    /** What is known of strategies, by their names. */
    api: Record<string, object>;
    /** How a route is protected, the default of the server included. */
    lookup(route: unknown): AuthConfig | false | null;
  };
  /** All routes. */
  table(): Array<{ method: string; path: string }>;
  ext(event: 'onPreStart', method: () => void): void;
  ext(event: 'onPreResponse', method: (request: HapiRequest, h: Toolkit) => unknown): void;
}

export interface AuthConfig {
  mode: string;
  strategies: string[];
  access?: Access;
}

export interface Toolkit {
  readonly continue: symbol;
  authenticated(data: { credentials: object; artifacts: object }): unknown;
}

export interface Scheme {
  api: object;
  authenticate(request: HapiRequest, h: Toolkit): Promise<unknown>;
}
