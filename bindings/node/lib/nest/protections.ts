// The protection of each route: one for each requirement, all of which share their keys and caches.

import { checkNames } from '../misspelling';
import type { ResourceDocument } from '../native/addon';
import type { AuthOptions } from '../options/options';
import type { Health, Operated, Status } from '../protect/health';
import { type Protection, protect } from '../protect/protect';
import type { RequestAuth } from '../protect/auth-result';
import { speaksOfProxies } from '../options/trust-proxy';
import { type RevocationList, revocationLists } from '../stores';
import { type Class, type Handler, type Policy, policyOf } from './policy';

/** What is asked about a request; `undefined` for a public route. */
export type RouteProtection = Protection<RequestAuth | undefined> | undefined;

/** The options of `BearwardModule`: those of `protect()`, without the one that would open every route. */
export type BearwardOptions = Omit<AuthOptions, 'authRequired'>;

export class Protections implements Operated {
  /** Whether it matters who is at the other end of a connection. */
  readonly looksAtProxies: boolean;
  /** How many seconds clocks may differ. */
  readonly clockTolerance: number | undefined;
  /** The lists of this process that say which tokens are revoked. */
  readonly revocationLists: readonly RevocationList[];
  readonly #required: Protection;
  readonly #optional: Protection<RequestAuth | undefined>;
  readonly #ofClasses = new WeakMap<Class, RouteProtection>();
  readonly #ofRoutes = new WeakMap<Handler, WeakMap<Class, RouteProtection>>();

  /** Throws where an option cannot work. */
  constructor(options: BearwardOptions = {}) {
    checkNames('BearwardModule', { authRequired: (options as AuthOptions).authRequired }, [], {
      authRequired: '@OptionalAuth() on the routes that anonymous requests may call',
    });
    this.looksAtProxies = speaksOfProxies(options);
    this.clockTolerance = options.clockTolerance;
    this.revocationLists = revocationLists(options.revocation);
    this.#required = protect(options);
    this.#optional = protect({ ...options, authRequired: false });
  }

  /** Fetches the keys of every issuer that is configured. */
  ready(): Promise<void> {
    return this.#required.ready();
  }

  status(): Status {
    return this.#required.status();
  }

  health(): Health {
    return this.#required.health();
  }

  get resourceMetadata(): ResourceDocument | undefined {
    return this.#required.resourceMetadata;
  }

  /** The protection of a route. Throws where its decorators contradict each other. */
  ofRoute(type: Class, handler: Handler): RouteProtection {
    let known = this.#ofRoutes.get(handler);
    if (known === undefined) {
      known = new WeakMap();
      this.#ofRoutes.set(handler, known);
    }
    return remembered(known, type, () => this.#of(policyOf(type, handler)));
  }

  /** The protection of a handshake, which no method is called for. */
  ofClass(type: Class): RouteProtection {
    return remembered(this.#ofClasses, type, () => this.#of(policyOf(type)));
  }

  #of({ access, requirement }: Policy): RouteProtection {
    if (access === 'public') return undefined;
    if (access === 'optional') return this.#optional;
    return requirement === undefined ? this.#required : this.#required.require(requirement);
  }
}

function remembered(known: WeakMap<Class, RouteProtection>, type: Class, make: () => RouteProtection): RouteProtection {
  if (known.has(type)) return known.get(type);
  const made = make();
  known.set(type, made);
  return made;
}
