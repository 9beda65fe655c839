//! Why a resource server cannot be built of its settings: at which path, and what to do.
//!
//! 1. The path is that of the data ([`Settings`](super::Settings)): `issuers[1].jwks_uri`. A setting of the builder has the
//!    path that it would have there, so that bindings translate paths and no texts.
//! 2. Each stage has its own small problem type for the settings that it reads; [`Problem`] is their sum.
//! 3. Nothing shows a secret. A setting that may be a URL is quoted as a [`RedactedUrl`], without userinfo and values of
//!    parameters; any other value is not quoted.

use std::fmt;

use crate::answer::challenge::ChallengeError;
use crate::answer::resource_metadata::ResourceError;
use crate::check::confirmation::{DpopProblem, NonceError};
use crate::check::requirement::RequirementError;
use crate::request::credential::PlaceError;
use crate::request::origin::OriginError;
use crate::request::proxies::TrustedProxyError;
use crate::trust::introspection::PrivateKeyError;
use crate::trust::issuer::{IssuerProblem, LoadBalancerError, MemberProblem};
use crate::trust::provider::ProviderError;
use crate::trust::validation_policy::ImpliedScopesError;
use crate::wire::redacted::RedactedUrl;

/// A setting cannot work. Says which, why, and what would.
///
/// `Debug` says it in the same words: that is what a `main` that returns the error prints.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// Where the setting is: `issuers[1].jwks_uri`. Empty where the settings as a whole are meant.
    pub path: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a setting. Each has its sentence, with the remedy in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// No issuer is configured, and nothing resolves any.
    NoIssuer,
    /// The same issuer is configured twice.
    RepeatedIssuer(RedactedUrl),
    /// Any issuer is dangerously allowed, and it is not clear whose keys verify its tokens.
    AnyIssuer,
    /// Tokens without `iss` are dangerously allowed, and it is not clear whose they are.
    TokensWithoutIssuer,
    /// A setting of one issuer cannot work.
    Issuer(IssuerProblem),
    /// Two issuers introspect, and an opaque token does not say whose it is.
    SeveralIntrospect {
        /// The issuer named first.
        first: RedactedUrl,
        /// The other.
        other: RedactedUrl,
    },
    /// Headers are given for the key requests of an issuer that is not configured.
    KeyRequestHeaders(RedactedUrl),
    /// The private key that this resource server authenticates itself with cannot be used.
    PrivateKey(PrivateKeyError),
    /// The settings of a provider cannot work.
    Provider(ProviderError),
    /// An audience is empty.
    Audience,
    /// A duration is out of its bounds, which this sentence names.
    Duration(&'static str),
    /// A scope cannot imply others so.
    ImpliedScopes(ImpliedScopesError),
    /// DPoP cannot work so.
    Dpop(DpopProblem),
    /// The nonces of DPoP proofs cannot be made.
    Nonces(NonceError),
    /// Headers of trusted proxies are named, and no proxy is trusted to set them.
    NoTrustedProxy,
    /// A trusted proxy is not an address or network, or is everybody.
    TrustedProxy(TrustedProxyError),
    /// The public origin is not one that the URLs of requests can begin with.
    PublicOrigin(OriginError),
    /// The access token cannot be taken from where it is said to be.
    TokenPlace(PlaceError),
    /// The tokens of a load balancer cannot be read so.
    LoadBalancer(LoadBalancerError),
    /// What challenges are to say cannot be in a header.
    Challenge(ChallengeError),
    /// The resource cannot be described so.
    Resource(ResourceError),
    /// The resource is described here, and its metadata said to be elsewhere.
    ResourceMetadataTwice,
    /// The metadata of the resource is to be served, but no resource is configured.
    NoResource,
    /// A requirement cannot be met or means nothing.
    Requirement(RequirementError),
    /// The HTTP client could not be built.
    HttpClient(String),
    /// There is no setting of this name.
    UnknownMember {
        /// The setting that is probably meant.
        nearest: Option<&'static str>,
        /// The settings that there are.
        members: &'static [&'static str],
    },
    /// The setting is mandatory, and absent.
    Missing,
    /// The value is not of the form that the setting has, which this text names.
    Form(String),
    /// The value is not one of these words.
    NotOneOf {
        /// The word that is probably meant.
        nearest: Option<&'static str>,
        /// The words that there are.
        words: &'static [&'static str],
    },
    /// Of these settings one at most can be there.
    Exclusive(&'static [&'static str]),
    /// A value names an environment variable that cannot be used.
    Variable {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// An environment variable is almost called like one that is read, and would be ignored.
    MisspeltVariable {
        /// The variable that is read.
        meant: &'static str,
    },
    /// The file of the settings cannot be read, or is not of the form that its name says.
    File(String),
}

