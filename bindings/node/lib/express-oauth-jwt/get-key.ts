// Keys that a function of the application finds, such as `createRemoteJWKSet` of `jose`: it is asked at each
// request, so that a key it does not hand out any more verifies nothing, and the engine of each key remembers
// what that key has verified.

import { KeyObject } from 'node:crypto';
import { type Decision, isFailure, Driver } from '../engine/driver';
import { createEngine, type Failure, failureOf, type NativeCheck } from '../native/addon';
import { secret } from '../options/written-settings';
import type { IssuerSettings } from '../generated/settings';
import { isUint8Array } from '../js/realm';
import { parsePart } from '../token/payload';
import { decideWith } from './jwks-service';
import { engineSettings, type ResolvedOptions } from './options';

/** What `jose` calls a `JWSHeaderParameters`. */
export interface JWSHeader {
  alg?: string;
  kid?: string;
  [member: string]: unknown;
}

/** What `jose` calls a `FlattenedJWSInput`. */
export interface FlattenedJWS {
  protected: string;
  payload: string;
  signature: string;
}

/** A `KeyObject`, `CryptoKey`, JWK or secret, or a promise of one. */
export type GetKey = (protectedHeader: never, token: never) => unknown;

/** Why no key could be had; the application's function says it. */
export class KeyLookupError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, cause: unknown) {
    super('no key for the access token', { cause });
    this.failure = failure;
  }
}

const MOST_ENGINES = 16;
const CACHE_PER_ENGINE = { max_cached_tokens: 2000, max_cached_token_bytes: 8 * 1024 * 1024 };

export class KeyFunction {
  readonly #getKey: (header: JWSHeader, token: FlattenedJWS) => unknown;
  readonly #options: ResolvedOptions;
  /** Reads tokens, and trusts no issuer. */
  readonly #reader: NativeCheck;
  /** By key and algorithm; the last one used is at the end. */
  readonly #engines = new Map<string, Driver>();
  readonly #names = new WeakMap<object, string>();

  constructor(getKey: GetKey, options: ResolvedOptions) {
    this.#getKey = getKey as (header: JWSHeader, token: FlattenedJWS) => unknown;
    this.#options = options;
    const dangerous = { ...options.settings.dangerous, allow_any_issuer: false };
    const limits = { max_cached_tokens: 0 };
    this.#reader = createEngine({ ...options.settings, limits, dangerous }, { resolvesIssuers: true }).checker();
  }

  async decide(authorization: string, token: string, requirement: string | undefined): Promise<Decision> {
    const refusal = this.#read(authorization);
    if (refusal !== undefined) return refusal;
    const header = parsePart(token, 0) as JWSHeader;
    const alg = String(header.alg);
    const [protectedHeader = '', payload = '', signature = ''] = token.split('.');
    let found: unknown;
    try {
      found = await this.#getKey(header, { protected: protectedHeader, payload, signature });
    } catch (error) {
      return this.#tryAll(error, alg, authorization, requirement);
    }
    return this.#verify(found, alg, authorization, requirement);
  }

  /** Why there is no need to look for a key. */
  #read(authorization: string): Failure | undefined {
    const verdict = this.#reader(authorization, Date.now());
    if (verdict === 0) return undefined;
    const { issuer } = this.#options;
    if (verdict.outcome === 'resolve') {
      return issuer === undefined || verdict.issuer === issuer ? undefined : failureOf('issuer_unknown');
    }
    const anyIssuer = issuer === undefined && verdict.failure?.code.startsWith('issuer_');
    return anyIssuer ? undefined : verdict.failure;
  }

  /** `jose` cannot choose between keys that a token may be signed with, and hands them over one by one. */
  async #tryAll(
    error: unknown,
    alg: string,
    authorization: string,
    requirement: string | undefined,
  ): Promise<Decision> {
    const code = (error as { code?: unknown } | null)?.code;
    if (code === 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') {
      let last: Decision = failureOf('key_unknown');
      for await (const key of error as AsyncIterable<unknown>) {
        last = await this.#verify(key, alg, authorization, requirement);
        if (!isFailure(last) || last.code !== 'signature_invalid') return last;
      }
      return last;
    }
    const refused = code === 'ERR_JWKS_NO_MATCHING_KEY' || code === 'ERR_JOSE_NOT_SUPPORTED';
    throw new KeyLookupError(refused ? failureOf('key_unknown') : failureOf('keys_unavailable', 1), error);
  }

  #verify(
    key: unknown,
    alg: string,
    authorization: string,
    requirement: string | undefined,
  ): Decision | Promise<Decision> {
    const name = this.#nameOf(key);
    // A secret verifies HMAC alone, and a public key never does: the algorithm is the sender's to choose.
    const isSecret = name.startsWith('{"shared_secret"');
    if (isSecret !== alg.startsWith('HS')) return failureOf('key_unknown');
    const engine = this.#engineOf(name, alg);
    return engine === undefined ? failureOf('key_unknown') : decideWith(engine, authorization, requirement);
  }

  /** `undefined` where the key is of another family than the algorithm. */
  #engineOf(key: string, alg: string): Driver | undefined {
    const name = `${alg} ${key}`;
    const known = this.#engines.get(name) ?? this.#build(key, alg);
    if (known === undefined) return undefined;
    // The last one used is at the end; the first one is removed.
    this.#engines.delete(name);
    this.#engines.set(name, known);
    if (this.#engines.size > MOST_ENGINES) this.#engines.delete(this.#engines.keys().next().value as string);
    return known;
  }

  #build(key: string, alg: string): Driver | undefined {
    const settings = engineSettings(this.#options, JSON.parse(key), this.#algorithms(alg));
    try {
      return new Driver({ settings: { ...settings, limits: CACHE_PER_ENGINE } });
    } catch {
      return undefined;
    }
  }

  /** The key was found for a token of this algorithm, so it is used for no other. */
  #algorithms(alg: string): string[] | undefined {
    const { algorithms } = this.#options;
    return algorithms === undefined || algorithms.includes(alg) ? [alg] : algorithms;
  }

  /** The key as the engine's settings have it: the same key has the same name, whichever object it is in. */
  #nameOf(key: unknown): string {
    if (typeof key !== 'object' || key === null) throw new TypeError('getKey must find a key');
    let name = this.#names.get(key);
    if (name === undefined) {
      name = JSON.stringify(settingsOf(key));
      this.#names.set(key, name);
    }
    return name;
  }
}

function settingsOf(key: object): IssuerSettings {
  if (isUint8Array(key)) return { shared_secret: secret(key) };
  if ('kty' in key) return { static_keys: JSON.stringify(key) };
  const found = key instanceof KeyObject ? key : KeyObject.from(key as Parameters<typeof KeyObject.from>[0]);
  if (found.type === 'secret') return { shared_secret: secret(found.export()) };
  if (found.type === 'private') throw new TypeError('getKey must find a public key, not a private one');
  return { public_key_pem: found.export({ type: 'spki', format: 'pem' }).toString() };
}
