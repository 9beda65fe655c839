// The `introspection` option: asking the issuer about tokens that are no JWT.

import { strict as assert } from 'node:assert';
import type { IntrospectionSettings } from '../generated/settings';
import { GROUPS } from '../option-table';
import { written } from './written-settings';

export interface IntrospectionOptions {
  /** The id under which this API is registered with the authorization server. */
  clientId: string;
  /** With `clientSecret`, `client_secret_basic` unless `clientAuthentication` says otherwise. */
  clientSecret?: string;
  clientAuthentication?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  /** For `private_key_jwt`: PKCS#8, in PEM. */
  privateKey?: string;
  /** Default `ES256`. */
  privateKeyAlg?: 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'EdDSA';
  /** The `kid` of the key. */
  privateKeyId?: string;
  /** The endpoint, where the issuer's metadata do not name it. */
  endpoint?: string;
  /** Which tokens are asked about: `'opaque'`, the default, or `'every'`. */
  tokens?: 'opaque' | 'every';
  /** What is asked for: `'json'`, the default, `'signed'` (RFC 9701), or `'phantom'`, the JWT that the token
   * stands for, which is verified like any other and is in `req.auth.jwt`. */
  answers?: 'json' | 'signed' | 'phantom';
  /** How long an active token is not asked about again, in milliseconds. Default 60000. */
  cacheDuration?: number;
  /** How long a refused token is not asked about again, in milliseconds. Default 5000. */
  refusalCacheDuration?: number;
  /** How much longer an active token passes while no call can be made, since as many as may be are about other
   * tokens, in milliseconds. Default 5000; 0 answers 503 instead. */
  bridgeDuration?: number;
}

const METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'];
const KEY_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];

/** Throws what the operator must mend. */
export function checkIntrospection(
  options: IntrospectionOptions,
  { issuer, mcd }: { issuer?: string; mcd?: unknown },
): void {
  assert(!mcd, "You must not provide both 'mcd' and 'introspection': an opaque token names no issuer");
  assert(issuer, "You must provide the exact 'issuer' with 'introspection': an opaque token names none");
  const { clientId, clientSecret, privateKey, clientAuthentication: method, tokens, answers } = options;
  assert(clientId, 'Invalid introspection configuration: "clientId" is required');
  assert(
    method === undefined || METHODS.includes(method),
    `Invalid introspection configuration: "clientAuthentication" must be one of ${METHODS.join(', ')}`,
  );
  const { privateKeyAlg: algorithm, privateKeyId: kid } = options;
  assert(
    algorithm === undefined || KEY_ALGORITHMS.includes(algorithm),
    `Invalid introspection configuration: "privateKeyAlg" must be one of ${KEY_ALGORITHMS.join(', ')}`,
  );
  assert(
    kid === undefined || typeof kid === 'string',
    'Invalid introspection configuration: "privateKeyId" must be a string',
  );
  const wantsKey = usesKey(options);
  assert(
    wantsKey ? privateKey && !clientSecret : clientSecret && !privateKey,
    `Invalid introspection configuration: "${wantsKey ? 'privateKey' : 'clientSecret'}" is required, and nothing else`,
  );
  assert(
    tokens === undefined || ['opaque', 'every'].includes(tokens),
    'Invalid introspection configuration: "tokens" must be "opaque" or "every"',
  );
  assert(
    answers === undefined || ['json', 'signed', 'phantom'].includes(answers),
    'Invalid introspection configuration: "answers" must be "json", "signed" or "phantom"',
  );
}

const ANSWERS = { json: 'json', signed: 'signed_jwt', phantom: 'phantom_jwt' } as const;

/** The same as settings. */
export function introspectionSettings(options: IntrospectionOptions): IntrospectionSettings {
  const { clientId, answers } = options;
  return {
    client_id: clientId,
    ...written(GROUPS.introspection, options).introspection,
    ...clientSettings(options),
    ...(answers !== undefined && { answers: ANSWERS[answers] }),
  };
}

function clientSettings(options: IntrospectionOptions): Partial<IntrospectionSettings> {
  const { clientSecret = '', privateKey: pem = '', privateKeyAlg: algorithm = 'ES256', privateKeyId: kid } = options;
  if (usesKey(options)) return { private_key: { pem, algorithm, ...(kid !== undefined && { kid }) } };
  const inBody = options.clientAuthentication === 'client_secret_post';
  return { client_secret: clientSecret, ...(inBody && { client_auth: 'client_secret_post' }) };
}

function usesKey({ clientAuthentication, privateKey }: IntrospectionOptions): boolean {
  return clientAuthentication === undefined ? privateKey !== undefined : clientAuthentication === 'private_key_jwt';
}
