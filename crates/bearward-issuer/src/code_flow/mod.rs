//! The authorization code flow (RFC 6749 §4.1, OAuth 2.1) of clients that register by themselves (RFC 7591).
//!
//! 1. A [`redirect_uri`] is on the loopback interface, so the server sends no browser anywhere else. It is compared
//!    exactly, but for the port (RFC 8252 §7.3).
//! 2. Every code needs [`pkce`] with S256 (RFC 7636); `plain` is unknown here.
//! 3. The user allows each request on a page; what stands there is decided before it is shown, and granted as shown.
//! 4. A code is good for a minute, for one attempt, for one client and one redirect URI. A second attempt revokes
//!    what the first one got (RFC 6749 §4.1.2).
//! 5. Everything in the [`store`] is bounded; the oldest is forgotten first.
//!
//! No part of it does IO.

pub(crate) mod exchange;
pub(crate) mod pkce;
pub(crate) mod redirect_uri;
pub(crate) mod registration;
pub(crate) mod store;
