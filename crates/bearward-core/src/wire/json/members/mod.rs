//! One strict pass over a JSON object that a stranger sent: its members are noted, and no tree is built.
//!
//! The rules are those of [`super`]. The cost has bounds of its own, since the text comes from any client that sends it
//! and the signature is still to be verified:
//!
//! - the pass is linear in the text, but for the sorting of each object's names;
//! - it allocates for the members that are open and for names with escapes, in two buffers, whatever the text holds;
//! - it ends at the first value beyond [`max_values`].
//!
//! Does not check: what the members mean. A member is read, in full, only when it is asked for.

use std::borrow::Cow;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::ops::Range;

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;

use super::{JsonError, MAX_DEPTH, RESERVED};

/// Most values in a text that is short, such as a token's claims set. Real ones hold under a hundred, and a token
/// of 16 KiB with nothing but roles of six characters fits.
const MOST_VALUES: usize = 2048;

/// A text that is longer may hold a value in so many bytes.
const BYTES_PER_VALUE: usize = 8;

/// What a node of the map in a tree of [`serde_json::Value`] takes, how many members it holds at least when there are
/// more of them, and what an allocation takes beside its content.
const TREE_NODE: usize = 640;
const NODE_MEMBERS: usize = 5;
const ALLOCATION: usize = 16;

/// Most values that a text of this length may hold: arrays, objects and whatever is in them.
pub(crate) fn max_values(text: &str) -> usize {
    MOST_VALUES.max(text.len() / BYTES_PER_VALUE)
}

/// Room for the members of a usual claims set, with the objects in it: the buffer is allocated once.
const USUAL_MEMBERS: usize = 16;

/// The members of a JSON object, which was checked to the last byte.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    text: &'a str,
    /// Sorted by hash, then by name.
    members: Vec<Member>,
    /// The names that were written with escapes, one after the other.
    unescaped: String,
    seed: u64,
    tree_bytes: usize,
}

/// A member's value as it is written: one JSON value without space around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Raw<'a>(&'a str);

#[derive(Debug)]
struct Member {
    hash: u64,
    name: Name,
    value: Range<usize>,
}

/// Where a member's name is found.
#[derive(Debug)]
enum Name {
    InText(Range<usize>),
    Unescaped(Range<usize>),
}

impl<'a> Members<'a> {
    /// Checks one JSON object that holds at most so many values.
    pub(crate) fn parse(text: &'a str, max_values: usize) -> Result<Self, JsonError> {
        // A seed that the sender cannot know: names of one hash would have to be compared one with another.
        let seed = RandomState::new().hash_one(());
        let mut scanner = Scanner {
            text,
            at: 0,
            values_left: max_values,
            members: Vec::with_capacity(USUAL_MEMBERS),
            unescaped: String::new(),
            seed,
            tree_bytes: 0,
        };
        scanner.skip_space();
        let is_object = scanner.peek() == Some(b'{');
        scanner.value(0)?;
        scanner.skip_space();
        if scanner.at != text.len() {
            return Err(JsonError::Syntax);
        }
        if !is_object {
            return Err(JsonError::NotAnObject);
        }
        let Scanner { members, unescaped, tree_bytes, .. } = scanner;
        Ok(Self { text, members, unescaped, seed, tree_bytes })
    }

    pub(crate) fn get(&self, name: &str) -> Option<Raw<'a>> {
        let hash = hash(self.seed, name);
        let first = self.members.partition_point(|member| member.hash < hash);
        let same_hash = self.members[first..].iter().take_while(|member| member.hash == hash);
        let found =
            same_hash.into_iter().find(|member| member.name.of(self.text, &self.unescaped) == name)?;
        self.text.get(found.value.clone()).map(Raw)
    }

    /// The member as a string; `None` when it is absent or something else.
    pub(crate) fn string(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.as_str()
    }

    /// How many members it has.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// About how many bytes this object takes as a tree of [`serde_json::Value`], which is many times its text
    /// where it holds little objects.
    pub(crate) fn tree_bytes(&self) -> usize {
        self.tree_bytes
    }
}

