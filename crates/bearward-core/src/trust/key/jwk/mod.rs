//! One JWK becomes a [`VerifyingKey`] (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2, RFC 9964).
//!
//! 1. `use` is absent or `sig`; `key_ops` is absent or holds `verify`.
//! 2. No member of a private key is present: a set that leaks its private half is broken.
//! 3. `kty` is `RSA`, `EC`, `OKP` or `AKP`; a symmetric `oct` key never comes from a set.
//! 4. RSA: odd modulus of 2048 to 8192 bits, odd exponent from 3, no key that can be factored ([`roca`](super::roca)). Curves: coordinates of the curve's
//!    length, a point on it; not one that makes signatures anyone can make up.
//! 5. `alg`, where present, fits the key type; the key then serves that algorithm alone.
//!
//! Published keys are read leniently where that leaves one meaning only, because large providers publish them so:
//! a member that is `null` or `[]` counts as absent; base64url may be padded or use the standard alphabet; an RSA
//! integer may have leading zero octets; an EC coordinate may lack them or have more.
//!
//! Does not check: `x5c` and its relatives, which are never read or fetched.

use std::fmt;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::ParsedPublicKey;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::ed25519::has_small_order;
use super::roca::has_fingerprint;
use super::{Verifier, VerifyingKey};
use crate::token::algorithm::{Algorithm, AlgorithmSet, Scheme};
use crate::wire::json::{Json, Object};

/// Why a key is never used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwkError {
    /// It is beyond the most keys that are taken from a set, and so are all after it
    /// ([`Limits::max_keys`](crate::trust::Limits::max_keys)).
    BeyondLimit,
    /// `use` is there and is not `sig`, or `key_ops` is there without `verify`.
    NotForVerifying,
    /// A private or symmetric member is published.
    Private,
    /// `kty` or `crv` is one that Bearward does not know.
    UnknownType,
    /// `alg` names no algorithm that Bearward verifies, or one outside the issuer's allowlist.
    AlgorithmNotAllowed,
    /// `alg` belongs to another key type than `kty` and `crv`.
    AlgorithmMismatch,
    /// A mandatory member is absent, of a wrong type, or not base64url.
    Malformed(&'static str),
    /// An RSA modulus under 2048 or over 8192 bits, or even; or an exponent that is even, 1 or too long.
    WeakRsa,
    /// An RSA key of the series whose private half can be computed from the public one (ROCA, CVE-2017-15361).
    Factorable,
    /// The key is not valid for its type: a point off the curve, or one of small order.
    Invalid,
}

impl JwkError {
    /// Whether the key is wrong in itself, not only of no use here.
    pub(super) fn is_broken(self) -> bool {
        !self.is_for_another_purpose()
    }

    /// Whether the key may be good, and is for something else than the tokens of this resource server, as an encryption
    /// key is.
    #[must_use]
    pub const fn is_for_another_purpose(self) -> bool {
        matches!(self, Self::NotForVerifying | Self::UnknownType | Self::AlgorithmNotAllowed)
    }
}

impl fmt::Display for JwkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeyondLimit => {
                f.write_str("this key and all after it are beyond the limit of keys in a set")
            }
            Self::NotForVerifying => f.write_str("the key is not for verifying signatures"),
            Self::Private => f.write_str("the key holds private or symmetric members"),
            Self::UnknownType => f.write_str("the key type or curve is not supported"),
            Self::AlgorithmNotAllowed => f.write_str("the key's alg is not allowed"),
            Self::AlgorithmMismatch => f.write_str("the key's alg belongs to another key type"),
            Self::Malformed(member) => write!(f, "member {member:?} is absent or malformed"),
            Self::WeakRsa => f.write_str("the RSA modulus or exponent is out of bounds"),
            Self::Factorable => f.write_str(
                "the RSA key is of a series that can be factored (ROCA, CVE-2017-15361); replace it",
            ),
            Self::Invalid => f.write_str("the key is not valid for its type"),
        }
    }
}

impl std::error::Error for JwkError {}

/// base64url, padded or not.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Members of which each makes a JWK private or symmetric (RFC 7518 §6, RFC 9964).
const PRIVATE_MEMBERS: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

