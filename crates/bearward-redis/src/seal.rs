//! Values that can be read only with the secret they were sealed with.
//!
//! AES-256-GCM. Each entry has its own key, derived with HKDF-SHA256 (RFC 5869) from the secret and the entry's
//! name. So a value can be decrypted only under the name it was written for, and a key is used with few random nonces.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};

use crate::error::RedisConfigError;

/// What a sealed value starts with, so that another form can be told from it.
const FORM: u8 = 1;

const NONCE_BYTES: usize = 12;

const MIN_SECRET_BYTES: usize = 32;

/// Without `Debug`: it holds a key.
pub(crate) struct Seal(Prk);

impl Seal {
    pub(crate) fn new(secret: &[u8]) -> Result<Self, RedisConfigError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(RedisConfigError::ShortSecret);
        }
        Ok(Self(Salt::new(HKDF_SHA256, b"bearward-redis").extract(secret)))
    }

    pub(crate) fn seal(&self, name: &[u8; 32], value: Vec<u8>) -> Result<Vec<u8>, Unspecified> {
        let mut sealed = value;
        let nonce = self.key(name)?.seal_in_place_append_tag(Aad::from([FORM]), &mut sealed)?;
        let mut whole = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        whole.push(FORM);
        whole.extend_from_slice(nonce.as_ref());
        whole.append(&mut sealed);
        Ok(whole)
    }

    /// The value, unless it is something else than what was sealed under this name.
    pub(crate) fn open(&self, name: &[u8; 32], sealed: &[u8]) -> Option<Vec<u8>> {
        let (form, rest) = sealed.split_first()?;
        if *form != FORM {
            return None;
        }
        let (nonce, ciphertext) = rest.split_at_checked(NONCE_BYTES)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut value = ciphertext.to_vec();
        let opened = self.key(name).ok()?.open_in_place(nonce, Aad::from([FORM]), &mut value).ok()?;
        let length = opened.len();
        value.truncate(length);
        Some(value)
    }

    fn key(&self, name: &[u8; 32]) -> Result<RandomizedNonceKey, Unspecified> {
        let mut key = [0; 32];
        self.0.expand(&[b"introspection", name], HKDF_SHA256)?.fill(&mut key)?;
        RandomizedNonceKey::new(&AES_256_GCM, &key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(secret: u8) -> Seal {
        Seal::new(&[secret; 32]).unwrap()
    }

    #[test]
    fn what_was_sealed_opens() {
        for value in [&b""[..], b"{}", &[0; 5000]] {
            let sealed = seal(1).seal(&[9; 32], value.to_vec()).unwrap();
            assert_eq!(seal(1).open(&[9; 32], &sealed).as_deref(), Some(value));
        }
    }

    #[test]
    fn nothing_else_opens() {
        let sealed = seal(1).seal(&[9; 32], b"claims".to_vec()).unwrap();
        assert_eq!(seal(2).open(&[9; 32], &sealed), None, "another secret");
        assert_eq!(seal(1).open(&[8; 32], &sealed), None, "another name");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal(1).open(&[9; 32], &changed), None, "byte {at}");
            assert_eq!(seal(1).open(&[9; 32], &sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn a_sealed_value_shows_nothing_and_is_never_the_same() {
        let once = || seal(1).seal(&[9; 32], b"claims".to_vec()).unwrap();
        assert!(!once().windows(6).any(|window| window == b"claims"));
        assert_ne!(once(), once());
    }
}
