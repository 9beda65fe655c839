// One `auth()`: its engine, its issuers, its validators, and the decision about each request.

import type { ServerResponse } from 'node:http';
import { createEngine, type EngineSettings, type Failure, type IssuerSettings, type NativeEngine, type ResourceDocument } from '../engine/addon';
import { type Discovery, type Found } from '../engine/discovery';
import { Documents } from '../engine/documents';
import { type Accepted, ACCEPTED, type Decision, isFailure, Verifier, type VerifierOptions } from '../engine/verifier';
import { organizationAudiences, type Requirement } from '../requirement';
import { AcceptedToken, type Origin, type OrganizationReading, parsePart } from './auth-result';
import { ByResolver } from './by-resolver';
import { schemeOf } from './challenges';
import { documentLimits, SCRATCH, settingsOf } from './engine-settings';
import { InternalError, InvalidRequestError, thrown, UnauthorizedError } from './errors';
import { challengeWith, type Circumstances, errorOf, type Wording } from './failure';
import { listOf } from './issuer-options';
import { discoveryFailure, Issuers, KnownIssuers } from './issuers';
import type { AuthOptions, ProxyHeaderOptions } from './options';
import { callToPermit, callToRefuse, checkCall, permit, refuse, watched } from './outcome';
import { describe, type ResourceCircumstances } from './resource-metadata';
import { facts, hasTokenOutsideForm, type Next, publish, type Request, retract } from './request';
import { resolveOptions, type ResolvedOptions } from './resolve-options';
import { type Presented, Senders, tokenIn } from './senders';
import { compile, type CompiledValidators } from './validators';
import { writeRequirement } from './written-requirement';

/** What a route requires, ready for the engine. */
export interface Registered {
  handle: number | undefined;
  needs: readonly string[];
  reading: OrganizationReading;
}

const CACHE_PER_TENANT = { cachedTokens: 2000, cachedTokenBytes: 8 * 1024 * 1024 };

export class Guard implements Origin {
  readonly #options: ResolvedOptions;
  readonly #settings: EngineSettings;
  readonly #wording: Wording;
  readonly #validators: CompiledValidators;
  readonly #issuers: Issuers;
  readonly #senders: Senders;
  readonly resourceMetadata: ResourceDocument | undefined;
  readonly #verifier: Verifier;
  /** The challenges of a request that presents nothing. */
  readonly #bare: readonly string[];
  readonly #open: Registered;
  /** Where any issuer is accepted and whose keys count must be discovered first. */
  #lateIssuer: Discovery | undefined;
  #late: Verifier | undefined;
  /** By its JSON, so that one that is made anew at each request is registered once; in the order of the handles. */
  readonly #requirements = new Map<string, Registered>();
  readonly #byResolver: ByResolver | undefined;
  readonly #proxyHeaders: ProxyHeaderOptions;

