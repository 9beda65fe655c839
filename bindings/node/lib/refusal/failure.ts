// A failure of the core becomes an error of the middleware, with the words that users of
// `express-oauth2-jwt-bearer` know.

import type { Failure } from '../native/addon';
import { coreChallenges, originalChallenge, type Scheme } from './challenges';
import {
  InsufficientAuthenticationError,
  InsufficientScopeError,
  InternalError,
  InvalidProofError,
  InvalidRequestError,
  InvalidTokenError,
  NonceRequiredError,
  UnauthorizedError,
  UnavailableError,
} from './errors';

/** How the issuer's keys come about: the words differ. */
export type Wording = 'discovered' | 'configured' | 'several-issuers';

/** What is said where the core's own text would be news to those who match on messages. Nothing of the token
 * is quoted. */
const MESSAGES: Readonly<Record<string, string>> = {
  algorithm_not_allowed: "Unexpected 'alg' value",
  algorithm_unsupported: "Unexpected 'alg' value",
  audience_mismatch: "Unexpected 'aud' value",
  audience_substitute_mismatch: "Unexpected 'aud' value",
  certificate_malformed: 'Client certificate is not valid PEM',
  certificate_mismatch: 'JWT Access Token confirmation mismatch',
  certificate_required: 'A client certificate is required for this certificate-bound access token',
  claims_malformed: 'JWT Claims Set must be a top-level JSON object',
  issuer_malformed: "Unexpected 'iss' value",
  issuer_missing: "Unexpected 'iss' value",
  issuer_unknown: "Unexpected 'iss' value",
  key_unknown: 'no applicable key found in the JSON Web Key Set',
  proof_algorithm_not_allowed: '"alg" (Algorithm) Header Parameter not allowed',
  proof_from_future: 'DPoP proof "iat" is outside the acceptable range',
  proof_key_mismatch: 'JWT Access Token confirmation mismatch',
  proof_key_unusable: '"jwk" (JSON Web Key) Header Parameter must be a public key',
  proof_malformed: 'Invalid Compact JWS',
  proof_method_mismatch: 'DPoP Proof htm mismatch',
  proof_repeated: 'Multiple DPoP proofs are not allowed',
  proof_required: 'DPoP-bound token requires the DPoP authentication scheme, not Bearer.',
  proof_signature_invalid: 'signature verification failed',
  proof_token_mismatch: 'DPoP Proof "ath" mismatch',
  proof_too_old: 'DPoP proof "iat" is outside the acceptable range',
  proof_type_mismatch: 'unexpected "typ" JWT header value',
  proof_url_mismatch: 'DPoP Proof htu mismatch',
  several_credentials: 'More than one method used for authentication',
  signature_invalid: 'signature verification failed',
  token_encrypted: 'Invalid Compact JWS',
  token_expired: '"exp" claim timestamp check failed',
  token_issued_in_future: "Unexpected 'iat' value",
  token_malformed: 'Invalid Compact JWS',
  token_not_bound: 'JWT Access Token has no jkt confirmation claim',
  token_not_certificate_bound: 'JWT Access Token has no x5t#S256 confirmation claim',
  token_not_yet_valid: '"nbf" claim timestamp check failed',
  token_too_old: "Unexpected 'iat' value",
  token_type_mismatch:
    "Unexpected 'typ' value: this is an ID token or another kind of JWT; the client must send the access token",
};

/** Where the profile of RFC 9068 is required, `typ` alone may be wrong, which the original says in this way. */
const STRICT_MESSAGES: Readonly<Record<string, string>> = { token_type_mismatch: "Unexpected 'typ' value" };

const OTHER_WORDS: Readonly<Record<Wording, Readonly<Record<string, string>>>> = {
  configured: {},
  discovered: {
    header_malformed: 'Invalid Token or Protected Header formatting',
    token_malformed: 'Invalid Token or Protected Header formatting',
  },
  'several-issuers': {
    claims_malformed: 'Invalid JWT Claims Set',
    issuer_malformed: 'Token issuer is not allowed',
    issuer_missing: "Token missing required 'iss' claim",
    issuer_unknown: 'Token issuer is not allowed',
    token_encrypted: 'Only JWTs using Compact JWS serialization can be decoded',
    token_malformed: 'Invalid JWT',
  },
};

/** Everything that `auth()` passes to `next`. */
export type AuthError = UnauthorizedError | UnavailableError | InternalError;

const DATES = new Set(['exp', 'nbf', 'iat']);

/** Of which request a failure is, and how its issuer and senders are set up. */
export interface Circumstances {
  wording: Wording;
  /** Whether the profile of RFC 9068 is required. */
  isStrict: boolean;
  /** Whether certificates are looked at: only then is a token without its own the client's mistake. */
  certificates: 'ignored' | 'expected';
  /** The challenges of a request that presents nothing, as the core writes them. */
  bare: readonly string[];
  used: Scheme;
}

/** What the core answers, for those who want its words. */
export interface CoreAnswer {
  status: number;
  code: string;
  headers: Record<string, string | string[]>;
}

const coreAnswers = new WeakMap<Error, CoreAnswer>();

