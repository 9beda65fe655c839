// Where the trusted issuers of one `auth()` come from: configured whole, discovered, or named by a resolver.

import { Discovery, DiscoveryError, type Found } from '../engine/discovery';
import type { Documents } from '../engine/documents';
import type { GetAnswer, GetRequest } from '../engine/http-get';
import { Observer } from '../engine/observer';
import { RecentlyUsed } from '../engine/recently-used';
import type { Resolution } from '../engine/driver';
import type { ResolvedOptions } from '../options/options';
import { createDiscovery, createEngine, type Failure, failureOf, type NamedIssuer, nearMiss } from '../native/addon';
import type { DangerousSettings, IssuerSettings, Settings } from '../generated/settings';
import { GROUPS } from '../option-table';
import { introspectionSettings } from '../options/introspection';
import { checkIssuerConfig, listOf, normalizeIssuer } from '../options/issuer-checks';
import { keySettings, type OfTokens, tokenSettings } from '../options/issuer-settings';
import type { AsymmetricIssuerConfig, IssuerConfig, SymmetricIssuerConfig } from '../options/options';
import { written } from '../options/written-settings';

/** Takes documents that were fetched before the engine asked for them. */
export type KeepInHand = (url: string, answer: GetAnswer) => void;

/** One issuer that must be discovered before its tokens can be verified. */
export interface Discovered {
  discovery: Discovery;
  rest: IssuerSettings;
  /** Its keys, where only its identifier must be found out. */
  keys: IssuerSettings | undefined;
  place: string | undefined;
}

const MAX_COMPARED = 100;

export class Issuers {
  /** Known from the start. */
  readonly configured: NamedIssuer[] = [];
  /** Where each of these is in the options. */
  readonly places: Array<string | undefined> = [];
  readonly discovered: Discovered[] = [];
  readonly #options: ResolvedOptions;
  readonly #documents: Documents | undefined;

  /** With `documents`, metadata are fetched through them. */
  constructor(options: ResolvedOptions, documents?: Documents) {
    this.#options = options;
    this.#documents = documents;
    const { mcd, provider } = options;
    // The core knows those of a provider.
    if (provider !== undefined) return;
    if (mcd === undefined) {
      this.#addTheOne(options);
    } else if (typeof mcd.issuers !== 'function') {
      const isList = Array.isArray(mcd.issuers);
      const placeOf = (index: number) => (isList ? `mcd.issuers[${index}]` : 'mcd.issuers');
      for (const [index, config] of listOf(mcd.issuers).entries()) this.#add(config, placeOf(index));
    }
  }

  /** The identifiers of those that were discovered. */
  get identifiers(): string[] {
    return this.discovered.flatMap(({ discovery }) => discovery.found?.identifier ?? []);
  }

  /** Each issuer that is known from the start, by all identifiers that its tokens may have. */
  get spellings(): string[][] {
    const groups = new Map<string, string[]>();
    for (const [index, { issuer }] of this.configured.entries()) {
      const key = this.places[index] ?? '';
      groups.set(key, [...(groups.get(key) ?? []), issuer]);
    }
    return [...groups.values()];
  }

  /** Finds each issuer that must be discovered; the reason where one cannot be. */
  find(): Promise<Array<{ name: string; settings?: NamedIssuer; found?: Found; error?: Error }>> {
    const finds = this.discovered.map(async ({ discovery, rest, keys }) => {
      try {
        const found = await discovery.find();
        return { name: found.identifier, settings: issuerSettings(found, rest, keys), found };
      } catch (error) {
        return { name: discovery.name, error: discovery.trouble ?? (error as Error) };
      }
    });
    return Promise.all(finds);
  }

  /** Checks what only the engine can check, before the first request. */
  check(settings: Settings): void {
    const limits = { ...settings.limits, max_cached_tokens: 0 };
    const dangerous = withoutIssuer(settings);
    for (const { discovery, rest, keys, place } of this.discovered) {
      const metadataUrl = discovery.firstPlace;
      // Its identifier is not known yet; none has a query, nor is the place of its metadata.
      const identifier = metadataUrl.replace(/\?.*|\/\.well-known\/.*/s, '');
      const issuer = { issuer: identifier, ...(keys ?? { metadata_url: metadataUrl }), ...rest };
      createEngine({ ...settings, issuers: [issuer], limits, dangerous }, {}, {}, [place]);
    }
  }

