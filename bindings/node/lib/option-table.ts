// Every option of `auth()`, a row each: where it is in the settings of the core, how it is written there, and what is checked
// of its value. What has code by itself (a place of the token, a provider, introspection) is in the file of `options` that is
// called so.
//
// A new option is a row here and its documented type in `options`; if the core has no such setting, a member of its settings,
// too. One of an issuer is a row of `ISSUER`; what the row does not say, `options/issuer-settings.ts` writes. The types see to it
// that no row is missing.

/** What is true of one option. */
export interface Row {
  /** Its paths in the settings of the core, or in those of one issuer: an error of the core names the option in their place. */
  settings?: readonly string[];
  /** How it is written at the first of these paths. Without this, code writes it. */
  as?: 'itself' | 'seconds' | 'milliseconds' | 'secret';
  /** The settings have a list where this is one value. */
  isOneOfList?: true;
  takes?: 'switch' | 'number' | 'finite number' | 'whole number' | 'timer' | 'object';
  default?: number | boolean;
  /** `express-oauth2-jwt-bearer` does not have it: `null` is a mistake, such as a store that was not connected. */
  isOwn?: true;
  /** Without it less is checked, so `undefined` is a mistake: it may be left out where this is so. */
  leaveOutWhere?: string;
  /** The empty text is as good as absent: a template that leaves a value out makes an empty variable of it. */
  isAbsentIfEmpty?: true;
  /** A preset of a provider says it, or takes its place. */
  isSaidByPreset?: true;
  /** `code` is, or holds, functions. An `object` of the application's is known by its identity and may hold what it likes. */
  holds?: 'code' | 'object';
  /** An option of a group that is looked for outside it by mistake. */
  isSoughtOutside?: true;
  /** What is in a group of options. */
  members?: Rows;
  /** Which members there may be depends on their values: code checks their names. */
  isChosenByValue?: true;
}

export type Rows = Readonly<Record<string, Row>>;

/** Rows that are known by their names. */
const rows = <Name extends string>(given: Record<Name, Row>): Readonly<Record<Name, Row>> => given;

const NONCES = rows({
  secret: { settings: ['dpop.nonces.secret'], as: 'secret' },
  previousSecret: { settings: ['dpop.nonces.previous_secret'], as: 'secret' },
  lifetime: {
    settings: ['dpop.nonces.lifetime'],
    as: 'seconds',
    takes: 'finite number',
    leaveOutWhere: 'the default lifetime is meant',
  },
});

const DPOP = rows({
  enabled: {},
  required: { leaveOutWhere: 'a token need not be bound to a key' },
  iatOffset: { settings: ['dpop.max_proof_age'], as: 'seconds', default: 300, isSoughtOutside: true },
  iatLeeway: { settings: ['dpop.max_proof_future'], as: 'seconds', default: 30, isSoughtOutside: true },
  algorithms: {
    settings: ['dpop.algorithms'],
    as: 'itself',
    leaveOutWhere: 'every default algorithm may sign a proof',
  },
  nonces: {
    settings: ['dpop.nonces'],
    leaveOutWhere: 'a proof needs no nonce',
    isSoughtOutside: true,
    members: NONCES,
  },
  rememberedProofs: { isSoughtOutside: true },
});

const MTLS = rows({
  enabled: {},
  required: { leaveOutWhere: 'a token need not be bound to a certificate' },
});

const LOAD_BALANCER = rows({
  arn: { settings: ['load_balancer.arn'], as: 'itself' },
  keysAt: { settings: ['load_balancer.keys_at'], as: 'itself' },
});

const INTROSPECTION = rows({
  clientId: { settings: ['introspection.client_id'], as: 'itself', isSoughtOutside: true },
  clientSecret: { settings: ['introspection.client_secret'], isSoughtOutside: true },
  clientAuthentication: { settings: ['introspection.client_auth'], isSoughtOutside: true },
  privateKey: { settings: ['introspection.private_key', 'introspection.private_key.pem'] },
  privateKeyAlg: { settings: ['introspection.private_key.algorithm'] },
  privateKeyId: { settings: ['introspection.private_key.kid'] },
  endpoint: { settings: ['introspection.endpoint'], as: 'itself' },
  tokens: { settings: ['introspection.tokens'], as: 'itself', leaveOutWhere: 'only opaque tokens are asked about' },
  answers: { settings: ['introspection.answers'], leaveOutWhere: 'an answer need not be signed' },
  cacheDuration: {
    settings: ['introspection.cache_for'],
    as: 'milliseconds',
    takes: 'finite number',
    leaveOutWhere: 'the default duration is meant',
  },
  refusalCacheDuration: {
    settings: ['introspection.cache_refusals_for'],
    as: 'milliseconds',
    takes: 'finite number',
  },
  bridgeDuration: {
    settings: ['introspection.bridge_for'],
    as: 'milliseconds',
    takes: 'finite number',
    leaveOutWhere: 'the default duration is meant',
  },
});

