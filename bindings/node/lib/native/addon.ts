// The native addon, and what it looks like from here.

import { errorFrom } from '../realm';
import { loadAddon } from './load-addon';
import type { EngineSettings, ResourceSettings } from './settings';

/** One class over the Rust core. Settings and requirements cross as JSON; durations are in milliseconds. */
export interface NativeEngine {
  register(requirement: string): number;
  needs(requirement: number): string[];
  checker(): NativeCheck;
  /** The token that `checkSent` decides about, not verified; `null` where it would not look at any. */
  tokenOf(sent: Sent): string | null;
  checkSent(sent: Sent, date: number, requirement?: number, facts?: Array<string | undefined>, since?: number): Verdict;
  isRevoked(id: number, entries: RevocationFound[]): boolean;
  conclude(
    id: number,
    entries: RevocationFound[] | undefined,
    claimed: boolean | undefined,
    date: number,
    requirement?: number,
    facts?: Array<string | undefined>,
  ): Verdict;
  resolved(issuer: string, settings: string | undefined, date: number): void;
  /** Whether the keys of an issuer are there. */
  readiness(issuer: string, date: number): Verdict;
  fetchAnswered(id: number, answer: AnswerHead, body: Buffer, date: number): FetchStep;
  fetchFailed(id: number, date: number): void;
  readonly mostWaiting: number;
}

/** Decides about a request with one `Authorization` header and no other credential. A function and no method:
 * that is what every request pays for. */
export type NativeCheck = (
  authorization: string,
  date: number,
  requirement?: number,
  facts?: Array<string | undefined>,
  since?: number,
) => 0 | Verdict;

/** A request, where one header is not enough to decide. */
export interface Sent {
  method: string;
  /** What the client asked for, before any router took its part away. */
  target: string;
  /** Names and values by turns, as they came. */
  headers: string[];
  encrypted: boolean;
  /** Whether Express trusts the connection's peer. */
  trusted: boolean;
  /** The client certificate of the connection, in DER. */
  certificate?: Buffer | undefined;
  query?: string | undefined;
  form?: string | undefined;
  /** This very request was let in before, and its proof was claimed for it then. */
  admitted: boolean;
}

export interface Verdict {
  outcome: 'accepted' | 'failed' | 'wait' | 'resolve' | 'consult' | 'ready' | 'unavailable';
  failure?: Failure;
  issuer?: string;
  fetch?: Fetch;
  /** What to wait for where there is no decision: the fetch of this number, one's own or another's. */
  flight?: number;
  /** What is handed in when it is asked again: since when the request waits. */
  since?: number;
  consult?: Consult;
  /** For the client's next proof. */
  dpopNonce?: string;
  /** The token that was verified, wherever the request had it; there whenever the outcome is `accepted`. */
  token?: string;
  /** The claims set, as JSON, where it is not in the token. */
  claims?: string;
  /** The JWT that the token stands for. */
  jwt?: string;
  /** The organization that the request may act for, where the claims alone do not tell; empty where there is none. */
  organization?: string;
}

/** The stores to ask before a request is decided. Dates are in milliseconds since the epoch. */
export interface Consult {
  id: number;
  revocationKeys?: string[];
  claim?: { key: string; createdAt: number; expiresAt: number };
}

export interface RevocationFound {
  issuedBefore?: number;
}

/** Why a request may not pass. */
export interface Failure {
  /** The stable code, such as `token_expired`. */
  code: string;
  status: number;
  /** `{"error","error_description"}`, as JSON. */
  body: string;
  /** `WWW-Authenticate`, one value for each accepted scheme; absent where JavaScript found the failure. */
  challenges?: string[];
  /** `DPoP-Nonce`. */
  dpopNonce?: string;
  /** `Retry-After`, in seconds. */
  retryAfter?: number;
  /** The claim that is absent or malformed. */
  claim?: string;
  /** What is wrong with the route, for its operator's eyes. */
  misconfiguration?: string;
  /** Why the issuer could not be asked about the token, for its operator's eyes, where no fetch has told. */
  notIntrospected?: string;
  /** What went wrong here, for its operator's eyes. */
  cause?: Error;
}

/** A request to make: a `GET`, or a `POST` where there is a form. */
export interface Fetch {
  id: number;
  /** The same for each step of a fetch. */
  flight: number;
  issuer: string;
  url: string;
  accept: string;
  ifNoneMatch?: string;
  /** A secret. */
  authorization?: string;
  /** A secret. */
  form?: string;
  /** Only then may the application's own headers go along. */
  toConfiguredOrigin: boolean;
  mostBytes: number;
}

export interface AnswerHead {
  status: number;
  contentType?: string;
  etag?: string;
  cacheControl?: string;
  age?: string;
}

export interface FetchStep {
  next?: Fetch;
  error?: string;
  keys?: number;
  skipped?: string[];
}

/** The metadata of a protected resource (RFC 9728), and where it is to be served. */
export interface ResourceDocument {
  path: string;
  url: string;
  json: string;
}

/** What follows from the values of a provider's preset. */
export interface ProviderFacts {
  issuers: string[];
  /** Whom tokens must be for, where they say it in `aud`. */
  audiences: string[];
  /** The header that has its tokens, where that is not `Authorization`. */
  header?: string;
}

/** Used proofs, remembered by this process. */
export interface NativeReplayMemory {
  readonly [REPLAY_MEMORY]: true;
}
declare const REPLAY_MEMORY: unique symbol;

/** Dates are in milliseconds since the epoch, revocations JSON. */
export interface NativeRevocationList {
  revoke(revocation: string, expiresAt: number, date: number): void;
  lift(revocation: string): void;
  readonly size: number;
}

