//! A token in a cookie (RFC 6265).
//!
//! 1. Names are compared exactly, in all `Cookie` headers together: HTTP/2 may send one for each cookie
//!    (RFC 9113 §8.2.3).
//! 2. Two cookies of the name are an error. Another host of the same site can set one for this host, and which of
//!    them comes first the client decides (RFC 6265 §5.4).
//! 3. The value is the token as it is: neither quotes nor percent-encoding are taken off.
//!
//! Does not check: who set the cookie. A name that begins with `__Host-` has browsers see to it that this host did.

use super::{PlaceError, trusted_origin};
use http::HeaderMap;
use http::header::COOKIE;

use crate::request::browser::{BrowserPolicy, Unmarked};
use crate::request::credential::CredentialError;
use crate::wire::fields::is_token;

/// A cookie that has the access token.
///
/// Browsers add cookies to what any page sends, so a request must be shown to come from this API's own origin or from
/// one that is trusted: by `Sec-Fetch-Site` or `Origin`. One that changes something and has neither is refused.
///
/// ```
/// use bearward_core::request::TokenCookie;
///
/// let cookie = TokenCookie::new("__Host-token")?.trust_origin("https://app.example.com")?;
/// # let _ = cookie;
/// # Ok::<(), bearward_core::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct TokenCookie {
    name: Box<str>,
    browsers: BrowserPolicy,
}

impl TokenCookie {
    /// The cookie of this name, in its own case. Let it begin with `__Host-`: then no other host can set it.
    ///
    /// # Errors
    /// [`PlaceError`] when it is not the name of a cookie (RFC 6265 §4.1.1).
    pub fn new(name: &str) -> Result<Self, PlaceError> {
        if !is_token(name.as_bytes()) {
            return Err(PlaceError("this is not the name of a cookie (RFC 6265 §4.1.1)"));
        }
        Ok(Self { name: name.into(), browsers: BrowserPolicy::new(Unmarked::Refuse) })
    }

    /// Pages of this origin, such as `https://app.example.com`, may send requests too.
    ///
    /// # Errors
    /// [`PlaceError`] if it is not an origin.
    pub fn trust_origin(mut self, origin: &str) -> Result<Self, PlaceError> {
        self.browsers = self.browsers.trust(trusted_origin(origin)?);
        Ok(self)
    }

    pub(super) fn find<'r>(&self, headers: &'r HeaderMap) -> Result<Option<&'r [u8]>, CredentialError> {
        let lines = headers.get_all(COOKIE).iter();
        let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
        let mut values = pairs.filter_map(|pair| self.value(pair.trim_ascii()));
        let value = values.next();
        if values.next().is_some() { Err(CredentialError::Repeated) } else { Ok(value) }
    }

    fn value<'r>(&self, pair: &'r [u8]) -> Option<&'r [u8]> {
        let end = pair.iter().position(|byte| *byte == b'=')?;
        (pair[..end] == *self.name.as_bytes()).then(|| &pair[end + 1..])
    }

    pub(super) fn browsers(&self) -> &BrowserPolicy {
        &self.browsers
    }
}
