//! One row for each code: the one place that says what a failure means to the client and to the operator.
//!
//! The answer takes its status, its OAuth error and its description from here ([`challenge`](crate::answer::challenge)),
//! and so do [`Failure::remedy`], `docs/errors.md` and the list of reasons in the README of the npm package.
//!
//! To add a failure: give it a code beside its error, and a row in the file of its stage. The tests walk every variant of
//! every error and name the code that has no row.

mod claims;
mod credential;
mod introspection;
mod proof;
mod requirement;
mod sender;
mod token;

use http::StatusCode;

use super::{Failure, Unavailable};

/// What is known of all failures of one code.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) code: &'static str,
    pub(crate) stage: Stage,
    pub(crate) meaning: Meaning,
    /// The `error_description`. Where it has a part in braces, the failure's own text fills it in.
    pub(crate) client: &'static str,
    /// What happened, and what the operator can do. The client never reads it.
    pub(crate) remedy: &'static str,
}

/// The stage of a request's path in which a failure is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Credential,
    Token,
    Issuer,
    Key,
    Signature,
    Claims,
    Confirmation,
    Requirement,
}

/// What a failure means to the client, in the terms of OAuth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The request presents nothing. It is answered without an error code (RFC 6750 §3.1).
    NoCredential,
    /// RFC 6750 §3.1.
    InvalidRequest,
    /// RFC 6750 §3.1.
    InvalidToken,
    /// RFC 9449 §7.1.
    InvalidDpopProof,
    /// RFC 9449 §9.
    UseDpopNonce,
    /// RFC 6750 §3.1.
    InsufficientScope,
    /// RFC 9470 §3.
    InsufficientUserAuthentication,
    /// The resource server cannot decide at the moment. The name is that of RFC 6749 §4.1.2.1.
    TemporarilyUnavailable,
    /// The resource server is set up in a wrong way. The name is that of RFC 6749 §4.1.2.1.
    ServerError,
}

/// The rows, in the order of a request's path.
static ROWS: [&[Row]; 6] =
    [&credential::ROWS, &token::ROWS, &claims::ROWS, &sender::ROWS, &proof::ROWS, &requirement::ROWS];

/// The row of a code without one. The tests see to it that there is no such code; if there were one, nothing would
/// pass, and the client would learn nothing.
static MISSING: Row = Row {
    code: "unlisted",
    stage: Stage::Credential,
    meaning: Meaning::ServerError,
    client: SET_UP_WRONGLY,
    remedy: "This version of Bearward does not describe the failure. Report its code.",
};

/// How the API is set up is for its operator to know; the log has it.
const SET_UP_WRONGLY: &str = "this resource is not set up correctly";

impl Row {
    pub(crate) fn of(failure: &Failure) -> &'static Self {
        let code = failure.code();
        rows().find(|row| row.code == code).unwrap_or(&MISSING)
    }

    /// The `error_description` of a failure of this row.
    pub(crate) fn description(&self, failure: &Failure) -> String {
        if self.client.contains('{') { failure.to_string() } else { self.client.to_owned() }
    }
}

/// The remedy of a failure: by its cause, where more is known than its code.
pub(crate) fn remedy(failure: &Failure) -> &'static str {
    let of_cause = match failure {
        Failure::Unavailable(Unavailable::Introspection { why, .. }) => introspection::remedy(*why),
        _ => None,
    };
    of_cause.unwrap_or(Row::of(failure).remedy)
}

pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().copied().flatten()
}

impl Meaning {
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::NoCredential
            | Self::InvalidToken
            | Self::InvalidDpopProof
            | Self::UseDpopNonce
            | Self::InsufficientUserAuthentication => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The `error` of the challenge and of the body.
    pub(crate) const fn error(self) -> Option<&'static str> {
        Some(match self {
            Self::NoCredential => return None,
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InsufficientScope => "insufficient_scope",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        })
    }
}

impl Stage {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Token => "token",
            Self::Issuer => "issuer",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Confirmation => "confirmation",
            Self::Requirement => "requirement",
        }
    }
}
