//! The grammar of header fields: tokens, token68, scopes, and lists of elements of pairs.
//!
//! A list of elements of pairs, `a=1;b="2",a=3`, is what `Forwarded` (RFC 7239 §4) and Envoy's
//! `X-Forwarded-Client-Cert` have in common:
//!
//! 1. Elements stand between commas, pairs between semicolons, perhaps with white space around them; a pair may
//!    be missing, an element may not.
//! 2. A name is a token (RFC 9110 §5.6.2), compared without regard to case.
//! 3. A value is quoted, with backslashes before what would end it, or bare.
//! 4. The whole text has this form, or nothing in it is used: what a client wrote before a proxy's element could
//!    otherwise move the border between the two.

use std::borrow::Cow;

/// The last element of a list.
pub(crate) struct LastElement<'t> {
    pairs: Vec<(&'t str, Cow<'t, str>)>,
    /// How many elements there are with it.
    pub(crate) elements: usize,
}

/// One element has a name twice.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Repeated;

impl<'t> LastElement<'t> {
    /// `None` where the text is not of the form above.
    pub(crate) fn parse(text: &'t str, is_bare: fn(u8) -> bool) -> Option<Self> {
        let mut last = Self { pairs: Vec::new(), elements: 1 };
        let mut rest = skip_space(text);
        loop {
            if !rest.is_empty() && !rest.starts_with([';', ',']) {
                let (pair, after) = pair(rest, is_bare)?;
                last.pairs.push(pair);
                rest = skip_space(after);
            }
            match rest.as_bytes().first() {
                Some(b';') => {}
                _ if last.pairs.is_empty() => return None,
                None => return Some(last),
                Some(b',') => {
                    last.pairs.clear();
                    last.elements += 1;
                }
                Some(_) => return None,
            }
            rest = skip_space(&rest[1..]);
        }
    }

    /// The value of the one pair of the name.
    pub(crate) fn value(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.pairs.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| &**value);
        if values.next().is_some() { Err(Repeated) } else { Ok(value) }
    }
}

/// A token68, the form of a token in a header: letters, digits, `-._~+/`, then any number of `=` (RFC 9110 §11.2).
#[inline] // into the reader of Authorization: a part of each request whose token is cached that can be measured
pub(crate) fn token68(text: &[u8]) -> Option<&str> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = &text[..text.len() - padding];
    // Each request passes here. Without an early exit the compiler checks many bytes at a time.
    let is_legal = body.iter().fold(0, |illegal, byte| illegal | distance_to_token68(*byte)) == 0;
    (is_legal && !body.is_empty()).then(|| std::str::from_utf8(text).ok()).flatten()
}

/// Zero for the characters of a token68. Minima of bytes and no conditions: processors have an instruction for sixteen of
/// them.
fn distance_to_token68(byte: u8) -> u8 {
    let letter = (byte | 0x20).wrapping_sub(b'a').saturating_sub(b'z' - b'a');
    let dash_dot_slash_or_digit = byte.wrapping_sub(b'-').saturating_sub(b'9' - b'-');
    letter.min(dash_dot_slash_or_digit).min(byte ^ b'_').min(byte ^ b'~').min(byte ^ b'+')
}

/// Whether a text is one scope: visible ASCII without `"` and `\` (RFC 6749 §3.3).
pub(crate) fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// Whether a text is a token as RFC 9110 §5.6.2 means it: the name of a header, a scheme or a parameter.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| is_token_character(*byte))
}

/// RFC 9110 §5.6.2.
pub(crate) fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

type Pair<'t> = (&'t str, Cow<'t, str>);

fn pair(text: &str, is_bare: fn(u8) -> bool) -> Option<(Pair<'_>, &str)> {
    let (name, rest) = text.split_once('=')?;
    if !is_token(name.as_bytes()) {
        return None;
    }
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => unquote(quoted)?,
        None => {
            let end = rest.bytes().position(|byte| !is_bare(byte)).unwrap_or(rest.len());
            let (value, rest) = rest.split_at_checked(end)?;
            (Cow::Borrowed(value), rest)
        }
    };
    Some(((name, value), rest))
}

