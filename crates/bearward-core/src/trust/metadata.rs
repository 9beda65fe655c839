//! Authorization server metadata: where it is and what is taken from it (RFC 8414 §3, OpenID Connect
//! Discovery §4).

use std::fmt;
use std::sync::Arc;

use crate::trust::introspection::IntrospectionError;
use crate::trust::url::UrlError;
use crate::trust::url::{self, HttpPolicy};
use crate::wire::json::{JsonError, Object};
use crate::wire::redacted::RedactedUrl;

/// What is taken from an issuer's metadata.
pub(crate) struct Metadata {
    pub(crate) jwks_uri: Result<String, MetadataError>,
    /// Only who introspects cares whether it is there and may be used.
    pub(crate) introspection_endpoint: Result<Arc<str>, IntrospectionError>,
}

/// Why metadata is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataError {
    /// It is not a JSON object.
    Json(JsonError),
    /// Its `issuer` is another than the configured one (RFC 8414 §3.3).
    IssuerMismatch {
        /// What it says, cut to a length fit for a log; `None` when it says nothing.
        found: Option<RedactedUrl>,
    },
    /// It has no `jwks_uri`.
    NoJwksUri,
    /// Its `jwks_uri` may not be fetched.
    JwksUri(UrlError),
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(why) => write!(f, "the metadata cannot be read: {why}"),
            Self::IssuerMismatch { found: Some(found) } => write!(
                f,
                "the metadata names the issuer {found:?}; configure exactly that, if it is the one you mean"
            ),
            Self::IssuerMismatch { found: None } => f.write_str("the metadata names no issuer"),
            Self::NoJwksUri => f.write_str("the metadata has no jwks_uri"),
            Self::JwksUri(why) => write!(f, "the jwks_uri of the metadata cannot be used: {why}"),
        }
    }
}

impl std::error::Error for MetadataError {}

pub(crate) fn is_same_but_for_slash(one: &str, other: &str) -> bool {
    one.strip_suffix('/').unwrap_or(one) == other.strip_suffix('/').unwrap_or(other)
}

/// Where a metadata document may be.
#[derive(Clone)]
pub(crate) struct Places {
    pub(crate) first: String,
    pub(crate) others: Vec<String>,
}

impl Places {
    /// The well-known places of an issuer, in the order to try them: OpenID Connect Discovery §4.1 appends its well-known
    /// path, RFC 8414 §3.1 inserts its own before the issuer's path, and some servers insert OpenID Connect's there.
    pub(crate) fn of(issuer: &str) -> Self {
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let path_at = base
            .find("://")
            .and_then(|scheme| base[scheme + 3..].find('/').map(|path| scheme + 3 + path))
            .unwrap_or(base.len());
        let (origin, path) = base.split_at(path_at);
        let mut others = vec![format!("{origin}/.well-known/oauth-authorization-server{path}")];
        if !path.is_empty() {
            others.push(format!("{origin}/.well-known/openid-configuration{path}"));
        }
        Self { first: format!("{base}/.well-known/openid-configuration"), others }
    }

    pub(crate) fn only(url: String) -> Self {
        Self { first: url, others: Vec::new() }
    }
}

