// Decides about requests with the settings of one `protect()` or `auth()`: its validators, its senders, what it requires.
// Its engine it shares with every other one of equal settings.

import { type Judged, Observer } from '../engine/observer';
import { ACCEPTED, type Accepted, type Decision, isFailure } from '../engine/driver';
import { createEngine, type Failure, type ResourceDocument } from '../native/addon';
import type { OrganizationClaimObject } from '../generated/settings';
import type { AuthOptions, ResolvedOptions } from '../options/options';
import { organizationClaimSettings } from '../options/organization-claim';
import { present, resolveOptions } from '../options/resolve-options';
import { copyOf } from '../options/snapshot';
import { isError } from '../js/realm';
import { schemeOf } from '../refusal/challenges';
import { InternalError, thrown } from '../refusal/errors';
import { InvalidRequestError, UnauthorizedError } from '../refusal/original/errors';
import { coreAnswerOf } from '../refusal/core-answer';
import { type Circumstances, challengeWith, errorOf } from '../refusal/original/error-of-failure';
import type { Wording } from '../refusal/original/messages';
import { and, type Requirement } from '../requirement';
import { isThenable } from '../js/thenable';
import { refuseRequest } from '../uncalled';
import { AcceptedToken, type Origin, type Told } from './auth-result';
import { SCRATCH } from './engine-settings';
import type { Proxies } from '../request/url';
import { note, observed } from './decision-events';
import type { Health, Operated, Status } from './health';
import type { Reader, Request } from '../request/request';
import { type Presented, Senders, tokenIn } from './senders';
import { type SharedEngine, sharedEngine } from './shared-engine';
import { type CompiledValidators, compile } from './compiled-validators';
import { writeRequirement } from './written-requirement';

/** What a route requires, ready for the engine. */
export interface Registered {
  handle: number | undefined;
  needs: readonly string[];
}

/** The same, with the requirement that the route has beside that of all routes. */
export interface RequiredByRoute extends Registered {
  requirement: Requirement;
}

/** What a request is let in with. A refusal is never a value: it is thrown. */
export interface Passage {
  /** `undefined` only where a request without a token may pass. */
  auth: AcceptedToken | undefined;
  /** For the client's next proof: RFC 9449 §8.2 lets an answer to a good request bring it. */
  dpopNonce?: string | undefined;
  /** Whether a shared cache could give the answer to another client, since it does not see the token (RFC 9111 §3.5). */
  isHiddenFromCaches: boolean;
  /** By what the token was judged, where that is observed. */
  judged?: Judged | undefined;
}

const ANONYMOUS: Passage = { auth: undefined, isHiddenFromCaches: false };

export class Guard implements Origin, Operated {
  readonly #options: ResolvedOptions;
  readonly organizationClaim: OrganizationClaimObject;
  readonly audiences: readonly string[];
  readonly resourceIdentifier: string | undefined;
  readonly implies: Readonly<Record<string, readonly string[]>>;
  readonly #reader: Reader;
  readonly #proxies: Proxies;
  readonly #wording: Wording;
  readonly #validators: CompiledValidators;
  readonly #senders: Senders;
  readonly #engine: SharedEngine;
  readonly #observer: Observer | undefined;
  readonly #open: Registered;

  constructor(options: AuthOptions, reader: Reader) {
    const resolved = frozenInTime(resolveOptions(options));
    this.#options = resolved;
    this.#reader = reader;
    this.#proxies = { headers: resolved.proxyHeaders ?? {}, trusts: reader.trusts };
    this.organizationClaim = organizationClaimSettings(resolved.organizationClaim ?? 'organization_id');
    this.audiences = resolved.presetFacts?.audiences ?? [resolved.audience].flat();
    this.resourceIdentifier = resolved.resource?.identifier;
    this.implies = resolved.implies ?? {};
    this.#wording = wordingOf(resolved);
    const issuers = resolved.mcd === undefined ? 'one-issuer' : 'several-issuers';
    this.#validators = compile(resolved.validators, resolved.strict, issuers);
    this.#senders = new Senders(resolved);
    this.#observer = resolved.observe && new Observer(resolved.observe);
    this.#engine = sharedEngine(resolved, this.#validators, this.#senders.rules);
    this.#open =
      resolved.requirement === undefined ? { handle: undefined, needs: [] } : this.register(resolved.requirement);
  }

