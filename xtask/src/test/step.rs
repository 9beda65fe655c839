//! The steps of `cargo xtask test`, in the order they run: cheap ones first.

use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

use clap::ValueEnum;

use super::{features, programs, readme};
use crate::command::Command;
use crate::failure::Failure;
use crate::{debian, hygiene, lint, npm, output, python, repository};

const INTEROP_SERVER: &str = "interop/oidc-provider";
const DJANGO: &str = "interop/django-oauth-toolkit";
const DPOP_CLIENTS: &str = "interop/dpop-clients";
const GRPC_CLIENTS: &str = "interop/grpc-clients";
const MCP_CLIENTS: &str = "interop/mcp-clients";
const PLAYGROUND: &str = "interop/playground";
const NODE_BINDING: &str = "bindings/node";
const BENCH: &str = "bench";
/// Packages that only tests of the package need.
const COMPANIONS: [&str; 3] =
    ["bindings/node/test/companions", "bindings/node/test/frameworks", "bindings/node/test/nest"];

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    Hygiene,
    Format,
    Lint,
    Clippy,
    Tests,
    Doctests,
    Docs,
    Readme,
    Fuzz,
    Interop,
    Node,
    NodeApps,
}

impl Step {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hygiene => "hygiene",
            Self::Format => "format",
            Self::Lint => "lint",
            Self::Clippy => "clippy",
            Self::Tests => "tests",
            Self::Doctests => "doctests",
            Self::Docs => "docs",
            Self::Readme => "readme",
            Self::Fuzz => "fuzz",
            Self::Interop => "interop",
            Self::Node => "node",
            Self::NodeApps => "node-apps",
        }
    }

    pub(crate) fn purpose(self) -> &'static str {
        match self {
            Self::Hygiene => {
                "forbidden words and file names, dependencies between modules, public items, pages of the documentation, what a release needs"
            }
            Self::Format => "rustfmt has nothing to change",
            Self::Lint => "spelling, TOML, the workflows, the container's files and the forms for issues",
            Self::Clippy => {
                "no lint fires, in code and tests, with every feature, in the addon for Node.js, and in the benchmarks"
            }
            Self::Tests => "unit and integration tests, and those of the examples in Rust",
            Self::Doctests => "the examples in the documentation",
            Self::Docs => "the documentation builds without a warning",
            Self::Readme => "the project that README.md tells to make, made and compiled",
            Self::Fuzz => "the fuzz targets compile; `cargo xtask fuzz` runs them",
            Self::Interop => {
                "with authorization servers and behind proxies that others wrote, and the playground in a browser"
            }
            Self::Node => "the npm package builds, and its tests pass",
            Self::NodeApps => {
                "each example in JavaScript, and frameworks, bundlers, jest and the MCP SDK, with the package just built"
            }
        }
    }

    /// How long it took on two cores whose `target` had the dependencies; from nothing, the first steps take twice that.
    pub(crate) fn minutes(self) -> &'static str {
        match self {
            Self::Hygiene | Self::Format | Self::Lint | Self::Doctests | Self::Fuzz | Self::Readme => {
                "under 1 minute"
            }
            Self::Clippy => "2 minutes",
            Self::Docs => "1 minute",
            Self::Interop => "4 minutes",
            Self::NodeApps => "7 minutes, beside the steps of Rust",
            Self::Tests => "6 minutes",
            Self::Node => "10 minutes, beside the steps of Rust",
        }
    }

    /// What it needs that cargo does not bring, and installs where it can.
    pub(crate) fn installs(self) -> Option<&'static str> {
        match self {
            Self::Lint => Some(
                "needs Node.js 20 or later and Python 3.10 or later; installs linters in lint/, from npm and PyPI",
            ),
            Self::Tests => Some("needs redis-server 7 or later; installs it with apt-get if run by root"),
            Self::Interop => Some(
                "needs Node.js 20 or later; installs npm and Python packages below interop/, and with apt-get Glewlwyd, HAProxy and Chromium if run by root",
            ),
            Self::Node => Some("needs Node.js 20 or later; installs npm packages in bindings/node"),
            Self::NodeApps => Some(
                "needs what interop needs; installs npm packages in examples/ and below bindings/node/test, NestJS and other frameworks among them",
            ),
            _ => None,
        }
    }

    /// Why there is nothing for this step in this checkout, if so.
    pub(crate) fn absent(self) -> Option<&'static str> {
        match self {
            Self::Fuzz if repository::manifest("fuzz").is_none() => Some("there is no fuzz/Cargo.toml"),
            Self::Node if repository::manifest(NODE_BINDING).is_none() => {
                Some("there is no bindings/node/Cargo.toml")
            }
            Self::NodeApps if repository::node_examples().is_empty() => {
                Some("there is no examples/*/package.json")
            }
            _ => None,
        }
    }

    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Hygiene => hygiene::check(),
            Self::Format => format(),
            Self::Lint => lint::check(),
            Self::Clippy => clippy(),
            Self::Tests => tests(),
            Self::Doctests => Command::cargo("test")
                .args(["--workspace", "--no-fail-fast", "--doc"])
                .arg(features::without_interop()?)
                .run(),
            Self::Docs => docs(),
            Self::Readme => readme::compiles(),
            Self::Fuzz => check_fuzz_targets(),
            Self::Interop => interop(),
            Self::Node => node(),
            Self::NodeApps => node_examples(),
        }
    }
}

