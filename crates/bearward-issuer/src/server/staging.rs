//! Counts each request, and answers it wrongly if a fault is staged for it.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{self, Body};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream::{self, Stream, StreamExt as _};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use http::{Extensions, StatusCode};

use super::state::IssuerState;
use crate::fault::Fault;

/// The media type of a JSON answer.
const JSON: &str = "application/json";

/// White space is sent, and compressed, in pieces of this size.
const PIECE: usize = 16 * 1024;

/// Mark of a response that is never sent: the connection is closed instead.
#[derive(Clone, Copy)]
struct HangUp;

pub(crate) fn hangs_up(extensions: &Extensions) -> bool {
    extensions.get::<HangUp>().is_some()
}

pub(crate) async fn count_and_spoil(
    State(state): State<Arc<IssuerState>>,
    request: Request,
    next: Next,
) -> Response {
    let endpoint = state.paths.endpoint(request.uri().path());
    state.counters.count(endpoint);
    let fault = state.staged.next(endpoint);
    tracing::debug!(?endpoint, fault = fault.is_some(), "request");
    match fault {
        None => next.run(request).await,
        Some(fault) => spoil(fault, next.run(request)).await,
    }
}

async fn spoil(fault: Fault, right: impl Future<Output = Response>) -> Response {
    match fault {
        Fault::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, "staged fault\n").into_response()
        }
        Fault::Html => {
            Html("<!doctype html><title>Sign in</title><p>Welcome to the network.").into_response()
        }
        Fault::Slow { delay } => {
            tokio::time::sleep(delay).await;
            right.await
        }
        Fault::Dribble { bytes_per_tick, tick } => {
            let dribble = |bytes| Body::from_stream(dribble(bytes, bytes_per_tick.max(1), tick));
            with_body(right.await, dribble).await
        }
        Fault::Endless => {
            let endless = |bytes| {
                let spaces = stream::repeat(Bytes::from_static(&[b' '; PIECE]));
                Body::from_stream(stream::iter([bytes]).chain(spaces).map(Ok::<_, std::io::Error>))
            };
            with_body(right.await, endless).await
        }
        Fault::Redirect(url) => (StatusCode::FOUND, [(LOCATION, url)]).into_response(),
        Fault::GzipBomb { expanded_bytes } => {
            let bomb = |bytes: Bytes| Body::from(gzip(&bytes, expanded_bytes));
            let mut response = with_body(right.await, bomb).await;
            let gzip = http::HeaderValue::from_static("gzip");
            response.headers_mut().insert(CONTENT_ENCODING, gzip);
            response
        }
        Fault::Malformed(bytes) => ([(CONTENT_TYPE, JSON)], bytes).into_response(),
        Fault::Close => {
            let mut response = Response::default();
            response.extensions_mut().insert(HangUp);
            response
        }
        Fault::Body { bytes, content_type } => ([(CONTENT_TYPE, content_type)], bytes).into_response(),
        Fault::Oversized { bytes: total } => {
            let fill = |bytes: Bytes| {
                let mut filled = bytes.to_vec();
                filled.resize(total.max(bytes.len()), b' ');
                Body::from(filled)
            };
            with_body(right.await, fill).await
        }
    }
}

/// The same response with a body made of the one it had.
async fn with_body(response: Response, change: impl FnOnce(Bytes) -> Body) -> Response {
    let (mut head, right) = response.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    // The right answer is in memory already: reading it cannot fail.
    let bytes = body::to_bytes(right, usize::MAX).await.unwrap_or_default();
    Response::from_parts(head, change(bytes))
}

fn dribble(
    answer: Bytes,
    bytes_per_tick: usize,
    tick: Duration,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    stream::unfold(answer, move |mut rest| async move {
        tokio::time::sleep(tick).await;
        let piece = if rest.is_empty() {
            Bytes::from(vec![b' '; bytes_per_tick])
        } else {
            rest.split_to(bytes_per_tick.min(rest.len()))
        };
        Some((Ok(piece), rest))
    })
}

fn gzip(answer: &[u8], expanded_bytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let mut written = encoder.write_all(answer);
    let mut left = expanded_bytes.saturating_sub(answer.len());
    while left > 0 && written.is_ok() {
        let piece = left.min(PIECE);
        written = encoder.write_all(&[b' '; PIECE][..piece]);
        left -= piece;
    }
    // Writing to memory does not fail.
    encoder.finish().unwrap_or_default()
}
