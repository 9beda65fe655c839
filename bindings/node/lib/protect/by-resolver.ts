// Issuers that a function names at each request.

import { RecentlyUsed } from '../engine/recently-used';
import type { Driver } from '../engine/driver';
import type { Occupancy } from '../engine/status';
import { type Failure, failureOf } from '../native/addon';
import type { NamedIssuer } from '../native/addon';
import type { IssuerResolverFunction } from '../options/options';
import { InvalidRequestError } from '../refusal/original/errors';
import { type Proxies, requestURL } from '../request/url';
import type { Issuers, KnownIssuers } from './issuers';
import type { Request } from '../request/request';

/** Engines that are in use are kept beyond the configured number, up to twice as many, or up to this. */
const MOST_IN_USE = 100;

/** Several issuers, named by a function that is asked at each request, as it may answer by the request.
 *
 * Each configuration it names has its own engine: what one tenant trusts never applies to another, even where both name
 * the same issuer. */
export class ByResolver {
  readonly #name: IssuerResolverFunction;
  readonly #issuers: Issuers;
  readonly #build: (issuer: NamedIssuer) => Driver;
  readonly #known: KnownIssuers;
  /** By the issuer's settings, as JSON. */
  readonly #drivers: RecentlyUsed<Driver>;
  readonly #maxInUse: number;

  constructor(
    name: IssuerResolverFunction,
    issuers: Issuers,
    known: KnownIssuers,
    build: (issuer: NamedIssuer) => Driver,
  ) {
    this.#name = name;
    this.#issuers = issuers;
    this.#known = known;
    this.#build = build;
    this.#drivers = new RecentlyUsed(known.most, (driver) => driver.isInUse);
    this.#maxInUse = Math.max(2 * known.most, MOST_IN_USE);
  }

  /** How many issuers it has named. */
  get occupancy(): Occupancy {
    return { count: [...this.drivers].length, most: this.#maxInUse };
  }

  get drivers(): Iterable<Driver> {
    return this.#drivers.values();
  }

  /** What verifies the tokens of this issuer at this request, or why they are refused. */
  async driverFor(issuer: string, req: Request, proxies: Proxies): Promise<Driver | Failure> {
    const list = await this.#name({ url: requestURL(req, proxies), headers: req.headers });
    if (!Array.isArray(list)) throw new InvalidRequestError('Issuer resolver function must return an array');
    const resolution = await this.#issuers.resolveAmong(list, issuer, this.#known);
    if (resolution === undefined) return failureOf('issuer_unknown');
    if ('failure' in resolution) return resolution.failure;
    const settings = resolution.issuers[0] as NamedIssuer;
    const name = JSON.stringify(settings);
    if (!this.#drivers.hasRoomFor(name, this.#maxInUse)) return failureOf('too_many_waiting', 1);
    return this.#drivers.use(name, () => this.#build(settings));
  }

  /** Has every engine know a requirement under the same handle. */
  register(requirement: string): void {
    for (const driver of this.#drivers.values()) driver.engine.register(requirement);
  }
}
