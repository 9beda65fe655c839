//! The API's own errors, in the shape that its refusals have: problem documents (RFC 9457).

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::web::JsonConfig;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

#[derive(Debug, Clone, Copy)]
pub struct Problem {
    status: StatusCode,
    detail: &'static str,
}

#[derive(Serialize)]
struct Body {
    title: Option<&'static str>,
    status: u16,
    detail: &'static str,
}

impl Problem {
    pub fn new(status: StatusCode, detail: &'static str) -> Self {
        Self { status, detail }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let body =
            Body { title: self.status.canonical_reason(), status: self.status.as_u16(), detail: self.detail };
        HttpResponse::build(self.status).content_type("application/problem+json").json(body)
    }
}

/// A body that is not the JSON that a handler takes.
pub fn of_json() -> JsonConfig {
    let refused = |_, _: &actix_web::HttpRequest| {
        Problem::new(StatusCode::BAD_REQUEST, "the body is not what this route takes").into()
    };
    JsonConfig::default().error_handler(refused)
}