impl ConfigError {
    /// A problem with the setting at this path.
    #[must_use]
    pub fn new(path: impl Into<String>, problem: impl Into<Problem>) -> Self {
        Self { path: path.into(), problem: problem.into() }
    }

    /// The same problem of the settings that are at this path in others.
    #[must_use]
    pub fn below(mut self, parent: &str) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{parent}{separator}{}", self.path);
        self
    }

    /// What is wrong and what to do, without the path.
    #[must_use]
    pub fn sentence(&self) -> String {
        let said = self.problem.to_string();
        match &self.problem {
            // Its text begins with the path.
            Problem::Provider(error) => {
                said.strip_prefix(&error.path()).unwrap_or(&said).trim_start_matches([':', ' ']).to_owned()
            }
            _ => said,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.path, &self.problem) {
            ("", problem) => fmt::Display::fmt(problem, f),
            (path, problem @ Problem::Variable { name, .. }) if path == name => fmt::Display::fmt(problem, f),
            // Its text begins with its own part of the path.
            (path, Problem::Provider(error)) => {
                write!(f, "{}{error}", path.strip_suffix(&error.path()).unwrap_or_default())
            }
            (path, problem) => write!(f, "{path}: {problem}"),
        }
    }
}

/// The words that are possible, and the one that is probably meant.
fn choice(f: &mut fmt::Formatter<'_>, nearest: Option<&str>, kind: &str, names: &[&str]) -> fmt::Result {
    if let Some(nearest) = nearest {
        write!(f, "; did you mean {nearest:?}?")?;
    }
    match names {
        [] => Ok(()),
        names => write!(f, " (the {kind} are {})", names.join(", ")),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoIssuer => f.write_str("at least one issuer is needed"),
            Self::RepeatedIssuer(issuer) => write!(f, "issuer {issuer:?} is configured twice"),
            Self::AnyIssuer => {
                f.write_str("any issuer can be allowed only with exactly one configured issuer, whose keys verify all tokens")
            }
            Self::TokensWithoutIssuer => {
                f.write_str("tokens without iss can be allowed only with exactly one issuer, which then vouches for them")
            }
            Self::Issuer(problem) => fmt::Display::fmt(problem, f),
            Self::SeveralIntrospect { first, other } => write!(
                f,
                "both {first:?} and {other:?} introspect, but an opaque token does not name its issuer; set \
                 introspection for one issuer only"
            ),
            Self::KeyRequestHeaders(issuer) => write!(f, "issuer {issuer:?} is not configured"),
            Self::PrivateKey(error) => fmt::Display::fmt(error, f),
            Self::Provider(error) => fmt::Display::fmt(error, f),
            Self::Audience => f.write_str("every issuer needs at least one audience, and an audience cannot be empty"),
            Self::Duration(rule) => f.write_str(rule),
            Self::ImpliedScopes(error) => fmt::Display::fmt(error, f),
            Self::Dpop(problem) => fmt::Display::fmt(problem, f),
            Self::Nonces(error) => fmt::Display::fmt(error, f),
            Self::NoTrustedProxy => f.write_str(
                "headers are named, but no network is trusted to send them; name the addresses from which your \
                 proxies connect",
            ),
            Self::TrustedProxy(error) => fmt::Display::fmt(error, f),
            Self::PublicOrigin(error) => fmt::Display::fmt(error, f),
            Self::TokenPlace(error) => fmt::Display::fmt(error, f),
            Self::LoadBalancer(error) => fmt::Display::fmt(error, f),
            Self::Challenge(error) => fmt::Display::fmt(error, f),
            Self::Resource(error) => fmt::Display::fmt(error, f),
            Self::ResourceMetadataTwice => f.write_str(
                "give resource, the document, or resource_metadata, the URL of a document that another server has; not \
                 both",
            ),
            Self::NoResource => f.write_str("no resource is configured, so there is no metadata to serve"),
            Self::Requirement(error) => fmt::Display::fmt(error, f),
            Self::HttpClient(why) => f.write_str(why),
            Self::UnknownMember { nearest, members } => {
                f.write_str("there is no setting of this name")?;
                choice(f, *nearest, "settings", members)
            }
            Self::Missing => f.write_str("is mandatory"),
            Self::Form(form) => write!(f, "must be {form}"),
            Self::NotOneOf { nearest, words } => {
                f.write_str("is not one of the words that can be here")?;
                choice(f, *nearest, "words", words)
            }
            Self::Exclusive(members) => write!(f, "give one of {}, not several", members.join(", ")),
            Self::Variable { name, why } => write!(f, "environment variable {name}: {why}"),
            Self::MisspeltVariable { meant } => {
                write!(f, "the environment variable would be ignored: did you mean {meant}?")
            }
            Self::File(why) => f.write_str(why),
        }
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Issuer(problem) => Some(problem),
            Problem::PrivateKey(error) => Some(error),
            Problem::Provider(error) => Some(error),
            Problem::ImpliedScopes(error) => Some(error),
            Problem::Dpop(problem) => Some(problem),
            Problem::Nonces(error) => Some(error),
            Problem::TrustedProxy(error) => Some(error),
            Problem::PublicOrigin(error) => Some(error),
            Problem::TokenPlace(error) => Some(error),
            Problem::LoadBalancer(error) => Some(error),
            Problem::Challenge(error) => Some(error),
            Problem::Resource(error) => Some(error),
            Problem::Requirement(error) => Some(error),
            _ => None,
        }
    }
}

