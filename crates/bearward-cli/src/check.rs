//! `check`: everything that is wrong with files of settings; `schema`: what they can have.

use std::io::Write as _;
use std::path::PathBuf;

use bearward_axum::ResourceServer;
use bearward_core::Settings;

/// What to check.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit code: 0 if every file is valid; 1 if a file has a problem.

Nothing is fetched. Environment variables that a file names (${NAME}) must be set.")]
pub(crate) struct Options {
    /// Files of settings: .yaml, .yml, .toml or .json
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Whether nothing is wrong.
pub(crate) fn run(options: &Options) -> bool {
    let mut is_good = true;
    let mut said = String::new();
    for file in &options.files {
        let problems = ResourceServer::check_file(file);
        let name = file.display();
        for problem in &problems {
            said.push_str(&format!("{name}: {problem}\n"));
        }
        if problems.is_empty() {
            said.push_str(&format!("{name}: good\n"));
        }
        is_good &= problems.is_empty();
    }
    print(&said);
    is_good
}

/// Prints the schema; whether that could be done.
pub(crate) fn print_schema() -> bool {
    print(&format!("{:#}\n", Settings::json_schema()))
}

/// Where standard output is closed, the exit code says it all the same.
fn print(text: &str) -> bool {
    std::io::stdout().write_all(text.as_bytes()).is_ok()
}
