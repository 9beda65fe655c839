//! Keys as files hold them: PKCS#8 (RFC 5208, RFC 5958) and private JWKs (RFC 7517).
//!
//! 1. A PKCS#8 document names the kind of key, not the algorithm it is for: RSA signs RS256 and Ed25519 signs
//!    `EdDSA` until told otherwise.
//! 2. Does not check the public members of a JWK but those of an elliptic curve, where the library does.

use aws_lc_rs::encoding::{AsBigEndian as _, AsDer as _, Curve25519SeedBin, Pkcs8V1Der};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, PqdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::material::Material;
use super::{KeyError, der};
use crate::algorithm::{Algorithm, Family};

/// One algorithm for each kind of key that a PKCS#8 document can hold.
const KINDS: [Algorithm; 9] = [
    Algorithm::Es256,
    Algorithm::EdDsa,
    Algorithm::Rs256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::Es256K,
    Algorithm::MlDsa44,
    Algorithm::MlDsa65,
    Algorithm::MlDsa87,
];

impl Material {
    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> Result<(Self, Algorithm), KeyError> {
        KINDS
            .into_iter()
            .find_map(|algorithm| Some((Self::of_kind(algorithm, pkcs8)?, algorithm)))
            .ok_or(KeyError::Malformed)
    }

    fn of_kind(algorithm: Algorithm, pkcs8: &[u8]) -> Option<Self> {
        Some(match algorithm.family() {
            Family::Rsa(..) => Self::Rsa(rsa::KeyPair::from_pkcs8(pkcs8).ok()?),
            Family::Ec(signing, curve) => Self::Ec(EcdsaKeyPair::from_pkcs8(signing, pkcs8).ok()?, curve),
            Family::Ed25519 => {
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
                let seed: Curve25519SeedBin<'_> = pair.seed().ok()?.as_be_bytes().ok()?;
                let seed = seed.as_ref().try_into().ok()?;
                Self::Ed25519(pair, seed)
            }
            Family::MlDsa(signing, _) => {
                let pair = PqdsaKeyPair::from_pkcs8(signing, pkcs8).ok()?;
                let seed = der::ml_dsa_seed(pair.to_pkcs8v1().ok()?.as_ref())?;
                Self::MlDsa(pair, seed)
            }
            Family::Hmac(_) => return None,
        })
    }

    /// The key as PKCS#8; `None` for a shared secret and for the weak RSA key.
    pub(super) fn pkcs8(&self) -> Result<Option<Vec<u8>>, KeyError> {
        Ok(match self {
            Self::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der()?;
                Some(der.as_ref().to_vec())
            }
            Self::Ec(pair, _) => Some(pair.to_pkcs8v1()?.as_ref().to_vec()),
            Self::Ed25519(pair, _) => Some(pair.to_pkcs8v1()?.as_ref().to_vec()),
            Self::MlDsa(pair, _) => Some(pair.to_pkcs8v1()?.as_ref().to_vec()),
            Self::WeakRsa | Self::Secret(_) => None,
        })
    }

    pub(super) fn from_private_jwk(jwk: &Value) -> Result<(Self, Algorithm), KeyError> {
        let algorithm = algorithm_of(jwk).ok_or(KeyError::Malformed)?;
        let material = Self::of_members(algorithm, jwk).ok_or(KeyError::Malformed)?;
        Ok((material, algorithm))
    }

    fn of_members(algorithm: Algorithm, jwk: &Value) -> Option<Self> {
        let member = |name| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?).ok();
        let is = |name, expected| jwk.get(name).and_then(Value::as_str) == Some(expected);
        Some(match algorithm.family() {
            Family::Rsa(..) if is("kty", "RSA") => {
                // RFC 8017 A.1.2, two primes.
                let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
                let integers: Vec<_> = names.into_iter().map(member).collect::<Option<_>>()?;
                Self::Rsa(rsa::KeyPair::from_der(&der::write_rsa_private_key(&integers)).ok()?)
            }
            Family::Ec(signing, curve) if is("kty", "EC") && is("crv", curve) => {
                let point = [&[4], &*member("x")?, &*member("y")?].concat();
                let pair = EcdsaKeyPair::from_private_key_and_public_key(signing, &member("d")?, &point);
                Self::Ec(pair.ok()?, curve)
            }
            Family::Ed25519 if is("kty", "OKP") && is("crv", "Ed25519") => {
                let seed: [u8; 32] = member("d")?.try_into().ok()?;
                Self::Ed25519(Ed25519KeyPair::from_seed_unchecked(&seed).ok()?, seed)
            }
            Family::MlDsa(signing, _) if is("kty", "AKP") => {
                let seed: [u8; 32] = member("priv")?.try_into().ok()?;
                let pair: Result<_, KeyRejected> = PqdsaKeyPair::from_seed(signing, &seed);
                Self::MlDsa(pair.ok()?, seed)
            }
            Family::Hmac(_) if is("kty", "oct") => Self::Secret(member("k")?),
            _ => return None,
        })
    }
}

/// What a JWK is for: its `alg`, else what its kind of key signs mostly.
fn algorithm_of(jwk: &Value) -> Option<Algorithm> {
    let member = |name| jwk.get(name).and_then(Value::as_str);
    match (member("alg"), member("kty")?, member("crv")) {
        (Some(name), ..) => name.parse().ok(),
        (None, "RSA", _) => Some(Algorithm::Rs256),
        (None, "EC", Some(curve)) => KINDS.into_iter().find(
            |algorithm| matches!(algorithm.family(), Family::Ec(_, of_algorithm) if of_algorithm == curve),
        ),
        (None, "OKP", Some("Ed25519")) => Some(Algorithm::EdDsa),
        _ => None,
    }
}
