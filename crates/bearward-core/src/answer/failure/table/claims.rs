//! Stage 6: the claims are validated, and revocations are looked up.

use super::{Meaning, Row, SET_UP_WRONGLY, Stage};

pub(super) static ROWS: [Row; 12] = [
    invalid(
        "claim_missing",
        "the access token has no claim {claim}",
        "The token lacks a claim that it must have. Have the authorization server write it. `exp` is always needed; a \
         profile and a requirement need more.",
    ),
    invalid(
        "claim_malformed",
        "the access token's claim {claim} is malformed",
        "The claim has a type or a value that its RFC does not allow. Dates are numbers of seconds since 1970, not \
         milliseconds and not texts.",
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
        "`aud` has none of the configured audiences. Either the client asks for a token of another API, or the setting has \
         another value than the authorization server writes. `bearward explain` shows both.",
    ),
    invalid(
        "audience_substitute_mismatch",
        "the access token has no audience, and was not issued to a client of this resource",
        "The token has no `aud`, and the claim that takes its place has none of the configured values. Add the client to \
         the list if it may call this API.",
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
        client: "whether the access token was revoked cannot be told at the moment",
        operator: "The store of revocations returned an error or did not answer in time. The log line has its `reason`.",
    },
    Row {
        code: "function_panicked",
        stage: Stage::Claims,
        meaning: Meaning::ServerError,
        client: SET_UP_WRONGLY,
        operator: "A validator, or a function of a requirement, panicked. The output of the panic hook says where.",
    },
];

const fn invalid(code: &'static str, client: &'static str, operator: &'static str) -> Row {
    Row { code, stage: Stage::Claims, meaning: Meaning::InvalidToken, client, operator }
}
