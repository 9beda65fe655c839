//! A token among the subprotocols of a WebSocket's handshake (RFC 6455 §4.1): the one header that a page's script
//! can write into.
//!
//! 1. The client offers a name, `bearer` for instance, and after it the token: `new WebSocket(url, ["bearer", token])`.
//!    The application's own subprotocols may be before and after the two.
//! 2. The name twice, or with nothing after it, is an error.
//!
//! Does not check: that the request is a handshake, and what the server answers. It must choose one of the offered
//! subprotocols, and never the token.

use super::PlaceError;
use http::HeaderMap;
use http::header::SEC_WEBSOCKET_PROTOCOL;

use crate::request::credential::CredentialError;
use crate::wire::fields::is_token;

/// The subprotocol after which a WebSocket's handshake has the access token.
///
/// ```
/// use bearward_core::request::TokenSubprotocol;
///
/// let place = TokenSubprotocol::new("bearer")?; // Sec-WebSocket-Protocol: bearer, <token>
/// # let _ = place;
/// # Ok::<(), bearward_core::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct TokenSubprotocol {
    name: Box<str>,
}

impl TokenSubprotocol {
    /// The token comes after the subprotocol of this name, in its own case.
    ///
    /// # Errors
    /// [`PlaceError`] when it is not the name of a subprotocol (RFC 6455 §4.1).
    pub fn new(name: &str) -> Result<Self, PlaceError> {
        if !is_token(name.as_bytes()) {
            return Err(PlaceError("this is not the name of a subprotocol (RFC 6455 §4.1)"));
        }
        Ok(Self { name: name.into() })
    }

    pub(super) fn find<'r>(&self, headers: &'r HeaderMap) -> Result<Option<&'r [u8]>, CredentialError> {
        // Several headers are one list (RFC 6455 §11.3.4).
        let lines = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        let mut offered =
            lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        let is_name = |offer: &[u8]| *offer == *self.name.as_bytes();
        if !offered.any(is_name) {
            return Ok(None);
        }
        let token = offered.next().ok_or(CredentialError::NotAToken)?;
        if is_name(token) || offered.any(is_name) { Err(CredentialError::Repeated) } else { Ok(Some(token)) }
    }
}
