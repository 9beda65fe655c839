// `req.auth`: what a handler reads of an accepted token.
//
// The parts are parsed when they are first asked for, out of the very text the core has verified, and anew for
// each request: what one handler changes, no other sees.

import { inspect, type InspectOptions } from 'node:util';
import type { JSONValue } from '../requirement';

/** Recognized claims; any other may also be there. */
export interface JWTPayload {
  iss?: string;
  sub?: string;
  aud?: string | string[];
  jti?: string;
  nbf?: number;
  exp?: number;
  iat?: number;
  [claim: string]: unknown;
}

/** Recognized members of the JOSE header; any other may also be there. */
export interface JWTHeader {
  alg?: string;
  kid?: string;
  typ?: string;
  cty?: string;
  crit?: string[];
  b64?: boolean;
  jku?: string;
  jwk?: { kty?: string; crv?: string; x?: string; y?: string; e?: string; n?: string };
  x5c?: string[];
  x5t?: string;
  x5u?: string;
  [member: string]: unknown;
}

/** What a handler usually wants to know; what the token does not say is left out. */
export interface AuthInfo {
  sub?: string;
  clientId?: string;
  organizationId?: string;
  scopes: string[];
  audience: string[];
}

/** How the organization is read out of a token. */
export interface OrganizationReading {
  claim: string;
  /** The audiences that are the API itself. */
  audiences: readonly string[];
  /** Audiences that stand for one organization, with the placeholder `{organization}`. */
  templates: readonly string[];
  /** The identifier of the protected resource, where `auth()` was told it. */
  resource?: string | undefined;
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
  /** The client that the token was issued to; empty where the token names none. */
  readonly clientId: string;
  readonly scopes: string[];
  /** When the token expires, in seconds since the epoch. */
  readonly expiresAt?: number;
  /** The audience of this API that the token is for: its resource identifier (RFC 8707), where it is a URL. */
  readonly resource?: URL;
  /** The claims set, for what has no name of its own here. */
  readonly extra: Record<string, unknown>;
}

/** What the authorization server said about a token that is no JWT. */
export interface Introspected {
  claims?: string | undefined;
  jwt?: string | undefined;
}

/** For the middlewares behind `auth()`: which of them let the request in. */
export interface Origin {
  readonly reading: OrganizationReading;
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

/** Nobody has asked for this part, or replaced it, yet. */
const UNREAD = Symbol('unread');

const HIDDEN = { [inspect.custom]: () => '[hidden]' };

export class AcceptedToken implements RequestAuth {
  declare payload: JWTPayload;
  declare header: JWTHeader;
  declare token: string;
  /** The JWT that was verified; none, where the authorization server's word stands for it. */
  readonly #signed: string | undefined;
  /** What stands for its payload. */
  readonly #claims: string | undefined;
  readonly #origin: Origin;
  readonly #reading: OrganizationReading;
  #payload: unknown = UNREAD;
  #header: unknown = UNREAD;

  constructor(token: string, origin: Origin, reading: OrganizationReading, introspected?: Introspected) {
    Object.defineProperty(this, 'payload', PAYLOAD);
    Object.defineProperty(this, 'header', HEADER);
    this.token = token;
    this.#claims = introspected?.claims;
    this.#signed = this.#claims === undefined ? token : introspected?.jwt;
    this.#origin = origin;
    this.#reading = reading;
  }

  get info(): AuthInfo {
    return infoOf(this.#read() as JWTPayload, this.#reading);
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
    const { exp } = this.#read() as JWTPayload;
    return (typeof exp === 'number' ? exp : undefined) as number;
  }

  get resource(): URL {
    const { audiences, resource } = this.#reading;
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
    if (result.#payload === UNREAD) result.#payload = result.#read();
    return result.#payload;
  }

  static headerOf(result: AcceptedToken): unknown {
    if (result.#header === UNREAD) result.#header = result.#signed === undefined ? {} : parsePart(result.#signed, 0);
    return result.#header;
  }

  static replacePayload(result: AcceptedToken, value: unknown): void {
    result.#payload = value;
  }

  static replaceHeader(result: AcceptedToken, value: unknown): void {
    result.#header = value;
  }

  #read(): unknown {
    return this.#claims === undefined ? parsePart(this.#signed as string, 1) : JSON.parse(this.#claims);
  }

  /** Which `auth()` accepted the token; `undefined` where something else made `req.auth`. */
  static originOf(result: unknown): Origin | undefined {
    return typeof result === 'object' && result !== null && #origin in result ? result.#origin : undefined;
  }
}

/** Parses the header (0) or payload (1) of a token in compact serialization. */
export function parsePart(token: string, place: number): Record<string, unknown> {
  const part = token.split('.', place + 1)[place] ?? '';
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}

/** `scope`, else `scp`; a string with spaces, or an array. */
export function scopesOf(payload: JWTPayload): string[] {
  const granted = (payload.scope ?? payload.scp) as JSONValue | undefined;
  if (typeof granted === 'string') return granted.split(' ').filter((scope) => scope !== '');
  return Array.isArray(granted) ? granted.filter((scope) => typeof scope === 'string') : [];
}

function infoOf(payload: JWTPayload, reading: OrganizationReading): AuthInfo {
  const audience = (Array.isArray(payload.aud) ? payload.aud : [payload.aud]).filter((one) => typeof one === 'string');
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const clientId = text(payload.client_id) ?? text(payload.azp);
  const organizationId = text(payload[reading.claim]) ?? organizationIn(audience, reading);
  return {
    ...(typeof payload.sub === 'string' && { sub: payload.sub }),
    ...(clientId !== undefined && { clientId }),
    ...(organizationId !== undefined && { organizationId }),
    scopes: scopesOf(payload),
    audience,
  };
}

/** The organization an audience stands for, where no audience is the API itself. */
function organizationIn(audience: string[], { audiences, templates }: OrganizationReading): string | undefined {
  if (audience.some((one) => audiences.includes(one))) return undefined;
  for (const template of templates) {
    const [before = '', after = ''] = template.split('{organization}');
    for (const one of audience) {
      const longEnough = one.length > before.length + after.length;
      if (longEnough && one.startsWith(before) && one.endsWith(after)) {
        return one.slice(before.length, one.length - after.length);
      }
    }
  }
  return undefined;
}