impl<'a> Raw<'a> {
    /// The value as a string; `None` when it is something else.
    pub(crate) fn as_str(self) -> Option<Cow<'a, str>> {
        let mut scanner = Scanner::over(self.0);
        if scanner.next() != Some(b'"') {
            return None;
        }
        scanner.read_string().ok()
    }

    /// The value as a number; `None` when it is something else.
    pub(crate) fn as_number(self) -> Option<f64> {
        self.0
            .starts_with(|first: char| first == '-' || first.is_ascii_digit())
            .then(|| self.0.parse().ok())?
    }

    pub(crate) fn is_array(self) -> bool {
        self.0.starts_with('[')
    }

    /// The value as an array of strings; `None` when it is something else, or holds something else.
    pub(crate) fn as_strings(self) -> Option<Vec<Cow<'a, str>>> {
        self.map_strings(|string| string)
    }

    /// What `read` makes of each string of an array; `None` when the value is something else, or holds something else.
    pub(crate) fn map_strings<T>(self, mut read: impl FnMut(Cow<'a, str>) -> T) -> Option<Vec<T>> {
        let mut scanner = Scanner::over(self.0);
        let mut strings = Vec::new();
        if scanner.next() != Some(b'[') {
            return None;
        }
        scanner.skip_space();
        while scanner.peek() == Some(b'"') {
            scanner.at += 1;
            strings.push(read(scanner.read_string().ok()?));
            scanner.skip_space();
            if scanner.peek() == Some(b',') {
                scanner.at += 1;
                scanner.skip_space();
            }
        }
        (scanner.peek() == Some(b']')).then_some(strings)
    }

    /// The JSON text of the value.
    pub(crate) fn text(self) -> &'a str {
        self.0
    }

    /// The members of an object; `None` when it is something else.
    pub(crate) fn as_members(self) -> Option<Members<'a>> {
        // It was checked before, so there are no more values than were allowed.
        Members::parse(self.0, usize::MAX).ok()
    }
}

impl Name {
    fn of<'n>(&self, text: &'n str, unescaped: &'n str) -> &'n str {
        let found = match self {
            Self::InText(range) => text.get(range.clone()),
            Self::Unescaped(range) => unescaped.get(range.clone()),
        };
        found.unwrap_or_default()
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    values_left: usize,
    /// The members so far of every object that is open, the outermost one's first.
    members: Vec<Member>,
    unescaped: String,
    seed: u64,
    tree_bytes: usize,
}

impl<'a> Scanner<'a> {
    /// For a text that was checked.
    fn over(text: &'a str) -> Self {
        let (members, unescaped) = (Vec::new(), String::new());
        Self { text, at: 0, values_left: 0, members, unescaped, seed: 0, tree_bytes: 0 }
    }

