// Every option of `auth()` by its place, for tests that try wrong values of each.

import { RevocationList, scopes } from 'bearward';
import { auth } from 'bearward/express';
import { keyPair } from './issuer.mjs';

export const NAMED = { issuer: 'https://issuer.example', audience: 'https://api.example.com' };
const CLIENT = { clientId: 'api', clientSecret: 'a secret' };
const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188';
const SECRET = 'a secret that is long enough for HS256, and a little more';
const key = await keyPair();
const list = () => new RevocationList();

/** `undefined` is an error: without the option, less is checked. */
export const REFUSED = 'refused';
/** `undefined` is as good as left out, as in `express-oauth2-jwt-bearer`. */
export const AS_THERE = 'as there';
/** `undefined` is as good as left out: no less is checked without the option. */
export const NO_WEAKER = 'no weaker';

/** Each option by its place: what `undefined` is, and options with the value that it takes the place of. */
export const OPTIONS = {
  issuerBaseURL: [AS_THERE, { issuerBaseURL: 'https://issuer.example' }],
  issuer: [AS_THERE, { issuer: 'https://issuer.example', issuerBaseURL: 'https://issuer.example' }],
  jwksUri: [AS_THERE, { jwksUri: 'https://issuer.example/jwks' }],
  audience: [REFUSED, { audience: 'https://api.example.com' }],
  secret: [AS_THERE, { secret: SECRET, tokenSigningAlg: 'HS256' }, /must supply one of RS256/],
  publicKey: [AS_THERE, { publicKey: key.jwk }],
  tokenSigningAlg: [AS_THERE, { tokenSigningAlg: 'RS256' }],
  mcd: [AS_THERE, { mcd: { issuers: ['https://issuer.example'] }, issuer: undefined }, /You must provide 'mcd'/],
  strict: [AS_THERE, { strict: true }],
  clockTolerance: [AS_THERE, { clockTolerance: 1 }],
  maxTokenAge: [AS_THERE, { maxTokenAge: 60 }],
  validators: [AS_THERE, { validators: { sub: 'a' } }],
  'validators.iss': [REFUSED, { validators: { iss: 'https://issuer.example' } }],
  'validators.tid': [REFUSED, { validators: { tid: 'a' } }],
  authRequired: [AS_THERE, { authRequired: true }],
  agent: [AS_THERE, { agent: {} }],
  timeoutDuration: [AS_THERE, { timeoutDuration: 1000 }],
  cacheMaxAge: [AS_THERE, { cacheMaxAge: 1000 }],
  cooldownDuration: [AS_THERE, { cooldownDuration: 1000 }],
  'cache.discovery.ttl': [AS_THERE, { cache: { discovery: { ttl: 1000 } } }],
  'cache.jwks.ttl': [AS_THERE, { cache: { jwks: { ttl: 1000 } } }],
  'cache.discovery.maxEntries': [AS_THERE, { cache: { discovery: { maxEntries: 1 } } }],
  'cache.jwks.maxEntries': [AS_THERE, { cache: { jwks: { maxEntries: 1 } } }],
  'dpop.enabled': [AS_THERE, { dpop: { enabled: false } }],
  'dpop.iatOffset': [AS_THERE, { dpop: { iatOffset: 60 } }],
  'dpop.iatLeeway': [AS_THERE, { dpop: { iatLeeway: 1 } }],
  'mtls.enabled': [AS_THERE, { mtls: { enabled: true } }],
  getCertificate: [AS_THERE, { getCertificate: () => undefined }],

  'dpop.required': [REFUSED, { dpop: { required: true } }],
  'dpop.algorithms': [REFUSED, { dpop: { algorithms: ['ES256'] } }],
  'dpop.nonces': [REFUSED, { dpop: { nonces: true } }],
  'dpop.nonces.secret': [REFUSED, { dpop: { nonces: { secret: SECRET } } }],
  'dpop.nonces.lifetime': [REFUSED, { dpop: { nonces: { secret: SECRET, lifetime: 60 } } }],
  'mtls.required': [REFUSED, { mtls: { enabled: true, required: true } }],
  loadBalancer: [REFUSED, { loadBalancer: { arn: ARN } }],
  'loadBalancer.arn': [REFUSED, { loadBalancer: { arn: ARN } }],
  provider: [REFUSED, { provider: { firebase: { project: 'a' } }, issuer: undefined, audience: undefined }],
  'provider.github_actions.owners': [
    REFUSED,
    {
      provider: { github_actions: { audience: 'https://api.example.com', owners: ['a'], repositories: ['a/b'] } },
      issuer: undefined,
      audience: undefined,
    },
  ],
  requirement: [REFUSED, { requirement: scopes('read') }],
  'tokensWithoutAudience.clientId': [REFUSED, { tokensWithoutAudience: { clientId: 'a' } }],
  'tokensWithoutAudience.claims': [
    REFUSED,
    { tokensWithoutAudience: { clientId: 'a', claims: { token_use: 'access' } } },
  ],
  'tokensWithoutAudience.claims.token_use': [
    REFUSED,
    { tokensWithoutAudience: { clientId: 'a', claims: { token_use: 'access' } } },
  ],
  publicOrigin: [REFUSED, { publicOrigin: 'https://api.example.com' }],
  replayStore: [REFUSED, { replayStore: { claim: () => true } }],
  introspection: [REFUSED, { introspection: CLIENT }],
  'introspection.clientId': [REFUSED, { introspection: CLIENT }],
  'introspection.clientSecret': [REFUSED, { introspection: CLIENT }],
  'introspection.tokens': [REFUSED, { introspection: { ...CLIENT, tokens: 'every' } }],
  'introspection.answers': [REFUSED, { introspection: { ...CLIENT, answers: 'signed' } }],
  'introspection.cacheDuration': [REFUSED, { introspection: { ...CLIENT, cacheDuration: 1000 } }],
  'introspection.bridgeDuration': [REFUSED, { introspection: { ...CLIENT, bridgeDuration: 0 } }],
  revocation: [REFUSED, { revocation: list() }],
  observe: [REFUSED, { observe: () => {} }],
  'clientCertificateHeader.kind': [REFUSED, { clientCertificateHeader: { kind: 'xfcc' } }],
  'clientCertificateHeader.header': [REFUSED, { clientCertificateHeader: { kind: 'pem', header: 'x-cert' } }],
  'tokenPlace.header': [REFUSED, { tokenPlace: { header: 'x-token' } }],
  'tokenPlace.cookie': [REFUSED, { tokenPlace: { cookie: '__Host-token' } }],
  'tokenPlace.subprotocol': [REFUSED, { tokenPlace: { subprotocol: 'bearer' } }],
  'resource.identifier': [REFUSED, { resource: { identifier: 'https://api.example.com' } }],
  'organizationClaim.path': [REFUSED, { organizationClaim: { path: 'org' } }],
  'mcd.issuers': [REFUSED, { mcd: { issuers: ['https://issuer.example'] }, issuer: undefined }],

  // It verifies some tokens beside those of the issuer's keys.
  secretBesideKeys: [NO_WEAKER, { secretBesideKeys: SECRET }],
  // Another claim names the organization.
  organizationClaim: [NO_WEAKER, { organizationClaim: 'org_id' }],
  'organizationClaim.several': [NO_WEAKER, { organizationClaim: { path: 'org', several: true } }],
  // Scopes include no others.
  implies: [NO_WEAKER, { implies: { write: ['read'] } }],
  // Tokens need an audience.
  tokensWithoutAudience: [NO_WEAKER, { tokensWithoutAudience: { clientId: 'a' } }],
  // Keys are asked for without them.
  keyRequestHeaders: [NO_WEAKER, { keyRequestHeaders: { 'x-key': 'a' } }],
  'dangerous.plainHttp': [NO_WEAKER, { dangerous: { plainHttp: true } }],
  'dangerous.tokensWithoutIssuer': [NO_WEAKER, { dangerous: { tokensWithoutIssuer: true } }],
  'dangerous.queryTokens': [NO_WEAKER, { dangerous: { queryTokens: true } }],
  'dangerous.clockTolerance': [NO_WEAKER, { dangerous: { clockTolerance: true } }],
  'dpop.nonces.previousSecret': [NO_WEAKER, { dpop: { nonces: { secret: SECRET, previousSecret: SECRET } } }],
  // Beyond the bound, proofs are refused.
  'dpop.rememberedProofs': [NO_WEAKER, { dpop: { rememberedProofs: 10 } }],
  // A token anywhere else lets no request in.
  tokenPlace: [NO_WEAKER, { tokenPlace: { cookie: '__Host-token' } }],
  'tokenPlace.besideAuthorization': [NO_WEAKER, { tokenPlace: { header: 'x-token', besideAuthorization: true } }],
  'tokenPlace.writtenByClients': [NO_WEAKER, { tokenPlace: { header: 'x-token', writtenByClients: true } }],
  'tokenPlace.trustedOrigins': [
    NO_WEAKER,
    { tokenPlace: { cookie: '__Host-token', trustedOrigins: ['https://app.example.com'] } },
  ],
  // No header is believed.
  proxyHeaders: [NO_WEAKER, { proxyHeaders: { host: 'x-forwarded-host' } }],
  'proxyHeaders.host': [NO_WEAKER, { proxyHeaders: { host: 'x-forwarded-host' } }],
  'proxyHeaders.proto': [NO_WEAKER, { proxyHeaders: { proto: 'x-forwarded-proto' } }],
  // No certificate is known, and certificate-bound tokens are refused.
  clientCertificateHeader: [NO_WEAKER, { clientCertificateHeader: { kind: 'xfcc' } }],
  // Refusals are forgotten at another time.
  'introspection.refusalCacheDuration': [NO_WEAKER, { introspection: { ...CLIENT, refusalCacheDuration: 1000 } }],
  // What says who asks, and where.
  'introspection.clientAuthentication': [
    NO_WEAKER,
    { introspection: { ...CLIENT, clientAuthentication: 'client_secret_basic' } },
  ],
  'introspection.endpoint': [NO_WEAKER, { introspection: { ...CLIENT, endpoint: 'https://issuer.example/ask' } }],
  'introspection.privateKey': [NO_WEAKER, { introspection: CLIENT }],
  'introspection.privateKeyAlg': [NO_WEAKER, { introspection: { ...CLIENT, privateKeyAlg: 'ES256' } }],
  'introspection.privateKeyId': [NO_WEAKER, { introspection: { ...CLIENT, privateKeyId: 'a' } }],
  'loadBalancer.keysAt': [NO_WEAKER, { loadBalancer: { arn: ARN, keysAt: 'https://keys.example' } }],
  // What clients are told.
  resource: [NO_WEAKER, { resource: { identifier: 'https://api.example.com' } }],
  ...Object.fromEntries(
    Object.entries({
      authorizationServers: ['https://issuer.example'],
      scopes: ['read'],
      name: 'An API',
      documentation: 'https://api.example.com/docs',
      atRoot: true,
      members: {},
    }).map(([name, value]) => [
      `resource.${name}`,
      [NO_WEAKER, { resource: { identifier: 'https://api.example.com', [name]: value } }],
    ]),
  ),
};

/** The options with another value at this place. */
export function withValue(options, place, value) {
  const [name, ...rest] = place.split('.');
  const inner = rest.length === 0 ? value : withValue(options[name] ?? {}, rest.join('.'), value);
  return { ...options, [name]: inner };
}

/** What becomes of these options: `undefined` where they pass, else the error. */
export function attempt(options) {
  try {
    auth({ ...NAMED, ...options });
    return undefined;
  } catch (error) {
    return error;
  }
}
