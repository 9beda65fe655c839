//! `bearward check` and `bearward schema` as people and scripts call them, and the page about settings.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod process;

use std::process::Command;

use process::{Directory, bearward};
use serde_json::Value;

const PAGE: &str = include_str!("../../../docs/settings.md");

fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The code blocks of a page in this language.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let start = format!("```{language}\n");
    page.split(&*start).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_file_of_settings_in_the_guides_is_good() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let directory = Directory::new();
    let mut files = 0;
    for folder in [docs.clone(), docs.join("providers")] {
        for page in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let text = std::fs::read_to_string(&page).unwrap_or_default(); // nothing for a folder
            for block in blocks(&text, "yaml").into_iter().filter(|block| block.starts_with("issuers:")) {
                let file = directory.file("settings.yaml");
                std::fs::write(&file, block).unwrap();
                let mut check = bearward();
                check.args(["check", &file]).env("INTROSPECTION_SECRET", "a secret");
                check.env("DPOP_NONCE_SECRET", "0123456789abcdef".repeat(2));
                let (code, said, _) = run(&mut check);
                assert_eq!(code, 0, "{}: {said}\n{block}", page.display());
                files += 1;
            }
        }
    }
    assert!(files >= 25, "{files}");
}

#[test]
fn every_file_of_the_page_is_good() {
    let directory = Directory::new();
    let mut files = 0;
    for (language, extension) in [("yaml", "yaml"), ("toml", "toml"), ("json", "json")] {
        for (index, text) in blocks(PAGE, language).into_iter().enumerate() {
            let file = directory.file(&format!("{index}.{extension}"));
            std::fs::write(&file, text).unwrap();
            let mut check = bearward();
            check.args(["check", &file]);
            check
                .env("INTROSPECTION_SECRET", "a secret")
                .env("DPOP_NONCE_SECRET", "0123456789abcdef".repeat(2));
            assert_eq!(run(&mut check), (0, format!("{file}: good\n"), String::new()), "{text}");
            files += 1;
        }
    }
    assert!(files >= 6, "{files}");
}

#[test]
fn every_problem_is_printed_at_its_path_and_the_exit_code_says_so() {
    let directory = Directory::new();
    let (bad, good) = (directory.file("bad.yaml"), directory.file("good.toml"));
    let text = "issuers:\n  - issuer: https://a.example\n    jwks_url: https://a.example/keys\nclock_tolerance: 2m\n\
                audiences: ['${BEARWARD_UNSET}']\n";
    std::fs::write(&bad, text).unwrap();
    std::fs::write(&good, "audiences = [\"a\"]\n[[issuers]]\nissuer = \"https://a.example\"\n").unwrap();
    let (code, stdout, _) = run(bearward().args(["check", &bad, &good]));
    assert_eq!(code, 1);
    let expected =
        format!("{bad}: audiences[0]: environment variable BEARWARD_UNSET: is not set\n{good}: good\n");
    assert_eq!(stdout, expected, "what is not there is said first");
    let (code, stdout, _) = run(bearward().args(["check", &bad]).env("BEARWARD_UNSET", "a"));
    assert_eq!(code, 1);
    assert!(
        stdout.contains(&format!(
            "{bad}: issuers[0].jwks_url: there is no setting of this name; did you mean \"jwks_uri\"?"
        )),
        "{stdout}"
    );
    assert!(stdout.contains(&format!("{bad}: clock_tolerance: at most 60 seconds")), "{stdout}");
    assert_eq!(run(bearward().arg("check")).0, 2, "a file must be named");
}

#[test]
fn the_schema_describes_each_setting() {
    let (code, stdout, stderr) = run(bearward().arg("schema"));
    assert_eq!((code, stderr.as_str()), (0, ""));
    let schema: Value = serde_json::from_str(&stdout).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    for (name, property) in properties {
        assert!(PAGE.contains(&format!("`{name}`")), "the page does not name {name}");
        assert!(property["description"].is_string() || property["$ref"].is_string(), "{name}: {property}");
    }
}
