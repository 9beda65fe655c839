//! How an issuer is asked about a token (RFC 7662, RFC 9701), and what its answers mean.

mod answer;
mod binding;
mod client;
mod config;
mod error;
mod lenient_header;
mod opaque;
mod private_key;
mod problem;

pub(crate) use self::answer::{AnswerAge, Answered, Content, Reading, signed_introspection};
pub(crate) use self::binding::check_binding;
pub use self::client::ClientAuthentication;
pub use self::config::{IntrospectedTokens, Introspection, IntrospectionAnswers};
pub use self::error::IntrospectionError;
pub(crate) use self::opaque::passes_for_a_jwt;
pub use self::private_key::{PrivateKey, PrivateKeyError};
pub use self::problem::IntrospectionProblem;
