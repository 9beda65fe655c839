//! What can be wrong with the settings of introspection.

use std::fmt;

/// An issuer cannot be asked about tokens with these settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IntrospectionProblem {
    /// `bridge_for` is longer than a minute.
    BridgeFor,
    /// `cache_for` is out of its bounds.
    CacheFor,
    /// `cache_refusals_for` is out of its bounds.
    CacheRefusalsFor,
    /// The id under which this resource server is registered is empty.
    NoClientId,
    /// The secret of that client is empty.
    NoClientSecret,
    /// This issuer has no metadata that could name the introspection endpoint, and no endpoint is configured.
    NoEndpoint,
}

impl IntrospectionProblem {
    /// The member of the introspection settings.
    #[must_use]
    pub const fn member(self) -> &'static str {
        match self {
            Self::BridgeFor => "bridge_for",
            Self::CacheFor => "cache_for",
            Self::CacheRefusalsFor => "cache_refusals_for",
            Self::NoClientId => "client_id",
            Self::NoClientSecret => "client_secret",
            Self::NoEndpoint => "endpoint",
        }
    }
}

impl fmt::Display for IntrospectionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BridgeFor => "at most a minute",
            Self::CacheFor | Self::CacheRefusalsFor => "at least one second, and at most one hour",
            Self::NoClientId => "the client id is empty",
            Self::NoClientSecret => "the client secret is empty",
            Self::NoEndpoint => "the issuer has no metadata that could name it; set it",
        })
    }
}

impl std::error::Error for IntrospectionProblem {}
