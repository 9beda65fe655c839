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
//! `--json` keeps what was measured, and `--from` takes it over: a run can be made in parts, on a machine that is seldom
//! quiet, and page and charts can be written again without measuring.
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
use crate::report::{Chart, Report, Run};

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
    let parts = options.parts();
    let earlier = options.from.iter().map(|path| read(path)).reduce(|report, later| report?.with(later?));
    let report = match earlier.transpose()? {
        Some(earlier) if parts.is_empty() => earlier,
        Some(earlier) => {
            // Before minutes are spent on what cannot be merged.
            earlier.machine.same_as(&Machine::this_one())?;
            earlier.with(measure(options.quick, parts)?)?
        }
        None => measure(options.quick, parts)?,
    };
    println!("{}", report::results(&report));
    if let Some(path) = &options.json {
        write(path, &(serde_json::to_string_pretty(&report)? + "\n"))?;
    }
    if let Some(path) = &options.markdown {
        write_page(path, &report)?;
    }
    Ok(())
}

fn measure(quick: bool, parts: Vec<Part>) -> Result<Report> {
    let cores = Cores::choose()?;
    let plan = if quick { Plan::quick() } else { Plan::full() };
    Ok(Report {
        machine: Machine::this_one(),
        verify: part(&parts, Part::Verify, || verify::run(&plan, cores.server))?,
        refused: part(&parts, Part::Refused, || refused::run(&plan, cores.server))?,
        axum: part(&parts, Part::Axum, || http::run(&plan, cores))?,
        adapters: part(&parts, Part::Adapters, || http::run_beside_axum(&plan, cores))?,
        curve: part(&parts, Part::Curve, || curve::run(&plan, cores.server))?,
        threads: part(&parts, Part::Threads, || threads::run(&plan, cores))?,
        beyond: part(&parts, Part::Beyond, || beyond::run(&plan, cores.server))?,
        cold: part(&parts, Part::Cold, || cold::run(&plan, cores))?,
        express: part(&parts, Part::Express, || express::run(&plan, cores))?,
        frameworks: part(&parts, Part::Frameworks, || frameworks::run(&plan, cores))?,
        runs: vec![Run { quick, parts, plan }],
    })
}

fn part<T>(parts: &[Part], part: Part, run: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    parts.contains(&part).then(run).transpose()
}

fn read(path: &Path) -> Result<Report> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is not a report of this program", path.display()))
}

/// The page, and its charts in the directory of its name. What was written by hand at its end stays.
fn write_page(path: &Path, report: &Report) -> Result<()> {
    let charts = path.with_extension("");
    let name = charts.file_name().and_then(|name| name.to_str()).context("--markdown needs a file's name")?;
    let old = fs::read_to_string(path).unwrap_or_default();
    write(path, &report::page(report, name, &old))?;
    fs::create_dir_all(&charts).with_context(|| format!("cannot make {}", charts.display()))?;
    for chart in Chart::ALL {
        let file = charts.join(chart.file());
        match chart.draw(report) {
            Some(drawing) => write(&file, &drawing)?,
            // One of an earlier page: this page does not show it.
            None if file.exists() => {
                fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
            }
            None => {}
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
