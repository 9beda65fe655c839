//! Key material by family: how it is made, signs, and shows its members.

use aws_lc_rs::encoding::{AsBigEndian as _, AsDer, EcPrivateKeyBin, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, PqdsaKeyPair};

use super::jwk::{Members, base64url};
use super::{KeyError, der, weak_rsa};
use crate::algorithm::{Algorithm, Family};

pub(super) enum Material {
    Rsa(rsa::KeyPair),
    Ec(EcdsaKeyPair, &'static str),
    Ed25519(Ed25519KeyPair, [u8; 32]),
    MlDsa(PqdsaKeyPair, [u8; 32]),
    WeakRsa,
    Secret(Vec<u8>),
}

impl Material {
    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        Ok(match algorithm.family() {
            Family::Rsa(..) => Self::generate_rsa(2048)?,
            Family::Ec(signing, curve) => Self::Ec(EcdsaKeyPair::generate(signing)?, curve),
            Family::Ed25519 => {
                let seed = random_seed()?;
                let pair = Ed25519KeyPair::from_seed_unchecked(&seed);
                Self::Ed25519(pair.map_err(|_| KeyError::Library)?, seed)
            }
            Family::MlDsa(signing, _) => {
                let seed = random_seed()?;
                let pair = PqdsaKeyPair::from_seed(signing, &seed);
                Self::MlDsa(pair.map_err(|_| KeyError::Library)?, seed)
            }
            Family::Hmac(algorithm) => {
                // RFC 7518 §3.2: a key at least as long as the hash.
                let mut secret = vec![0; algorithm.digest_algorithm().output_len()];
                rand::fill(&mut secret)?;
                Self::Secret(secret)
            }
        })
    }

    pub(super) fn generate_rsa(bits: usize) -> Result<Self, KeyError> {
        let size = match bits {
            2048 => rsa::KeySize::Rsa2048,
            3072 => rsa::KeySize::Rsa3072,
            4096 => rsa::KeySize::Rsa4096,
            8192 => rsa::KeySize::Rsa8192,
            other => return Err(KeyError::RsaSize(other)),
        };
        Ok(Self::Rsa(rsa::KeyPair::generate(size)?))
    }