/** What engines of this process may share. */
export interface Memories {
  replays?: NativeReplayMemory | undefined;
  revocations?: NativeRevocationList | undefined;
}

interface Addon {
  NativeEngine: new (
    settings: string,
    replays?: NativeReplayMemory,
    revocations?: NativeRevocationList,
  ) => NativeEngine;
  NativeReplayMemory: new (mostEntries: number) => NativeReplayMemory;
  NativeRevocationList: {
    new (mostEntries: number): NativeRevocationList;
    keyOf(revocation: string): string;
  };
  NativeResource: { describe(settings: string): ResourceDocument };
  redactedUrl(text: string): string;
  redactedText(text: string): string;
  metadataLocations(issuer: string): string[];
  closestName(given: string, known: string[]): string | null;
  providerFacts(provider: string): ProviderFacts;
  providerFromVariables(variables: string[]): string | null;
}

const addon = loadAddon() as Addon;

/** Builds an engine, or throws an `Error` that says which setting cannot work. */
export function createEngine(settings: EngineSettings, { replays, revocations }: Memories = {}): NativeEngine {
  return configured(() => new addon.NativeEngine(JSON.stringify(settings), replays, revocations));
}

export function createReplayMemory(mostEntries: number): NativeReplayMemory {
  return new addon.NativeReplayMemory(mostEntries);
}

export const { NativeRevocationList } = addon;

/** What people may see: `redactedUrl` of a URL, without userinfo, values of parameters and fragment; `redactedText` of
 * a text with URLs in it. The rules are the core's. A value of another type, such as a `URL`, is written out here: the
 * addon would throw an error that quotes it. */
export const redactedUrl = (url: unknown) => addon.redactedUrl(String(url));
export const redactedText = (text: unknown) => addon.redactedText(String(text));

/** An error that may be told. Those of Node.js and of agents hold the URL in their properties or quote it in their
 * message, and a parser's holds the bytes of the answer: the message, redacted, and the code remain. */
export function told(error: unknown): Error {
  const { message, code } = errorFrom(error) as NodeJS.ErrnoException;
  const said = new Error(redactedText(message || code || 'it failed'));
  return code === undefined ? said : Object.assign(said, { code });
}

/** The URLs where the metadata of an issuer may be, in the order to try them. */
export const { metadataLocations } = addon;

/** The known name that is written almost like the given one. */
export const { closestName } = addon;

/** Describes a resource, or throws an `Error` that says which setting cannot work. */
export function describeResource(settings: ResourceSettings): ResourceDocument {
  return configured(() => addon.NativeResource.describe(JSON.stringify(settings)));
}

/** Reads a provider's preset, or throws an `Error` that says which value cannot work. */
export function providerFacts(provider: object): ProviderFacts {
  return configured(() => addon.providerFacts(JSON.stringify(provider)));
}

/** The preset that environment variables name, or throws an `Error` that says which cannot work. */
export function providerFromVariables(variables: NodeJS.ProcessEnv): object | undefined {
  const pairs = Object.entries(variables).filter(([name]) => /^(PROVIDER(_.*)?|AUDIENCE)$/.test(name));
  const json = configured(() => addon.providerFromVariables(pairs.flat() as string[]));
  return json === null ? undefined : JSON.parse(json);
}

/** Settings carry the core's names; operators know them by these. */
const NAMES: ReadonlyArray<readonly [RegExp, string]> = [
  [/^shared_secret:/, 'secret:'],
  [/^shared_secret_beside_keys:/, 'secretBesideKeys:'],
  [/^(static_keys|public_key_pem):/, 'publicKey:'],
  [/^algorithms:(?=.*DPoP)/, 'dpop.algorithms:'],
  [/^algorithms:/, 'tokenSigningAlg:'],
  [/^clock_tolerance:/, 'clockTolerance:'],
  [/^max_age:/, 'maxTokenAge:'],
  [/^limits\.fetch_timeout:/, 'timeoutDuration:'],
  [/^jwks_uri /, 'jwksUri '],
  [/^(metadata_url|metadata_base_url) /, 'issuerBaseURL '],
  [/^dpop\.proof_age:/, 'dpop.iatOffset:'],
  [/^dpop\.proof_future:/, 'dpop.iatLeeway:'],
  [/^dpop nonces' lifetime:/, 'dpop.nonces.lifetime:'],
  [/^dpop nonces:/, 'dpop.nonces:'],
  [/^public_origin /, 'publicOrigin '],
  [/^token_place:/, 'tokenPlace:'],
  [/^tokens_without_audience:/, 'tokensWithoutAudience:'],
  [/^organization_claim:/, 'organizationClaim:'],
  [/^load_balancer:/, 'loadBalancer:'],
  [/^keys_at /, 'loadBalancer.keysAt '],
  [/^introspection\.cache_for:/, 'introspection.cacheDuration:'],
  [/^introspection\.cache_refusals_for:/, 'introspection.refusalCacheDuration:'],
  [/^introspection\.bridge_for:/, 'introspection.bridgeDuration:'],
  [/^introspection: private_key_jwt:/, 'introspection.privateKey:'],
  [/^resource: member /, 'resource: '],
  [/or allow it under dangerous\(\)/, 'or allow it with dangerous: { plainHttp: true }'],
  [/allow more under dangerous\(\)/, 'allow more with dangerous: { clockTolerance: true }'],
];

/** Runs what may throw about the configuration, and says it in the words of the options. */
export function configured<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    const { message } = errorFrom(error);
    throw new Error(
      NAMES.reduce((text, [core, option]) => text.replace(core, option), message),
      { cause: error },
    );
  }
}
