// Metadata and key sets of the issuers that a function names at each request.
//
// There may be more issuers than engines are kept for. An engine that is built anew would fetch at once; here it gets
// what was fetched lately, so that each URL is asked at a bounded rate however often its issuer is named. What an engine
// fetches later is remembered, too: an engine that is built anew must not get a key that another one knows is withdrawn.

import { redactedUrl } from '../native/addon';
import { get, type GetAnswer, type GetRequest } from './http-get';

/** `age` in milliseconds; `entries` and `bytes` bound what is remembered. */
export interface DocumentLimits {
  age: number;
  entries: number;
  bytes: number;
}

interface Entry {
  flight: Promise<GetAnswer>;
  /** On the clock of `performance.now()`; infinite while the flight is under way. */
  until: number;
  bytes: number;
  /** The last fetch of a newer document, and until when it answers for the next. */
  renewal?: { flight: Promise<GetAnswer>; until: number };
}

/** For how long a failure, or a newer document, answers for the next fetch: long enough for many requests to share it;
 * shorter than the pause after which an engine tries again. */
const PAUSE = 500;

export class Documents {
  readonly #limits: DocumentLimits;
  /** In the order of their fetches. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limits: DocumentLimits) {
    this.#limits = limits;
  }

  /** Fetches, or gives what was fetched lately. Concurrent requests for a URL share one fetch. */
  get(request: GetRequest): Promise<GetAnswer> {
    const { url } = request;
    const known = this.#entries.get(url);
    if (known !== undefined && known.until > performance.now()) return known.flight;
    if (known !== undefined) this.#forget(url, known);
    // What would be forgotten to make room could be fetched again at once, without a bound.
    if (!this.#hasRoom())
      return Promise.reject(new Error(`${redactedUrl(url)}: too many issuers were fetched for lately`));
    const entry: Entry = { flight: get(request), until: Number.POSITIVE_INFINITY, bytes: 0 };
    this.#entries.set(url, entry);
    entry.flight.then(
      ({ status, body }) => this.#landed(entry, status === 200 ? this.#limits.age : PAUSE, body.length),
      () => this.#landed(entry, PAUSE, 0),
    );
    return entry.flight;
  }

  /** Fetches a newer document than the engine has that asks: at most once in half a second for each URL. */
  renew({ ifNoneMatch: _, ...request }: GetRequest): Promise<GetAnswer> {
    const { url } = request;
    const now = performance.now();
    const known = this.#entries.get(url);
    if (known?.renewal !== undefined && known.renewal.until > now) return known.renewal.flight;
    if (known === undefined || known.until <= now || known.until === Number.POSITIVE_INFINITY) return this.get(request);
    const renewal = { flight: get(request), until: Number.POSITIVE_INFINITY };
    known.renewal = renewal;
    const paused = () => {
      renewal.until = performance.now() + PAUSE;
    };
    renewal.flight.then(({ status, body }) => {
      paused();
      if (status !== 200 || this.#entries.get(url) !== known) return;
      known.flight = renewal.flight;
      this.#landed(known, this.#limits.age, body.length);
    }, paused);
    return renewal.flight;
  }

  #landed(entry: Entry, age: number, bytes: number): void {
    entry.until = performance.now() + age;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
  }

  #hasRoom(): boolean {
    const isFull = () => this.#entries.size >= this.#limits.entries || this.#bytes >= this.#limits.bytes;
    if (!isFull()) return true;
    const now = performance.now();
    for (const [url, entry] of this.#entries) if (entry.until <= now) this.#forget(url, entry);
    return !isFull();
  }

  #forget(url: string, entry: Entry): void {
    this.#entries.delete(url);
    this.#bytes -= entry.bytes;
  }
}
