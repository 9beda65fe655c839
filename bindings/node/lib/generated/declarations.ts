// The native addon as TypeScript sees it. This file is written from the Rust sources by `npm run build:types`.

/** The parts of an HTTP answer that are looked at. */
export interface Answer {
  /** The status code. */
  status: number;
  /** `Content-Type`. */
  contentType?: string | undefined;
  /** `ETag`. */
  etag?: string | undefined;
  /** `Cache-Control`. */
  cacheControl?: string | undefined;
  /** `Age`. */
  age?: string | undefined;
}

/** What JavaScript has as code, beside settings that are data. */
export interface Beside {
  /** Whether it is asked about issuers that are not configured. */
  resolvesIssuers?: boolean | undefined;
  /** Whether it asks a store of revocations about each token. */
  asksRevocationStore?: boolean | undefined;
  /** Whether each verdict says what its token was judged by. */
  isObserved?: boolean | undefined;
}

/** A claim for the store of used proofs. */
export interface ClaimWanted {
  /** What the proof is remembered by: 64 hexadecimal digits. */
  key: string;
  /** Its `iat`. */
  createdAt: number;
  /** When it need not be remembered any longer. */
  expiresAt: number;
}

/** What JavaScript is to ask, under a number to answer by. Dates are in milliseconds since the epoch. */
export interface Consult {
  /** The number. */
  id: number;
  /** The keys to look up in the store of revocations. */
  revocationKeys?: Array<string> | undefined;
  /** The proof to claim, once the token is known not to be revoked. */
  claim?: ClaimWanted | undefined;
}

/** What a search wants next, or has found. */
export interface DiscoveryStep {
  /** The absolute URL to fetch next. Redirects must not be followed. */
  url?: string | undefined;
  /** The value of `Accept`. */
  accept: string;
  /** Longest body to read, in bytes. */
  maxBytes: number;
  /** The identifier that was found, in the answer that was handed in last. Then there is no URL. */
  identifier?: string | undefined;
  /** Why the answer that was handed in last is of no use. */
  error?: string | undefined;
}

/** What stands in the store of revocations. */
export interface Entry {
  /** Tokens issued from then on are spared, in milliseconds since the epoch; none, where it is left out. */
  issuedBefore?: number | undefined;
}

/** A failure, as far as JavaScript may tell it. */
export interface FailureFacts {
  /** The stable code, such as `token_expired`. */
  code: string;
  /** The status of the answer. */
  status: number;
  /** The core's body: `{"error","error_description"}`. */
  body: string;
  /** `WWW-Authenticate`, one value for each accepted scheme. */
  challenges: Array<string>;
  /** `DPoP-Nonce`. */
  dpopNonce?: string | undefined;
  /** `Retry-After`, in seconds. */
  retryAfter?: number | undefined;
  /** The claim that is absent or malformed. */
  claim?: string | undefined;
  /** What is wrong with the route, for its operator's eyes. */
  misconfiguration?: string | undefined;
  /**
   * Why the issuer could not be asked about the token, for its operator's eyes; absent where no answer came, since
   * the fetch's own error says more.
   */
  notIntrospected?: string | undefined;
  /** The configured issuer or audience that the token almost names, for its operator's eyes. */
  nearMiss?: string | undefined;
}

/** A request for JavaScript to make, under a number to report it by: a `GET`, or a `POST` where there is a form. */
export interface Fetch {
  /** The number. */
  id: number;
  /** The number of what requests wait for: the same for each step of a fetch. */
  flight: number;
  /** Who is asked. */
  issuer: string;
  /** Whether it is asked about a token, and not for its metadata or keys. */
  aboutToken: boolean;
  /** The absolute URL. Redirects must not be followed. */
  url: string;
  /** The value of `Accept`. */
  accept: string;
  /** The value of `If-None-Match`. */
  ifNoneMatch?: string | undefined;
  /** The value of `Authorization`. A secret. */
  authorization?: string | undefined;
  /** The body, of type `application/x-www-form-urlencoded`. A secret. */
  form?: string | undefined;
  /** Whether it goes to the configured scheme, host and port: only then may the operator's own headers go along. */
  toConfiguredOrigin: boolean;
  /** Longest body to read, in bytes. */
  maxBytes: number;
}

/** How a flight goes on. */
export interface FetchStep {
  /** With another fetch. */
  next?: Fetch | undefined;
  /** Not at all: the stable name of how it ended. */
  code?: string | undefined;
  /** Not at all, for this reason; with `keys`, which is 0 then, the key set was loaded and no key can be used. */
  error?: string | undefined;
  /** Not at all: this many keys are there. */
  keys?: number | undefined;
  /** The keys of the set that are never used: place, `kid` and why. */
  skipped?: Array<string> | undefined;
}

