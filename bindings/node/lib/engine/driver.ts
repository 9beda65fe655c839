// Drives the native engine: asks, fetches what it wants fetched, and asks again.
//
// Where nothing must be fetched, the answer is there at once and nothing is awaited.

import { channel } from 'node:diagnostics_channel';
import {
  type Beside,
  configured,
  type Consult,
  createEngine,
  type Failure,
  failureOf,
  type Fetch,
  type FetchStep,
  type Memories,
  type NamedIssuer,
  type NativeCheck,
  type NativeEngine,
  redactedUrl,
  type RequestParts,
  trustIssuer,
  type Verdict,
} from '../native/addon';
import type { IssuerPlaces } from '../native/setting-paths';
import type { Settings } from '../generated/settings';
import { consult, type Stores } from './consult';
import type { Documents } from './documents';
import { type Agent, get, type GetAnswer, type GetRequest, isLate, type KeyRequestHeaders } from './http-get';
import type { Judged, Observer } from './observer';
import { type EngineStatus, engineStatus, type Occupancy } from './status';

/** The token in the one `Authorization` header that was asked about may pass. */
export const ACCEPTED = 0;

/** `ACCEPTED`, the same with something to tell, or why not. */
export type Decision = typeof ACCEPTED | Accepted | Failure;

/** A decision that says which token was verified: of a request that may have it in several places. */
export type Settled = Accepted | Failure;

export interface Accepted {
  /** The token that was verified: what is published of a request is this one, and no other. */
  token: string;
  /** For the client's next proof. */
  dpopNonce?: string | undefined;
  /** The claims set, as JSON, where it is not in the token. */
  claims?: string | undefined;
  /** The JWT that the token stands for. */
  jwt?: string | undefined;
  /** The organization that the request may act for, where the claims alone do not tell; empty where there is none. */
  organization?: string | undefined;
  /** By what the token was judged, where that is observed. */
  judged?: Judged | undefined;
}

/** What a resolver says of an issuer that is not configured: its settings, or that it is not trusted. */
export type Resolution = { issuers: NamedIssuer[] } | { failure: Failure };
export type Resolver = (issuer: string) => Resolution | Promise<Resolution>;

export interface DriverOptions {
  settings: Settings;
  beside?: Beside | undefined;
  /** Where the issuers are in the options, for errors. */
  places?: IssuerPlaces | undefined;
  agent?: Agent | undefined;
  resolver?: Resolver | undefined;
  memories?: Memories | undefined;
  stores?: Stores | undefined;
  /** The application's own headers of requests for metadata and keys. */
  keyRequestHeaders?: KeyRequestHeaders | undefined;
  /** Fetches in place of Node's clients, and remembers what it fetched. */
  documents?: Documents | undefined;
  /** Is told of each fetch that has ended. */
  observer?: Observer | undefined;
}

/** What is asked of the engine, to be asked again after a wait. */
interface Question<Plain> {
  ask(since: number): Plain | Verdict;
  requirement: number | undefined;
  facts: Array<string | undefined> | undefined;
}

/** The requests that wait for one flight. */
interface Crowd {
  size: number;
  ended: Promise<void>;
  settle: () => void;
}

/** So many crowds of the largest size may wait at a time: one before a slow issuer leaves places for others. */
const CROWDS = 4;

/** How often a request has its issuer resolved. */
const MOST_RESOLUTIONS = 2;

/** Each fetch of metadata and keys that ended is told here, for those who log. URLs are redacted. */
const fetches = channel('bearward:fetch');

export class Driver {
  readonly engine: NativeEngine;
  readonly #check: NativeCheck;
  readonly #settings: Settings;
  /** How long a fetch may take, in milliseconds. */
  readonly #timeout: number;
  readonly #agent: Agent | undefined;
  readonly #keyRequestHeaders: KeyRequestHeaders | undefined;
  readonly #resolver: Resolver | undefined;
  readonly #stores: Stores;
  readonly #documents: Documents | undefined;
  readonly #observer: Observer | undefined;
  /** The URLs whose documents this engine got from `documents`, so that it wants newer ones. */
  readonly #fetched = new Set<string>();
  /** The fetches under way, by flight. */
  readonly #underWay = new Set<number>();
  /** Those who wait, by flight. */
  readonly #crowds = new Map<number, Crowd>();
  #waiting = 0;
  /** The handles of requirements, by their JSON. */
  readonly #handles = new Map<string, number>();
  /** Documents that were fetched before the engine asked for them, each to be used once. */
  readonly #inHand = new Map<string, GetAnswer>();
  /** What went wrong last, by issuer. */
  readonly #troubles = new Map<string, Error>();

