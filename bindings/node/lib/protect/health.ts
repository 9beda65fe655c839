// What an operator asks of a protection: what it holds, and whether it can serve. No answer holds anything of a token.

import type { EngineStatus, Occupancy } from '../engine/status';

/** What a protection holds at the moment. `JSON.stringify` takes it as it is. */
export interface Status extends EngineStatus {
  /** The requests that wait for keys, or for an answer about their token. */
  waitingRequests: Occupancy;
  /** The options that name a store which machines share. */
  sharedStores: string[];
}

/** Whether requests with tokens can be served. */
export interface Health {
  /** The keys of an issuer are in hand, or no issuer is configured, so that a function names them. */
  ready: boolean;
  /** How many configured issuers have keys in hand that are not too old to serve. */
  readyIssuers: number;
  /** The others. */
  missingIssuers: number;
}

/** What an operator may ask. */
export interface Operated {
  /** What is held at the moment: the keys of each issuer with their age and the last failure, caches and their bounds. It looks
   * at each remembered token, so it is for an operator's page, not for each request. It names issuers and keys, so protect
   * that page. */
  status(): Status;
  /** Whether requests with tokens can be served, for a readiness probe. It waits for nothing and never throws: what is missing
   * is fetched in the background. Keys in hand are good until they are too old to serve, also while their refresh fails. */
  health(): Health;
}

/** The same two functions, for a handle of another form. */
export function operatedBy(one: Operated): Operated {
  return { status: () => one.status(), health: () => one.health() };
}

export function healthOf(areReady: readonly boolean[]): Health {
  const readyIssuers = areReady.filter(Boolean).length;
  const missingIssuers = areReady.length - readyIssuers;
  return { ready: readyIssuers > 0 || missingIssuers === 0, readyIssuers, missingIssuers };
}
