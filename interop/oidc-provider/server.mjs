// A certified authorization server as a process of its own. README.md has the protocol.

import { X509Certificate, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import Provider, { errors } from 'oidc-provider';
import { ALGORITHMS, KeyRing } from './key-ring.mjs';
import { Memory } from './memory.mjs';

const DEFAULT_LIFETIME_SECONDS = 600;
const KEY_SET_PATH = '/jwks';

// Standard output carries the protocol and nothing else, so notices of the library go the other way.
console.info = console.error;
console.log = console.error;

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    config: { type: 'string' },
    'dpop-nonces': { type: 'boolean', default: false },
  },
});
const config = parseConfig(
  await readFile(options.config ?? new URL('./config.json', import.meta.url), 'utf8'),
);
const keys = await KeyRing.create();
const assertionKeys = makeAssertionKeys();
const nonceSecret = randomBytes(32);

let handle;
let keySetRequests = 0;
const server = createServer((request, response) => {
  if (request.url === KEY_SET_PATH) keySetRequests += 1;
  handle(request, response);
});
server.once('error', (error) => {
  process.stderr.write(`cannot listen on 127.0.0.1:${options.port}: ${error.message}\n`);
  process.exit(1);
});
await new Promise((resolve) => server.listen(Number(options.port), '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

useCurrentKeys();
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
say({ issuer, ...status(), assertionKeys });

// One command at a time, in the order they came; the end of input ends the process, so that a
// test which dies never leaves it behind.
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') say(await obey(line.trim()));
}
stop();

async function obey(command) {
  switch (command) {
    case 'publish':
      await keys.publish();
      break;
    case 'rotate':
      await keys.rotate();
      break;
    case 'drop-old':
      keys.dropOld();
      break;
    case 'status':
      return { done: command, ...status() };
    default:
      return { error: `unknown command: ${command}` };
  }
  useCurrentKeys();
  return { done: command, ...status() };
}

/**
 * The library reads its key set once, at construction. A rotation therefore builds a second
 * instance and swaps the handler between two requests; nothing is lost with the first one, since
 * JWT access tokens are not stored and all instances share what they remember of opaque ones.
 */
function useCurrentKeys() {
  handle = authorizationServer(keys.keySet()).callback();
}

function authorizationServer(jwks) {
  return new Provider(issuer, {
    adapter: Memory,
    jwks,
    routes: { jwks: KEY_SET_PATH },
    clients: [
      ...Object.entries(config.clients).map(registeredClient),
      ...Object.entries(config.resource_servers).map(registeredResourceServer),
    ],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    enabledJWA: { dPoPSigningAlgValues: ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret, requireNonce: () => options['dpop-nonces'] },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client) => client.clientId in config.resource_servers,
      },
      jwtIntrospection: { enabled: true },
      mTLS: { enabled: true, certificateBoundAccessTokens: true, getCertificate: shownCertificate },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, indicator, client) => resourceFor(indicator, client.clientId),
      },
      revocation: { enabled: true },
      richAuthorizationRequests: {
        enabled: true,
        types: Object.fromEntries(config.authorization_details_types.map((type) => [type, { validate() {} }])),
        // What a client asks for it is granted; which types it may ask for, the library checks.
        authorizationDetailsForAccessToken: (ctx) => JSON.parse(ctx.oidc.params.authorization_details),
        authorizationDetailsForIntrospection: (_ctx, token) => token.rar,
      },
    },
    extraTokenClaims: (_ctx, token) => config.clients[token.clientId].claims,
    ttl: {
      ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? DEFAULT_LIFETIME_SECONDS,
    },
  });
}

function registeredClient([id, { secret, dpop_bound: dpop, certificate_bound: certificate, authorization_details_types: types }]) {
  return {
    client_id: id,
    client_secret: secret,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    authorization_details_types: types ?? [],
    token_endpoint_auth_method: 'client_secret_post',
    dpop_bound_access_tokens: dpop ?? false,
    tls_client_certificate_bound_access_tokens: certificate ?? false,
  };
}

/** One that introspects and gets no token of its own. */
function registeredResourceServer([id, { secret, signed_answers: alg }]) {
  return {
    client_id: id,
    grant_types: [],
    redirect_uris: [],
    response_types: [],
    ...(alg && { introspection_signed_response_alg: alg }),
    ...(secret === undefined
      ? { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [publicHalf(assertionKeys[id])] } }
      : { token_endpoint_auth_method: 'client_secret_basic', client_secret: secret }),
  };
}

/** A fresh key for each resource server without a secret; the first line of output gives it to the test. */
function makeAssertionKeys() {
  const ids = Object.keys(config.resource_servers).filter((id) => !config.resource_servers[id].secret);
  return Object.fromEntries(ids.map((id) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return [id, { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: id }];
  }));
}

function publicHalf({ d: _, ...jwk }) {
  return jwk;
}

/**
 * This process speaks plain HTTP, so a certificate comes as from a proxy that terminates TLS: as a
 * byte sequence in `Client-Cert` (RFC 9440).
 */
function shownCertificate(ctx) {
  const [, base64] = /^:([A-Za-z0-9+/]+=*):$/.exec(ctx.get('client-cert')) ?? [];
  return base64 && new X509Certificate(Buffer.from(base64, 'base64'));
}

/** What one client gets for one resource: the scopes both of them know. */
function resourceFor(indicator, clientId) {
  const resource = config.resources[indicator];
  if (resource === undefined) throw new errors.InvalidTarget(`unknown resource: ${indicator}`);
  const client = config.clients[clientId];
  return {
    audience: resource.audience ?? indicator,
    scope: resource.scopes.filter((scope) => client.scopes.includes(scope)).join(' '),
    accessTokenFormat: client.access_token_format ?? 'jwt',
    accessTokenTTL: client.lifetime_seconds ?? DEFAULT_LIFETIME_SECONDS,
    jwt: { sign: { alg: resource.alg ?? 'RS256' } },
  };
}

function parseConfig(text) {
  const { clients, resource_servers, resources, authorization_details_types } = JSON.parse(text);
  for (const [indicator, { alg = 'RS256' }] of Object.entries(resources)) {
    if (!ALGORITHMS.includes(alg)) {
      throw new Error(`resource ${indicator}: alg must be one of ${ALGORITHMS.join(', ')}, not ${alg}`);
    }
  }
  return {
    clients,
    resource_servers: resource_servers ?? {},
    resources,
    authorization_details_types: authorization_details_types ?? [],
  };
}

function status() {
  return { active: keys.activeKeyIds(), published: keys.publishedKeyIds(), keySetRequests };
}

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function stop() {
  server.close(() => process.exit(0));
  server.closeAllConnections();
}