  constructor(options: DriverOptions) {
    this.#settings = options.settings;
    this.#agent = options.agent;
    this.#keyRequestHeaders = options.keyRequestHeaders;
    this.#resolver = options.resolver;
    this.#stores = options.stores ?? {};
    this.#documents = options.documents;
    this.#observer = options.observer;
    const beside = { ...options.beside, isObserved: options.observer !== undefined };
    this.engine = createEngine(options.settings, beside, options.memories, options.places);
    this.#timeout = this.engine.fetchTimeout;
    this.#check = this.engine.checker();
  }

  /** The handle of a requirement, which is JSON: it is registered once. Throws what is wrong with it. */
  handleOf(requirement: string): number {
    const handle = this.#handles.get(requirement) ?? configured(() => this.engine.register(requirement));
    this.#handles.set(requirement, handle);
    return handle;
  }

  /** Decides about a request with one `Authorization` header and no other credential. */
  check(
    authorization: string,
    requirement: number | undefined,
    facts: Array<string | undefined> | undefined,
  ): Decision | Promise<Decision> {
    const check = this.#check;
    const date = Date.now();
    const verdict =
      requirement === undefined ? check(authorization, date) : check(authorization, date, requirement, facts);
    if (verdict === ACCEPTED) return ACCEPTED;
    const ask = (since: number) => check(authorization, Date.now(), requirement, facts, since);
    return this.#proceed(verdict, { ask, requirement, facts });
  }

  /** Decides about a request whose credential may be elsewhere, or that must show who sent it. */
  checkParts(
    parts: RequestParts,
    requirement: number | undefined,
    facts: Array<string | undefined> | undefined,
  ): Settled | Promise<Settled> {
    const ask = (since?: number) => this.engine.checkParts(parts, Date.now(), requirement, facts, since);
    return this.#proceed<never>(ask(), { ask, requirement, facts });
  }

  /** Trusts an issuer that a resolver named. Throws when its settings cannot work. */
  trust(settings: NamedIssuer): void {
    trustIssuer(this.engine, settings);
  }

  /** Waits until the keys of an issuer are there. Resolves with the reason where they are not to be had; another
   * attempt is made once the pause after a failure is over. */
  async ready(issuer: string): Promise<Error | undefined> {
    while (true) {
      const verdict = this.engine.readiness(issuer, Date.now());
      const { outcome, fetch, flight } = verdict;
      if (outcome === 'ready') {
        this.#flyBehind(verdict);
        return undefined;
      }
      if (outcome !== 'wait') return this.#troubles.get(issuer) ?? new Error('the keys are not available');
      if (fetch) {
        await this.#fly(fetch, true);
        const trouble = this.#troubles.get(issuer);
        if (trouble !== undefined) return trouble;
      } else {
        const crowd = this.#join(flight as number);
        if (crowd === undefined) return new Error('too many requests wait for the keys');
        await crowd.ended;
        this.#waiting -= 1;
      }
    }
  }

  /** Whether the keys of an issuer are in hand and not too old to serve. */
  hasKeys(issuer: string): boolean {
    return this.engine.hasKeys(issuer, Date.now());
  }

  /** Fetches the keys of an issuer in the background, where they are missing or due. */
  fetchBehind(issuer: string): void {
    this.#flyBehind(this.engine.readiness(issuer, Date.now()));
  }

  /** What the engine holds at the moment, with the issuers of these identifiers that a resolver has named. */
  status(resolved: string[]): EngineStatus {
    return engineStatus(this.engine.status(resolved, Date.now()));
  }

