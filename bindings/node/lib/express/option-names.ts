// What the options are called: a misspelt name would leave a protection off that somebody believes to be on.

import { strict as assert } from 'node:assert';
import type { IntrospectionOptions } from './introspection';
import { isObject } from './option-values';
import type { AuthOptions, DangerousOptions, DPoPNonceOptions, DPoPOptions, MtlsOptions, ProxyHeaderOptions } from './options';
import type { ResourceOptions } from './resource-metadata';

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
  proxyHeaders: true,
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
  'proxyHeaders',
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

/** Throws at an unknown name, and warns of one that the original would let pass. */
export function checkNames(options: AuthOptions): void {
  for (const name of OWN) assert(options[name] !== null, `'${name}' must not be null: leave it out instead`);
  const { dpop, mtls, introspection, dangerous, resource, proxyHeaders, clientCertificateHeader: header } = options;
  const known: Array<[string, unknown, object]> = [
    ['dpop', dpop, DPOP_NAMES],
    ['dpop.nonces', dpop?.nonces, NONCE_NAMES],
    ['mtls', mtls, MTLS_NAMES],
    ['introspection', introspection, INTROSPECTION_NAMES],
    ['dangerous', dangerous, DANGEROUS_NAMES],
    ['resource', resource, RESOURCE_NAMES],
    ['proxyHeaders', proxyHeaders, PROXY_HEADER_NAMES],
    ['clientCertificateHeader', header, header?.kind === 'pem' || header?.kind === 'base64-der' ? { kind: true, header: true } : { kind: true }],
  ];
  for (const [option, value, names] of known) {
    for (const name of isObject(value) ? Object.keys(value as object) : []) {
      assert(Object.hasOwn(names, name), `'${option}' has no option '${name}'; there are ${Object.keys(names).join(', ')}`);
    }
  }
  for (const option of ['introspection', 'resource', 'dangerous', 'proxyHeaders', 'clientCertificateHeader'] as const) {
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
