// An issuer that is configured by a base URL: its exact identifier is whatever its metadata says, as long as
// that names the same place (OpenID Connect Discovery §4, RFC 8414 §3).
//
// A token's `iss` is then compared with that identifier, character by character.

import { channel } from 'node:diagnostics_channel';
import { metadataLocations, redactedUrl } from '../native/addon';
import type { IssuerRules, IssuerSettings, KeySettings } from '../native/settings';
import { type Agent, get, type GetAnswer, type GetRequest, type KeyRequestHeaders } from './http-get';

const MOST_BYTES = 512 * 1024;
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
  /** Fetches in place of Node's clients. */
  get?: ((request: GetRequest) => Promise<GetAnswer>) | undefined;
}

/** The metadata could not be had; trying again makes sense in `retryAfter` seconds. */
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

export class Discovery {
  readonly #base: URL;
  readonly #text: string;
  readonly #options: DiscoveryOptions;
  #found: Found | undefined;
  #flight: Promise<Found> | undefined;
  #failures = 0;
  #retryAt = 0;
  #trouble: Error | undefined;

  constructor(base: string, options: DiscoveryOptions) {
    this.#text = base;
    this.#base = new URL(base);
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

  /** The URLs the metadata may be at. */
  get locations(): string[] {
    const { origin, pathname } = this.#base;
    if (this.#isMetadataUrl) return [this.#base.href];
    return metadataLocations(`${origin}${pathname}`);
  }

  /** Whether a token of this issuer may be one of ours; only then is anything fetched. */
  mayBe(issuer: string): boolean {
    if (this.#found !== undefined) return issuer === this.#found.identifier;
    return this.#isMetadataUrl || sameIssuer(issuer, this.#text);
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

  /** The settings of the issuer that was found. */
  settings(found: Found, rest: IssuerRules, keys?: KeySettings): IssuerSettings {
    return { issuer: found.identifier, ...(keys ?? { metadata_url: found.metadataUrl }), ...rest };
  }

  get #isMetadataUrl(): boolean {
    return this.#base.pathname.includes('/.well-known/');
  }

  async #fly(): Promise<Found> {
    try {
      this.#found = await this.#fetch();
      this.#failures = 0;
      return this.#found;
    } catch (cause) {
      this.#trouble = cause as Error;
      this.#failures += 1;
      const whole = Math.min(LAST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.#failures - 1, 10));
      const pause = whole * (1 - Math.random() / 2);
      this.#retryAt = performance.now() + pause;
      if (fetches.hasSubscribers) {
        const [issuer, url] = [this.#text, this.locations[0] as string];
        fetches.publish({ issuer: redactedUrl(issuer), url: redactedUrl(url), error: cause });
      }
      throw new DiscoveryError('the metadata is not available', Math.ceil(pause / 1000), { cause });
    }
  }

  async #fetch(): Promise<Found> {
    const troubles: Error[] = [];
    for (const url of this.locations) {
      const { agent, timeout, keyRequestHeaders: headers, get: fetch = get } = this.#options;
      try {
        const answer = await fetch({
          url,
          accept: 'application/json',
          mostBytes: MOST_BYTES,
          agent,
          timeout,
          headers,
          awaited: true,
        });
        if (answer.status !== 200) throw new Error(`${redactedUrl(url)} answered ${answer.status}`);
        return { identifier: this.#identifier(url, answer.body), metadataUrl: url, answer };
      } catch (error) {
        troubles.push(error as Error);
      }
    }
    const [first] = troubles;
    if (troubles.length === 1) throw first;
    throw new Error(`no metadata: ${troubles.map((error) => error.message).join('; ')}`, { cause: first });
  }

  #identifier(url: string, body: Buffer): string {
    const issuer = (parsed(url, body) as { issuer?: unknown } | null)?.issuer;
    if (typeof issuer !== 'string' || issuer === '') throw new Error(`${redactedUrl(url)} names no issuer`);
    if (!this.#isMetadataUrl && !sameIssuer(issuer, this.#text)) {
      const [found, wanted] = [issuer, this.#text].map((one) => JSON.stringify(redactedUrl(one)));
      throw new Error(
        `${redactedUrl(url)} names the issuer ${found} instead of ${wanted}; configure exactly that, if it is the one you mean`,
      );
    }
    return issuer;
  }
}

/** The document, without a byte order mark. The parser's own error would quote what it has read. */
function parsed(url: string, body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8').replace(/^\uFEFF/, ''));
  } catch {
    throw new Error(`${redactedUrl(url)} did not answer with JSON`);
  }
}

/** Whether two identifiers name the same place: case of the host, default port and last slash do not count. */
export function sameIssuer(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [canonical(one), canonical(other)];
  return a !== undefined && a === b;
}

function canonical(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.search || url.hash || url.username || url.password) return undefined;
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}
