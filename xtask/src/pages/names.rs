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
    modules: Vec<Module>,
}

/// A file of Rust.
struct Module {
    /// From the crate on, without the folders that are no modules.
    path: Vec<String>,
    words: BTreeSet<String>,
}

impl Module {
    fn of(path: &str, words: BTreeSet<String>) -> Option<Self> {
        let folders = path.strip_suffix(".rs")?.split('/');
        let is_module = |folder: &&str| !["crates", "src", "mod", "lib", "main"].contains(folder);
        Some(Self { path: folders.filter(is_module).map(|name| name.replace('-', "_")).collect(), words })
    }

    /// Whether this path may lead here: to the module, to an item of it, or to an item of a module within the file.
    fn has(&self, name: &[&str]) -> bool {
        let path: Vec<_> = self.path.iter().map(String::as_str).collect();
        (1..=name.len()).any(|end| {
            let (module, items) = name.split_at(end);
            path.ends_with(module) && items.iter().all(|item| has(&self.words, item))
        })
    }
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
        let mut modules = Vec::new();
        for path in files.iter().filter(is_source) {
            let Some(text) = read(path) else { continue };
            let names = text.split(|c: char| !is_of_name(c)).filter(|word| word.len() > 2);
            let names: BTreeSet<String> = names.map(str::to_owned).collect();
            words.extend(names.iter().cloned());
            modules.extend(Module::of(path, names));
        }
        // A module has the name of its file.
        words.extend(files.iter().flat_map(|path| path.split(['/', '.'])).map(str::to_owned));
        Self { words, files: files.iter().cloned().collect(), modules }
    }

    fn know(&self, name: &str) -> bool {
        if let Some(flag) = name.strip_prefix("--") {
            // clap writes the flag of a field with hyphens.
            return self.words.contains(name)
                || self.words.contains(&flag.replace('-', "_"))
                || self.words.contains(flag);
        }
        if name.contains("::") {
            let name: Vec<_> = name.split("::").collect();
            return self.modules.iter().any(|module| module.has(&name));
        }
        if name.contains('/') {
            let path = name.trim_end_matches('/');
            return self.files.contains(path)
                || self.files.iter().any(|file| file.starts_with(&format!("{path}/")));
        }
        has(&self.words, name)
    }
}

/// Whether this is one of the words. With `_` at its end it is the start of several.
fn has(words: &BTreeSet<String>, name: &str) -> bool {
    if name.ends_with('_') {
        return words.range(name.to_owned()..).next().is_some_and(|word| word.starts_with(name));
    }
    words.contains(name)
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// The names in a piece of code that only a program would write.
fn names(code: &str) -> impl Iterator<Item = &str> {
    let paths = code.split([' ', '`', '"', '\'', '(', ')', ',', ';']).filter(|word| is_path(word));
    let words = code.split(|c: char| !is_of_name(c)).map(without_hyphen).filter(|word| is_name(word));
    let modules = code.split(|c: char| !is_of_name(c) && c != ':').map(|word| word.trim_matches(':'));
    paths.chain(words).chain(modules.filter(|word| is_module_path(word)))
}

/// `a::b`, all in the letters of modules and functions.
fn is_module_path(word: &str) -> bool {
    let is_of_module = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    word.contains("::") && word.split("::").all(is_of_module)
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
        let files = BTreeSet::from(["docs/a.md".to_owned()]);
        let sources = Sources { words, files, modules: Vec::new() };
        assert!(
            sources.know("--jwks-uri")
                && sources.know("--port")
                && sources.know("docs/a.md")
                && sources.know("docs/")
        );
        assert!(!sources.know("--jwks-url") && !sources.know("jwks_url") && !sources.know("docs/b.md"));
    }

    #[test]
    fn the_path_of_a_module_is_known_as_a_whole() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let modules = [
            ("crates/a-core/src/request/browser.rs", words(&["tests", "a_test"])),
            ("crates/a-core/src/engine/mod.rs", words(&["attempt"])),
        ];
        let modules =
            modules.into_iter().filter_map(|(path, words)| super::Module::of(path, words)).collect();
        let sources = Sources { words: words(&["sender"]), files: BTreeSet::new(), modules };
        for name in
            ["request::browser", "a_core::request::browser", "browser::tests::a_test", "engine::attempt"]
        {
            assert!(sources.know(name), "{name}");
        }
        for name in ["sender::browser", "engine::browser", "browser::tests::another", "core::engine"] {
            assert!(!sources.know(name), "{name}");
        }
        let of = |code| names(code).collect::<Vec<_>>();
        assert_eq!(of("request::browser::tests::*"), ["request::browser::tests"]);
        assert_eq!(of("axum::Router"), Vec::<&str>::new());
    }
}
