//! The fetch of an issuer's keys, as a state machine that a driver with an HTTP client runs.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, mem};

use http::StatusCode;

use super::{FetchedKeys, Issuer, KeyLocation};
use crate::trust::fetch_answer::FetchAnswer;
use crate::trust::fetch_outcome::{FailedFetch, FetchError, FetchOutcome, MetadataPlace, check_answer};
use crate::trust::fetch_request::FetchRequest;
use crate::trust::in_flight::InFlight;
use crate::trust::introspection::IntrospectionError;
use crate::trust::key::{KeySet, PemError, RefreshTicket, VerifyingKey};
use crate::trust::metadata::{Metadata, MetadataError, Places};
use crate::trust::url;
use crate::wire::redacted::RedactedUrl;
use crate::wire::time::Now;

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

/// How the fetch of an issuer's keys goes on.
#[derive(Debug)]
#[must_use]
pub(crate) enum KeyProgress {
    /// With another request: this one brought what was wanted from it.
    Next(KeyFetch),
    /// With another request: the answer is of no use, and the same document may be at another place.
    Elsewhere {
        /// The fetch from there.
        next: KeyFetch,
        /// Why this answer is of no use.
        why: FetchError,
    },
    /// Not at all: what was wanted is there.
    Finished(FetchOutcome),
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
                (Stage::KeySet, FetchRequest::get(key.url.clone(), "*/*", keys.max_bytes))
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
    pub(crate) fn request(&self) -> &FetchRequest {
        &self.request
    }

    /// Whose keys these are.
    #[must_use]
    pub(crate) fn issuer(&self) -> &Arc<Issuer> {
        &self.issuer
    }

    /// What those wait for who share this: the same from one step of the fetch to the next.
    #[must_use]
    pub(crate) fn in_flight(&self) -> InFlight {
        self.ticket.in_flight()
    }

    /// Takes the answer.
    ///
    /// # Errors
    /// [`FetchError`] when the answer brings no keys; the next attempt comes after a pause.
    pub(crate) fn answered(mut self, answer: FetchAnswer<'_>, now: Now) -> Result<KeyProgress, FetchError> {
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
    ) -> Result<KeyProgress, FetchError> {
        let read = self.read_metadata(&mut search, answer);
        if let Err(why) = &read
            && let Some(place) = search.others.next()
        {
            let request = self.keys.metadata_request(place);
            let url = mem::replace(&mut self.request, request).shown_url();
            search.tried.push(MetadataPlace { url, why: why.clone() });
            self.stage = Stage::Metadata(search);
            return Ok(KeyProgress::Elsewhere { next: self, why: why.clone() });
        }
        if let Some(endpoint) = search.endpoint.take() {
            // Kept even if there are no keys: a server whose tokens are all opaque needs none.
            *self.keys.found_introspection() = Some(endpoint);
        }
        match (search.jwks_uri.take(), read) {
            (Some(url), _) => {
                let until = now.uptime().saturating_add(self.keys.max_metadata_age);
                *self.keys.found_jwks_uri() = Some((url.clone(), until));
                self.request = self.keys.key_set_request(url);
                Ok(KeyProgress::Next(self))
            }
            (None, read) => {
                let why = read.err().unwrap_or(FetchError::Metadata(MetadataError::NoJwksUri));
                let why = search.failed(self.request.shown_url(), why);
                self.failed(why.clone(), now);
                Err(why)
            }
        }
    }

    fn key_set_answered(self, answer: FetchAnswer<'_>, now: Now) -> Result<KeyProgress, FetchError> {
        match self.read_key_set(answer) {
            Ok(Read::KeySet(set)) => {
                let set = match answer.etag() {
                    Some(etag) => set.at_revision(self.request.url, etag),
                    None => set,
                };
                let set = self.ticket.loaded(set, answer.max_age(), now.uptime());
                Ok(KeyProgress::Finished(FetchOutcome::Loaded {
                    keys: set.keys().len(),
                    skipped: set.skipped().to_vec(),
                }))
            }
            Ok(Read::NotModified) => {
                self.ticket.not_modified(answer.max_age(), now.uptime());
                Ok(KeyProgress::Finished(FetchOutcome::NotModified))
            }
            Err(why) => {
                // AWS answers 403 where there is no key of that name.
                if let (KeyLocation::Pem(key), FetchError::Status(403 | 404 | 410)) =
                    (&self.keys.location, &why)
                {
                    key.is_missing(now.uptime());
                }
                self.failed(why.clone(), now);
                Err(why)
            }
        }
    }

    /// No answer came: the server could not be reached, was too slow, or said too much.
    pub(crate) fn failed(self, why: FetchError, now: Now) {
        *self.keys.last_failure() = Some(FailedFetch { at: now.uptime(), why });
        // The key set may have moved; the metadata will tell.
        *self.keys.found_jwks_uri() = None;
        self.ticket.failed(now.uptime());
    }

    /// Takes what is wanted out of one metadata document; the error says what is still missing.
    fn read_metadata(&self, search: &mut MetadataSearch, answer: FetchAnswer<'_>) -> Result<(), FetchError> {
        check_answer(answer, self.keys.max_bytes)?;
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
        check_answer(answer, self.keys.max_bytes)?;
        if let KeyLocation::Pem(_) = self.keys.location {
            let pem = std::str::from_utf8(answer.body).map_err(|_| FetchError::Key(PemError::NotPem))?;
            let key =
                VerifyingKey::from_pem(pem, self.issuer.algorithms().published()).map_err(FetchError::Key)?;
            return Ok(Read::KeySet(KeySet::of_one(key)));
        }
        let set = KeySet::parse(answer.body, self.issuer.algorithms().published(), self.keys.max_keys);
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
        FetchRequest { to_configured_origin, ..FetchRequest::get(url, "application/json", self.max_bytes) }
    }

    fn key_set_request(&self, url: String) -> FetchRequest {
        // Only the set in hand can be confirmed by a 304, so it is its revision that is asked for.
        let etag = self.cache.current().and_then(|keys| keys.etag_at(&url).map(str::to_owned));
        let accept = "application/jwk-set+json, application/json";
        FetchRequest {
            if_none_match: etag,
            to_configured_origin: self.location.has_origin_of(&url),
            ..FetchRequest::get(url, accept, self.max_bytes)
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
