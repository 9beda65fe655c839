//! Why an issuer cannot be trusted as it is configured.

use std::borrow::Cow;
use std::fmt;

use super::load_balancer::LoadBalancerError;
use crate::trust::introspection::IntrospectionProblem;
use crate::trust::key::{JwkError, KeySetError, PemError};
use crate::trust::url::{UrlError, issuer_of_metadata};
use crate::trust::validation_policy::RequiredClaimError;
use crate::wire::redacted::RedactedUrl;

/// A setting of an issuer cannot work. The settings of the resource server say at which path.
///
/// No variant holds a secret or a key; a URL is shown as [`RedactedUrl`] writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssuerProblem {
    /// The identifier is empty, or not a URL where one is needed.
    Identifier {
        /// The setting's value.
        issuer: RedactedUrl,
        /// What is wrong with it.
        why: UrlError,
    },
    /// A resolver answered with the configuration of this issuer, and was asked for another.
    NotAsked(RedactedUrl),
    /// An issuer that a resolver named introspects. No token would ever reach it: opaque ones name no issuer.
    ResolvedIntrospection(RedactedUrl),
    /// The URL cannot be fetched safely.
    Url {
        /// The setting's value.
        url: RedactedUrl,
        /// What is wrong with it.
        why: UrlError,
    },
    /// An audience is empty, or the issuer has no audience.
    Audience,
    /// What takes the place of an absent `aud` cannot work.
    TokensWithoutAudience(&'static str),
    /// The organization claim of this path is empty, or has an empty segment.
    OrganizationClaim(String),
    /// A claim that tokens must have cannot be required so.
    RequiredClaim(RequiredClaimError),
    /// The list of allowed algorithms is empty or does not fit the kind of key.
    Algorithms(&'static str),
    /// There is a shared secret beside published keys, and the keys are a shared secret, too.
    SecretBesideSecret,
    /// The shared secret is shorter than the hash of an allowed algorithm (RFC 7518 §3.2).
    SecretTooShort {
        /// Its length in bytes.
        bytes: usize,
        /// The least length in bytes.
        min: usize,
    },
    /// The secret is the text of a public key, which everybody has.
    SecretIsPublic,
    /// The text is not a JWK Set or JWK.
    KeySet(KeySetError),
    /// A JWK in it cannot be used.
    Jwk(JwkError),
    /// The PEM text cannot be used.
    Pem(PemError),
    /// The issuer cannot be asked about tokens so.
    Introspection(IntrospectionProblem),
    /// The tokens of a load balancer cannot be read so.
    LoadBalancer(LoadBalancerError),
}

/// The member of an issuer's settings that cannot work, and why.
pub(crate) type MemberProblem = (Cow<'static, str>, IssuerProblem);

impl fmt::Display for IssuerProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identifier { issuer, why } => {
                write!(f, "{issuer:?}: {why}")?;
                match likely_issuer(issuer, *why) {
                    Some(likely) => {
                        write!(f, ": write {likely:?}, with the last slash if the tokens' iss has one")
                    }
                    None => Ok(()),
                }
            }
            Self::NotAsked(issuer) => write!(f, "{issuer:?}: is not the issuer that was asked for"),
            Self::ResolvedIntrospection(issuer) => write!(
                f,
                "issuer {issuer:?} comes from a resolver and cannot introspect, since an opaque token names no issuer; \
                 configure the issuer that introspects"
            ),
            Self::Url { url, why } => {
                write!(f, "{url:?}: {why}")?;
                with_scheme(url, *why).map_or(Ok(()), |likely| write!(f, ": write {likely:?}"))
            }
            Self::Audience => {
                f.write_str("every issuer needs at least one audience, and an audience cannot be empty")
            }
            Self::TokensWithoutAudience(why) | Self::Algorithms(why) => f.write_str(why),
            Self::OrganizationClaim(path) => write!(f, "{path:?} is not the path of a claim"),
            Self::RequiredClaim(error) => fmt::Display::fmt(error, f),
            Self::SecretBesideSecret => f.write_str(
                "an issuer has either a shared secret or keys; give shared_secret alone, or leave it out",
            ),
            Self::SecretTooShort { bytes, min } => {
                write!(f, "{bytes} bytes are too short; the allowed algorithm needs at least {min}")
            }
            Self::SecretIsPublic => f.write_str(
                "this is a public key or a certificate, and anybody could sign with it; give the secret, or \
                 configure the key as a public one",
            ),
            Self::KeySet(error) => fmt::Display::fmt(error, f),
            Self::Jwk(error) => fmt::Display::fmt(error, f),
            Self::Pem(error) => fmt::Display::fmt(error, f),
            Self::Introspection(problem) => fmt::Display::fmt(problem, f),
            Self::LoadBalancer(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for IssuerProblem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Identifier { why, .. } | Self::Url { why, .. } => Some(why),
            Self::RequiredClaim(error) => Some(error),
            Self::KeySet(error) => Some(error),
            Self::Jwk(error) => Some(error),
            Self::Pem(error) => Some(error),
            Self::Introspection(problem) => Some(problem),
            Self::LoadBalancer(error) => Some(error),
            _ => None,
        }
    }
}

/// What the operator most likely means.
fn likely_issuer(issuer: &RedactedUrl, why: UrlError) -> Option<String> {
    match why {
        UrlError::Metadata => issuer_of_metadata(issuer.as_str()),
        _ => with_scheme(issuer, why),
    }
}

/// A host without its scheme is what the pages of most authorization servers show.
fn with_scheme(url: &RedactedUrl, why: UrlError) -> Option<String> {
    let text = url.as_str();
    let host = text.split('/').next()?;
    let is_host = |host: &str| {
        let mut labels = host.split(':').next().unwrap_or_default().split('.');
        labels.all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    };
    let is_missing = why == UrlError::NotHttps && !text.contains("//") && host.contains('.') && is_host(host);
    is_missing.then(|| format!("https://{text}"))
}
