//! Protected resource metadata (RFC 9728), as a client finds, reads and validates it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use axum::routing::get;
use axum::{Router, http::Method};
use bearward_axum::answer::ProtectedResource;
use bearward_axum::builder::ResourceServerBuilder;
use bearward_axum::check::DpopPolicy;
use bearward_axum::engine::Problem;
use bearward_axum::request::{CertificateHeader, ProxyHeaders};
use bearward_axum::{Authorized, ConfigError, IssuerConfig, Protect, ResourceServer, resource_metadata};
use bearward_issuer::{Algorithm, SigningKey};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const ISSUER: &str = "https://issuer.example/oidc";

fn trusting(audience: &str) -> ResourceServerBuilder {
    let keys = SigningKey::generate(Algorithm::Es256).public_jwk().to_string();
    ResourceServer::builder().audience(audience).issuer(IssuerConfig::new(ISSUER).static_keys(keys))
}

/// Serves `path` under protection, and the metadata of a resource of that path; gives the resource's identifier.
async fn serve(path: &str, describe: impl FnOnce(ProtectedResource) -> ProtectedResource) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let identifier = format!("{origin}{path}");
    let resource = describe(ProtectedResource::new(&identifier));
    let api = trusting(&identifier).resource(resource).build().unwrap();
    let app = Router::new()
        .fallback(get(|_: Authorized| async { "in" }))
        .layer(api.layer())
        .merge(resource_metadata(&api).unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    identifier
}

async fn ask(method: Method, url: &str) -> Response {
    Client::new().request(method, url).send().await.unwrap()
}

/// The one `resource_metadata` that all challenges of an answer name (RFC 9728 §5.1).
fn metadata_url(response: &Response) -> String {
    let challenges = response.headers().get_all("www-authenticate").iter();
    let urls = challenges.map(|challenge| {
        let (_, url) = challenge.to_str().unwrap().split_once("resource_metadata=\"").unwrap();
        url.strip_suffix('"').unwrap().to_owned()
    });
    let urls: Vec<_> = urls.collect();
    assert_eq!(urls.len(), 2, "Bearer and DPoP");
    assert_eq!(urls[0], urls[1]);
    urls[0].clone()
}

/// Some clients look at the root of the host, whatever the path of the resource.
#[tokio::test]
async fn the_document_is_at_the_root_as_well_where_that_is_asked_for() {
    const ROOT: &str = "/.well-known/oauth-protected-resource";
    for (path, at_root) in [("/mcp", true), ("", true), ("/", true), ("/mcp", false)] {
        let describe = |resource: ProtectedResource| if at_root { resource.at_root() } else { resource };
        let identifier = serve(path, describe).await;
        let origin = identifier.strip_suffix(path).unwrap();
        let found = ask(Method::GET, &format!("{origin}{ROOT}")).await;
        if !at_root {
            assert_eq!(found.status(), 401, "{path:?}");
            continue;
        }
        assert_eq!(found.status(), 200, "{path:?}");
        let document: Value = found.json().await.unwrap();
        assert_eq!(document["resource"], *identifier);
        let own = ask(Method::GET, &metadata_url(&ask(Method::GET, &identifier).await)).await;
        assert_eq!(own.json::<Value>().await.unwrap(), document);
    }
}

#[tokio::test]
async fn a_client_that_is_refused_finds_the_document_and_can_believe_it() {
    for path in ["", "/", "/mcp", "/mcp/", "/a/b", "/v1:x/a*", "/%7Bid%7D", "/mcp?tenant=1"] {
        let identifier = serve(path, |resource| resource.scope("notes:read")).await;
        let refused = ask(Method::GET, &identifier).await;
        assert_eq!(refused.status(), 401, "{path}");
        let document = ask(Method::GET, &metadata_url(&refused)).await;
        assert_eq!(document.status(), 200, "{path}");
        let document: Value = document.json().await.unwrap();
        // RFC 9728 §3.3: or else the client must not use it.
        assert_eq!(document["resource"], identifier, "{path}");
        assert_eq!(document["authorization_servers"], json!([ISSUER]), "{path}");
    }
}

