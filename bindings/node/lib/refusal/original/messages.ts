// What `express-oauth2-jwt-bearer` says of a failure, by the core's code for it.

import type { Failure } from '../../native/addon';

/** How the issuer's keys come about: the words differ. */
export type Wording = 'discovered' | 'configured' | 'several-issuers';

/** What the words depend on. */
export interface Worded {
  wording: Wording;
  /** Whether the profile of RFC 9068 is required. */
  isStrict: boolean;
}

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

const DATES = new Set(['exp', 'nbf', 'iat']);

/** What users of the originals know a mistake in a proof's claim by. */
const PROOF_CLAIMS: Readonly<Record<string, string>> = {
  ath: 'Missing "ath" claim in DPoP proof',
  htm: 'Missing "htm" in DPoP proof',
  htu: 'Missing "htu" in DPoP proof',
  iat: 'Missing "iat" claim in DPoP proof',
  jti: 'Missing "jti" in DPoP proof',
};

/** What users of the originals know this failure by; `undefined` where they know none. */
export function messageOf(failure: Failure, { wording, isStrict }: Worded): string | undefined {
  const { code, claim } = failure;
  if (code === 'proof_claim_malformed') return PROOF_CLAIMS[claim ?? ''];
  if (claim !== undefined) {
    return code === 'claim_malformed' && DATES.has(claim)
      ? `"${claim}" claim must be a number`
      : `Unexpected '${claim}' value`;
  }
  return OTHER_WORDS[wording][code] ?? (isStrict ? STRICT_MESSAGES[code] : undefined) ?? MESSAGES[code];
}
