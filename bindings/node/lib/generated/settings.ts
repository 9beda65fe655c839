// The settings of an engine, as they cross to the addon. This file is written from the core's JSON Schema: see
// crates/bearward-core/tests/node_types.rs.

/** The settings of a resource server. */
export interface Settings {
  /** Whom tokens must be for, where their issuer names no audiences of its own. */
  audiences?: readonly string[];
  /** Certificate-bound tokens (RFC 8705): accepted, or required. */
  certificates?: Support;
  /** How far clocks may differ: 5s unless set, 1m at most. */
  clock_tolerance?: Duration;
  /** Settings that weaken the protection. */
  dangerous?: DangerousSettings;
  /** Proof of possession (RFC 9449). */
  dpop?: DpopSettings;
  /** The shape of the bodies of refusals. */
  error_body?: ErrorBody;
  /** The scopes that a scope includes, by its name: {"files:write": ["files:read"]}. */
  implies?: Readonly<Record<string, readonly string[]>>;
  /** The trusted authorization servers. */
  issuers?: readonly IssuerSettings[];
  /** How long key sets live, and how often they are fetched. */
  key_sets?: KeySetSettings;
  /** The bounds. */
  limits?: LimitSettings;
  /** Tokens that were issued longer ago than this are refused, with any exp. */
  max_age?: Duration;
  /** The claim that names the organization: organization_id unless set. */
  organization_claim?: OrganizationClaimSettings;
  /** How close to RFC 9068 tokens must be. */
  profile?: Profile;
  /** Where clients reach the API, such as https://api.example.com. */
  public_origin?: string;
  /** The realm of challenges: api unless set. */
  realm?: string;
  /** The protected resource metadata that this server serves (RFC 9728). */
  resource?: ResourceSettings;
  /** The URL of protected resource metadata that are served elsewhere. */
  resource_metadata?: string;
  /** Tokens can be refused before they expire: the application revokes them on a list of this process. */
  revocations?: RevocationSettings;
  /** Where requests have their access token, where that is not the Authorization header. */
  token_place?: TokenPlaceSettings;
  /** The proxies in front of the API, and the headers that they are trusted to set. */
  trusted_proxies?: TrustedProxySettings;
}

/** The form of a header with a certificate. */
export type CertificateForm =
  | 'pem'
  | 'base64-der'
  | 'client-cert'
  | 'x-forwarded-client-cert'
  | 'x-forwarded-tls-client-cert'
  | 'connection';

/** A header with the client's certificate. */
export interface CertificateHeaderSettings {
  /** The form of the header. */
  form: CertificateForm;
  /** Its name, for pem and base64-der. */
  header?: string;
}

/** How a client secret is sent. */
export type ClientAuth = 'client_secret_basic' | 'client_secret_post';

/** Settings that weaken the protection. */
export interface DangerousSettings {
  /** Tokens for any audience are accepted. */
  allow_any_audience?: boolean;
  /** Tokens of any iss are verified with the keys of the one issuer. */
  allow_any_issuer?: boolean;
  /** Tokens in the query are accepted. */
  allow_query_tokens?: boolean;
  /** Tokens without exp are accepted. */
  allow_tokens_without_expiry?: boolean;
  /** Tokens without iss are those of the one issuer. */
  allow_tokens_without_issuer?: boolean;
  /** Clocks may differ by this, which may be more than a minute. */
  clock_tolerance?: Duration;
}

/** Settings of one issuer that weaken the protection. */
export interface DangerousIssuerSettings {
  /** Its metadata and keys are fetched over plain http from any host. */
  allow_plain_http?: boolean;
}

/** Proof of possession (RFC 9449). */
export interface DpopSettings {
  /** The algorithms that proofs may be signed with. */
  algorithms?: readonly string[];
  /** The longest time since a proof was made: 5m unless set, from 1s to 1h. */
  max_proof_age?: Duration;
  /** How far in the future a proof may be made: 30s unless set, 5m at most. */
  max_proof_future?: Duration;
  /** off, accepted or required. */
  mode?: DpopMode;
  /** Proofs need a nonce of this server. */
  nonces?: NonceSettings;
}

/** How DPoP is handled. */
export type DpopMode = 'off' | 'accepted' | 'required';

/** A duration: 500ms, 30s, 5m, 1h30m, 1d. */
export type Duration = string;

/** What the body of a refusal looks like. */
export type ErrorBody = 'json' | 'message' | 'problem' | 'empty';

/** A header with the host. */
export type HostHeader = 'x-forwarded-host' | 'forwarded';

/** Which tokens the issuer is asked about. */
export type IntrospectedTokens = 'opaque' | 'every';

