// The guard: a request that may pass gets its `auth`, any other one an exception.

import {
  type ArgumentsHost,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
  Optional,
} from '@nestjs/common';
import type { ResourceDocument } from '../native/addon';
import { closeWebSocket } from '../node/handshake';
import { type Close, Lifetime, recheckInterval } from '../node/lifetime';
import { decided, headersToAdd } from '../protect/grant';
import type { Health, Operated, Status } from '../protect/health';
import type { Granted } from '../protect/protect';
import type { ProtectedRequest } from '../request/request';
import type { RequestAuth } from '../protect/auth-result';
import { Refusal } from '../refusal/refusal';
import { isThenable } from '../js/thenable';
import { warnUnseen } from '../refusal/unseen';
import { watchedPromise } from '../js/watched-promise';
import { type Call, callOf, type Client, type Response } from './call';
import { httpException, rpcException, wsException } from './exception';
import { type Class, policyOf } from './policy';
import { Protections } from './protections';

/** Lets requests with a valid access token pass that meets what the route requires. `BearwardModule` puts it in front of
 * every route. */
export class BearwardGuard implements CanActivate, Operated {
  readonly #protections: Protections;

  constructor(protections: Protections) {
    if (!(protections instanceof Protections)) {
      throw new TypeError(
        'new BearwardGuard() protects nothing: import BearwardModule.forRoot(options), which puts the guard in front of every route',
      );
    }
    this.#protections = protections;
  }

  /** Fetches the keys of every issuer that is configured, for those who want to fail at start. Rejects with a
   * `NotReadyError`. */
  ready(): Promise<void> {
    return this.#protections.ready();
  }

  /** What is held at the moment: the keys of each issuer with their age and the last failure, caches and their bounds. */
  status(): Status {
    return this.#protections.status();
  }

  /** Whether requests with tokens can be served, for a readiness probe. It waits for nothing and never throws. */
  health(): Health {
    return this.#protections.health();
  }

  /** The metadata of the resource, and where to serve them, where `resource` was given. */
  get resourceMetadata(): ResourceDocument | undefined {
    return this.#protections.resourceMetadata;
  }

  /** Throws what Nest's filters answer with for a request that may not pass, or rejects with it after a wait. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (Reflect.get(context, PERMITTED_BY) === this.#protections) return true;
    const protection = this.#protections.ofRoute(context.getClass() as Class, context.getHandler());
    if (protection === undefined) return true;
    if (context.getType() === 'rpc') throw rpcException(NO_MICROSERVICES);
    const call = callOf(context, this.#protections.looksAtProxies);
    const refuse = (error: unknown): never => {
      throw error instanceof Refusal ? refused(error, call) : error;
    };
    let granted: ReturnType<typeof decided>;
    try {
      granted = decided(protection, call.request);
    } catch (error) {
      return refuse(error);
    }
    if (!isThenable(granted)) return this.#admit(granted, call, context);
    const admitted = granted.then((settled) => this.#admit(settled, call, context), refuse);
    return watchedPromise(admitted, warnUnseen);
  }

  #admit(granted: Granted<RequestAuth | undefined>, call: Call, context: ArgumentsHost): true {
    admit(granted, call);
    Reflect.set(context, PERMITTED_BY, this.#protections);
    return true;
  }

  /** Decides about the handshake of a WebSocket, by what the class of its gateway requires. Rejects with a `Refusal`. */
  async checkHandshake(type: Class, request: ProtectedRequest): Promise<Handshake> {
    const { revocationLists, clockTolerance } = this.#protections;
    const protection = this.#protections.ofClass(type);
    const auth = (await protection?.check(request))?.auth;
    return {
      auth,
      live: (close) =>
        protection &&
        auth &&
        new Lifetime(
          () => protection.check(request),
          auth.expiresAt,
          recheckInterval({}),
          revocationLists,
          close,
          clockTolerance,
        ),
    };
  }
}

/** A handshake that may pass. */
export interface Handshake {
  readonly auth: RequestAuth | undefined;
  /** Has the connection end with its token; `end()` is for one that has ended before. */
  live(close: Close): Lifetime | undefined;
}

Injectable()(BearwardGuard);
Inject(Protections)(BearwardGuard, undefined, 0);

/** A guard of the application and one of the route look at one call, which has one context. */
const PERMITTED_BY = Symbol('permitted by');

/** A message of a broker is not an HTTP request, and has no place for a token. */
const NO_MICROSERVICES =
  'Bearward protects HTTP, GraphQL and WebSockets, and no messages of microservices: mark the handler with @Public(), and protect the transport';

function admit(granted: Granted<RequestAuth | undefined>, { holder, response }: Call): void {
  const { auth } = granted;
  if ((auth !== undefined || holder.auth !== undefined) && !Reflect.set(holder, 'auth', auth)) {
    throw new TypeError('`request.auth` cannot be set');
  }
  const added = headersToAdd(granted, (name) => response?.getHeader?.(name) !== undefined);
  for (const [name, value] of added) setHeader(response, name, value);
}

function refused(refusal: Refusal, { kind, holder, response }: Call): Error {
  if (kind === 'ws') {
    // A token that has expired since, or was revoked: it will not become good again.
    if (refusal.status === 401) hangUp(holder as Client, refusal);
    return wsException(refusal);
  }
  for (const [name, value] of Object.entries(refusal.headers)) {
    // The author of the body chooses its type.
    if (name !== 'Content-Type') setHeader(response, name, value);
  }
  return httpException(refusal);
}

function setHeader(response: Response | undefined, name: string, value: string): void {
  if (response === undefined || response.headersSent === true || response.sent === true) return;
  if (typeof response.setHeader === 'function') response.setHeader(name, value);
  else response.header?.(name, value);
}

/** A client of Socket.IO is told by the event `exception`, and loses its connection when that was sent. */
function hangUp(client: Client, refusal: Refusal): void {
  if (typeof client.disconnect === 'function') setImmediate(() => client.disconnect?.(true));
  else closeWebSocket(client as never, refusal);
}

/** In front of every route with `@Scopes()` or `@Requires()`, and of those that override one: what they say must not be without
 * effect where no guard of the application looks, as at gateways, or in an application that has forgotten its
 * `BearwardModule`. */
export class RouteGuard implements CanActivate {
  readonly #guard: CanActivate | undefined;

  constructor(guard: CanActivate | undefined) {
    this.#guard = guard;
  }

  canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    if (this.#guard !== undefined) return this.#guard.canActivate(context);
    // It is in front of the other routes of the class, too.
    if (policyOf(context.getClass() as Class, context.getHandler()).requirement === undefined) return true;
    const { name } = context.getClass();
    new Logger('Bearward').error(
      `${name}.${context.getHandler().name} requires a token, and there is no BearwardModule: import BearwardModule.forRoot(options)`,
    );
    return false;
  }
}

Injectable()(RouteGuard);
Optional()(RouteGuard, undefined as never, 0);
Inject(BearwardGuard)(RouteGuard, undefined, 0);
