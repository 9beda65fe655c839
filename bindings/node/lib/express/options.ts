// The options of `auth()`, with the defaults, environment variables and complaints of
// `express-oauth2-jwt-bearer` 1.10.

import { strict as assert } from 'node:assert';
import type { Agent } from '../engine/http-get';
import type { Requirement } from '../requirement';
import { type ReplayStore, RevocationList, type RevocationStore } from '../stores';
import type { GetCertificate } from './certificate';
import { InvalidRequestError } from './errors';
import { checkIntrospection, type IntrospectionOptions } from './introspection';
import type { ResourceOptions } from './resource-metadata';
import type { Validators } from './validators';

export type PublicKeyInput = string | Record<string, unknown> | { keys: Array<Record<string, unknown>> };

export interface AsymmetricIssuerConfig {
  issuer: string;
  alg?: string;
  jwksUri?: string;
  publicKey?: PublicKeyInput;
}

export interface SymmetricIssuerConfig {
  issuer: string;
  alg: string;
  secret: string;
}

export type IssuerConfig = AsymmetricIssuerConfig | SymmetricIssuerConfig;

export interface IssuerResolverContext {
  url: URL;
  headers: Record<string, string | string[] | undefined>;
}

export type IssuerResolverResult = string[] | IssuerConfig[];
export type IssuerResolverFunction = (
  context: IssuerResolverContext,
) => Promise<IssuerResolverResult> | IssuerResolverResult;

export interface MCDOptions {
  issuers: string | string[] | IssuerConfig[] | IssuerResolverFunction;
}

export interface CacheLimits {
  maxEntries?: number;
  /** Milliseconds. */
  ttl?: number;
}

/** How DPoP (RFC 9449) is handled. */
export interface DPoPOptions {
  /** Whether the scheme `DPoP` is looked at. Default `true`. Bound tokens never pass as bearer tokens. */
  enabled?: boolean;
  /** Accepts DPoP-bound tokens alone. Default `false`. */
  required?: boolean;
  /** The longest time since a proof's `iat`, in seconds. Default 300, at most an hour. */
  iatOffset?: number;
  /** How far a proof's `iat` may lie in the future, in seconds. Default 30, at most 300. */
  iatLeeway?: number;
  /** The algorithms that proofs may be signed with. Default `RS256`, `PS256`, `ES256`, `ES384`, `ES512`, `EdDSA`
   * and `Ed25519`. */
  algorithms?: string[];
  /** Requires of every proof a nonce of the server's (RFC 9449 §9); `true` makes up a secret for this process. */
  nonces?: boolean | DPoPNonceOptions;
  /** How many used proofs this process remembers. Default 1 000 000; beyond, the answer is 503. */
  rememberedProofs?: number;
}

export interface DPoPNonceOptions {
  /** Shared by all machines of the API: at least 32 random bytes. */
  secret: string | Uint8Array;
  /** Recognized, too, while one secret is exchanged for another. */
  previousSecret?: string | Uint8Array;
  /** How long a nonce counts, in seconds. Default 300. */
  lifetime?: number;
}

/** Certificate-bound tokens (RFC 8705). They never pass as bearer tokens, whatever stands here. */
export interface MtlsOptions {
  /** Whether the client's certificate is looked at. Default `true` with `getCertificate` or
   * `clientCertificateHeader`, else `false`. */
  enabled?: boolean;
  /** Accepts certificate-bound tokens alone. Default `false`. */
  required?: boolean;
}

/** The header in which a trusted proxy names the client's certificate: URL-encoded PEM (nginx's
 * `$ssl_client_escaped_cert`), `Client-Cert` (RFC 9440), or Envoy's `X-Forwarded-Client-Cert`. */
export type ClientCertificateHeader =
  | { kind: 'escaped-pem'; header: string }
  | { kind: 'client-cert' }
  | { kind: 'xfcc' };

/** Settings that weaken the protection. Each is here to be found by searching for `dangerous`. */
export interface DangerousOptions {
  /** Fetches metadata and keys over plain http from any host, not only from this machine. */
  plainHttp?: boolean;
  /** Accepts `?access_token=`: it ends up in logs, histories and `Referer` headers. */
  queryTokens?: boolean;
  /** Accepts a `clockTolerance` of more than a minute. */
  clockTolerance?: boolean;
}

