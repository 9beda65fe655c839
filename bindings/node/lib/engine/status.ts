// What an engine holds at the moment, as the addon says it, in the names of this package.

/** How many there are of something that is bounded, and how many there may be. */
export interface Occupancy {
  count: number;
  most: number;
}

/** An issuer's keys at the moment. Times are in seconds. */
export interface IssuerStatus {
  /** Its identifier; its base URL until its metadata were found. */
  identifier: string;
  /** The keys in hand, fresh or not. */
  keys: Array<{ kid: string | null; algorithms: string[] }>;
  /** The keys of the set that are never used, by their place in `keys` of the set. */
  skippedKeys: Array<{ index: number; kid: string | null; why: string }>;
  /** How long ago the issuer confirmed the set last; `null` where no set was fetched. */
  keySetAgeSeconds: number | null;
  /** In how long the first request will ask for the set again; 0 where the next one does, and `null` where nothing is
   * fetched. */
  nextRefreshSeconds: number | null;
  isFetching: boolean;
  /** The last fetch that brought nothing, however long ago. */
  lastFailure: FailureStatus | null;
}

/** A fetch that brought nothing, or a question about a token. */
export interface FailureStatus {
  ageSeconds: number;
  /** The stable name of the failure, such as `server_unreachable`. */
  code: string;
  /** The same in words, with URLs without credentials and parameters. */
  why: string;
}

export interface EngineStatus {
  /** Sorted by identifier. */
  issuers: IssuerStatus[];
  /** The verified tokens that are remembered, expired ones that have not given way yet among them. */
  verifiedTokens: Occupancy;
  /** The used DPoP proofs that this process remembers; `null` where a store does. */
  usedProofs: Occupancy | null;
  /** The revocations in the `RevocationList`; `null` without one. */
  revocations: Occupancy | null;
  /** The issuers that were found at run time; `null` where every issuer is known. */
  resolvedIssuers: Occupancy | null;
  /** The calls about tokens, and the answers in hand; `null` where no issuer is asked. */
  introspection: IntrospectionStatus | null;
}

/** The issuer that is asked about tokens. */
export interface IntrospectionStatus {
  issuer: string;
  /** The tokens about which something is known. */
  answers: Occupancy;
  /** The calls under way. */
  calls: Occupancy;
  /** The last time that the issuer could not be asked, or gave no answer that can be used, however long ago. A client secret
   * that it refuses has the code `client_refused`. */
  lastFailure: FailureStatus | null;
}

/** Reads what the addon says. */
export function engineStatus(json: string): EngineStatus {
  return inCamelCase(JSON.parse(json)) as EngineStatus;
}

function inCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [camelCase(name), inCamelCase(member)]);
  return Object.fromEntries(members);
}

const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** One status of several engines: one for each issuer that a function has named. What they share is taken once. */
export function merged(engines: readonly EngineStatus[]): EngineStatus {
  const [first, ...others] = engines as [EngineStatus, ...EngineStatus[]];
  const { usedProofs, revocations, resolvedIssuers, introspection } = first;
  return {
    issuers: engines.flatMap(({ issuers }) => issuers).sort(byIdentifier),
    verifiedTokens: others.map(({ verifiedTokens }) => verifiedTokens).reduce(sum, first.verifiedTokens),
    usedProofs,
    revocations,
    resolvedIssuers,
    introspection,
  };
}

export function sum(one: Occupancy, other: Occupancy): Occupancy {
  return { count: one.count + other.count, most: one.most + other.most };
}

export function byIdentifier(one: IssuerStatus, other: IssuerStatus): number {
  if (one.identifier === other.identifier) return 0;
  return one.identifier < other.identifier ? -1 : 1;
}
