//! Base64 read as leniently as some reader does: padding may be missing, and bits that pad may be other than zero.
//!
//! For texts that are compared by what they encode, and for texts that are refused if anybody might read them. A token
//! has one spelling: [`jws`](super::jws) reads it strictly.

use base64::alphabet::{self, Alphabet};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// With `+` and `/` (RFC 4648 §4).
pub(crate) const STANDARD: GeneralPurpose = lenient(&alphabet::STANDARD);

/// With `-` and `_` (RFC 4648 §5).
pub(crate) const URL_SAFE: GeneralPurpose = lenient(&alphabet::URL_SAFE);

const fn lenient(alphabet: &Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    #[test]
    fn padding_and_leftover_bits_may_be_anything_and_characters_may_not() {
        for text in ["c2k=", "c2k", "c2l", "c2m="] {
            assert_eq!(STANDARD.decode(text).unwrap(), b"si", "{text}");
            assert_eq!(URL_SAFE.decode(text).unwrap(), b"si", "{text}");
        }
        assert_eq!(STANDARD.decode("+/+/").unwrap(), URL_SAFE.decode("-_-_").unwrap());
        for text in ["c", "c2 k", "c2k=\n", "="] {
            assert!(STANDARD.decode(text).is_err() && URL_SAFE.decode(text).is_err(), "{text:?}");
        }
        assert!(STANDARD.decode("-_-_").is_err() && URL_SAFE.decode("+/+/").is_err());
    }
}
