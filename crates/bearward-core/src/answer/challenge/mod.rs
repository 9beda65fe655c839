//! Stage 9: a failure becomes an answer (RFC 6750 §3, RFC 9110 §11.6.1, RFC 9470 §3, RFC 9728 §5.1).
//!
//! 1. [One table](crate::answer::failure::table) gives each failure its status, OAuth error code and description.
//! 2. Where nothing was presented, the challenge has no error code (RFC 6750 §3.1), and `scope` where the route requires
//!    some: each scheme's, for any of them serves.
//! 3. Each accepted scheme has its own challenge, Bearer's first, or DPoP's where a nonce is all that is missing; the
//!    error is in that of the scheme that was used, and `algs` in DPoP's (RFC 9449 §7.1).
//! 4. The description is Bearward's own text: nothing of the request, the token or the authorization server
//!    gets into it.
//! 5. One function writes all text that reaches a header, and lets only printable ASCII through.
//!
//! Adapters render the [`Answer`] and add nothing.

mod body;
mod write;

use std::fmt;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

pub use self::body::ErrorBody;
use self::write::Parameters;
use crate::answer::failure::table::Row;
use crate::answer::failure::{Failure, Rejection};
use crate::check::confirmation::ConfirmationError;
use crate::check::confirmation::DpopPolicy;
use crate::check::requirement::Denial;
use crate::request::credential::Scheme;
use crate::token::algorithm::Algorithm;
use crate::trust::url::has_userinfo;
use crate::wire::redacted::RedactedUrl;

/// How a resource server answers what it refuses.
#[derive(Clone)]
pub(crate) struct ChallengePolicy {
    realm: Option<String>,
    resource_metadata: Option<String>,
    body: ErrorBody,
    schemes: Schemes,
}

/// The schemes to challenge with.
#[derive(Debug, Clone)]
struct Schemes {
    bearer: bool,
    /// The names of the algorithms for DPoP proofs, joined by spaces; `None` where that scheme is not accepted.
    dpop_algorithms: Option<String>,
}

/// What challenges are to say cannot be in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChallengeError {
    /// The realm has other characters than printable ASCII.
    Realm,
    /// The URL of the protected resource metadata has such characters, quotes, or credentials.
    ResourceMetadata,
}

impl fmt::Display for ChallengeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Realm => "only printable ASCII can be in a header",
            Self::ResourceMetadata => {
                "only printable ASCII without quotes can be in a header, and no credentials"
            }
        })
    }
}

impl std::error::Error for ChallengeError {}

/// A refusal, ready to be sent.
///
/// `Debug` shows the status and the names of the headers: a nonce is meant for one client.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// 400, 401, 403, 500 or 503.
    pub status: StatusCode,
    /// `WWW-Authenticate`, once for each accepted scheme; `DPoP-Nonce`, `Retry-After`, `Content-Type`,
    /// `Cache-Control`.
    pub headers: HeaderMap,
    /// The body, as [`ErrorBody`] shapes it.
    pub body: Vec<u8>,
}

/// What the challenge of the scheme that was used says beside the scheme's own parameters.
struct Blame<'f> {
    rejection: &'f Rejection,
    error: Option<&'static str>,
    description: &'f str,
    /// What to ask for under any scheme.
    scopes: Option<&'f str>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body", &self.body.len())
            .finish()
    }
}

impl Default for ChallengePolicy {
    fn default() -> Self {
        Self {
            realm: Some("api".to_owned()),
            resource_metadata: None,
            body: ErrorBody::default(),
            schemes: Schemes { bearer: true, dpop_algorithms: None },
        }
    }
}

impl fmt::Debug for ChallengePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChallengePolicy")
            .field("realm", &self.realm)
            .field("resource_metadata", &self.resource_metadata.as_deref().map(RedactedUrl::of))
            .field("body", &self.body)
            .field("schemes", &self.schemes)
            .finish()
    }
}

impl ChallengePolicy {
    /// The realm of the challenge (RFC 9110 §11.5); `api` unless set, `None` to leave it out.
    ///
    /// # Errors
    /// [`ChallengeError::Realm`] when it holds anything but printable ASCII.
    pub(crate) fn realm(mut self, realm: Option<String>) -> Result<Self, ChallengeError> {
        if realm.as_deref().is_some_and(|realm| !write::is_printable(realm)) {
            return Err(ChallengeError::Realm);
        }
        self.realm = realm;
        Ok(self)
    }

    /// The URL of the protected resource metadata, as `resource_metadata` in each challenge (RFC 9728 §5.1).
    ///
    /// # Errors
    /// [`ChallengeError::ResourceMetadata`] when it holds anything but printable ASCII, a quote, a backslash, or
    /// credentials, which every client would be told.
    pub(crate) fn resource_metadata(mut self, url: Option<String>) -> Result<Self, ChallengeError> {
        let quoted = |url: &str| url.contains(['"', '\\']);
        if url.as_deref().is_some_and(|url| !write::is_printable(url) || quoted(url) || has_userinfo(url)) {
            return Err(ChallengeError::ResourceMetadata);
        }
        self.resource_metadata = url;
        Ok(self)
    }