const TOKEN_PLACE = rows({
  header: { settings: ['token_place.header'], as: 'itself', isSoughtOutside: true },
  cookie: { settings: ['token_place.cookie'], as: 'itself', isSoughtOutside: true },
  subprotocol: { settings: ['token_place.subprotocol'], as: 'itself', isSoughtOutside: true },
  besideAuthorization: { settings: ['token_place.beside_authorization'], as: 'itself' },
  writtenByClients: { settings: ['token_place.written_by_clients'], as: 'itself' },
  trustedOrigins: { settings: ['token_place.trusted_origins'], as: 'itself', isSoughtOutside: true },
});

const PROXY_HEADERS = rows({
  host: { settings: ['trusted_proxies.headers.host'] },
  proto: { settings: ['trusted_proxies.headers.proto'] },
});

const RESOURCE = rows({
  identifier: { settings: ['resource.identifier'], as: 'itself' },
  authorizationServers: { settings: ['resource.authorization_servers'], as: 'itself' },
  scopes: { settings: ['resource.scopes'], as: 'itself' },
  name: { settings: ['resource.name'], as: 'itself' },
  documentation: { settings: ['resource.documentation'], as: 'itself' },
  atRoot: { settings: ['resource.at_root'], as: 'itself' },
  members: { settings: ['resource.members'], as: 'itself' },
});

const DANGEROUS = rows({
  plainHttp: { settings: ['dangerous.allow_plain_http'], takes: 'switch', isSoughtOutside: true },
  queryTokens: {
    settings: ['dangerous.allow_query_tokens'],
    as: 'itself',
    takes: 'switch',
    default: false,
    isSoughtOutside: true,
  },
  clockTolerance: { settings: ['dangerous.clock_tolerance'], takes: 'switch' },
  tokensWithoutIssuer: {
    settings: ['dangerous.allow_tokens_without_issuer'],
    as: 'itself',
    takes: 'switch',
    default: false,
  },
});

/** One of several issuers: an element of `mcd.issuers`. `options/issuer-settings.ts` writes them. */
export const ISSUER = rows({
  issuer: { settings: ['issuer', 'metadata_url', 'metadata_base_url'] },
  alg: { settings: ['algorithms'], isOneOfList: true },
  jwksUri: { settings: ['jwks_uri'] },
  publicKey: { settings: ['static_keys', 'public_key_pem'] },
  secret: { settings: ['shared_secret'] },
  tokensWithoutAudience: { settings: ['tokens_without_audience'] },
  organizationClaim: { settings: ['organization_claim'] },
  secretBesideKeys: { settings: ['shared_secret_beside_keys'] },
});

const KEPT_ISSUERS = rows({
  maxEntries: { settings: ['limits.max_resolved_issuers'], takes: 'whole number' },
  ttl: { settings: ['key_sets.max_metadata_age'], takes: 'number' },
});
const KEPT_KEYS = rows({ maxEntries: { takes: 'whole number' }, ttl: { takes: 'number' } });
const CACHE = rows({ discovery: { members: KEPT_ISSUERS }, jwks: { members: KEPT_KEYS } });
const MCD = rows({ issuers: { isSoughtOutside: true } });

