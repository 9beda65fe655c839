//! Stage 1: the credential is taken out of the request.

use super::{Row, Stage};
use crate::answer::failure::meaning::Meaning;

pub(super) static ROWS: [Row; 8] = [
    row(
        "credential_missing",
        Meaning::NoCredential,
        "no access token was presented",
        "The request has no access token where this API reads it. If the client sends one, compare the place of \
         tokens with what the client sends, and see whether a proxy removes the header.",
    ),
    row(
        "authorization_malformed",
        Meaning::InvalidRequest,
        "the Authorization header is malformed",
        "`Authorization` must be the scheme, a space and one token. Quotation marks, a second word or characters \
         beyond ASCII are a mistake of the client.",
    ),
    row(
        "authorization_repeated",
        Meaning::InvalidRequest,
        "there is more than one Authorization header",
        "Two headers could be read in two ways, so the request is refused. See whether a proxy adds its own header to \
         that of the client.",
    ),
    row(
        "several_credentials",
        Meaning::InvalidRequest,
        "more than one method was used to send the access token",
        "The request has tokens in two places, such as the header and the query. The client must send one.",
    ),
    row(
        "credential_malformed",
        Meaning::InvalidRequest,
        "the value sent as the access token is not a token",
        "The value in the configured place of tokens has characters that no token has. Perhaps the cookie or header \
         holds something else.",
    ),
    row(
        "credential_repeated",
        Meaning::InvalidRequest,
        "the access token was sent more than once",
        "The configured place of tokens has several values. With cookies, one name is often set for two paths or domains: \
         remove one of them.",
    ),
    row(
        "cross_origin",
        Meaning::InvalidRequest,
        "the request does not come from an origin that may send it",
        "A browser sends this token by itself, so the page must be of this API's origin or of a trusted one. The \
         request comes from another origin or names no origin. If that page may call the API, add its origin to the \
         trusted origins of the token's place.",
    ),
    row(
        "token_too_large",
        Meaning::InvalidRequest,
        "the access token is too large",
        "The token is longer than the limit `max_token_bytes`, 16 KiB unless set. Have the authorization server put less \
         into its tokens, or raise the limit.",
    ),
];

const fn row(code: &'static str, meaning: Meaning, client: &'static str, remedy: &'static str) -> Row {
    Row { code, stage: Stage::Credential, meaning, client, remedy }
}
