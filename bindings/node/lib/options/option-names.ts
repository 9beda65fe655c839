// What the options are called: a misspelt name would leave a protection off that somebody believes to be on.

import { strict as assert } from 'node:assert';
import { checkNames } from '../misspelling';
import { isObject } from '../realm';
import type { IntrospectionOptions } from './introspection';
import type {
  AsymmetricIssuerConfig,
  AuthOptions,
  CacheLimits,
  DangerousOptions,
  DPoPNonceOptions,
  DPoPOptions,
  IssuerConfig,
  LoadBalancerOptions,
  MCDOptions,
  MtlsOptions,
  ProxyHeaderOptions,
  SymmetricIssuerConfig,
} from './options';
import type { ResourceOptions } from './resource';
import { checkData } from './unset';

type Names<T> = Record<keyof T, true>;

// The types see to it that no name is forgotten here.
const NAMES: Names<AuthOptions> = {
  issuerBaseURL: true,
  issuer: true,
  jwksUri: true,
  audience: true,
  secret: true,
  secretBesideKeys: true,
  publicKey: true,
  tokenSigningAlg: true,
  loadBalancer: true,
  provider: true,
  mcd: true,
  strict: true,
  clockTolerance: true,
  maxTokenAge: true,
  validators: true,
  authRequired: true,
  agent: true,
  keyRequestHeaders: true,
  cooldownDuration: true,
  timeoutDuration: true,
  cacheMaxAge: true,
  cache: true,
  dpop: true,
  mtls: true,
  getCertificate: true,
  tokenPlace: true,
  publicOrigin: true,
  proxyHeaders: true,
  clientCertificateHeader: true,
  introspection: true,
  resource: true,
  replayStore: true,
  revocation: true,
  requirement: true,
  organizationClaim: true,
  implies: true,
  tokensWithoutAudience: true,
  observe: true,
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
const LOAD_BALANCER_NAMES: Names<LoadBalancerOptions> = { arn: true, keysAt: true };
const MTLS_NAMES: Names<MtlsOptions> = { enabled: true, required: true };
const PROXY_HEADER_NAMES: Names<ProxyHeaderOptions> = { host: true, proto: true };
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
  bridgeDuration: true,
};
const DANGEROUS_NAMES: Names<DangerousOptions> = {
  plainHttp: true,
  queryTokens: true,
  clockTolerance: true,
  tokensWithoutIssuer: true,
};
const RESOURCE_NAMES: Names<ResourceOptions> = {
  identifier: true,
  authorizationServers: true,
  scopes: true,
  name: true,
  documentation: true,
  atRoot: true,
  members: true,
};

const MCD_NAMES: Names<MCDOptions> = { issuers: true };
const ISSUER_NAMES: Names<AsymmetricIssuerConfig & SymmetricIssuerConfig> = {
  issuer: true,
  alg: true,
  jwksUri: true,
  publicKey: true,
  secret: true,
  tokensWithoutAudience: true,
  organizationClaim: true,
  secretBesideKeys: true,
};
const CACHE_NAMES: Names<NonNullable<AuthOptions['cache']>> = { discovery: true, jwks: true };
const LIMIT_NAMES: Names<CacheLimits> = { maxEntries: true, ttl: true };

