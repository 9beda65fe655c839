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
mod header;
mod subprotocol;

use std::fmt;

use http::HeaderMap;

pub use self::cookie::TokenCookie;
pub(crate) use self::header::BesideAuthorization;
pub use self::header::TokenHeader;
pub use self::subprotocol::TokenSubprotocol;
use crate::request::browser::BrowserPolicy;
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

/// Where in a request a credential was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Authorization,
    /// In the query or a form (RFC 6750 §2.2, §2.3).
    Parameter,
    /// In the place that is set.
    Place,
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
            Self::Header(header) => header.token(text),
            Self::Authorization | Self::Cookie(_) | Self::Subprotocol(_) => token68(text),
        }
    }

    /// Whether a token in `Authorization` is another one of the same request.
    pub(super) fn excludes_authorization(&self) -> bool {
        match self {
            Self::Authorization => false,
            Self::Header(header) => header.excludes_authorization(),
            Self::Cookie(_) | Self::Subprotocol(_) => true,
        }
    }

    /// What must be seen of the request's page, where browsers may send the token without its doing.
    pub(crate) fn browsers(&self) -> Option<&BrowserPolicy> {
        match self {
            // A page's own script writes the subprotocols, and must have the token.
            Self::Authorization | Self::Subprotocol(_) => None,
            Self::Header(header) => header.browsers(),
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
