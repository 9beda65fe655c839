//! A claim in Redis, beside the shortest command there is, over one connection each.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::Row;
use crate::bearward::shared;
use crate::plan::Plan;

/// Longer than a server takes to start, or a store to trust one that it meets for the first time.
const PATIENCE: Duration = Duration::from_secs(30);

/// A `redis-server` that keeps nothing, ended with this value.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// `None` where there is no such program.
    fn start() -> Result<Option<Self>> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("redis-server");
        command.args([
            "--bind",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let process = match command.spawn() {
            Ok(process) => process,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context("redis-server"),
        };
        let server = Self { process, port };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > deadline {
                bail!("redis-server does not listen");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(server))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `None` where there is no `redis-server`.
pub(super) fn row(plan: &Plan) -> Result<Option<Row>> {
    let Some(server) = Server::start()? else { return Ok(None) };
    let url = format!("redis://127.0.0.1:{}", server.port);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rounds = runtime.block_on(async {
        let client = redis::Client::open(url.as_str())?;
        let mut ping = client.get_multiplexed_async_connection().await?;
        let claims = shared::Claims::ready(&url, PATIENCE).await?;
        let mut rounds = Vec::new();
        for _ in 0..plan.verify_rounds {
            let started = Instant::now();
            for _ in 0..plan.beyond_proofs {
                claims.claim_another().await?;
            }
            let cost = nanoseconds_since(started, plan.beyond_proofs);
            let started = Instant::now();
            for _ in 0..plan.beyond_proofs {
                let _: String = redis::cmd("PING").query_async(&mut ping).await?;
            }
            rounds.push((cost, nanoseconds_since(started, plan.beyond_proofs)));
        }
        anyhow::Ok(rounds)
    })?;
    Row::of("a proof claimed in Redis, waited for", "PING over the same loopback", &rounds).map(Some)
}

fn nanoseconds_since(started: Instant, operations: usize) -> f64 {
    started.elapsed().as_secs_f64() * 1e9 / operations as f64
}
