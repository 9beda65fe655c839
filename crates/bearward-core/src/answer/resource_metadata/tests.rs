use serde_json::json;

use super::*;
use crate::request::certificate_header::CertificateHeader;
use crate::request::proxy_headers::ProxyHeaders;
use crate::token::algorithm::Algorithm;
use crate::trust::url::UrlError;

fn described(resource: &ProtectedResource, settings: &ResourceSettings) -> Value {
    serde_json::from_slice(resource.describe(settings).unwrap().json()).unwrap()
}

fn refusal(resource: &ProtectedResource) -> ResourceError {
    resource.describe(&ResourceSettings::new()).unwrap_err()
}

#[test]
fn the_well_known_path_stands_between_host_and_path() {
    const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
    for (identifier, origin, path, query) in [
        ("https://resource.example.com", "https://resource.example.com", "", ""),
        ("https://resource.example.com/", "https://resource.example.com", "", ""),
        // The example of RFC 9728 §3.1.
        ("https://resource.example.com/resource1", "https://resource.example.com", "/resource1", ""),
        ("https://a.example/mcp/", "https://a.example", "/mcp/", ""),
        ("https://a.example/a/b/c", "https://a.example", "/a/b/c", ""),
        ("https://a.example:8443/mcp", "https://a.example:8443", "/mcp", ""),
        ("https://a.example?tenant=1", "https://a.example", "", "?tenant=1"),
        ("https://a.example/?tenant=1", "https://a.example", "", "?tenant=1"),
        ("https://a.example/mcp?u=https://b/", "https://a.example", "/mcp", "?u=https://b/"),
        ("https://a.example/%7Bid%7D/a:b/c*", "https://a.example", "/%7Bid%7D/a:b/c*", ""),
        ("http://localhost:3000/mcp", "http://localhost:3000", "/mcp", ""),
        ("http://127.0.0.1", "http://127.0.0.1", "", ""),
        ("http://[::1]:1/x", "http://[::1]:1", "/x", ""),
    ] {
        let metadata = ProtectedResource::new(identifier).describe(&ResourceSettings::new()).unwrap();
        assert_eq!(metadata.path(), format!("{WELL_KNOWN}{path}"), "{identifier}");
        assert_eq!(metadata.url(), format!("{origin}{WELL_KNOWN}{path}{query}"), "{identifier}");
        // RFC 9728 §3.3: what a client compares with the identifier it began with.
        let document: Value = serde_json::from_slice(metadata.json()).unwrap();
        assert_eq!(document["resource"], identifier);
    }
}

#[test]
fn an_identifier_that_clients_cannot_use_is_refused() {
    for (identifier, why) in [
        ("", UrlError::Empty),
        ("api.example.com", UrlError::NotHttps),
        ("/mcp", UrlError::NotHttps),
        ("urn:example:api", UrlError::NotHttps),
        ("ftp://a.example", UrlError::NotHttps),
        ("http://a.example", UrlError::NotHttps),
        ("https://a.example/#top", UrlError::Extra),
        ("https://user@a.example/", UrlError::Extra),
        ("https://a.example/{id}", UrlError::Spelling),
        ("https://a.example/a\"b", UrlError::Spelling),
        ("https://a.example/a/../b", UrlError::Spelling),
        ("https://a.example/a/%2e%2E", UrlError::Spelling),
        ("https://a.example/.", UrlError::Spelling),
        ("https://a.example/:tenant", UrlError::Spelling),
        ("https://a.example/a/*", UrlError::Spelling),
    ] {
        let url = RedactedUrl::of(identifier);
        let expected = ResourceError::Url { member: "identifier", url, why };
        assert_eq!(refusal(&ProtectedResource::new(identifier)), expected);
    }
    for identifier in ["https://a.example/a b", "https://a.example/é", "https://a.example/a\r\nb"] {
        assert!(ProtectedResource::new(identifier).describe(&ResourceSettings::new()).is_err());
    }
}

