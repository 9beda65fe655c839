//! Stage 3: the token's issuer is found among those that are trusted.

use super::{Row, Stage};
use crate::answer::failure::meaning::Meaning;

pub(super) static ROWS: [Row; 4] = [
    invalid(
        "issuer_missing",
        "the access token has no issuer",
        "The token has no `iss`, so this API cannot tell whose keys to use. Have the authorization server write it.",
    ),
    invalid(
        "issuer_malformed",
        "the access token's issuer is malformed",
        "`iss` is not a string, so it cannot be compared with a configured issuer.",
    ),
    invalid(
        "issuer_unknown",
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
];

const fn invalid(code: &'static str, client: &'static str, remedy: &'static str) -> Row {
    Row { code, stage: Stage::Issuer, meaning: Meaning::InvalidToken, client, remedy }
}
