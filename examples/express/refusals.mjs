// How this API words its refusals. `bearward/express` speaks like `express-oauth2-jwt-bearer`, whose messages
// programs out there match on; an API without such a past may say it in words of its own. `error.reason` names
// the failure; it is the same in Rust, and so are these words.

import { errorHandler } from 'bearward/express';

const WORDS = {
  algorithm_not_allowed: "the access token's algorithm is not allowed",
  algorithm_unsupported: "the access token's algorithm is not supported",
  audience_mismatch: 'the access token is for another audience',
  authorization_malformed: 'the Authorization header is malformed',
  claims_malformed: "the access token's claims are malformed",
  header_malformed: "the access token's header is malformed",
  issuer_malformed: "the access token's issuer is malformed",
  issuer_missing: 'the access token has no issuer',
  issuer_unknown: "the access token's issuer is not trusted",
  key_unknown: "the access token's signing key is unknown",
  several_credentials: 'more than one method was used to send the access token',
  signature_invalid: "the access token's signature is invalid",
  token_encrypted: 'the access token is encrypted',
  token_expired: 'the access token expired',
  token_issued_in_future: 'the access token was issued in the future',
  token_malformed: 'the access token is not a signed JWT in compact serialization',
  token_not_yet_valid: 'the access token is not valid yet',
  token_too_old: 'the access token was issued too long ago',
  token_type_mismatch: 'the token is not an access token',
};

const answer = errorHandler();

/** Answers with `{"error","error_description"}`, and with nothing of what went wrong inside. */
export function refuse(error, req, res, next) {
  res.locals.reason = error.reason; // for whoever logs
  const words = wordsFor(error);
  if (words !== undefined) {
    error.message = words;
    error.headers['WWW-Authenticate'] = `Bearer realm="api", error="${error.code}", error_description="${words}"`;
  }
  answer(error, req, res, (other) => answerOther(other, res, next));
}

function wordsFor({ reason, message }) {
  const [, claim] = /['"](\w+)['"]/.exec(message) ?? [];
  if (reason === 'claim_missing') return `the access token has no claim ${claim}`;
  if (reason === 'claim_malformed') return `the access token's claim ${claim} is malformed`;
  return WORDS[reason];
}

/** What Express itself refuses, such as a path that is not percent-encoded rightly, and what broke. */
function answerOther(error, res, next) {
  if (res.headersSent) return next(error);
  const { status = 500 } = error;
  if (status >= 500) console.error(error);
  return status < 500
    ? res.status(status).json({ error: 'invalid_request', error_description: 'the request is malformed' })
    : res.status(500).json({ error: 'server_error', error_description: 'this resource is not set up correctly' });
}
