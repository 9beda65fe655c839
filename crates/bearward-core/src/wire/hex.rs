//! Hexadecimal digits (RFC 4648 §8), read in either case and written in lower case.

use std::fmt;

/// Bytes as lowercase hexadecimal digits.
pub(crate) struct Lowercase<'b>(pub(crate) &'b [u8]);

impl fmt::Display for Lowercase<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The bytes that the digits stand for. `None` where a character is not a digit, or a digit has no partner.
pub(crate) fn decode(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks();
    rest.is_empty().then(|| pairs.iter().map(|pair| byte(*pair)).collect()).flatten()
}

/// The same, where there must be so many bytes.
pub(crate) fn decode_array<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    decode(digits)?.try_into().ok()
}

/// The byte that two digits stand for.
pub(crate) fn byte([high, low]: [u8; 2]) -> Option<u8> {
    Some(digit(high)? << 4 | digit(low)?)
}

fn digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| value.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_read_as_it_is_written() {
        let bytes: Vec<u8> = (0..=255).collect();
        let digits = Lowercase(&bytes).to_string();
        assert!(digits.starts_with("000102") && digits.ends_with("fdfeff"), "{digits}");
        assert_eq!(decode(digits.as_bytes()), Some(bytes.clone()));
        assert_eq!(decode(digits.to_uppercase().as_bytes()), Some(bytes));
    }

    #[test]
    fn what_is_not_pairs_of_digits_is_refused() {
        for digits in ["0", "000", "0g", "g0", "+1", " 1", "0x", "é"] {
            assert_eq!(decode(digits.as_bytes()), None, "{digits}");
        }
        assert_eq!(decode(b""), Some(Vec::new()));
        assert_eq!(decode_array(b"00ff"), Some([0, 255]));
        assert_eq!(decode_array::<2>(b"00ff00"), None);
        assert_eq!(decode_array::<2>(b"00"), None);
    }
}
