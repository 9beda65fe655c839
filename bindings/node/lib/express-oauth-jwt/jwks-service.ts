// The key services of `express-oauth-jwt` 1.x.

import * as https from 'node:https';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { RecentlyUsed } from '../engine/recently-used';
import { type Decision, isFailure, Driver } from '../engine/driver';
import { failureOf, told } from '../native/addon';
import { nameOf } from '../options/snapshot';
import { engineSettings, type ResolvedOptions } from './options';

/** The keys, as they are kept in a cache. What `jose` 1 made, and plain JWK Sets, are taken as well. */
export class KeyStore {
  readonly keys: Array<Record<string, unknown>>;

  constructor(keys: Array<Record<string, unknown>>) {
    this.keys = keys;
  }

  toJWKS(): { keys: Array<Record<string, unknown>> } {
    return { keys: this.keys };
  }
}

export interface KeyStoreCache {
  getKeyStore(): Promise<unknown>;
  setKeyStore(keyStore: KeyStore): Promise<unknown>;
}

/** A cache that lasts as long as the process. */
export class InMemoryCache implements KeyStoreCache {
  keyStore: KeyStore | null = null;

  async getKeyStore(): Promise<KeyStore | null> {
    return this.keyStore;
  }

  async setKeyStore(keyStore: KeyStore): Promise<void> {
    this.keyStore = keyStore;
  }
}

/** `node:https`, or an object with a `get` like it. */
export interface JwksClient {
  get(uri: string, callback: (response: IncomingMessage) => void): ClientRequest;
}

/** Hands the key store to a callback; `secure` asks it in its own way. */
export type JwksService = (
  callback: (error: Error | null, keyStore?: KeyStore) => void,
  refreshKeyStore?: boolean,
) => Promise<void>;

/** What verifies the tokens of one `secure()`. */
export interface Decider {
  /** `requirement` is JSON. */
  decide(authorization: string, token: string, requirement: string | undefined): Decision | Promise<Decision>;
}

const deciders = new WeakMap<object, (options: ResolvedOptions) => Decider>();

/** What verifies tokens with the keys of a service; `undefined` for other functions. */
export function deciderOf(service: object, options: ResolvedOptions): Decider | undefined {
  return deciders.get(service)?.(options);
}

const MOST_BYTES = 512 * 1024;
const TIMEOUT = 5000;
const COOLDOWN = 30_000;
/** The pause after a fetch that failed, less up to half. It is short: requests are refused meanwhile. */
const RETRY_PAUSE = 2000;
const MAX_DRIVERS = 64;

/** By their settings: a service may be made at each request. */
const drivers = new RecentlyUsed<Driver>(MAX_DRIVERS, (driver) => driver.isInUse);

/** Decides with the keys of one engine. */
export function decideWith(
  driver: Driver,
  authorization: string,
  requirement: string | undefined,
): Decision | Promise<Decision> {
  const handle = requirement === undefined ? undefined : driver.handleOf(requirement);
  return driver.check(authorization, handle, undefined);
}

/** Keys at a URI, kept in memory: fetched at the first request, refreshed behind requests, and served on while
 * the authorization server is down. */
export function getSimpleJwksService(jwksUri: string): JwksService {
  const service = jwksService(new InMemoryCache(), jwksUri);
  deciders.set(service, (options) => {
    const settings = engineSettings(options, { jwks_uri: jwksUri });
    const build = () => new Driver({ settings });
    const name = nameOf(settings, []);
    const driver = name === undefined ? build() : drivers.use(name, build);
    return { decide: (authorization, _token, requirement) => decideWith(driver, authorization, requirement) };
  });
  return service;
}

/** Keys at a URI, kept in the application's own cache and fetched with its own client. */
export function jwksService(cache: KeyStoreCache, jwksUri: string, client: JwksClient | null = null): JwksService {
  const source = new CachedKeys(cache, jwksUri, client ?? (https as unknown as JwksClient));
  const service: JwksService = async (callback, refreshKeyStore = false) => {
    let keyStore: KeyStore;
    try {
      keyStore = refreshKeyStore ? await source.refresh() : await source.get();
    } catch (error) {
      callback(error as Error);
      return;
    }
    callback(null, keyStore);
  };
  deciders.set(service, (options) => new CachedKeysDecider(source, options));
  return service;
}

