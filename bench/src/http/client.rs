//! The least HTTP client that will do: one blocking connection, one request at a time.
//!
//! For readiness, for the checks and for the latency of single requests; the load comes from elsewhere.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// A server that says nothing for so long is not going to.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn open(port: u16) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// The status of `GET path`; the body is read and dropped.
    pub(crate) fn get(&mut self, path: &str, token: Option<&str>) -> Result<u16> {
        Ok(self.exchange(path, token)?.0)
    }

    /// The body of `GET path` as a number. Fails unless the status is 200.
    pub(crate) fn number(&mut self, path: &str) -> Result<f64> {
        let (status, body) = self.exchange(path, None)?;
        ensure!(status == 200, "{path} answered {status}");
        let text = String::from_utf8(body)?;
        text.trim().parse().with_context(|| format!("{path} answered {text:?}"))
    }

    fn exchange(&mut self, path: &str, token: Option<&str>) -> Result<(u16, Vec<u8>)> {
        self.stream.get_mut().write_all(request(path, token).as_bytes())?;
        response(&mut self.stream)
    }
}

/// The status and the body of one response, up to its last byte: the next one follows on the same connection.
fn response(stream: &mut impl BufRead) -> Result<(u16, Vec<u8>)> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("not a status line: {line:?}"))?;
    let (mut length, mut is_chunked) = (0, false);
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse()?;
        }
        is_chunked |= name.eq_ignore_ascii_case("transfer-encoding");
    }
    let mut body = Vec::new();
    if is_chunked {
        while let Some(chunk) = chunk(stream)? {
            body.extend(chunk);
        }
    } else {
        body.resize(length, 0);
        stream.read_exact(&mut body)?;
    }
    Ok((status, body))
}

/// The next chunk (RFC 9112 §7.1); `None` after the last one.
fn chunk(stream: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let length =
        usize::from_str_radix(line.trim_end(), 16).with_context(|| format!("not a chunk: {line:?}"))?;
    let mut chunk = vec![0; length];
    stream.read_exact(&mut chunk)?;
    line.clear();
    stream.read_line(&mut line)?;
    Ok((length > 0).then_some(chunk))
}

/// The bytes of `GET path`, with a bearer token if there is one.
pub(crate) fn request(path: &str, token: Option<&str>) -> String {
    let credential = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n", credential.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::response;

    #[test]
    fn a_response_is_read_to_its_end_whatever_its_framing() {
        let bytes = "HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n\
                     HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\
                     HTTP/1.1 204 No Content\r\n\r\n";
        let mut stream = bytes.as_bytes();
        assert_eq!(response(&mut stream).unwrap(), (401, b"abcde".to_vec()));
        assert_eq!(response(&mut stream).unwrap(), (200, b"ok".to_vec()));
        assert_eq!(response(&mut stream).unwrap(), (204, Vec::new()));
        assert!(response(&mut stream).is_err());
    }
}
