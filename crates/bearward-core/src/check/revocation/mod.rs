//! Tokens that must not pass any more although they have not expired.
//!
//! 1. A [`Revocation`] names a token by its `jti`, or all tokens of a session, a subject or a client, always
//!    of one issuer: identifiers mean nothing across issuers.
//! 2. Revocations are consulted on every request, for a token from the cache as for one seen first.
//! 3. No live revocation is ever dropped: a list that cannot hold another one says so.
//!
//! Does not check: the token. What is looked up are claims that were verified and validated.

mod query;
mod written;

use std::fmt;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

pub use self::query::RevocationQuery;
use self::written::Written;
use crate::wire::hex;
use crate::wire::redacted::RedactedUrl;
use crate::wire::time::NumericDate;

/// An order that tokens are to be refused from now on.
///
/// `Debug` shows which claim it goes by, and not the value.
///
/// As JSON it is an object such as `{"iss":"https://issuer.example","sub":"alice","issued_before":1700000000}`,
/// with exactly one of `jti`, `sid`, `sub` and `client_id`:
///
/// ```
/// use bearward_core::check::Revocation;
///
/// let received = r#"{"iss":"https://issuer.example","sid":"s-1"}"#;
/// let revocation: Revocation = serde_json::from_str(received)?;
/// assert_eq!(revocation, Revocation::session("https://issuer.example", "s-1"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Revocation {
    kind: Kind,
    issuer: String,
    value: String,
    issued_before: Option<NumericDate>,
}

/// What a [`Revocation`] is stored and found under: the kind of its identifier, and a SHA-256 hash over the
/// issuer and the identifier.
///
/// `Display` writes `jti:`, `sid:`, `sub:` or `client_id:` and 64 lowercase hexadecimal digits; `Debug` leaves the
/// hash out, since subjects can be guessed by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevocationKey {
    kind: Kind,
    hash: [u8; 32],
}

/// What is stored under a [`RevocationKey`]: which of the tokens it leads to are refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RevocationEntry {
    issued_before: Option<NumericDate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    TokenId,
    Session,
    Subject,
    Client,
}

impl Revocation {
    /// The one token with this `jti`.
    #[must_use]
    pub fn token_id(issuer: impl Into<String>, jti: impl Into<String>) -> Self {
        Self::new(Kind::TokenId, issuer.into(), jti.into())
    }

    /// All tokens of the session with this `sid` (OpenID Connect Front-Channel Logout 1.0 §3).
    #[must_use]
    pub fn session(issuer: impl Into<String>, sid: impl Into<String>) -> Self {
        Self::new(Kind::Session, issuer.into(), sid.into())
    }

    /// All tokens of the subject.
    #[must_use]
    pub fn subject(issuer: impl Into<String>, sub: impl Into<String>) -> Self {
        Self::new(Kind::Subject, issuer.into(), sub.into())
    }

    /// All tokens issued to the client: those with this `client_id`, else this `azp`, `appid` or `cid`.
    #[must_use]
    pub fn client(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self::new(Kind::Client, issuer.into(), client_id.into())
    }

    /// Spares tokens whose `iat` is not earlier than this: "log out everywhere", after which one can sign in again. A
    /// token that does not say when it was issued is treated as earlier.
    #[must_use]
    pub fn issued_before(mut self, date: NumericDate) -> Self {
        self.issued_before = Some(date);
        self
    }

    /// What it is stored under.
    #[must_use]
    pub fn key(&self) -> RevocationKey {
        RevocationKey::of(self.kind, &self.issuer, &self.value)
    }

    /// What is stored.
    #[must_use]
    pub const fn entry(&self) -> RevocationEntry {
        RevocationEntry { issued_before: self.issued_before }
    }

    fn new(kind: Kind, issuer: String, value: String) -> Self {
        Self { kind, issuer, value, issued_before: None }
    }
}

impl RevocationKey {
    fn of(kind: Kind, issuer: &str, value: &str) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        // With its length before it, no end of the issuer can be taken for a start of the value.
        context.update(&(issuer.len() as u64).to_be_bytes());
        context.update(issuer.as_bytes());
        context.update(value.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        Self { kind, hash }
    }
}

impl RevocationEntry {
    /// Refuses all tokens, whenever they were issued.
    #[must_use]
    pub const fn all() -> Self {
        Self { issued_before: None }
    }

    /// Refuses tokens whose `iat` is earlier, and those without.
    #[must_use]
    pub const fn before(date: NumericDate) -> Self {
        Self { issued_before: Some(date) }
    }

    /// Tokens whose `iat` is not earlier than this are spared; `None` spares no token.
    #[must_use]
    pub const fn issued_before(&self) -> Option<NumericDate> {
        self.issued_before
    }

    /// The entry that refuses what either of the two refuses.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        match (self.issued_before, other.issued_before) {
            (Some(one), Some(two)) => Self::before(if one < two { two } else { one }),
            _ => Self::all(),
        }
    }

    fn refuses(&self, issued_at: Option<NumericDate>) -> bool {
        match (self.issued_before, issued_at) {
            (Some(before), Some(issued_at)) => issued_at < before,
            _ => true,
        }
    }
}

impl Kind {
    /// The claim that holds the identifier.
    const fn claim(self) -> &'static str {
        match self {
            Self::TokenId => "jti",
            Self::Session => "sid",
            Self::Subject => "sub",
            Self::Client => "client_id",
        }
    }
}

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocation")
            .field("issuer", &RedactedUrl::of(&self.issuer))
            .field("by", &self.kind.claim())
            .field("issued_before", &self.issued_before)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RevocationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationKey({})", self.kind.claim())
    }
}

impl fmt::Display for RevocationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.kind.claim())?;
        hex::Lowercase(&self.hash).fmt(f)
    }
}
