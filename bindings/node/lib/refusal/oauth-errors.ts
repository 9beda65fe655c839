// The errors of OAuth 2.0 that a resource server answers with, as the core's table of failures has them (RFC 6750 §3.1,
// RFC 9449 §7.1 and §9, RFC 9470 §3).

export const OAUTH_ERRORS = [
  'invalid_request',
  'invalid_token',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'insufficient_scope',
  'insufficient_user_authentication',
  'temporarily_unavailable',
] as const;
export type OAuthError = (typeof OAUTH_ERRORS)[number];

export function isOAuthError(code: unknown): code is OAuthError {
  return OAUTH_ERRORS.includes(code as OAuthError);
}
