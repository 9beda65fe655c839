//! From a token request to a grant: who asks, for what, and what they may have.
//!
//! 1. [`request`] reads the parameters (RFC 6749 §3.2, RFC 8707);
//! 2. [`client_auth`] reads the client's credential and authenticates it (RFC 6749 §2.3.1);
//! 3. [`decision`] decides audience, scopes and claims.
//!
//! No part of it does IO.

pub(crate) mod client_auth;
pub(crate) mod decision;
pub(crate) mod error;
pub(crate) mod request;