  /** The requests that wait for a fetch. */
  get waitingRequests(): Occupancy {
    return { count: this.#waiting, most: CROWDS * this.engine.maxWaiting };
  }

  /** Spares the engine a fetch: the next one of this URL is answered with this. */
  keepInHand(url: string, answer: GetAnswer): void {
    this.#inHand.set(url, answer);
  }

  /** What went wrong with the last fetch for a failure's sake. */
  get lastTrouble(): Error | undefined {
    return [...this.#troubles.values()].at(-1);
  }

  /** Whether a request waits for it, or something is being fetched. */
  get isInUse(): boolean {
    return this.#underWay.size > 0 || this.#waiting > 0;
  }

  #proceed<Plain extends typeof ACCEPTED>(
    verdict: Verdict,
    question: Question<Plain>,
  ): Plain | Settled | Promise<Plain | Settled> {
    switch (verdict.outcome) {
      case 'accepted':
        this.#flyBehind(verdict);
        return this.#judged(accepted(verdict), verdict);
      case 'failed':
        this.#flyBehind(verdict);
        return this.#judged(this.#explained(verdict.failure as Failure), verdict);
      case 'consult':
        this.#flyBehind(verdict);
        return this.#consult(verdict.consult as Consult, question);
      default:
        return this.#settle(verdict, question);
    }
  }

  /** A decision with what its token was judged by, where that is observed. */
  #judged<Decided extends Settled>(decided: Decided, { judged }: Verdict): Decided {
    return judged && this.#observer ? { ...decided, judged: this.#observer.named(judged) } : decided;
  }

