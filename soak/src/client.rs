//! A client: connections that come and go, some requests on each, and now and then one that hangs up.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::chance::Chance;
use crate::outage::Outages;
use crate::tally::{Answered, Tally};
use crate::tokens::{Kind, Tokens};

/// Longer than any request may wait for keys.
const PATIENCE: Duration = Duration::from_secs(25);

pub(crate) struct Client {
    pub(crate) port: u16,
    pub(crate) pause: Duration,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) outages: Arc<Outages>,
    pub(crate) tally: Arc<Tally>,
}

impl Client {
    pub(crate) async fn run(self, number: u32) {
        let mut chance = Chance::new(u64::from(number) + 1);
        loop {
            let mut connection = match TcpStream::connect(("127.0.0.1", self.port)).await {
                Ok(connection) => BufReader::new(connection),
                Err(_) => {
                    self.tally.not_connected();
                    sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            for _ in 0..=chance.below(50) {
                sleep(self.pause).await;
                if chance.below(100) == 0 {
                    self.hang_up(&mut connection, &mut chance).await;
                    break;
                }
                if !self.ask(&mut connection, &mut chance).await {
                    break;
                }
            }
        }
    }

    /// Says whether the connection can be used again.
    async fn ask(&self, connection: &mut BufReader<TcpStream>, chance: &mut Chance) -> bool {
        let Some(presented) = self.tokens.next(chance) else { return true };
        let was_accepted = matches!(&presented.kind, Kind::Valid(key) if key.is_accepted());
        let started = Instant::now();
        let exchange = timeout(PATIENCE, exchange(connection, &presented.token)).await;
        let status = exchange.ok().and_then(Result::ok);
        let answered = Answered {
            kind: &presented.kind,
            was_accepted,
            status,
            took: started.elapsed(),
            well_since: self.outages.well_since(),
        };
        self.tally.count(&answered, Instant::now());
        status.is_some()
    }

    /// Sends a request and leaves before its answer.
    async fn hang_up(&self, connection: &mut BufReader<TcpStream>, chance: &mut Chance) {
        if let Some(presented) = self.tokens.next(chance) {
            // The server may be quicker to close; there is nothing to learn from that.
            let _ = send(connection, &presented.token).await;
            self.tally.hung_up();
        }
    }
}

async fn exchange(connection: &mut BufReader<TcpStream>, token: &str) -> io::Result<u16> {
    send(connection, token).await?;
    receive(connection).await
}

async fn send(connection: &mut BufReader<TcpStream>, token: &str) -> io::Result<()> {
    let request = format!("GET / HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
    connection.write_all(request.as_bytes()).await
}

/// The status of the answer, whose body is read to its end.
async fn receive(connection: &mut BufReader<TcpStream>) -> io::Result<u16> {
    let broken = || io::Error::from(io::ErrorKind::InvalidData);
    let (mut status, mut length, mut line) = (None, 0, String::new());
    loop {
        line.clear();
        if connection.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.trim_end();
        match (status, text.split_once(':')) {
            (None, _) => {
                let code = text.split(' ').nth(1).and_then(|code| code.parse().ok());
                status = Some(code.ok_or_else(broken)?);
            }
            (Some(_), Some((name, value))) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().map_err(|_| broken())?;
            }
            (Some(status), None) if text.is_empty() => {
                let mut body = vec![0; length];
                connection.read_exact(&mut body).await?;
                return Ok(status);
            }
            _ => {}
        }
    }
}