  get resourceMetadata(): ResourceDocument | undefined {
    return this.#engine.resourceMetadata;
  }

  ready(): Promise<void> {
    return this.#engine.ready();
  }

  status(): Status {
    return this.#engine.status();
  }

  health(): Health {
    return this.#engine.health();
  }

  /** Checks a requirement once, before the first request. Throws what is wrong with it. What was required `before` is
   * required still. */
  register(requirement: Requirement, before?: RequiredByRoute): RequiredByRoute {
    refuseRequest('require()', [requirement]);
    // A misspelt name is `undefined` in JavaScript: it must not be a route that requires nothing.
    if (requirement === undefined || requirement === null) throw new TypeError('require() needs a requirement');
    const ofRoute = before === undefined ? requirement : and(before.requirement, requirement);
    const whole = this.#options.requirement;
    // What is required of every route behind this guard is required here, too.
    const both = whole === undefined || whole === ofRoute ? ofRoute : and(whole, ofRoute);
    return { ...this.#engine.register(writeRequirement(both)), requirement: ofRoute };
  }

  /** Throws what is wrong with a requirement. */
  static checkRequirement(requirement: Requirement): void {
    createEngine(SCRATCH, { resolvesIssuers: true }).register(writeRequirement(requirement));
  }

  /** Decides about a request. Throws, or rejects with, the error for one that may not pass. Without a wait where keys and
   * stores need not be asked.
   *
   * `before` is what this request was let in with already: a requirement that named an organization may have chosen it
   * for this very token. */
  decide(req: Request, required: Registered = this.#open, before?: unknown): Passage | Promise<Passage> {
    if (this.#observer === undefined) return this.#decide(req, required, before);
    return observed(this.#observer, () => this.#decide(req, required, before));
  }

  #decide(req: Request, required: Registered, before: unknown): Passage | Promise<Passage> {
    try {
      const presented = this.#senders.presentedBy(req, this.#reader);
      const asked = { req, presented, required, senders: this.#senders, proxies: this.#proxies };
      const decision = this.#engine.ask(asked);
      if (decision === ACCEPTED && this.#validators.validate === undefined) {
        const token = verifiedToken(decision, presented);
        return { auth: this.#accepted(token, undefined, before), isHiddenFromCaches: false };
      }
      if (isThenable(decision) || this.#validators.validate !== undefined) {
        return this.#settled(decision, presented, req, required, before);
      }
      return this.#passage(decision, presented, req, required, before);
    } catch (error) {
      throw this.#wrapped(error, req);
    }
  }

  async #settled(
    pending: Decision | PromiseLike<Decision>,
    presented: Presented,
    req: Request,
    required: Registered,
    before: unknown,
  ): Promise<Passage> {
    try {
      const decision = await pending;
      const passage = this.#passage(decision, presented, req, required, before);
      if (passage.auth !== undefined)
        await this.#validate(passage.auth.token, decision as typeof ACCEPTED | Accepted, passage.dpopNonce);
      return passage;
    } catch (error) {
      throw this.#wrapped(error, req);
    }
  }

  async #validate(token: string, decision: typeof ACCEPTED | Accepted, dpopNonce: string | undefined): Promise<void> {
    if (this.#validators.validate === undefined) return;
    // Validators get their own object: a handler does not see their changes.
    const { payload, header } = new AcceptedToken(token, this, decision === ACCEPTED ? undefined : decision);
    try {
      await this.#validators.validate(payload, header);
    } catch (error) {
      if (decision !== ACCEPTED && decision.judged !== undefined) note(error, { judged: decision.judged });
      if (dpopNonce !== undefined && error instanceof UnauthorizedError) error.headers['DPoP-Nonce'] = dpopNonce;
      throw error;
    }
  }

  #passage(decision: Decision, presented: Presented, req: Request, required: Registered, before: unknown): Passage {
    if (isFailure(decision)) {
      // Without a token a request may pass only where nothing is required of one.
      const optional = !this.#options.authRequired && required.handle === undefined;
      if (decision.code === 'credential_missing' && optional) return ANONYMOUS;
      throw this.#errorOf(decision, req);
    }
    const told = decision === ACCEPTED ? undefined : decision;
    const token = verifiedToken(decision, presented);
    const isHiddenFromCaches = told !== undefined && !this.#senders.isInAuthorization(req, token);
    return {
      auth: this.#accepted(token, told, before),
      dpopNonce: told?.dpopNonce,
      isHiddenFromCaches,
      judged: told?.judged,
    };
  }

  #accepted(token: string, told: Told | undefined, before: unknown): AcceptedToken {
    const organization = told?.organization || AcceptedToken.organizationOf(before, token) || told?.organization;
    return new AcceptedToken(token, this, organization === undefined ? told : { ...told, organization });
  }

  #errorOf(failure: Failure, req: Request): Error {
    if (failure.code === 'credential_missing' && this.#reader.hasTokenOutsideForm(req)) {
      const error = new InvalidRequestError('the access token in the body must be sent as a form');
      error.reason = 'authorization_malformed';
      challengeWith(error, this.#circumstancesOf(req));
      if (this.#observer !== undefined) note(error, { code: error.reason });
      return error;
    }
    const cause = failure.cause ?? (failure.status === 503 ? this.#engine.trouble : undefined);
    const error = errorOf(failure, this.#circumstancesOf(req), cause);
    if (this.#observer !== undefined) note(error, failure);
    return error;
  }

  #circumstancesOf(req: Request): Circumstances {
    return {
      wording: this.#wording,
      isStrict: this.#validators.strict,
      certificates: this.#senders.rules.certificates,
      bare: this.#engine.bare,
      used: schemeOf(req.headers.authorization),
    };
  }

  /** What is not ours to answer for stays as it is; a panic or a mistake of ours becomes a 500. */
  #wrapped(error: unknown, req: Request): unknown {
    // One that the core's failure has become has its challenges.
    const isBare = error instanceof UnauthorizedError && coreAnswerOf(error) === undefined;
    if (isBare) challengeWith(error, this.#circumstancesOf(req));
    if (error instanceof UnauthorizedError || error instanceof InternalError) return error;
    const fromAddon = isError(error) && (error as { code?: unknown }).code === 'GenericFailure';
    return fromAddon ? new InternalError('Internal Server Error', { cause: error }) : thrown(error);
  }
}

/** What the application does to its objects later must not reach the engine, which others use as well. Its stores it may
 * change: they are asked what is in them at each request, also those that are object literals. */
function frozenInTime({ agent, replayStore, revocation, ...data }: ResolvedOptions): ResolvedOptions {
  const stores = Array.isArray(revocation) ? [...revocation] : revocation;
  return { ...copyOf(data), ...present({ agent, replayStore, revocation: stores }) } as ResolvedOptions;
}

function wordingOf({ mcd, issuerBaseURL, publicKey }: ResolvedOptions): Wording {
  if (mcd !== undefined) return 'several-issuers';
  return issuerBaseURL || publicKey ? 'discovered' : 'configured';
}

/** The token that was verified: the one the engine names, or the one in the text that alone was decided about. */
function verifiedToken(decision: typeof ACCEPTED | Accepted, presented: Presented): string {
  if (decision === ACCEPTED && typeof presented === 'string') return tokenIn(presented);
  if (decision !== ACCEPTED && typeof decision.token === 'string') return decision.token;
  throw new InternalError('it is not known which token was verified');
}
