// `req.auth`: what a handler reads of an accepted token.
//
// The parts are read when they are first asked for, out of the very text the core has verified, and are copied for
// each request: what one handler changes, no other sees.

import { inspect, type InspectOptions } from 'node:util';
import type { OrganizationClaimObject } from '../generated/settings';
import { organizationOf } from '../options/organization-claim';
import { copyClaims, copyPart, readClaims, readPart } from '../token/parsed';
import { type JWTHeader, type JWTPayload, scopesOf } from '../token/payload';

/** What a handler usually wants to know; what the token does not say is left out. */
export interface AuthInfo {
  sub?: string;
  clientId?: string;
  organizationId?: string;
  scopes: string[];
  audience: string[];
}

/** What the original calls so: `req.auth` may be set to it, which tests do. */
export interface AuthResult {
  payload: JWTPayload;
  header: JWTHeader;
  token: string;
}

/** What `req.auth` is. It is what the MCP SDK calls `AuthInfo`, too, so that tools find it in `extra.authInfo`. */
export interface RequestAuth extends AuthResult {
  /** `sub`, client, organization, scopes and audience, read from the token as it was signed, or from what the
   * authorization server said about it. */
  readonly info: AuthInfo;
  /** The signed JWT, to be sent on to another API: the token itself, or the one that the authorization server
   * gave for an opaque token. A secret. */
  readonly jwt: string | undefined;
  /** The client that the token was issued to; empty if the token names no client. */
  readonly clientId: string;
  readonly scopes: string[];
  /** When the token expires, in seconds since the epoch. */
  readonly expiresAt?: number;
  /** The audience of this API that the token is for: its resource identifier (RFC 8707), where it is a URL. */
  readonly resource?: URL;
  /** The claims set, for claims that have no own name here. */
  readonly extra: Record<string, unknown>;
}

/** What the core says of a token beyond its text. */
export interface Told {
  /** What the authorization server said about a token that is not a JWT. */
  claims?: string | undefined;
  jwt?: string | undefined;
  /** The organization that the request may act for, where the claims alone do not tell; empty where there is none. */
  organization?: string | undefined;
}

/** For the middlewares behind `auth()`: which of them let the request in. */
export interface Origin {
  /** Where its tokens name their organization, unless the core tells. */
  readonly organizationClaim: OrganizationClaimObject;
  /** The audiences that are the API itself. */
  readonly audiences: readonly string[];
  /** The identifier of the protected resource, where `auth()` was told it. */
  readonly resourceIdentifier: string | undefined;
  /** The scopes that a scope includes. */
  readonly implies: Readonly<Record<string, readonly string[]>>;
}

/** Own, enumerable, writable: `JSON.stringify`, spreading and assigning work as on a plain object. The accessors
 * stay what they are, for an object whose properties are redefined is a slow one. */
const PAYLOAD: PropertyDescriptor = {
  enumerable: true,
  configurable: true,
  get(this: AcceptedToken) {
    return AcceptedToken.payloadOf(this);
  },
  set(this: AcceptedToken, value: unknown) {
    AcceptedToken.replacePayload(this, value);
  },
};
const HEADER: PropertyDescriptor = {
  enumerable: true,
  configurable: true,
  get(this: AcceptedToken) {
    return AcceptedToken.headerOf(this);
  },
  set(this: AcceptedToken, value: unknown) {
    AcceptedToken.replaceHeader(this, value);
  },
};

/** This part was not read or replaced yet. */
const UNREAD = Symbol('unread');

const HIDDEN = { [inspect.custom]: () => '[hidden]' };

export class AcceptedToken implements RequestAuth {
  declare payload: JWTPayload;
  declare header: JWTHeader;
  declare token: string;
  /** The token as it was accepted, even if an application writes to `token`. */
  readonly #presented: string;
  /** The JWT that was verified; absent if the authorization server's answer takes its place. */
  readonly #signed: string | undefined;
  /** What takes the place of its payload. */
  readonly #claims: string | undefined;
  readonly #origin: Origin;
  /** What the core said of the organization. */
  readonly #organization: string | undefined;
  #payload: unknown = UNREAD;
  #header: unknown = UNREAD;