#[test]
fn the_least_document_says_what_the_defaults_are() {
    let settings = ResourceSettings::new().issuer("https://issuer.example");
    assert_eq!(
        described(&ProtectedResource::new("https://a.example/mcp"), &settings),
        json!({
            "resource": "https://a.example/mcp",
            "authorization_servers": ["https://issuer.example"],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported":
                ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
        })
    );
}

#[test]
fn the_whole_document_says_what_is_configured() {
    let settings = ResourceSettings::new()
        .issuer("https://z.example/oidc")
        .issuer("https://a.example")
        .issuer("https://z.example/oidc")
        .issuer("http://127.0.0.1:4000")
        .issuer("not a URL")
        .dpop(&DpopPolicy::required().algorithms([Algorithm::ES256]))
        .proxy_headers(&ProxyHeaders::none().client_certificate(CertificateHeader::ClientCert))
        .query_tokens(QueryTokens::Accept);
    let resource = ProtectedResource::new("https://a.example")
        .scope("notes:read")
        .scopes(["notes:write", "notes:read"])
        .name("Notes")
        .documentation("https://docs.example/notes")
        .form_tokens()
        .member("resource_name#ja", "ノート")
        .member("resource_policy_uri", "https://a.example/policy");
    assert_eq!(
        described(&resource, &settings),
        json!({
            "resource": "https://a.example",
            "authorization_servers": ["https://z.example/oidc", "https://a.example", "http://127.0.0.1:4000"],
            "scopes_supported": ["notes:read", "notes:write"],
            "bearer_methods_supported": ["header", "body", "query"],
            "resource_name": "Notes",
            "resource_documentation": "https://docs.example/notes",
            "dpop_signing_alg_values_supported": ["ES256"],
            "dpop_bound_access_tokens_required": true,
            "tls_client_certificate_bound_access_tokens": true,
            "resource_name#ja": "ノート",
            "resource_policy_uri": "https://a.example/policy",
        })
    );
}

#[test]
fn members_without_elements_are_left_out() {
    let settings = ResourceSettings::new().issuer("internal").dpop(&DpopPolicy::off());
    assert_eq!(
        described(&ProtectedResource::new("https://a.example"), &settings),
        json!({ "resource": "https://a.example", "bearer_methods_supported": ["header"] })
    );
}

#[test]
fn certificates_are_promised_only_where_they_can_be_seen() {
    let certificates = |resource: &ProtectedResource, headers: &ProxyHeaders| {
        let settings = ResourceSettings::new().proxy_headers(headers);
        described(resource, &settings)["tls_client_certificate_bound_access_tokens"].clone()
    };
    let silent = ProtectedResource::new("https://a.example");
    let header = ProxyHeaders::none().client_certificate(CertificateHeader::XForwardedClientCert);
    let others = ProxyHeaders::none().x_forwarded_host().connection_certificate();
    assert_eq!(certificates(&silent, &others), Value::Null);
    assert_eq!(certificates(&silent, &header), true);
    assert_eq!(certificates(&silent.client_certificates(), &ProxyHeaders::none()), true);
}

#[test]
fn a_member_that_cannot_stand_in_the_document_is_named() {
    let resource = || ProtectedResource::new("https://a.example");
    for (resource, name) in [
        (resource().scope("two words"), "scopes_supported"),
        (resource().scope(""), "scopes_supported"),
        (resource().name(""), "resource_name"),
        (resource().member("resource", "https://other.example"), "resource"),
        (resource().member("authorization_servers", json!(["x"])), "authorization_servers"),
        (resource().member("dpop_bound_access_tokens_required", false), "dpop_bound_access_tokens_required"),
        (resource().member("jwks_uri", Value::Null), "jwks_uri"),
        (resource().member("authorization_details_types_supported", json!([])), "authorization_details"),
        (resource().member("", "x"), ""),
    ] {
        let ResourceError::Member { member, .. } = refusal(&resource) else { panic!("{name}") };
        assert!(member.starts_with(name), "{member}");
    }
    let error = refusal(&resource().documentation("docs"));
    assert!(matches!(error, ResourceError::Url { member: "documentation", .. }), "{error}");
}