  /** Finds the issuer of a token among those that are to be discovered. */
  async resolve(issuer: string, keep?: KeepInHand): Promise<Resolution> {
    const one = this.discovered.find(({ discovery }) => discovery.mayBe(issuer));
    return one === undefined ? { failure: this.#unknown(issuer) } : this.#resolution(one, issuer, keep);
  }

  /** The settings under which a resolver's list trusts an issuer; `undefined` when it does not. */
  async resolveAmong(
    list: ReadonlyArray<string | IssuerConfig>,
    issuer: string,
    known: KnownIssuers,
  ): Promise<Resolution | undefined> {
    const normalized = normalizeTokenIssuer(issuer);
    if (normalized === undefined) return undefined;
    const config = list.find((one) => normalizeIssuer(typeof one === 'string' ? one : one.issuer) === normalized);
    if (config === undefined) return undefined;
    const build = () => new Issuers({ ...this.#options, mcd: { issuers: config as string } }, known.documents);
    const one = known.use(config, build);
    const ready = one.configured.find((configured) => configured.issuer === issuer);
    return ready === undefined ? one.resolve(issuer) : { issuers: [ready] };
  }

  async #resolution(one: Discovered, issuer: string, keep?: KeepInHand): Promise<Resolution> {
    const { discovery } = one;
    const isNew = discovery.found === undefined;
    let found: Found;
    try {
      found = await discovery.find();
    } catch (error) {
      return { failure: discoveryFailure(error) };
    }
    if (found.identifier !== issuer) return { failure: this.#unknown(issuer) };
    if (isNew && one.keys === undefined) keep?.(found.metadataUrl, found.answer);
    return { issuers: [issuerSettings(found, one.rest, one.keys)] };
  }

  /** The failure for an issuer that is not trusted. The token may be a made-up one, so only a few issuers are
   * compared with it. */
  #unknown(iss: string): Failure {
    const configured = [
      ...this.configured.map(({ issuer }) => issuer),
      ...this.discovered.map(({ discovery }) => discovery.found?.identifier ?? discovery.name),
    ];
    const near = configured.length > MAX_COMPARED ? undefined : nearMiss(iss, configured);
    return { ...failureOf('issuer_unknown'), ...(near !== undefined && { nearMiss: near }) };
  }

  #addTheOne(options: ResolvedOptions): void {
    const { issuerBaseURL, issuer, jwksUri, secret, publicKey, loadBalancer, tokenSigningAlg, introspection } = options;
    const known =
      loadBalancer === undefined
        ? keySettings({ jwksUri, secret, publicKey })
        : written(GROUPS.loadBalancer, loadBalancer);
    // One for all issuers is a setting of the whole.
    const rest = this.#rest(tokenSigningAlg, { ...options, organizationClaim: undefined });
    if (issuer === undefined) {
      this.#addDiscovered(issuerBaseURL as string, rest, known);
      return;
    }
    const keys = known ?? metadataOf(issuer, issuerBaseURL);
    const asked = introspection && { introspection: introspectionSettings(introspection) };
    this.#addConfigured({ issuer, ...keys, ...asked, ...rest });
  }

  /** One of several, which is at this place in the options. */
  #add(config: string | IssuerConfig, place: string): void {
    if (typeof config === 'string') {
      this.#addDiscovered(normalizeIssuer(config), this.#rest(), undefined, place);
      return;
    }
    checkIssuerConfig(config);
    const { alg, jwksUri, publicKey, secret } = config as AsymmetricIssuerConfig & Partial<SymmetricIssuerConfig>;
    const keys = keySettings({ jwksUri, secret, publicKey });
    const normalized = normalizeIssuer(config.issuer);
    const rest = this.#rest(alg, config);
    if (keys === undefined) {
      this.#addDiscovered(normalized, rest, keys, place);
      return;
    }
    // Its keys are known, so nothing tells which way of writing it stands in the tokens.
    for (const issuer of new Set([config.issuer, normalized, `${normalized}/`])) {
      this.#addConfigured({ issuer, ...keys, ...rest }, place);
    }
  }

  #addConfigured(issuer: NamedIssuer, place?: string): void {
    this.configured.push(issuer);
    this.places.push(place);
  }

  #addDiscovered(base: string, rest: IssuerSettings, keys: IssuerSettings | undefined, place?: string): void {
    const { agent, timeoutDuration: timeout, keyRequestHeaders, observe } = this.#options;
    const get = this.#documents && ((request: GetRequest) => (this.#documents as Documents).get(request));
    const wanted = keys === undefined ? 'keys' : 'identifier';
    // With `documents`, a function has named it.
    const observer = observe && new Observer(observe, this.#documents ? 'named-by-function' : 'configured');
    const discovery = new Discovery(base, wanted, { agent, timeout, keyRequestHeaders, place, get, observer });
    this.discovered.push({ discovery, rest, keys, place });
  }

  #rest(alg?: string, ofTokens: OfTokens = {}): IssuerSettings {
    return {
      ...tokenSettings(alg, ofTokens),
      ...(this.#options.dangerous?.plainHttp && { dangerous: { allow_plain_http: true } }),
    };
  }
}

/** Remembers what a resolver's configurations came down to, so that each is discovered once. */
export class KnownIssuers {
  readonly documents: Documents;
  readonly most: number;
  readonly #known: RecentlyUsed<Issuers>;

  constructor(most: number, documents: Documents) {
    this.most = most;
    this.documents = documents;
    this.#known = new RecentlyUsed(most, (issuers) => issuers.discovered.some(({ discovery }) => discovery.isInUse));
  }

  use(config: string | IssuerConfig, build: () => Issuers): Issuers {
    return this.#known.use(JSON.stringify(config), build);
  }
}

/** A token can have any value here; one that is not an issuer is not trusted. */
function normalizeTokenIssuer(issuer: string): string | undefined {
  try {
    return normalizeIssuer(issuer);
  } catch {
    return undefined;
  }
}

/** The failure for metadata that could not be had. */
export function discoveryFailure(error: unknown): Failure {
  if (!(error instanceof DiscoveryError)) throw error;
  return failureOf('keys_unavailable', error.retryAfter);
}

/** The settings of an issuer that was found. */
export function issuerSettings(found: Found, rest: IssuerSettings, keys: IssuerSettings | undefined): NamedIssuer {
  return { issuer: found.identifier, ...(keys ?? { metadata_url: found.metadataUrl }), ...rest };
}

/** Where the metadata of an issuer is that is known by its exact identifier. */
function metadataOf(issuer: string, issuerBaseURL: string | undefined): IssuerSettings {
  if (issuerBaseURL === undefined || issuerBaseURL === issuer) return {};
  const base = createDiscovery(issuerBaseURL);
  if (base.isDocument) return { metadata_url: issuerBaseURL };
  return base.mayBe(issuer) ? {} : { metadata_base_url: issuerBaseURL };
}

/** The relaxations of an engine that does not know its issuer yet. */
export function withoutIssuer({ dangerous }: Settings): DangerousSettings {
  return { ...dangerous, allow_any_issuer: false, allow_tokens_without_issuer: false };
}
