//! `completions` and `man`: what is installed beside the command, written from its own command line.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::Shell;

const NAME: &str = "bearward";

/// Which completions to print.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
For this shell only:
  bash        source <(bearward completions bash)
  fish        bearward completions fish | source
  PowerShell  bearward completions powershell | Out-String | Invoke-Expression
For every shell, write them where it looks for them:
  bash        bearward completions bash > ~/.local/share/bash-completion/completions/bearward
  fish        bearward completions fish > ~/.config/fish/completions/bearward.fish
  zsh         bearward completions zsh > _bearward    # in a directory of $fpath")]
pub(crate) struct CompletionsOptions {
    /// The shell that completes
    #[arg(value_enum)]
    shell: Shell,
}

/// Where the manual pages go.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
`man` finds them below a directory of its path: bearward man /usr/local/share/man/man1")]
pub(crate) struct ManOptions {
    /// The directory for bearward.1 and a page for each subcommand; it is created if necessary
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
}

/// Prints the completions of this command line; whether that could be done.
pub(crate) fn print_completions(mut command: Command, options: &CompletionsOptions) -> bool {
    // Into memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command, NAME, &mut script);
    io::stdout().write_all(&script).is_ok()
}

/// Writes a page for the command and for each subcommand.
pub(crate) fn write_pages(command: Command, options: &ManOptions) -> Result<(), PageError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| PageError { path, error }
    };
    fs::create_dir_all(&options.directory).map_err(failed(&options.directory))?;
    clap_mangen::generate_to(command.disable_help_subcommand(true), &options.directory)
        .map_err(failed(&options.directory))
}

/// A page cannot be written.
#[derive(Debug)]
pub(crate) struct PageError {
    path: PathBuf,
    error: io::Error,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write the pages to {}: {}", self.path.display(), self.error)
    }
}
