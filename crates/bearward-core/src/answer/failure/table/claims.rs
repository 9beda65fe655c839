//! Stage 6: the claims are validated, and revocations are looked up.

use super::{Row, SET_UP_WRONGLY, Stage};
use crate::answer::failure::meaning::Meaning;

pub(super) static ROWS: [Row; 12] = [
    invalid(
        "claim_missing",
        "the access token has no claim {claim}",
        "The token lacks a claim that it must have. Have the authorization server write it. Each token needs `exp`; \
         a profile or a requirement can need more.",
    ),
    invalid(
        "claim_malformed",
        "the access token's claim {claim} is malformed",
        "The claim has a type or a value that its RFC does not allow. Dates must be numbers: seconds since 1970, not \
         milliseconds, and not strings.",
    ),
    invalid(
        "token_expired",
        "the access token expired",
        "`exp` is past. The client must get a new token. If new tokens are refused, compare the clocks of both servers; \
         the clock tolerance is 5 seconds unless set.",
    ),
    invalid(
        "token_not_yet_valid",
        "the access token is not valid yet",
        "`nbf` is in the future. Compare the clocks of both servers, or raise the clock tolerance.",
    ),
    invalid(
        "token_issued_in_future",
        "the access token was issued in the future",
        "`iat` is in the future. Compare the clocks of both servers, or raise the clock tolerance.",
    ),
    invalid(
        "token_too_old",
        "the access token was issued too long ago",
        "`iat` is further back than the configured maximum age of tokens. The client must get a new token.",
    ),
    invalid(
        "audience_mismatch",
        "the access token is for another audience",
        "`aud` does not contain a configured audience. Either the client asks for a token of another API, or the \
         setting differs from what the authorization server writes. `bearward explain` shows both.",
    ),
    invalid(
        "audience_substitute_mismatch",
        "the access token has no audience, and was not issued to a client of this resource",
        "The token has no `aud`, and the claim that is checked instead does not have a configured value. Add the \
         client to the list if it may call this API.",
    ),
    invalid(
        "claim_rejected",
        "{the validator's own text}",
        "A custom validator, or a claim that the issuer's settings require, refused the token. The text is the \
         validator's.",
    ),
    invalid(
        "token_revoked",
        "the access token was revoked",
        "A revocation for the token, its session, its subject or its client is in the store. The client must get a new \
         token.",
    ),
    Row {
        code: "revocation_store_unavailable",
        stage: Stage::Claims,
        meaning: Meaning::TemporarilyUnavailable,
        client: "this resource cannot check at the moment whether the access token was revoked",
        remedy: "The store of revocations returned an error or did not answer in time. The log line has its `reason`.",
    },
    Row {
        code: "function_panicked",
        stage: Stage::Claims,
        meaning: Meaning::ServerError,
        client: SET_UP_WRONGLY,
        remedy: "A validator, or a function of a requirement, panicked. The output of the panic hook names the \
                   place.",
    },
];

const fn invalid(code: &'static str, client: &'static str, remedy: &'static str) -> Row {
    Row { code, stage: Stage::Claims, meaning: Meaning::InvalidToken, client, remedy }
}
