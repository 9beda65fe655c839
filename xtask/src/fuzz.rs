//! `cargo xtask fuzz`: each target for a while, with cargo-fuzz on a nightly toolchain.

use crate::command::Command;
use crate::failure::Failure;
use crate::repository;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long each target runs
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
    /// The targets to run; all of them if none is named
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if repository::manifest("fuzz").is_none() {
        return Err(Failure::new("there is no fuzz/Cargo.toml in this checkout"));
    }
    require_tools()?;
    let known = known_targets()?;
    for target in select(&known, &options.targets)? {
        let limit = format!("-max_total_time={}", options.seconds);
        nightly_fuzz().args(["run", target, "--", &limit]).run()?;
    }
    Ok(())
}

/// Nothing is installed on anyone's behalf: a toolchain is theirs to choose.
fn require_tools() -> Result<(), Failure> {
    let mut missing = Vec::new();
    if !nightly().args(["rustc", "--version"]).succeeds_quietly() {
        missing.push("a nightly toolchain: run `rustup toolchain install nightly`");
    }
    if !Command::cargo("fuzz").arg("--version").succeeds_quietly() {
        missing.push("cargo-fuzz: run `cargo install cargo-fuzz --locked`");
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("fuzzing needs {}", missing.join("; and "))))
    }
}

fn known_targets() -> Result<Vec<String>, Failure> {
    let listed = nightly_fuzz().arg("list").output()?;
    Ok(String::from_utf8_lossy(&listed).lines().map(str::to_owned).collect())
}

fn select<'a>(known: &'a [String], wanted: &'a [String]) -> Result<&'a [String], Failure> {
    if let Some(unknown) = wanted.iter().find(|target| !known.contains(target)) {
        let known = known.join(", ");
        return Err(Failure::new(format!("there is no fuzz target {unknown}; there are: {known}")));
    }
    Ok(if wanted.is_empty() { known } else { wanted })
}

/// By way of rustup: the cargo that runs this task is one toolchain's and knows no `+nightly`.
fn nightly() -> Command {
    Command::new("rustup", "rustup", "fuzzing chooses its toolchain with rustup").args(["run", "nightly"])
}

fn nightly_fuzz() -> Command {
    nightly().args(["cargo", "fuzz"])
}

#[cfg(test)]
mod tests {
    use super::select;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().copied().map(str::to_owned).collect()
    }

    #[test]
    fn every_target_runs_when_none_is_named() {
        let known = names(&["claims", "jwk_set"]);
        assert_eq!(select(&known, &[]), Ok(known.as_slice()));
        let wanted = names(&["jwk_set"]);
        assert_eq!(select(&known, &wanted), Ok(wanted.as_slice()));
    }

    #[test]
    fn an_unknown_target_is_refused_with_the_known_ones() {
        let failure = select(&names(&["claims", "jwk_set"]), &names(&["jwks"])).map(<[_]>::len);
        let line = failure.expect_err("jwks is no target").to_string();
        assert_eq!(line, "there is no fuzz target jwks; there are: claims, jwk_set");
    }
}