export interface AuthOptions {
  /** Base URL of the issuer, or the URL of its metadata. Environment: `ISSUER_BASE_URL`. */
  issuerBaseURL?: string;
  /** The exact `iss` of the tokens. Its metadata names the keys, unless another option does. Environment: `ISSUER`. */
  issuer?: string;
  /** Where the keys are. Environment: `JWKS_URI`. */
  jwksUri?: string;
  /** Whom tokens must be for. Environment: `AUDIENCE`. */
  audience?: string | string[];
  /** A secret shared with the issuer, at least as long as the hash. Environment: `SECRET`. */
  secret?: string;
  /** The issuer's public key: PEM, JWK or JWK Set. */
  publicKey?: PublicKeyInput;
  /** The one algorithm tokens are signed with. Environment: `TOKEN_SIGNING_ALG`. */
  tokenSigningAlg?: string;
  /** Several issuers at once. */
  mcd?: MCDOptions;
  /** Requires the profile of RFC 9068. Default `false`. */
  strict?: boolean;
  /** How far clocks may differ, in seconds. Default 5. */
  clockTolerance?: number;
  /** The longest time since `iat`, in seconds. */
  maxTokenAge?: number;
  validators?: Partial<Validators>;
  /** Whether a request without a credential is refused. Default `true`. */
  authRequired?: boolean;
  /** The agent that fetches metadata and keys. */
  agent?: Agent;
  /** The least time between two fetches for unknown keys, in milliseconds. Default 30000, at least 1000. */
  cooldownDuration?: number;
  /** How long one fetch may take, in milliseconds. Default 5000. */
  timeoutDuration?: number;
  /** How long keys are kept without looking again, in milliseconds. Default 600000. */
  cacheMaxAge?: number;
  cache?: { discovery?: CacheLimits; jwks?: CacheLimits };
  dpop?: DPoPOptions;
  mtls?: MtlsOptions;
  /** Finds the client's certificate, where the TLS connection does not end in this process. */
  getCertificate?: GetCertificate;

  /** What the API's URLs begin with for its clients: what a DPoP proof must name. Without it, the host that the
   * request names counts, and the connection, or what a proxy says that Express's `trust proxy` trusts. */
  publicOrigin?: string;
  /** Which headers the trusted proxies set. Default `'x-forwarded'`. */
  forwardedHeaders?: 'x-forwarded' | 'forwarded';
  /** The header in which a proxy that `trust proxy` trusts names the client's certificate. */
  clientCertificateHeader?: ClientCertificateHeader;
  /** Asks the issuer about tokens that are no JWT (RFC 7662). */
  introspection?: IntrospectionOptions;
  /** What clients are told of the API (RFC 9728): challenges name the document, `protectedResourceMetadata()`
   * serves it. */
  resource?: ResourceOptions;
  /** Remembers used DPoP proofs for several processes. Without it, this one remembers them. */
  replayStore?: ReplayStore;
  /** Tokens that are refused although they have not expired: a list of this process, a store, or both. */
  revocation?: RevocationList | RevocationStore | [RevocationList, RevocationStore];
  /** What every route behind this middleware requires of the token. */
  requirement?: Requirement;
  /** The claim that names the token's organization. Default `organization_id`; Auth0 uses `org_id`. */
  organizationClaim?: string;
  dangerous?: DangerousOptions;
}

const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES256K', 'ES384', 'ES512', 'EdDSA'];
const SYMMETRIC = ['HS256', 'HS384', 'HS512'];
/** Verified too, and not named in the messages, which are old acquaintances. */
const NEWER = ['Ed25519', 'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'];

const isAsymmetric = (name: string) => ASYMMETRIC.includes(name) || NEWER.includes(name);
const isSymmetric = (name: string) => SYMMETRIC.includes(name);

/** The options with the environment and the defaults in place. */
export interface ResolvedOptions extends AuthOptions {
  audience: string | string[];
  clockTolerance: number;
  cooldownDuration: number;
  timeoutDuration: number;
  cacheMaxAge: number;
  strict: boolean;
  authRequired: boolean;
}

