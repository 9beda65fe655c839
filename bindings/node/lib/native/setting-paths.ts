// What the core says of a setting that cannot work, by the names of the options.
//
// The addon throws JSON: the path in the settings, and what is wrong there. The path is looked up in a table, and the
// sentence is passed on as it is.

/** The option that each path of the settings stands for. Those of one issuer are here by their own names. */
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
  'introspection.private_key': 'introspection.privateKey',
  'introspection.private_key.algorithm': 'introspection.privateKeyAlg',
  'introspection.endpoint': 'introspection.endpoint',
  'introspection.cache_for': 'introspection.cacheDuration',
  'introspection.cache_refusals_for': 'introspection.refusalCacheDuration',
  'introspection.bridge_for': 'introspection.bridgeDuration',
  clock_tolerance: 'clockTolerance',
  max_age: 'maxTokenAge',
  'limits.fetch_timeout': 'timeoutDuration',
  token_place: 'tokenPlace',
  public_origin: 'publicOrigin',
  'dpop.algorithms': 'dpop.algorithms',
  'dpop.max_proof_age': 'dpop.iatOffset',
  'dpop.max_proof_future': 'dpop.iatLeeway',
  'dpop.nonces': 'dpop.nonces',
  'dpop.nonces.lifetime': 'dpop.nonces.lifetime',
  'trusted_proxies.headers.client_certificate.header': 'clientCertificateHeader.header',
  'resource.identifier': 'resource.identifier',
  'resource.scopes': 'resource.scopes',
  'resource.name': 'resource.name',
  'resource.documentation': 'resource.documentation',
};

/** The members of `dangerous` by the names of the settings. */
const DANGEROUS: Readonly<Record<string, string>> = { clock_tolerance: 'clockTolerance', plain_http: 'plainHttp' };

/** The message of an error of the addon; one that is no JSON is passed on. */
export function inOptions(message: string): string {
  if (!message.startsWith('{')) return message;
  const { path, problem, allowed_by } = JSON.parse(message) as {
    path: string;
    problem: string;
    allowed_by?: string | null;
  };
  const name = optionAt(path);
  // The sentence ends in the word `dangerous`, and the member follows it.
  const said = allowed_by ? `${problem}: { ${DANGEROUS[allowed_by] ?? allowed_by}: true }` : problem;
  return name === '' ? said : `${name}: ${said}`;
}

function optionAt(path: string): string {
  const own = path.replace(/^issuers\[\d+\]\./, '').replace(/\[\d+\]/g, '');
  return OPTIONS[own] ?? own;
}
