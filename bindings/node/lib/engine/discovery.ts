// An issuer that is configured by a base URL: its exact identifier comes from its metadata, as long as that names the
// same place. Where the metadata may be, in which order, and what of it is believed, the core says; here it is fetched.
//
// A token's `iss` is then compared with that identifier, character by character.

import { channel } from 'node:diagnostics_channel';
import { createDiscovery, type DiscoveryStep, type NativeDiscovery, redactedUrl } from '../native/addon';
import { type Agent, get, type GetAnswer, type GetRequest, isLate, type KeyRequestHeaders } from './http-get';
import type { Observer } from './observer';
import type { FailureStatus, IssuerStatus } from './status';

const FIRST_PAUSE = 1000;
/** Only requests ask, and each is refused meanwhile: so long after an outage, at most, they go on. */
const LAST_PAUSE = 2000;

/** Where the engine's own fetches are told, too. */
const fetches = channel('bearward:fetch');

export interface Found {
  identifier: string;
  metadataUrl: string;
  answer: GetAnswer;
}

export interface DiscoveryOptions {
  agent?: Agent | undefined;
  timeout: number;
  keyRequestHeaders?: KeyRequestHeaders | undefined;
  /** Where the base URL is in the options, for errors. */
  place?: string | undefined;
  /** Fetches in place of Node's clients. */
  get?: ((request: GetRequest) => Promise<GetAnswer>) | undefined;
  /** Is told of each failure. */
  observer?: Observer | undefined;
}

/** The errors of places that did not answer, with the core's names of that. */
const silences = new WeakMap<Error, string>();

/** The metadata could not be fetched; trying again makes sense in `retryAfter` seconds. */
export class DiscoveryError extends Error {
  constructor(
    message: string,
    readonly retryAfter: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'DiscoveryError';
  }
}

/** What the metadata must name beside the issuer: nothing, where its keys are known. */
export type Wanted = 'identifier' | 'keys';

export class Discovery {
  readonly #native: NativeDiscovery;
  readonly #text: string;
  readonly #wanted: Wanted;
  readonly #options: DiscoveryOptions;
  #found: Found | undefined;
  #flight: Promise<Found> | undefined;
  #failures = 0;
  #retryAt = 0;
  #trouble: Error | undefined;
  #failedAt = 0;

  /** Throws an `Error` for what is not the URL of an issuer. */
  constructor(base: string, wanted: Wanted, options: DiscoveryOptions) {
    this.#text = base;
    this.#native = createDiscovery(base, options.place);
    this.#wanted = wanted;
    this.#options = options;
  }

  /** What was found, if it was. */
  get found(): Found | undefined {
    return this.#found;
  }

  /** What it is called before its identifier is known. */
  get name(): string {
    return redactedUrl(this.#text);
  }

  /** Why it was not found the last time. */
  get trouble(): Error | undefined {
    return this.#found === undefined ? this.#trouble : undefined;
  }

  /** Whether it is being fetched, or must not be fetched again yet. */
  get isInUse(): boolean {
    return this.#flight !== undefined || this.#retryAt > performance.now();
  }

  /** What an operator is told until it is found. */
  get status(): IssuerStatus {
    const now = performance.now();
    const whole = (milliseconds: number) => Math.floor(Math.max(0, milliseconds) / 1000);
    return {
      identifier: this.name,
      keys: [],
      skippedKeys: [],
      keySetAgeSeconds: null,
      nextRefreshSeconds: whole(this.#retryAt - now),
      isFetching: this.#flight !== undefined,
      lastFailure: this.trouble ? failureStatus(this.trouble, whole(now - this.#failedAt)) : null,
    };
  }

  /** Where the metadata is looked for first. */
  get firstPlace(): string {
    return this.#native.firstPlace;
  }

  /** Whether a token of this issuer may be one of ours; only then is anything fetched. */
  mayBe(issuer: string): boolean {
    if (this.#found !== undefined) return issuer === this.#found.identifier;
    return this.#native.mayBe(issuer);
  }

  /** Finds the identifier; all who ask meanwhile share one flight. Rejects with `DiscoveryError`. */
  find(): Promise<Found> {
    if (this.#found !== undefined) return Promise.resolve(this.#found);
    const pause = this.#retryAt - performance.now();
    if (this.#flight === undefined && pause > 0) {
      const options = this.#trouble && { cause: this.#trouble };
      return Promise.reject(new DiscoveryError('the metadata is not available', Math.ceil(pause / 1000), options));
    }
    this.#flight ??= this.#fly().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #fly(): Promise<Found> {
    try {
      this.#found = await this.#fetch();
      this.#failures = 0;
      return this.#found;
    } catch (cause) {
      this.#trouble = cause as Error;
      this.#failedAt = performance.now();
      this.#failures += 1;
      const whole = Math.min(LAST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.#failures - 1, 10));
      const pause = whole * (1 - Math.random() / 2);
      this.#retryAt = performance.now() + pause;
      this.#options.observer?.ended('fetch', this.name, codeOf(cause as Error));
      if (fetches.hasSubscribers) {
        const [issuer, url] = [this.#text, this.firstPlace];
        fetches.publish({ issuer: redactedUrl(issuer), url: redactedUrl(url), error: cause });
      }
      throw new DiscoveryError('the metadata is not available', Math.ceil(pause / 1000), { cause });
    }
  }

  async #fetch(): Promise<Found> {
    const troubles: Error[] = [];
    let step = this.#native.begin(this.#wanted === 'keys');
    while (step.url !== undefined) {
      const { url } = step;
      let answer: GetAnswer | undefined;
      try {
        answer = await this.#get(step, url);
      } catch (error) {
        silences.set(error as Error, isLate(error) ? 'server_too_slow' : 'server_unreachable');
        troubles.push(error as Error);
      }
      step = answer === undefined ? this.#native.failed() : this.#native.answered(answer.status, answer.body);
      if (answer === undefined) continue;
      const { identifier, error } = step;
      if (identifier !== undefined) return { identifier, metadataUrl: url, answer };
      troubles.push(new Error(`${redactedUrl(url)}: ${error}`));
    }
    const [first] = troubles;
    if (troubles.length === 1) throw first;
    throw new Error(`no metadata: ${troubles.map((error) => error.message).join('; ')}`, { cause: first });
  }

  #get({ accept, maxBytes }: DiscoveryStep, url: string): Promise<GetAnswer> {
    const { agent, timeout, keyRequestHeaders: headers, get: fetch = get } = this.#options;
    return fetch({ url, accept, maxBytes, agent, timeout, headers, awaited: true });
  }
}

/** The name of a failure to find the metadata, by the place that was asked first where that did not answer. */
function codeOf(trouble: Error): string {
  return silences.get(trouble) ?? silences.get(trouble.cause as Error) ?? 'metadata_not_found';
}

function failureStatus(trouble: Error, ageSeconds: number): FailureStatus {
  return { ageSeconds, code: codeOf(trouble), why: trouble.message };
}
