// What every `auth()` of equal settings shares: the engine with its keys and its caches, the issuers, and the
// requirements that were registered.
//
// An application may call `auth()` at each request. An engine made for each call would fetch keys for one request, and
// keep its memory until it is collected.

import type { Discovery, Found } from '../engine/discovery';
import { Documents } from '../engine/documents';
import { Observer } from '../engine/observer';
import { RecentlyUsed } from '../engine/recently-used';
import { type Decision, Driver, type DriverOptions } from '../engine/driver';
import type { ResolvedOptions } from '../options/options';
import type { NamedIssuer, NativeEngine, ResourceDocument } from '../native/addon';
import type { Settings } from '../generated/settings';
import { optionsThat } from '../option-table';
import { nameOf } from '../options/snapshot';
import { parsePart } from '../token/payload';
import { ByResolver } from './by-resolver';
import { documentLimits, settingsOf } from './engine-settings';
import type { Proxies } from '../request/url';
import { type Discovered, discoveryFailure, Issuers, KnownIssuers, issuerSettings, withoutIssuer } from './issuers';
import { type Health, healthOf, type Operated, type Status } from './health';
import { report, type Waited } from './readiness';
import { facts } from '../request/presented';
import { byIdentifier, merged, sum } from '../engine/status';
import type { Request } from '../request/request';
import type { SenderRules } from './sender-rules';
import { type Presented, type Senders, tokenIn } from './senders';
import type { CompiledValidators } from './compiled-validators';

/** A requirement that the engine knows. */
export interface Known {
  handle: number;
  needs: readonly string[];
}

/** What is asked about: what one request presents, and what its route requires. */
export interface Asked {
  req: Request;
  presented: Presented;
  required: { handle: number | undefined; needs: readonly string[] };
  senders: Senders;
  proxies: Proxies;
}

/** An engine of settings that come by once is not kept for ever. */
const MAX_ENGINES = 64;

/** An engine forgets no requirement, so one that was given as many takes no further `auth()`. */
const MAX_REQUIREMENTS = 1000;

const CACHE_PER_TENANT = { max_cached_tokens: 2000, max_cached_token_bytes: 8 * 1024 * 1024 };

const engines = new RecentlyUsed<{ engine: SharedEngine }>(MAX_ENGINES, ({ engine }) => engine.isInUse);

/** The engine for these options, which nothing may change any more. */
export function sharedEngine(
  options: ResolvedOptions,
  validators: CompiledValidators,
  senders: SenderRules,
): SharedEngine {
  const build = () => new SharedEngine(options, validators, senders);
  const name = nameFor(options, validators, senders);
  if (name === undefined) return build();
  const place = engines.use(name, () => ({ engine: build() }));
  if (place.engine.isFull) place.engine = build();
  return place.engine;
}

function nameFor(options: ResolvedOptions, validators: CompiledValidators, senders: SenderRules): string | undefined {
  // What is left out here is asked by each `auth()` itself and never by the engine. An option that is added is in.
  const { validators: _, requirement: __, authRequired: ___, getCertificate: ____, ...rest } = options;
  const objects = optionsThat((row) => row.holds === 'object') as Array<keyof typeof rest>;
  const data = Object.fromEntries(Object.entries(rest).filter(([name]) => !objects.includes(name as never)));
  const { strict, dangerous } = validators;
  const { settings, certificates } = senders;
  const { client_certificate } = settings.trusted_proxies?.headers ?? {};
  return nameOf(
    { data, strict, dangerous, certificates, client_certificate },
    // Revocations may be a list of objects. A store that is a list by itself is one.
    [...objects.filter((name) => name !== 'revocation').map((name) => rest[name]), ...[rest.revocation].flat()],
  );
}

