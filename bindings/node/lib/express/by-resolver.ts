// Issuers that a function names at each request.

import type { Failure, IssuerSettings } from '../engine/addon';
import type { GetAnswer } from '../engine/http-get';
import { issuerUnknown, type Verifier } from '../engine/verifier';
import { InvalidRequestError } from './errors';
import { requestURL } from './host';
import { type Issuers, type KeepInHand, KnownIssuers } from './issuers';
import type { IssuerResolverFunction } from './options';
import type { Request } from './request';
import type { ResolvedOptions } from './resolve-options';

/** Several issuers, named by a function that is asked at each request, as it may answer by the request.
 *
 * Each configuration it names has an engine of its own: what one tenant trusts never counts for another, even
 * where both name the same issuer. */
export class ByResolver {
  readonly #name: IssuerResolverFunction;
  readonly #issuers: Issuers;
  readonly #build: (issuer: IssuerSettings) => Verifier;
  readonly #known: KnownIssuers;
  /** By the issuer's settings, as JSON; the last one used stands last. */
  readonly #verifiers = new Map<string, Verifier>();
  readonly #most: number;

  constructor(options: ResolvedOptions, issuers: Issuers, build: (issuer: IssuerSettings) => Verifier) {
    this.#name = options.mcd?.issuers as IssuerResolverFunction;
    this.#issuers = issuers;
    this.#build = build;
    this.#most = options.cache?.discovery?.maxEntries ?? 100;
    this.#known = new KnownIssuers(this.#most);
  }

  get verifiers(): Iterable<Verifier> {
    return this.#verifiers.values();
  }

  /** What verifies the tokens of this issuer at this request, or why they are refused. */
  async verifierFor(issuer: string, req: Request): Promise<Verifier | Failure> {
    const list = await this.#name({ url: requestURL(req), headers: req.headers });
    if (!Array.isArray(list)) throw new InvalidRequestError('Issuer resolver function must return an array');
    const inHand: Array<[string, GetAnswer]> = [];
    const keep: KeepInHand = (url, answer) => inHand.push([url, answer]);
    const resolution = await this.#issuers.resolveAmong(list, issuer, this.#known, keep);
    if (resolution === undefined) return issuerUnknown();
    if ('failure' in resolution) return resolution.failure;
    const settings = resolution.issuers[0] as IssuerSettings;
    const name = JSON.stringify(settings);
    const verifier = this.#verifiers.get(name) ?? this.#build(settings);
    for (const [url, answer] of inHand) verifier.keepInHand(url, answer);
    this.#verifiers.delete(name);
    this.#verifiers.set(name, verifier);
    if (this.#verifiers.size > this.#most) this.#verifiers.delete(this.#verifiers.keys().next().value as string);
    return verifier;
  }

  /** Has every engine know a requirement under the same handle. */
  register(requirement: string): void {
    for (const verifier of this.#verifiers.values()) verifier.engine.register(requirement);
  }
}
