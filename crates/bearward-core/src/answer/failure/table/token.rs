//! Stages 2 to 5: the token is read, its issuer and its key are found, and its signature is verified.

use super::{Meaning, Row, Stage};

pub(super) static ROWS: [Row; 20] = [
    invalid(
        "token_malformed",
        Stage::Token,
        "the access token is not a signed JWT in compact serialization",
        "The credential is not three parts of base64url with dots between them. If the authorization server issues opaque \
         tokens, set up introspection, or request tokens for this API's audience, which some servers then issue as JWTs.",
    ),
    invalid(
        "token_encrypted",
        Stage::Token,
        "the access token is encrypted",
        "The token is a JWE, which only its recipient can open. Have the authorization server issue signed tokens for \
         this API, or set up introspection.",
    ),
    invalid(
        "header_malformed",
        Stage::Token,
        "the access token's header is malformed",
        "The JOSE header is not one strict JSON object, or `kid` or `typ` is not a string. An honest authorization server \
         does not write such a header.",
    ),
    invalid(
        "header_too_large",
        Stage::Token,
        "the access token's header is too large",
        "The JOSE header is longer than 8 KiB. Have the authorization server leave certificates (`x5c`) out: they are not \
         read.",
    ),
    invalid(
        "claims_malformed",
        Stage::Token,
        "the access token's claims are malformed",
        "The claims set is not one strict JSON object: a member occurs twice, it is nested too deep, or it is not JSON.",
    ),
    invalid(
        "algorithm_unsupported",
        Stage::Token,
        "the access token's algorithm is not supported",
        "`alg` is `none`, absent, or an algorithm that Bearward does not verify. Have the authorization server sign with \
         RS256, ES256 or EdDSA.",
    ),
    invalid(
        "algorithm_not_allowed",
        Stage::Token,
        "the access token's algorithm is not allowed",
        "`alg` is not in the list of allowed algorithms. If this issuer does sign with it, add it to the list; tokens with \
         a shared secret (HS256) need the secret in the settings of the issuer.",
    ),
    invalid(
        "critical_header",
        Stage::Token,
        "the access token needs an extension that is not supported",
        "The JOSE header has `crit` or `b64`. Bearward understands no extension, so it must refuse the token (RFC 7515 \
         §4.1.11).",
    ),
    invalid(
        "token_type_mismatch",
        Stage::Token,
        "the token is not an access token",
        "`typ` or a claim says that this is another kind of JWT: an ID token, a refresh token, a logout token. The client \
         must send the access token.",
    ),
    invalid(
        "signer_mismatch",
        Stage::Token,
        "the token was signed for another load balancer",
        "The header's `signer` is not the configured ARN. If this load balancer is yours, correct the ARN. If it is \
         not, the request did not come through your load balancer: close the other way to the API.",
    ),
    invalid(
        "token_inactive",
        Stage::Token,
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
    invalid(
        "issuer_missing",
        Stage::Issuer,
        "the access token has no issuer",
        "The token has no `iss`, so this API cannot tell whose keys to use. Have the authorization server write it.",
    ),
    invalid(
        "issuer_malformed",
        Stage::Issuer,
        "the access token's issuer is malformed",
        "`iss` is not a string, so it cannot be compared with a configured issuer.",
    ),
    invalid(
        "issuer_unknown",
        Stage::Issuer,
        "the access token's issuer is not trusted",
        "`iss` is not exactly a configured issuer. A slash at the end, letter case and the tenant all matter: copy the \
         value from the authorization server's metadata, or from a token that it issued.",
    ),
    Row {
        code: "resolver_unavailable",
        stage: Stage::Issuer,
        meaning: Meaning::TemporarilyUnavailable,
        client: "the issuer of the access token could not be looked up",
        remedy: "The issuer resolver returned an error, panicked, or did not answer in time. The log line has its \
                   error.",
    },
    invalid(
        "key_unknown",
        Stage::Key,
        "the access token's signing key is unknown",
        "The issuer's key set, fetched again, has no key for the token's `kid` and `alg`. The token may be of another \
         tenant or environment, or its key was removed. The log names the keys of the set that cannot be used.",
    ),
    Row {
        code: "keys_unavailable",
        stage: Stage::Key,
        meaning: Meaning::TemporarilyUnavailable,
        client: "the keys of the authorization server are not available",
        remedy: "The key set could not be fetched, and there is no earlier one to use. The log line \
                   `key_set_not_loaded` has the URL and the reason. For an authorization server without metadata, set \
                   `jwks_uri`.",
    },
    Row {
        code: "too_many_waiting",
        stage: Stage::Key,
        meaning: Meaning::TemporarilyUnavailable,
        client: "too many requests wait for the authorization server",
        remedy: "More requests wait for one fetch, or for introspection, than the limits `max_waiting_requests` and \
                   `max_introspection_calls` allow. See why the authorization server is slow before you raise them.",
    },
    invalid(
        "signature_invalid",
        Stage::Signature,
        "the access token's signature is invalid",
        "The key does not verify the signature: the token was changed or forged, or is of another environment that uses \
         the same `kid`. With a shared secret, compare the secret on both sides.",
    ),
];

const fn invalid(code: &'static str, stage: Stage, client: &'static str, remedy: &'static str) -> Row {
    Row { code, stage, meaning: Meaning::InvalidToken, client, remedy }
}
