//! Finds the exact identifier of an issuer that is known by a base URL (OpenID Connect Discovery §4, RFC 8414 §3).
//!
//! 1. The identifier is what the metadata say in `issuer`. They are believed if that names the same place as the base URL:
//!    the case of the host, the default port and the last slash do not matter, and nothing else differs.
//! 2. A base URL with `/.well-known/` in its path is that of the metadata themselves. The operator chose the document, so
//!    whatever issuer it names is the one that is meant.
//! 3. Until the identifier is known, a token is worth a look only where its `iss` may be the one that is searched for.
//! 4. The identifier is then compared with tokens character by character, like any other.
//!
//! Does no IO: a driver fetches each place in turn. Does not check: what else the metadata say. An issuer that is configured
//! with the identifier reads them for that.

use std::fmt;

use crate::trust::fetch_answer::FetchAnswer;
use crate::trust::fetch_outcome::{FetchError, check_answer};
use crate::trust::fetch_request::FetchRequest;
use crate::trust::issuer::IssuerProblem;
use crate::trust::metadata::{MetadataError, Places};
use crate::trust::url::{self, HttpPolicy, UrlError};
use crate::wire::json::Object;
use crate::wire::redacted::RedactedUrl;

/// The longest document that is read, in bytes: as long as a key set may be by default.
const MAX_BYTES: usize = 512 * 1024;

/// An issuer that is known by a base URL, or by the URL of its metadata.
#[derive(Clone)]
pub struct IssuerDiscovery {
    base: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The metadata are at the well-known places of the URL.
    Base,
    /// The metadata are at the URL.
    Document,
}

/// What the metadata must name beside the issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscoveryWants {
    /// Its identifier: the keys are known.
    Identifier,
    /// Where its keys are, too.
    Keys,
}

/// The search of one place after the other.
#[derive(Debug)]
pub struct DiscoverySearch {
    discovery: IssuerDiscovery,
    wants: DiscoveryWants,
    request: FetchRequest,
    /// The places that were not tried yet.
    others: std::vec::IntoIter<String>,
}

/// How a search goes on.
#[derive(Debug)]
#[must_use]
pub enum DiscoveryProgress {
    /// The identifier, which the metadata name that were fetched last.
    Found {
        /// What tokens have in `iss`.
        identifier: String,
    },
    /// With another place, because this one is of no use.
    Elsewhere {
        /// The search there.
        next: Box<DiscoverySearch>,
        /// Why this answer is of no use.
        why: FetchError,
    },
}

impl IssuerDiscovery {
    /// The issuer of a base URL, such as `https://tenant.example/oidc`, or of the URL of a metadata document.
    ///
    /// # Errors
    /// [`IssuerProblem`] where it is not a URL that an issuer can have.
    pub fn new(base: impl Into<String>) -> Result<Self, IssuerProblem> {
        let base = base.into();
        let refused = |why| IssuerProblem::Url { url: RedactedUrl::of(&base), why };
        // Whether plain http is allowed is said by the issuer's own settings.
        url::check_url(&base, HttpPolicy::DangerousAnywhere).map_err(refused)?;
        let kind = match path_of(&base).contains("/.well-known/") {
            true => Kind::Document,
            false => Kind::Base,
        };
        // The URL of a document may have a query, an identifier may not (RFC 8414 §2).
        if kind == Kind::Base && base.contains('?') {
            return Err(refused(UrlError::Extra));
        }
        Ok(Self { base, kind })
    }

    /// Whether the URL is that of the metadata themselves.
    #[must_use]
    pub fn is_document(&self) -> bool {
        self.kind == Kind::Document
    }

    /// Whether this may be the issuer's identifier. Where it is not, nothing needs to be fetched for a token of it.
    #[must_use]
    pub fn may_be(&self, identifier: &str) -> bool {
        self.is_document() || is_same_place(&self.base, identifier)
    }

    /// Where the metadata are looked for first.
    #[must_use]
    pub fn first_place(&self) -> String {
        self.places().first
    }