export const OPTIONS = rows({
  issuerBaseURL: { settings: ['metadata_url', 'metadata_base_url'], isAbsentIfEmpty: true, isSaidByPreset: true },
  issuer: { settings: ['issuer'], isAbsentIfEmpty: true, isSaidByPreset: true },
  jwksUri: { ...ISSUER.jwksUri, isAbsentIfEmpty: true, isSaidByPreset: true },
  audience: { settings: ['audiences'], isAbsentIfEmpty: true, isSaidByPreset: true },
  secret: { ...ISSUER.secret, isAbsentIfEmpty: true, isSaidByPreset: true },
  secretBesideKeys: { ...ISSUER.secretBesideKeys, isOwn: true, isSaidByPreset: true },
  publicKey: { ...ISSUER.publicKey, isAbsentIfEmpty: true, isSaidByPreset: true },
  tokenSigningAlg: { ...ISSUER.alg, isAbsentIfEmpty: true, isSaidByPreset: true },
  loadBalancer: {
    settings: ['load_balancer'],
    takes: 'object',
    isOwn: true,
    isSaidByPreset: true,
    leaveOutWhere: 'tokens do not come from a load balancer',
    members: LOAD_BALANCER,
  },
  provider: { isOwn: true, leaveOutWhere: 'other options name the issuer' },
  mcd: { isSaidByPreset: true, members: MCD },
  strict: { takes: 'switch', default: false },
  clockTolerance: { settings: ['clock_tolerance'], takes: 'finite number', default: 5 },
  maxTokenAge: { settings: ['max_age'], as: 'seconds', takes: 'number' },
  validators: {
    holds: 'code',
    members: rows({ iss: { settings: ['dangerous.allow_any_issuer'] } }),
    isChosenByValue: true,
  },
  authRequired: { takes: 'switch', default: true },
  agent: { holds: 'object' },
  keyRequestHeaders: { isOwn: true, holds: 'code' },
  cooldownDuration: { settings: ['key_sets.cooldown'], takes: 'finite number', default: 30_000 },
  timeoutDuration: { settings: ['limits.fetch_timeout'], as: 'milliseconds', takes: 'timer', default: 5000 },
  cacheMaxAge: { settings: ['key_sets.max_age'], takes: 'number', default: 600_000 },
  cache: { members: CACHE },
  dpop: { members: DPOP },
  mtls: { members: MTLS },
  getCertificate: { holds: 'code' },
  tokenPlace: { settings: ['token_place'], isOwn: true, members: TOKEN_PLACE, isChosenByValue: true },
  publicOrigin: {
    settings: ['public_origin'],
    as: 'itself',
    isOwn: true,
    leaveOutWhere: 'a request may say for which host it is',
  },
  proxyHeaders: { takes: 'object', isOwn: true, members: PROXY_HEADERS },
  clientCertificateHeader: {
    takes: 'object',
    isOwn: true,
    members: rows({
      kind: { settings: ['trusted_proxies.headers.client_certificate.form'] },
      header: { settings: ['trusted_proxies.headers.client_certificate.header'] },
    }),
    isChosenByValue: true,
  },
  introspection: {
    settings: ['introspection'],
    takes: 'object',
    isOwn: true,
    isSaidByPreset: true,
    leaveOutWhere: 'the authorization server need not be asked about tokens',
    members: INTROSPECTION,
  },
  resource: { takes: 'object', isOwn: true, members: RESOURCE },
  replayStore: {
    isOwn: true,
    holds: 'object',
    leaveOutWhere: 'this process alone sees the DPoP proofs of its clients',
  },
  revocation: { isOwn: true, holds: 'object', leaveOutWhere: 'no token is refused before it expires' },
  requirement: { isOwn: true, holds: 'code', leaveOutWhere: 'a good token is enough' },
  organizationClaim: { ...ISSUER.organizationClaim, isOwn: true },
  implies: { settings: ['implies'], as: 'itself', isOwn: true },
  tokensWithoutAudience: { ...ISSUER.tokensWithoutAudience, isOwn: true, isSaidByPreset: true },
  observe: { isOwn: true, holds: 'code', leaveOutWhere: 'nothing is counted' },
  dangerous: { takes: 'object', isOwn: true, members: DANGEROUS },
});

/** Each group of options by its place. */
export const GROUPS = {
  dpop: DPOP,
  'dpop.nonces': NONCES,
  mtls: MTLS,
  loadBalancer: LOAD_BALANCER,
  mcd: MCD,
  cache: CACHE,
  'cache.discovery': KEPT_ISSUERS,
  'cache.jwks': KEPT_KEYS,
  introspection: INTROSPECTION,
  tokenPlace: TOKEN_PLACE,
  proxyHeaders: PROXY_HEADERS,
  resource: RESOURCE,
  dangerous: DANGEROUS,
} as const;

/** Every row that holds for options by its place, such as `dpop.nonces.secret`; a group comes before its members. */
export const eachRow = (rows: Rows = OPTIONS): readonly Placed[] => (rows === OPTIONS ? PLACED : placed(rows));

type Placed = readonly [place: string, row: Row];

function placed(rows: Rows, group = ''): Placed[] {
  return Object.entries(rows).flatMap(([name, row]) => {
    const place = `${group}${name}`;
    return [[place, row] as const, ...placed(row.members ?? {}, `${place}.`)];
  });
}

/** An application may call `auth()` at each request. */
const PLACED = placed(OPTIONS);

/** The options, by their names, for which this is true. */
export const optionsThat = (is: (row: Row) => unknown) =>
  (Object.keys(OPTIONS) as Array<keyof typeof OPTIONS>).filter((name) => is(OPTIONS[name]));

/** The value at a place; `undefined` where a group on the way there is absent. */
export function at(options: object, place: string): unknown {
  return place
    .split('.')
    .reduce<unknown>((value, name) => (value === null ? undefined : Reflect.get(Object(value), name)), options);
}
