//! Percent-encoding: of URLs (RFC 3986 §2.1), and of forms, which write a space as `+` (WHATWG URL §5).

use std::borrow::Cow;
use std::fmt::Write as _;

use super::hex;

/// One byte of a text, and how the text writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Octet {
    /// As itself.
    Plain(u8),
    /// As `%` and two hexadecimal digits.
    Encoded(u8),
    /// A `%` without two hexadecimal digits after it.
    Stray,
}

/// The bytes of a text, one after the other.
pub(crate) fn octets(text: &[u8]) -> impl Iterator<Item = Octet> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (first, tail) = rest.split_first()?;
        rest = tail;
        if *first != b'%' {
            return Some(Octet::Plain(*first));
        }
        let encoded = tail.split_first_chunk().and_then(|(pair, after)| Some((hex::byte(*pair)?, after)));
        let Some((byte, after)) = encoded else { return Some(Octet::Stray) };
        rest = after;
        Some(Octet::Encoded(byte))
    })
}

/// Decodes a text that must be well-formed: `None` where a `%` has no digits. A plus is a plus.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    for octet in octets(text) {
        match octet {
            Octet::Plain(byte) | Octet::Encoded(byte) => decoded.push(byte),
            Octet::Stray => return None,
        }
    }
    Some(decoded)
}

/// Decodes a name or a value of a form, or of a query that is one (WHATWG URL §5.1): a plus is a space, and a `%`
/// without digits is a `%`.
pub(crate) fn decode_form(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    decoded.extend(octets(text).map(|octet| match octet {
        Octet::Plain(b'+') => b' ',
        Octet::Plain(byte) | Octet::Encoded(byte) => byte,
        Octet::Stray => b'%',
    }));
    Cow::Owned(decoded)
}

/// Appends a byte in its encoded form, with uppercase digits (RFC 3986 §6.2.2.1).
pub(crate) fn push_encoded(text: &mut String, byte: u8) {
    // Writing into a string cannot fail.
    let _ = write!(text, "%{byte:02X}");
}

/// Appends a name or a value of a form (WHATWG URL §5.2).
pub(crate) fn push_form(form: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                form.push(char::from(byte));
            }
            b' ' => form.push('+'),
            other => push_encoded(form, other),
        }
    }
}

/// Appends a field to a form.
pub(crate) fn push_form_field(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    push_form(form, name);
    form.push('=');
    push_form(form, value);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_percent_sign_needs_two_digits() {
        for (text, strict, form) in [
            ("", Some(""), ""),
            ("a%2Fb", Some("a/b"), "a/b"),
            ("a%2fb", Some("a/b"), "a/b"),
            ("%25%41", Some("%A"), "%A"),
            ("%2541", Some("%41"), "%41"),
            ("a+b%2B", Some("a+b+"), "a b+"),
            ("%", None, "%"),
            ("%4", None, "%4"),
            ("%%41", None, "%A"),
            ("%4%41", None, "%4A"),
            ("%G0+", None, "%G0 "),
            ("%+1", None, "% 1"),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref(), strict.map(str::as_bytes), "{text}");
            assert_eq!(decode_form(text.as_bytes()), form.as_bytes(), "{text}");
        }
    }

    #[test]
    fn a_form_is_read_as_it_is_written() {
        let bytes: String = (0..=u8::MAX).map(char::from).collect();
        let mut form = String::new();
        push_form(&mut form, &bytes);
        assert!(form.bytes().all(|byte| byte.is_ascii_graphic() && !b"&=#?".contains(&byte)), "{form}");
        assert_eq!(decode_form(form.as_bytes()), bytes.as_bytes());
    }

    #[test]
    fn a_form_holds_no_character_that_would_end_a_field() {
        let mut form = String::new();
        push_form_field(&mut form, "token", "a&b=c\r\n\0é");
        push_form_field(&mut form, "x", "*-._~");
        assert_eq!(form, "token=a%26b%3Dc%0D%0A%00%C3%A9&x=*-._%7E");
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_encoded_and_decoded(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut encoded = String::new();
            bytes.iter().for_each(|byte| push_encoded(&mut encoded, *byte));
            prop_assert_eq!(decode(encoded.as_bytes()), Some(bytes.clone()));
            prop_assert_eq!(&*decode_form(encoded.as_bytes()), &*bytes);
        }

        #[test]
        fn both_readers_agree_on_what_is_well_formed_and_has_no_plus(text in "[a%0-9A-Fg]{0,20}") {
            if let Some(decoded) = decode(text.as_bytes()) {
                prop_assert_eq!(&*decode_form(text.as_bytes()), &*decoded);
            }
        }
    }
}