impl VerifyingKey {
    pub(super) fn from_jwk(jwk: &Object<'_>, allowed: AlgorithmSet) -> Result<Self, JwkError> {
        check_purpose(jwk)?;
        if PRIVATE_MEMBERS.iter().any(|name| member(jwk, name).is_some()) {
            return Err(JwkError::Private);
        }
        let kid = optional_string(jwk, "kid")?;
        let material = Material::read(jwk)?;
        let named = optional_string(jwk, "alg")?
            .map(|name| name.parse::<Algorithm>())
            .transpose()
            .map_err(|_| JwkError::AlgorithmNotAllowed)?;
        if named.is_some_and(|algorithm| !material.fits(algorithm)) {
            return Err(JwkError::AlgorithmMismatch);
        }

        let serves = |algorithm: &Algorithm| {
            material.fits(*algorithm) && named.is_none_or(|named| named.same_scheme(*algorithm))
        };
        let mut verifiers = Vec::new();
        for algorithm in allowed.iter().filter(serves) {
            let key = material.parse(algorithm).ok_or(JwkError::Invalid)?;
            verifiers.push((algorithm, Verifier::Public(Box::new(key))));
        }
        if verifiers.is_empty() {
            return Err(JwkError::AlgorithmNotAllowed);
        }
        Ok(Self::new(kid, verifiers, &material.parts()))
    }
}

/// The public part of a key, measured but not yet checked by the cryptographic library.
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Curve { kty: &'static str, crv: String, point: Vec<u8> },
    Akp { algorithm: Algorithm, public: Vec<u8> },
}

impl Material {
    fn read(jwk: &Object<'_>) -> Result<Self, JwkError> {
        match jwk.string("kty").ok_or(JwkError::Malformed("kty"))? {
            "RSA" => {
                let (n, e) = (integer(jwk, "n")?, integer(jwk, "e")?);
                check_rsa(&n, &e)?;
                Ok(Self::Rsa { n, e })
            }
            "EC" => {
                let crv = jwk.string("crv").ok_or(JwkError::Malformed("crv"))?;
                let length = coordinate_bytes("EC", crv).ok_or(JwkError::UnknownType)?;
                let mut point = vec![0x04]; // an uncompressed point of SEC 1 §2.3.3
                for name in ["x", "y"] {
                    let octets = bytes(jwk, name)?;
                    let coordinate = without_leading_zeros(&octets);
                    let missing = length.checked_sub(coordinate.len()).filter(|_| !octets.is_empty());
                    let missing = missing.ok_or(JwkError::Malformed(name))?;
                    point.resize(point.len() + missing, 0);
                    point.extend(coordinate);
                }
                Ok(Self::Curve { kty: "EC", crv: crv.to_owned(), point })
            }
            "OKP" => {
                let crv = jwk.string("crv").ok_or(JwkError::Malformed("crv"))?;
                let length = coordinate_bytes("OKP", crv).ok_or(JwkError::UnknownType)?;
                let point = bytes(jwk, "x")?;
                if point.len() != length {
                    return Err(JwkError::Malformed("x"));
                }
                if has_small_order(&point) {
                    return Err(JwkError::Invalid);
                }
                Ok(Self::Curve { kty: "OKP", crv: crv.to_owned(), point })
            }
            "AKP" => {
                let name = jwk.string("alg").ok_or(JwkError::Malformed("alg"))?;
                let algorithm = name.parse().map_err(|_| JwkError::UnknownType)?;
                Ok(Self::Akp { algorithm, public: bytes(jwk, "pub")? })
            }
            "oct" => Err(JwkError::Private),
            _ => Err(JwkError::UnknownType),
        }
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        match (self, algorithm.scheme()) {
            (Self::Rsa { .. }, Scheme::Rsa(_)) => true,
            (Self::Curve { kty, crv, .. }, Scheme::Curve { kty: own_kty, crv: own_crv, .. }) => {
                kty == own_kty && crv == own_crv
            }
            (Self::Akp { algorithm: own, .. }, Scheme::Akp(_)) => *own == algorithm,
            _ => false,
        }
    }

