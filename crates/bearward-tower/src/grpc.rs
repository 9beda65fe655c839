//! What a refused gRPC request is told: its status in headers, as gRPC's "Trailers-Only" response, and for gRPC-Web in
//! a frame of trailers too.
//!
//! 1. The status follows the HTTP status of the [`Answer`], by [`grpc_status`].
//! 2. `grpc-message` is the sentence for the client, percent-encoded. `WWW-Authenticate`, `DPoP-Nonce` and `Retry-After`
//!    stay as they are: to gRPC they are metadata. `grpc-retry-pushback-ms` says the same as `Retry-After`.
//! 3. A gRPC response has the HTTP status 200, which other parties read as consent: a proxy that asks this service
//!    whether a request may pass, for instance. Unless the service speaks nothing but gRPC ([`GrpcAnswers::Always`]),
//!    only what a gRPC client alone sends is answered so. A service that proxies ask says [`GrpcAnswers::Never`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bearward::Failure;
use bearward::answer::Answer;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, TE};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, Version};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const PUSHBACK: HeaderName = HeaderName::from_static("grpc-retry-pushback-ms");

/// gRPC's `Percent-Encoded`: all but the printable ASCII characters, and the percent sign itself.
const IN_MESSAGE: &AsciiSet = &CONTROLS.add(b'%');

/// The first octet of a gRPC-Web frame that has trailers instead of a message.
const TRAILERS: u8 = 0x80;

/// Which refused requests get an answer with the HTTP status 200 and their real status in `grpc-status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GrpcAnswers {
    /// Those that only a gRPC client sends: `POST` by HTTP/2 with `TE: trailers` and a media type of gRPC. A request of
    /// gRPC-Web, which any page can send, keeps the HTTP status beside `grpc-status`.
    #[default]
    Unmistakable,
    /// All with a media type of gRPC or gRPC-Web: for servers that speak nothing else.
    Always,
    /// None: each refused request has the HTTP status of its failure and nothing of gRPC. For a service that a proxy
    /// asks whether a request may pass, with any headers of the client that the proxy passes on.
    Never,
}

/// What the media type of a request promises about the response.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Grpc,
    Web,
    /// Base64 of [`Web`](Self::Web).
    WebText,
}

/// The number of the gRPC status that a refusal of this HTTP status has: 3 (`INVALID_ARGUMENT`) for 400, 16
/// (`UNAUTHENTICATED`) for 401, 7 (`PERMISSION_DENIED`) for 403, 14 (`UNAVAILABLE`) for 503, and otherwise 13 (`INTERNAL`).
#[must_use]
pub const fn grpc_status(status: StatusCode) -> i32 {
    match status {
        StatusCode::BAD_REQUEST => 3,
        StatusCode::UNAUTHORIZED => 16,
        StatusCode::FORBIDDEN => 7,
        StatusCode::SERVICE_UNAVAILABLE => 14,
        _ => 13,
    }
}

/// The answer in the form of the request: gRPC's, gRPC-Web's, or as it is.
pub(crate) fn translate(answer: Answer, failure: &Failure, head: &Parts, answers: GrpcAnswers) -> Answer {
    let Some((form, media_type)) = Form::of(&head.headers) else { return answer };
    let consents = match (answers, form) {
        (GrpcAnswers::Never, _) => return answer,
        (GrpcAnswers::Always, _) => true,
        (GrpcAnswers::Unmistakable, Form::Grpc) => is_unmistakable(head),
        (GrpcAnswers::Unmistakable, Form::Web | Form::WebText) => false,
    };
    if !consents && form == Form::Grpc {
        return answer;
    }
    let mut answer = answer;
    let headers = &mut answer.headers;
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, media_type.clone());
    headers.insert(GRPC_STATUS, grpc_status(answer.status).into());
    let message = utf8_percent_encode(&failure.description(), IN_MESSAGE).to_string();
    if let Ok(message) = HeaderValue::try_from(message) {
        headers.insert(GRPC_MESSAGE, message);
    }
    if let Some(seconds) =
        headers.get(RETRY_AFTER).and_then(|seconds| seconds.to_str().ok()?.parse::<u64>().ok())
    {
        headers.insert(PUSHBACK, seconds.saturating_mul(1_000).into());
    }
    answer.body = match form {
        Form::Grpc => Vec::new(),
        Form::Web => trailers(headers),
        Form::WebText => STANDARD.encode(trailers(headers)).into_bytes(),
    };
    if consents {
        answer.status = StatusCode::OK;
    }
    answer
}

impl Form {
    /// With the media type itself, which the response repeats.
    fn of(headers: &HeaderMap) -> Option<(Self, &HeaderValue)> {
        let value = headers.get(CONTENT_TYPE)?;
        let media_type = value.to_str().ok()?.split(';').next()?.trim_ascii().to_ascii_lowercase();
        let subtype = media_type.strip_prefix("application/")?;
        // `+proto` and its like name the encoding of the messages.
        let form = match subtype.split('+').next()? {
            "grpc" => Self::Grpc,
            "grpc-web" => Self::Web,
            "grpc-web-text" => Self::WebText,
            _ => return None,
        };
        Some((form, value))
    }
}

/// `TE` goes from hop to hop and is thus what no request of a proxy about another request has.
fn is_unmistakable(head: &Parts) -> bool {
    head.method == Method::POST
        && head.version == Version::HTTP_2
        && head.headers.get(TE).is_some_and(|te| te.as_bytes().eq_ignore_ascii_case(b"trailers"))
}

/// A frame with the headers as trailers: browsers show pages of other origins no headers that are not exposed.
fn trailers(headers: &HeaderMap) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers.iter().filter(|(name, _)| **name != CONTENT_TYPE) {
        block.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let length = u32::try_from(block.len()).unwrap_or_default();
    [&[TRAILERS], &length.to_be_bytes()[..], &block].concat()
}
