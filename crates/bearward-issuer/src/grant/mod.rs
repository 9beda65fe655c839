//! From a token request to a grant: who asks, for what, and what they may have.
//!
//! 1. [`request`] reads the parameters (RFC 6749 §3.2, RFC 8707) of a [`form`];
//! 2. [`client_auth`] reads the client's credential and authenticates it (RFC 6749 §2.3.1), [`client_assertion`]
//!    one that is signed (RFC 7523);
//! 3. [`decision`] decides audience, scopes and claims;
//! 4. [`dpop`] and [`client_certificate`] say what the token is bound to (RFC 9449, RFC 8705).
//!
//! No part of it does IO.

pub(crate) mod form;
pub(crate) mod request;
pub(crate) mod client_auth;
pub(crate) mod client_assertion;
pub(crate) mod decision;
pub(crate) mod dpop;
pub(crate) mod client_certificate;
pub(crate) mod error;