/** A service of the application's own, in the form of 1.x: `(callback, refreshKeyStore) => …`, which calls back with the
 * key store it keeps, or with a newer one where `refreshKeyStore` is `true`. It must be said, since a function of 2.x
 * that finds keys looks the same: `secure(keyService(myService), options)`. It is asked at each request, and for newer
 * keys at most once per cooldown. */
export function keyService(service: OwnService): JwksService {
  if (typeof service !== 'function') throw new TypeError("'keyService' expects a function (callback, refreshKeyStore)");
  const source = new ServiceKeys(service);
  const said: JwksService = async (callback, refreshKeyStore = false) => {
    await service((error, keyStore) => callback(error ?? null, keyStore), refreshKeyStore);
  };
  deciders.set(said, (options) => new CachedKeysDecider(source, options));
  return said;
}

/** What `secure` of 1.x takes. */
export type OwnService = (
  // biome-ignore lint/suspicious/noExplicitAny: the key store is that of `jose` 1, or one of the application's own
  callback: (error: Error | null | undefined, keyStore?: any) => void,
  refreshKeyStore: boolean,
) => unknown;

/** Keys that are fetched anew for a token whose key is unknown. The cooldown is here, and not the engine's: the application's
 * cache is asked at each request, each key store in it is another engine, and the cooldown must outlive them all. */
abstract class RefreshedKeys {
  #flight: Promise<KeyStore> | undefined;
  #nextRefresh = 0;
  #trouble: Error | undefined;

  /** The keys in hand. */
  abstract get(): Promise<KeyStore>;

  /** Newer ones. */
  protected abstract fetch(): Promise<KeyStore>;

  /** All who ask meanwhile share one fetch. */
  refresh(): Promise<KeyStore> {
    this.#flight ??= this.fetch().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  /** A fetch for a token whose key is unknown: at most one per cooldown. One that fails starts no cooldown, since it
   * brought nothing that could say which keys there are; while it is too early for the next, this rejects. */
  async refreshForUnknownKey(): Promise<KeyStore | undefined> {
    if (this.#flight !== undefined) return this.#flight;
    if (performance.now() < this.#nextRefresh) {
      if (this.#trouble !== undefined) throw this.#trouble;
      return undefined;
    }
    try {
      const keyStore = await this.refresh();
      this.#trouble = undefined;
      this.#nextRefresh = performance.now() + COOLDOWN;
      return keyStore;
    } catch (error) {
      this.#trouble = error as Error;
      this.#nextRefresh = performance.now() + RETRY_PAUSE * (1 - Math.random() / 2);
      throw error;
    }
  }
}

class ServiceKeys extends RefreshedKeys {
  readonly #service: OwnService;

  constructor(service: OwnService) {
    super();
    this.#service = service;
  }

  get(): Promise<KeyStore> {
    return this.#ask(false);
  }

  protected fetch(): Promise<KeyStore> {
    return this.#ask(true);
  }

  /** The first call of the callback is the answer; what the service returns says nothing, unless it rejects. */
  #ask(refreshKeyStore: boolean): Promise<KeyStore> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        clearTimeout(deadline);
        reject(error);
      };
      const deadline = setTimeout(
        () => fail(new Error(`the key service did not call back within ${TIMEOUT} ms`)),
        TIMEOUT,
      );
      const callback = (error: Error | null | undefined, keyStore?: unknown) => {
        try {
          if (error !== null && error !== undefined) throw error;
          resolve(keyStoreOf(keyStore));
          clearTimeout(deadline);
        } catch (error) {
          fail(error);
        }
      };
      try {
        Promise.resolve(this.#service(callback, refreshKeyStore)).catch(fail);
      } catch (error) {
        fail(error);
      }
    });
  }
}