/** Fills in what is left out. Throws what the operator must mend. */
export function resolveOptions(given: AuthOptions): ResolvedOptions {
  const { env } = process;
  assert(isObject(given), "'auth' must be given an object of options");
  checkNames(given);
  // `null` is as good as left out where it always was; the checks below see what was given.
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as AuthOptions;
  const resolved = {
    ...options,
    ...present({
      issuerBaseURL: options.issuerBaseURL ?? env.ISSUER_BASE_URL,
      jwksUri: options.jwksUri ?? env.JWKS_URI,
      issuer: options.issuer ?? env.ISSUER,
      secret: options.secret ?? env.SECRET,
      tokenSigningAlg: options.tokenSigningAlg ?? env.TOKEN_SIGNING_ALG,
    }),
    audience: options.audience ?? env.AUDIENCE ?? '',
    clockTolerance: options.clockTolerance ?? 5,
    cooldownDuration: options.cooldownDuration ?? 30_000,
    timeoutDuration: options.timeoutDuration ?? 5000,
    cacheMaxAge: options.cacheMaxAge ?? 600_000,
    strict: options.strict ?? false,
    authRequired: options.authRequired ?? true,
  } as ResolvedOptions;
  checkCombination(resolved);
  const { issuer, issuerBaseURL, jwksUri, secret, publicKey, mcd } = resolved;
  // An issuer is the URL its metadata is found by (RFC 8414 §3), and is then compared exactly.
  if (issuer && !(issuerBaseURL || jwksUri || secret || publicKey || mcd)) resolved.issuerBaseURL = issuer;
  if (resolved.mcd) checkIssuers(resolved.mcd);
  checkSenderConstraint(given);
  checkNumbers(resolved);
  if (resolved.introspection !== undefined) {
    checkCredential(resolved.introspection);
    checkIntrospection(resolved.introspection, resolved);
  }
  return resolved;
}

function present<T extends Record<string, unknown>>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function checkCombination(options: ResolvedOptions): void {
  const { mcd, issuerBaseURL, issuer, jwksUri, secret, publicKey, tokenSigningAlg: alg } = options;
  assert(
    mcd || issuerBaseURL || (issuer && (jwksUri || secret || publicKey || URL.canParse(issuer))),
    "You must provide 'mcd', 'issuerBaseURL', or both 'issuer' and ('jwksUri', 'secret', or 'publicKey')",
  );
  assert(!(mcd && issuerBaseURL), "You must not provide both 'mcd' and 'issuerBaseURL'");
  assert(!(mcd && issuer), "You must not provide both 'mcd' and 'issuer'. Use 'mcd' for multi-issuer mode.");
  assert(!(mcd && jwksUri), "You must not provide both 'mcd' and 'jwksUri'. Use 'mcd' for multi-issuer mode.");
  assert(!(secret && jwksUri), "You must not provide both a 'secret' and 'jwksUri'");
  assert(!(publicKey && jwksUri), "You must not provide both a 'publicKey' and 'jwksUri'");
  assert(!(publicKey && secret), "You must not provide both a 'publicKey' and 'secret'");
  assert(!(publicKey && issuerBaseURL), "You must not provide both a 'publicKey' and 'issuerBaseURL'");
  assert(
    !(mcd && secret),
    'Cannot use top-level "secret" with mcd mode. Specify secrets per-issuer in the issuer configuration: ' +
      '{ issuer: "...", secret: "...", alg: "HS256" }',
  );
  assert(
    !(mcd && publicKey),
    'Cannot use top-level "publicKey" with mcd mode. Specify publicKey per-issuer in the issuer configuration: ' +
      '{ issuer: "...", publicKey: "..." }',
  );
  assert(options.audience, "An 'audience' is required to validate the 'aud' claim");
  assert(!secret || alg, "You must provide a 'tokenSigningAlg' for validating symmetric algorithms");
  assert(
    secret || !alg || isAsymmetric(alg),
    `You must supply one of ${ASYMMETRIC.join(', ')} for 'tokenSigningAlg' to validate asymmetrically signed tokens`,
  );
  assert(
    !secret || (alg && isSymmetric(alg)),
    `You must supply one of ${SYMMETRIC.join(', ')} for 'tokenSigningAlg' to validate symmetrically signed tokens`,
  );
  if (publicKey) checkPublicKey(publicKey, alg);
}

/** What the original finds out at the first request. */
function checkPublicKey(publicKey: PublicKeyInput, alg: string | undefined): void {
  if (typeof publicKey === 'string') {
    assert(alg, "You must provide 'tokenSigningAlg' (or 'alg' in the issuer config) when using a PEM public key");
    return;
  }
  assert(
    (publicKey as { kty?: unknown }).kty !== 'oct',
    "'publicKey' must be an asymmetric key (RSA, EC, OKP). Use 'secret' for symmetric verification.",
  );
}

