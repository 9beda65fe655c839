//! Stage 7: the DPoP proof is checked (RFC 9449 §4.3).

use super::{Meaning, Row, Stage};

pub(super) static ROWS: [Row; 17] = [
    invalid(
        "proof_missing",
        "there is no DPoP proof",
        "The request has no header `DPoP`. The client must send one with each request; see whether a proxy removes it.",
    ),
    invalid(
        "proof_repeated",
        "there is more than one DPoP proof",
        "The request has several headers `DPoP`. The client must send one.",
    ),
    invalid(
        "proof_too_large",
        "the DPoP proof is too large",
        "The proof is longer than the limit `max_token_bytes`, or its header is longer than 8 KiB.",
    ),
    invalid(
        "proof_malformed",
        "the DPoP proof is malformed",
        "The proof is not a signed JWT in compact serialization with a strict JSON header and claims set.",
    ),
    invalid(
        "proof_claim_malformed",
        "the DPoP proof's claim {claim} is missing or malformed",
        "A proof needs `jti`, `htm`, `htu`, `iat` and `ath`. Clients that were written for the token endpoint alone often \
         leave out `ath`.",
    ),
    invalid(
        "proof_type_mismatch",
        "the DPoP proof's typ is not dpop+jwt",
        "The header of the proof must have `typ: dpop+jwt`.",
    ),
    invalid(
        "proof_algorithm_not_allowed",
        "the DPoP proof's algorithm is not accepted",
        "The challenge names the accepted algorithms in `algs`. Add the client's algorithm to the DPoP settings if it may \
         be used.",
    ),
    invalid(
        "proof_key_unusable",
        "the DPoP proof's key cannot be used",
        "The header's `jwk` is absent, holds a private key, is too weak, or does not fit `alg`.",
    ),
    invalid(
        "proof_signature_invalid",
        "the DPoP proof's signature is invalid",
        "The key in the proof's header does not verify its signature. A frequent mistake of clients: they encode an \
         ECDSA signature in DER and not in the form of JWS.",
    ),
    invalid(
        "proof_method_mismatch",
        "the DPoP proof is for another method",
        "`htm` is not the method of the request; letter case matters. See whether a proxy changes the method.",
    ),
    invalid(
        "proof_url_mismatch",
        "the DPoP proof is for another URL",
        "`htu` is not the URL as this API sees it. Behind a proxy, set the public origin, or configure the headers \
         in which the proxy passes scheme and host.",
    ),
    invalid(
        "proof_too_old",
        "the DPoP proof is too old",
        "`iat` is further back than the maximum age of proofs. The client must make a proof for each request; compare the \
         clocks.",
    ),
    invalid(
        "proof_from_future",
        "the DPoP proof was made in the future",
        "`iat` is in the future beyond the tolerance. The client's clock is wrong; nonces help clients without a good \
         clock.",
    ),
    invalid(
        "proof_token_mismatch",
        "the DPoP proof is for another access token",
        "`ath` is not the hash of the token in the request. The client must make the proof for the token that it sends.",
    ),
    invalid(
        "proof_key_mismatch",
        "the DPoP proof is of another key than the access token",
        "The proof is signed with another key than the one that `cnf.jkt` names. Either the client lost its key, or \
         somebody else has its token.",
    ),
    invalid(
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
    Row { code, stage: Stage::Confirmation, meaning: Meaning::InvalidDpopProof, client, remedy }
}
