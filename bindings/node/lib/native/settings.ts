// The settings of an engine, as they cross to the addon: JSON, durations in milliseconds.

export interface EngineSettings {
  issuers: IssuerSettings[];
  /** The name of a preset with its values. */
  provider?: object;
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
  organizationClaim?: OrganizationClaimSettings;
  sender?: SenderSettings;
  tokenPlace?: PlaceSettings;
  /** The URL of the protected resource metadata, for the challenges. */
  resourceMetadata?: string;
  sharedRevocations?: boolean;
  dangerous: {
    anyIssuer?: boolean;
    tokensWithoutIssuer?: boolean;
    anyAudience?: boolean;
    noExpiry?: boolean;
    queryTokens?: boolean;
    clockTolerance?: boolean;
  };
}

/** Who may use a token. Without it no scheme but `Bearer` is looked at. */
export interface SenderSettings {
  dpop?: {
    required: boolean;
    proofAge: number;
    proofFuture: number;
    algorithms?: string[];
    nonces?: { secret: number[]; previousSecret?: number[]; lifetime?: number };
  };
  publicOrigin?: string;
  proxyHeaders?: { host?: 'x-forwarded-host' | 'forwarded'; proto?: 'x-forwarded-proto' | 'forwarded' };
  certificateHeader?:
    | { kind: 'pem' | 'base64-der'; header: string }
    | { kind: 'client-cert' | 'xfcc' | 'x-forwarded-tls-client-cert' };
  /** Whether the application's own function finds the certificates of a trusted proxy's clients, too. */
  certificateFunction?: boolean;
  /** Whether tokens must be bound to a certificate. */
  certificateRequired?: boolean;
}

/** The keys an issuer's tokens are verified with. */
export type KeySettings =
  | { discovery: Record<string, never> }
  | { metadataBase: string }
  | { metadataUrl: string }
  | { jwksUri: string }
  | { jwks: string }
  | { pem: string }
  | { secret: string }
  | { secretBytes: number[] }
  | { loadBalancer: { arn: string; keysAt?: string } };

export interface IssuerSettings {
  identifier: string;
  keys: KeySettings;
  /** A shared secret beside published keys. */
  secretBesideKeys?: number[];
  introspection?: IntrospectionSettings;
  algorithms?: string[];
  audiences?: string[];
  tokensWithoutAudience?: AudienceSubstituteSettings;
  organizationClaim?: OrganizationClaimSettings;
  plainHttp?: boolean;
}

/** How an issuer is asked about tokens that cannot be verified here. */
export interface IntrospectionSettings {
  clientId: string;
  client:
    | { secretBasic: { secret: string } }
    | { secretPost: { secret: string } }
    | { privateKeyJwt: { pem: string; alg: string; kid?: string } };
  endpoint?: string;
  tokens?: 'opaque' | 'every';
  answers?: 'json' | 'signed' | 'phantom';
  cacheFor?: number;
  cacheRefusalsFor?: number;
  bridgeFor?: number;
}

/** Where requests have their access token. */
export interface PlaceSettings {
  header?: string;
  cookie?: string;
  subprotocol?: string;
  besideAuthorization?: boolean;
  writtenByClients?: boolean;
  trustedOrigins?: string[];
}

/** A protected resource, and what the other options say of it. */
export interface ResourceSettings {
  identifier: string;
  issuers: string[];
  scopes?: string[];
  name?: string;
  documentation?: string;
  members?: Record<string, unknown>;
  sender: SenderSettings;
  certificates: boolean;
  queryTokens: boolean;
  formTokens: boolean;
  tokenPlace?: PlaceSettings;
}

/** The claim that names the organization. */
export interface OrganizationClaimSettings {
  path: string | string[];
  several: boolean;
}

/** What takes the place of an audience. */
export interface AudienceSubstituteSettings {
  claim: 'client_id' | 'azp' | 'appid' | 'cid';
  values: string[];
  further: Array<[string, string]>;
}