/** How a decision about a token came about. */
export interface Judged {
  /** The identifier of the trusted issuer by whose keys and rules it was judged; absent without a trusted issuer. */
  issuer?: string | undefined;
  /** Whether the token was found in a cache. */
  isCached: boolean;
}

/** An issuer that is known by a base URL, or by the URL of its metadata. */
export declare class NativeDiscovery {
  /** Throws what the operator must mend. */
  constructor(base: string);
  /** Whether the URL is that of the metadata themselves. */
  get isDocument(): boolean;
  /** Where the metadata are looked for first. */
  get firstPlace(): string;
  /** Whether this may be the issuer's identifier. */
  mayBe(identifier: string): boolean;
  /** Begins to search, for the keys too or for the identifier alone. */
  begin(wantsKeys: boolean): DiscoveryStep;
  /** Takes the answer to the last request. */
  answered(status: number, body: Buffer): DiscoveryStep;
  /** No answer came to the last request. */
  failed(): DiscoveryStep;
}

/** What decides for one `auth()`. */
export declare class NativeEngine {
  /**
   * Builds the engine of the settings, which are JSON in the form of the core's `Settings`. Used proofs are remembered in `replays`, or in a store
   * of JavaScript's where that is left out; tokens on the list `revocations` are refused. Throws what the
   * operator must mend.
   */
  constructor(settings: string, beside?: Beside | undefined | null, replays?: NativeReplayMemory | undefined | null, revocations?: NativeRevocationList | undefined | null);
  /** Checks a requirement, which is JSON, and gives it a handle. Throws what is wrong with it. */
  register(requirement: string): number;
  /** The facts a requirement needs of each request: `path:<name>`, `header:<name>` or `host`. */
  needs(requirement: number): Array<string>;
  /**
   * The function that decides about a request whose one credential is in its one `Authorization` header:
   * `(authorization, date, requirement?, facts?)`. `date` is `Date.now()`. It is no method, since every request pays
   * for what a method checks of its receiver.
   */
  checker(): (authorization: string, date: number, requirement?: number, facts?: Array<string | undefined>, since?: number) => 0 | Verdict;
  /** The token that `check_parts` decides about, not verified; nothing where it would not look at any. */
  tokenOf(parts: RequestParts): string | null;
  /**
   * Decides about a request whose credential may be elsewhere, or that must show who sent it. An acceptance
   * says which token was verified. `since` is what the first verdict on it said, when it is asked about again.
   */
  checkParts(parts: RequestParts, date: number, requirement?: number | undefined | null, facts?: Array<string | undefined | null> | undefined | null, since?: number | undefined | null): Verdict;
  /** Whether what stands in the store of revocations refuses a request, so that its proof need not be claimed. */
  isRevoked(id: number, entries: Array<Entry>): boolean;
  /** Decides with what the stores said; what they did not say refuses the request. */
  conclude(id: number, entries: Array<Entry> | undefined | null, claimed: boolean | undefined | null, date: number, requirement?: number | undefined | null, facts?: Array<string | undefined | null> | undefined | null): Verdict;
  /**
   * Takes the resolver's word on an issuer: its settings as JSON, or nothing when it is not trusted.
   * Throws when they cannot work.
   */
  resolved(issuer: string, settings: string | undefined | null, date: number): void;
  /**
   * Whether the keys of an issuer are there: `ready`, `wait` with what to wait for or to fetch, or `unavailable`
   * for the moment.
   */
  readiness(issuer: string, date: number): Verdict;
  /** Takes the answer to a fetch. */
  fetchAnswered(id: number, answer: Answer, body: Buffer, date: number): FetchStep;
  /** A fetch brought no answer, or not in time. Gives the stable name of that. */
  fetchFailed(id: number, timedOut: boolean, date: number): string;
  /** Whether keys of an issuer are in hand that are not too old to serve. */
  hasKeys(issuer: string, date: number): boolean;
  /** What the engine holds at the moment, as JSON: also of these issuers, which a resolver has named. */
  status(resolved: Array<string>, date: number): string;
  /** What clients are told of the resource, where the settings describe one. */
  get resourceMetadata(): ResourceDocument | null;
  /** The longest time of one fetch, in milliseconds. */
  get fetchTimeout(): number;
  /** The most requests that may wait for one fetch. */
  get maxWaiting(): number;
}

/** The proofs that were used. */
export declare class NativeReplayMemory {
  /** A memory of so many proofs. */
  constructor(maxEntries: number);
}

