//! Many requests that wait for one slow fetch: what the waiting costs, by the CPU time of the thread they wait in.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::forge::AUDIENCE;
use crate::bearward::refused::wait_for_keys;
use crate::plan::Plan;
use crate::serving::on_one_thread;
use crate::timing::nanoseconds_each;
use crate::token::{Algorithm, Mint, SigningKey};

/// How long the authorization server takes for each answer.
const SLOW: Duration = Duration::from_millis(700);

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) requests: usize,
    /// How long they wait: for the metadata and for the keys.
    pub(crate) seconds: f64,
    pub(crate) nanoseconds_each: f64,
    /// The same for one request that comes by itself.
    pub(crate) nanoseconds_alone: f64,
}

pub(super) fn run(plan: &Plan) -> Result<Waiting> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let key = SigningKey::generate(Algorithm::RS256, "key")?;
    let token = Mint { issuer: &issuer, audience: AUDIENCE, key: &key }.token(0)?;
    let metadata = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks") }).to_string();
    let keys = json!({ "keys": [key.jwk()] }).to_string();
    // It ends with the process.
    thread::spawn(move || listener.incoming().flatten().try_for_each(|one| serve(one, &metadata, &keys)));
    let cost = |requests: usize| {
        let (issuer, token) = (issuer.clone(), token.clone());
        // A thread of its own, whose time is nothing but theirs.
        let worker = thread::spawn(move || {
            nanoseconds_each(requests, || {
                on_one_thread(async { wait_for_keys(&issuer, AUDIENCE, &token, requests).await })
            })
        });
        worker.join().map_err(|_| anyhow!("the measuring thread died"))?
    };
    Ok(Waiting {
        requests: plan.refused_waiting,
        seconds: 2.0 * SLOW.as_secs_f64(),
        nanoseconds_alone: cost(1)?,
        nanoseconds_each: cost(plan.refused_waiting)?,
    })
}

/// Answers one request, late, and hangs up.
fn serve(mut stream: TcpStream, metadata: &str, keys: &str) -> Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    thread::sleep(SLOW);
    let body = if first.contains("/jwks") { keys } else { metadata };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )?;
    Ok(())
}
