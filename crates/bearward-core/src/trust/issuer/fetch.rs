//! What must be asked of an authorization server, as state machines that whoever does HTTP drives.
//!
//! ```text
//! request() ──▶ answered(..) ──▶ Next(another fetch) ──▶ …
//!                          ├──▶ Finished(outcome)
//!                          └──▶ Err(why): given up; the keys in hand go on serving
//! ```

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, mem};

use http::{HeaderMap, Method, StatusCode, header};

use super::metadata::{Metadata, Places};
use super::{FetchedKeys, Issuer, KeyLocation, MetadataError};
use crate::memory::introspection::IntrospectionCall;
use crate::trust::in_flight::InFlight;
use crate::trust::introspection::IntrospectionError;
use crate::trust::key::{KeySet, KeySetError, PemError, RefreshTicket, SkippedKey, VerifyingKey};
use crate::trust::url;
use crate::wire::redacted::RedactedUrl;
use crate::wire::time::Now;

/// Something that must be asked of an authorization server.
///
/// Dropped before it finished, it lets the next request start another.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fetch {
    /// An issuer's keys.
    Keys(KeyFetch),
    /// Whether a token is active.
    Introspection(IntrospectionCall),
}

/// One flight to an issuer's keys: metadata first, where they are needed, then the key set.
///
/// Dropped before it finished, it lets the next request start another.
pub struct KeyFetch {
    issuer: Arc<Issuer>,
    keys: Arc<FetchedKeys>,
    ticket: RefreshTicket,
    stage: Stage,
    request: FetchRequest,
}

enum Stage {
    /// The metadata document is fetched from one of its places.
    Metadata(MetadataSearch),
    KeySet,
}

/// The search for the metadata document: servers publish it at different places, and answer in any way at the others
/// (404, a redirect, an HTML page with status 200).
struct MetadataSearch {
    /// The places that were not tried yet.
    others: std::vec::IntoIter<String>,
    /// The places that were, and why the document there is of no use.
    tried: Vec<MetadataPlace>,
    /// What the documents that were read name.
    jwks_uri: Option<String>,
    endpoint: Option<Result<Arc<str>, IntrospectionError>>,
}

/// A place that brought no metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetadataPlace {
    /// The URL that was fetched.
    pub url: RedactedUrl,
    /// Why its answer is of no use.
    pub why: FetchError,
}

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
    pub most_bytes: usize,
    /// Whether it goes to the scheme, host and port that the operator configured for the issuer's keys. Where the
    /// metadata name another host, headers of the operator's must not go there: they may hold a secret.
    pub to_configured_origin: bool,
}

/// What came back.
///
/// `Debug` shows the status alone: headers and body may tell of people and hold secrets.
#[derive(Clone, Copy)]
pub struct FetchAnswer<'a> {
    /// The status code.
    pub status: StatusCode,
    /// The headers; `Content-Type`, `ETag`, `Cache-Control` and `Age` are looked at.
    pub headers: &'a HeaderMap,
    /// The body, whole.
    pub body: &'a [u8],
}

/// How a flight goes on.
#[derive(Debug)]
#[must_use]
pub enum FetchProgress {
    /// With another fetch: this one brought what was wanted from it.
    Next(Fetch),
    /// With another fetch: the answer is of no use, and the same document may be at another place.
    Elsewhere {
        /// The fetch from there.
        next: Fetch,
        /// Why this answer is of no use.
        why: FetchError,
    },
    /// Not at all: what was wanted is there.
    Finished(FetchOutcome),
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

impl std::error::Error for FetchError {}

impl Fetch {
    /// What to ask.
    #[must_use]
    pub fn request(&self) -> &FetchRequest {
        match self {
            Self::Keys(fetch) => fetch.request(),
            Self::Introspection(call) => call.request(),
        }
    }

    /// Whose answer it is.
    #[must_use]
    pub fn issuer(&self) -> &Arc<Issuer> {
        match self {
            Self::Keys(fetch) => fetch.issuer(),
            Self::Introspection(call) => call.issuer(),
        }
    }

    /// What those wait for who share this: the same from one step of the fetch to the next.
    #[must_use]
    pub fn in_flight(&self) -> InFlight {
        match self {
            Self::Keys(fetch) => fetch.in_flight(),
            Self::Introspection(call) => call.in_flight(),
        }
    }

