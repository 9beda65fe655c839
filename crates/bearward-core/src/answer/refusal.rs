//! A request that is refused, and all that is needed to say so.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::answer::challenge::{Answer, ChallengePolicy};
use crate::answer::failure::Failure;
use crate::check::validation::{Origin, Validated};
use crate::request::credential::Scheme;
use crate::trust::issuer::Issuer;

/// Why a request is refused, and how the client is told.
///
/// It knows the scheme that the client used: the answer needs no second look at the request.
#[derive(Clone)]
pub struct Refusal {
    failure: Failure,
    scheme: Scheme,
    /// What a client without a token should ask for.
    scopes: Option<Box<str>>,
    challenges: Arc<ChallengePolicy>,
    about: Option<Box<About>>,
}

/// What was read of a token before it was refused.
#[derive(Clone, Default)]
pub(crate) struct About {
    /// Its issuer, where that is a trusted one.
    pub(crate) issuer: Option<Arc<Issuer>>,
    /// What its `iss` says, where no trusted issuer is called so.
    pub(crate) foreign_issuer: Option<Box<str>>,
    pub(crate) kid: Option<Arc<str>>,
}

impl About {
    /// A token that was validated, and is refused for something else.
    pub(crate) fn validated(token: &Validated) -> Self {
        let kid = match &token.origin {
            Origin::Signature { key, .. } => key.kid().map(Arc::from),
            Origin::Introspection => None,
        };
        Self { issuer: Some(Arc::clone(&token.issuer)), foreign_issuer: None, kid }
    }
}

impl Refusal {
    pub(crate) fn new(failure: Failure, scheme: Scheme, challenges: &Arc<ChallengePolicy>) -> Self {
        Self { failure, scheme, scopes: None, challenges: Arc::clone(challenges), about: None }
    }

    /// The same, with what was read of the token.
    pub(crate) fn about(self, about: About) -> Self {
        Self { about: Some(Box::new(about)), ..self }
    }

    /// A refusal with the default challenges: where there is no resource server to ask.
    #[must_use]
    pub fn without_server(failure: impl Into<Failure>) -> Self {
        Self::new(failure.into(), Scheme::Bearer, &Arc::default())
    }

    /// The same with the scopes that the route requires, separated by spaces. The challenge names them where the client
    /// presented nothing (RFC 6750 §3): it can ask for them at once.
    #[must_use]
    pub fn asking_for(self, scopes: &str) -> Self {
        Self { scopes: (!scopes.is_empty()).then(|| scopes.into()), ..self }
    }

    /// What went wrong.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// What went wrong, alone.
    #[must_use]
    pub fn into_failure(self) -> Failure {
        self.failure
    }

    /// The scheme under which the credential was presented; `Bearer` where there was none.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The trusted issuer whose token was presented; `None` where there was no token, or none that can be read.
    #[must_use]
    pub fn issuer(&self) -> Option<&Issuer> {
        self.about.as_ref()?.issuer.as_deref()
    }

    /// What the token's `iss` says, where no trusted issuer is called so: for the operator alone, since it is the sender's
    /// own word.
    #[must_use]
    pub fn unverified_issuer(&self) -> Option<&str> {
        self.about.as_ref()?.foreign_issuer.as_deref()
    }

    /// The `kid` that the token names, or that of the key which has verified it.
    #[must_use]
    pub fn unverified_kid(&self) -> Option<&str> {
        self.about.as_ref()?.kid.as_deref()
    }

    /// The answer: status, challenges and body.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.challenges.answer(&self.failure, self.scheme, self.scopes.as_deref())
    }
}

impl Deref for Refusal {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.failure
    }
}

/// By what went wrong, the scheme and the scopes to ask for.
impl PartialEq for Refusal {
    fn eq(&self, other: &Self) -> bool {
        (&self.failure, self.scheme, &self.scopes) == (&other.failure, other.scheme, &other.scopes)
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.failure.fmt(f)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.failure, f)
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.failure.source()
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.failure
    }
}