/** What other packages call an option of ours, and where options of a group are looked for by mistake. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...within('dpop', ['iatOffset', 'iatLeeway', 'nonces', 'rememberedProofs']),
  ...within('introspection', ['clientId', 'clientSecret', 'clientAuthentication']),
  ...within('dangerous', ['plainHttp', 'queryTokens']),
  ...within('mcd', ['issuers']),
  ...within('tokenPlace', ['header', 'cookie', 'subprotocol', 'trustedOrigins']),
  alg: "'tokenSigningAlg'",
  algorithm: "'tokenSigningAlg'",
  algorithms: "'tokenSigningAlg', which names one algorithm",
  allowedAlgorithms: "'tokenSigningAlg', which names one algorithm",
  clockSkew: "'clockTolerance'",
  leeway: "'clockTolerance'",
  maxAge: "'maxTokenAge'",
  required: "'authRequired'",
  credentialsRequired: "'authRequired'",
  domain: "'issuerBaseURL', or 'provider'",
  preset: "'provider'",
  providers: "'provider', which names one",
  baseURL: "'issuerBaseURL'",
  issuerURL: "'issuerBaseURL'",
  scope: "'requirement'",
  scopes: "'requirement'",
  requiredScopes: "'requirement'",
  isRevoked: "'revocation'",
  getToken: "'tokenPlace'",
  tokenHeader: "'tokenPlace'",
  tokenCookie: "'tokenPlace'",
};
const ISSUER_ELSEWHERE: Readonly<Record<string, string>> = {
  algorithm: "'alg'",
  algorithms: "'alg', which names one algorithm",
  tokenSigningAlg: "'alg'",
  issuerBaseURL: "'issuer'",
};

/** What the original has no counterpart of: `null` here is a mistake, such as a store that was not connected. */
const OWN = [
  'provider',
  'loadBalancer',
  'tokenPlace',
  'publicOrigin',
  'proxyHeaders',
  'clientCertificateHeader',
  'introspection',
  'resource',
  'replayStore',
  'revocation',
  'requirement',
  'organizationClaim',
  'implies',
  'tokensWithoutAudience',
  'secretBesideKeys',
  'keyRequestHeaders',
  'observe',
  'dangerous',
] as const;

/** Throws at a name that no option has. The original ignores it: `algorithms: ['RS256']` restricts nothing there. */
export function checkOptionNames(options: AuthOptions): void {
  for (const name of OWN) assert(options[name] !== null, `'${name}' must not be null: leave it out instead`);
  // Only own properties are read, as the original reads them.
  for (const name of Object.keys(NAMES) as Array<keyof AuthOptions>) {
    const isRead = Object.prototype.propertyIsEnumerable.call(options, name);
    assert(
      isRead || options[name] === undefined,
      `'${name}' is inherited or hidden, and would be ignored: write it into the options themselves`,
    );
  }
  const {
    dpop,
    loadBalancer,
    mtls,
    introspection,
    dangerous,
    resource,
    proxyHeaders,
    clientCertificateHeader: header,
    mcd,
    cache,
  } = options;
  const groups: Array<[string, unknown, object]> = [
    ['dpop', dpop, DPOP_NAMES],
    ['dpop.nonces', dpop?.nonces, NONCE_NAMES],
    ['loadBalancer', loadBalancer, LOAD_BALANCER_NAMES],
    ['mtls', mtls, MTLS_NAMES],
    ['introspection', introspection, INTROSPECTION_NAMES],
    ['dangerous', dangerous, DANGEROUS_NAMES],
    ['resource', resource, RESOURCE_NAMES],
    ['proxyHeaders', proxyHeaders, PROXY_HEADER_NAMES],
    [
      'clientCertificateHeader',
      header,
      header?.kind === 'pem' || header?.kind === 'base64-der' ? { kind: true, header: true } : { kind: true },
    ],
    ['mcd', mcd, MCD_NAMES],
    ['cache', cache, CACHE_NAMES],
    ['cache.discovery', cache?.discovery, LIMIT_NAMES],
    ['cache.jwks', cache?.jwks, LIMIT_NAMES],
  ];
  for (const [option, value, names] of groups) {
    if (isObject(value)) checkNames(`'${option}'`, value as object, Object.keys(names));
  }
  for (const option of [
    'loadBalancer',
    'introspection',
    'resource',
    'dangerous',
    'proxyHeaders',
    'clientCertificateHeader',
  ] as const) {
    assert(options[option] === undefined || isObject(options[option]), `'${option}' must be an object`);
  }
  checkNames('auth()', options, Object.keys(NAMES), ELSEWHERE);
}

/** The same for one of several issuers, which a function may name at a request. */
export function checkIssuerNames(config: IssuerConfig): void {
  if (isObject(config)) checkNames('an issuer of mcd', config, Object.keys(ISSUER_NAMES), ISSUER_ELSEWHERE);
}

/** The same for the description of a resource that is given by itself. */
export function checkResourceNames(resource: ResourceOptions): void {
  checkNames("'resource'", resource, Object.keys(RESOURCE_NAMES));
  checkData(resource, 'resource');
}

function within(group: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `'${group}.${name}'`]));
}