/** The tokens that are refused although they have not expired. */
export declare class NativeRevocationList {
  /** A list of so many revocations. */
  constructor(maxEntries: number);
  /** Refuses the tokens of a revocation, which is JSON, until then. Dates are in milliseconds since the epoch. */
  revoke(revocation: string, expiresAt: number, date: number): void;
  /** Takes a revocation back. */
  lift(revocation: string): void;
  /** The key under which a revocation, which is JSON, stands in a store that machines share. */
  static keyOf(revocation: string): string;
  /** Revocations held now. */
  get size(): number;
}

/** What follows from the values of a preset. */
export interface ProviderFacts {
  /** The identifiers of its issuers. */
  issuers: Array<string>;
  /** Whom tokens must be for, where they say it in `aud`. */
  audiences: Array<string>;
  /** The header that has its tokens, where that is not `Authorization`. */
  header?: string | undefined;
}

/** All that may matter of a request. */
export interface RequestParts {
  /** The method, in its own case. */
  method: string;
  /**
   * What the client asked for, before any router took its part away; a whole URL where the protocol names
   * the authority so.
   */
  target: string;
  /** Names and values by turns, as they came, each line by itself. */
  headers: Array<string>;
  /** Whether the connection is encrypted. */
  encrypted: boolean;
  /** Whether Express trusts the connection's peer. */
  trusted: boolean;
  /** The client certificate of the connection, in DER. */
  certificate?: Buffer | undefined;
  /** What follows the question mark. */
  query?: string | undefined;
  /** The token of a form body, written as a form again. */
  form?: string | undefined;
  /** This very request was let in before, and its proof was claimed for it then. */
  admitted: boolean;
}

/** The document, and where it is to be served. */
export interface ResourceDocument {
  /** The path, from the root of the host. */
  path: string;
  /** The path at the root of the host where the document is to be served as well. */
  rootPath?: string | undefined;
  /** The URL, as challenges name it. */
  url: string;
  /** The document, as JSON. */
  json: string;
}

/** Everything but a plain acceptance. */
export interface Verdict {
  /** Of readiness `ready`, `wait` or `unavailable`. */
  outcome: 'accepted' | 'failed' | 'wait' | 'resolve' | 'consult' | 'ready' | 'unavailable';
  /** Why it failed. */
  failure?: FailureFacts | undefined;
  /** The issuer to resolve. */
  issuer?: string | undefined;
  /** A fetch to run: behind the request when there is a decision, before asking again when there is none. */
  fetch?: Fetch | undefined;
  /** What a request without a decision waits for: a fetch of this number, its own or another's. */
  flight?: number | undefined;
  /** Since when a request without a decision waits, to be handed in when it is asked about again. */
  since?: number | undefined;
  /** The stores to ask. */
  consult?: Consult | undefined;
  /** `DPoP-Nonce`, where the request was let in and the client should use another one next time. */
  dpopNonce?: string | undefined;
  /** The token that was verified, wherever the request had it; there whenever the outcome is `accepted`. */
  token?: string | undefined;
  /** The claims set, as JSON, where it is not in the token: what the authorization server answered about it. */
  claims?: string | undefined;
  /** The JWT that the token stands for, where the authorization server answered with one. */
  jwt?: string | undefined;
  /**
   * The organization that the request may act for, where JavaScript cannot read it out of the claims; empty where
   * there is none.
   */
  organization?: string | undefined;
  /** What the token was judged by, where the decision is observed. */
  judged?: Judged | undefined;
}

/** The known name that is written almost like the given one. */
export declare function closestName(given: string, known: Array<string>): string | null;

/** Describes the resource of settings, which are JSON, without an engine. Throws what cannot be in the document. */
export declare function describeResource(settings: string): ResourceDocument;

/** The failure of this code. One that is temporary has the seconds after which trying again makes sense. */
export declare function failureOf(code: 'issuer_unknown' | 'key_unknown' | 'keys_unavailable' | 'too_many_waiting', retryAfter: number): FailureFacts;

/**
 * Whether the body, a JSON text, is about the operation that the headers name: names and values by turns. What cannot be
 * read is about nothing.
 */
export declare function isBodyOfMcpHeaders(headers: Array<string>, body: string): boolean;

/** What to say to the operator of a token with this `iss`, if one of these configured issuers is almost the same. */
export declare function nearMiss(iss: string, configured: Array<string>): string | null;

/** Reads a preset and its values, which are JSON. Throws what the operator must mend. */
export declare function providerFacts(provider: string): ProviderFacts;

/**
 * The preset that environment variables name, names and values by turns: JSON, or nothing where they name none. Throws
 * what the operator must mend.
 */
export declare function providerFromVariables(variables: Array<string>): string | null;

/** A text with each URL in it redacted so. */
export declare function redactedText(text: string): string;

/** A URL, or a text in the place of one, without userinfo, values of parameters and fragment. */
export declare function redactedUrl(text: string): string;
