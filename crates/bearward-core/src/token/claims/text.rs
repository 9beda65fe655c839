//! Strings of a claims set, without a copy each.

use std::borrow::Cow;
use std::ops::Range;

/// A string claim: the place where it stands in the JSON text, or, where it was written with escapes, the
/// string on its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Text {
    At(Range<u32>),
    Own(Box<str>),
}

impl Text {
    /// Notes a string that was read from `json`.
    #[allow(clippy::ptr_arg)] // an owned string stands nowhere in the text
    pub(crate) fn of(string: &Cow<'_, str>, json: &str) -> Self {
        match string {
            Cow::Borrowed(part) => {
                Self::place(part, json).map_or_else(|| Self::Own((*part).into()), Self::At)
            }
            Cow::Owned(own) => Self::Own(own.as_str().into()),
        }
    }

    pub(crate) fn read<'j>(&'j self, json: &'j str) -> &'j str {
        match self {
            // The place was taken from this very text, so there is always something there.
            Self::At(range) => json.get(range.start as usize..range.end as usize).unwrap_or_default(),
            Self::Own(own) => own,
        }
    }

    /// Where a part of a text begins and ends in it.
    fn place(part: &str, json: &str) -> Option<Range<u32>> {
        let start = part.as_ptr().addr().checked_sub(json.as_ptr().addr())?;
        let end = start + part.len();
        let is_part = json.get(start..end).is_some_and(|found| std::ptr::eq(found, part));
        is_part.then(|| Some(u32::try_from(start).ok()?..u32::try_from(end).ok()?)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_where_it_stands_and_what_is_no_part_is_kept_whole() {
        let json = String::from(r#"{"a":"ü","b":"x"}"#);
        let part = &json[6..8];
        let text = Text::of(&Cow::Borrowed(part), &json);
        assert_eq!((&text, text.read(&json)), (&Text::At(6..8), "ü"));

        let elsewhere = Text::of(&Cow::Borrowed("x"), &json);
        assert_eq!((&elsewhere, elsewhere.read(&json)), (&Text::Own("x".into()), "x"));

        let escaped = Text::of(&Cow::Owned("\n".to_owned()), &json);
        assert_eq!(escaped.read(&json), "\n");
    }
}
