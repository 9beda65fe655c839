// A failure of the core becomes an error of the middleware, with the words that users of
// `express-oauth2-jwt-bearer` know.

import type { Failure } from '../engine/addon';
import {
  InsufficientAuthenticationError,
  InsufficientScopeError,
  InternalError,
  InvalidRequestError,
  InvalidTokenError,
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
  claims_malformed: 'JWT Claims Set must be a top-level JSON object',
  issuer_malformed: "Unexpected 'iss' value",
  issuer_missing: "Unexpected 'iss' value",
  issuer_unknown: "Unexpected 'iss' value",
  key_unknown: 'no applicable key found in the JSON Web Key Set',
  several_credentials: 'More than one method used for authentication',
  signature_invalid: 'signature verification failed',
  token_encrypted: 'Invalid Compact JWS',
  token_expired: '"exp" claim timestamp check failed',
  token_issued_in_future: "Unexpected 'iat' value",
  token_malformed: 'Invalid Compact JWS',
  token_not_yet_valid: '"nbf" claim timestamp check failed',
  token_too_old: "Unexpected 'iat' value",
  token_type_mismatch: "Unexpected 'typ' value",
};

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
export type Refusal = UnauthorizedError | UnavailableError | InternalError;

const DATES = new Set(['exp', 'nbf', 'iat']);

/** The error for a failure. `cause` is for the operator alone. */
export function errorOf(failure: Failure, wording: Wording, cause?: Error): Refusal {
  const { error, error_description: description } = JSON.parse(failure.body) as Record<string, string>;
  const message = messageOf(failure, wording) ?? (description as string);
  const found = build(failure, error as string, message, cause);
  found.description = description as string;
  if (found instanceof UnauthorizedError) {
    found.reason = failure.code;
    if (failure.claim !== undefined) found.claim = failure.claim;
  }
  return found;
}

function build(failure: Failure, error: string, message: string, cause: Error | undefined): Refusal {
  if (failure.code === 'credential_missing') return new UnauthorizedError();
  switch (error) {
    case 'invalid_request':
      return new InvalidRequestError(message);
    case 'invalid_token':
      return new InvalidTokenError(message);
    case 'insufficient_scope':
      return challenged(new InsufficientScopeError(undefined, message), failure);
    case 'insufficient_user_authentication':
      return challenged(new InsufficientAuthenticationError(message), failure);
    case 'temporarily_unavailable':
      return new UnavailableError(message, failure.code, failure.retryAfter ?? 1, cause && { cause });
    default:
      return new InternalError(message, { cause: new Error(failure.misconfiguration ?? failure.code) });
  }
}

/** The core's own challenge, which names the scopes or the authentication that is asked for. */
function challenged<E extends UnauthorizedError>(error: E, failure: Failure): E {
  if (failure.challenge !== undefined) error.headers = { 'WWW-Authenticate': failure.challenge };
  return error;
}

/** What users of the originals know this failure by; `undefined` where they know none. */
export function messageOf(failure: Failure, wording: Wording): string | undefined {
  const { code, claim } = failure;
  if (claim !== undefined) {
    return code === 'claim_malformed' && DATES.has(claim)
      ? `"${claim}" claim must be a number`
      : `Unexpected '${claim}' value`;
  }
  return OTHER_WORDS[wording][code] ?? MESSAGES[code];
}
