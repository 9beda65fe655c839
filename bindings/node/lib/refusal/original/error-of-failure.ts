// A failure of the core becomes an error of the middleware, with the words that users of
// `express-oauth2-jwt-bearer` know.

import type { Failure } from '../../native/addon';
import type { AuthError } from '../answer';
import { coreChallenges, type Scheme } from '../challenges';
import { noteCoreAnswer } from '../core-answer';
import { InternalError, UnavailableError } from '../errors';
import { isOAuthError, type OAuthError } from '../oauth-errors';
import { originalChallenge } from './challenge';
import {
  InsufficientAuthenticationError,
  InsufficientScopeError,
  InvalidProofError,
  InvalidRequestError,
  InvalidTokenError,
  NonceRequiredError,
  UnauthorizedError,
} from './errors';
import { messageOf, type Worded } from './messages';

/** Of which request a failure is, and how its issuer and senders are set up. */
export interface Circumstances extends Worded {
  /** Whether certificates are looked at: only then is a token without its own the client's mistake. */
  certificates: 'ignored' | 'expected';
  /** The challenges of a request that presents nothing, as the core writes them. */
  bare: readonly string[];
  used: Scheme;
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
    noteCoreAnswer(found, {
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
  if (isOAuthError(error)) return ERRORS[error](message, failure, cause);
  return new InternalError(message, { cause: new Error(failure.misconfiguration ?? failure.code) });
}

type MakeError = (message: string, failure: Failure, cause: Error | undefined) => AuthError;

const ERRORS: Readonly<Record<OAuthError, MakeError>> = {
  invalid_request: (message) => new InvalidRequestError(message),
  invalid_token: (message) => new InvalidTokenError(message),
  invalid_dpop_proof: (message) => new InvalidProofError(message),
  use_dpop_nonce: (message, { dpopNonce }) => new NonceRequiredError(message, dpopNonce as string),
  insufficient_scope: (message) => new InsufficientScopeError(undefined, message),
  insufficient_user_authentication: (message) => new InsufficientAuthenticationError(message),
  temporarily_unavailable: (message, { code, retryAfter }, cause) =>
    new UnavailableError(message, code, retryAfter ?? 1, cause && { cause }),
};

const REQUESTS_WITHOUT_CERTIFICATE = new Set(['certificate_malformed', 'certificate_required']);
