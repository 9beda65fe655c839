//! One HTTP request to an authorization server.

use std::fmt;

use http::Method;

use crate::wire::redacted::RedactedUrl;

/// A request that must be made. Redirects must not be followed: the answer counts only from this URL, and what
/// is sent is meant for nobody else.
///
/// `Debug` shows neither `authorization` nor `form`, and the URL as [`shown_url`](Self::shown_url) does.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchRequest {
    /// `GET`, or `POST` where there is a form.
    pub method: Method,
    /// The absolute URL. Its query may hold a secret: to be sent, not to be shown.
    pub url: String,
    /// The value of `Accept`.
    pub accept: &'static str,
    /// The value of `If-None-Match`, if any.
    pub if_none_match: Option<String>,
    /// The value of `Authorization`, if any. A secret.
    pub authorization: Option<String>,
    /// The body, if any, of type `application/x-www-form-urlencoded`. A secret.
    pub form: Option<String>,
    /// Longest body to read, in bytes; a longer one is an error.
    pub max_bytes: usize,
    /// Whether it goes to the scheme, host and port that the operator configured for the issuer's keys. Where the
    /// metadata name another host, headers of the operator's must not go there: they may hold a secret.
    pub to_configured_origin: bool,
}

impl FetchRequest {
    /// The URL for errors and logs.
    #[must_use]
    pub fn shown_url(&self) -> RedactedUrl {
        RedactedUrl::of(&self.url)
    }

    pub(crate) fn get(url: String, accept: &'static str, max_bytes: usize) -> Self {
        Self {
            method: Method::GET,
            url,
            accept,
            if_none_match: None,
            authorization: None,
            form: None,
            max_bytes,
            to_configured_origin: false,
        }
    }

    pub(crate) fn post(
        url: String,
        accept: &'static str,
        authorization: Option<String>,
        form: String,
        max_bytes: usize,
    ) -> Self {
        let form = Some(form);
        Self { method: Method::POST, authorization, form, ..Self::get(url, accept, max_bytes) }
    }
}

impl fmt::Debug for FetchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchRequest")
            .field("method", &self.method)
            .field("url", &self.shown_url())
            .field("accept", &self.accept)
            .field("if_none_match", &self.if_none_match)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}