/// The text before the closing quote, and the text after it.
fn unquote(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut value = Cow::Borrowed("");
    let mut rest = text;
    loop {
        let (plain, after) = rest.split_at(rest.find(['"', '\\'])?);
        if value.is_empty() {
            value = Cow::Borrowed(plain);
        } else {
            value.to_mut().push_str(plain);
        }
        if let Some(after) = after.strip_prefix('"') {
            return Some((value, after));
        }
        let escaped = after.chars().nth(1)?;
        value.to_mut().push(escaped);
        rest = after.get(1 + escaped.len_utf8()..)?;
    }
}

fn skip_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> Option<(usize, Vec<(String, String)>)> {
        let last = LastElement::parse(text, is_token_character)?;
        let owned = |(name, value): &Pair<'_>| ((*name).to_owned(), (**value).to_owned());
        Some((last.elements, last.pairs.iter().map(owned).collect()))
    }

    #[test]
    fn a_token68_has_the_characters_of_its_grammar_and_no_other() {
        let grammar = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        for byte in 0..=u8::MAX {
            // Lengths on both sides of what a processor takes at a time, and the byte at the start, in the middle, at the end.
            for length in [1, 15, 16, 17, 100] {
                for place in [0, length / 2, length - 1] {
                    let mut text = vec![b'a'; length];
                    text[place] = byte;
                    let is_padding = byte == b'=' && place == length - 1 && length > 1;
                    assert_eq!(
                        token68(&text).is_some(),
                        grammar(byte) || is_padding,
                        "{byte} at {place} of {length}"
                    );
                }
            }
        }
        assert_eq!(token68(b"aa=="), Some("aa=="));
        for text in [&b""[..], b"=", b"==", b"a=a", b"a=a="] {
            assert_eq!(token68(text), None);
        }
    }

    #[test]
    fn the_last_element_s_pairs_are_read() {
        for (text, elements, pairs) in [
            ("a=1", 1, &[("a", "1")][..]),
            ("a=1;b=2", 1, &[("a", "1"), ("b", "2")]),
            (" a=1 ;\tb=2\t", 1, &[("a", "1"), ("b", "2")]),
            ("a=1;;b=2;", 1, &[("a", "1"), ("b", "2")]),
            (";a=1", 1, &[("a", "1")]),
            ("a=1,b=2", 2, &[("b", "2")]),
            ("a=1 , b=2 , c=3;d=4", 3, &[("c", "3"), ("d", "4")]),
            ("a=\"1,b;c=2\"", 1, &[("a", "1,b;c=2")]),
            (r#"a="\"\\\a""#, 1, &[("a", "\"\\a")]),
            (r#"a="x\"y,b=\"z",c=1"#, 2, &[("c", "1")]),
            ("a=\"\"", 1, &[("a", "")]),
            ("a=", 1, &[("a", "")]),
            ("a=;b=,c=", 2, &[("c", "")]),
        ] {
            let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            assert_eq!(last(text), Some((elements, pairs.collect())), "{text}");
        }
    }

    #[test]
    fn what_is_not_wholly_of_the_form_is_nothing() {
        for text in [
            "",
            " ",
            ";",
            ",",
            "a",
            "a;b=1",
            "=1",
            "a =1",
            "a= 1",
            "a=1,",
            ",a=1",
            "a=1,,b=2",
            "a=1,;,b=2",
            "a=1 b=2",
            "a=\"1",
            "a=\"1\\",
            "a=\"1\\\"",
            "a=\"1\"x",
            "a=\"1\"\"2\"",
            "a=1\"2\"",
            "a=b=c",
            "a:1",
            "(a)=1",
            "a=é",
            "a=\"x, a=\"y\"",
            "a=1\nb=2",
            "é=1",
        ] {
            assert_eq!(last(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_name_counts_once_in_any_case() {
        let last = LastElement::parse("a=0;a=0,A=1;b=2;B=3", is_token_character).unwrap();
        assert_eq!(last.value("a"), Ok(Some("1")));
        assert_eq!(last.value("b"), Err(Repeated));
        assert_eq!(last.value("c"), Ok(None));
    }
}
