//! How a fetch from an authorization server ends.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::trust::fetch_answer::FetchAnswer;
use crate::trust::introspection::IntrospectionError;
use crate::trust::key::{KeySetError, PemError, SkippedKey};
use crate::trust::metadata::MetadataError;
use crate::wire::redacted::RedactedUrl;

/// A place that brought no metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetadataPlace {
    /// The URL that was fetched.
    pub url: RedactedUrl,
    /// Why its answer is of no use.
    pub why: FetchError,
}

/// What a finished flight brought.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchOutcome {
    /// A key set.
    Loaded {
        /// How many of its keys are used.
        keys: usize,
        /// The keys that never are.
        skipped: Vec<SkippedKey>,
    },
    /// The key set in hand is still the current one.
    NotModified,
    /// The server's answer about a token. Whether it lets the token in is decided when it is asked about again.
    Introspected {
        /// How long others may be given this answer, who share answers between machines.
        keep_for: Duration,
    },
}

impl FetchOutcome {
    /// The stable name of the outcome, in `snake_case`: for counters, beside those of [`FetchError::code`].
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            // As the log calls it: no token of this issuer passes.
            Self::Loaded { keys: 0, .. } => "no_usable_key",
            Self::Loaded { .. } => "loaded",
            Self::NotModified => "not_modified",
            Self::Introspected { .. } => "introspected",
        }
    }

    /// What is wrong with a key set of which no key can be used: no token of the issuer can pass.
    #[must_use]
    pub fn unusable_keys(&self) -> Option<String> {
        match self {
            Self::Loaded { keys: 0, skipped } if skipped.is_empty() => {
                Some("the key set is empty".to_owned())
            }
            Self::Loaded { keys: 0, skipped } => {
                Some(format!("no key of the key set can be used: {}", SkippedKey::list(skipped)))
            }
            _ => None,
        }
    }
}

/// Why a flight brought nothing. Holds nothing of the server's text but an issuer identifier, redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchError {
    /// The server could not be reached, or broke off.
    Transport,
    /// The answer was not complete in time.
    Timeout,
    /// The server answered with a redirect, which is not followed.
    Redirect,
    /// The server answered with another status than 200.
    Status(u16),
    /// The body is longer than the limit.
    TooLarge,
    /// The metadata is not believed.
    Metadata(MetadataError),
    /// No place where the metadata may be has it.
    NoMetadata(Vec<MetadataPlace>),
    /// The key set is none.
    KeySet(KeySetError),
    /// The key is none.
    Key(PemError),
    /// The answer about a token is none.
    Introspection(IntrospectionError),
}

/// A fetch that brought nothing.
#[derive(Debug, Clone)]
pub(crate) struct FailedFetch {
    /// When it ended, by the monotonic clock.
    pub(crate) at: Duration,
    pub(crate) why: FetchError,
}

impl FetchError {
    /// The stable name of the failure, in `snake_case`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Transport => "server_unreachable",
            Self::Timeout => "server_too_slow",
            Self::Redirect => "redirect",
            Self::Status(_) => "unexpected_status",
            Self::TooLarge => "answer_too_large",
            Self::Metadata(_) => "metadata_not_believed",
            Self::NoMetadata(_) => "metadata_not_found",
            Self::KeySet(_) => "key_set_malformed",
            Self::Key(_) => "key_malformed",
            Self::Introspection(why) => why.code(),
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport => f.write_str("the authorization server could not be reached"),
            Self::Timeout => f.write_str("the authorization server did not answer in time"),
            Self::Redirect => f.write_str("the authorization server redirects, which is not followed"),
            Self::Status(status) => write!(f, "the authorization server answered {status}"),
            Self::TooLarge => f.write_str("the authorization server's answer is longer than the limit"),
            Self::Metadata(why) => why.fmt(f),
            Self::NoMetadata(places) => {
                f.write_str("no metadata:")?;
                for (at, MetadataPlace { url, why }) in places.iter().enumerate() {
                    write!(f, "{} {url}: {why}", if at == 0 { "" } else { ";" })?;
                }
                Ok(())
            }
            Self::KeySet(why) => why.fmt(f),
            Self::Key(why) => write!(f, "the key cannot be used: {why}"),
            Self::Introspection(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for FetchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Metadata(why) => Some(why),
            Self::KeySet(why) => Some(why),
            Self::Key(why) => Some(why),
            Self::Introspection(why) => Some(why),
            Self::Transport
            | Self::Timeout
            | Self::Redirect
            | Self::Status(_)
            | Self::TooLarge
            | Self::NoMetadata(_) => None,
        }
    }
}

/// Whether the answer is a document that was asked for.
pub(crate) fn check_answer(answer: FetchAnswer<'_>, max_bytes: usize) -> Result<(), FetchError> {
    if answer.status.is_redirection() && answer.status != StatusCode::NOT_MODIFIED {
        return Err(FetchError::Redirect);
    }
    if answer.status != StatusCode::OK {
        return Err(FetchError::Status(answer.status.as_u16()));
    }
    if answer.body.len() > max_bytes {
        return Err(FetchError::TooLarge);
    }
    Ok(())
}