export class SharedEngine implements Operated {
  readonly #options: ResolvedOptions;
  readonly #settings: Settings;
  readonly #senders: SenderRules;
  readonly #issuers: Issuers;
  readonly #driver: Driver;
  readonly resourceMetadata: ResourceDocument | undefined;
  /** The challenges of a request that presents nothing. */
  readonly bare: readonly string[];
  /** Where any issuer is accepted, or none, and whose keys count must be discovered first. */
  readonly #lateIssuer: Discovery | undefined;
  #late: Driver | undefined;
  /** The issuers that are being found in the background. */
  readonly #beingFound = new Set<Discovered>();
  /** By its JSON, so that one that is made anew at each request is registered once; in the order of the handles. */
  readonly #requirements = new Map<string, Known>();
  readonly #byResolver: ByResolver | undefined;

  constructor(options: ResolvedOptions, validators: CompiledValidators, senders: SenderRules) {
    this.#options = options;
    this.#senders = senders;
    this.#issuers = new Issuers(options);
    this.#settings = settingsOf(options, validators, senders);
    this.#issuers.check(this.#settings);
    const { configured, discovered } = this.#issuers;
    const { allow_any_issuer, allow_tokens_without_issuer } = this.#settings.dangerous ?? {};
    if ((allow_any_issuer || allow_tokens_without_issuer) && configured.length === 0) {
      this.#lateIssuer = discovered[0]?.discovery;
    }
    const resolver = (issuer: string) =>
      this.#issuers.resolve(issuer, (url, answer) => this.#driver.keepInHand(url, answer));
    const resolves =
      this.#lateIssuer !== undefined || discovered.length > 0 || typeof options.mcd?.issuers === 'function';
    this.#driver = this.#build(
      this.#lateIssuer !== undefined
        ? { dangerous: withoutIssuer(this.#settings) }
        : { issuers: [...(this.#settings.issuers ?? []), ...configured] },
      { resolver: resolves ? resolver : undefined, places: this.#issuers.places },
    );
    this.resourceMetadata = this.#driver.engine.resourceMetadata ?? undefined;
    if (typeof options.mcd?.issuers === 'function') {
      const documents = new Documents(documentLimits(options));
      const known = new KnownIssuers(options.cache?.discovery?.maxEntries ?? 100, documents);
      const limits = { ...this.#settings.limits, ...CACHE_PER_TENANT };
      const build = (issuer: NamedIssuer) => this.#buildFor(issuer, { limits }, documents);
      this.#byResolver = new ByResolver(options.mcd.issuers, this.#issuers, known, build);
    }
    this.bare = bareChallenges(this.#driver.engine);
  }

  /** Whether a request waits for it, or something is being fetched. */
  get isInUse(): boolean {
    const { discovered } = this.#issuers;
    return this.#drivers().some((driver) => driver.isInUse) || discovered.some(({ discovery }) => discovery.isInUse);
  }

  get isFull(): boolean {
    return this.#requirements.size >= MAX_REQUIREMENTS;
  }

  /** What went wrong last with metadata or keys. */
  get trouble(): Error | undefined {
    const troubles = [
      ...this.#drivers().map((driver) => driver.lastTrouble),
      ...this.#issuers.discovered.map(({ discovery }) => discovery.trouble),
    ];
    return troubles.findLast((trouble) => trouble !== undefined);
  }

  /** Waits for the keys of every issuer that is known, all at a time. Rejects with `NotReadyError`. */
  async ready(): Promise<void> {
    const configured = this.#issuers.configured.map(({ issuer }) => issuer);
    const known = (this.#options.presetFacts?.issuers ?? configured).map((issuer) => this.#keysOf(issuer));
    const discovered = (await this.#issuers.find()).map(({ name, settings, found, error }) => {
      if (settings === undefined || found === undefined) return { issuer: name, error };
      return this.#keysOf(name, { settings, found });
    });
    report(await Promise.all([...known, ...discovered]));
  }

  async #keysOf(issuer: string, discovered?: { settings: NamedIssuer; found: Found }): Promise<Waited> {
    let driver = this.#driver;
    if (discovered !== undefined && this.#lateIssuer !== undefined) {
      this.#late ??= this.#buildLate(discovered.settings, discovered.found);
      driver = this.#late;
    } else if (discovered !== undefined && (await driver.ready(issuer)) !== undefined) {
      // The engine does not know it yet, or has no keys of it.
      if (discovered.settings.metadata_url !== undefined)
        driver.keepInHand(discovered.found.metadataUrl, discovered.found.answer);
      driver.trust(discovered.settings);
    }
    return { issuer, error: await driver.ready(issuer) };
  }

  status(): Status {
    const { discovered, identifiers } = this.#issuers;
    for (const one of discovered) this.#trustAgain(one);
    const drivers = this.#drivers();
    const engines = drivers.map((driver) => driver.status(identifiers));
    const status = merged(engines);
    const known = new Set(status.issuers.map(({ identifier }) => identifier));
    const unknown = discovered
      .map(({ discovery }) => discovery.status)
      .filter(({ identifier }) => !known.has(identifier));
    const { replays, revocations } = this.#senders.stores;
    return {
      ...status,
      issuers: [...status.issuers, ...unknown].sort(byIdentifier),
      resolvedIssuers: this.#byResolver?.occupancy ?? status.resolvedIssuers,
      waitingRequests: drivers.map(({ waitingRequests }) => waitingRequests).reduce(sum),
      sharedStores: [replays && 'replayStore', revocations && 'revocation'].filter((name) => name !== undefined),
    };
  }

  health(): Health {
    const configured = this.#options.presetFacts?.issuers.map((issuer) => [issuer]) ?? this.#issuers.spellings;
    const discovered = this.#issuers.discovered.map((one) => this.#isReady(one));
    return healthOf([...configured.map((issuer) => this.#isAnyReady(issuer)), ...discovered]);
  }

  /** Whether there are keys under one of the identifiers that an issuer may have in its tokens. */
  #isAnyReady(identifiers: readonly string[]): boolean {
    const ready = identifiers.filter((identifier) => this.#driver.hasKeys(identifier));
    for (const identifier of ready.length > 0 ? ready : identifiers) this.#driver.fetchBehind(identifier);
    return ready.length > 0;
  }

  /** Whether there are keys of an issuer that must be discovered. */
  #isReady(one: Discovered): boolean {
    const identifier = one.discovery.found?.identifier;
    const driver = this.#trustAgain(one);
    if (identifier === undefined || driver === undefined || !driver.hasKeys(identifier)) {
      void this.#findBehind(one);
      return false;
    }
    driver.fetchBehind(identifier);
    return true;
  }

  /** The engine that verifies the tokens of an issuer which was found. It trusts one only for a while after it was told. */
  #trustAgain({ discovery: { found }, rest, keys }: Discovered): Driver | undefined {
    if (this.#lateIssuer !== undefined) return this.#late;
    try {
      if (found !== undefined) this.#driver.trust(issuerSettings(found, rest, keys));
    } catch {
      // What its metadata make impossible, each request says. Its keys are missing.
    }
    return this.#driver;
  }

  /** Finds an issuer and its keys. Never rejects: what goes wrong is told where every fetch is. */
  async #findBehind(one: Discovered): Promise<void> {
    if (this.#beingFound.has(one)) return;
    this.#beingFound.add(one);
    try {
      const found = await one.discovery.find();
      await this.#keysOf(found.identifier, { settings: issuerSettings(found, one.rest, one.keys), found });
    } catch {
      // The next call asks again.
    } finally {
      this.#beingFound.delete(one);
    }
  }

  /** Checks a requirement, as JSON, once before the first request. Throws what is wrong with it. */
  register(json: string): Known {
    const known = this.#requirements.get(json);
    if (known !== undefined) return known;
    const handle = this.#driver.engine.register(json);
    this.#late?.engine.register(json);
    this.#byResolver?.register(json);
    const registered = { handle, needs: this.#driver.engine.needs(handle) };
    this.#requirements.set(json, registered);
    return registered;
  }

  ask(asked: Asked): Decision | Promise<Decision> {
    if (this.#byResolver !== undefined) return this.#askByResolver(this.#byResolver, asked);
    if (this.#lateIssuer !== undefined) return this.#askLate(asked);
    return this.#askWith(this.#driver, asked);
  }

  async #askByResolver(byResolver: ByResolver, asked: Asked): Promise<Decision> {
    const issuer = unverifiedIssuer(this.#unverifiedToken(asked.presented));
    // The engine says without an issuer what is wrong with such a credential.
    if (issuer === undefined) return this.#askWith(this.#driver, asked);
    const driver = await byResolver.driverFor(issuer, asked.req, asked.proxies);
    return driver instanceof Driver ? this.#askWith(driver, asked) : driver;
  }

  #askWith(driver: Driver, { req, presented, required, senders, proxies }: Asked): Decision | Promise<Decision> {
    const known = required.needs.length === 0 ? undefined : facts(req, required.needs, proxies);
    return typeof presented === 'string'
      ? driver.check(presented, required.handle, known)
      : senders.ask(req, presented, (request) => driver.checkParts(request, required.handle, known));
  }

  /** The token that will be decided about; the engine knows which one it takes. */
  #unverifiedToken(presented: Presented): string | undefined {
    if (typeof presented !== 'string') return this.#driver.engine.tokenOf(presented.parts) ?? undefined;
    return /^bearer /i.test(presented) ? tokenIn(presented) : undefined;
  }

  async #askLate(asked: Asked): Promise<Decision> {
    const { discovered } = this.#issuers;
    const [one] = discovered;
    if (this.#late === undefined && one !== undefined) {
      // Without a token there is nothing to discover an issuer for, and the engine says what is wrong.
      if (this.#unverifiedToken(asked.presented) === undefined) return this.#askWith(this.#driver, asked);
      let found: Found;
      try {
        found = await one.discovery.find();
      } catch (error) {
        return discoveryFailure(error);
      }
      this.#late ??= this.#buildLate(issuerSettings(found, one.rest, one.keys), found);
    }
    return this.#askWith(this.#late as Driver, asked);
  }

  #buildLate(issuer: NamedIssuer, found: Found): Driver {
    const driver = this.#buildFor(issuer);
    if (issuer.metadata_url !== undefined) driver.keepInHand(found.metadataUrl, found.answer);
    return driver;
  }

  /** A driver for one issuer that was found at run time. */
  #buildFor(issuer: NamedIssuer, part: Partial<Settings> = {}, documents?: Documents): Driver {
    const places = [this.#options.mcd && 'mcd.issuers'];
    const named = documents !== undefined;
    const driver = this.#build({ issuers: [issuer], ...part }, { documents, places }, named);
    for (const requirement of this.#requirements.keys()) driver.engine.register(requirement);
    return driver;
  }

  #build(
    part: Partial<Settings>,
    sources: Pick<DriverOptions, 'resolver' | 'documents' | 'places'>,
    isNamedByFunction = false,
  ): Driver {
    const { memories, stores } = this.#senders;
    const settings = { ...this.#settings, ...part };
    const { agent, keyRequestHeaders, observe } = this.#options;
    const observer = observe && new Observer(observe, isNamedByFunction ? 'named-by-function' : 'configured');
    const beside = {
      resolvesIssuers: sources.resolver !== undefined,
      asksRevocationStore: stores.revocations !== undefined,
    };
    return new Driver({ settings, beside, agent, keyRequestHeaders, memories, stores, observer, ...sources });
  }

  #drivers(): Driver[] {
    return [...(this.#byResolver?.drivers ?? []), this.#late ?? this.#driver];
  }
}

function unverifiedIssuer(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  try {
    const { iss } = parsePart(token, 1);
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}

/** What the core answers where nothing is presented. */
function bareChallenges(engine: NativeEngine): readonly string[] {
  const nothing = { method: 'GET', target: '/', headers: [], encrypted: false, trusted: false, admitted: false };
  const verdict = engine.checkParts(nothing, Date.now());
  return verdict.failure?.challenges ?? [];
}
