//! The types of the Node package's option are written from the table of presets. To write them again after the table has
//! changed:
//!
//! ```sh
//! WRITE_PAGE=1 cargo test -p bearward-core --test provider_types
//! ```

#![allow(clippy::unwrap_used)] // helpers of the one test

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use bearward_core::trust::provider::{Need, PRESETS, Takes};

#[test]
fn the_types_of_the_node_package_are_what_the_tables_say() {
    is_written("bindings/node/lib/options/provider-options.ts", &types().unwrap());
}

fn is_written(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    #[expect(
        clippy::disallowed_methods,
        reason = "whether to write the page is asked of the test, not of the core"
    )]
    if std::env::var_os("WRITE_PAGE").is_some() {
        fs::write(&file, text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    let first = written.lines().zip(text.lines()).find(|(written, expected)| written != expected);
    assert!(written == text, "{path} is not what the tables say, from here on: {first:?}");
}

/// One member of a union for each preset that can work.
fn types() -> Result<String, std::fmt::Error> {
    let mut text = "\
// The presets of providers and their values. This file is written from the core's table: see
// crates/bearward-core/tests/provider_types.rs.

/** The name of one provider with the values that tell its installation and this API. */
export type ProviderOptions =
"
    .to_owned();
    // A preset without members only says why there is none.
    let presets: Vec<_> = PRESETS.iter().filter(|preset| !preset.members.is_empty()).collect();
    for (at, preset) in presets.iter().enumerate() {
        writeln!(text, "  | {{\n      {}: {{", preset.name)?;
        for member in preset.members {
            let optional = if member.need == Need::Optional { "?" } else { "" };
            let values = match member.takes {
                Takes::Flag => "boolean",
                Takes::Several => "string | string[]",
                _ => "string",
            };
            writeln!(text, "        /** {}. */", sentence(member.what))?;
            writeln!(text, "        {}{optional}: {values};", member.name)?;
        }
        let end = if at + 1 == presets.len() { ";" } else { "" };
        writeln!(text, "      }};\n    }}{end}")?;
    }
    Ok(text)
}

fn sentence(words: &str) -> String {
    words[..1].to_ascii_uppercase() + &words[1..]
}
