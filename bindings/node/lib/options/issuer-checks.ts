// How issuers and their keys may be written in the options, with the complaints of `express-oauth2-jwt-bearer` 1.10.

import { strict as assert } from 'node:assert';
import { redactedUrl } from '../native/addon';
import { isUint8Array } from '../js/realm';
import { InvalidRequestError } from '../refusal/original/errors';
import { checkIssuerNames } from './option-names';
import type {
  AsymmetricIssuerConfig,
  IssuerConfig,
  IssuerResolverResult,
  MCDOptions,
  PublicKeyInput,
  SymmetricIssuerConfig,
} from './options';
import { audienceSubstituteSettings } from './without-audience';

export const ASYMMETRIC = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES256K',
  'ES384',
  'ES512',
  'EdDSA',
];
export const SYMMETRIC = ['HS256', 'HS384', 'HS512'];
/** Verified too, and not named in the messages, which are old acquaintances. */
const NEWER = ['Ed25519', 'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'];

export const isAsymmetric = (name: string) => ASYMMETRIC.includes(name) || NEWER.includes(name);
export const isSymmetric = (name: string) => SYMMETRIC.includes(name);

/** What the original finds out at the first request. */
export function checkPublicKey(publicKey: PublicKeyInput, alg: string | undefined): void {
  if (typeof publicKey === 'string') {
    assert(alg, "You must provide 'tokenSigningAlg' (or 'alg' in the issuer config) when using a PEM public key");
    return;
  }
  assert(
    (publicKey as { kty?: unknown }).kty !== 'oct',
    "'publicKey' must be an asymmetric key (RSA, EC, OKP). Use 'secret' for symmetric verification.",
  );
}

export function checkIssuers(mcd: MCDOptions): void {
  assert(mcd.issuers, "Invalid MCD configuration: 'issuers' is required");
  if (typeof mcd.issuers === 'function') return;
  for (const config of listOf(mcd.issuers)) {
    if (typeof config !== 'string') checkIssuerNames(config);
    normalizeIssuer(typeof config === 'string' ? config : config.issuer);
    if (typeof config !== 'string') checkIssuerConfig(config);
  }
}

export function listOf(issuers: string | IssuerResolverResult): Array<string | IssuerConfig> {
  return Array.isArray(issuers) ? issuers : [issuers];
}

/** Whether each of the issuers says what takes the place of an audience. */
export function needNoAudience({ issuers }: MCDOptions): boolean {
  if (!issuers || typeof issuers === 'function') return false;
  return listOf(issuers).every((config) => typeof config !== 'string' && config.tokensWithoutAudience !== undefined);
}

/** Throws what is contradictory in the configuration of one of several issuers. */
export function checkIssuerConfig(config: IssuerConfig): void {
  checkIssuerNames(config);
  const { issuer, alg, secret, publicKey, jwksUri } = config as AsymmetricIssuerConfig & Partial<SymmetricIssuerConfig>;
  const complain = (text: string) => {
    throw new Error(`Configuration error: Issuer '${redactedUrl(issuer)}' ${text}`);
  };
  if (publicKey && jwksUri) {
    complain("provides both 'publicKey' and 'jwksUri'. These are mutually exclusive.");
  }
  if (publicKey && secret) {
    complain(
      "provides both 'publicKey' and 'secret'. Use 'publicKey' for asymmetric and 'secret' for symmetric verification.",
    );
  }
  if (alg && isSymmetric(alg) && !secret) {
    complain(
      `specifies symmetric algorithm '${alg}' but no secret provided. ` +
        `Either provide a secret or use an asymmetric algorithm (${ASYMMETRIC.join(', ')}).`,
    );
  }
  if (secret && alg && isAsymmetric(alg)) {
    complain(
      `provides a secret but specifies asymmetric algorithm '${alg}'. Symmetric algorithms are: ${SYMMETRIC.join(', ')}.`,
    );
  }
  if (secret && !alg) {
    complain(`provides a secret but no 'alg' specified. Specify one of: ${SYMMETRIC.join(', ')}.`);
  }
  if (secret && (config as AsymmetricIssuerConfig).secretBesideKeys !== undefined) {
    complain("provides both 'secret' and 'secretBesideKeys'. The latter is for an issuer that publishes keys, too.");
  }
  checkSecret(secret);
  if (publicKey) checkPublicKey(publicKey, alg);
  if (config.tokensWithoutAudience !== undefined) audienceSubstituteSettings(config.tokensWithoutAudience);
}

/** Whether a text is a URL, or the host of one, as the pages of many authorization servers show it. The core says how to
 * write it. */
export const mayBeUrl = (text: string) => /^https?:\/\//i.test(text) || isHost(text);

const isHost = (text: string) => /^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(\/|$)/i.test(text);

/** The complaint of a secret that is neither text nor bytes says nothing of it. */
export function checkSecret(secret: unknown): void {
  assert(
    secret === undefined || typeof secret === 'string' || isUint8Array(secret),
    "'secret' must be text, or bytes: a Buffer or Uint8Array",
  );
}

/** One way of writing an issuer: scheme and host in lower case, no default port, no last slash. A bare host is
 * taken for https. Throws `InvalidRequestError` for a value that is not an issuer. */
export function normalizeIssuer(issuer: string): string {
  // A `URL`, or an object without an issuer, would become `https://undefined`.
  if (typeof issuer !== 'string') throw new InvalidRequestError('Invalid issuer URL: must be a string');
  const text = /^https?:\/\//i.test(issuer) ? issuer : `https://${issuer}`;
  if (!URL.canParse(text)) return issuer;
  const url = new URL(text);
  if (url.protocol === 'http:' && process.env.NODE_ENV === 'production') {
    throw new InvalidRequestError('HTTP issuer URL detected in production environment. Use HTTPS for security.');
  }
  if (url.username || url.password) {
    throw new InvalidRequestError('Invalid issuer URL: URLs must not contain userinfo (username:password)');
  }
  if (url.search) throw new InvalidRequestError('Invalid issuer URL: URLs must not contain query parameters');
  if (url.hash) throw new InvalidRequestError('Invalid issuer URL: URLs must not contain fragments');
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}
