//! One row for each code: the one place that says what a failure means to the client and to the operator.
//!
//! The answer takes its status, its OAuth error and its description from here ([`challenge`](crate::answer::challenge)),
//! and so do [`Failure::remedy`], `docs/errors.md` and the list of reasons in the README of the npm package.
//!
//! To add a failure: give it a code beside its error, and a row in the file of its stage. The tests walk every variant of
//! every error and name the code that has no row.

mod claims;
mod confirmation;
mod credential;
mod issuer;
mod key;
mod requirement;
mod signature;
mod token;

use super::Failure;
use super::meaning::Meaning;

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

/// The rows, in the order of a request's path.
static ROWS: [&[Row]; 8] = [
    &credential::ROWS,
    &token::ROWS,
    &issuer::ROWS,
    &key::ROWS,
    &signature::ROWS,
    &claims::ROWS,
    &confirmation::ROWS,
    &requirement::ROWS,
];

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

pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().copied().flatten()
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