class CachedKeys extends RefreshedKeys {
  readonly #cache: KeyStoreCache;
  readonly #uri: string;
  readonly #client: JwksClient;

  constructor(cache: KeyStoreCache, uri: string, client: JwksClient) {
    super();
    this.#cache = cache;
    this.#uri = uri;
    this.#client = client;
  }

  async get(): Promise<KeyStore> {
    const kept = await this.#cache.getKeyStore();
    return kept === null || kept === undefined ? this.refresh() : keyStoreOf(kept);
  }

  protected async fetch(): Promise<KeyStore> {
    const keyStore = keyStoreOf(await this.#get());
    await this.#cache.setKeyStore(keyStore);
    return keyStore;
  }

  #get(): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(told(error));
      let request: ClientRequest;
      try {
        request = this.#client.get(this.#uri, (response) => {
          const { statusCode = 0 } = response;
          if (statusCode !== 200) {
            response.resume();
            reject(new Error(`JWKS endpoint responded with ${statusCode} status code.`));
            return;
          }
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            chunks.push(Buffer.from(chunk));
            if (bytes > MOST_BYTES)
              request.destroy(new Error(`JWKS endpoint answered with more than ${MOST_BYTES} bytes`));
          });
          response.on('error', fail);
          response.once('aborted', () => reject(new Error('JWKS endpoint broke off its answer')));
          response.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
        });
      } catch (error) {
        fail(error);
        return;
      }
      request.on('error', fail);
      const deadline = setTimeout(() => {
        reject(new Error(`JWKS endpoint did not answer within ${TIMEOUT} ms`));
        request.destroy();
      }, TIMEOUT);
      request.once('close', () => clearTimeout(deadline));
      deadline.unref?.();
    });
  }
}

/** One engine for the key store in hand; another key store is another engine. */
class CachedKeysDecider implements Decider {
  readonly #source: RefreshedKeys;
  readonly #options: ResolvedOptions;
  #keys = '';
  #driver: Driver | undefined;

  constructor(source: RefreshedKeys, options: ResolvedOptions) {
    this.#source = source;
    this.#options = options;
  }

  async decide(authorization: string, _token: string, requirement: string | undefined): Promise<Decision> {
    let keyStore: KeyStore;
    try {
      keyStore = await this.#source.get();
    } catch {
      return failureOf('keys_unavailable', 1);
    }
    const decision = await this.#check(keyStore, authorization, requirement);
    if (decision !== undefined && (!isFailure(decision) || decision.code !== 'key_unknown')) return decision;
    try {
      const newer = await this.#source.refreshForUnknownKey();
      return (
        (newer === undefined ? decision : await this.#check(newer, authorization, requirement)) ??
        failureOf('keys_unavailable', 1)
      );
    } catch {
      return failureOf('keys_unavailable', 1);
    }
  }

  /** `undefined` where no key of the store can be used. */
  #check(
    keyStore: KeyStore,
    authorization: string,
    requirement: string | undefined,
  ): Decision | Promise<Decision> | undefined {
    const keys = JSON.stringify(keyStore.toJWKS());
    if (keys !== this.#keys) {
      this.#keys = keys;
      try {
        this.#driver = new Driver({ settings: engineSettings(this.#options, { static_keys: keys }) });
      } catch {
        this.#driver = undefined;
      }
    }
    return this.#driver && decideWith(this.#driver, authorization, requirement);
  }
}

function keyStoreOf(kept: unknown): KeyStore {
  if (kept instanceof KeyStore) return kept;
  const parsed: unknown = typeof kept === 'string' ? parse(kept) : kept;
  const store = parsed as { toJWKS?: () => unknown; keys?: unknown } | null;
  const set = (typeof store?.toJWKS === 'function' ? store.toJWKS() : store) as { keys?: unknown } | null;
  if (!Array.isArray(set?.keys)) throw new Error('the key store is no JWK Set');
  return new KeyStore(set.keys as Array<Record<string, unknown>>);
}

/** The parser's own error quotes what it has read. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the key store is not JSON');
  }
}
