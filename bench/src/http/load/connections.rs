//! Connections that stay open from one load to the next: plain sockets, no HTTP library between.

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use super::Outcome;
use crate::statistics::percentile;

/// Some connections to one server.
pub(in crate::http) struct Connections {
    runtime: Runtime,
    streams: Vec<TcpStream>,
    /// How many requests were sent so far.
    sent: usize,
}

/// What came back.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Answers {
    pub(in crate::http) elapsed: Duration,
    /// Answers other than 2xx and 3xx.
    pub(in crate::http) refused: u64,
    /// How long each answer took.
    pub(in crate::http) microseconds: Vec<f64>,
}

impl Answers {
    pub(super) fn outcome(mut self) -> Result<Outcome> {
        let mut at = |share| percentile(&mut self.microseconds, share).context("no request was answered");
        let (p50_microseconds, p99_microseconds) = (at(0.50)?, at(0.99)?);
        Ok(Outcome {
            requests: self.microseconds.len() as u64,
            seconds: self.elapsed.as_secs_f64(),
            refused: self.refused,
            broken: 0,
            p50_microseconds,
            p99_microseconds,
        })
    }
}

/// What the connections share while they are used.
struct Shared {
    requests: Rc<[String]>,
    deadline: Instant,
    sent: RefCell<usize>,
    answers: RefCell<Answers>,
}

impl Connections {
    pub(in crate::http) fn open(port: u16, count: usize) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().context("no runtime")?;
        let streams = runtime.block_on(async {
            let mut streams = Vec::with_capacity(count);
            for _ in 0..count {
                let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
                stream.set_nodelay(true)?;
                streams.push(stream);
            }
            anyhow::Ok(streams)
        })?;
        Ok(Self { runtime, streams, sent: 0 })
    }

    /// How many requests were sent so far.
    pub(in crate::http) fn sent(&self) -> usize {
        self.sent
    }

    /// Sends the requests in turn, going on where it ended the last time, each connection its next one as soon as it
    /// has an answer. Ends after `duration`, when all that was sent is answered.
    pub(in crate::http) fn load(&mut self, requests: &Rc<[String]>, duration: Duration) -> Result<Answers> {
        let start = Instant::now();
        let shared = Rc::new(Shared {
            requests: Rc::clone(requests),
            deadline: start + duration,
            sent: RefCell::new(self.sent),
            answers: RefCell::default(),
        });
        let local = LocalSet::new();
        let tasks: Vec<_> =
            self.streams.drain(..).map(|stream| local.spawn_local(ask(stream, Rc::clone(&shared)))).collect();
        self.runtime.block_on(local);
        let elapsed = start.elapsed();
        for task in tasks {
            self.streams.push(self.runtime.block_on(task).context("the load generator died")??);
        }
        self.sent = *shared.sent.borrow();
        Ok(Answers { elapsed, ..shared.answers.take() })
    }
}

/// One connection, until the deadline.
async fn ask(mut stream: TcpStream, shared: Rc<Shared>) -> Result<TcpStream> {
    let mut buffer = Vec::with_capacity(4096);
    loop {
        let start = Instant::now();
        if start >= shared.deadline {
            return Ok(stream);
        }
        let place = shared.sent.replace_with(|sent| *sent + 1);
        stream.write_all(shared.requests[place % shared.requests.len()].as_bytes()).await?;
        buffer.clear();
        while !is_complete(&buffer)? {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err(anyhow!("closed before the answer was complete"));
            }
        }
        let mut answers = shared.answers.borrow_mut();
        answers.microseconds.push(start.elapsed().as_secs_f64() * 1e6);
        if !matches!(buffer.get(9), Some(b'2' | b'3')) {
            answers.refused += 1;
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
