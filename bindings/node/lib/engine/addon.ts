// The native addon, and what it looks like from here.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** One class over the Rust core. Settings and requirements cross as JSON; durations are in milliseconds. */
export interface NativeEngine {
  register(requirement: string): number;
  needs(requirement: number): string[];
  checker(): NativeCheck;
  checkParts(
    authorization: string[],
    query: string | undefined,
    form: string | undefined,
    date: number,
    requirement?: number,
    facts?: Array<string | undefined>,
  ): 0 | Verdict;
  resolved(issuer: string, settings: string | undefined, date: number): void;
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
) => 0 | Verdict;

export interface Verdict {
  outcome: 'accepted' | 'failed' | 'wait' | 'resolve';
  failure?: Failure;
  issuer?: string;
  fetch?: Fetch;
}

/** Why a request may not pass. */
export interface Failure {
  /** The stable code, such as `token_expired`. */
  code: string;
  status: number;
  /** `{"error","error_description"}`, as JSON. */
  body: string;
  /** `WWW-Authenticate`. */
  challenge?: string;
  /** `Retry-After`, in seconds. */
  retryAfter?: number;
  /** The claim that is absent or malformed. */
  claim?: string;
  /** What is wrong with the route, for its operator's eyes. */
  misconfiguration?: string;
}

/** A `GET` to make. */
export interface Fetch {
  id: number;
  issuer: string;
  url: string;
  accept: string;
  ifNoneMatch?: string;
  mostBytes: number;
}

export interface AnswerHead {
  status: number;
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

/** The keys an issuer's tokens are verified with. */
export type KeySettings =
  | { metadataUrl: string }
  | { jwksUri: string }
  | { jwks: string }
  | { pem: string }
  | { secret: string }
  | { secretBytes: number[] };

export interface IssuerSettings {
  identifier: string;
  keys: KeySettings;
  algorithms?: string[];
  audiences?: string[];
  plainHttp?: boolean;
}

export interface EngineSettings {
  issuers: IssuerSettings[];
  resolveIssuers: boolean;
  audiences: string[];
  strict: boolean;
  clockTolerance: number;
  maxTokenAge?: number;
  cooldown: number;
  maxAge: number;
  metadataAge: number;
  fetchTimeout: number;
  resolvedIssuers?: number;
  cachedTokens?: number;
  cachedTokenBytes?: number;
  organizationClaim?: string;
  dangerous: {
    anyIssuer?: boolean;
    anyAudience?: boolean;
    noExpiry?: boolean;
    queryTokens?: boolean;
    clockTolerance?: boolean;
  };
}

interface Addon {
  NativeEngine: new (settings: string) => NativeEngine;
}

/** `linux-x64-gnu`, `darwin-arm64`, … as the packages with the prebuilt addons are called. */
function platformName(): string {
  const { platform, arch } = process;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  if (platform !== 'linux') return `${platform}-${arch}`;
  const header = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header;
  return `linux-${arch}-${header.glibcVersionRuntime ? 'gnu' : 'musl'}`;
}

function load(): Addon {
  const chosen = process.env.NAPI_RS_NATIVE_LIBRARY_PATH;
  if (chosen) return require(chosen) as Addon;
  const name = platformName();
  // One that was built here comes before one that was installed.
  const built = join(__dirname, '..', '..', `bearward.${name}.node`);
  if (existsSync(built)) return require(built) as Addon;
  try {
    return require(`bearward-${name}`) as Addon;
  } catch (cause) {
    throw new Error(
      `bearward has no addon for ${name}. Install the optional package bearward-${name} ` +
        '(npm leaves it out under --omit=optional), or build it from source with `npm run build`, which needs Rust.',
      { cause },
    );
  }
}

const { NativeEngine: Native } = load();

/** Builds an engine, or throws an `Error` that says which setting cannot work. */
export function createEngine(settings: EngineSettings): NativeEngine {
  return configured(() => new Native(JSON.stringify(settings)));
}

/** Settings carry the core's names; operators know them by these. */
const NAMES: ReadonlyArray<readonly [RegExp, string]> = [
  [/^shared_secret:/, 'secret:'],
  [/^(static_keys|public_key_pem):/, 'publicKey:'],
  [/^algorithms:/, 'tokenSigningAlg:'],
  [/^clock_tolerance:/, 'clockTolerance:'],
  [/^max_age:/, 'maxTokenAge:'],
  [/^limits\.fetch_timeout:/, 'timeoutDuration:'],
  [/^jwks_uri /, 'jwksUri '],
  [/^metadata_url /, 'issuerBaseURL '],
  [/or allow it under dangerous\(\)/, 'or allow it with dangerous: { plainHttp: true }'],
  [/allow more under dangerous\(\)/, 'allow more with dangerous: { clockTolerance: true }'],
];

/** Runs what may throw about the configuration, and says it in the words of the options. */
export function configured<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(NAMES.reduce((text, [core, option]) => text.replace(core, option), message), { cause: error });
  }
}
