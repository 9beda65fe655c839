//! The shapes a refusal's body can have.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::failure::meaning::Meaning;
use crate::answer::failure::{Failure, Rejection};

/// What the body of a refusal looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorBody {
    /// `{"error":"invalid_token","error_description":"…"}`, as RFC 6749 §5.2 has it.
    #[default]
    Json,
    /// `{"error":"…"}` with the description alone, as Logto's guides have it.
    Message,
    /// A problem document (RFC 9457), with the stable code as `code`.
    Problem,
    /// None.
    Empty,
}

impl ErrorBody {
    /// The media type and the body.
    pub(super) fn render(
        self,
        failure: &Failure,
        meaning: Meaning,
        description: &str,
    ) -> (Option<&'static str>, Vec<u8>) {
        let error = meaning.error().unwrap_or("unauthorized");
        let status = meaning.status();
        let (content_type, value): (_, Value) = match self {
            Self::Json => ("application/json", json!({ "error": error, "error_description": description })),
            Self::Message => ("application/json", json!({ "error": message(failure, description) })),
            Self::Problem => (
                "application/problem+json",
                json!({
                    "title": status.canonical_reason(),
                    "status": status.as_u16(),
                    "detail": description,
                    "code": failure.code(),
                }),
            ),
            Self::Empty => return (None, Vec::new()),
        };
        (Some(content_type), value.to_string().into_bytes())
    }
}

fn message(failure: &Failure, description: &str) -> String {
    match failure {
        Failure::Rejected(Rejection::MissingCredential) => "Authorization header is missing".to_owned(),
        _ => {
            let mut characters = description.chars();
            let first = characters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(characters).collect()
        }
    }
}