/** What the issuer is asked to answer with. Another kind of answer is refused. */
export type IntrospectionAnswers = 'json' | 'signed_jwt' | 'phantom_jwt';

/** How an issuer is asked about tokens. One of client_secret and private_key. */
export interface IntrospectionSettings {
  /** What the issuer is asked to answer with. */
  answers?: IntrospectionAnswers;
  /** How much longer an active token passes while every call is taken: 5s unless set, 1m at most. */
  bridge_for?: Duration;
  /** How long an active token is not asked about again: 1m unless set, from 1s to 1h. */
  cache_for?: Duration;
  /** How long a refused token is not asked about again: 5s unless set, from 1s to 1h. */
  cache_refusals_for?: Duration;
  /** How the secret is sent. */
  client_auth?: ClientAuth;
  /** The id that this API is registered under at the authorization server. */
  client_id: string;
  /** The secret of that client. */
  client_secret?: Secret;
  /** The URL of the introspection endpoint, where the issuer's metadata do not name it. */
  endpoint?: string;
  /** The private key of that client (private_key_jwt). */
  private_key?: PrivateKeySettings;
  /** Which tokens the issuer is asked about. */
  tokens?: IntrospectedTokens;
}

/** One trusted issuer, or a provider's preset in its place. */
export interface IssuerSettings {
  /** The algorithms that its tokens may be signed with. */
  algorithms?: readonly string[];
  /** Its own audiences. */
  audiences?: readonly string[];
  /** Settings that weaken the protection. */
  dangerous?: DangerousIssuerSettings;
  /** It is asked about its opaque tokens (RFC 7662). */
  introspection?: IntrospectionSettings;
  /** Its identifier: exactly what tokens have as iss. */
  issuer?: string;
  /** The URL of its key set; no metadata are fetched. */
  jwks_uri?: string;
  /** Its tokens are those of an AWS load balancer. */
  load_balancer?: LoadBalancerSettings;
  /** Its metadata are at the well-known places of this URL. */
  metadata_base_url?: string;
  /** The URL of its metadata, instead of the well-known places. */
  metadata_url?: string;
  /** The claim that names the organization of its tokens. */
  organization_claim?: OrganizationClaimSettings;
  /** The preset of a provider, alone: {auth0: {domain: acme.eu.auth0.com, audience: https://api.example.com}}. */
  provider?: Value;
  /** Its public key in PEM. */
  public_key_pem?: string;
  /** Claims that its tokens must have. */
  required_claims?: readonly RequiredClaimSettings[];
  /** The secret that its tokens are signed with (HS256). */
  shared_secret?: Secret;
  /** A secret that some of its tokens are signed with, beside its published keys. */
  shared_secret_beside_keys?: Secret;
  /** Its keys: a JWK Set or a JWK. */
  static_keys?: Value;
  /** What takes the place of an audience in its tokens without one. */
  tokens_without_audience?: TokensWithoutAudienceSettings;
}

/** How long key sets live, and how often they are fetched. */
export interface KeySetSettings {
  /** The least time between fetches for tokens whose key is unknown: 30s unless set. */
  cooldown?: Duration;
  /** The age at which a set is refreshed: 10m unless set. */
  max_age?: Duration;
  /** The age at which metadata are asked for again: 1h unless set. */
  max_metadata_age?: Duration;
  /** The longest time that a set serves during an outage: 24h unless set, or max_age where that is more. */
  max_stale?: Duration;
  /** The least age at which a set is refreshed: 30s unless set, or max_age where that is less. */
  min_age?: Duration;
}

/** The bounds. Each has a default that is right for nearly every API. */
export interface LimitSettings {
  /** The longest time of one fetch. */
  fetch_timeout?: Duration;
  /** The most memory of the verified-token cache in bytes. */
  max_cached_token_bytes?: number;
  /** The most tokens in the verified-token cache; 0 switches it off. */
  max_cached_tokens?: number;
  /** The most memory of the remembered introspections in bytes. */
  max_introspected_token_bytes?: number;
  /** The most introspected tokens that are remembered. */
  max_introspected_tokens?: number;
  /** The longest introspection answer in bytes. */
  max_introspection_bytes?: number;
  /** The most introspection calls at a time. */
  max_introspection_calls?: number;
  /** The longest key set or metadata document in bytes. */
  max_key_set_bytes?: number;
  /** The most keys of one set. */
  max_keys?: number;
  /** The most keys tried on a token that names no key. */
  max_keys_tried?: number;
  /** The most DPoP proofs that are remembered. */
  max_replay_entries?: number;
  /** The most issuers that a resolver has named and that are kept. */
  max_resolved_issuers?: number;
  /** The longest access token in bytes. */
  max_token_bytes?: number;
  /** The most requests that wait for one thing. */
  max_waiting_requests?: number;
}