    fn parse(&self, algorithm: Algorithm) -> Option<ParsedPublicKey> {
        match (self, algorithm.scheme()) {
            (Self::Rsa { n, e }, Scheme::Rsa(parameters)) => {
                PublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()
            }
            (Self::Curve { point: key, .. }, Scheme::Curve { verification, .. })
            | (Self::Akp { public: key, .. }, Scheme::Akp(verification)) => {
                ParsedPublicKey::new(*verification, key).ok()
            }
            _ => None,
        }
    }

    fn parts(&self) -> [&[u8]; 3] {
        match self {
            Self::Rsa { n, e } => [b"RSA", n, e],
            Self::Curve { kty, crv, point } => [kty.as_bytes(), crv.as_bytes(), point],
            Self::Akp { algorithm, public } => [b"AKP", algorithm.name().as_bytes(), public],
        }
    }
}

fn check_purpose(jwk: &Object<'_>) -> Result<(), JwkError> {
    match member(jwk, "use") {
        None => {}
        // A SPIFFE bundle says jwt-svid of the keys that sign its tokens, and x509-svid of its certificates' (SPIFFE Trust
        // Domain and Bundle §4.2.2).
        Some(Json::String(purpose)) if purpose == "sig" || purpose == "jwt-svid" => {}
        Some(_) => return Err(JwkError::NotForVerifying),
    }
    match member(jwk, "key_ops") {
        None => Ok(()),
        Some(Json::Array(operations))
            if operations.iter().any(|operation| operation.as_str() == Some("verify")) =>
        {
            Ok(())
        }
        Some(_) => Err(JwkError::NotForVerifying),
    }
}

/// Bounds on an RSA key: a modulus of 2048 to 8192 bits (RFC 7518 §3.3) and odd, as a product of odd
/// primes is; an odd exponent from 3 and of at most 32 bits, for with 1 every message is its own signature. No key of
/// the series that can be factored ([`has_fingerprint`]).
pub(super) fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), JwkError> {
    let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let sound = (2048..=8192).contains(&bits) && odd(n) && odd(e) && e != [1] && e.len() <= 4;
    match sound {
        true if has_fingerprint(n) => Err(JwkError::Factorable),
        true => Ok(()),
        false => Err(JwkError::WeakRsa),
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

fn coordinate_bytes(kty: &str, crv: &str) -> Option<usize> {
    Algorithm::all().find_map(|algorithm| match algorithm.scheme() {
        Scheme::Curve { kty: own_kty, crv: own_crv, coordinate_bytes, .. }
            if *own_kty == kty && *own_crv == crv =>
        {
            Some(*coordinate_bytes)
        }
        _ => None,
    })
}

/// A member of a key; `null` and `[]` count as absent.
fn member<'j, 'd>(jwk: &'j Object<'d>, name: &str) -> Option<&'j Json<'d>> {
    jwk.get(name).filter(|value| match value {
        Json::Null => false,
        Json::Array(items) => !items.is_empty(),
        _ => true,
    })
}

/// A big-endian integer, without its leading zero octets (RFC 7518 §2, Base64urlUInt).
fn integer(jwk: &Object<'_>, name: &'static str) -> Result<Vec<u8>, JwkError> {
    let bytes = bytes(jwk, name)?;
    Ok(without_leading_zeros(&bytes).to_vec())
}

fn bytes(jwk: &Object<'_>, name: &'static str) -> Result<Vec<u8>, JwkError> {
    let text = jwk.string(name).ok_or(JwkError::Malformed(name))?;
    let url_safe: String = text.chars().map(url_safe).collect();
    URL_SAFE.decode(url_safe).map_err(|_| JwkError::Malformed(name))
}

/// The character of the URL-safe alphabet that means the same as this one of the standard alphabet.
fn url_safe(character: char) -> char {
    match character {
        '+' => '-',
        '/' => '_',
        other => other,
    }
}

fn optional_string<'j>(jwk: &'j Object<'_>, name: &'static str) -> Result<Option<&'j str>, JwkError> {
    match member(jwk, name) {
        None => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or(JwkError::Malformed(name)),
    }
}

#[cfg(test)]
mod tests;
