//! Metadata that must not be believed, and metadata that is where it may be.
//! Rows of "Key sets and the authorization server" in docs/threat-model.md.

use bearward::{IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, Endpoint, Issuer, WellKnown};
use serde_json::{Value, json};

use crate::support::{
    AUDIENCE, Listener, TestClock, assert_accepted, assert_refused, issuer, present, trusting,
};

#[tokio::test]
async fn metadata_of_another_issuer_is_not_believed() {
    let issuer = issuer().await;
    let token = issuer.mint().audience(AUDIENCE).sign();
    let url = issuer.url();
    for other in [
        json!("https://impostor.example"),
        json!(format!("{url}/")),
        json!(url.to_uppercase()),
        json!(url.replace("127.0.0.1", "localhost")),
        json!(format!("{url}\0")),
        json!([url]),
        json!({ "issuer": url }),
        json!(7),
        Value::Null, // absent
    ] {
        issuer.metadata_member("issuer", other.clone());
        let clock = TestClock::new();
        let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
        let case = other.to_string();
        assert_refused(present(&api, &token).await, "keys_unavailable", &case);
        assert_eq!(issuer.requests(Endpoint::Jwks), 0, "{case}: its jwks_uri was fetched");
        issuer.restore_metadata();
    }
}

#[tokio::test]
async fn a_jwks_uri_that_is_not_fetched_safely_is_not_fetched() {
    let issuer = issuer().await;
    let elsewhere = Listener::start().await;
    let token = issuer.mint().audience(AUDIENCE).sign();
    let port = elsewhere.url().rsplit_once(':').unwrap().1.to_owned();
    for uri in [
        json!("http://keys.example/jwks"),
        json!("http://localhost.example/jwks"),
        json!("http://127.0.0.1.example/jwks"),
        json!("http://0.0.0.0:1/jwks"),
        json!("http://169.254.169.254/latest/meta-data"),
        json!("http://[::ffff:169.254.169.254]/"),
        json!(format!("http://user@127.0.0.1:{port}")),
        json!(format!("http://user:password@127.0.0.1:{port}")),
        json!(format!("http://127.0.0.1:{port}#fragment")),
        json!(format!("ftp://127.0.0.1:{port}")),
        json!(format!("ws://127.0.0.1:{port}")),
        json!(format!("gopher://127.0.0.1:{port}")),
        json!("file:///dev/null"),
        json!("data:application/json,{\"keys\":[]}"),
        json!(format!("//127.0.0.1:{port}")),
        json!("/jwks"),
        json!("jwks"),
        json!(""),
        json!("http://"),
        json!(" http://127.0.0.1/jwks"),
        json!(format!("http://127.0.0.1:{port}/\r\nHost: x")),
        json!([elsewhere.url()]),
        json!(7),
        Value::Null, // absent
    ] {
        issuer.metadata_member("jwks_uri", uri.clone());
        let api = trusting(&issuer).clock(TestClock::new().reader()).build().unwrap();
        let case = uri.to_string();
        assert_refused(present(&api, &token).await, "keys_unavailable", &case);
    }
    assert_eq!(elsewhere.connections(), 0);
    assert_eq!(issuer.requests(Endpoint::Jwks), 0);
}

#[tokio::test]
async fn plain_http_beyond_this_machine_is_a_config_error() {
    for (config, expected) in [
        (
            IssuerConfig::new("http://issuer.example"),
            "issuers[0].issuer: \"http://issuer.example\": plain http is accepted for loopback hosts only; use https, \
             or allow it under dangerous",
        ),
        (
            IssuerConfig::new("https://issuer.example").jwks_uri("http://issuer.example/keys"),
            "issuers[0].jwks_uri: \"http://issuer.example/keys\": plain http is accepted for loopback hosts only; use \
             https, or allow it under dangerous",
        ),
        (
            IssuerConfig::new("https://issuer.example").metadata_url("ftp://issuer.example/metadata"),
            "issuers[0].metadata_url: \"ftp://issuer.example/metadata\": must be an absolute https URL",
        ),
        (
            IssuerConfig::new("issuer.example"),
            "issuers[0].issuer: \"issuer.example\": must be an absolute https URL: write \"https://issuer.example\", with the last \
             slash if the tokens' iss has one",
        ),
        (IssuerConfig::new(""), "issuers[0].issuer: \"\": must not be empty"),
        (
            IssuerConfig::new("https://issuer.example/?tenant=1"),
            "issuers[0].issuer: \"https://issuer.example/?tenant=…\": must not have a query, a fragment or credentials",
        ),
    ] {
        let error = ResourceServer::builder().issuer(config).audience(AUDIENCE).build().unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let dangerous = IssuerConfig::new("http://issuer.example").dangerous().allow_plain_http();
    ResourceServer::builder().issuer(dangerous).audience(AUDIENCE).build().unwrap();
}

#[tokio::test]
async fn metadata_is_found_at_either_well_known_place() {
    for (well_known, path, requests) in [
        (WellKnown::OpenId, "", 1),
        (WellKnown::OpenId, "/oidc", 1),
        (WellKnown::OpenId, "/oidc/", 1),
        (WellKnown::OAuth, "", 2),
        (WellKnown::OAuth, "/oidc", 2),
        (WellKnown::Both, "/a/b", 1),
    ] {
        let issuer = Issuer::builder()
            .algorithms([Algorithm::Es256])
            .well_known(well_known)
            .path(path)
            .start()
            .await
            .unwrap();
        let api = trusting(&issuer).build().unwrap();
        let case = format!("{well_known:?} {path:?}");
        let token = issuer.mint().audience(AUDIENCE).sign();
        assert_accepted(present(&api, &token).await, &case);
        assert_eq!(issuer.requests(Endpoint::Metadata), requests, "{case}");
        assert_eq!(issuer.requests(Endpoint::Jwks), 1, "{case}");
    }
}
