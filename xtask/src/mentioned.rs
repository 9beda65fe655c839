//! The `cargo xtask` commands that workflows and pages name: each must be one, and CI must run every step of the check.

use clap::{Parser as _, ValueEnum as _};

use crate::Cli;
use crate::test::Step;

const NAME: &str = "cargo xtask ";

/// A command in a text.
#[derive(Debug, PartialEq, Eq)]
struct Mentioned {
    line: usize,
    words: Vec<String>,
}

/// What is wrong in this file, with its line.
fn problems(path: &str, text: &str) -> Vec<(usize, String)> {
    if !is_read(path) {
        return Vec::new();
    }
    let wrong = |mentioned: Mentioned| {
        let words = std::iter::once("cargo xtask").chain(mentioned.words.iter().map(String::as_str));
        // Asking for help is not an error of the page.
        let error = Cli::try_parse_from(words).err().filter(clap::Error::use_stderr)?;
        let what = error.to_string().lines().next().unwrap_or_default().to_owned();
        Some((mentioned.line, format!("`{NAME}{}`: {what}", mentioned.words.join(" "))))
    };
    let mut problems: Vec<_> = mentioned(text).into_iter().filter_map(wrong).collect();
    if path == ".github/workflows/ci.yml" {
        problems.extend(
            steps_left_out(text).into_iter().map(|step| (0, format!("no job runs `{NAME}test {step}`"))),
        );
    }
    problems
}

fn is_read(path: &str) -> bool {
    path.ends_with(".md") || path.starts_with(".github/") || path.starts_with(".ci/") || path == "Dockerfile"
}

fn steps_left_out(workflow: &str) -> Vec<&'static str> {
    let run: Vec<String> = mentioned(workflow).into_iter().flat_map(|mentioned| mentioned.words).collect();
    Step::value_variants()
        .iter()
        .map(|step| step.name())
        .filter(|name| !run.iter().any(|word| word == name))
        .collect()
}

fn mentioned(text: &str) -> Vec<Mentioned> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(NAME) {
        let line = 1 + text[..at].matches('\n').count();
        let rest = &text[at + NAME.len()..];
        // Inline code goes on in the next line of a paragraph; a command in a block ends with its line.
        let rest = if text[..at].ends_with('`') {
            rest.split('`').next().unwrap_or_default()
        } else {
            rest.split(['\n', '`']).next().unwrap_or_default()
        };
        let rest = rest.replace("${{ ", "${{").replace(" }}", "}}");
        let ends = |word: &&str| word.starts_with(['#', '&', '|', '>', '<', ';', '(']);
        let words: Vec<String> = rest.split_whitespace().take_while(|word| !ends(word)).map(bare).collect();
        if words.is_empty() || words.iter().any(|word| word.contains('…')) {
            continue;
        }
        found.extend(expanded(&words, text).into_iter().map(|words| Mentioned { line, words }));
    }
    found
}

/// Without the quotes of a shell and what ends a sentence or a command.
fn bare(word: &str) -> String {
    word.trim_matches(['"', '\'']).trim_end_matches([',', ';', '.', ')', ':']).to_owned()
}

/// One command for each value of the matrix that it takes a word from.
fn expanded(words: &[String], text: &str) -> Vec<Vec<String>> {
    let variable = |word: &String| word.strip_prefix("${{matrix.")?.strip_suffix("}}").map(str::to_owned);
    let Some((index, name)) =
        words.iter().enumerate().find_map(|(index, word)| Some((index, variable(word)?)))
    else {
        return vec![words.to_vec()];
    };
    let values = matrix(text, &name);
    let with = |value: String| [&words[..index], &[value], &words[index + 1..]].concat();
    values.into_iter().map(with).collect()
}

/// The values of `name: [a, b]`. There are none where the workflow does not say so, which is an empty command.
fn matrix(text: &str, name: &str) -> Vec<String> {
    let list =
        |line: &str| Some(line.trim().strip_prefix(name)?.strip_prefix(": [")?.strip_suffix(']')?.to_owned());
    match text.lines().find_map(list) {
        Some(list) => list.split(',').map(|value| value.trim().to_owned()).collect(),
        None => vec![format!("<matrix.{name}>")],
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{mentioned, problems, steps_left_out};
    use crate::{repository, tracked};

    fn commands(text: &str) -> Vec<String> {
        mentioned(text).into_iter().map(|mentioned| mentioned.words.join(" ")).collect()
    }

    #[test]
    fn every_command_that_a_workflow_or_a_page_names_exists() {
        let mut wrong = Vec::new();
        let mut read = 0;
        for path in tracked::files().expect("git lists the files") {
            let Ok(text) = fs::read_to_string(repository::root().join(&path)) else { continue };
            read += mentioned(&text).len();
            wrong.extend(
                problems(&path, &text).into_iter().map(|(line, what)| format!("{path}:{line}: {what}")),
            );
        }
        assert!(read > 30, "{read} commands were read");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn commands_are_found_in_code_and_in_sentences() {
        let page = "Run `cargo xtask test\nhygiene`, then:\n$ cargo xtask fuzz --seconds 300  # each\n\
                    $ cargo xtask deny && echo\nand `cargo xtask` alone.";
        assert_eq!(commands(page), ["test hygiene", "fuzz --seconds 300", "deny"]);
    }

    #[test]
    fn a_word_of_a_matrix_is_each_of_its_values() {
        let workflow = "        step: [hygiene, format]\n - run: cargo xtask test ${{ matrix.step }}\n";
        assert_eq!(commands(workflow), ["test hygiene", "test format"]);
    }

    #[test]
    fn a_step_that_does_not_exist_is_found_on_its_line() {
        let workflow = "a\n- run: cargo xtask test cleanliness\n- run: cargo xtask test hygiene\n";
        let found = problems(".github/workflows/other.yml", workflow);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, 2);
        assert!(found[0].1.contains("cleanliness"), "{found:?}");
        let matrix = "step: [hygiene, formatted]\n- run: cargo xtask test ${{ matrix.step }}\n";
        assert_eq!(problems(".github/workflows/other.yml", matrix).len(), 1);
        assert_eq!(
            problems(".github/workflows/other.yml", "- run: cargo xtask test ${{ matrix.stp }}\n").len(),
            1
        );
    }

    #[test]
    fn a_flag_that_does_not_exist_is_found_in_a_page() {
        assert_eq!(problems("docs/a.md", "`cargo xtask test --liste`").len(), 1);
        assert_eq!(problems("docs/a.md", "`cargo xtask test --list`"), []);
        assert_eq!(problems("src/a.rs", "`cargo xtask test --liste`"), []);
    }

    #[test]
    fn a_step_that_ci_leaves_out_is_found() {
        let found = problems(".github/workflows/ci.yml", "- run: cargo xtask test hygiene\n");
        assert!(found.iter().any(|(_, what)| what.contains("test clippy")), "{found:?}");
        assert!(!steps_left_out("- run: cargo xtask test hygiene").contains(&"hygiene"));
    }
}
