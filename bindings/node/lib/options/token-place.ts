// Where requests have their access token, where that is not `Authorization`.

import { strict as assert } from 'node:assert';
import { checkNames } from '../misspelling';
import type { TokenPlaceSettings } from '../generated/settings';
import { GROUPS } from '../option-table';
import { isObject } from '../js/realm';
import { written } from './written-settings';

/** A header that has the access token by itself, without a scheme. */
export interface TokenHeader {
  /** Its name, such as `cf-access-jwt-assertion`. */
  header: string;
  /** A token in `Authorization` is for somebody else, and not looked at. Without this, a request that has one beside
   * the header has two, and is refused. */
  besideAuthorization?: boolean;
  /** Clients write the header themselves, and no proxy does so for whoever has its session cookie. Then it does not
   * matter which page sends a request. */
  writtenByClients?: boolean;
  /** Origins, such as `https://app.example.com`, whose pages may send requests besides the API's own. */
  trustedOrigins?: string[];
}

/** A cookie that has the access token. Browsers add it to what any page sends, so a request must be shown to come from
 * the API's own origin or a trusted one. */
export interface TokenCookie {
  /** Its name. Let it begin with `__Host-`: then no other host can set it. */
  cookie: string;
  /** Origins, such as `https://app.example.com`, whose pages may send requests besides the API's own. */
  trustedOrigins?: string[];
}

/** A subprotocol after which a WebSocket's handshake has the access token:
 * `new WebSocket(url, ['bearer', token])`. */
export interface TokenSubprotocol {
  /** Its name, such as `bearer`. */
  subprotocol: string;
}

export type TokenPlace = TokenHeader | TokenCookie | TokenSubprotocol;

type Members = TokenHeader & TokenCookie & TokenSubprotocol;
type Kind = 'header' | 'cookie' | 'subprotocol';

interface KindRow {
  /** What there may be beside its name. */
  members: readonly string[];
  /** The header that has the token, in lower case. */
  headerOf(place: Members): string;
}

/** The kinds of places, each by the member that has its name. */
const KINDS: Readonly<Record<Kind, KindRow>> = {
  header: {
    members: ['besideAuthorization', 'writtenByClients', 'trustedOrigins'],
    headerOf: ({ header }) => header.toLowerCase(),
  },
  cookie: { members: ['trustedOrigins'], headerOf: () => 'cookie' },
  subprotocol: { members: [], headerOf: () => 'sec-websocket-protocol' },
};

const kindsOf = (place: object) => (Object.keys(KINDS) as Kind[]).filter((name) => Object.hasOwn(place, name));

/** Throws what cannot be a place; what cannot be its name, the core says. */
export function checkTokenPlace(place: unknown): void {
  assert(isObject(place), "'tokenPlace' must be an object");
  const given = place as Record<string, unknown>;
  const [kind, ...others] = kindsOf(given);
  assert(
    kind !== undefined && others.length === 0,
    `'tokenPlace' needs exactly one of ${Object.keys(KINDS).join(', ')}`,
  );
  assert(typeof given[kind] === 'string' && given[kind] !== '', `'tokenPlace.${kind}' must be a name`);
  checkNames("'tokenPlace'", given, [kind, ...KINDS[kind].members]);
  const { besideAuthorization, writtenByClients, trustedOrigins } = given;
  for (const [name, value] of Object.entries({ besideAuthorization, writtenByClients })) {
    assert(value === undefined || typeof value === 'boolean', `'tokenPlace.${name}' must be a boolean`);
  }
  assert(
    trustedOrigins === undefined ||
      (Array.isArray(trustedOrigins) && trustedOrigins.every((one) => typeof one === 'string')),
    "'tokenPlace.trustedOrigins' must be a list of origins",
  );
}

/** The same as settings. */
export const placeSettings = (place: TokenPlace): TokenPlaceSettings =>
  written(GROUPS.tokenPlace, place).token_place ?? {};

/** The header that has the token, in lower case. */
export function headerOf(place: TokenPlace): string {
  const [kind] = kindsOf(place);
  return KINDS[kind as Kind].headerOf(place as Members);
}
