//! Stage 7: the sender is confirmed. What can be wrong with a DPoP proof is in [`proof`](super::proof).

use super::{Meaning, Row, Stage};

pub(super) static ROWS: [Row; 8] = [
    invalid(
        "proof_required",
        "the access token needs a DPoP proof and the scheme DPoP",
        "The token is bound to a key, or DPoP is required, and it came as a bearer token. The client must send it under \
         the scheme DPoP with a proof.",
    ),
    invalid(
        "token_not_bound",
        "the access token is not bound to a DPoP key",
        "The token came under the scheme DPoP and has no `cnf.jkt`. Have the authorization server bind it, or send it as \
         a bearer token where that is accepted.",
    ),
    invalid(
        "confirmation_unsupported",
        "the access token is bound in a way that is not supported",
        "`cnf` is malformed, or has neither `jkt` nor `x5t#S256`. This API cannot confirm such a binding, so it \
         refuses the token.",
    ),
    invalid(
        "certificate_required",
        "the access token is bound to a certificate and came without it",
        "The request has no client certificate. Where a proxy ends TLS, configure the proxy's address and the header \
         in which the proxy passes the certificate.",
    ),
    invalid(
        "certificate_mismatch",
        "the access token is bound to another certificate",
        "The certificate of the request is not the one that the token was issued for. Behind a proxy, it can be the \
         proxy's own: configure the header in which the proxy passes the client's certificate.",
    ),
    invalid(
        "certificate_malformed",
        "the client certificate is malformed",
        "The header for the client's certificate is sent twice, or does not have the configured form. Compare the \
         form with what the proxy writes.",
    ),
    invalid(
        "token_not_certificate_bound",
        "the access token is not bound to a certificate",
        "Certificates are required, and the token has no `cnf.x5t#S256`. Have the authorization server bind tokens to the \
         client's certificate (RFC 8705).",
    ),
    Row {
        code: "replay_store_unavailable",
        stage: Stage::Confirmation,
        meaning: Meaning::TemporarilyUnavailable,
        client: "this resource cannot check at the moment whether the DPoP proof is new",
        remedy: "The store of used proofs is full, returned an error or did not answer in time. The log line has its \
                   `reason`.",
    },
];

const fn invalid(code: &'static str, client: &'static str, remedy: &'static str) -> Row {
    Row { code, stage: Stage::Confirmation, meaning: Meaning::InvalidToken, client, remedy }
}
