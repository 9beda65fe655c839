// `WWW-Authenticate` as `express-oauth2-jwt-bearer` writes it.
//
// The core writes a header for each challenge, with a realm; the original writes all into one, and DPoP's without a
// realm. Both are the same to a client (RFC 9110 §11.6.1).

import { type Blame, coreChallenges, quotable, type Scheme } from '../challenges';

/** The challenge of RFC 6750 §3. */
export function challenge(error: string, description: string, scopes?: readonly string[]): string {
  const scope = scopes ? `, scope="${quotable(scopes.join(' '))}"` : '';
  return `Bearer realm="api", error="${error}", error_description="${quotable(description)}"${scope}`;
}

/** The value as the original writes it, out of the core's bare challenges. */
export function originalChallenge(bare: readonly string[], used: Scheme, blame?: Blame): string {
  const withoutRealm = (challenge: string) => challenge.replace(/^DPoP realm="api", /, 'DPoP ');
  return coreChallenges(bare.map(withoutRealm), used, blame).join(', ');
}
