// State that outlives a request: proofs that were used, and tokens that are refused although they have not expired.

import { strict as assert } from 'node:assert';
import { checkNames } from './misspelling';
import { refuseSurplus } from './surplus';
import { configured, NativeRevocationList as Native } from './native/addon';

/** Remembers DPoP proofs, so that each passes once (RFC 9449 §11.1). */
export interface ReplayStore {
  /** Claims a proof. `true` for the first claim of a key until `expiresAt`, `false` for every other: one atomic
   * operation, never a look followed by a write. A store that rejects, throws or does not answer in time lets
   * nobody in: the request is answered 503. `createdAt` is the proof's `iat`, for a store that has lost entries
   * and must refuse the proofs they may have been of. */
  claim(key: string, expiresAt: Date, createdAt: Date): Promise<boolean> | boolean;
}

/** Which tokens are refused. Exactly one of `jti`, `sid`, `sub` and `clientId`. */
export interface Revocation {
  issuer: string;
  /** One token. */
  jti?: string;
  /** All tokens of a session. */
  sid?: string;
  /** All tokens of a subject. */
  sub?: string;
  /** All tokens issued to a client. */
  clientId?: string;
  /** Spares tokens issued from then on: "log out everywhere", after which one can sign in again. */
  issuedBefore?: Date;
}

/** The entry of a store under the key of a revocation. */
export interface RevocationEntry {
  issuedBefore?: Date | undefined;
}

/** Revocations that machines share. */
export interface RevocationStore {
  /** What stands under these keys, at most four, in any order. It is asked with every request. A store that
   * rejects, throws or does not answer in time lets nobody in: 503. */
  entries(keys: string[]): Promise<RevocationEntry[]> | RevocationEntry[];
}

const MOST_REVOCATIONS = 100_000;

/** The tokens this process refuses although they have not expired. No live revocation is ever dropped. */
export class RevocationList {
  readonly #native: Native;
  readonly #watchers = new Set<() => void>();
  #isTelling = false;

  constructor(options: { maxEntries?: number } = {}) {
    checkNames('RevocationList', options, ['maxEntries']);
    const { maxEntries = MOST_REVOCATIONS } = options;
    assert(
      Number.isInteger(maxEntries) && maxEntries > 0 && maxEntries < 2 ** 32,
      "'maxEntries' must be a positive whole number",
    );
    this.#native = new Native(maxEntries);
  }

  /** Refuses these tokens until `expiresAt`, by which the last of them has expired: rather too late than too
   * early. Throws when the list is full, and a `RangeError` when `expiresAt` is past; the tokens are not refused
   * then. */
  revoke(revocation: Revocation, expiresAt: Date): void;
  revoke(...given: [Revocation, Date]): void {
    refuseSurplus('revoke()', given, 2, 'revoke each by a call of its own');
    const [revocation, expiresAt] = given;
    if (expiresAt.getTime() <= Date.now()) {
      throw new RangeError('revocation: expiresAt is in the past, so nothing would be refused');
    }
    configured(() => this.#native.revoke(written(revocation), expiresAt.getTime(), Date.now()));
    this.#tell();
  }

  /** Once for all that one turn revokes. */
  #tell(): void {
    if (this.#isTelling || this.#watchers.size === 0) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      for (const watcher of [...this.#watchers]) watcher();
    });
  }

  /** Calls `watcher` soon after something was revoked, until the function that it returns is called. */
  static watch(list: RevocationList, watcher: () => void): () => void {
    list.#watchers.add(watcher);
    return () => list.#watchers.delete(watcher);
  }

  /** Takes a revocation back. */
  lift(revocation: Revocation): void {
    configured(() => this.#native.lift(written(revocation)));
  }

  /** How many revocations are held. */
  get size(): number {
    return this.#native.size;
  }

  static nativeOf(list: RevocationList): Native {
    return list.#native;
  }
}

/** The key under which a store that machines share has a revocation. */
export function revocationKey(revocation: Revocation): string {
  return configured(() => Native.keyOf(written(revocation)));
}

/** As the core reads it; what it does not know it refuses. */
function written({ issuer, clientId, issuedBefore, ...rest }: Revocation): string {
  if (issuedBefore !== undefined && Number.isNaN(issuedBefore.getTime())) {
    throw new TypeError('revocation: issuedBefore must be a date');
  }
  return JSON.stringify({
    iss: issuer,
    client_id: clientId,
    issued_before: issuedBefore && issuedBefore.getTime() / 1000,
    ...rest,
  });
}

/** Those of the option `revocation` that are lists of this process. */
export function revocationLists(revocation: unknown): RevocationList[] {
  const stores: unknown[] = [revocation].flat();
  return stores.filter((one): one is RevocationList => one instanceof RevocationList);
}
