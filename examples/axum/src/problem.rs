//! Errors of the API as problem documents (RFC 9457), in the form that Bearward's refusals have with
//! `ErrorBody::Problem`: a client reads `code` in both.

use axum::Json;
use axum::extract::FromRequest;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request has no result.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Problem {
    title: &'static str,
    status: u16,
    detail: &'static str,
    code: &'static str,
}

impl Problem {
    pub(crate) const NOT_FOUND: Self =
        Self { title: "Not Found", status: 404, detail: "there is nothing here", code: "not_found" };
    pub(crate) const METHOD_NOT_ALLOWED: Self = Self {
        title: "Method Not Allowed",
        status: 405,
        detail: "this cannot be done with it",
        code: "method_not_allowed",
    };
    pub(crate) const NO_SUBJECT: Self = Self {
        title: "Forbidden",
        status: 403,
        detail: "the access token names no subject",
        code: "subject_missing",
    };
    const BODY: Self = Self {
        title: "Unprocessable Content",
        status: 422,
        detail: "the body is not the JSON that the description names",
        code: "body_malformed",
    };
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(CONTENT_TYPE, "application/problem+json")], Json(self)).into_response()
    }
}

/// `Json` of axum, whose rejections are problems too.
#[derive(FromRequest)]
#[from_request(via(Json), rejection(Problem))]
pub(crate) struct Body<T>(pub(crate) T);

impl From<JsonRejection> for Problem {
    fn from(_: JsonRejection) -> Self {
        Self::BODY
    }
}
