//! The check of a signature and nothing else: the least that any middleware with an addon can do. For the benchmarks.

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use napi::Result;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::error::invalid;

/// A public key, parsed once.
#[napi]
pub struct BareSignature {
    key: ParsedPublicKey,
}

#[napi]
impl BareSignature {
    /// The key's bytes are what aws-lc takes: PKCS#1 for `RS256`, an uncompressed point for `ES256`.
    #[napi(constructor)]
    pub fn new(algorithm: String, key: Buffer) -> Result<Self> {
        let algorithm: &'static dyn VerificationAlgorithm = match algorithm.as_str() {
            "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
            "ES256" => &signature::ECDSA_P256_SHA256_FIXED,
            _ => return Err(invalid("neither RS256 nor ES256".to_owned())),
        };
        let key = ParsedPublicKey::new(algorithm, &key);
        Ok(Self { key: key.map_err(|_| invalid("no public key of that kind".to_owned()))? })
    }

    /// Whether the token in an `Authorization` header is signed with the key. Nothing else of it is looked at.
    #[napi]
    pub fn verifies(&self, authorization: String) -> bool {
        let Some((signed, signature)) =
            authorization.strip_prefix("Bearer ").and_then(|token| token.rsplit_once('.'))
        else {
            return false;
        };
        let signature = URL_SAFE_NO_PAD.decode(signature);
        signature.is_ok_and(|signature| self.key.verify_sig(signed.as_bytes(), &signature).is_ok())
    }
}
