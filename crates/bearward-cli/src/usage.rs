//! What is wrong with a command line, and the values that subcommands share.

use std::fmt;

use bearward_core::ConfigError;
use bearward_core::engine::Problem;
use bearward_core::request::TargetUrl;
use bearward_core::trust::{IntrospectionProblem, IssuerProblem, UrlError};
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

/// The flag that stands for the setting at this path, where one does.
fn flag(path: &str) -> Option<&'static str> {
    let member =
        path.strip_prefix("issuers[").and_then(|rest| rest.split_once("].")).map_or(path, |(_, rest)| rest);
    let member = member.split('[').next().unwrap_or(member);
    Some(match member {
        "issuer" => "--issuer",
        "jwks_uri" => "--jwks-uri",
        "metadata_url" => "--metadata-url",
        "static_keys" | "public_key_pem" => "--jwks",
        "algorithms" => "--algorithm",
        "audiences" => "--audience",
        "tokens_without_audience" => "--tokens-without-audience",
        "clock_tolerance" => "--clock-tolerance",
        "introspection.endpoint" => "--introspection-endpoint",
        "introspection.client_id" | "introspection.client_secret" => "--client-id",
        _ => return None,
    })
}

/// What is wrong with a setting, by the names of the flags: the library's own words are for those who call it.
pub(crate) fn complaint(error: &ConfigError) -> String {
    let Some(flag) = flag(&error.path) else { return error.to_string() };
    match &error.problem {
        Problem::Issuer(
            IssuerProblem::Identifier { issuer: url, why: UrlError::PlainHttp }
            | IssuerProblem::Url { url, why: UrlError::PlainHttp },
        ) => format!("{flag} {url:?}: plain http is trusted on this machine only; use https"),
        Problem::Issuer(IssuerProblem::Identifier { issuer: url, why } | IssuerProblem::Url { url, why }) => {
            format!("{flag} {url:?}: {why}")
        }
        Problem::Issuer(IssuerProblem::Introspection(IntrospectionProblem::NoEndpoint)) => {
            "--client-id needs --introspection-endpoint beside it: where the keys \
             are named, no metadata is fetched that would name it"
                .to_owned()
        }
        Problem::RepeatedIssuer(issuer) => format!("{flag} {issuer:?} is given twice"),
        Problem::Audience | Problem::Issuer(IssuerProblem::Audience) => format!("{flag}: must not be empty"),
        Problem::Issuer(IssuerProblem::Jwk(why)) => format!("{flag}: no key in it can be used: {why}"),
        problem => format!("{flag}: {problem}"),
    }
}
