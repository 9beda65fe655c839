//! Stage 5: the signature is verified.

use super::{Row, Stage};
use crate::answer::failure::meaning::Meaning;

pub(super) static ROWS: [Row; 1] = [Row {
    code: "signature_invalid",
    stage: Stage::Signature,
    meaning: Meaning::InvalidToken,
    client: "the access token's signature is invalid",
    remedy: "The key does not verify the signature: the token was changed or forged, or is of another environment that uses \
         the same `kid`. With a shared secret, compare the secret on both sides.",
}];
