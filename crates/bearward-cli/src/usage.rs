//! What is wrong with a command line, and the values that subcommands share.

use std::fmt;

use bearward_core::{ConfigError, TargetUrl, UrlError};
use http::Method;

/// The command line makes no sense, or what it names cannot be worked with.
#[derive(Debug)]
pub(crate) struct UsageError(String);

impl UsageError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The method of a request.
pub(crate) fn method(name: &str) -> Result<Method, &'static str> {
    Method::from_bytes(name.as_bytes()).map_err(|_| "not the name of a method")
}

/// The URL of a request.
pub(crate) fn url(text: &str) -> Result<String, &'static str> {
    let whole = TargetUrl::parse(text).map(|_| text.to_owned());
    whole.ok_or("not a URL that begins with http:// or https:// and has nothing before the host")
}

/// What is wrong with a setting, by the names of the flags: the library's own words are for those who call it.
pub(crate) fn complaint(error: &ConfigError) -> String {
    match error {
        ConfigError::Issuer { issuer, why: UrlError::PlainHttp } => {
            format!("--issuer {issuer:?}: {}", plain_http(UrlError::PlainHttp))
        }
        ConfigError::Issuer { issuer, why } => format!("--issuer {issuer:?}: {why}"),
        ConfigError::Url { setting: "jwks_uri", url, why } => {
            format!("--jwks-uri {url:?}: {}", plain_http(*why))
        }
        ConfigError::Url { setting: "metadata_url", url, why } => {
            format!("--metadata-url {url:?}: {}", plain_http(*why))
        }
        ConfigError::Url { setting: "introspection.endpoint", url, why } => {
            format!("--introspection-endpoint {url:?}: {}", plain_http(*why))
        }
        ConfigError::IntrospectionEndpoint(_) => {
            "--client-id needs --introspection-endpoint beside it: where the keys \
             are named, no metadata is fetched that would name it"
                .to_owned()
        }
        ConfigError::ClientAuthentication(why) => format!("--client-id: {why}"),
        ConfigError::RepeatedIssuer(issuer) => format!("--issuer {issuer:?} is given twice"),
        ConfigError::TokensWithoutAudience(why) => format!("--tokens-without-audience: {why}"),
        ConfigError::Algorithms(why) => format!("--algorithm: {why}"),
        ConfigError::Duration { setting: "clock_tolerance", rule } => format!("--clock-tolerance: {rule}"),
        ConfigError::Audience => "--audience: must not be empty".to_owned(),
        ConfigError::KeySet(why) => format!("--jwks: {why}"),
        ConfigError::Jwk(why) => format!("--jwks: no key in it can be used: {why}"),
        ConfigError::Pem(why) => format!("--jwks: {why}"),
        other => other.to_string(),
    }
}

fn plain_http(why: UrlError) -> String {
    match why {
        UrlError::PlainHttp => "plain http is trusted on this machine only; use https".to_owned(),
        why => why.to_string(),
    }
}