    /// Checks the value that begins here, inside so many arrays and objects.
    fn value(&mut self, depth: u8) -> Result<(), JsonError> {
        self.values_left = self.values_left.checked_sub(1).ok_or(JsonError::TooManyValues)?;
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                let start = self.at;
                self.skip_string()?;
                self.tree_bytes += ALLOCATION + self.at - start;
                Ok(())
            }
            Some(b'{') => self.object(deeper(depth)?),
            Some(b'[') => self.array(deeper(depth)?),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            _ => Err(JsonError::Syntax),
        }
    }

    fn array(&mut self, depth: u8) -> Result<(), JsonError> {
        self.at += 1;
        self.tree_bytes += ALLOCATION;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_space();
            self.value(depth)?;
            // A vector may have room for as much again.
            self.tree_bytes += 2 * size_of::<serde_json::Value>();
            self.skip_space();
            match self.next() {
                Some(b',') => {}
                Some(b']') => return Ok(()),
                _ => return Err(JsonError::Syntax),
            }
        }
    }

    fn object(&mut self, depth: u8) -> Result<(), JsonError> {
        self.at += 1;
        self.tree_bytes += TREE_NODE;
        let first = self.members.len();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_space();
            let name = self.name()?;
            let written = name.of(self.text, &self.unescaped);
            if written.starts_with(RESERVED) {
                return Err(JsonError::Syntax);
            }
            let hash = hash(self.seed, written);
            self.tree_bytes += ALLOCATION + written.len();
            self.skip_space();
            self.expect(b':')?;
            self.skip_space();
            let start = self.at;
            self.value(depth)?;
            self.members.push(Member { hash, name, value: start..self.at });
            self.skip_space();
            match self.next() {
                Some(b',') => {}
                Some(b'}') => return self.close(first, depth),
                _ => return Err(JsonError::Syntax),
            }
        }
    }

    /// Ends an object whose members begin at this place.
    fn close(&mut self, first: usize, depth: u8) -> Result<(), JsonError> {
        let Self { members, text, unescaped, .. } = self;
        let members = &mut members[first..];
        let name = |member: &Member| member.name.of(text, unescaped);
        members.sort_unstable_by(|a, b| a.hash.cmp(&b.hash).then_with(|| name(a).cmp(name(b))));
        if members.windows(2).any(|pair| pair[0].hash == pair[1].hash && name(&pair[0]) == name(&pair[1])) {
            return Err(JsonError::DuplicateMember);
        }
        self.tree_bytes += members.len() / NODE_MEMBERS * TREE_NODE;
        if depth > 1 {
            self.members.truncate(first);
        }
        Ok(())
    }

    fn name(&mut self) -> Result<Name, JsonError> {
        self.expect(b'"')?;
        let start = self.at;
        self.skip_plain();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Name::InText(start..self.at - 1));
        }
        let mut unescaped = std::mem::take(&mut self.unescaped);
        let from = unescaped.len();
        unescaped.push_str(self.text.get(start..self.at).unwrap_or_default());
        let end = self.unescape_rest(&mut unescaped);
        self.unescaped = unescaped;
        end.map(|()| Name::Unescaped(from..self.unescaped.len()))
    }

    /// Reads the rest of a string whose quote is behind.
    fn read_string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        let start = self.at;
        self.skip_plain();
        let plain = self.text.get(start..self.at).unwrap_or_default();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let mut own = plain.to_owned();
        self.unescape_rest(&mut own)?;
        Ok(Cow::Owned(own))
    }

    /// Writes the rest of a string out, from a backslash on.
    fn unescape_rest(&mut self, out: &mut String) -> Result<(), JsonError> {
        loop {
            match self.next() {
                Some(b'"') => return Ok(()),
                Some(b'\\') => out.push(self.escape()?),
                _ => return Err(JsonError::Syntax),
            }
            let start = self.at;
            self.skip_plain();
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
        }
    }

    fn skip_string(&mut self) -> Result<(), JsonError> {
        loop {
            self.skip_plain();
            match self.next() {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.escape()?,
                // The end, or a control character (RFC 8259 §7).
                _ => return Err(JsonError::Syntax),
            };
        }
    }

    /// What a backslash that is behind stands for (RFC 8259 §7).
    fn escape(&mut self) -> Result<char, JsonError> {
        Ok(match self.next() {
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let code = match self.code_unit()? {
                    high @ 0xd800..=0xdbff => {
                        self.expect(b'\\')?;
                        self.expect(b'u')?;
                        let low = self.code_unit()?;
                        let low =
                            low.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(JsonError::Syntax)?;
                        0x1_0000 + ((high - 0xd800) << 10) + low
                    }
                    unit => unit,
                };
                // Half a pair is not a character.
                char::from_u32(code).ok_or(JsonError::Syntax)?
            }
            _ => return Err(JsonError::Syntax),
        })
    }

    fn code_unit(&mut self) -> Result<u32, JsonError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.next().and_then(|byte| char::from(byte).to_digit(16));
            unit = unit * 16 + digit.ok_or(JsonError::Syntax)?;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.next() {
            Some(b'0') => {}
            Some(b'1'..=b'9') => self.skip_digits(),
            _ => return Err(JsonError::Syntax),
        }
        // A few digits and an exponent of two stay far below what a double can hold.
        let mut may_be_infinite = self.at - start > 200;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            let exponent = self.at;
            self.digits()?;
            may_be_infinite |= self.at - exponent > 2;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        // serde_json has the last word: it reads the claims once more, and its limit lies a digit lower.
        match may_be_infinite && serde_json::from_str::<f64>(text).is_err() {
            true => Err(JsonError::Syntax),
            false => Ok(()),
        }
    }

    /// One digit at least.
    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.skip_digits();
        if self.at == start { Err(JsonError::Syntax) } else { Ok(()) }
    }

    fn skip_digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
    }

    fn literal(&mut self, literal: &str) -> Result<(), JsonError> {
        if !self.rest().starts_with(literal.as_bytes()) {
            return Err(JsonError::Syntax);
        }
        self.at += literal.len();
        Ok(())
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Goes to the next byte that ends a string or must not be in one.
    fn skip_plain(&mut self) {
        self.at += plain_length(self.rest());
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.next() == Some(byte) { Ok(()) } else { Err(JsonError::Syntax) }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }
}

fn deeper(depth: u8) -> Result<u8, JsonError> {
    if depth == MAX_DEPTH { Err(JsonError::TooDeep) } else { Ok(depth + 1) }
}

fn hash(seed: u64, name: &str) -> u64 {
    let mut hasher = FoldHasher::with_seed(seed, SharedSeed::global_fixed());
    hasher.write(name.as_bytes());
    hasher.finish()
}

/// How many bytes come before the first quote, backslash or control character: eight are looked at in one step.
fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES * 0x80;
    // The lowest bit that is set tells the first byte that is zero, or below so much; higher ones may tell nothing.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (words, rest) = bytes.as_chunks();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let ends = zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\'))) | control;
        if ends != 0 {
            return place * 8 + ends.trailing_zeros() as usize / 8;
        }
    }
    let is_end = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    words.len() * 8 + rest.iter().position(is_end).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests;
