// The options of `auth()`: those of `express-oauth2-jwt-bearer` 1.10, and our own.

import type { X509Certificate } from 'node:crypto';
import type { Agent, KeyRequestHeaders } from '../engine/http-get';
import type { Observe } from '../engine/observer';
import type { ProviderFacts } from '../native/addon';
import type { Requirement } from '../requirement';
import type { ReplayStore, RevocationList, RevocationStore } from '../stores';
import type { IntrospectionOptions } from './introspection';
import type { OrganizationClaim } from './organization-claim';
import type { ProviderOptions } from '../generated/provider-options';
import type { ResourceOptions } from './resource';
import type { TokenPlace } from './token-place';
import type { Validators } from './validators';
import type { TokensWithoutAudience } from './without-audience';

export type PublicKeyInput = string | Record<string, unknown> | { keys: Array<Record<string, unknown>> };

export interface AsymmetricIssuerConfig {
  issuer: string;
  alg?: string;
  jwksUri?: string;
  publicKey?: PublicKeyInput;
  /** Which of its tokens without `aud` are for this API. */
  tokensWithoutAudience?: TokensWithoutAudience;
  /** A secret that some of its tokens are signed with, under HS256, beside those of its published keys. */
  secretBesideKeys?: string | Uint8Array;
  /** The claim that names the organization of its tokens. */
  organizationClaim?: OrganizationClaim;
}

export interface SymmetricIssuerConfig {
  issuer: string;
  alg: string;
  secret: string | Uint8Array;
  tokensWithoutAudience?: TokensWithoutAudience;
  organizationClaim?: OrganizationClaim;
}

export type IssuerConfig = AsymmetricIssuerConfig | SymmetricIssuerConfig;

export interface IssuerResolverContext {
  url: URL;
  headers: Record<string, string | string[] | undefined>;
}

/** What the original exports, and passes to no function. */
export interface RequestContext {
  url: string;
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
  /** How long a nonce is valid, in seconds. Default 300. */
  lifetime?: number;
}

/** Certificate-bound tokens (RFC 8705). They never pass as bearer tokens, with any value here. */
export interface MtlsOptions {
  /** Whether the client's certificate is looked at. Default `true` with `getCertificate` or
   * `clientCertificateHeader`, else `false`. */
  enabled?: boolean;
  /** Accepts certificate-bound tokens alone. Default `false`. */
  required?: boolean;
}

/** The headers that a trusted proxy sets on every request, and that are believed for it: each by its name. */
export interface ProxyHeaderOptions {
  /** Where the host and port are that the client used: `X-Forwarded-Host`, or `host` of `Forwarded` (RFC 7239). */
  host?: 'x-forwarded-host' | 'forwarded';
  /** Where the scheme is that the client used: `X-Forwarded-Proto`, or `proto` of `Forwarded`. */
  proto?: 'x-forwarded-proto' | 'forwarded';
}

/** PEM, as text or bytes, DER, or what Node.js makes of them. */
export type ClientCertificate = string | Buffer | Uint8Array | X509Certificate;

/** Answers at once: a promise is a mistake, which the request is answered 500 for. */
// biome-ignore lint/suspicious/noExplicitAny: the request is the framework's
export type GetCertificate = (req: any) => ClientCertificate | undefined;

/** The header in which a trusted proxy names the client's certificate: PEM, percent-encoded (nginx's
 * `$ssl_client_escaped_cert`) or with spaces or tabs in place of line ends; the base64 of the DER (HAProxy's
 * `%[ssl_c_der,base64]`); `Client-Cert` (RFC 9440); Envoy's `X-Forwarded-Client-Cert`; or Traefik's
 * `X-Forwarded-Tls-Client-Cert`. */
export type ClientCertificateHeader =
  | { kind: 'pem'; header: string }
  | { kind: 'base64-der'; header: string }
  | { kind: 'client-cert' }
  | { kind: 'xfcc' }
  | { kind: 'x-forwarded-tls-client-cert' };

/** An AWS Application Load Balancer. */
export interface LoadBalancerOptions {
  /** Its ARN, `arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/app/<name>/<id>`: its tokens must name it
   * as their `signer`. */
  arn: string;
  /** The URL below which its public keys are. Default: that of its region. */
  keysAt?: string;
}

