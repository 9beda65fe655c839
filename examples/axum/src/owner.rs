//! Whose order it is.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use bearward_axum::{AccessToken, Authorized};

use crate::problem::Problem;

/// The subject of a token. Two issuers can have different people under one `sub`, so the issuer belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    issuer: String,
    subject: String,
}

impl Owner {
    /// A token without a subject owns nothing. All such tokens would be one owner otherwise.
    pub(crate) fn of(token: &AccessToken) -> Result<Self, Problem> {
        let subject = token.subject().filter(|subject| !subject.is_empty()).ok_or(Problem::NO_SUBJECT)?;
        Ok(Self { issuer: token.issuer().to_owned(), subject: subject.to_owned() })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Owner {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let token = <Authorized as FromRequestParts<S>>::from_request_parts(parts, state).await;
        let Authorized(token) = token.map_err(IntoResponse::into_response)?;
        Self::of(&token).map_err(IntoResponse::into_response)
    }
}
