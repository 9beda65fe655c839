// What the core says of a setting that cannot work, by the names of the options.
//
// The addon throws JSON: the path in the settings, and what is wrong there. The path is looked up in a table, and the
// sentence is passed on as it is.

/** The option for each path of the settings. Those of one issuer are here without the issuer's place. */
const OPTIONS: Readonly<Record<string, string>> = {
  audiences: 'audience',
  issuer: 'issuer',
  shared_secret: 'secret',
  shared_secret_beside_keys: 'secretBesideKeys',
  static_keys: 'publicKey',
  public_key_pem: 'publicKey',
  jwks_uri: 'jwksUri',
  metadata_url: 'issuerBaseURL',
  metadata_base_url: 'issuerBaseURL',
  algorithms: 'tokenSigningAlg',
  tokens_without_audience: 'tokensWithoutAudience',
  organization_claim: 'organizationClaim',
  load_balancer: 'loadBalancer',
  'load_balancer.arn': 'loadBalancer.arn',
  'load_balancer.keys_at': 'loadBalancer.keysAt',
  introspection: 'introspection',
  'introspection.client_id': 'introspection.clientId',
  'introspection.client_secret': 'introspection.clientSecret',
  'introspection.client_auth': 'introspection.clientAuthentication',
  'introspection.private_key': 'introspection.privateKey',
  'introspection.private_key.pem': 'introspection.privateKey',
  'introspection.private_key.algorithm': 'introspection.privateKeyAlg',
  'introspection.private_key.kid': 'introspection.privateKeyId',
  'introspection.endpoint': 'introspection.endpoint',
  'introspection.cache_for': 'introspection.cacheDuration',
  'introspection.cache_refusals_for': 'introspection.refusalCacheDuration',
  'introspection.bridge_for': 'introspection.bridgeDuration',
  clock_tolerance: 'clockTolerance',
  max_age: 'maxTokenAge',
  'key_sets.cooldown': 'cooldownDuration',
  'key_sets.max_age': 'cacheMaxAge',
  'key_sets.max_metadata_age': 'cache.discovery.ttl',
  'limits.fetch_timeout': 'timeoutDuration',
  'limits.max_resolved_issuers': 'cache.discovery.maxEntries',
  token_place: 'tokenPlace',
  'token_place.trusted_origins': 'tokenPlace.trustedOrigins',
  public_origin: 'publicOrigin',
  'dpop.algorithms': 'dpop.algorithms',
  'dpop.max_proof_age': 'dpop.iatOffset',
  'dpop.max_proof_future': 'dpop.iatLeeway',
  'dpop.nonces': 'dpop.nonces',
  'dpop.nonces.secret': 'dpop.nonces.secret',
  'dpop.nonces.previous_secret': 'dpop.nonces.previousSecret',
  'dpop.nonces.lifetime': 'dpop.nonces.lifetime',
  'trusted_proxies.headers.host': 'proxyHeaders.host',
  'trusted_proxies.headers.proto': 'proxyHeaders.proto',
  'trusted_proxies.headers.client_certificate.form': 'clientCertificateHeader.kind',
  'trusted_proxies.headers.client_certificate.header': 'clientCertificateHeader.header',
  'resource.authorization_servers': 'resource.authorizationServers',
  'dangerous.allow_any_issuer': 'validators.iss',
  'dangerous.allow_tokens_without_issuer': 'dangerous.tokensWithoutIssuer',
  'dangerous.allow_plain_http': 'dangerous.plainHttp',
  'dangerous.clock_tolerance': 'dangerous.clockTolerance',
};

/** The same of an issuer in a list, which has other names for some. */
const OPTIONS_IN_LIST: Readonly<Record<string, string>> = {
  ...OPTIONS,
  algorithms: 'alg',
  metadata_url: 'issuer',
  metadata_base_url: 'issuer',
};

/** These options are one value where the settings have a list. */
const SINGLE = ['alg', 'tokenSigningAlg'];

/** Where each issuer of the settings is in the options, such as `mcd.issuers[1]`; `undefined` where the options themselves
 * are about it. */
export type IssuerPlaces = readonly (string | undefined)[];

/** The message of an error of the addon; one that is not JSON is passed on. */
export function inOptions(message: string, places: IssuerPlaces = []): string {
  if (!message.startsWith('{')) return message;
  const { path, problem, allowed_by } = JSON.parse(message) as {
    path: string;
    problem: string;
    allowed_by?: string | null;
  };
  const name = optionAt(path, places);
  // The sentence ends in the word `dangerous`, and the member follows it.
  const member = allowed_by ? optionAt(allowed_by, []).replace('dangerous.', '') : undefined;
  const said = member === undefined ? problem : `${problem}: { ${member}: true }`;
  return name === '' ? said : `${name}: ${said}`;
}

function optionAt(path: string, places: IssuerPlaces): string {
  const [, index, own = path] = /^issuers\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
  const place = index === undefined ? undefined : places[Number(index)];
  if (place === undefined) return nameIn(OPTIONS, own);
  return own === '' ? place : `${place}.${nameIn(OPTIONS_IN_LIST, own)}`;
}

/** The longest part of the path that is in the table, by the option's name, and the rest as it is: the place in a list, or
 * the name of a member that is the application's. */
function nameIn(table: Readonly<Record<string, string>>, path: string): string {
  for (let end = path.length; end > 0; end = Math.max(path.lastIndexOf('.', end - 1), path.lastIndexOf('[', end - 1))) {
    const known = path.slice(0, end);
    if (!Object.hasOwn(table, known)) continue;
    const name = table[known] as string;
    return SINGLE.includes(name) ? name : `${name}${path.slice(end)}`;
  }
  return path;
}