/// A stage's own problem, at the path where the setting is unless several can be meant.
macro_rules! from_stages {
    ($($error:ty, $variant:ident, $path:expr;)+) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }

        impl From<$error> for ConfigError {
            fn from(error: $error) -> Self {
                let path: fn(&$error) -> String = $path;
                Self::new(path(&error), error)
            }
        }
    )+};
}

/// The first problem of an issuer that a resolver named, at its path in that issuer's settings.
pub(crate) fn first_of_issuer(problems: Vec<MemberProblem>) -> ConfigError {
    let first = problems.into_iter().next().map(|(member, why)| ConfigError::new(member, why));
    first.unwrap_or_else(|| ConfigError::new("issuer", Problem::NoIssuer))
}

impl From<ImpliedScopesError> for Problem {
    fn from(error: ImpliedScopesError) -> Self {
        Self::ImpliedScopes(error)
    }
}

impl From<IssuerProblem> for Problem {
    fn from(problem: IssuerProblem) -> Self {
        Self::Issuer(problem)
    }
}

from_stages! {
    PrivateKeyError, PrivateKey, |_| "introspection.private_key".to_owned();
    ProviderError, Provider, ProviderError::path;
    DpopProblem, Dpop, |problem| format!("dpop.{}", problem.member());
    NonceError, Nonces, |error| match error {
        NonceError::Lifetime => "dpop.nonces.lifetime".to_owned(),
        _ => "dpop.nonces".to_owned(),
    };
    TrustedProxyError, TrustedProxy, |error| format!("trusted_proxies.networks[{}]", error.index);
    OriginError, PublicOrigin, |_| "public_origin".to_owned();
    PlaceError, TokenPlace, |_| "token_place".to_owned();
    LoadBalancerError, LoadBalancer, |_| "load_balancer".to_owned();
    ChallengeError, Challenge, |error| match error {
        ChallengeError::Realm => "realm".to_owned(),
        ChallengeError::ResourceMetadata => "resource_metadata".to_owned(),
    };
    ResourceError, Resource, |error| format!("resource.{}", error.member());
    RequirementError, Requirement, |_| "requirement".to_owned();
}
