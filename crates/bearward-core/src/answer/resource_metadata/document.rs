//! The document itself (RFC 9728 §2, RFC 8705 §3.3, RFC 9449 §5.1).

use http::Uri;
use serde_json::{Map, Value};

use super::{
    CertificateSupport, FormTokens, HeaderTokens, ProofSupport, ProtectedResource, ResourceError,
    ResourceSettings,
};
use crate::check::requirement::OFFLINE_ACCESS;
use crate::request::credential::QueryTokens;
use crate::token::algorithm::Algorithm;
use crate::trust::url::UrlError;
use crate::trust::url::{HttpPolicy, check_issuer_url, has_userinfo};
use crate::wire::fields::is_scope_token;
use crate::wire::redacted::RedactedUrl;

/// What the document says by itself; nothing else may say otherwise.
const OWN_MEMBERS: [&str; 9] = [
    "resource",
    "authorization_servers",
    "scopes_supported",
    "bearer_methods_supported",
    "resource_name",
    "resource_documentation",
    "dpop_signing_alg_values_supported",
    "dpop_bound_access_tokens_required",
    "tls_client_certificate_bound_access_tokens",
];

pub(super) fn write(
    resource: &ProtectedResource,
    settings: &ResourceSettings,
) -> Result<String, ResourceError> {
    check_members(resource)?;
    let mut document = Document(Map::new());
    document.text("resource", Some(&resource.identifier));
    document.list("authorization_servers", authorization_servers(resource, settings));
    document.list("scopes_supported", unique(resource.scopes.iter().map(String::as_str)));
    document.list("bearer_methods_supported", bearer_methods(resource, settings));
    document.text("resource_name", resource.name.as_deref());
    document.text("resource_documentation", resource.documentation.as_deref());
    let proofs = match settings.headers {
        HeaderTokens::Accept => settings.proof_algorithms.iter().map(Algorithm::name).collect(),
        HeaderTokens::Ignore => Vec::new(),
    };
    document.list("dpop_signing_alg_values_supported", proofs);
    document.flag("dpop_bound_access_tokens_required", settings.proofs == ProofSupport::Required);
    let certificates = [resource.certificates, settings.certificates];
    document
        .flag("tls_client_certificate_bound_access_tokens", certificates.contains(&CertificateSupport::Seen));
    document.0.extend(resource.members.clone());
    Ok(Value::Object(document.0).to_string())
}

/// Members that say nothing are left out: each has a default, and §3.2 allows no empty lists.
struct Document(Map<String, Value>);

impl Document {
    fn text(&mut self, name: &str, value: Option<&str>) {
        self.0.extend(value.map(|value| (name.to_owned(), value.into())));
    }

    fn list(&mut self, name: &str, values: Vec<&str>) {
        self.0.extend((!values.is_empty()).then(|| (name.to_owned(), values.into())));
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.0.extend(value.then(|| (name.to_owned(), value.into())));
    }
}

fn check_members(resource: &ProtectedResource) -> Result<(), ResourceError> {
    let refused = |member: &str, why| ResourceError::Member { member: member.to_owned(), why };
    if resource.scopes.iter().any(|scope| !is_scope_token(scope)) {
        return Err(refused("scopes_supported", "has a value that is not a scope (RFC 6749 §3.3)"));
    }
    if resource.scopes.iter().any(|scope| scope == OFFLINE_ACCESS) {
        return Err(refused(
            "scopes_supported",
            "must not have offline_access, which is between the client and the authorization server",
        ));
    }
    if resource.name.as_deref() == Some("") {
        return Err(refused("resource_name", "must not be empty"));
    }
    if let Some(url) = &resource.documentation {
        let is_url = url.parse().is_ok_and(|url: Uri| url.scheme().is_some() && url.host().is_some());
        let why = if has_userinfo(url) { UrlError::Extra } else { UrlError::NotHttps };
        let refused = || ResourceError::Url { member: "documentation", url: RedactedUrl::of(url), why };
        (is_url && !has_userinfo(url)).then_some(()).ok_or_else(refused)?;
    }
    for (name, value) in &resource.members {
        if OWN_MEMBERS.contains(&name.as_str()) {
            return Err(refused(name, "has its own setting"));
        }
        let empty = match value {
            Value::Null => true,
            Value::Array(elements) => elements.is_empty(),
            _ => name.is_empty(),
        };
        if empty {
            return Err(refused(name, "needs a name and a value; leave out what is empty (RFC 9728 §3.2)"));
        }
    }
    Ok(())
}

/// In the order of the settings: many clients take the first one. Its identifier is a URL (RFC 8414 §2).
fn authorization_servers<'r>(
    resource: &'r ProtectedResource,
    settings: &'r ResourceSettings,
) -> Vec<&'r str> {
    let named = match resource.authorization_servers.as_slice() {
        [] => &settings.issuers,
        _ => &resource.authorization_servers,
    };
    let is_url = |issuer: &&str| check_issuer_url(issuer, HttpPolicy::DangerousAnywhere).is_ok();
    unique(named.iter().map(String::as_str).filter(is_url))
}

fn bearer_methods(resource: &ProtectedResource, settings: &ResourceSettings) -> Vec<&'static str> {
    if settings.headers == HeaderTokens::Ignore {
        return Vec::new();
    }
    let body = (resource.forms == FormTokens::Accept).then_some("body");
    let query = (settings.query == QueryTokens::Accept).then_some("query");
    ["header"].into_iter().chain(body).chain(query).collect()
}

fn unique<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut unique = Vec::new();
    for text in texts {
        if !unique.contains(&text) {
            unique.push(text);
        }
    }
    unique
}
