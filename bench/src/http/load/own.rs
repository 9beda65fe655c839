//! A load generator for machines without `wrk`: one thread, plain sockets, no HTTP library between.

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use super::{Credentials, Order, Outcome};
use crate::http::client;
use crate::pin;
use crate::server::on_one_thread;

pub(crate) struct Own {
    pub(super) core: usize,
}

/// What all connections share.
struct Shared {
    requests: Vec<String>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    following: usize,
    refused: u64,
    broken: u64,
    microseconds: Vec<f64>,
}

impl Own {
    pub(super) fn run(&self, order: &Order<'_>) -> Result<Outcome> {
        let requests = match order.credentials {
            Credentials::Repeated(token) => vec![client::request(order.path, Some(token))],
            Credentials::Listed(path) => std::fs::read_to_string(path)?
                .lines()
                .map(|token| client::request(order.path, Some(token)))
                .collect(),
        };
        // A thread of its own, since its affinity does not come off again.
        let (core, port, connections) = (self.core, order.port, order.connections);
        let duration = Duration::from_secs(order.seconds);
        std::thread::spawn(move || {
            pin::pin_here(core)?;
            on_one_thread(load(port, requests, connections, duration))
        })
        .join()
        .map_err(|_| anyhow!("the load generator died"))?
    }
}

async fn load(port: u16, requests: Vec<String>, connections: usize, duration: Duration) -> Result<Outcome> {
    let shared = std::rc::Rc::new(Shared { requests, state: RefCell::default() });
    let start = Instant::now();
    let local = LocalSet::new();
    for _ in 0..connections {
        let shared = shared.clone();
        local.spawn_local(async move {
            if ask(port, &shared, start + duration).await.is_err() {
                shared.state.borrow_mut().broken += 1;
            }
        });
    }
    local.await;
    let seconds = start.elapsed().as_secs_f64();
    let mut state = shared.state.borrow_mut();
    state.microseconds.sort_by(f64::total_cmp);
    let percentile = |share: f64| {
        let index = (state.microseconds.len() as f64 * share) as usize;
        state.microseconds.get(index).copied().context("no request was answered")
    };
    Ok(Outcome {
        requests: state.microseconds.len() as u64,
        seconds,
        refused: state.refused,
        broken: state.broken,
        p50_microseconds: percentile(0.50)?,
        p99_microseconds: percentile(0.99)?,
    })
}

/// One connection, until the deadline.
async fn ask(port: u16, shared: &Shared, deadline: Instant) -> Result<()> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4096);
    loop {
        let sent = Instant::now();
        if sent >= deadline {
            return Ok(());
        }
        let request = {
            let mut state = shared.state.borrow_mut();
            let request = &shared.requests[state.following % shared.requests.len()];
            state.following += 1;
            request
        };
        stream.write_all(request.as_bytes()).await?;
        buffer.clear();
        while !is_complete(&buffer)? {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err(anyhow!("closed before the answer was complete"));
            }
        }
        let mut state = shared.state.borrow_mut();
        state.microseconds.push(sent.elapsed().as_secs_f64() * 1e6);
        if !matches!(buffer.get(9), Some(b'2' | b'3')) {
            state.refused += 1;
        }
    }
}

/// Whether a whole response, with the length it announces, has arrived.
fn is_complete(response: &[u8]) -> Result<bool> {
    let Some(end) = response.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(false);
    };
    let head = std::str::from_utf8(&response[..end])?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, value)| value.trim().parse::<usize>())?;
    Ok(response.len() >= end + 4 + length)
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn a_response_is_complete_with_its_last_byte() {
        let response = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        for length in 0..response.len() {
            assert!(!is_complete(&response[..length]).unwrap(), "{length}");
        }
        assert!(is_complete(response).unwrap());
    }
}
