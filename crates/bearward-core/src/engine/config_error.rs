//! The operator's failures: settings that cannot work.

use std::fmt;

use crate::check::requirement::RequirementError;
use crate::trust::introspection::PrivateKeyError;
use crate::trust::key::{JwkError, KeySetError, PemError};
use crate::trust::provider::ProviderError;
use crate::trust::url::{UrlError, issuer_of_metadata};
use crate::wire::redacted::RedactedUrl;

/// A setting cannot work. Says which, why, and what would.
///
/// A setting that may be a URL is quoted as a [`RedactedUrl`]: without userinfo and values of parameters. No variant
/// holds a secret, a key or a token.
///
/// `Debug` says it in the same words: that is what a `main` that returns the error prints.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// An issuer is empty, or not a URL where one is needed.
    Issuer {
        /// The setting's value.
        issuer: RedactedUrl,
        /// What is wrong with it.
        why: UrlError,
    },
    /// No issuer is configured, and nothing resolves any.
    NoIssuer,
    /// Headers are given for the key requests of an issuer that is not configured.
    KeyRequestHeaders(RedactedUrl),
    /// The settings of a provider cannot work.
    Provider(ProviderError),
    /// The same issuer is configured twice.
    RepeatedIssuer(RedactedUrl),
    /// Any issuer is dangerously allowed, and it is not clear whose keys verify its tokens.
    AnyIssuer,
    /// Tokens without `iss` are dangerously allowed, and it is not clear whose they are.
    TokensWithoutIssuer,
    /// A `jwks_uri` or metadata URL cannot be fetched safely.
    Url {
        /// Which setting.
        setting: &'static str,
        /// Its value.
        url: RedactedUrl,
        /// What is wrong with it.
        why: UrlError,
    },
    /// An audience is empty, or none is left for an issuer.
    Audience,
    /// What takes the place of `aud` in tokens that have none cannot work.
    TokensWithoutAudience(&'static str),
    /// The organization claim of this path is empty, or has an empty segment.
    OrganizationClaim(String),
    /// An audience was given between two issuers, where it is not clear whose it is.
    AudienceBetweenIssuers,
    /// The list of allowed algorithms is empty or does not fit the kind of key.
    Algorithms(&'static str),
    /// A shared secret is to stand beside published keys, and the keys are a shared secret, too.
    SecretBesideSecret,
    /// The shared secret is shorter than the hash of an allowed algorithm (RFC 7518 §3.2).
    SecretTooShort {
        /// Its length in bytes.
        bytes: usize,
        /// The least length in bytes.
        least: usize,
    },
    /// What stands in this setting is the text of a public key, which everybody has.
    SecretIsPublic(&'static str),
    /// The secret of DPoP nonces is too short to be one.
    NonceSecretTooShort {
        /// Its length in bytes.
        bytes: usize,
        /// The least length in bytes.
        least: usize,
    },
    /// The operating system gives no random bytes.
    Random,
    /// Headers of trusted proxies are named, and no proxy is trusted to set them.
    NoTrustedProxy,
    /// The configured JWK Set or JWK is not one.
    KeySet(KeySetError),
    /// The configured JWK cannot be used.
    Jwk(JwkError),
    /// The configured PEM text cannot be used.
    Pem(PemError),
    /// Two issuers introspect, and an opaque token does not say whose it is.
    SeveralIntrospect {
        /// The issuer named first.
        first: RedactedUrl,
        /// The other.
        other: RedactedUrl,
    },
    /// This issuer introspects, has no metadata to name its introspection endpoint, and none is configured.
    IntrospectionEndpoint(RedactedUrl),
    /// An issuer that a resolver named introspects. No token would ever reach it: opaque ones name no issuer.
    ResolvedIntrospection(RedactedUrl),
    /// How this resource server authenticates itself when it introspects cannot work.
    ClientAuthentication(&'static str),
    /// The private key it does so with cannot be used.
    PrivateKey(PrivateKeyError),
    /// A duration is out of its bounds.
    Duration {
        /// Which setting.
        setting: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// The realm cannot stand in a header.
    Realm,
    /// The URL of the protected resource metadata cannot stand in a header, or has credentials.
    ResourceMetadata,
    /// The resource is described here, and its metadata said to be elsewhere.
    ResourceMetadataTwice,
    /// The metadata of the resource is to be served, and there is none.
    NoResource,
    /// A member of the protected resource metadata cannot stand there.
    ResourceMember {
        /// Its name.
        member: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A trusted proxy is not an address or network, or is everybody.
    TrustedProxy {
        /// The text that was given.
        network: RedactedUrl,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The public origin is not one that the URLs of requests can begin with.
    PublicOrigin {
        /// The text that was given.
        origin: RedactedUrl,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The access token cannot be taken from where it is said to be.
    TokenPlace(&'static str),
    /// The tokens of a load balancer cannot be read so.
    LoadBalancer(&'static str),
    /// A requirement cannot be met or means nothing.
    Requirement(RequirementError),
    /// An environment variable is missing or has a value that cannot be used.
    Environment {
        /// Its name.
        variable: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// An environment variable is almost called like one that is read, and would be ignored.
    MisspeltVariable {
        /// Its name.
        given: String,
        /// The variable that is read.
        meant: &'static str,
    },
    /// The HTTP client could not be built.
    HttpClient(String),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issuer { issuer, why } => {
                write!(f, "issuer {issuer:?}: {why}")?;
                match likely_issuer(issuer, *why) {
                    Some(likely) => write!(f, ": write {likely:?}, with the last slash if the tokens' iss has one"),
                    None => Ok(()),
                }
            }
            Self::KeyRequestHeaders(issuer) => {
                write!(f, "key_request_headers: issuer {issuer:?} is not configured")
            }
            Self::NoIssuer => f.write_str("issuer: at least one is needed"),
            Self::RepeatedIssuer(issuer) => write!(f, "issuer {issuer:?} is configured twice"),
            Self::AnyIssuer => {
                f.write_str("issuer: any one can be allowed only beside exactly one that has the keys")
            }
            Self::TokensWithoutIssuer => {
                f.write_str("issuer: tokens without iss can be allowed only beside exactly one, whose they are")
            }
            Self::Url { setting, url, why } => {
                write!(f, "{setting} {url:?}: {why}")?;
                with_scheme(url, *why).map_or(Ok(()), |likely| write!(f, ": write {likely:?}"))
            }
            Self::Audience => f.write_str("audience: every issuer needs at least one, and none may be empty"),
            Self::TokensWithoutAudience(why) => write!(f, "tokens_without_audience: {why}"),
            Self::OrganizationClaim(path) => {
                write!(f, "organization_claim: {path:?} is not the path of a claim")
            }
            Self::AudienceBetweenIssuers => f.write_str(
                "audience: one that stands between two issuers would hold for both; give it to its issuer \
                 (IssuerConfig::audience), or put those for all issuers last",
            ),
            Self::Algorithms(why) => write!(f, "algorithms: {why}"),
            Self::SecretBesideSecret => f.write_str(
                "shared_secret_beside_keys: there are no published keys beside it; give shared_secret alone, or keys",
            ),
            Self::SecretTooShort { bytes, least } => write!(
                f,
                "shared_secret: {bytes} bytes are too short; the allowed algorithm needs at least {least}"
            ),
            Self::SecretIsPublic(setting) => write!(
                f,
                "{setting}: this is a public key or a certificate, and anybody could sign with it; give the secret, \
                 or configure the key as a public one"
            ),
            Self::NonceSecretTooShort { bytes, least } => {
                write!(
                    f,
                    "dpop nonces: a secret of {bytes} bytes is too short; use at least {least} random ones"
                )
            }
            Self::NoTrustedProxy => f.write_str(
                "trusted_proxies: headers are named, and no network that they are believed from; name the \
                 addresses your proxies connect from",
            ),
            Self::Random => f.write_str("the operating system gives no random bytes"),
            Self::KeySet(error) => write!(f, "static_keys: {error}"),
            Self::Jwk(error) => write!(f, "static_keys: {error}"),
            Self::Pem(error) => write!(f, "public_key_pem: {error}"),
            Self::SeveralIntrospect { first, other } => write!(
                f,
                "introspection: both {first:?} and {other:?} introspect, but an opaque token does not say whose \
                 it is; only one issuer can"
            ),
            Self::IntrospectionEndpoint(issuer) => write!(
                f,
                "introspection.endpoint: issuer {issuer:?} has no metadata that could name it; set it"
            ),
            Self::ResolvedIntrospection(issuer) => write!(
                f,
                "introspection: issuer {issuer:?} is named by a resolver, and an opaque token names no issuer; \
                 configure the one that introspects"
            ),
            Self::ClientAuthentication(why) => write!(f, "introspection: {why}"),
            Self::PrivateKey(error) => write!(f, "introspection: private_key_jwt: {error}"),
            Self::Duration { setting, rule } => write!(f, "{setting}: {rule}"),
            Self::Realm => f.write_str("realm: only printable ASCII can stand in a header"),
            Self::ResourceMetadata => f.write_str(
                "resource_metadata: only printable ASCII without quotes can stand in a header, and no credentials",
            ),
            Self::ResourceMetadataTwice => f.write_str(
                "resource, resource_metadata: give one of them, the document or the URL of one served elsewhere",
            ),
            Self::NoResource => f.write_str("resource: none is given, so there is no metadata to serve"),
            Self::ResourceMember { member, why } => write!(f, "resource: member {member:?} {why}"),
            Self::TrustedProxy { network, why } => write!(f, "trusted_proxies: {network:?}: {why}"),
            Self::PublicOrigin { origin, why } => write!(f, "public_origin {origin:?}: {why}"),
            Self::LoadBalancer(why) => write!(f, "load_balancer: {why}"),
            Self::TokenPlace(why) => write!(f, "token_place: {why}"),
            Self::Requirement(error) => write!(f, "requirement: {error}"),
            Self::Provider(error) => fmt::Display::fmt(error, f),
            Self::Environment { variable, why } => write!(f, "environment variable {variable}: {why}"),
            Self::MisspeltVariable { given, meant } => {
                write!(f, "environment variable {given:?} would be ignored: did you mean {meant}?")
            }
            Self::HttpClient(why) => write!(f, "http_client: {why}"),
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

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}

impl From<RequirementError> for ConfigError {
    fn from(error: RequirementError) -> Self {
        Self::Requirement(error)
    }
}

impl From<ProviderError> for ConfigError {
    fn from(error: ProviderError) -> Self {
        Self::Provider(error)
    }
}

impl From<PrivateKeyError> for ConfigError {
    fn from(error: PrivateKeyError) -> Self {
        Self::PrivateKey(error)
    }
}
