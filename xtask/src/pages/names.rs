//! Names in the documentation that occur in no source: a setting that was renamed, a code that is gone, a flag that never was.

use std::collections::BTreeSet;

use super::{Page, read};
use crate::failure::Failure;
use crate::tracked;

/// Names that belong to others, products and protocols, and those that the sources put together.
const FILE: &str = "docs/names.txt";

/// Documents that say what was, so that names in them may be gone.
const HISTORY: [&str; 2] = ["CHANGELOG.md", "docs/adr/"];

pub(super) fn offences(pages: &[Page]) -> Result<Vec<String>, Failure> {
    let files = tracked::files()?;
    let sources = Sources::read(&files);
    let others = read(FILE).unwrap_or_default();
    let others: BTreeSet<&str> = others.lines().filter(|line| !line.starts_with('#')).collect();
    let mut used = BTreeSet::new();
    let mut found = Vec::new();
    for page in pages.iter().filter(|page| !HISTORY.iter().any(|path| page.path.starts_with(path))) {
        for (line, code) in &page.code {
            for name in names(code).filter(|name| !sources.know(name)) {
                match others.get(name) {
                    Some(other) => drop(used.insert(*other)),
                    None => found.push(format!(
                        "{}:{line}: `{name}` occurs in no source; a name of another product or protocol belongs in {FILE}",
                        page.path
                    )),
                }
            }
        }
    }
    let unused = others.difference(&used).filter(|name| !name.is_empty());
    found.extend(unused.map(|name| format!("{FILE}:0: `{name}` is not needed any more")));
    Ok(found)
}

/// What code and tests have.
struct Sources {
    words: BTreeSet<String>,
    files: BTreeSet<String>,
}

impl Sources {
    fn read(files: &[String]) -> Self {
        let is_source = |path: &&String| {
            let text = [
                ".rs", ".ts", ".mjs", ".js", ".cjs", ".json", ".toml", ".yml", ".yaml", ".proto", ".py",
                ".conf",
            ];
            text.iter().any(|end| path.ends_with(end)) && !path.ends_with("package-lock.json")
        };
        let mut words = BTreeSet::new();
        for text in files.iter().filter(is_source).filter_map(|path| read(path)) {
            words.extend(
                text.split(|c: char| !is_of_name(c)).filter(|word| word.len() > 2).map(str::to_owned),
            );
        }
        // A module has the name of its file.
        words.extend(files.iter().flat_map(|path| path.split(['/', '.'])).map(str::to_owned));
        Self { words, files: files.iter().cloned().collect() }
    }

    fn know(&self, name: &str) -> bool {
        if let Some(flag) = name.strip_prefix("--") {
            // clap writes the flag of a field with hyphens.
            return self.words.contains(name)
                || self.words.contains(&flag.replace('-', "_"))
                || self.words.contains(flag);
        }
        if name.contains('/') {
            let path = name.trim_end_matches('/');
            return self.files.contains(path)
                || self.files.iter().any(|file| file.starts_with(&format!("{path}/")));
        }
        if name.ends_with('_') {
            // The start of several names.
            return self.words.range(name.to_owned()..).next().is_some_and(|word| word.starts_with(name));
        }
        self.words.contains(name)
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// The names in a piece of code that only a program would write.
fn names(code: &str) -> impl Iterator<Item = &str> {
    let paths = code.split([' ', '`', '"', '\'', '(', ')', ',', ';']).filter(|word| is_path(word));
    let words = code.split(|c: char| !is_of_name(c)).map(without_hyphen).filter(|word| is_name(word));
    paths.chain(words)
}

/// Without a hyphen at its end, and without a single one at its start.
fn without_hyphen(word: &str) -> &str {
    let word = word.trim_end_matches('-');
    word.strip_prefix('-').filter(|rest| !rest.starts_with('-')).unwrap_or(word)
}

/// A path from the root of the repository.
fn is_path(word: &str) -> bool {
    let starts = [
        "crates/",
        "docs/",
        "tests/conformance/",
        "tests/interop/",
        "tests/oidc_provider/",
        "tests/providers/",
        "tests/proxies/",
        "bindings/",
        "examples/",
        "interop/",
        "xtask/",
        "bench/",
        "soak/",
        "fuzz/",
    ];
    starts.iter().any(|start| word.starts_with(start)) && !word.contains(['*', '<', '{', ':', '…', '#', '$'])
}

/// `snake_case`, `SCREAMING_CASE`, `camelCase`, `TwoHumps` or `--flag`.
fn is_name(word: &str) -> bool {
    if let Some(flag) = word.strip_prefix("--") {
        return flag.len() > 1 && flag.starts_with(|c: char| c.is_ascii_lowercase());
    }
    let word = word.trim_start_matches('-');
    if word.contains('-') || !word.starts_with(|c: char| c.is_ascii_alphabetic()) || word.len() < 4 {
        return false;
    }
    let humps = word
        .as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    word.contains('_') || humps.count() > 0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Sources, names};

    #[test]
    fn names_are_told_from_other_words() {
        let of = |code| names(code).collect::<Vec<_>>();
        assert_eq!(of("jwks_uri"), ["jwks_uri"]);
        assert_eq!(of("auth({ jwksUri: 'https://…', audience })"), ["jwksUri"]);
        assert_eq!(of("bearward explain --jwks-uri URL"), ["--jwks-uri"]);
        assert_eq!(of("ISSUER_BASE_URL"), ["ISSUER_BASE_URL"]);
        assert_eq!(of(".build()?"), Vec::<&str>::new());
        assert_eq!(of("crates/a/src/lib.rs"), ["crates/a/src/lib.rs"]);
        assert_eq!(of("Bearer realm=\"api\", 401"), Vec::<&str>::new());
    }

    #[test]
    fn a_flag_is_known_by_its_field() {
        let words = BTreeSet::from(["jwks_uri".to_owned(), "port".to_owned()]);
        let sources = Sources { words, files: BTreeSet::from(["docs/a.md".to_owned()]) };
        assert!(
            sources.know("--jwks-uri")
                && sources.know("--port")
                && sources.know("docs/a.md")
                && sources.know("docs/")
        );
        assert!(!sources.know("--jwks-url") && !sources.know("jwks_url") && !sources.know("docs/b.md"));
    }
}
