//! One block of PEM text (RFC 7468): `-----BEGIN label-----`, base64, `-----END label-----`.
//!
//! 1. There is one block, and no other text before or after it. White space there is for the caller to trim.
//! 2. Both borders have the same label.
//! 3. Between them is base64 with its padding, and white space anywhere.
//!
//! Does not check: what the label means, and whether the bytes are of its kind.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A text that begins as a block does. Its end is looked at when its content is asked for, so that a caller can say
/// first what is wrong with the label.
#[derive(Clone, Copy)]
pub(crate) struct Pem<'t> {
    label: &'t str,
    rest: &'t str,
}

impl<'t> Pem<'t> {
    pub(crate) fn begin(text: &'t str) -> Option<Self> {
        let (label, rest) = text.strip_prefix("-----BEGIN ")?.split_once("-----")?;
        Some(Self { label, rest })
    }

    /// What the block says that it holds, such as `PUBLIC KEY`.
    pub(crate) const fn label(&self) -> &'t str {
        self.label
    }

    /// What is between the borders.
    pub(crate) fn body(&self) -> Option<&'t str> {
        self.rest.strip_suffix("-----")?.strip_suffix(self.label)?.strip_suffix("-----END ")
    }

    /// The bytes that the body encodes.
    pub(crate) fn decode(&self) -> Option<Vec<u8>> {
        let base64: String = self.body()?.split_ascii_whitespace().collect();
        STANDARD.decode(base64).ok()
    }
}

/// The text with line breaks where it has the two characters `\n`: many tools write a PEM into one line of a file or a
/// variable like that, and no PEM has a backslash.
pub(crate) fn unescaped(text: &str) -> Cow<'_, str> {
    if text.contains('\\') {
        Cow::Owned(text.replace("\\r", "").replace("\\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_read_with_white_space_anywhere() {
        for text in [
            "-----BEGIN A KEY-----\nYWJj\n-----END A KEY-----",
            "-----BEGIN A KEY-----\r\nYW\r\nJj\r\n-----END A KEY-----",
            "-----BEGIN A KEY----- Y W\tJ j -----END A KEY-----",
            "-----BEGIN A KEY-----YWJj-----END A KEY-----",
        ] {
            let pem = Pem::begin(text).unwrap();
            assert_eq!((pem.label(), pem.decode().unwrap()), ("A KEY", b"abc".to_vec()), "{text:?}");
        }
        let escaped = r"-----BEGIN A KEY-----\r\nYWJj\n-----END A KEY-----";
        assert_eq!(Pem::begin(&unescaped(escaped)).unwrap().decode().unwrap(), b"abc");
    }

    #[test]
    fn what_is_not_one_block_is_refused() {
        for text in ["", "YWJj", " -----BEGIN A-----\n", "-----BEGIN A", "----BEGIN A-----\n"] {
            assert!(Pem::begin(text).is_none(), "{text:?}");
        }
        for text in [
            "-----BEGIN A-----\nYWJj\n",
            "-----BEGIN A-----\nYWJj\n-----END B-----",
            "-----BEGIN A-----\nYWJj\n-----END A----",
            "-----BEGIN A-----\nYWJj\n-----END A-----\n",
            "-----BEGIN A-----\nYWJj\n-----END A-----\n-----BEGIN A-----\nYWJj\n-----END A-----",
            "-----BEGIN A-----\nYWJ\n-----END A-----",
            "-----BEGIN A-----\nYWJ*\n-----END A-----",
            "-----BEGIN A-----\nName: value\n\nYWJj\n-----END A-----",
        ] {
            assert!(Pem::begin(text).unwrap().decode().is_none(), "{text:?}");
        }
    }
}
