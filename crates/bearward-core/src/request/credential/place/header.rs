//! A token in a header of its name, by itself.
//!
//! 1. A request that has the header twice is refused.
//! 2. A header that means something else, or that intermediaries take away or join, cannot be chosen.

use http::HeaderMap;
use http::header::{self, HeaderName, HeaderValue};

use super::{PlaceError, trusted_origin};
use crate::request::browser::{BrowserPolicy, Unmarked};
use crate::request::credential::CredentialError;
use crate::wire::fields::token68;

/// A header that has the access token, by itself.
///
/// ```
/// use bearward_core::request::TokenHeader;
///
/// let cloudflare = TokenHeader::new("cf-access-jwt-assertion")?;
/// let google = TokenHeader::new("x-goog-iap-jwt-assertion")?.beside_authorization();
/// # let _ = (cloudflare, google);
/// # Ok::<(), bearward_core::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct TokenHeader {
    name: HeaderName,
    beside: BesideAuthorization,
    form: Form,
    /// `None` where clients write the header themselves: then no browser adds it to what another page sends.
    browsers: Option<BrowserPolicy>,
}

/// What a token in `Authorization` means, beside the one in the configured place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BesideAuthorization {
    /// The request has two tokens, and is refused (RFC 6750 §2).
    Refuse,
    /// It is for somebody else, such as the proxy.
    Ignore,
}

/// Which characters the token has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One token68 (RFC 9110 §11.2).
    Token68,
    /// The same, with padding after each part, as AWS load balancers write it.
    PaddedParts,
}

/// Headers that mean something else, or that intermediaries take away or join (RFC 9110 §7.6.1).
const RESERVED: [HeaderName; 17] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::PROXY_AUTHENTICATE,
    header::COOKIE,
    header::SET_COOKIE,
    header::HOST,
    header::ORIGIN,
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("dpop"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
];

impl TokenHeader {
    /// The header of this name. A browser's request for a page of another origin is refused: the proxy that sets
    /// the header may go by a session cookie, which browsers send along.
    ///
    /// # Errors
    /// [`PlaceError`] if it is not the name of a header, or the name of one with another meaning.
    pub fn new(name: &str) -> Result<Self, PlaceError> {
        let name: HeaderName = name.parse().map_err(|_| PlaceError("this is not the name of a header"))?;
        let browsers = name.as_str().starts_with("sec-") || name.as_str().starts_with("access-control-");
        if RESERVED.contains(&name) || browsers {
            return Err(PlaceError("this header has another meaning, and cannot hold the token"));
        }
        let browsers = BrowserPolicy::new(Unmarked::Admit);
        Ok(Self { name, beside: BesideAuthorization::Refuse, form: Form::Token68, browsers: Some(browsers) })
    }

    /// Where AWS load balancers say who has logged in. What is in `Authorization` is between client and API.
    pub(crate) fn of_load_balancer() -> Self {
        Self {
            name: HeaderName::from_static("x-amzn-oidc-data"),
            beside: BesideAuthorization::Ignore,
            form: Form::PaddedParts,
            browsers: Some(BrowserPolicy::new(Unmarked::Admit)),
        }
    }

    pub(crate) fn padded(mut self) -> Self {
        self.form = Form::PaddedParts;
        self
    }

    /// A token in `Authorization` is for somebody else, and not looked at. Without this, a request that has one
    /// beside the header is refused, since it has two.
    pub fn beside_authorization(mut self) -> Self {
        self.beside = BesideAuthorization::Ignore;
        self
    }

    /// Pages of this origin, such as `https://app.example.com`, may send requests too.
    ///
    /// # Errors
    /// [`PlaceError`] if it is not an origin.
    pub fn trust_origin(mut self, origin: &str) -> Result<Self, PlaceError> {
        let origin = trusted_origin(origin)?;
        self.browsers = self.browsers.map(|browsers| browsers.trust(origin));
        Ok(self)
    }

    /// Clients write the header themselves, and no proxy does so for them. Then no browser adds it to a request of
    /// another page by itself, and it does not matter which page sends the request.
    pub fn written_by_clients(mut self) -> Self {
        self.browsers = None;
        self
    }

    /// Its name.
    pub(crate) fn name(&self) -> &HeaderName {
        &self.name
    }

    pub(super) fn find<'r>(&self, headers: &'r HeaderMap) -> Result<Option<&'r [u8]>, CredentialError> {
        let mut values = headers.get_all(&self.name).iter();
        let value = values.next();
        match values.next() {
            Some(_) => Err(CredentialError::Repeated),
            None => Ok(value.map(HeaderValue::as_bytes)),
        }
    }
    /// The text, where it has the characters of a token.
    pub(super) fn token<'r>(&self, text: &'r [u8]) -> Option<&'r str> {
        match self.form {
            Form::Token68 => token68(text),
            Form::PaddedParts => {
                let mut parts = text.split(|byte| *byte == b'.');
                parts.all(|part| token68(part).is_some()).then(|| std::str::from_utf8(text).ok()).flatten()
            }
        }
    }

    /// Whether a token in `Authorization` is another one of the same request.
    pub(super) fn excludes_authorization(&self) -> bool {
        self.beside == BesideAuthorization::Refuse
    }

    pub(super) fn browsers(&self) -> Option<&BrowserPolicy> {
        self.browsers.as_ref()
    }
}
