//! Stage 2: the token is read, or the authorization server is asked about it.

use super::{Row, Stage};
use crate::answer::failure::meaning::Meaning;

pub(super) static ROWS: [Row; 12] = [
    invalid(
        "token_malformed",
        "the access token is not a signed JWT in compact serialization",
        "The credential is not three parts of base64url with dots between them. If the authorization server issues opaque \
         tokens, set up introspection, or request tokens for this API's audience, which some servers then issue as JWTs.",
    ),
    invalid(
        "token_encrypted",
        "the access token is encrypted",
        "The token is a JWE, which only its recipient can open. Have the authorization server issue signed tokens for \
         this API, or set up introspection.",
    ),
    invalid(
        "header_malformed",
        "the access token's header is malformed",
        "The JOSE header is not one strict JSON object, or `kid` or `typ` is not a string. An honest authorization server \
         does not write such a header.",
    ),
    invalid(
        "header_too_large",
        "the access token's header is too large",
        "The JOSE header is longer than 8 KiB. Have the authorization server leave certificates (`x5c`) out: they are not \
         read.",
    ),
    invalid(
        "claims_malformed",
        "the access token's claims are malformed",
        "The claims set is not one strict JSON object: a member occurs twice, it is nested too deep, or it is not JSON.",
    ),
    invalid(
        "algorithm_unsupported",
        "the access token's algorithm is not supported",
        "`alg` is `none`, absent, or an algorithm that Bearward does not verify. Have the authorization server sign with \
         RS256, ES256 or EdDSA.",
    ),
    invalid(
        "algorithm_not_allowed",
        "the access token's algorithm is not allowed",
        "`alg` is not in the list of allowed algorithms. If this issuer does sign with it, add it to the list; tokens with \
         a shared secret (HS256) need the secret in the settings of the issuer.",
    ),
    invalid(
        "critical_header",
        "the access token needs an extension that is not supported",
        "The JOSE header has `crit` or `b64`. Bearward understands no extension, so it must refuse the token (RFC 7515 \
         §4.1.11).",
    ),
    invalid(
        "token_type_mismatch",
        "the token is not an access token",
        "`typ` or a claim says that this is another kind of JWT: an ID token, a refresh token, a logout token. The client \
         must send the access token.",
    ),
    invalid(
        "signer_mismatch",
        "the token was signed for another load balancer",
        "The header's `signer` is not the configured ARN. If this load balancer is yours, correct the ARN. If it is \
         not, the request did not come through your load balancer: close the other way to the API.",
    ),
    invalid(
        "token_inactive",
        "the access token is not active",
        "The authorization server says that the token is unknown, expired or revoked. The client must get a new \
         token. If the server says so of all tokens, check there whether this API's introspection client may see them.",
    ),
    Row {
        code: "introspection_unavailable",
        stage: Stage::Token,
        meaning: Meaning::TemporarilyUnavailable,
        client: "the authorization server could not be asked about the access token",
        remedy: "The introspection endpoint gave no answer that can be used. The log line `not_introspected` with its \
                   `reason`, and `introspection.last_failure` in the status, say why: the network, the client's credentials, \
                   or the form of the answer.",
    },
];

const fn invalid(code: &'static str, client: &'static str, remedy: &'static str) -> Row {
    Row { code, stage: Stage::Token, meaning: Meaning::InvalidToken, client, remedy }
}
