//! Where a request has its access token, where that is not the `Authorization` header.
//!
//! 1. One place is believed, the one that is set. A token in any other place lets no request in.
//! 2. The token is there by itself, without a scheme, so it is a bearer token (RFC 6750).
//! 3. A place that has several tokens has none that could be chosen: the request is refused.
//! 4. A header may be one that a proxy sets for whoever has its session cookie, and a cookie is sent by browsers
//!    for any page. Both are held against a [`BrowserPolicy`].
//!
//! Does not check: that a proxy sets the header. What it sets is a signed token, which is verified like any other.

mod cookie;
mod subprotocol;

use std::fmt;

use http::HeaderMap;
use http::header::{self, HeaderName};

pub use self::cookie::TokenCookie;
pub use self::subprotocol::TokenSubprotocol;
use crate::request::browser::{BrowserPolicy, Unmarked};
use crate::request::credential::CredentialError;
use crate::request::origin::PublicOrigin;
use crate::wire::fields::token68;

/// Where a request has its access token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TokenPlace {
    /// In `Authorization`, after its scheme (RFC 6750 §2.1): unless another place is set.
    #[default]
    Authorization,
    /// In a header of this name, by itself.
    Header(TokenHeader),
    /// In a cookie of this name.
    Cookie(TokenCookie),
    /// Among the subprotocols that a WebSocket's handshake offers.
    Subprotocol(TokenSubprotocol),
}

/// An access token cannot be taken from where it is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceError(pub(crate) &'static str);

impl PlaceError {
    /// Tokens are accepted in the query, and in another place that is not the `Authorization` header.
    pub const TWO_PLACES: Self = Self("tokens in the query are another place; allow one of them");
}

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for PlaceError {}

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

/// Where in a request a credential was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Authorization,
    /// In the query or a form (RFC 6750 §2.2, §2.3).
    Parameter,
    /// In the place that is set.
    Place,
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

    fn find<'r>(&self, headers: &'r HeaderMap) -> Result<Option<&'r [u8]>, CredentialError> {
        let mut values = headers.get_all(&self.name).iter();
        let value = values.next();
        match values.next() {
            Some(_) => Err(CredentialError::Repeated),
            None => Ok(value.map(http::HeaderValue::as_bytes)),
        }
    }
}

impl TokenPlace {
    /// The token in this place; `None` if the request has no token there.
    pub(super) fn find<'r>(
        &self,
        headers: &'r HeaderMap,
        max_token_bytes: usize,
    ) -> Result<Option<&'r str>, CredentialError> {
        let found = match self {
            Self::Authorization => None,
            Self::Header(header) => header.find(headers)?,
            Self::Cookie(cookie) => cookie.find(headers)?,
            Self::Subprotocol(marker) => marker.find(headers)?,
        };
        let Some(found) = found else { return Ok(None) };
        // The length first: what is too long is not looked at byte by byte.
        if found.len() > max_token_bytes {
            return Err(CredentialError::TooLarge);
        }
        self.token(found).map(Some).ok_or(CredentialError::NotAToken)
    }

    /// The text, where it can be a token in this place.
    pub(super) fn token<'r>(&self, text: &'r [u8]) -> Option<&'r str> {
        match self {
            Self::Header(TokenHeader { form: Form::PaddedParts, .. }) => {
                let parts = text.split(|byte| *byte == b'.');
                let legal = parts.map(token68).all(|part| part.is_some());
                legal.then(|| std::str::from_utf8(text).ok()).flatten()
            }
            _ => token68(text),
        }
    }

    /// Whether a token in `Authorization` is another one of the same request.
    pub(super) fn excludes_authorization(&self) -> bool {
        match self {
            Self::Authorization => false,
            Self::Header(header) => header.beside == BesideAuthorization::Refuse,
            Self::Cookie(_) | Self::Subprotocol(_) => true,
        }
    }

    /// What must be seen of the request's page, where browsers may send the token without its doing.
    pub(crate) fn browsers(&self) -> Option<&BrowserPolicy> {
        match self {
            // A page's own script writes the subprotocols, and must have the token.
            Self::Authorization | Self::Subprotocol(_) => None,
            Self::Header(header) => header.browsers.as_ref(),
            Self::Cookie(cookie) => Some(cookie.browsers()),
        }
    }

    /// Whether it is the `Authorization` header.
    #[must_use]
    pub fn is_authorization(&self) -> bool {
        *self == Self::Authorization
    }
}

impl From<TokenHeader> for TokenPlace {
    fn from(header: TokenHeader) -> Self {
        Self::Header(header)
    }
}

impl From<TokenCookie> for TokenPlace {
    fn from(cookie: TokenCookie) -> Self {
        Self::Cookie(cookie)
    }
}

impl From<TokenSubprotocol> for TokenPlace {
    fn from(subprotocol: TokenSubprotocol) -> Self {
        Self::Subprotocol(subprotocol)
    }
}

/// RFC 6454 §6.1: scheme, host and perhaps a port.
fn trusted_origin(origin: &str) -> Result<PublicOrigin, PlaceError> {
    let refused = PlaceError("a trusted origin is written like https://app.example.com");
    PublicOrigin::parse(origin).ok().filter(PublicOrigin::has_no_path).ok_or(refused)
}

#[cfg(test)]
mod tests;
