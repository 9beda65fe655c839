//! JWTs that others signed: DPoP proofs, client assertions, and access tokens that come back.
//!
//! 1. The algorithm is one of ours with a public key, and of the family of the key (RFC 8725 §3.1).
//! 2. Does not check any claim: each use has its own rules.

use aws_lc_rs::rsa;
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::algorithm::{Algorithm, Family};
use crate::mint::sha256_base64url;

/// A JWT taken apart, whose signature is not verified yet.
#[derive(Debug)]
pub(crate) struct ReceivedJwt<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    algorithm: Algorithm,
    signed: &'a [u8],
    signature: Vec<u8>,
}

impl<'a> ReceivedJwt<'a> {
    /// Takes a compact serialization apart (RFC 7515 §5.2); `None` if it is none, or of another algorithm.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header: Map<String, Value> = serde_json::from_slice(&base64url(header)?).ok()?;
        let algorithm: Algorithm = header.get("alg")?.as_str()?.parse().ok()?;
        // RFC 7515 §4.1.11: an extension that is not understood refuses the whole.
        if algorithm.is_symmetric() || header.contains_key("crit") {
            return None;
        }
        Some(Self {
            claims: serde_json::from_slice(&base64url(payload)?).ok()?,
            signature: base64url(signature)?,
            signed: signed.as_bytes(),
            header,
            algorithm,
        })
    }

    /// Whether the signature holds under this public JWK.
    pub(crate) fn is_signed_with(&self, jwk: &Value) -> bool {
        let named = jwk.get("alg").and_then(Value::as_str);
        named.is_none_or(|name| name == self.algorithm.name()) && self.verify(jwk).is_some()
    }

    /// Whether `typ` is this media type, with or without its `application/` (RFC 7515 §4.1.9).
    pub(crate) fn is_of_type(&self, expected: &str) -> bool {
        let typ = self.header.get("typ").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        typ.strip_prefix("application/").unwrap_or(&typ) == expected
    }

    /// A claim that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A claim that is a NumericDate, in whole seconds (RFC 7519 §2).
    pub(crate) fn date(&self, name: &str) -> Option<i64> {
        self.claims.get(name)?.as_i64()
    }

    fn verify(&self, jwk: &Value) -> Option<()> {
        let member = |name| base64url(jwk.get(name)?.as_str()?);
        let is = |name, expected| jwk.get(name).and_then(Value::as_str) == Some(expected);
        match self.algorithm.family() {
            Family::Rsa(_, parameters) if is("kty", "RSA") => {
                let key = rsa::PublicKeyComponents { n: member("n")?, e: member("e")? };
                key.verify(parameters, self.signed, &self.signature).ok()
            }
            Family::Ec(signing, curve) if is("kty", "EC") && is("crv", curve) => {
                self.verify_with(&**signing, &[&[4], &*member("x")?, &*member("y")?].concat())
            }
            Family::Ed25519 if is("kty", "OKP") && is("crv", "Ed25519") => {
                self.verify_with(&signature::ED25519, &member("x")?)
            }
            Family::MlDsa(_, verification) if is("kty", "AKP") && is("alg", self.algorithm.name()) => {
                self.verify_with(verification, &member("pub")?)
            }
            _ => None,
        }
    }

    fn verify_with(&self, algorithm: &'static dyn VerificationAlgorithm, key: &[u8]) -> Option<()> {
        UnparsedPublicKey::new(algorithm, key).verify(self.signed, &self.signature).ok()
    }
}

/// The RFC 7638 thumbprint of an asymmetric public JWK.
pub(crate) fn thumbprint(jwk: &Value) -> Option<String> {
    let names: &[&str] = match jwk.get("kty")?.as_str()? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "AKP" => &["alg", "kty", "pub"],
        _ => return None,
    };
    let members: Vec<_> = names
        .iter()
        .map(|name| Some(format!("{}:{}", Value::from(*name), Value::from(jwk.get(name)?.as_str()?))))
        .collect::<Option<_>>()?;
    Some(sha256_base64url(format!("{{{}}}", members.join(",")).as_bytes()))
}

/// Whether a JWK gives away what it should keep (RFC 7518 §6.2.2, §6.3.2, §6.4.1, RFC 9964 §3).
pub(crate) fn holds_private_half(jwk: &Value) -> bool {
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"].iter().any(|name| jwk.get(name).is_some())
}

fn base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing_key::SigningKey;

    #[test]
    fn every_algorithm_verifies_its_own_signature_and_no_other() {
        for algorithm in Algorithm::ASYMMETRIC {
            let (key, other) = (SigningKey::generate(algorithm), SigningKey::generate(algorithm));
            let token = key.mint("https://issuer.example").sign();
            let jwt = ReceivedJwt::parse(&token).unwrap();
            assert!(jwt.is_signed_with(&key.public_jwk()), "{algorithm}");
            assert!(jwt.is_signed_with(&key.bare_jwk()), "{algorithm}");
            assert!(!jwt.is_signed_with(&other.public_jwk()), "{algorithm}");
            assert_eq!(thumbprint(&key.public_jwk()), Some(key.thumbprint()));
            assert!(holds_private_half(&key.private_jwk()) && !holds_private_half(&key.public_jwk()));
        }
    }

    #[test]
    fn what_is_no_jwt_of_a_public_key_is_not_parsed() {
        let key = SigningKey::generate(Algorithm::Es256);
        let secret = SigningKey::from_secret("secret", Algorithm::Hs256).unwrap();
        let good = key.mint("i");
        for token in [
            String::new(),
            "a.b".to_owned(),
            good.unsigned(),
            good.clone().signed_by(&secret).sign(),
            good.clone().header("crit", ["b64"].to_vec()).sign(),
            good.sign_payload(b"[]"),
            format!("{}=", good.sign()),
            format!("{}.x", good.sign()),
        ] {
            assert!(ReceivedJwt::parse(&token).is_none(), "{token}");
        }
    }

    #[test]
    fn a_key_for_another_algorithm_does_not_verify() {
        let key = SigningKey::generate(Algorithm::Rs256);
        let token = key.mint("i").sign();
        let other = key.clone().with_algorithm(Algorithm::Ps256).unwrap();
        let jwt = ReceivedJwt::parse(&token).unwrap();
        assert!(!jwt.is_signed_with(&other.public_jwk()));
        assert!(jwt.is_signed_with(&other.bare_jwk()));
    }

    #[test]
    fn the_type_is_a_media_type() {
        let key = SigningKey::generate(Algorithm::Es256);
        for (typ, expected) in [("at+jwt", true), ("Application/AT+JWT", true), ("JWT", false), ("", false)] {
            let token = key.mint("i").header("typ", typ).sign();
            assert_eq!(ReceivedJwt::parse(&token).unwrap().is_of_type("at+jwt"), expected, "{typ}");
        }
    }
}
