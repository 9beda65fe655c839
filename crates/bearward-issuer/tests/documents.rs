//! The metadata and the JWK Set over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bearward_issuer::{Algorithm, Config, Endpoint, Issuer, SigningKey, WellKnown};
use reqwest::{Client, Response};
use serde_json::{Value, json};

async fn json(response: Response) -> Value {
    assert_eq!(response.status(), 200);
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

async fn get(url: &str) -> Response {
    reqwest::get(url).await.unwrap()
}

async fn conditional(url: &str, tag: &str) -> u16 {
    let request = Client::new().get(url).header("if-none-match", tag);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn both_kinds_of_metadata_name_the_issuer_and_its_endpoints() {
    let issuer = Issuer::builder().config(Config::demo()).start().await.unwrap();
    let oauth = json(get(&issuer.oauth_metadata_uri()).await).await;
    let openid = json(get(&issuer.openid_configuration_uri()).await).await;
    for document in [&oauth, &openid] {
        assert_eq!(document["issuer"], issuer.url());
        assert_eq!(document["jwks_uri"], issuer.jwks_uri());
        assert_eq!(document["token_endpoint"], issuer.token_endpoint());
        assert_eq!(document["grant_types_supported"], json!(["client_credentials", "authorization_code"]));
    }
    assert!(oauth["scopes_supported"].as_array().unwrap().contains(&json!("read:messages")));
    assert_eq!(openid["id_token_signing_alg_values_supported"], json!(["RS256"]));
    assert_eq!(issuer.requests(Endpoint::Metadata), 2);
}

#[tokio::test]
async fn a_path_is_appended_to_for_openid_and_inserted_before_for_oauth() {
    for (path, tail) in [("/oidc", "/oidc"), ("/oidc/", "/oidc"), ("/", "")] {
        let issuer = Issuer::builder().path(path).start().await.unwrap();
        let origin = format!("http://127.0.0.1:{}", issuer.port());
        assert_eq!(issuer.url(), format!("{origin}{path}"));
        let openid = format!("{origin}{tail}/.well-known/openid-configuration");
        let oauth = format!("{origin}/.well-known/oauth-authorization-server{tail}");
        for url in [openid, oauth] {
            assert_eq!(json(get(&url).await).await["issuer"], issuer.url());
        }
        assert_eq!(json(get(&issuer.jwks_uri()).await).await, issuer.jwk_set());
    }
}

#[tokio::test]
async fn either_location_can_be_the_only_one() {
    for (locations, openid, oauth) in [(WellKnown::OpenId, 200, 404), (WellKnown::OAuth, 404, 200)] {
        let issuer = Issuer::builder().well_known(locations).start().await.unwrap();
        assert_eq!(get(&issuer.openid_configuration_uri()).await.status(), openid);
        assert_eq!(get(&issuer.oauth_metadata_uri()).await.status(), oauth);
        assert_eq!(issuer.requests(Endpoint::Metadata), 2);
    }
}

#[tokio::test]
async fn metadata_members_can_be_replaced_removed_and_restored() {
    let issuer = Issuer::builder().start().await.unwrap();
    issuer.metadata_member("issuer", "https://impostor.example");
    issuer.metadata_member("jwks_uri", Value::Null);
    let document = json(get(&issuer.oauth_metadata_uri()).await).await;
    assert_eq!(document["issuer"], "https://impostor.example");
    assert!(document.get("jwks_uri").is_none());
    issuer.restore_metadata();
    let document = json(get(&issuer.openid_configuration_uri()).await).await;
    assert_eq!(document["issuer"], issuer.url());
    assert_eq!(document["jwks_uri"], issuer.jwks_uri());
}

#[tokio::test]
async fn the_jwk_set_has_an_entity_tag_that_changes_with_the_keys() {
    let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
    let url = issuer.jwks_uri();
    let response = get(&url).await;
    assert_eq!(response.headers()["content-type"], "application/jwk-set+json");
    assert!(!response.headers().contains_key("cache-control"));
    let tag = response.headers()["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'));

    assert_eq!(conditional(&url, &tag).await, 304);
    assert_eq!(conditional(&url, &format!("\"other\", W/{tag}")).await, 304);
    assert_eq!(conditional(&url, "*").await, 304);
    assert_eq!(conditional(&url, "\"other\"").await, 200);
    assert_eq!(issuer.jwks_not_modified(), 3);

    issuer.rotate(Algorithm::Es256);
    assert_eq!(conditional(&url, &tag).await, 200);
    assert_eq!(issuer.requests(Endpoint::Jwks), 6);
}

#[tokio::test]
async fn cache_control_is_sent_as_configured() {
    let issuer = Issuer::builder().jwks_cache_control("max-age=60").start().await.unwrap();
    let cache_control = async || {
        let response = get(&issuer.jwks_uri()).await;
        response.headers().get("cache-control").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(cache_control().await.as_deref(), Some("max-age=60"));
    issuer.jwks_cache_control(Some("no-store"));
    assert_eq!(cache_control().await.as_deref(), Some("no-store"));
    issuer.jwks_cache_control(None);
    assert_eq!(cache_control().await, None);
}

#[tokio::test]
async fn several_keys_and_foreign_jwks_are_published_together() {
    let algorithms = [Algorithm::Es256, Algorithm::Ed25519, Algorithm::MlDsa44];
    let issuer = Issuer::builder().algorithms(algorithms).start().await.unwrap();
    issuer.publish(SigningKey::generate(Algorithm::Es384).with_kid("spare"));
    issuer.publish_extra_jwk(json!({ "kty": "mystery", "kid": "foreign" }));
    issuer.publish_extra_jwk(json!(7));
    let set = json(get(&issuer.jwks_uri()).await).await;
    let kinds: Vec<_> = set["keys"].as_array().unwrap().iter().map(|jwk| jwk["kty"].as_str()).collect();
    let expected = [Some("EC"), Some("OKP"), Some("AKP"), Some("EC"), Some("mystery"), None];
    assert_eq!(kinds, expected);
    assert_eq!(issuer.signing_key().algorithm(), Algorithm::Es256);

    assert!(issuer.withdraw("spare") && issuer.withdraw("foreign"));
    assert!(!issuer.withdraw("spare"));
    assert_eq!(issuer.jwk_set()["keys"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn minting_with_an_algorithm_uses_its_published_key_or_publishes_one() {
    let algorithms = [Algorithm::Es256, Algorithm::Ed25519];
    let issuer = Issuer::builder().algorithms(algorithms).start().await.unwrap();
    let header = |algorithm| issuer.mint_with(algorithm).jose_header().clone();
    let kids = |index: usize| issuer.jwk_set()["keys"][index]["kid"].clone();
    assert_eq!(header(Algorithm::Ed25519)["kid"], kids(1));
    assert_eq!(header(Algorithm::Es256)["kid"], issuer.signing_kid());
    assert_eq!(header(Algorithm::Es384)["kid"], kids(2));
    assert_eq!(header(Algorithm::Es384)["kid"], kids(2));
}

#[tokio::test]
async fn rotation_keeps_the_old_keys_and_withdrawal_removes_them() {
    let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
    let kids = || -> Vec<String> {
        let set = issuer.jwk_set();
        let keys = set["keys"].as_array().unwrap();
        keys.iter().map(|jwk| jwk["kid"].as_str().unwrap().to_owned()).collect()
    };
    let first = issuer.signing_kid();
    let second = issuer.rotate(Algorithm::Ed25519);
    assert_eq!(issuer.signing_kid(), second);
    assert_eq!(kids(), [first, second]);
    let third = issuer.rotate_and_withdraw();
    assert_eq!(kids(), std::slice::from_ref(&third));
    assert_eq!(issuer.signing_key().algorithm(), Algorithm::Ed25519);

    // A server that signs with a key it no longer publishes is a mistake worth staging.
    assert!(issuer.withdraw(&third));
    assert!(kids().is_empty());
    assert_eq!(issuer.mint().jose_header()["kid"], third);
}

#[tokio::test]
async fn its_root_says_what_it_is() {
    let issuer = Issuer::builder().path("/oidc").start().await.unwrap();
    let answer = get(&format!("http://127.0.0.1:{}/", issuer.port())).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"text/plain; charset=utf-8".parse().unwrap())
    );
    let text = answer.text().await.unwrap();
    for said in
        [issuer.url(), &issuer.jwks_uri(), &issuer.token_endpoint(), &issuer.openid_configuration_uri()]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(issuer.is_up().await);
    issuer.go_down().await;
    assert!(!issuer.is_up().await);
}