#[tokio::test]
async fn the_document_is_json_for_everyone_and_may_be_kept() {
    let identifier = serve("/mcp", |resource| resource.name("Notes")).await;
    let url = metadata_url(&ask(Method::GET, &identifier).await);
    assert!(url.ends_with("/.well-known/oauth-protected-resource/mcp"), "{url}");
    let document = ask(Method::GET, &url).await;
    let headers = document.headers().clone();
    for (name, value) in [
        ("content-type", "application/json"),
        ("cache-control", "public, max-age=3600"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(headers[name], value);
    }
    assert_eq!(
        document.json::<Value>().await.unwrap(),
        json!({
            "resource": identifier,
            "resource_name": "Notes",
            "authorization_servers": [ISSUER],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported":
                ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
        })
    );
    let head = ask(Method::HEAD, &url).await;
    assert_eq!(
        (head.status().as_u16(), head.headers()["content-length"].clone()),
        (200, { headers["content-length"].clone() })
    );
    assert_eq!(head.bytes().await.unwrap(), "");
    assert_eq!(ask(Method::POST, &url).await.status(), 405);
}

#[tokio::test]
async fn a_page_of_any_origin_may_read_the_document_with_a_header_of_its_own() {
    let identifier = serve("/mcp", |resource| resource).await;
    let url = metadata_url(&ask(Method::GET, &identifier).await);
    let preflight = Client::new()
        .request(Method::OPTIONS, url)
        .header("origin", "https://app.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "mcp-protocol-version");
    let preflight = preflight.send().await.unwrap();
    assert_eq!(preflight.status(), 204);
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET"),
        ("access-control-allow-headers", "*"),
    ] {
        assert_eq!(preflight.headers()[name], value);
    }
}

#[test]
fn the_document_follows_the_settings_wherever_they_stand_in_the_chain() {
    let api = trusting("https://api.example.com")
        .resource(ProtectedResource::new("https://api.example.com"))
        .dpop(DpopPolicy::required().algorithms([bearward_axum::token::Algorithm::ES256]))
        .trusted_proxies(
            ["10.0.0.0/8"],
            ProxyHeaders::none().client_certificate(CertificateHeader::ClientCert),
        )
        .issuer("https://second.example")
        .build()
        .unwrap();
    let metadata = api.resource_metadata().unwrap();
    assert_eq!(metadata.path(), "/.well-known/oauth-protected-resource");
    assert_eq!(
        serde_json::from_slice::<Value>(metadata.json()).unwrap(),
        json!({
            "resource": "https://api.example.com",
            "authorization_servers": [ISSUER, "https://second.example"],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": ["ES256"],
            "dpop_bound_access_tokens_required": true,
            "tls_client_certificate_bound_access_tokens": true,
        })
    );
}

#[test]
fn a_description_here_and_one_elsewhere_are_one_too_many() {
    let api = || trusting("https://api.example.com");
    let here = || ProtectedResource::new("https://api.example.com");
    let both = api().resource(here()).resource_metadata("https://elsewhere.example/metadata").build();
    let twice = ConfigError::new("resource_metadata", Problem::ResourceMetadataTwice);
    assert_eq!(both.unwrap_err(), twice);
    let elsewhere = api().resource_metadata("https://elsewhere.example/metadata").build().unwrap();
    assert!(elsewhere.resource_metadata().is_none());
    let none = ConfigError::new("resource", Problem::NoResource);
    assert_eq!(resource_metadata::<()>(&elsewhere).unwrap_err(), none);
    let bad = api().resource(ProtectedResource::new("http://api.example.com")).build().unwrap_err();
    assert_eq!(
        bad.to_string(),
        r#"resource.identifier: "http://api.example.com": must be an absolute https URL"#
    );
}
