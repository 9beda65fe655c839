//! Reads a JOSE header as leniently as any reader of JSON might: whether it has the members `alg` and `enc`.
//!
//! What is accepted here is refused as a token, so this accepts everything that some reader accepts: numbers beyond all
//! bounds and words in the place of values, comments (`/* */`, `//`, `#`), names in single quotes or in none or in
//! another case, trailing commas, control characters, broken UTF-8, UTF-16 with or without a byte order mark, other
//! white space or a prefix such as `)]}',` before the object, anything after it. The object must come to its end, and a
//! name must have a colon after it. It is scanned once, without recursion and without a tree.

/// Which of the members that make a header one of JOSE are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LenientHeader {
    pub(crate) alg: bool,
    pub(crate) enc: bool,
}

/// Longer names are neither `alg` nor `enc`, with each character as an escape.
const LONGEST_NAME: usize = 3 * 6;

impl LenientHeader {
    /// `None` where no reader would see an object.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        // UTF-16 of ASCII is its characters with zeros between them.
        let text: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
        let mut scanner = Scanner { rest: &text };
        scanner.skip_to_object()?;
        let (mut found, mut depth) = (Self::default(), 0_usize);
        // The last text that may be a name, until something else than a colon comes.
        let mut name: &[u8] = &[];
        while let Some(token) = scanner.next() {
            match token {
                Token::Open => depth += 1,
                Token::Close if depth <= 1 => return Some(found),
                Token::Close => depth -= 1,
                Token::Colon if depth == 1 => found.note(name),
                Token::Text(text) => {
                    name = text;
                    continue;
                }
                Token::Colon | Token::Other => {}
            }
            name = &[];
        }
        None
    }

    fn note(&mut self, name: &[u8]) {
        if name.len() <= LONGEST_NAME {
            let name = unescaped(name);
            self.alg |= name.eq_ignore_ascii_case(b"alg");
            self.enc |= name.eq_ignore_ascii_case(b"enc");
        }
    }
}

enum Token<'t> {
    Open,
    Close,
    Colon,
    /// What is in quotes, or a word without them.
    Text(&'t [u8]),
    Other,
}

struct Scanner<'t> {
    rest: &'t [u8],
}

impl<'t> Scanner<'t> {
    /// Leaves out what a reader may overlook before the object: comments, and whatever is neither a letter nor a digit
    /// nor the beginning of another value.
    fn skip_to_object(&mut self) -> Option<()> {
        loop {
            if self.skip_comment() {
                continue;
            }
            match self.rest.first()? {
                b'{' => return Some(()),
                b'[' | b'"' => return None,
                byte if byte.is_ascii_alphanumeric() => return None,
                _ => self.rest = &self.rest[1..],
            }
        }
    }

    fn next(&mut self) -> Option<Token<'t>> {
        // White space of any kind, broken UTF-8 included, and comments may stand between a name and its colon.
        while self.skip_space() || self.skip_comment() {}
        let (first, rest) = self.rest.split_first()?;
        let token = match first {
            b'"' | b'\'' => return Some(Token::Text(self.quoted(*first))),
            byte if is_of_word(*byte) => return Some(Token::Text(self.word())),
            b'{' | b'[' => Token::Open,
            b'}' | b']' => Token::Close,
            b':' => Token::Colon,
            _ => Token::Other,
        };
        self.rest = rest;
        Some(token)
    }

    /// A text up to its closing quote, or to the end.
    fn quoted(&mut self, quote: u8) -> &'t [u8] {
        let inside = &self.rest[1..];
        let mut at = 0;
        while at < inside.len() && inside[at] != quote {
            at += if inside[at] == b'\\' { 2 } else { 1 };
        }
        let end = at.min(inside.len());
        self.rest = inside.get(end + 1..).unwrap_or_default();
        &inside[..end]
    }

    fn word(&mut self) -> &'t [u8] {
        let length = self.rest.iter().take_while(|byte| is_of_word(**byte)).count();
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        word
    }

    fn skip_space(&mut self) -> bool {
        let spaces = self.rest.iter().take_while(|byte| !byte.is_ascii_graphic()).count();
        self.rest = &self.rest[spaces..];
        spaces > 0
    }

    fn skip_comment(&mut self) -> bool {
        let end: &[u8] = match self.rest {
            [b'/', b'*', ..] => b"*/",
            [b'/', b'/', ..] | [b'#', ..] => b"\n",
            _ => return false,
        };
        // The slash of `/*/` does not end what it begins.
        let inside = self.rest.get(2..).unwrap_or_default();
        let after = inside.windows(end.len()).position(|window| window == end);
        self.rest = after.and_then(|at| inside.get(at + end.len()..)).unwrap_or_default();
        true
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'\\' | b'.' | b'+' | b'-')
}

/// A name with its escapes read: `\u0061` and `\a` are both `a` to somebody.
fn unescaped(name: &[u8]) -> Vec<u8> {
    let (mut plain, mut rest) = (Vec::new(), name);
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let digits = after.get(1..5).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, after.first(), code) {
            (b'\\', Some(b'u' | b'U'), Some(code)) => {
                plain.push(code);
                rest = &after[5..];
            }
            (b'\\', ..) => {}
            (byte, ..) => plain.push(*byte),
        }
    }
    plain
}
