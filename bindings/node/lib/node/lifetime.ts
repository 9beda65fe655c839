// How long a connection lives that a token has opened: the check is made again when the token expires, at an interval, and
// when this process revokes something. The first refusal ends the connection, and so does a check that does not end.

import { OPTIONS } from '../option-table';
import { InvalidTokenError } from '../refusal/original/errors';
import { Refusal } from '../refusal/refusal';
import { RevocationList } from '../stores';
import { warnUnseen } from '../refusal/unseen';

/** What ends a connection. */
export type Close = (refusal: Refusal) => void;

export interface LifetimeOptions {
  /** Seconds between two checks of an open connection; each asks stores and the authorization server as a request would.
   * `false` looks only when the token expires and when a `RevocationList` of this process has a new entry. Default 60. */
  recheck?: number | false;
}

/** Timers of Node.js fire at once for more milliseconds than this. */
const MAX_DELAY = 2 ** 31 - 1;
const SECOND = 1000;
const DEFAULT_RECHECK = 60;

/** A check waits for stores, fetches, and functions of the application. In milliseconds, more than the first two
 * take unless their timeouts are set higher. */
const MOST_PATIENCE = 60_000;

/** The interval in milliseconds. Throws for another value. */
export function recheckInterval({ recheck = DEFAULT_RECHECK }: LifetimeOptions): number {
  if (recheck === false) return Number.POSITIVE_INFINITY;
  if (typeof recheck !== 'number' || !(recheck >= 1)) {
    throw new TypeError("'recheck' must be a number of seconds, at least 1, or false");
  }
  return recheck * SECOND;
}

/** Failures that say nothing of the token: the proof was good when the connection was opened, and grows old. */
const OF_AGE_ALONE = ['proof_too_old', 'proof_nonce_required'];

export class Lifetime {
  readonly #check: () => Promise<unknown>;
  readonly #expiresAt: number;
  readonly #tolerance: number;
  readonly #interval: number;
  readonly #close: Close;
  readonly #unwatch: Array<() => void>;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** `check` makes the check of the handshake again; `expiresAt` is in seconds since the epoch, `tolerance` in seconds. */
  constructor(
    check: () => Promise<unknown>,
    expiresAt: number | undefined,
    interval: number,
    lists: readonly RevocationList[],
    close: Close,
    tolerance: number = Number(OPTIONS.clockTolerance.default),
  ) {
    this.#check = check;
    this.#expiresAt = expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt * SECOND;
    this.#tolerance = tolerance * SECOND;
    this.#interval = interval;
    this.#close = close;
    this.#unwatch = lists.map((list) => RevocationList.watch(list, () => void this.#look()));
    this.#plan();
    // What was revoked between the handshake's check and now, no watcher was told of.
    if (lists.some(({ size }) => size > 0)) void this.#look();
  }

  /** For a connection that has ended by itself. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    for (const unwatch of this.#unwatch) unwatch();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    // Clocks may differ a little, so the check may find the token good for some seconds more.
    const untilExpiry = Math.max(this.#expiresAt - Date.now(), SECOND);
    const delay = Math.min(this.#interval, untilExpiry);
    if (delay === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => void this.#look(), Math.min(delay, MAX_DELAY)).unref();
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      deadline = setTimeout(() => reject(this.#tooLate()), this.#patience()).unref();
    });
    try {
      await Promise.race([this.#check(), late]);
    } catch (error) {
      const refusal = Refusal.of(error);
      if (!OF_AGE_ALONE.includes(refusal.code)) return this.#finish(refusal);
    } finally {
      clearTimeout(deadline);
    }
    this.#plan();
  }

  /** How long a check may take: one that hangs must not keep a connection whose token is good no more. */
  #patience(): number {
    const untilEnd = this.#expiresAt + this.#tolerance - Date.now();
    return Math.min(MOST_PATIENCE, Math.max(untilEnd, SECOND));
  }

  #tooLate(): Error {
    if (Date.now() < this.#expiresAt) return new Error('the check of an open connection did not end in time');
    return Object.assign(new InvalidTokenError('the access token expired'), { reason: 'token_expired' });
  }

  #finish(refusal: Refusal): void {
    if (this.#isOver) return;
    this.end();
    try {
      this.#close(refusal);
    } catch (error) {
      warnUnseen(error);
    }
  }
}
