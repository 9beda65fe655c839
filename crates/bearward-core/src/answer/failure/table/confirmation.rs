//! Stage 7: the sender is confirmed, by a certificate or a DPoP proof (RFC 9449 §4.3).

use super::{Row, Stage};
use crate::answer::failure::meaning::Meaning;

pub(super) static ROWS: [Row; 25] = [
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
    proof(
        "proof_missing",
        "there is no DPoP proof",
        "The request has no header `DPoP`. The client must send one with each request; see whether a proxy removes it.",
    ),
    proof(
        "proof_repeated",
        "there is more than one DPoP proof",
        "The request has several headers `DPoP`. The client must send one.",
    ),
    proof(
        "proof_too_large",
        "the DPoP proof is too large",
        "The proof is longer than the limit `max_token_bytes`, or its header is longer than 8 KiB.",
    ),
    proof(
        "proof_malformed",
        "the DPoP proof is malformed",
        "The proof is not a signed JWT in compact serialization with a strict JSON header and claims set.",
    ),
    proof(
        "proof_claim_malformed",
        "the DPoP proof's claim {claim} is missing or malformed",
        "A proof needs `jti`, `htm`, `htu`, `iat` and `ath`. Clients that were written for the token endpoint alone often \
         leave out `ath`.",
    ),
    proof(
        "proof_type_mismatch",
        "the DPoP proof's typ is not dpop+jwt",
        "The header of the proof must have `typ: dpop+jwt`.",
    ),
    proof(
        "proof_algorithm_not_allowed",
        "the DPoP proof's algorithm is not accepted",
        "The challenge names the accepted algorithms in `algs`. Add the client's algorithm to the DPoP settings if it may \
         be used.",
    ),
    proof(
        "proof_key_unusable",
        "the DPoP proof's key cannot be used",
        "The header's `jwk` is absent, holds a private key, is too weak, or does not fit `alg`.",
    ),
    proof(
        "proof_signature_invalid",
        "the DPoP proof's signature is invalid",
        "The key in the proof's header does not verify its signature. A frequent mistake of clients: they encode an \
         ECDSA signature in DER and not in the form of JWS.",
    ),
    proof(
        "proof_method_mismatch",
        "the DPoP proof is for another method",
        "`htm` is not the method of the request; letter case matters. See whether a proxy changes the method.",
    ),
    proof(
        "proof_url_mismatch",
        "the DPoP proof is for another URL",
        "`htu` is not the URL as this API sees it. Behind a proxy, set the public origin, or configure the headers \
         in which the proxy passes scheme and host.",
    ),
    proof(
        "proof_too_old",
        "the DPoP proof is too old",
        "`iat` is further back than the maximum age of proofs. The client must make a proof for each request; compare the \
         clocks.",
    ),
    proof(
        "proof_from_future",
        "the DPoP proof was made in the future",
        "`iat` is in the future beyond the tolerance. The client's clock is wrong; nonces help clients without a good \
         clock.",
    ),
    proof(
        "proof_token_mismatch",
        "the DPoP proof is for another access token",
        "`ath` is not the hash of the token in the request. The client must make the proof for the token that it sends.",
    ),
    proof(
        "proof_key_mismatch",
        "the DPoP proof is of another key than the access token",
        "The proof is signed with another key than the one that `cnf.jkt` names. Either the client lost its key, or \
         somebody else has its token.",
    ),
    proof(
        "proof_replayed",
        "the DPoP proof was used before",
        "A proof is accepted once. The client must make a new one for each request, retries included. If this \
         happens to honest clients, see whether a proxy repeats requests.",
    ),
    Row {
        code: "proof_nonce_required",
        stage: Stage::Confirmation,
        meaning: Meaning::UseDpopNonce,
        client: "the DPoP proof needs the nonce of this answer",
        remedy: "Nonces are required. The client takes the nonce in `DPoP-Nonce` and repeats the request. Each \
                   client gets this answer from time to time; it is not a fault.",
    },
];

const fn invalid(code: &'static str, client: &'static str, remedy: &'static str) -> Row {
    Row { code, stage: Stage::Confirmation, meaning: Meaning::InvalidToken, client, remedy }
}

const fn proof(code: &'static str, client: &'static str, remedy: &'static str) -> Row {
    Row { code, stage: Stage::Confirmation, meaning: Meaning::InvalidDpopProof, client, remedy }
}