function checkIssuers(mcd: MCDOptions): void {
  assert(mcd.issuers, "Invalid MCD configuration: 'issuers' is required");
  if (typeof mcd.issuers === 'function') return;
  for (const config of listOf(mcd.issuers)) {
    normalizeIssuer(typeof config === 'string' ? config : config.issuer);
    if (typeof config !== 'string') checkIssuerConfig(config);
  }
}

export function listOf(issuers: string | IssuerResolverResult): Array<string | IssuerConfig> {
  return Array.isArray(issuers) ? issuers : [issuers];
}

/** Throws what is contradictory in the configuration of one of several issuers. */
export function checkIssuerConfig(config: IssuerConfig): void {
  const { issuer, alg, secret, publicKey, jwksUri } = config as AsymmetricIssuerConfig & Partial<SymmetricIssuerConfig>;
  const complain = (text: string) => {
    throw new Error(`Configuration error: Issuer '${issuer}' ${text}`);
  };
  if (publicKey && jwksUri) {
    complain("provides both 'publicKey' and 'jwksUri'. These are mutually exclusive.");
  }
  if (publicKey && secret) {
    complain(
      "provides both 'publicKey' and 'secret'. Use 'publicKey' for asymmetric and 'secret' for symmetric verification.",
    );
  }
  if (alg && isSymmetric(alg) && !secret) {
    complain(
      `specifies symmetric algorithm '${alg}' but no secret provided. ` +
        `Either provide a secret or use an asymmetric algorithm (${ASYMMETRIC.join(', ')}).`,
    );
  }
  if (secret && alg && isAsymmetric(alg)) {
    complain(
      `provides a secret but specifies asymmetric algorithm '${alg}'. Symmetric algorithms are: ${SYMMETRIC.join(', ')}.`,
    );
  }
  if (secret && !alg) {
    complain(`provides a secret but no 'alg' specified. Specify one of: ${SYMMETRIC.join(', ')}.`);
  }
  if (publicKey) checkPublicKey(publicKey, alg);
}

/** One way of writing an issuer: scheme and host in lower case, no default port, no last slash. A bare host is
 * taken for https. Throws `InvalidRequestError` for what is no issuer. */
