//! Bearward measured beside its peers, as ratios within one run.
//!
//! Ten parts, each of which can be asked for alone:
//!
//! - `verify`: one thread from a token's text to its validated claims, beside the bare signature check;
//! - `refused`: what a request costs that is refused, beside a good one;
//! - `http` (`--only axum`): servers over loopback, each in a process and on a core of its own;
//! - `adapters`: the same of actix-web and tonic;
//! - `curve`: the cost of a request as tokens, issuers and keys grow in number;
//! - `threads`: two threads on one engine, beside two engines;
//! - `cold`: starting up, and the first request;
//! - `beyond`: DPoP, introspection, shared stores, each beside the least that could be done instead;
//! - `express`: Express servers, measured like the Rust ones, and the memory that many tokens take;
//! - `frameworks`: servers of other Node.js frameworks.
//!
//! All that knows Bearward's API is in `bearward`; the peers are in `server` and `verify`, the Express
//! servers in the directory `express` beside `src`, those of other frameworks in `frameworks`. Nothing here fails for
//! being slow: it reports.

mod allocation;
mod authorization_server;
mod bearward;
mod beyond;
mod cold;
mod contender;
mod curve;
mod express;
mod frameworks;
mod http;
mod machine;
mod options;
mod packages;
mod pin;
mod plan;
mod process;
mod progress;
mod refused;
mod report;
mod server;
mod serving;
mod statistics;
mod threads;
mod timing;
mod token;
mod verify;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser as _;

use crate::machine::Machine;
use crate::options::{Child, Options, Part};
use crate::pin::Cores;
use crate::plan::Plan;
use crate::report::Report;

fn main() -> ExitCode {
    match dispatch(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(options: &Options) -> Result<()> {
    match &options.child {
        Some(Child::Pinned { core, command }) => pin::become_pinned(*core, command),
        Some(Child::Serve { kind, setting }) => server::serve(*kind, setting),
        Some(Child::AuthorizationServer(setting)) => authorization_server::serve(setting),
        Some(Child::CurvePoint(point)) => {
            println!("{}", serde_json::to_string(&bearward::curve::measure(point)?)?);
            Ok(())
        }
        Some(Child::ReplayMemory(entries)) => {
            println!("{}", beyond::memory::measure(*entries)?);
            Ok(())
        }
        None => run(options),
    }
}

fn run(options: &Options) -> Result<()> {
    let cores = Cores::choose()?;
    let plan = if options.quick { Plan::quick() } else { Plan::full() };
    let report = Report {
        machine: Machine::this_one(),
        quick: options.quick,
        verify: part(options, Part::Verify, || verify::run(&plan, cores.server))?,
        refused: part(options, Part::Refused, || refused::run(&plan, cores.server))?,
        axum: part(options, Part::Axum, || http::run(&plan, cores))?,
        adapters: part(options, Part::Adapters, || http::run_beside_axum(&plan, cores))?,
        curve: part(options, Part::Curve, || curve::run(&plan, cores.server))?,
        threads: part(options, Part::Threads, || threads::run(&plan, cores))?,
        beyond: part(options, Part::Beyond, || beyond::run(&plan, cores.server))?,
        cold: part(options, Part::Cold, || cold::run(&plan, cores))?,
        express: part(options, Part::Express, || express::run(&plan, cores))?,
        frameworks: part(options, Part::Frameworks, || frameworks::run(&plan, cores))?,
        plan,
    };
    println!("{}", report::results(&report));
    if let Some(path) = &options.json {
        write(path, &(serde_json::to_string_pretty(&report)? + "\n"))?;
    }
    if let Some(path) = &options.markdown {
        write(path, &report::page(&report))?;
    }
    Ok(())
}

fn part<T>(options: &Options, part: Part, run: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    options.wants(part).then(run).transpose()
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
