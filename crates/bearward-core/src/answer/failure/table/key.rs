//! Stage 4: the key that the token names is found.

use super::{Row, Stage};
use crate::answer::failure::meaning::Meaning;

pub(super) static ROWS: [Row; 3] = [
    invalid(
        "key_unknown",
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
];

const fn invalid(code: &'static str, client: &'static str, remedy: &'static str) -> Row {
    Row { code, stage: Stage::Key, meaning: Meaning::InvalidToken, client, remedy }
}