export function normalizeIssuer(issuer: string): string {
  const text = /^https?:\/\//i.test(issuer) ? issuer : `https://${issuer}`;
  if (!URL.canParse(text)) return issuer;
  const url = new URL(text);
  if (url.protocol === 'http:' && process.env.NODE_ENV === 'production') {
    throw new InvalidRequestError('HTTP issuer URL detected in production environment. Use HTTPS for security.');
  }
  if (url.username || url.password) {
    throw new InvalidRequestError('Invalid issuer URL: URLs must not contain userinfo (username:password)');
  }
  if (url.search) throw new InvalidRequestError('Invalid issuer URL: URLs must not contain query parameters');
  if (url.hash) throw new InvalidRequestError('Invalid issuer URL: URLs must not contain fragments');
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

type Names<T> = Record<keyof T, true>;

// The types see to it that no name is forgotten here.
const NAMES: Names<AuthOptions> = {
  issuerBaseURL: true,
  issuer: true,
  jwksUri: true,
  audience: true,
  secret: true,
  publicKey: true,
  tokenSigningAlg: true,
  mcd: true,
  strict: true,
  clockTolerance: true,
  maxTokenAge: true,
  validators: true,
  authRequired: true,
  agent: true,
  cooldownDuration: true,
  timeoutDuration: true,
  cacheMaxAge: true,
  cache: true,
  dpop: true,
  mtls: true,
  getCertificate: true,
  publicOrigin: true,
  forwardedHeaders: true,
  clientCertificateHeader: true,
  introspection: true,
  resource: true,
  replayStore: true,
  revocation: true,
  requirement: true,
  organizationClaim: true,
  dangerous: true,
};
const DPOP_NAMES: Names<DPoPOptions> = {
  enabled: true,
  required: true,
  iatOffset: true,
  iatLeeway: true,
  algorithms: true,
  nonces: true,
  rememberedProofs: true,
};
const NONCE_NAMES: Names<DPoPNonceOptions> = { secret: true, previousSecret: true, lifetime: true };
const MTLS_NAMES: Names<MtlsOptions> = { enabled: true, required: true };
const INTROSPECTION_NAMES: Names<IntrospectionOptions> = {
  clientId: true,
  clientSecret: true,
  clientAuthentication: true,
  privateKey: true,
  privateKeyAlg: true,
  privateKeyId: true,
  endpoint: true,
  tokens: true,
  answers: true,
  cacheDuration: true,
  refusalCacheDuration: true,
};
const DANGEROUS_NAMES: Names<DangerousOptions> = { plainHttp: true, queryTokens: true, clockTolerance: true };
const RESOURCE_NAMES: Names<ResourceOptions> = {
  identifier: true,
  authorizationServers: true,
  scopes: true,
  name: true,
  documentation: true,
  members: true,
};

/** What the original has no counterpart of: `null` here is a mistake, such as a store that was not connected. */
const OWN = [
  'publicOrigin',
  'forwardedHeaders',
  'clientCertificateHeader',
  'introspection',
  'resource',
  'replayStore',
  'revocation',
  'requirement',
  'organizationClaim',
  'dangerous',
] as const;

const warned = new Set<string>();

/** A misspelt name would leave a protection off that somebody believes to be on. */
function checkNames(options: AuthOptions): void {
  for (const name of OWN) assert(options[name] !== null, `'${name}' must not be null: leave it out instead`);
  const { dpop, mtls, introspection, dangerous, resource, clientCertificateHeader: header } = options;
  const known: Array<[string, unknown, object]> = [
    ['dpop', dpop, DPOP_NAMES],
    ['dpop.nonces', dpop?.nonces, NONCE_NAMES],
    ['mtls', mtls, MTLS_NAMES],
    ['introspection', introspection, INTROSPECTION_NAMES],
    ['dangerous', dangerous, DANGEROUS_NAMES],
    ['resource', resource, RESOURCE_NAMES],
    ['clientCertificateHeader', header, header?.kind === 'escaped-pem' ? { kind: true, header: true } : { kind: true }],
  ];
  for (const [option, value, names] of known) {
    for (const name of isObject(value) ? Object.keys(value as object) : []) {
      assert(Object.hasOwn(names, name), `'${option}' has no option '${name}'; there are ${Object.keys(names).join(', ')}`);
    }
  }
  for (const option of ['introspection', 'resource', 'dangerous', 'clientCertificateHeader'] as const) {
    assert(options[option] === undefined || isObject(options[option]), `'${option}' must be an object`);
  }
  // The original says nothing to an unknown name, so what starts with it must start here.
  for (const name of Object.keys(options).filter((name) => !Object.hasOwn(NAMES, name) && !warned.has(name))) {
    warned.add(name);
    process.emitWarning(`auth() has no option '${name}', and ignores it; there are ${Object.keys(NAMES).join(', ')}`, {
      code: 'BEARWARD_UNKNOWN_OPTION',
    });
  }
}

/** The longest that Node.js's timers wait; what is longer, they take for a millisecond. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** What no number can be made of would reach the core as an absent one. */
function checkNumbers({ clockTolerance, maxTokenAge, cooldownDuration, timeoutDuration, cacheMaxAge, ...rest }: ResolvedOptions): void {
  assert(
    typeof timeoutDuration === 'number' && timeoutDuration <= LONGEST_TIMEOUT,
    `'timeoutDuration' must be a number of milliseconds, at most ${LONGEST_TIMEOUT}`,
  );
  const { cache, dpop, introspection } = rest;
  const nonces = isObject(dpop?.nonces) ? (dpop?.nonces as DPoPNonceOptions) : undefined;
  const finite = {
    clockTolerance,
    cooldownDuration,
    'dpop.nonces.lifetime': nonces?.lifetime,
    'introspection.cacheDuration': introspection?.cacheDuration,
    'introspection.refusalCacheDuration': introspection?.refusalCacheDuration,
  };
  // Without an end: the longest there is.
  const any = { maxTokenAge, cacheMaxAge, 'cache.discovery.ttl': cache?.discovery?.ttl, 'cache.jwks.ttl': cache?.jwks?.ttl };
  for (const [name, value] of Object.entries({ ...finite, ...any })) {
    assert(value === undefined || !Number.isNaN(Number(value)), `'${name}' must be a number`);
    assert(!(name in finite) || value === undefined || Number.isFinite(Number(value)), `'${name}' must be a finite number`);
  }
}

/** A variable of the environment that is not set is the usual reason. */
function checkCredential(introspection: IntrospectionOptions): void {
  const credentials = ['clientSecret', 'privateKey'] as const;
  const needed = 'exactly one of "clientSecret" and "privateKey" is needed';
  const present = credentials.filter((name) => introspection[name]);
  assert(present.length < 2, `Invalid introspection configuration: both are given; ${needed}`);
  const empty = credentials.find((name) => name in introspection && !introspection[name]);
  assert(
    present.length === 1 || empty === undefined,
    `Invalid introspection configuration: "${empty}" is ${introspection[empty as 'clientSecret'] === '' ? 'empty' : 'undefined'}; ${needed}`,
  );
}

const isObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map) && !(value instanceof Set);