    /// Begins to search.
    #[must_use]
    pub fn search(&self, wants: DiscoveryWants) -> DiscoverySearch {
        let Places { first, others } = self.places();
        let request = Self::request(first);
        DiscoverySearch { discovery: self.clone(), wants, request, others: others.into_iter() }
    }

    fn places(&self) -> Places {
        match self.kind {
            Kind::Base => Places::of(&self.base),
            Kind::Document => Places::only(self.base.clone()),
        }
    }

    fn request(url: String) -> FetchRequest {
        FetchRequest { to_configured_origin: true, ..FetchRequest::get(url, "application/json", MAX_BYTES) }
    }

    fn read(&self, answer: FetchAnswer<'_>, wants: DiscoveryWants) -> Result<String, FetchError> {
        check_answer(answer, MAX_BYTES)?;
        let read = Object::parse_document(answer.body).map_err(MetadataError::Json);
        let metadata = read.map_err(FetchError::Metadata)?;
        let can_be = |found: &&str| self.may_be(found) && url::check_identifier(found).is_ok();
        let identifier = metadata.string("issuer").filter(can_be);
        let Some(identifier) = identifier else {
            let found = metadata.string("issuer").map(RedactedUrl::of);
            return Err(FetchError::Metadata(MetadataError::IssuerMismatch { found }));
        };
        if wants == DiscoveryWants::Keys && metadata.string("jwks_uri").is_none() {
            return Err(FetchError::Metadata(MetadataError::NoJwksUri));
        }
        Ok(identifier.to_owned())
    }
}

impl DiscoverySearch {
    /// What to fetch.
    #[must_use]
    pub fn request(&self) -> &FetchRequest {
        &self.request
    }

    /// Takes the answer.
    ///
    /// # Errors
    /// [`FetchError`] when the answer is of no use, and the metadata are nowhere else.
    pub fn answered(self, answer: FetchAnswer<'_>) -> Result<DiscoveryProgress, FetchError> {
        match self.discovery.read(answer, self.wants) {
            Ok(identifier) => Ok(DiscoveryProgress::Found { identifier }),
            Err(why) => self.elsewhere(why),
        }
    }

    /// No answer came.
    ///
    /// # Errors
    /// [`FetchError::Transport`] when the metadata are nowhere else.
    pub fn failed(self) -> Result<DiscoveryProgress, FetchError> {
        self.elsewhere(FetchError::Transport)
    }

    fn elsewhere(mut self, why: FetchError) -> Result<DiscoveryProgress, FetchError> {
        match self.others.next() {
            Some(place) => {
                self.request = IssuerDiscovery::request(place);
                Ok(DiscoveryProgress::Elsewhere { next: Box::new(self), why })
            }
            None => Err(why),
        }
    }
}

impl fmt::Debug for IssuerDiscovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerDiscovery")
            .field("base", &RedactedUrl::of(&self.base))
            .field("kind", &self.kind)
            .finish()
    }
}

/// Whether two identifiers name the same place.
fn is_same_place(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let is_plain =
        |url: &str| !url.contains('?') && url::check_url(url, HttpPolicy::DangerousAnywhere).is_ok();
    let path = |url| {
        let path = path_of(url);
        path.strip_suffix('/').unwrap_or(path).to_owned()
    };
    is_plain(one) && is_plain(other) && url::is_same_origin(one, other) && path(one) == path(other)
}

