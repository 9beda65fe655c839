// The settings of an engine, as they cross to the addon: the `Settings` of the core, which `docs/settings.md` describes.
// The names are the core's; the addon refuses one that it does not know.

/** A duration in the core's form. */
export type Duration = `${string}ms`;

/** No duration is longer: some thirty thousand years. What has no end would be `Infinity`. */
const LONGEST = 1e15;

/** What is negative becomes zero. Without an exponent, which the core does not read. */
export const milliseconds = (duration: number): Duration => `${Math.min(Math.max(duration, 0), LONGEST).toFixed(3)}ms`;

export const seconds = (duration: number): Duration => milliseconds(duration * 1000);

/** A secret: a text, or bytes in base64. */
export type Secret = string | { base64: string };

export const secret = (given: string | Uint8Array): Secret =>
  typeof given === 'string' ? given : { base64: Buffer.from(given).toString('base64') };

export interface Settings {
  issuers?: TrustedSettings[];
  audiences?: string[];
  profile?: 'compatible' | 'rfc9068';
  clock_tolerance?: Duration;
  max_age?: Duration;
  organization_claim?: OrganizationClaimSettings;
  implies?: Readonly<Record<string, readonly string[]>>;
  key_sets?: { cooldown: Duration; max_age: Duration; max_metadata_age: Duration };
  limits?: LimitSettings;
  token_place?: PlaceSettings;
  dpop?: DpopSettings;
  certificates?: 'accepted' | 'required';
  public_origin?: string;
  trusted_proxies?: { headers: ProxyHeaderSettings };
  resource?: ResourceSettings;
  dangerous?: DangerousSettings;
}

/** An issuer, or the preset of a provider. */
export type TrustedSettings = IssuerSettings | { provider: object };

/** Where an issuer's keys are: in its metadata, where none of these is there. */
export interface KeySettings {
  metadata_url?: string;
  metadata_base_url?: string;
  jwks_uri?: string;
  static_keys?: string;
  public_key_pem?: string;
  shared_secret?: Secret;
  load_balancer?: { arn: string; keys_at?: string };
}

/** What an issuer's tokens must be, beside its keys. */
export interface IssuerRules {
  shared_secret_beside_keys?: Secret;
  algorithms?: string[];
  tokens_without_audience?: AudienceSubstituteSettings;
  organization_claim?: OrganizationClaimSettings;
  introspection?: IntrospectionSettings;
  dangerous?: { allow_plain_http: boolean };
}

export interface IssuerSettings extends KeySettings, IssuerRules {
  issuer: string;
}

export interface LimitSettings {
  fetch_timeout?: Duration;
  max_resolved_issuers?: number;
  max_cached_tokens?: number;
  max_cached_token_bytes?: number;
}

export interface DpopSettings {
  mode: 'off' | 'accepted' | 'required';
  max_proof_age?: Duration;
  max_proof_future?: Duration;
  algorithms?: string[];
  nonces?: { secret: Secret; previous_secret?: Secret; lifetime?: Duration };
}

/** What a trusted proxy's headers say. Whom JavaScript trusts, it says with each request. */
export interface ProxyHeaderSettings {
  host?: 'x-forwarded-host' | 'forwarded';
  proto?: 'x-forwarded-proto' | 'forwarded';
  client_certificate?: CertificateHeaderSettings;
}

/** `connection` is for certificates that a function of the application finds. */
export interface CertificateHeaderSettings {
  form: 'pem' | 'base64-der' | 'client-cert' | 'x-forwarded-client-cert' | 'x-forwarded-tls-client-cert' | 'connection';
  header?: string;
}

/** How an issuer is asked about tokens that cannot be verified here. */
export interface IntrospectionSettings {
  client_id: string;
  client_secret?: Secret;
  client_auth?: 'client_secret_basic' | 'client_secret_post';
  private_key?: { pem: Secret; algorithm: string; kid?: string };
  endpoint?: string;
  tokens?: 'opaque' | 'every';
  answers?: 'json' | 'signed_jwt' | 'phantom_jwt';
  cache_for?: Duration;
  cache_refusals_for?: Duration;
  bridge_for?: Duration;
}

/** Where requests have their access token. */
export interface PlaceSettings {
  header?: string;
  cookie?: string;
  subprotocol?: string;
  beside_authorization?: boolean;
  written_by_clients?: boolean;
  trusted_origins?: string[];
}

export interface ResourceSettings {
  identifier: string;
  authorization_servers?: string[];
  scopes?: string[];
  name?: string;
  documentation?: string;
  at_root?: boolean;
  client_certificates?: boolean;
  members?: Record<string, unknown>;
}

/** The claim that names the organization. */
export interface OrganizationClaimSettings {
  path: string | string[];
  several: boolean;
}

/** What takes the place of an audience. */
export interface AudienceSubstituteSettings {
  client_id?: string[];
  azp?: string[];
  appid?: string[];
  cid?: string[];
  claims?: Record<string, string>;
}

export interface DangerousSettings {
  allow_any_issuer?: boolean;
  allow_tokens_without_issuer?: boolean;
  allow_any_audience?: boolean;
  allow_tokens_without_expiry?: boolean;
  allow_query_tokens?: boolean;
  clock_tolerance?: Duration;
}