/** Settings that weaken the protection. Each is here to be found by searching for `dangerous`. */
export interface DangerousOptions {
  /** Fetches metadata and keys over plain http from any host, not only from this machine. */
  plainHttp?: boolean;
  /** Accepts `?access_token=`: it ends up in logs, histories and `Referer` headers. */
  queryTokens?: boolean;
  /** Accepts a `clockTolerance` of more than a minute. */
  clockTolerance?: boolean;
  /** Accepts tokens without `iss` as those of the one issuer, not with `mcd`. A token that has one must name it. */
  tokensWithoutIssuer?: boolean;
}

export interface AuthOptions {
  /** Base URL of the issuer, or the URL of its metadata. Environment: `ISSUER_BASE_URL`. */
  issuerBaseURL?: string;
  /** The exact `iss` of the tokens. Its metadata names the keys, unless another option does. With `issuerBaseURL` beside
   * it, the metadata is fetched from there, and may name either as its issuer. Environment: `ISSUER`. */
  issuer?: string;
  /** Where the keys are. Environment: `JWKS_URI`. */
  jwksUri?: string;
  /** Whom tokens must be for. Environment: `AUDIENCE`. */
  audience?: string | string[];
  /** A secret shared with the issuer, at least as long as the hash. Environment: `SECRET`. */
  secret?: string | Uint8Array;
  /** A secret that some tokens are signed with, under HS256, beside those of the issuer's published keys: while an
   * authorization server moves from one to the other (Supabase). Each verifies its own algorithms alone. */
  secretBesideKeys?: string | Uint8Array;
  /** The issuer's public key: PEM, with line breaks or `\n` in their place, JWK or JWK Set. */
  publicKey?: PublicKeyInput;
  /** The one algorithm tokens are signed with. Environment: `TOKEN_SIGNING_ALG`. */
  tokenSigningAlg?: string;
  /** The tokens are what this AWS load balancer says of the users whom it has logged in at `issuer`, in the header
   * `x-amzn-oidc-data`. Its client id there is the `audience`. */
  loadBalancer?: LoadBalancerOptions;
  /** The preset of a provider: it says where keys are and whom tokens must be for, in the place of the options about issuers
   * and audience. Environment: `PROVIDER`. */
  provider?: ProviderOptions;
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
  /** The agent that fetches metadata and keys: `new https.Agent({ ca })` for a private certificate authority. */
  agent?: Agent;
  /** Headers of your own when metadata and keys are fetched, such as the bearer token that the API server of Kubernetes
   * wants to see. A function is asked before each request, so it may read a file that changes. They go to the scheme,
   * host and port that the options name, and to no other host that metadata name. */
  keyRequestHeaders?: KeyRequestHeaders;
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

  /** Where requests have their access token, by itself: a header, a cookie, or a WebSocket's subprotocol. Default: the
   * `Authorization` header. A token anywhere else lets no request in. */
  tokenPlace?: TokenPlace;
  /** What the API's URLs begin with for its clients: what a DPoP proof must name, and an `Origin`. Without it, the host
   * that the request names counts, and the connection, or what `proxyHeaders` name. */
  publicOrigin?: string;
  /** Which headers about the URL are trusted from a proxy that Express's `trust proxy` trusts. Default: no header. */
  proxyHeaders?: ProxyHeaderOptions;
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
  /** The claim that names the token's organization. Default `organization_id`; Auth0 uses `org_id`, Clerk `o.id`. */
  organizationClaim?: OrganizationClaim;
  /** Scopes that include others, which may include others in turn: `{ 'files:write': ['files:read'] }`. Every requirement
   * of scopes honours it, and `requiredScopes()` and `scopeIncludesAny()` do; `req.auth.scopes` stays what the token says. */
  implies?: Readonly<Record<string, readonly string[]>>;
  /** Accepts tokens without `aud` that were issued to one of these clients: for issuers that send no audience. A token
   * that has an audience must name a configured one, and is refused where none is. With `mcd` it is given per issuer. */
  tokensWithoutAudience?: TokensWithoutAudience;
  /** Is told of each decision, and of each fetch that has ended: for counters. No event holds anything of a token. Define the
   * function once: each one has a separate engine, with separate keys and caches. */
  observe?: Observe;
  dangerous?: DangerousOptions;
}

/** The options with the environment and the defaults in place. */
export interface ResolvedOptions extends AuthOptions {
  audience: string | string[];
  clockTolerance: number;
  cooldownDuration: number;
  timeoutDuration: number;
  cacheMaxAge: number;
  strict: boolean;
  authRequired: boolean;
  /** What follows from `provider`. */
  presetFacts?: ProviderFacts;
}