    /// Whether `algorithm` can sign with this material.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        match (self, algorithm.family()) {
            (Self::Rsa(_), Family::Rsa(..))
            | (Self::Ed25519(..), Family::Ed25519)
            | (Self::Secret(_), Family::Hmac(_)) => true,
            (Self::WeakRsa, _) => algorithm == Algorithm::Rs256,
            (Self::Ec(_, curve), Family::Ec(_, other)) => *curve == other,
            (Self::MlDsa(pair, _), Family::MlDsa(signing, _)) => pair.algorithm() == signing,
            _ => false,
        }
    }

    pub(super) fn sign(&self, algorithm: Algorithm, input: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match (self, algorithm.family()) {
            (Self::Rsa(pair), Family::Rsa(encoding, _)) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, input, &mut signature)?;
                Ok(signature)
            }
            (Self::Ec(pair, _), Family::Ec(..)) => Ok(pair.sign(&random, input)?.as_ref().to_vec()),
            (Self::Ed25519(pair, _), Family::Ed25519) => Ok(pair.try_sign(input)?.as_ref().to_vec()),
            (Self::MlDsa(pair, _), Family::MlDsa(signing, _)) => {
                let mut signature = vec![0; signing.signature_len()];
                pair.sign(input, &mut signature)?;
                Ok(signature)
            }
            (Self::WeakRsa, _) if self.fits(algorithm) => Ok(weak_rsa::sign(input).to_vec()),
            (Self::Secret(secret), Family::Hmac(hash)) => {
                let tag = hmac::sign(&hmac::Key::new(hash, secret), input);
                Ok(tag.as_ref().to_vec())
            }
            _ => Err(KeyError::OtherFamily(algorithm)),
        }
    }

    /// The members that identify the public key: exactly those a thumbprint covers (RFC 7638 §3.2).
    pub(super) fn required_members(&self, algorithm: Algorithm) -> Result<Members, KeyError> {
        Ok(match self {
            Self::Rsa(pair) => {
                let key = der::integers_of_sequence(pair.public_key().as_ref());
                let [n, e] = key.as_deref().unwrap_or_default() else {
                    return Err(KeyError::Library);
                };
                rsa_members(n, e)
            }
            Self::WeakRsa => rsa_members(&weak_rsa::modulus(), &weak_rsa::PUBLIC_EXPONENT),
            Self::Ec(pair, curve) => {
                // SEC 1 §2.3.3: an uncompressed point is 04 and two coordinates of equal length.
                let point = pair.public_key().as_ref();
                let coordinates = point.strip_prefix(&[4]).ok_or(KeyError::Library)?;
                let (x, y) = coordinates.split_at(coordinates.len() / 2);
                Members::from([
                    ("kty", "EC".to_owned()),
                    ("crv", (*curve).to_owned()),
                    ("x", base64url(x)),
                    ("y", base64url(y)),
                ])
            }
            Self::Ed25519(pair, _) => Members::from([
                ("kty", "OKP".to_owned()),
                ("crv", "Ed25519".to_owned()),
                ("x", base64url(pair.public_key().as_ref())),
            ]),
            Self::MlDsa(pair, _) => Members::from([
                ("kty", "AKP".to_owned()),
                ("alg", algorithm.name().to_owned()),
                ("pub", base64url(pair.public_key().as_ref())),
            ]),
            Self::Secret(_) => Members::from([("kty", "oct".to_owned())]),
        })
    }

    pub(super) fn private_members(&self) -> Result<Members, KeyError> {
        Ok(match self {
            Self::Rsa(pair) => {
                let pkcs8: Pkcs8V1Der<'_> = pair.as_der()?;
                let key = der::rsa_private_key(pkcs8.as_ref()).ok_or(KeyError::Library)?;
                // RFC 8017 A.1.2: version, n, e, d, p, q, d mod (p-1), d mod (q-1), q^-1 mod p.
                let [_, _, _, d, p, q, dp, dq, qi] = key.as_slice() else {
                    return Err(KeyError::Library);
                };
                Members::from([
                    ("d", base64url(d)),
                    ("p", base64url(p)),
                    ("q", base64url(q)),
                    ("dp", base64url(dp)),
                    ("dq", base64url(dq)),
                    ("qi", base64url(qi)),
                ])
            }
            Self::Ec(pair, _) => {
                let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes()?;
                Members::from([("d", base64url(d.as_ref()))])
            }
            Self::WeakRsa => Members::from([("d", base64url(&weak_rsa::private_exponent()))]),
            Self::Ed25519(_, seed) => Members::from([("d", base64url(seed))]),
            Self::MlDsa(_, seed) => Members::from([("priv", base64url(seed))]),
            Self::Secret(secret) => Members::from([("k", base64url(secret))]),
        })
    }

    pub(super) fn subject_public_key_info(&self) -> Result<Option<Vec<u8>>, KeyError> {
        Ok(match self {
            Self::Rsa(pair) => Some(spki(pair.public_key())?),
            Self::Ec(pair, _) => Some(spki(pair.public_key())?),
            Self::WeakRsa => Some(spki(&rsa::PublicKeyComponents {
                n: weak_rsa::modulus().as_slice(),
                e: weak_rsa::PUBLIC_EXPONENT.as_slice(),
            })?),
            Self::Ed25519(pair, _) => Some(spki(pair.public_key())?),
            Self::MlDsa(pair, _) => Some(spki(pair.public_key())?),
            Self::Secret(_) => None,
        })
    }
}

fn rsa_members(n: &[u8], e: &[u8]) -> Members {
    Members::from([("kty", "RSA".to_owned()), ("n", base64url(n)), ("e", base64url(e))])
}

fn spki(key: &impl AsDer<PublicKeyX509Der<'static>>) -> Result<Vec<u8>, Unspecified> {
    Ok(key.as_der()?.as_ref().to_vec())
}

fn random_seed() -> Result<[u8; 32], Unspecified> {
    let mut seed = [0; 32];
    rand::fill(&mut seed)?;
    Ok(seed)
}