/** An AWS Application Load Balancer. */
export interface LoadBalancerSettings {
  /** Its ARN. */
  arn: string;
  /** Where its keys are, instead of the place of its region. */
  keys_at?: string;
}

/** The nonces of proofs. */
export interface NonceSettings {
  /** How long a nonce is good for: 5m unless set, from 10s to 1h. */
  lifetime?: Duration;
  /** The secret before it, whose nonces are still recognized. */
  previous_secret?: Secret;
  /** The secret that all machines of the API share; a random one of this process unless set. */
  secret?: Secret;
}

/** The claim that names the organization: its path, or an object for one that may name several. */
export type OrganizationClaimSettings = PathSettings | OrganizationClaimObject;

/** A claim that may name several organizations. */
export interface OrganizationClaimObject {
  /** Its path. */
  path: PathSettings;
  /** Whether it may name several. */
  several?: boolean;
}

/** The path of a claim: a text with dots, or a list of names. */
export type PathSettings = string | readonly string[];

/** A private key that client assertions are signed with. */
export interface PrivateKeySettings {
  /** The algorithm, such as ES256. */
  algorithm: string;
  /** Its kid. */
  kid?: string;
  /** The key in PEM, in the form of PKCS#8. */
  pem: Secret;
}

/** How close to RFC 9068 a token must be. */
export type Profile = 'compatible' | 'rfc9068';

/** A header with the scheme. */
export type ProtoHeader = 'x-forwarded-proto' | 'forwarded';

/** The headers that trusted proxies set. */
export interface ProxyHeaderSettings {
  /** The header with the client's certificate. */
  client_certificate?: CertificateHeaderSettings;
  /** The header with the host that the client used. */
  host?: HostHeader;
  /** The header with the scheme that the client used. */
  proto?: ProtoHeader;
}

/** A claim that tokens must have. */
export interface RequiredClaimSettings {
  /** Its path. */
  claim: PathSettings;
  /** The values that it may have. */
  one_of: readonly unknown[];
}

/** The protected resource, for its metadata. */
export interface ResourceSettings {
  /** The document is served at the root of the host, too. */
  at_root?: boolean;
  /** The authorization servers that clients may ask, in place of all trusted ones. */
  authorization_servers?: readonly string[];
  /** Clients are asked for certificates by this server itself. */
  client_certificates?: boolean;
  /** The URL of a page for developers. */
  documentation?: string;
  /** Tokens are accepted in forms, too. */
  form_tokens?: boolean;
  /** The URL under which clients know the API. */
  identifier: string;
  /** Any other members of the document. */
  members?: Readonly<Record<string, unknown>>;
  /** Its name for people. */
  name?: string;
  /** The scopes that clients may ask for. */
  scopes?: readonly string[];
}

/** The list of revocations of this process. */
export interface RevocationSettings {
  /** The most revocations that it holds. While it is full of live ones, no other can be added. */
  max_entries: number;
}

/** A secret: a text, or its bytes in base64. Write ${VARIABLE} to take it from the environment. */
export type Secret = string | { base64: string };

/** Whether something is accepted beside other tokens, or required of each. */
export type Support = 'accepted' | 'required';

/** Where requests have their access token. Exactly one of header, cookie and subprotocol. */
export interface TokenPlaceSettings {
  /** A token in Authorization is for another party, and ignored. For a header. */
  beside_authorization?: boolean;
  /** The cookie that has it. */
  cookie?: string;
  /** The header that has it by itself. */
  header?: string;
  /** The WebSocket subprotocol after which it comes. */
  subprotocol?: string;
  /** Pages of these origins may send requests, too. For a header or a cookie. */
  trusted_origins?: readonly string[];
  /** Clients write the header themselves. For a header. */
  written_by_clients?: boolean;
}

/** Which tokens without aud are for this API. Exactly one of the first four. */
export interface TokensWithoutAudienceSettings {
  /** The accepted values of appid. */
  appid?: readonly string[];
  /** The accepted values of azp. */
  azp?: readonly string[];
  /** The accepted values of cid. */
  cid?: readonly string[];
  /** Claims that must be exactly this text, too. */
  claims?: Readonly<Record<string, string>>;
  /** The accepted values of client_id. */
  client_id?: readonly string[];
}

/** The proxies in front of the API. */
export interface TrustedProxySettings {
  /** The headers that they set on every request. */
  headers?: ProxyHeaderSettings;
  /** The addresses and networks that they connect from, such as 10.0.0.0/8. */
  networks?: readonly string[];
}

export type Value = object | string;