/// What follows the authority of a URL, up to its query.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    rest.find('/').map_or("", |path| &rest[path..])
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn found(
        base: &str,
        wants: DiscoveryWants,
        documents: &[(&str, &str)],
    ) -> Result<(String, String), FetchError> {
        let headers = HeaderMap::new();
        let mut search = IssuerDiscovery::new(base).unwrap().search(wants);
        loop {
            let url = search.request().url.clone();
            let document = documents.iter().find(|(place, _)| *place == url);
            let (status, body) = match document {
                Some((_, body)) => (StatusCode::OK, body.as_bytes()),
                None => (StatusCode::NOT_FOUND, &b""[..]),
            };
            match search.answered(FetchAnswer { status, headers: &headers, body })? {
                DiscoveryProgress::Found { identifier } => return Ok((identifier, url)),
                DiscoveryProgress::Elsewhere { next, .. } => search = *next,
            }
        }
    }

    #[test]
    fn the_identifier_names_the_place_of_the_base_url() {
        let base = "https://a.example/oidc";
        let place = "https://a.example/oidc/.well-known/openid-configuration";
        for (issuer, is_believed) in [
            ("https://a.example/oidc", true),
            ("https://a.example/oidc/", true),
            ("https://A.example:443/oidc", true),
            ("https://a.example/OIDC", false),
            ("https://a.example/oidc//", false),
            ("http://a.example/oidc", false),
            ("https://a.example:8443/oidc", false),
            ("https://a.example/oidc?x", false),
            ("https://me@a.example/oidc", false),
            ("https://a.example", false),
            ("https://b.example/oidc", false),
            ("", false),
        ] {
            let document = format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://a.example/keys"}}"#);
            let read = found(base, DiscoveryWants::Keys, &[(place, &document)]);
            assert_eq!(read.ok(), is_believed.then(|| (issuer.to_owned(), place.to_owned())), "{issuer}");
            assert_eq!(IssuerDiscovery::new(base).unwrap().may_be(issuer), is_believed, "{issuer}");
        }
    }

    #[test]
    fn the_other_places_are_tried_where_one_is_of_no_use() {
        let first = "https://a.example/oidc/.well-known/openid-configuration";
        let last = "https://a.example/.well-known/openid-configuration/oidc";
        let good = r#"{"issuer":"https://a.example/oidc","jwks_uri":"https://a.example/keys"}"#;
        let without_keys = r#"{"issuer":"https://a.example/oidc"}"#;
        for bad in ["<html>", "{}", r#"{"issuer":7}"#, r#"{"issuer":"https://b.example"}"#, without_keys] {
            let read = found("https://a.example/oidc", DiscoveryWants::Keys, &[(first, bad), (last, good)]);
            assert_eq!(read, Ok(("https://a.example/oidc".to_owned(), last.to_owned())), "{bad}");
        }
        let read = found("https://a.example/oidc", DiscoveryWants::Identifier, &[(first, without_keys)]);
        assert_eq!(read.unwrap().1, first);
        let nowhere = found("https://a.example/oidc", DiscoveryWants::Keys, &[]);
        assert_eq!(nowhere, Err(FetchError::Status(404)));
    }

    #[test]
    fn a_document_that_the_operator_names_says_who_the_issuer_is() {
        let place = "https://a.example/.well-known/openid-configuration?tenant=1";
        let document = r#"{"issuer":"https://b.example","jwks_uri":"https://b.example/keys"}"#;
        let read = found(place, DiscoveryWants::Keys, &[(place, document)]);
        assert_eq!(read, Ok(("https://b.example".to_owned(), place.to_owned())));
        assert!(IssuerDiscovery::new(place).unwrap().may_be("https://anyone.example"));
        assert!(found(place, DiscoveryWants::Keys, &[(place, r#"{"issuer":""}"#)]).is_err());
    }

    #[test]
    fn what_no_issuer_can_have_is_refused() {
        for (base, expected) in [
            ("a.example", UrlError::NotHttps),
            ("https://a.example/oidc?x", UrlError::Extra),
            ("https://a.example/?x=/.well-known/", UrlError::Extra),
            ("https://a.example/oidc#x", UrlError::Extra),
            ("https://me:hush@a.example", UrlError::Extra),
            ("", UrlError::Empty),
        ] {
            let refused = IssuerDiscovery::new(base).unwrap_err();
            assert_eq!(refused, IssuerProblem::Url { url: RedactedUrl::of(base), why: expected });
            assert!(!refused.to_string().contains("hush"), "{refused}");
        }
    }
}
