//! The least client of gRPC that will do: unary calls by HTTP/2, whose messages are empty and whose answers are counted.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use h2::client::SendRequest;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// A server that says nothing for so long is not going to.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Not compressed, and of no octets.
const EMPTY_MESSAGE: &[u8] = &[0; 5];

/// The code of a call that went well.
pub(super) const OK: u16 = 0;

/// A connection and its runtime, for calls one after the other.
pub(super) struct Caller {
    runtime: Runtime,
    connection: SendRequest<Bytes>,
}

impl Caller {
    pub(super) fn open(port: u16) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().context("no runtime")?;
        let connection = runtime.block_on(async { timeout(TIMEOUT, connect(port)).await })??;
        Ok(Self { runtime, connection })
    }

    /// The status of HTTP that means the same as the call's.
    pub(super) fn call(&mut self, path: &str, token: Option<&str>) -> Result<u16> {
        let head = Head::of(path)?;
        let request = head.request(token.map(authorization).transpose()?.as_ref());
        let called = call(self.connection.clone(), request);
        let code = self.runtime.block_on(async { timeout(TIMEOUT, called).await })??;
        Ok(match code {
            OK => 200,
            7 => 403,
            16 => 401,
            _ => 500,
        })
    }
}

/// What the calls of a method have in common.
pub(super) struct Head {
    uri: Uri,
}

impl Head {
    pub(super) fn of(path: &str) -> Result<Self> {
        Ok(Self { uri: format!("http://127.0.0.1{path}").parse().context(path.to_owned())? })
    }

    pub(super) fn request(&self, authorization: Option<&HeaderValue>) -> Request<()> {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        if let Some(value) = authorization {
            headers.insert(header::AUTHORIZATION, value.clone());
        }
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        request
    }
}

pub(super) fn authorization(token: &str) -> Result<HeaderValue> {
    HeaderValue::try_from(format!("Bearer {token}")).context("a token that cannot be in a header")
}

/// Opens a connection. Its IO is a task of the runtime's.
pub(super) async fn connect(port: u16) -> Result<SendRequest<Bytes>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = h2::client::handshake(stream).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// The code of gRPC that a call ends with, in the trailers or, without a message, in the headers.
pub(super) async fn call(connection: SendRequest<Bytes>, request: Request<()>) -> Result<u16> {
    let mut connection = connection.ready().await?;
    let (response, mut message) = connection.send_request(request, false)?;
    message.send_data(Bytes::from_static(EMPTY_MESSAGE), true)?;
    let (head, mut body) = response.await?.into_parts();
    ensure!(head.status == StatusCode::OK, "the call was answered {}", head.status);
    while let Some(part) = body.data().await {
        let length = part?.len();
        body.flow_control().release_capacity(length)?;
    }
    let trailers = body.trailers().await?.unwrap_or_default();
    let code = trailers.get("grpc-status").or_else(|| head.headers.get("grpc-status"));
    let code = code.context("a call without a status")?;
    code.to_str()?.parse().context("the status of a call")
}