    /// Takes the answer.
    ///
    /// # Errors
    /// [`FetchError`] when the answer is of no use; the next attempt comes after a pause.
    pub fn answered(self, answer: FetchAnswer<'_>, now: Now) -> Result<FetchProgress, FetchError> {
        match self {
            Self::Keys(fetch) => fetch.answered(answer, now),
            Self::Introspection(call) => call.answered(answer, now).map(FetchProgress::Finished),
        }
    }

    /// No answer came: the server could not be reached, was too slow, or said too much.
    pub fn failed(self, now: Now) {
        match self {
            Self::Keys(fetch) => fetch.failed(now),
            Self::Introspection(call) => call.failed(now),
        }
    }
}

impl From<KeyFetch> for Fetch {
    fn from(fetch: KeyFetch) -> Self {
        Self::Keys(fetch)
    }
}

impl FetchRequest {
    /// The URL for errors and logs.
    #[must_use]
    pub fn shown_url(&self) -> RedactedUrl {
        RedactedUrl::of(&self.url)
    }

    fn get(url: String, accept: &'static str, most_bytes: usize) -> Self {
        Self {
            method: Method::GET,
            url,
            accept,
            if_none_match: None,
            authorization: None,
            form: None,
            most_bytes,
            to_configured_origin: false,
        }
    }