fn format() -> Result<(), Failure> {
    Command::cargo("fmt").args(["--all", "--", "--check"]).run()?;
    for manifest in repository::standalone_manifests() {
        Command::cargo("fmt").manifest(&manifest).args(["--", "--check"]).run()?;
    }
    Ok(())
}

fn clippy() -> Result<(), Failure> {
    let as_errors = ["--", "-D", "warnings"];
    let workspace = ["--workspace", "--all-targets", "--all-features"];
    Command::cargo("clippy").args(workspace).args(as_errors).run()?;
    if let Some(addon) = repository::manifest(NODE_BINDING) {
        Command::cargo("clippy").manifest(&addon).with_our_dependencies().args(as_errors).run()?;
    }
    match repository::manifest(BENCH) {
        // They pin threads to cores as Linux has it.
        Some(bench) if cfg!(target_os = "linux") => {
            let bench = Command::cargo("clippy").manifest(&bench).with_our_dependencies();
            bench.args(["--locked", "--all-targets"]).args(as_errors).run()
        }
        _ => Ok(()),
    }
}

/// `--all-targets` leaves the documentation's examples to the next step, so that they run once.
fn tests() -> Result<(), Failure> {
    Command::cargo("test")
        .args(["--workspace", "--no-fail-fast", "--all-targets"])
        .arg(features::without_interop()?)
        .run()
}

fn docs() -> Result<(), Failure> {
    let without = |command: Command, example: String| command.args(["--exclude", &example]);
    let command = Command::cargo("doc").env("RUSTDOCFLAGS", "-D warnings");
    let command = command.args(["--workspace", "--no-deps", "--all-features"]);
    features::examples()?.into_iter().fold(command, without).run()
}

fn check_fuzz_targets() -> Result<(), Failure> {
    let Some(manifest) = repository::manifest("fuzz") else {
        return Ok(());
    };
    Command::cargo("check").manifest(&manifest).with_our_dependencies().run()
}

fn interop() -> Result<(), Failure> {
    install_parties()?;
    npm::install(GRPC_CLIENTS)?;
    npm::install(MCP_CLIENTS)?;
    python::install(MCP_CLIENTS)?;
    npm::script(INTEROP_SERVER, "test")?;
    // The whole workspace is selected so that its crates resolve to the features they already
    // have, and only these tests are built anew.
    Command::cargo("test")
        .args(["--workspace", "--test", "oidc_provider", "--test", "interop", "--test", "proxies"])
        .args(["--test", "grpc_js", "--test", "clients"])
        .arg(features::with_interop()?)
        .run()?;
    npm::install(PLAYGROUND)?;
    test_with_programs(PLAYGROUND)
}

/// Tests in JavaScript that start programs of the workspace.
fn test_with_programs(directory: &str) -> Result<(), Failure> {
    let with = |command: Command, program: programs::Program| {
        command.env(program.variable, &program.path.to_string_lossy())
    };
    programs::built()?.into_iter().fold(npm::of_script(directory, "test"), with).run()
}

/// What others wrote and the tests start, here and in the examples in JavaScript: authorization servers and clients.
/// Once in a run, in which two steps may want them at the same time.
fn install_parties() -> Result<(), Failure> {
    static INSTALLED: Mutex<bool> = Mutex::new(false);
    let mut installed = locked(&INSTALLED);
    if !*installed {
        npm::install(INTEROP_SERVER)?;
        python::install(DJANGO)?;
        npm::install(DPOP_CLIENTS)?;
        python::install(DPOP_CLIENTS)?;
        debian::glewlwyd()?;
        *installed = true;
    }
    Ok(())
}

fn node() -> Result<(), Failure> {
    npm::install(NODE_BINDING)?;
    npm::script(NODE_BINDING, "build")?;
    npm::script(NODE_BINDING, "test")
}

/// They depend on the package by its path, so it is built by now, and get tokens from the
/// authorization servers of the interop tests.
fn node_examples() -> Result<(), Failure> {
    install_parties()?;
    programs::built()?;
    let companions = COMPANIONS.into_iter().map(str::to_owned);
    let apps: Mutex<Vec<String>> = Mutex::new(companions.chain(repository::node_examples()).rev().collect());
    let (ended, results) = mpsc::channel();
    let mut failures = Vec::new();
    // Two beside each other: much of each is waiting, for packages and for servers that start.
    std::thread::scope(|scope| {
        for worker in ["node-apps-1", "node-apps-2"] {
            let (apps, ended) = (&apps, ended.clone());
            scope.spawn(move || {
                while let Some(app) = next(apps) {
                    let kept = output::kept(worker, || node_app(&app));
                    let kept = kept.map_err(|error| format!("{app}: cannot keep its output: {error}"));
                    // Who receives it waits for all.
                    let _ = ended.send(kept);
                }
            });
        }
        drop(ended);
        for result in results {
            match result {
                Ok((result, printed)) => {
                    output::say(printed.trim_end());
                    failures.extend(result.err().map(|failure| failure.to_string()));
                }
                Err(failure) => failures.push(failure),
            }
        }
    });
    if failures.is_empty() { Ok(()) } else { Err(Failure::new(failures.join("; "))) }
}

fn next(apps: &Mutex<Vec<String>>) -> Option<String> {
    locked(apps).pop()
}

fn node_app(directory: &str) -> Result<(), Failure> {
    npm::install(directory)?;
    test_with_programs(directory)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::Step;

    #[test]
    fn a_step_is_called_what_the_command_line_calls_it() {
        for step in Step::value_variants() {
            let named = step.to_possible_value().map(|value| value.get_name().to_owned());
            assert_eq!(named.as_deref(), Some(step.name()));
        }
    }
}