  constructor(options: AuthOptions) {
    const resolved = resolveOptions(options);
    this.#options = resolved;
    this.#wording = wordingOf(resolved);
    this.#proxyHeaders = resolved.proxyHeaders ?? {};
    const issuers = resolved.mcd === undefined ? 'one-issuer' : 'several-issuers';
    this.#validators = compile(resolved.validators, resolved.strict, issuers);
    this.#issuers = new Issuers(resolved);
    this.#senders = new Senders(resolved);
    this.resourceMetadata = resolved.resource && describe(resolved.resource, circumstancesOf(resolved, this.#senders));
    const { url: resourceMetadata } = this.resourceMetadata ?? {};
    this.#settings = {
      ...settingsOf(resolved, this.#validators, this.#senders),
      ...(resourceMetadata !== undefined && { resourceMetadata }),
    };
    this.#issuers.check(this.#settings);
    const { configured, discovered } = this.#issuers;
    if (this.#settings.dangerous.anyIssuer && configured.length === 0) {
      this.#lateIssuer = discovered[0]?.discovery;
    }
    const resolver = (issuer: string) =>
      this.#issuers.resolve(issuer, (url, answer) => this.#verifier.keepInHand(url, answer));
    this.#verifier = this.#lateIssuer
      ? this.#build({ issuers: [], resolveIssuers: true, dangerous: { ...this.#settings.dangerous, anyIssuer: false } }, { resolver })
      : this.#build(
          { issuers: configured, resolveIssuers: discovered.length > 0 || typeof resolved.mcd?.issuers === 'function' },
          { resolver },
        );
    if (typeof resolved.mcd?.issuers === 'function') {
      const documents = new Documents(documentLimits(this.#settings));
      const known = new KnownIssuers(resolved.cache?.discovery?.maxEntries ?? 100, documents);
      const build = (issuer: IssuerSettings) => this.#buildFor(issuer, CACHE_PER_TENANT, documents);
      this.#byResolver = new ByResolver(resolved.mcd.issuers, this.#issuers, known, build, this.#proxyHeaders);
    }
    this.#open = this.register(resolved.requirement);
    this.#bare = bareChallenges(this.#verifier.engine);
  }

  get reading(): OrganizationReading {
    return this.#open.reading;
  }

  /** Checks a requirement once, before the first request. Throws what is wrong with it. */
  register(requirement: Requirement | undefined): Registered {
    const { organizationClaim: claim = 'organization_id', audience } = this.#options;
    const own = { claim, audiences: [audience].flat() };
    if (requirement === undefined) {
      return this.#open ?? { handle: undefined, needs: [], reading: { ...own, templates: [] } };
    }
    const whole = this.#options.requirement;
    // What is required of every route behind this middleware is required here, too.
    const both = whole === undefined || whole === requirement ? requirement : { and: [whole, requirement] };
    const json = writeRequirement(both);
    const known = this.#requirements.get(json);
    if (known !== undefined) return known;
    const handle = this.#verifier.engine.register(json);
    this.#late?.engine.register(json);
    this.#byResolver?.register(json);
    const needs = this.#verifier.engine.needs(handle);
    const registered = { handle, needs, reading: { ...own, templates: organizationAudiences(both) } };
    this.#requirements.set(json, registered);
    return registered;
  }

  /** Throws what is wrong with a requirement. */
  static checkRequirement(requirement: Requirement): void {
    createEngine(SCRATCH).register(writeRequirement(requirement));
  }

  /** Lets a request pass, with `req.auth`, or passes on why not. */
  authenticate(req: Request, res: ServerResponse, next: Next | undefined, required?: Registered): Promise<void> {
    checkCall(res, next);
    try {
      retract(req);
    } catch (error) {
      return refuse(res, next, error);
    }
    return this.handle(req, res, next, required);
  }

  /** The same for a request that has passed, and that must meet another requirement. */
  handle(req: Request, res: ServerResponse, next: Next | undefined, required: Registered = this.#open): Promise<void> {
    try {
      const presented = this.#senders.presentedBy(req);
      const decision = this.#ask(req, presented, required);
      if (decision !== ACCEPTED || this.#validators.validate !== undefined) {
        return watched(res, this.#finish(decision, presented, req, res, next, required));
      }
      publish(req, new AcceptedToken(verifiedToken(decision, presented), this, required.reading));
    } catch (error) {
      return refuse(res, next, this.#wrapped(error, req));
    }
    return permit(res, next);
  }

  async #finish(
    decision: Decision | Promise<Decision>,
    presented: Presented,
    req: Request,
    res: ServerResponse,
    next: Next | undefined,
    required: Registered,
  ): Promise<unknown> {
    let refusal: { error: unknown } | undefined;
    try {
      const settled = await decision;
      if (isFailure(settled)) {
        // Without a token a request may pass only where nothing is required of one.
        const optional = !this.#options.authRequired && required.handle === undefined;
        if (settled.code !== 'credential_missing' || !optional) refusal = { error: this.#errorOf(settled, req) };
      } else {
        // RFC 9449 §8.2: an answer to a good request may bring the next nonce, too.
        const introspected = settled === ACCEPTED ? undefined : settled;
        if (introspected?.dpopNonce !== undefined) res.setHeader('DPoP-Nonce', introspected.dpopNonce);
        const token = verifiedToken(settled, presented);
        if (this.#validators.validate !== undefined) {
          // Validators get an object of their own: what they change, no handler sees.
          const { payload, header } = new AcceptedToken(token, this, required.reading, introspected);
          await this.#validators.validate(payload, header);
        }
        publish(req, new AcceptedToken(token, this, required.reading, introspected));
      }
    } catch (error) {
      refusal = { error: this.#wrapped(error, req) };
    }
    return refusal === undefined ? callToPermit(next) : callToRefuse(res, next, refusal.error);
  }

  #ask(req: Request, presented: Presented, required: Registered): Decision | Promise<Decision> {
    if (this.#byResolver !== undefined) return this.#askByResolver(this.#byResolver, req, presented, required);
    if (this.#lateIssuer !== undefined) return this.#askLate(req, presented, required);
    return this.#askWith(this.#verifier, req, presented, required);
  }

  async #askByResolver(
    byResolver: ByResolver,
    req: Request,
    presented: Presented,
    required: Registered,
  ): Promise<Decision> {
    const issuer = unverifiedIssuer(this.#unverifiedToken(presented));
    // Whatever is wrong with such a credential, the engine says it without an issuer.
    if (issuer === undefined) return this.#askWith(this.#verifier, req, presented, required);
    const verifier = await byResolver.verifierFor(issuer, req);
    return verifier instanceof Verifier ? this.#askWith(verifier, req, presented, required) : verifier;
  }

  #askWith(
    verifier: Verifier,
    req: Request,
    presented: Presented,
    required: Registered,
  ): Decision | Promise<Decision> {
    const sent = required.needs.length === 0 ? undefined : facts(req, required.needs, this.#proxyHeaders);
    return typeof presented === 'string'
      ? verifier.check(presented, required.handle, sent)
      : this.#senders.ask(req, presented, (request) => verifier.checkSent(request, required.handle, sent));
  }

  /** The token that will be decided about; the engine knows which one it takes. */
  #unverifiedToken(presented: Presented): string | undefined {
    if (typeof presented !== 'string') return this.#verifier.engine.tokenOf(presented.sent) ?? undefined;
    return /^bearer /i.test(presented) ? tokenIn(presented) : undefined;
  }

  async #askLate(req: Request, presented: Presented, required: Registered): Promise<Decision> {
    const { discovered } = this.#issuers;
    const [one] = discovered;
    if (this.#late === undefined && one !== undefined) {
      // Without a token there is nothing to discover an issuer for, and the engine says what is wrong.
      if (this.#unverifiedToken(presented) === undefined) return this.#askWith(this.#verifier, req, presented, required);
      let found: Found;
      try {
        found = await one.discovery.find();
      } catch (error) {
        return discoveryFailure(error);
      }
      this.#late ??= this.#buildLate(one.discovery.settings(found, one.rest, one.keys), found);
    }
    return this.#askWith(this.#late as Verifier, req, presented, required);
  }

  #buildLate(issuer: IssuerSettings, found: Found): Verifier {
    const verifier = this.#buildFor(issuer);
    if ('metadataUrl' in issuer.keys) verifier.keepInHand(found.metadataUrl, found.answer);
    return verifier;
  }

  /** A verifier for one issuer that was found at run time. */
  #buildFor(
    issuer: IssuerSettings,
    part: Partial<EngineSettings> = {},
    documents?: Documents,
  ): Verifier {
    const verifier = this.#build({ issuers: [issuer], resolveIssuers: false, ...part }, { documents });
    for (const requirement of this.#requirements.keys()) verifier.engine.register(requirement);
    return verifier;
  }

  #build(part: Partial<EngineSettings>, sources: Pick<VerifierOptions, 'resolver' | 'documents'>): Verifier {
    const { memories, stores } = this.#senders;
    const settings = { ...this.#settings, ...part };
    return new Verifier({ settings, agent: this.#options.agent, memories, stores, ...sources });
  }

  #errorOf(failure: Failure, req: Request): Error {
    if (failure.code === 'credential_missing' && hasTokenOutsideForm(req)) {
      const error = new InvalidRequestError('the access token in the body must be sent as a form');
      error.reason = 'authorization_malformed';
      challengeWith(error, this.#circumstancesOf(req));
      return error;
    }
    const cause = failure.cause ?? (failure.status === 503 ? this.#trouble() : undefined);
    return errorOf(failure, this.#circumstancesOf(req), cause);
  }

  #circumstancesOf(req: Request): Circumstances {
    return { wording: this.#wording, certificates: this.#senders.certificates, bare: this.#bare, used: schemeOf(req) };
  }

  /** What is not ours to answer for stays as it is; a panic or a mistake of ours becomes a 500. */
  #wrapped(error: unknown, req: Request): unknown {
    if (error instanceof UnauthorizedError) challengeWith(error, this.#circumstancesOf(req));
    if (error instanceof UnauthorizedError || error instanceof InternalError) return error;
    const fromAddon = error instanceof Error && (error as { code?: unknown }).code === 'GenericFailure';
    return fromAddon ? new InternalError('Internal Server Error', { cause: error }) : thrown(error);
  }

  /** What went wrong last with metadata or keys. */
  #trouble(): Error | undefined {
    const verifiers = [...(this.#byResolver?.verifiers ?? []), this.#late ?? this.#verifier];
    const troubles = [
      ...verifiers.map((verifier) => verifier.lastTrouble),
      ...this.#issuers.discovered.map(({ discovery }) => discovery.trouble),
    ];
    return troubles.findLast((trouble) => trouble !== undefined);
  }
}

function wordingOf({ mcd, issuerBaseURL, publicKey }: ResolvedOptions): Wording {
  if (mcd !== undefined) return 'several-issuers';
  return issuerBaseURL || publicKey ? 'discovered' : 'configured';
}

/** What the metadata of the resource says by itself. */
function circumstancesOf(options: ResolvedOptions, senders: Senders): ResourceCircumstances {
  const { issuer, issuerBaseURL, mcd, dangerous } = options;
  const named = mcd === undefined ? (issuer ?? issuerBaseURL) : mcd.issuers;
  const listed = named === undefined || typeof named === 'function' ? [] : listOf(named);
  return {
    issuers: listed.map((one) => (typeof one === 'string' ? one : one.issuer)),
    sender: senders.settings,
    certificates: senders.certificates === 'expected',
    queryTokens: dangerous?.queryTokens ?? false,
  };
}

/** The token that was verified: the one the engine names, or the one in the text that alone was decided about. */
function verifiedToken(decision: typeof ACCEPTED | Accepted, presented: Presented): string {
  if (decision !== ACCEPTED) return decision.token;
  if (typeof presented !== 'string') throw new InternalError('it is not known which token was verified');
  return tokenIn(presented);
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
  const verdict = engine.checkSent(nothing, Date.now());
  return verdict.failure?.challenges ?? [];
}