    /// The shape of the body.
    #[must_use]
    pub(crate) fn body(mut self, body: ErrorBody) -> Self {
        self.body = body;
        self
    }

    /// Challenges with the schemes that this policy accepts.
    pub(crate) fn dpop(mut self, policy: &DpopPolicy) -> Self {
        let names: Vec<_> = policy.accepted_algorithms().iter().map(Algorithm::name).collect();
        self.schemes = Schemes {
            bearer: !policy.is_required(),
            dpop_algorithms: (!names.is_empty()).then(|| names.join(" ")),
        };
        self
    }

    /// The answer to a failure of a request whose credential was of this scheme; `Bearer` where there was none. A client
    /// that presented nothing is told the scopes that the route requires.
    pub(crate) fn answer(&self, failure: &Failure, scheme: Scheme, scopes: Option<&str>) -> Answer {
        let row = Row::of(failure);
        let description = row.description(failure);
        let mut headers = HeaderMap::new();
        if let Failure::Rejected(rejection) = failure {
            let scopes = scopes.filter(|_| *rejection == Rejection::MissingCredential);
            let blame = Blame { rejection, error: row.meaning.error(), description: &description, scopes };
            for challenge in self.challenges(&blame, scheme) {
                headers.append(WWW_AUTHENTICATE, challenge);
            }
        }
        if let Some(nonce) = failure.dpop_nonce().and_then(|nonce| nonce.as_str().parse().ok()) {
            headers.insert("dpop-nonce", nonce);
        }
        if let Failure::Unavailable(unavailable) = failure {
            headers.insert(RETRY_AFTER, whole_seconds(unavailable.retry_after()).into());
        }
        let (content_type, body) = self.body.render(failure, row.meaning, &description);
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        // An answer about one request's token must not be served to another.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Answer { status: row.meaning.status(), headers, body }
    }

    /// The `WWW-Authenticate` values.
    fn challenges<'c>(
        &'c self,
        blame: &'c Blame<'_>,
        used: Scheme,
    ) -> impl Iterator<Item = HeaderValue> + 'c {
        let rejection = blame.rejection;
        let Schemes { bearer, dpop_algorithms } = &self.schemes;
        let bearer = bearer.then_some(Scheme::Bearer);
        let dpop = dpop_algorithms.as_ref().map(|_| Scheme::Dpop);
        let accepted = || [bearer, dpop].into_iter().flatten();
        // A credential of a scheme that is not accepted is answered in one that is.
        let blamed = accepted().find(|scheme| *scheme == used).or(dpop).unwrap_or(Scheme::Bearer);
        let blamed = if rejection.asks_for_proof() { dpop.unwrap_or(blamed) } else { blamed };
        // Clients that expect the challenge at the beginning of the header get through the nonce by themselves.
        let order = if rejection.asks_for_nonce() { [dpop, bearer] } else { [bearer, dpop] };
        order
            .into_iter()
            .flatten()
            .map(move |scheme| self.challenge(scheme, (scheme == blamed).then_some(blame), blame.scopes))
    }

    fn challenge(&self, scheme: Scheme, blame: Option<&Blame<'_>>, scopes: Option<&str>) -> HeaderValue {
        let mut parameters = Parameters::new(scheme.name());
        parameters.add("realm", self.realm.as_deref());
        parameters.add("scope", scopes);
        if let Some(Blame { rejection, error, description, .. }) = blame {
            if let Some(error) = error {
                parameters.add("error", Some(error));
                // RFC 6750 §3 allows neither quotes nor backslashes here, not even escaped.
                let description = description.replace(['"', '\\'], "'");
                parameters.add("error_description", Some(&description));
            }
            match rejection {
                Rejection::Denied(Denial::InsufficientScope { required }) => {
                    parameters.add("scope", Some(required));
                }
                Rejection::Denied(Denial::AuthenticationTooWeak { acr_values }) => {
                    parameters.add("acr_values", Some(acr_values));
                }
                Rejection::Denied(Denial::AuthenticationTooOld { max_age }) => {
                    parameters.add("max_age", Some(&max_age.as_secs().to_string()));
                }
                _ => {}
            }
        }
        if scheme == Scheme::Dpop {
            parameters.add("algs", self.schemes.dpop_algorithms.as_deref());
        }
        parameters.add("resource_metadata", self.resource_metadata.as_deref());
        parameters.into_value()
    }
}

impl Rejection {
    /// Whether a bearer token was presented where only the scheme `DPoP` helps.
    fn asks_for_proof(&self) -> bool {
        matches!(self, Self::Confirmation(ConfirmationError::ProofRequired))
    }

    /// Whether the same request passes with the nonce of the answer.
    fn asks_for_nonce(&self) -> bool {
        matches!(self, Self::Confirmation(ConfirmationError::NonceRequired(_)))
    }
}

/// At least one second: `Retry-After: 0` invites a storm.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests;
