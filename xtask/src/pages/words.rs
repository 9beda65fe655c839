//! Words that make a sentence hard to read for people whose first language is another. The file has the number of each, which
//! only falls.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use super::{Page, read};
use crate::failure::Failure;
use crate::{repository, tracked};

const FILE: &str = "docs/words.txt";
/// The words, and what says the same in plain words.
const WORDS: [(&str, &str); 12] = [
    ("whoever", "name who acts: the client, the caller, a program that has the key"),
    ("whatever", "\"any\", or say which"),
    ("nobody", "\"no client\", \"no other server\", or a passive sentence"),
    ("none", "\"no\" with the thing that is absent"),
    ("stands", "\"is\""),
    ("stand", "\"are\""),
    ("of its own", "\"its own\" before the noun, or \"separate\""),
    ("of their own", "\"their own\" before the noun, or \"separate\""),
    ("of one's own", "say whose"),
    ("of your own", "\"your own\" before the noun"),
    ("is no", "\"is not\"; \"there is no\" is not counted"),
    ("counts", "\"is used\", \"is accepted\", \"applies\""),
];

pub(super) fn offences() -> Result<Vec<String>, Failure> {
    let allowed = allowed();
    let mut found = Vec::new();
    for ((word, instead), places) in WORDS.iter().zip(places()?) {
        let most = allowed.get(*word).copied().unwrap_or(0);
        if places.len() > most {
            found.push(format!(
                "{FILE}:0: \"{word}\" occurs {} times, and may {most} times; write {instead}. \
                 `cargo xtask pages --word \"{word}\"` lists the places",
                places.len()
            ));
        }
    }
    Ok(found)
}

/// Takes over lower numbers.
pub(super) fn write() -> Result<(), Failure> {
    let allowed = allowed();
    let mut text = String::from(
        "# How often these words occur at most; `cargo xtask pages --write` lowers the numbers.\n",
    );
    for ((word, _), places) in WORDS.iter().zip(places()?) {
        let count = allowed.get(*word).map_or(places.len(), |most| places.len().min(*most));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{word}: {count}");
    }
    let path = repository::root().join(FILE);
    fs::write(path, text).map_err(|error| Failure::new(format!("cannot write {FILE}: {error}")))
}

pub(super) fn print(word: &str) -> Result<(), Failure> {
    let Some(at) = WORDS.iter().position(|(known, _)| *known == word) else {
        let known: Vec<_> = WORDS.iter().map(|(word, _)| *word).collect();
        return Err(Failure::new(format!("the words are: {}", known.join(", "))));
    };
    places()?.swap_remove(at).iter().for_each(|place| println!("{place}"));
    Ok(())
}

fn allowed() -> BTreeMap<String, usize> {
    let text = read(FILE).unwrap_or_default();
    let entry = |line: &str| {
        let (word, count) = line.split_once(": ")?;
        Some((word.to_owned(), count.parse().ok()?))
    };
    text.lines().filter_map(entry).collect()
}

/// The places of each word.
fn places() -> Result<Vec<Vec<String>>, Failure> {
    let mut places = vec![Vec::new(); WORDS.len()];
    for path in tracked::files()? {
        if path == "xtask/src/pages/words.rs" || path == FILE {
            continue;
        }
        let Some(text) = read(&path) else { continue };
        for (number, line) in prose(&path, &text) {
            for ((word, _), places) in WORDS.iter().zip(&mut places) {
                let here = format!("{path}:{number}: {}", line.trim());
                places.extend(std::iter::repeat_n(here, times(&line, word)));
            }
        }
    }
    Ok(places)
}

/// The lines that a person reads: text outside code in Markdown, comments and texts with spaces in sources.
fn prose(path: &str, text: &str) -> Vec<(usize, String)> {
    let ends = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
    if ends(&[".md"]) {
        return Page::parse(path, text).prose;
    }
    if !ends(&[".rs", ".ts", ".mjs", ".js"]) {
        return Vec::new();
    }
    (1..).zip(text.lines()).map(|(number, line)| (number, of_source(line))).collect()
}

/// A comment, or what is between quotation marks; a line without either may go on with a text that began before it.
fn of_source(line: &str) -> String {
    let comment =
        line.split_once("// ").or_else(|| line.split_once("//! ")).or_else(|| line.split_once("/// "));
    let text = match comment {
        Some((_, comment)) => comment.to_owned(),
        None if line.trim_start().starts_with("* ") || line.trim_start().starts_with("/**") => {
            line.to_owned()
        }
        None => {
            line.split('"').skip(1).step_by(2).filter(|text| text.contains(' ')).collect::<Vec<_>>().join(" ")
        }
    };
    text.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

/// How often a word, or several with spaces between them, occurs as a whole.
fn times(line: &str, word: &str) -> usize {
    let line = line.to_lowercase();
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    let whole = |(at, _): &(usize, &str)| {
        let before = &line[..*at];
        let is_part =
            is_letter(before.chars().next_back()) || is_letter(line[at + word.len()..].chars().next());
        let is_there_is_no = word == "is no" && before.ends_with("there ");
        !is_part && !is_there_is_no
    };
    line.match_indices(word).filter(whole).count()
}

#[cfg(test)]
mod tests {
    use super::{of_source, times};

    #[test]
    fn whole_words_are_counted_outside_code() {
        assert_eq!(times("Nobody counts; nobody-else, accounts", "nobody"), 1);
        assert_eq!(times("It is no key, there is no other, and is not one.", "is no"), 1);
        assert_eq!(of_source("let none = 1; // `none` stands here"), "`` stands here");
        assert_eq!(of_source("error(\"is no key\", \"none\")"), "is no key");
    }
}