function checkSenderConstraint({ dpop, mtls, getCertificate, clientCertificateHeader, ...rest }: AuthOptions): void {
  if (dpop !== undefined) checkDpop(dpop);
  const finds = getCertificate !== undefined || clientCertificateHeader !== undefined;
  if (mtls !== undefined) checkMtls(mtls, finds);
  assert(
    getCertificate === undefined || typeof getCertificate === 'function',
    'Invalid mTLS configuration: "getCertificate" must be a function',
  );
  assert(
    !(getCertificate && clientCertificateHeader),
    "You must not provide both 'getCertificate' and 'clientCertificateHeader'",
  );
  const { replayStore, revocation } = rest;
  assert(
    replayStore === undefined || typeof replayStore.claim === 'function',
    "'replayStore' must have a function 'claim'",
  );
  const revocations: unknown[] = revocation === undefined ? [] : [revocation].flat();
  for (const one of revocations) {
    assert(
      one instanceof RevocationList || typeof (one as Partial<RevocationStore> | null)?.entries === 'function',
      "'revocation' must be a RevocationList, or have a function 'entries'",
    );
  }
  const lists = revocations.filter((one) => one instanceof RevocationList).length;
  // What is not asked would let revoked tokens pass.
  assert(
    lists <= 1 && revocations.length - lists <= 1,
    "'revocation' takes at most one RevocationList and at most one store",
  );
}

function checkDpop(dpop: DPoPOptions): void {
  assert(isObject(dpop), 'Invalid DPoP configuration: "dpop" must be an object');
  for (const name of ['enabled', 'required'] as const) {
    const value = dpop[name];
    assert(value === undefined || typeof value === 'boolean', `Invalid DPoP option: "${name}" must be a boolean`);
  }
  for (const name of ['iatOffset', 'iatLeeway'] as const) {
    const value = dpop[name];
    assert(value === undefined || typeof value === 'number', `Invalid DPoP option: "${name}" must be a number`);
    assert(value === undefined || value >= 0, `Invalid DPoP option: "${name}" must be a non-negative number`);
  }
  const { algorithms, nonces, rememberedProofs: most } = dpop;
  assert(algorithms === undefined || Array.isArray(algorithms), 'Invalid DPoP option: "algorithms" must be an array');
  assert(
    nonces === undefined || typeof nonces === 'boolean' || (isObject(nonces) && isSecret(nonces.secret)),
    'Invalid DPoP option: "nonces" must be a boolean, or an object with a "secret"',
  );
  assert(
    most === undefined || (Number.isInteger(most) && most > 0 && most < 2 ** 32),
    'Invalid DPoP option: "rememberedProofs" must be a positive integer',
  );
  assert(
    !(dpop.enabled === false && dpop.required === true),
    'Invalid DPoP configuration: cannot set "required" to true when "enabled" is false',
  );
}

const isSecret = (value: unknown) => typeof value === 'string' || value instanceof Uint8Array;

function checkMtls(mtls: MtlsOptions, finds: boolean): void {
  assert(isObject(mtls), 'Invalid mTLS configuration: "mtls" must be an object');
  const enabled = mtls.enabled ?? (finds ? true : undefined);
  for (const [name, value] of [['enabled', enabled], ['required', mtls.required]] as const) {
    assert(value === undefined || typeof value === 'boolean', `Invalid mTLS option: "${name}" must be a boolean`);
  }
  assert(
    !(mtls.required === true && enabled !== true),
    'Invalid mTLS configuration: "required" can only be set to true when "enabled" is also true',
  );
}
