//! Which known name a misspelt one was meant to be.
//!
//! The rule has examples in `tests/conformance/misspellings.json`: in another case or with other separators, or one letter
//! wrong, missing, added or swapped; two where both names are long. Variables, presets and the options of the Node package
//! go by it.

/// Names of at least this many letters and digits may differ in two places.
const LONG: usize = 8;

/// The known name that is written almost like `given`: for the error about a name that is not known.
///
/// ```
/// use bearward_core::wire::closest_name;
///
/// assert_eq!(closest_name("jwksURI", ["issuer", "jwks_uri"]), Some("jwks_uri"));
/// assert_eq!(closest_name("colour", ["issuer", "jwks_uri"]), None);
/// ```
pub fn closest_name<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = letters(given);
    known
        .into_iter()
        .filter_map(|name| {
            let right = letters(name);
            let most = if written.len().min(right.len()) >= LONG { 2 } else { 1 };
            if written.len().abs_diff(right.len()) > most {
                return None;
            }
            let distance = edit_distance(&written, &right);
            (distance <= most).then_some((distance, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The letters and digits, as the eye reads them.
fn letters(name: &str) -> Vec<u8> {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// How many letters are wrong, missing, added, or swapped with the next one.
fn edit_distance(one: &[u8], other: &[u8]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, right) in other.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != right);
            let mut distance = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *letter == other[column - 1] && one[row - 1] == *right {
                distance = distance.min(before_last[column - 1] + 1);
            }
            current.push(distance);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Table {
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        given: String,
        known: Vec<String>,
        meant: Option<String>,
    }

    #[test]
    fn the_name_that_was_meant_is_found_as_the_shared_table_says() {
        let table = include_str!("../../../../tests/conformance/misspellings.json");
        let Table { cases } = serde_json::from_str(table).unwrap();
        assert!(cases.len() > 15);
        for Case { given, known, meant } in cases {
            let found = closest_name(&given, known.iter().map(String::as_str));
            assert_eq!(found, meant.as_deref(), "{given}");
        }
        assert_eq!(edit_distance(b"kitten", b"sitting"), 3);
        assert_eq!(edit_distance(b"", b"abc"), 3);
        assert_eq!(edit_distance(b"abc", b""), 3);
    }
}