export function coreAnswerOf(error: Error): CoreAnswer | undefined {
  return coreAnswers.get(error);
}

/** The error for a failure. `cause` is for the operator alone. */
export function errorOf(failure: Failure, circumstances: Circumstances, cause?: Error): AuthError {
  const { error, error_description: description } = JSON.parse(failure.body) as Record<
    'error' | 'error_description',
    string
  >;
  const found = build(failure, error, messageOf(failure, circumstances) ?? description, circumstances, cause);
  found.description = description;
  if (found instanceof UnauthorizedError) {
    found.reason = failure.code;
    if (failure.claim !== undefined) found.claim = failure.claim;
    if (failure.nearMiss !== undefined) tellNearMiss(found, failure.nearMiss);
    const challenges =
      failure.challenges ?? coreChallenges(circumstances.bare, circumstances.used, { code: error, description });
    const nonce = failure.dpopNonce && { 'DPoP-Nonce': failure.dpopNonce };
    const headers = { 'WWW-Authenticate': challenges, ...nonce };
    coreAnswers.set(found, {
      status: failure.status,
      code: failure.code === 'credential_missing' ? '' : error,
      headers,
    });
    const isWorded = !(found instanceof InsufficientScopeError || found instanceof InsufficientAuthenticationError);
    // Of a request that presents nothing the core says what to ask for, and no error.
    const bare = failure.code === 'credential_missing' ? challenges : circumstances.bare;
    if (isWorded) challengeWith(found, { ...circumstances, bare });
    // What is asked for, only the core's own challenges name.
    else found.headers = { 'WWW-Authenticate': challenges.join(', ') };
  }
  return found;
}

/** Those that were told. There are as many as settings that a token almost names. */
const told = new Set<string>();
const MAX_TOLD = 100;

/** The commonest mistake in the settings, which is the operator's to mend: the cause of each error, and one warning. */
function tellNearMiss(error: UnauthorizedError, nearMiss: string): void {
  Object.defineProperty(error, 'cause', { value: new Error(nearMiss), configurable: true, writable: true });
  if (told.has(nearMiss) || told.size >= MAX_TOLD) return;
  told.add(nearMiss);
  process.emitWarning(`a request was refused: ${nearMiss}`, { code: 'BEARWARD_NEAR_MISS' });
}

/** Gives an error the challenges of all accepted schemes. */
export function challengeWith(error: UnauthorizedError, { bare, used }: Pick<Circumstances, 'bare' | 'used'>): void {
  const { code, message: description } = error as { code?: string } & UnauthorizedError;
  const blame = code ? { code, description } : undefined;
  error.headers = { ...error.headers, 'WWW-Authenticate': originalChallenge(bare, used, blame) };
}

function build(
  failure: Failure,
  error: string,
  message: string,
  { certificates }: Circumstances,
  cause: Error | undefined,
): AuthError {
  if (failure.code === 'credential_missing') return new UnauthorizedError();
  if (certificates === 'expected' && REQUESTS_WITHOUT_CERTIFICATE.has(failure.code))
    return new InvalidRequestError(message);
  // The proof is good, and the token is another's.
  if (failure.code === 'proof_key_mismatch') return new InvalidTokenError(message);
  switch (error) {
    case 'invalid_request':
      return new InvalidRequestError(message);
    case 'invalid_token':
      return new InvalidTokenError(message);
    case 'invalid_dpop_proof':
      return new InvalidProofError(message);
    case 'use_dpop_nonce':
      return new NonceRequiredError(message, failure.dpopNonce as string);
    case 'insufficient_scope':
      return new InsufficientScopeError(undefined, message);
    case 'insufficient_user_authentication':
      return new InsufficientAuthenticationError(message);
    case 'temporarily_unavailable':
      return new UnavailableError(message, failure.code, failure.retryAfter ?? 1, cause && { cause });
    default:
      return new InternalError(message, { cause: new Error(failure.misconfiguration ?? failure.code) });
  }
}

const REQUESTS_WITHOUT_CERTIFICATE = new Set(['certificate_malformed', 'certificate_required']);

/** What users of the originals know a mistake in a proof's claim by. */
const PROOF_CLAIMS: Readonly<Record<string, string>> = {
  ath: 'Missing "ath" claim in DPoP proof',
  htm: 'Missing "htm" in DPoP proof',
  htu: 'Missing "htu" in DPoP proof',
  iat: 'Missing "iat" claim in DPoP proof',
  jti: 'Missing "jti" in DPoP proof',
};

/** What users of the originals know this failure by; `undefined` where they know none. */
export function messageOf(
  failure: Failure,
  { wording, isStrict }: Pick<Circumstances, 'wording' | 'isStrict'>,
): string | undefined {
  const { code, claim } = failure;
  if (code === 'proof_claim_malformed') return PROOF_CLAIMS[claim ?? ''];
  if (claim !== undefined) {
    return code === 'claim_malformed' && DATES.has(claim)
      ? `"${claim}" claim must be a number`
      : `Unexpected '${claim}' value`;
  }
  return OTHER_WORDS[wording][code] ?? (isStrict ? STRICT_MESSAGES[code] : undefined) ?? MESSAGES[code];
}
