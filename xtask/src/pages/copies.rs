//! Code that a page repeats from a file which a test runs.
//!
//! `<!-- as in PATH -->` before a block of code says that the file has these lines, one after the other.

use std::collections::BTreeMap;

use super::{Page, read};
use crate::failure::Failure;

const MARK: &str = "<!-- as in ";
const MARK_END: &str = " -->";

pub(super) fn offences(pages: &[Page]) -> Result<Vec<String>, Failure> {
    let mut sources = BTreeMap::new();
    let mut found = Vec::new();
    for page in pages {
        let text = read(&page.path).unwrap_or_default();
        for (line, path, code) in copies(&text) {
            let source = sources.entry(path.to_owned()).or_insert_with(|| read(path).unwrap_or_default());
            if !has(source, &code) {
                found.push(format!("{}:{line}: {path} has no such lines", page.path));
            }
        }
    }
    Ok(found)
}

/// The line, the file and the code of each copy.
fn copies(text: &str) -> Vec<(usize, &str, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let path = line.trim().strip_prefix(MARK).and_then(|rest| rest.strip_suffix(MARK_END));
        let Some(path) = path else { continue };
        let block = lines[at + 1..].iter().skip_while(|line| !line.trim_start().starts_with("```")).skip(1);
        let code: Vec<&str> = block.take_while(|line| line.trim() != "```").copied().collect();
        found.push((at + 1, path, code.join("\n")));
    }
    found
}

/// Whether the file has the lines of the code, however far both are indented.
fn has(source: &str, code: &str) -> bool {
    let source: Vec<&str> = source.lines().map(str::trim).collect();
    let code: Vec<&str> = code.trim().lines().map(str::trim).collect();
    !code.concat().is_empty() && source.windows(code.len()).any(|lines| lines == code)
}

#[cfg(test)]
mod tests {
    use super::{copies, has};

    #[test]
    fn a_copy_has_the_lines_of_its_file() {
        let page = "<!-- as in src/a.rs -->\n\n```rust\nfn a() {\n    b();\n}\n```\n";
        let [(line, path, code)] = &copies(page)[..] else { panic!("one copy") };
        assert_eq!((*line, *path), (1, "src/a.rs"));
        assert!(has("mod x {\n    fn a() {\n        b();\n    }\n}\n", code));
        assert!(!has("fn a() {\n    c();\n}\n", code));
        assert!(!has("fn a() {}", ""));
    }
}
