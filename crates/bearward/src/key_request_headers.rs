//! Headers of the operator's on fetches of metadata and keys, for a server that gives its keys to known callers only, as
//! that of Kubernetes does.
//!
//! 1. They go to the scheme, host and port that the operator configured for that issuer. Where the metadata name another
//!    host for the key set, they do not go there.
//! 2. No other request has them: introspection authenticates itself in its own way.
//! 3. Their values are secrets. They are in no log line, no error and no `Debug`, and the HTTP client is told so.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bearward_core::trust::{FetchError, FetchRequest};
use http::HeaderMap;

/// Why there are no headers.
pub type KeyRequestHeadersError = Box<dyn Error + Send + Sync>;

type Give = dyn Fn() -> Result<HeaderMap, KeyRequestHeadersError> + Send + Sync;

/// By the issuer's identifier.
#[derive(Default)]
pub(crate) struct KeyRequestHeaders(Vec<(String, Box<Give>)>);

impl KeyRequestHeaders {
    pub(crate) fn add(
        &mut self,
        issuer: String,
        give: impl Fn() -> Result<HeaderMap, KeyRequestHeadersError> + Send + Sync + 'static,
    ) {
        self.0.push((issuer, Box::new(give)));
    }

    pub(crate) fn issuers(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(issuer, _)| issuer.as_str())
    }

    /// The headers of one request. The words of an error are the operator's, and may quote a value: they are dropped.
    pub(crate) fn of(
        &self,
        issuer: &str,
        request: &FetchRequest,
    ) -> Result<HeaderMap, (FetchError, Option<String>)> {
        let mut headers = HeaderMap::new();
        if !request.to_configured_origin {
            return Ok(headers);
        }
        for (_, give) in self.0.iter().filter(|(own, _)| own == issuer) {
            let given = catch_unwind(AssertUnwindSafe(give));
            let failed = |what: &str| {
                let cause = format!("the function for the headers of key requests {what}");
                (FetchError::Transport, Some(cause))
            };
            let given =
                given.map_err(|_| failed("panicked"))?.map_err(|error| match error.downcast_ref() {
                    Some(error) => failed(&format!("failed: {}", std::io::Error::kind(error))),
                    None => failed("failed"),
                })?;
            headers.extend(given);
        }
        for value in headers.values_mut() {
            value.set_sensitive(true);
        }
        Ok(headers)
    }
}

impl fmt::Debug for KeyRequestHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.issuers()).finish()
    }
}