  /** A failure with its cause, where no fetch has told of it: the metadata came, and nothing in it can be asked at. */
  #explained(failure: Failure): Failure {
    const { notIntrospected } = failure;
    if (notIntrospected === undefined) return failure;
    const asked = this.#settings.issuers?.find((one) => 'introspection' in one);
    const issuer = asked?.issuer ?? '';
    const message = `${redactedUrl(issuer)}: ${notIntrospected}`;
    let error = this.#troubles.get(issuer);
    // Once until something is fetched again: each request meets it.
    if (error?.message !== message) {
      error = new Error(message);
      this.#report(issuer, issuer, error);
    }
    return { ...failure, cause: error };
  }

  #flyBehind({ fetch }: Verdict): void {
    if (fetch) void this.#fly(fetch, false);
  }

  async #consult<Plain extends typeof ACCEPTED>(wanted: Consult, question: Question<Plain>): Promise<Plain | Settled> {
    const { entries, claimed, trouble } = await consult(this.engine, wanted, this.#stores, this.#timeout);
    const { requirement, facts } = question;
    const answer = this.engine.conclude(wanted.id, entries, claimed, Date.now(), requirement, facts);
    const decision = await this.#proceed(answer, question);
    return trouble !== undefined && isFailure(decision) ? { ...decision, cause: trouble } : decision;
  }

  async #settle<Plain extends typeof ACCEPTED>(first: Verdict, question: Question<Plain>): Promise<Plain | Settled> {
    // Three metadata locations and the key set, each with its own timeout, and the same again once more.
    const patience = performance.now() + 8 * this.#timeout + 1000;
    const since = first.since as number;
    let resolutions = 0;
    let verdict = first;
    while (true) {
      if (verdict.outcome === 'resolve') {
        const issuer = verdict.issuer as string;
        if (this.#resolver === undefined) return failureOf('issuer_unknown');
        // Resolved twice, and lost to other issuers both times: more are in use than may be kept.
        if (resolutions === MOST_RESOLUTIONS) return failureOf('keys_unavailable', 1);
        resolutions += 1;
        const resolution = await this.#resolver(issuer);
        if ('failure' in resolution) return resolution.failure;
        for (const settings of resolution.issuers) this.trust(settings);
        // It would be asked for without end.
        if (!resolution.issuers.some((one) => one.issuer === issuer)) return failureOf('issuer_unknown');
      } else if (verdict.fetch) {
        await this.#fly(verdict.fetch, true);
      } else {
        if (performance.now() > patience) return failureOf('keys_unavailable', 1);
        const crowd = this.#join(verdict.flight as number);
        if (crowd === undefined) return failureOf('too_many_waiting', 1);
        await crowd.ended;
        this.#waiting -= 1;
      }
      const answer = question.ask(since);
      if (answer === ACCEPTED) return answer;
      if (answer.outcome !== 'wait' && answer.outcome !== 'resolve') return this.#proceed(answer, question);
      verdict = answer;
    }
  }

  /** Runs a flight to its end. Never rejects: what went wrong is the engine's to know. */
  async #fly(first: Fetch, awaited: boolean): Promise<void> {
    const { issuer, flight } = first;
    this.#underWay.add(flight);
    try {
      for (let fetch: Fetch | undefined = first; fetch !== undefined; ) {
        fetch = await this.#step(fetch, awaited);
      }
    } catch (error) {
      this.#report(issuer, first.url, error as Error);
    } finally {
      this.#underWay.delete(flight);
      this.#wake(flight);
    }
  }

  async #step(fetch: Fetch, awaited: boolean): Promise<Fetch | undefined> {
    const { id, url, issuer } = fetch;
    let answer: GetAnswer;
    try {
      answer = this.#takeFromHand(url) ?? (await this.#get(this.#request(fetch, awaited)));
    } catch (error) {
      this.#ended(fetch, this.engine.fetchFailed(id, isLate(error), Date.now()));
      this.#report(issuer, url, error as Error);
      return undefined;
    }
    const { body, ...head } = answer;
    const step = this.engine.fetchAnswered(id, head, body, Date.now());
    this.#ended(fetch, step.code);
    if (step.error !== undefined) {
      this.#report(issuer, url, new Error(`${redactedUrl(url)}: ${step.error}`), step);
    } else if (step.next === undefined) {
      this.#troubles.delete(issuer);
      if (fetches.hasSubscribers) {
        fetches.publish({ issuer, url: redactedUrl(url), keys: step.keys, skipped: step.skipped });
      }
    }
    return step.next;
  }

  #ended({ issuer, aboutToken }: Fetch, code: string | undefined | null): void {
    if (typeof code === 'string') this.#observer?.ended(aboutToken ? 'introspection' : 'fetch', issuer, code);
  }

  #get(request: GetRequest): Promise<GetAnswer> {
    const documents = this.#documents;
    if (documents === undefined) return get(request);
    if (this.#fetched.has(request.url)) return documents.renew(request);
    this.#fetched.add(request.url);
    return documents.get(request);
  }

  #request(fetch: Fetch, awaited: boolean) {
    const { id: _, flight: __, issuer: ___, aboutToken: ____, toConfiguredOrigin, ...request } = fetch;
    const headers = toConfiguredOrigin ? this.#keyRequestHeaders : undefined;
    return { ...request, headers, agent: this.#agent, timeout: this.#timeout, awaited };
  }

  #takeFromHand(url: string): GetAnswer | undefined {
    const answer = this.#inHand.get(url);
    this.#inHand.delete(url);
    return answer;
  }

  #report(issuer: string, url: string, error: Error, { keys, skipped }: FetchStep = {}): void {
    this.#troubles.delete(issuer);
    this.#troubles.set(issuer, error);
    if (!fetches.hasSubscribers) return;
    fetches.publish({ issuer, url: redactedUrl(url), error, ...(keys !== undefined && { keys, skipped }) });
  }

  /** A place among the requests that wait for a flight; `undefined` if no place is left. */
  #join(flight: number): Crowd | undefined {
    const most = this.engine.maxWaiting;
    const crowd = this.#crowds.get(flight) ?? newCrowd();
    if (crowd.size >= most || this.#waiting >= CROWDS * most) return undefined;
    if (crowd.size === 0) {
      this.#crowds.set(flight, crowd);
      // It does not run here, so it was lost: ask again soon.
      if (!this.#underWay.has(flight)) setTimeout(() => this.#wake(flight), 50);
    }
    crowd.size += 1;
    this.#waiting += 1;
    return crowd;
  }

  /** Wakes only the requests that wait for a flight. */
  #wake(flight: number): void {
    this.#crowds.get(flight)?.settle();
    this.#crowds.delete(flight);
  }
}

function newCrowd(): Crowd {
  let settle = () => {};
  const ended = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { size: 0, ended, settle };
}

function accepted({ token, dpopNonce, claims, jwt, organization }: Verdict): Accepted {
  if (token === undefined) throw new Error('the engine did not say which token it verified');
  return { token, dpopNonce, claims, jwt, organization };
}

export function isFailure(decision: Decision): decision is Failure {
  return decision !== ACCEPTED && 'code' in decision;
}
