//! An API under load for minutes, while its authorization server flaps and rotates its keys.
//!
//! The API is a process of its own, so that its memory, its descriptors and its log are its own too. This process is the
//! authorization server and the clients. Everything stays on this machine's loopback.
//!
//! - [`outage`]: the authorization server goes down and comes back, answers 500, is slow; its keys rotate.
//! - [`tokens`]: live, new, forged and made-up tokens, and what is known of each key.
//! - [`client`]: connections that come and go, each with some requests.
//! - [`tally`]: what an answer means, and when a valid request is lost.
//! - [`report`]: what is printed on the way and at the end.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to the person who started it"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod api;
mod chance;
mod client;
mod options;
mod outage;
mod process;
mod report;
mod tally;
mod tokens;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use bearward_issuer::{Algorithm, Issuer};
use clap::Parser as _;
use tokio::time::{interval_at, sleep_until};

use crate::options::{Command, Options};
use crate::outage::Outages;
use crate::process::Api;
use crate::report::Report;
use crate::tally::Tally;
use crate::tokens::Tokens;

/// Who the tokens are for.
const AUDIENCE: &str = "https://api.example.com";

/// What went wrong with the soak itself.
type Failed = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.command {
        Some(Command::Serve { issuer }) => api::serve(issuer).await.map(|()| ExitCode::SUCCESS),
        None => run(&options).await,
    };
    outcome.unwrap_or_else(|failed| {
        eprintln!("soak: {failed}");
        ExitCode::FAILURE
    })
}

async fn run(options: &Options) -> Result<ExitCode, Failed> {
    let issuer = Arc::new(Issuer::builder().algorithms([Algorithm::Es256]).start().await?);
    // As short as an API believes it, so that it also fetches without being asked for a new key.
    issuer.jwks_cache_control(Some("max-age=30"));
    let mut api = Api::start(issuer.url())?;
    let tokens = Arc::new(Tokens::new(Arc::clone(&issuer)));
    let outages = Arc::new(Outages::default());
    let tally = Arc::new(Tally::default());
    let mut report = Report::begin(options, Instant::now(), &api);

    let mut background = tokio::task::JoinSet::new();
    background.spawn(outage::flap(Arc::clone(&issuer), Arc::clone(&outages)));
    background.spawn(outage::rotate(Arc::clone(&tokens)));
    for number in 0..options.clients {
        let client = client::Client {
            port: api.port(),
            pause: options.pause(),
            tokens: Arc::clone(&tokens),
            outages: Arc::clone(&outages),
            tally: Arc::clone(&tally),
        };
        background.spawn(client.run(number));
    }

    let end = tokio::time::Instant::now() + options.duration();
    let mut ticks = interval_at(tokio::time::Instant::now() + options.every(), options.every());
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            () = sleep_until(end) => break,
            _ = &mut interrupted => {
                println!("interrupted: this is what was seen so far");
                break;
            }
            _ = ticks.tick() => report.progress(&api, &tally),
        }
        if !report.api_lives(&mut api) {
            break;
        }
    }
    background.shutdown().await;
    Ok(report.end(&api, &issuer, &tally))
}