  constructor(token: string, origin: Origin, told?: Told) {
    Object.defineProperty(this, 'payload', PAYLOAD);
    Object.defineProperty(this, 'header', HEADER);
    this.token = token;
    this.#presented = token;
    this.#claims = told?.claims;
    this.#signed = this.#claims === undefined ? token : told?.jwt;
    this.#origin = origin;
    this.#organization = told?.organization;
  }

  get info(): AuthInfo {
    const payload = this.#read();
    return infoOf(payload, this.#organization ?? organizationOf(payload, this.#origin.organizationClaim));
  }

  get jwt(): string | undefined {
    return this.#signed;
  }

  get clientId(): string {
    return this.info.clientId ?? '';
  }

  get scopes(): string[] {
    return this.info.scopes;
  }

  // An optional member is `undefined` here where there is none, which a getter's type cannot say.
  get expiresAt(): number {
    const { exp } = this.#read();
    return (typeof exp === 'number' ? exp : undefined) as number;
  }

  get resource(): URL {
    const { audiences, resourceIdentifier: resource } = this.#origin;
    const own = this.info.audience.filter((one) => audiences.includes(one));
    const found = resource !== undefined && own.includes(resource) ? resource : own.find((one) => URL.canParse(one));
    return (found !== undefined && URL.canParse(found) ? new URL(found) : undefined) as URL;
  }

  get extra(): Record<string, unknown> {
    return this.payload;
  }

  /** What `console.log(req.auth)` shows: header and payload, and not the token, which a reader of the log could use. */
  [inspect.custom](depth: number, options: InspectOptions): string {
    if (depth < 0) return '[AuthResult]';
    const { token: _token, payload: _payload, header: _header, ...added } = Object.getOwnPropertyDescriptors(this);
    const shown = { header: this.header, payload: this.payload, token: HIDDEN };
    return `AuthResult ${inspect(Object.defineProperties(shown, added), { ...options, depth })}`;
  }

  static payloadOf(result: AcceptedToken): unknown {
    if (result.#payload === UNREAD) {
      result.#payload =
        result.#claims === undefined ? copyPart(result.#signed as string, 1) : copyClaims(result.#claims);
    }
    return result.#payload;
  }

  static headerOf(result: AcceptedToken): unknown {
    if (result.#header === UNREAD) result.#header = result.#signed === undefined ? {} : copyPart(result.#signed, 0);
    return result.#header;
  }

  static replacePayload(result: AcceptedToken, value: unknown): void {
    result.#payload = value;
  }

  static replaceHeader(result: AcceptedToken, value: unknown): void {
    result.#header = value;
  }

  /** The claims as they were signed, or answered; a handler's own changes are not part of them. */
  #read(): Readonly<JWTPayload> {
    return this.#claims === undefined ? readPart(this.#signed as string, 1) : readClaims(this.#claims);
  }

  /** What the core said of the organization where this token was accepted before. */
  static organizationOf(result: unknown, token: string): string | undefined {
    const isIt = typeof result === 'object' && result !== null && #origin in result && result.#presented === token;
    return isIt ? result.#organization : undefined;
  }

  /** Which `auth()` accepted the token; `undefined` where something else made `req.auth`. */
  static originOf(result: unknown): Origin | undefined {
    return typeof result === 'object' && result !== null && #origin in result ? result.#origin : undefined;
  }
}

function infoOf(payload: JWTPayload, organizationId: string | undefined): AuthInfo {
  const audience = (Array.isArray(payload.aud) ? payload.aud : [payload.aud]).filter((one) => typeof one === 'string');
  const clientId = clientOf(payload);
  const info = {} as AuthInfo;
  if (typeof payload.sub === 'string') info.sub = payload.sub;
  if (clientId !== undefined) info.clientId = clientId;
  if (organizationId) info.organizationId = organizationId;
  info.scopes = scopesOf(payload);
  info.audience = audience;
  return info;
}

/** `client_id`, else the first of `azp`, `appid` and `cid` that is a text. */
function clientOf({ client_id: registered, azp, appid, cid }: JWTPayload): string | undefined {
  if (typeof registered === 'string') return registered;
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
  return [azp, appid, cid].find(isText);
}