    pub(crate) fn post(
        url: String,
        accept: &'static str,
        authorization: Option<String>,
        form: String,
        most_bytes: usize,
    ) -> Self {
        let form = Some(form);
        Self { method: Method::POST, authorization, form, ..Self::get(url, accept, most_bytes) }
    }
}

impl fmt::Debug for FetchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchRequest")
            .field("method", &self.method)
            .field("url", &self.shown_url())
            .field("accept", &self.accept)
            .field("if_none_match", &self.if_none_match)
            .field("most_bytes", &self.most_bytes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FetchAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchAnswer").field("status", &self.status).finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFetch")
            .field("issuer", &self.issuer.identifier())
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl KeyFetch {
    pub(super) fn start(
        issuer: &Arc<Issuer>,
        keys: &Arc<FetchedKeys>,
        ticket: RefreshTicket,
        uptime: Duration,
    ) -> Self {
        let (stage, request) = match &keys.location {
            KeyLocation::JwksUri(url) => (Stage::KeySet, keys.key_set_request(url.clone())),
            KeyLocation::Pem(key) => {
                (Stage::KeySet, FetchRequest::get(key.url.clone(), "*/*", keys.most_bytes))
            }
            KeyLocation::Metadata(places) => match keys.known_jwks_uri(uptime) {
                Some(url) => (Stage::KeySet, keys.key_set_request(url)),
                None => {
                    let Places { first, others } = places.clone();
                    let search = MetadataSearch::over(others);
                    (Stage::Metadata(search), keys.metadata_request(first))
                }
            },
        };
        Self { issuer: Arc::clone(issuer), keys: Arc::clone(keys), ticket, stage, request }
    }

    /// What to fetch.
    #[must_use]
    pub fn request(&self) -> &FetchRequest {
        &self.request
    }

    /// Whose keys these are.
    #[must_use]
    pub fn issuer(&self) -> &Arc<Issuer> {
        &self.issuer
    }

    /// What those wait for who share this: the same from one step of the fetch to the next.
    #[must_use]
    pub fn in_flight(&self) -> InFlight {
        self.ticket.in_flight()
    }

    /// Takes the answer.
    ///
    /// # Errors
    /// [`FetchError`] when the answer brings no keys; the next attempt comes after a pause.
    pub fn answered(mut self, answer: FetchAnswer<'_>, now: Now) -> Result<FetchProgress, FetchError> {
        match mem::replace(&mut self.stage, Stage::KeySet) {
            Stage::Metadata(search) => self.metadata_answered(search, answer, now),
            Stage::KeySet => self.key_set_answered(answer, now),
        }
    }

    fn metadata_answered(
        mut self,
        mut search: MetadataSearch,
        answer: FetchAnswer<'_>,
        now: Now,
    ) -> Result<FetchProgress, FetchError> {
        let read = self.read_metadata(&mut search, answer);
        if let Err(why) = &read
            && let Some(place) = search.others.next()
        {
            let request = self.keys.metadata_request(place);
            let url = mem::replace(&mut self.request, request).shown_url();
            search.tried.push(MetadataPlace { url, why: why.clone() });
            self.stage = Stage::Metadata(search);
            return Ok(FetchProgress::Elsewhere { next: self.into(), why: why.clone() });
        }
        if let Some(endpoint) = search.endpoint.take() {
            // Kept even if there are no keys: a server whose tokens are all opaque needs none.
            *self.keys.found_introspection() = Some(endpoint);
        }
        match (search.jwks_uri.take(), read) {
            (Some(url), _) => {
                let until = now.uptime().saturating_add(self.keys.metadata_age);
                *self.keys.found_jwks_uri() = Some((url.clone(), until));
                self.request = self.keys.key_set_request(url);
                Ok(FetchProgress::Next(self.into()))
            }
            (None, read) => {
                let why = read.err().unwrap_or(FetchError::Metadata(MetadataError::NoJwksUri));
                let why = search.failed(self.request.shown_url(), why);
                self.failed(now);
                Err(why)
            }
        }
    }

    fn key_set_answered(self, answer: FetchAnswer<'_>, now: Now) -> Result<FetchProgress, FetchError> {
        match self.read_key_set(answer) {
            Ok(Read::KeySet(set)) => {
                let set = match text(answer.headers, header::ETAG) {
                    Some(etag) => set.at_revision(self.request.url, etag),
                    None => set,
                };
                let set = self.ticket.loaded(set, max_age(answer.headers), now.uptime());
                Ok(FetchProgress::Finished(FetchOutcome::Loaded {
                    keys: set.keys().len(),
                    skipped: set.skipped().to_vec(),
                }))
            }
            Ok(Read::NotModified) => {
                self.ticket.not_modified(max_age(answer.headers), now.uptime());
                Ok(FetchProgress::Finished(FetchOutcome::NotModified))
            }
            Err(why) => {
                // AWS answers 403 where there is no key of that name.
                if let (KeyLocation::Pem(key), FetchError::Status(403 | 404 | 410)) =
                    (&self.keys.location, &why)
                {
                    key.is_missing(now.uptime());
                }
                self.failed(now);
                Err(why)
            }
        }
    }

    /// No answer came: the server could not be reached, was too slow, or said too much.
    pub fn failed(self, now: Now) {
        // The key set may have moved; the metadata will tell.
        *self.keys.found_jwks_uri() = None;
        self.ticket.failed(now.uptime());
    }

    /// Takes what is wanted out of one metadata document; the error says what is still missing.
    fn read_metadata(&self, search: &mut MetadataSearch, answer: FetchAnswer<'_>) -> Result<(), FetchError> {
        check_answer(answer, self.keys.most_bytes)?;
        let issuer = self.issuer.identifier();
        let Self { keys, request, .. } = self;
        let metadata = Metadata::read(answer.body, issuer, keys.alias.as_deref(), &request.url, keys.http)
            .map_err(FetchError::Metadata)?;
        if !matches!(search.endpoint, Some(Ok(_))) {
            search.endpoint = Some(metadata.introspection_endpoint);
        }
        if search.jwks_uri.is_none() {
            search.jwks_uri = Some(metadata.jwks_uri.map_err(FetchError::Metadata)?);
        }
        match &search.endpoint {
            Some(Err(why)) if self.keys.wants_endpoint => Err(FetchError::Introspection(*why)),
            _ => Ok(()),
        }
    }

    fn read_key_set(&self, answer: FetchAnswer<'_>) -> Result<Read, FetchError> {
        if answer.status == StatusCode::NOT_MODIFIED && self.request.if_none_match.is_some() {
            return Ok(Read::NotModified);
        }
        check_answer(answer, self.keys.most_bytes)?;
        if let KeyLocation::Pem(_) = self.keys.location {
            let pem = std::str::from_utf8(answer.body).map_err(|_| FetchError::Key(PemError::NotPem))?;
            let key =
                VerifyingKey::from_pem(pem, self.issuer.algorithms().published()).map_err(FetchError::Key)?;
            return Ok(Read::KeySet(KeySet::of_one(key)));
        }
        let set = KeySet::parse(answer.body, self.issuer.algorithms().published(), self.keys.most_keys);
        set.map(Read::KeySet).map_err(FetchError::KeySet)
    }
}

impl MetadataSearch {
    fn over(others: Vec<String>) -> Self {
        Self { others: others.into_iter(), tried: Vec::new(), jwks_uri: None, endpoint: None }
    }

