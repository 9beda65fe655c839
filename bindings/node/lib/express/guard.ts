// One `auth()`: its validators, its senders, what it requires, and the decision about each request. Its engine it shares
// with every other `auth()` of equal settings.

import type { ServerResponse } from 'node:http';
import { type Accepted, ACCEPTED, type Decision, isFailure } from '../engine/verifier';
import type { ResolvedOptions } from '../options/options';
import { createEngine, type Failure, type ResourceDocument } from '../native/addon';
import type { OrganizationClaimSettings } from '../native/settings';
import type { AuthOptions } from '../options/options';
import { organizationClaimSettings } from '../options/organization-claim';
import { present, resolveOptions } from '../options/resolve-options';
import { copyOf } from '../options/snapshot';
import { AcceptedToken, type Origin, type Told } from '../protect/auth-result';
import { SCRATCH } from '../protect/engine-settings';
import { hasTokenOutsideForm, type Next, publish, type Request, retract } from '../protect/request';
import { type Presented, Senders, tokenIn } from '../protect/senders';
import { type SharedEngine, sharedEngine } from '../protect/shared-engine';
import { compile, type CompiledValidators } from '../protect/validators';
import { writeRequirement } from '../protect/written-requirement';
import { isError } from '../realm';
import { schemeOf } from '../refusal/challenges';
import { InternalError, InvalidRequestError, thrown, UnauthorizedError } from '../refusal/errors';
import { challengeWith, type Circumstances, errorOf, type Wording } from '../refusal/failure';
import type { Requirement } from '../requirement';
import { callToPermit, callToRefuse, checkCall, permit, refuse, watched } from './outcome';

/** What a route requires, ready for the engine. */
export interface Registered {
  handle: number | undefined;
  needs: readonly string[];
}

export class Guard implements Origin {
  readonly #options: ResolvedOptions;
  readonly organizationClaim: OrganizationClaimSettings;
  readonly audiences: readonly string[];
  readonly resourceIdentifier: string | undefined;
  readonly #wording: Wording;
  readonly #validators: CompiledValidators;
  readonly #senders: Senders;
  readonly #engine: SharedEngine;
  readonly #open: Registered;

  constructor(options: AuthOptions) {
    const resolved = frozenInTime(resolveOptions(options));
    this.#options = resolved;
    this.organizationClaim = organizationClaimSettings(resolved.organizationClaim ?? 'organization_id');
    this.audiences = resolved.presetFacts?.audiences ?? [resolved.audience].flat();
    this.resourceIdentifier = resolved.resource?.identifier;
    this.#wording = wordingOf(resolved);
    const issuers = resolved.mcd === undefined ? 'one-issuer' : 'several-issuers';
    this.#validators = compile(resolved.validators, resolved.strict, issuers);
    this.#senders = new Senders(resolved);
    this.#engine = sharedEngine(resolved, this.#validators, this.#senders);
    this.#open = this.register(resolved.requirement);
  }

  get resourceMetadata(): ResourceDocument | undefined {
    return this.#engine.resourceMetadata;
  }

  ready(): Promise<void> {
    return this.#engine.ready();
  }

  /** Checks a requirement once, before the first request. Throws what is wrong with it. */
  register(requirement: Requirement | undefined): Registered {
    if (requirement === undefined) return this.#open ?? { handle: undefined, needs: [] };
    const whole = this.#options.requirement;
    // What is required of every route behind this middleware is required here, too.
    const both = whole === undefined || whole === requirement ? requirement : { and: [whole, requirement] };
    const json = writeRequirement(both);
    return this.#engine.register(json);
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
      const decision = this.#engine.ask({ req, presented, required, senders: this.#senders });
      if (decision !== ACCEPTED || this.#validators.validate !== undefined) {
        return watched(res, this.#finish(decision, presented, req, res, next, required));
      }
      this.#publish(req, verifiedToken(decision, presented));
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
        const told = settled === ACCEPTED ? undefined : settled;
        if (told?.dpopNonce !== undefined) res.setHeader('DPoP-Nonce', told.dpopNonce);
        const token = verifiedToken(settled, presented);
        if (settled !== ACCEPTED && !this.#senders.isInAuthorization(req, token)) keepFromSharedCaches(res);
        if (this.#validators.validate !== undefined) {
          // Validators get an object of their own: what they change, no handler sees.
          const { payload, header } = new AcceptedToken(token, this, told);
          await this.#validators.validate(payload, header);
        }
        this.#publish(req, token, told);
      }
    } catch (error) {
      refusal = { error: this.#wrapped(error, req) };
    }
    return refusal === undefined ? callToPermit(next) : callToRefuse(res, next, refusal.error);
  }

  #publish(req: Request, token: string, told?: Told): void {
    // A requirement that named an organization may have chosen it for this very token before.
    const organization = told?.organization || AcceptedToken.organizationOf(req.auth, token) || told?.organization;
    publish(req, new AcceptedToken(token, this, organization === undefined ? told : { ...told, organization }));
  }

  #errorOf(failure: Failure, req: Request): Error {
    if (failure.code === 'credential_missing' && hasTokenOutsideForm(req)) {
      const error = new InvalidRequestError('the access token in the body must be sent as a form');
      error.reason = 'authorization_malformed';
      challengeWith(error, this.#circumstancesOf(req));
      return error;
    }
    const cause = failure.cause ?? (failure.status === 503 ? this.#engine.trouble : undefined);
    return errorOf(failure, this.#circumstancesOf(req), cause);
  }

  #circumstancesOf(req: Request): Circumstances {
    return {
      wording: this.#wording,
      certificates: this.#senders.certificates,
      bare: this.#engine.bare,
      used: schemeOf(req.headers.authorization),
    };
  }

  /** What is not ours to answer for stays as it is; a panic or a mistake of ours becomes a 500. */
  #wrapped(error: unknown, req: Request): unknown {
    if (error instanceof UnauthorizedError) challengeWith(error, this.#circumstancesOf(req));
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

/** RFC 6750 §2.3, for each place of a token that caches do not know of. What was said of caches before, or what the
 * handler says of them, is its own to say. */
function keepFromSharedCaches(res: ServerResponse): void {
  if (res?.getHeader?.('Cache-Control') === undefined) res?.setHeader?.('Cache-Control', 'private');
}

function wordingOf({ mcd, issuerBaseURL, publicKey }: ResolvedOptions): Wording {
  if (mcd !== undefined) return 'several-issuers';
  return issuerBaseURL || publicKey ? 'discovered' : 'configured';
}

/** The token that was verified: the one the engine names, or the one in the text that alone was decided about. */
function verifiedToken(decision: typeof ACCEPTED | Accepted, presented: Presented): string {
  if (decision !== ACCEPTED) return decision.token;
  if (typeof presented !== 'string') throw new InternalError('it is not known which token was verified');
  return tokenIn(presented);
}