impl Metadata {
    /// Reads this issuer's metadata, which were fetched from `location`. They may name it by `alias`, too, with or
    /// without the last slash.
    pub(crate) fn read(
        document: &[u8],
        issuer: &str,
        alias: Option<&str>,
        location: &str,
        http: HttpPolicy,
    ) -> Result<Self, MetadataError> {
        let metadata = Object::parse_document(document).map_err(MetadataError::Json)?;
        match metadata.string("issuer") {
            Some(found) if found == issuer => {}
            Some(found) if alias.is_some_and(|alias| is_same_but_for_slash(alias, found)) => {}
            found => {
                return Err(MetadataError::IssuerMismatch { found: found.map(RedactedUrl::of) });
            }
        }
        let check = |url: &str| {
            // A server that is itself reached over https must not send its clients to plain http, not even
            // to their own machine.
            let is_downgrade = !url::is_plain_http(location) && url::is_plain_http(url);
            if is_downgrade { Err(UrlError::NotHttps) } else { url::check_url(url, http) }
        };
        let jwks_uri = metadata.string("jwks_uri").ok_or(MetadataError::NoJwksUri);
        let introspection = metadata.string("introspection_endpoint").ok_or(IntrospectionError::NoEndpoint);
        Ok(Self {
            jwks_uri: jwks_uri.and_then(|url| match check(url) {
                Ok(()) => Ok(url.to_owned()),
                Err(why) => Err(MetadataError::JwksUri(why)),
            }),
            introspection_endpoint: introspection.and_then(|url| match check(url) {
                Ok(()) => Ok(url.into()),
                Err(why) => Err(IntrospectionError::Endpoint(why)),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwks_uri(
        document: &[u8],
        issuer: &str,
        location: &str,
        http: HttpPolicy,
    ) -> Result<String, MetadataError> {
        Metadata::read(document, issuer, None, location, http)?.jwks_uri
    }

    #[test]
    fn each_well_known_place_is_tried_once() {
        let at = |issuer| {
            let Places { first, others } = Places::of(issuer);
            [vec![first], others].concat().join(" ")
        };
        assert_eq!(
            at("https://a.example"),
            "https://a.example/.well-known/openid-configuration \
             https://a.example/.well-known/oauth-authorization-server"
        );
        assert_eq!(
            at("https://a.example/oidc"),
            "https://a.example/oidc/.well-known/openid-configuration \
             https://a.example/.well-known/oauth-authorization-server/oidc \
             https://a.example/.well-known/openid-configuration/oidc"
        );
        assert_eq!(at("https://a.example/"), at("https://a.example"));
    }

    #[test]
    fn the_key_set_is_fetched_as_safely_as_the_metadata_were() {
        let document = br#"{"issuer":"a","jwks_uri":"http://localhost/jwks"}"#;
        let read = |location| jwks_uri(document, "a", location, HttpPolicy::DangerousAnywhere);
        for location in ["https://a.example/metadata", "HTTPS://a.example/metadata"] {
            assert_eq!(read(location), Err(MetadataError::JwksUri(UrlError::NotHttps)), "{location}");
        }
        assert!(read("http://localhost/metadata").is_ok());
    }

    #[test]
    fn the_introspection_endpoint_is_as_safe_as_the_metadata_and_its_absence_harms_nothing_else() {
        for (member, expected) in [
            (
                r#","introspection_endpoint":"https://a.example/introspect""#,
                Ok("https://a.example/introspect"),
            ),
            ("", Err(IntrospectionError::NoEndpoint)),
            (r#","introspection_endpoint":7"#, Err(IntrospectionError::NoEndpoint)),
            (
                r#","introspection_endpoint":"http://localhost/introspect""#,
                Err(IntrospectionError::Endpoint(UrlError::NotHttps)),
            ),
            (
                r#","introspection_endpoint":"file:///x""#,
                Err(IntrospectionError::Endpoint(UrlError::NotHttps)),
            ),
        ] {
            let document = format!(r#"{{"issuer":"a","jwks_uri":"https://a.example/jwks"{member}}}"#);
            let location = "https://a.example/metadata";
            let read =
                Metadata::read(document.as_bytes(), "a", None, location, HttpPolicy::LoopbackOnly).unwrap();
            assert!(read.jwks_uri.is_ok());
            assert_eq!(read.introspection_endpoint.as_deref(), expected.as_ref().copied(), "{member}");
        }
    }

    #[test]
    fn only_the_configured_issuer_is_believed() {
        let read = |document: &str| {
            let issuer = "https://a.example";
            jwks_uri(document.as_bytes(), issuer, issuer, HttpPolicy::LoopbackOnly)
        };
        let good = r#"{"issuer":"https://a.example","jwks_uri":"https://keys.example/jwks"}"#;
        assert_eq!(read(good).unwrap(), "https://keys.example/jwks");
        let mismatch = |found: &str| {
            let found = Some(RedactedUrl::of(found));
            Err(MetadataError::IssuerMismatch { found })
        };
        for (document, expected) in [
            (r#"{"issuer":"https://a.example/"}"#, mismatch("https://a.example/")),
            (r#"{"issuer":"https://A.example"}"#, mismatch("https://A.example")),
            (r#"{"jwks_uri":"x"}"#, Err(MetadataError::IssuerMismatch { found: None })),
            (r#"{"issuer":"https://a.example"}"#, Err(MetadataError::NoJwksUri)),
            ("<html>", Err(MetadataError::Json(JsonError::Syntax))),
            (
                r#"{"issuer":"https://a.example","jwks_uri":"http://localhost/jwks"}"#,
                Err(MetadataError::JwksUri(UrlError::NotHttps)),
            ),
            (
                r#"{"issuer":"https://a.example","jwks_uri":"file:///jwks"}"#,
                Err(MetadataError::JwksUri(UrlError::NotHttps)),
            ),
        ] {
            assert_eq!(read(document), expected, "{document}");
        }
    }
}
