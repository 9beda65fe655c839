//! A small real OAuth 2.0 authorization server for demos and tests of protected APIs.
//!
//! It serves metadata (RFC 8414 and OpenID Connect Discovery), a JWK Set, a token endpoint for the client
//! credentials grant, an authorization endpoint and client registration for the code flow, introspection (RFC 7662,
//! RFC 9701) and revocation (RFC 7009) over real HTTP on the loopback interface. A test starts one, points its API at [`RunningIssuer::url`], and asks it for access
//! tokens: valid ones, expired ones, ones signed with the wrong key, opaque ones, ones bound to a key or a
//! certificate. It can rotate keys, withdraw them, and answer slowly, wrongly, endlessly or not at all.
//!
//! ```
//! use bearward_issuer::Issuer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = Issuer::builder().start().await?;
//! let token = issuer
//!     .mint()
//!     .audience("https://api.example.com")
//!     .scope("read:messages")
//!     .sign();
//! assert_eq!(token.split('.').count(), 3);
//! issuer.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! The parts, in the order in which a token comes to be:
//!
//! 1. [`Config`] says which clients, APIs, roles and organizations exist; [`Issuer`] binds a port and serves.
//! 2. a token request is read, its client authenticated, and a grant decided (RFC 6749 §4.4, RFC 8707);
//!    or a client registers itself (RFC 7591) and the user allows it a code (RFC 6749 §4.1, RFC 7636);
//! 3. what the client proves to hold is read: the key of a DPoP proof, a certificate (RFC 9449, RFC 8705);
//! 4. [`TokenBuilder`] writes the JOSE header and the claims set (RFC 9068) and a [`SigningKey`] signs them,
//!    or an opaque handle stands for them, which a [`ProtectedResource`] introspects;
//! 5. the JWK Set publishes the keys, and rotation replaces them;
//! 6. a [`Fault`] staged on an [`Endpoint`] makes an outage out of all that.
//!
//! The client's side is here too: a [`DpopKey`] signs proofs, a [`ClientCertificate`] writes itself into headers.
//!
//! It shares no code with the library whose tests it serves, so that no test checks a thing against itself.
//! It is a test kit: it keeps nothing on disk, speaks plain HTTP, and listens on the loopback interface only.

mod algorithm;
mod certificate;
mod clock;
mod code_flow;
mod config;
mod dpop;
mod fault;
mod grant;
mod issuer;
mod key_ring;
mod mint;
mod received;
mod running;
mod server;
mod signing_key;
mod start_error;
mod token_store;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use certificate::{CertificateAuthority, ClientCertificate};
pub use config::{
    AccessTokenFormat, Api, Client, Config, ConfigError, DpopNonce, Organization, ProtectedResource,
    RequestedClaims, Role, User, WellKnown,
};
pub use dpop::{DpopKey, ProofBuilder};
pub use fault::{Endpoint, Fault};
pub use issuer::{Issuer, IssuerBuilder};
pub use mint::TokenBuilder;
pub use running::RunningIssuer;
pub use signing_key::{KeyError, SigningKey, assemble};
pub use start_error::StartError;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
