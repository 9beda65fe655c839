//! The bearward command.

use std::process::ExitCode;

fn main() -> ExitCode {
    bearward_cli::main()
}
