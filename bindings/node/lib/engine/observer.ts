// What the application is told of decisions and fetches, so that it can count them.
//
// 1. No event holds anything of a token: neither its text nor its subject, its `kid` or another claim.
// 2. Each value of `issuer` and `code` is one of few, so that each may be a label. An issuer is named by its configured
//    identifier, never by what a token says.
// 3. What the application's function does wrong is told once, and changes no decision.

import type { Verdict } from '../native/addon';
import { isError } from '../js/realm';
import { isThenable } from '../js/thenable';

/** A request was decided about. */
export interface DecisionEvent {
  readonly type: 'decision';
  /** `accepted`, or the code of the failure, such as `token_expired`. */
  readonly code: string;
  /** The identifier of the configured issuer by whose keys and rules the token was judged; `other` for an issuer that a function
   * has named, and `unknown` where there was no token of a trusted issuer. */
  readonly issuer: string;
  /** Whether the token was found in a cache. */
  readonly cached: boolean;
  /** How long the decision took, with what it waited for. */
  readonly seconds: number;
}

/** A fetch of an issuer's metadata and keys has ended. */
export interface FetchEvent {
  readonly type: 'fetch';
  /** Its configured identifier, its base URL until its metadata were found, or `other`. */
  readonly issuer: string;
  /** `loaded`, `not_modified`, or what went wrong, such as `server_unreachable`. */
  readonly code: string;
}

/** A call about a token has ended. */
export interface IntrospectionEvent {
  readonly type: 'introspection';
  readonly issuer: string;
  /** `introspected`, or what went wrong. */
  readonly code: string;
}

export type ObservedEvent = DecisionEvent | FetchEvent | IntrospectionEvent;

/** Is called with each event, at once: it must be quick. */
export type Observe = (event: ObservedEvent) => void;

/** By what a token was judged. */
export type Judged = NonNullable<Verdict['judged']>;

/** The functions whose failure was told. */
const failed = new WeakSet<Observe>();

export class Observer {
  readonly #observe: Observe;
  /** What its issuers are called, where a function has named them. */
  readonly #name: string | undefined;

  constructor(observe: Observe, issuers: 'configured' | 'named-by-function' = 'configured') {
    this.#observe = observe;
    this.#name = issuers === 'configured' ? undefined : 'other';
  }

  /** Tells of what has ended at an issuer. */
  ended(type: 'fetch' | 'introspection', issuer: string, code: string): void {
    this.tell({ type, issuer: this.#name ?? issuer, code });
  }

  /** The same with the name of the issuer that may be told. */
  named({ issuer, isCached }: Judged): Judged {
    return { issuer: issuer && (this.#name ?? issuer), isCached };
  }

  tell(event: ObservedEvent): void {
    try {
      const returned: unknown = this.#observe(Object.freeze(event));
      if (isThenable(returned)) returned.then(undefined, (error: unknown) => this.#warn(error));
    } catch (error) {
      this.#warn(error);
    }
  }

  #warn(error: unknown): void {
    if (failed.has(this.#observe)) return;
    failed.add(this.#observe);
    const text = isError(error) ? error.stack : String(error);
    process.emitWarning(`'observe' failed, which changes no decision, and is told once: ${text}`, {
      code: 'BEARWARD_OBSERVE_FAILED',
    });
  }
}
