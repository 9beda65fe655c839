// What the options are called: a misspelt name would leave a protection off that somebody believes to be on.

import { strict as assert } from 'node:assert';
import { checkNames } from '../misspelling';
import { at, eachRow, GROUPS, ISSUER, OPTIONS, optionsThat, type Row } from '../option-table';
import { isObject } from '../js/realm';
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
import type { TokenCookie, TokenHeader, TokenSubprotocol } from './token-place';
import { checkData } from './unset';

type Named<Options, Table> = [keyof Table] extends [keyof Options] ? Readonly<Record<keyof Options, Row>> : never;

/** The rows of the options, by the type that documents them: it does not compile where a row is missing, or has no option. */
const NAMES: Named<AuthOptions, typeof OPTIONS> = OPTIONS;
const ISSUER_NAMES: Named<AsymmetricIssuerConfig & SymmetricIssuerConfig, typeof ISSUER> = ISSUER;
const GROUP_NAMES: {
  [Group in keyof typeof GROUPS]: Named<Documented[Group], (typeof GROUPS)[Group]>;
} = GROUPS;

interface Documented {
  dpop: DPoPOptions;
  'dpop.nonces': DPoPNonceOptions;
  mtls: MtlsOptions;
  loadBalancer: LoadBalancerOptions;
  mcd: MCDOptions;
  cache: NonNullable<AuthOptions['cache']>;
  'cache.discovery': CacheLimits;
  'cache.jwks': CacheLimits;
  introspection: IntrospectionOptions;
  tokenPlace: TokenHeader & TokenCookie & TokenSubprotocol;
  proxyHeaders: ProxyHeaderOptions;
  resource: ResourceOptions;
  dangerous: DangerousOptions;
}

/** What other packages call an option of ours, and where options of a group are looked for by mistake. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    eachRow().flatMap(([place, row]) => (row.isSoughtOutside ? [[place.split('.').at(-1), `'${place}'`]] : [])),
  ),
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

/** Throws at a name that no option has. The original ignores it: `algorithms: ['RS256']` restricts nothing there. */
export function checkOptionNames(options: AuthOptions): void {
  for (const name of optionsThat((row) => row.isOwn))
    assert(options[name] !== null, `'${name}' must not be null: leave it out instead`);
  // Only own properties are read, as the original reads them.
  for (const name of Object.keys(NAMES) as Array<keyof AuthOptions>) {
    const isRead = Object.prototype.propertyIsEnumerable.call(options, name);
    assert(
      isRead || options[name] === undefined,
      `'${name}' is inherited or hidden, and would be ignored: write it into the options themselves`,
    );
  }
  for (const [place, row] of eachRow()) {
    const value = at(options, place);
    if (row.members !== undefined && !row.isChosenByValue && isObject(value))
      checkNames(`'${place}'`, value as object, Object.keys(row.members));
  }
  const { clientCertificateHeader: header } = options;
  if (isObject(header)) {
    const isNamed = header?.kind === 'pem' || header?.kind === 'base64-der';
    checkNames("'clientCertificateHeader'", header as object, isNamed ? ['kind', 'header'] : ['kind']);
  }
  for (const option of optionsThat((row) => row.takes === 'object'))
    assert(options[option] === undefined || isObject(options[option]), `'${option}' must be an object`);
  checkNames('auth()', options, Object.keys(NAMES), ELSEWHERE);
}

/** The same for one of several issuers, which a function may name at a request. */
export function checkIssuerNames(config: IssuerConfig): void {
  if (isObject(config)) checkNames('an issuer of mcd', config, Object.keys(ISSUER_NAMES), ISSUER_ELSEWHERE);
}

/** The same for the description of a resource that is given by itself. */
export function checkResourceNames(resource: ResourceOptions): void {
  checkNames("'resource'", resource, Object.keys(GROUP_NAMES.resource));
  checkData(resource, 'resource');
}