    /// The failure of the whole search, whose last place failed like this.
    fn failed(mut self, url: RedactedUrl, why: FetchError) -> FetchError {
        if self.tried.is_empty() {
            return why;
        }
        self.tried.push(MetadataPlace { url, why });
        FetchError::NoMetadata(self.tried)
    }
}

/// What the answer of a key set's place turned out to be.
enum Read {
    KeySet(KeySet),
    NotModified,
}

impl FetchedKeys {
    fn known_jwks_uri(&self, uptime: Duration) -> Option<String> {
        let found = self.found_jwks_uri();
        let current = found.as_ref().filter(|(_, until)| uptime < *until);
        current.map(|(url, _)| url.clone())
    }

    fn metadata_request(&self, url: String) -> FetchRequest {
        let to_configured_origin = self.location.has_origin_of(&url);
        FetchRequest { to_configured_origin, ..FetchRequest::get(url, "application/json", self.most_bytes) }
    }

    fn key_set_request(&self, url: String) -> FetchRequest {
        // Only the set in hand can be confirmed by a 304, so it is its revision that is asked for.
        let etag = self.cache.current().and_then(|keys| keys.etag_at(&url).map(str::to_owned));
        let accept = "application/jwk-set+json, application/json";
        FetchRequest {
            if_none_match: etag,
            to_configured_origin: self.location.has_origin_of(&url),
            ..FetchRequest::get(url, accept, self.most_bytes)
        }
    }
}

impl KeyLocation {
    fn has_origin_of(&self, url: &str) -> bool {
        match self {
            Self::JwksUri(own) => url::is_same_origin(own, url),
            Self::Metadata(places) => url::is_same_origin(&places.first, url),
            // A key that is asked for by its name is public, at a host of the load balancer's.
            Self::Pem(_) => false,
        }
    }
}

fn check_answer(answer: FetchAnswer<'_>, most_bytes: usize) -> Result<(), FetchError> {
    if answer.status.is_redirection() && answer.status != StatusCode::NOT_MODIFIED {
        return Err(FetchError::Redirect);
    }
    if answer.status != StatusCode::OK {
        return Err(FetchError::Status(answer.status.as_u16()));
    }
    if answer.body.len() > most_bytes {
        return Err(FetchError::TooLarge);
    }
    Ok(())
}

/// How long the answer may be kept (RFC 9111 §4.2.1): `max-age` less `Age`; nothing under `no-store` or
/// `no-cache`.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut max_age = None;
    for value in headers.get_all(header::CACHE_CONTROL) {
        for directive in value.to_str().unwrap_or("").split(',') {
            let directive = directive.trim().to_ascii_lowercase();
            if directive == "no-store" || directive == "no-cache" {
                return Some(Duration::ZERO);
            }
            if let Some(seconds) = directive.strip_prefix("max-age=") {
                let seconds = seconds.trim_matches('"').parse().unwrap_or(0);
                max_age = Some(Duration::from_secs(seconds));
            }
        }
    }
    let age = text(headers, header::AGE).and_then(|age| age.parse().ok()).unwrap_or(0);
    max_age.map(|max_age| max_age.saturating_sub(Duration::from_secs(age)))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_says_does_not_show_in_debug_output() {
        let set_cookie = (header::SET_COOKIE, http::HeaderValue::from_static("session"));
        let headers = [set_cookie].into_iter().collect();
        let answer = FetchAnswer { status: StatusCode::OK, headers: &headers, body: b"{}" };
        assert_eq!(format!("{answer:?}"), "FetchAnswer { status: 200, .. }");
    }

    #[test]
    fn freshness_is_what_cache_control_leaves_after_age() {
        for (cache_control, age, expected) in [
            (None, None, None),
            (Some("public"), None, None),
            (Some("max-age=60"), None, Some(60)),
            (Some("public, Max-Age=60"), Some("20"), Some(40)),
            (Some("max-age=60"), Some("90"), Some(0)),
            (Some("max-age=60, no-store"), None, Some(0)),
            (Some("no-cache"), None, Some(0)),
            (Some("max-age=99999999999999999999"), None, Some(0)),
            (Some("max-age=x"), None, Some(0)),
        ] {
            let mut headers = HeaderMap::new();
            let mut put = |name, value: Option<&'static str>| {
                value.map(|value| headers.insert(name, http::HeaderValue::from_static(value)))
            };
            put(header::CACHE_CONTROL, cache_control);
            put(header::AGE, age);
            let expected = expected.map(Duration::from_secs);
            assert_eq!(max_age(&headers), expected, "{cache_control:?} {age:?}");
        }
    }
}
