//! Several issuers at once, and issuers that are not configured.
//! Rows of "The claims" in docs/threat-model.md: `iss`, and keys that belong to one issuer.

use bearward::engine::Problem;
use bearward::token::Algorithm;
use bearward::trust::IssuerProblem;
use bearward::wire::RedactedUrl;
use bearward::{ConfigError, IssuerConfig, ResourceServer};
use bearward_issuer::{Endpoint, Issuer, RunningIssuer};
use serde_json::{Value, json};

use crate::support::{AUDIENCE, assert_accepted, assert_refused, issuer, present, trusting};

#[tokio::test]
async fn an_issuer_that_is_not_exactly_a_configured_one_is_refused_and_nothing_is_fetched() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    let url = issuer.url();
    for (iss, refusal) in [
        (json!(format!("{url}/")), "issuer_unknown"),
        (json!(format!("{url}.example")), "issuer_unknown"),
        (json!(format!("{url}?")), "issuer_unknown"),
        (json!(format!("{url}#")), "issuer_unknown"),
        (json!(format!("{url}/.well-known/openid-configuration")), "issuer_unknown"),
        (json!(format!(" {url}")), "issuer_unknown"),
        (json!(format!("{url} ")), "issuer_unknown"),
        (json!(format!("{url}\0")), "issuer_unknown"),
        (json!(url[..url.len() - 1]), "issuer_unknown"),
        (json!(url[1..]), "issuer_unknown"),
        (json!(url.replace("http", "HTTP")), "issuer_unknown"),
        (json!(url.replace("http:", "https:")), "issuer_unknown"),
        (json!(url.replace("127.0.0.1", "localhost")), "issuer_unknown"),
        (json!(url.replace("127.0.0.1", "127.1")), "issuer_unknown"),
        (json!(url.replace("//", "//user@")), "issuer_unknown"),
        (json!(""), "issuer_unknown"),
        (json!("https://impostor.example"), "issuer_unknown"),
        (json!([url]), "issuer_malformed"),
        (json!([url, "https://impostor.example"]), "issuer_malformed"),
        (json!({ "iss": url }), "issuer_malformed"),
        (json!(7), "issuer_malformed"),
        (json!(true), "issuer_malformed"),
        (Value::Null, "issuer_malformed"),
    ] {
        let token = issuer.mint().audience(AUDIENCE).claim("iss", iss.clone()).sign();
        assert_refused(present(&api, &token).await, refusal, &iss.to_string());
    }
    let token = issuer.mint().audience(AUDIENCE).remove("iss").sign();
    assert_refused(present(&api, &token).await, "issuer_missing", "no iss");
    assert_eq!(issuer.requests(Endpoint::All), 0);
}

#[tokio::test]
async fn an_issuer_is_never_fetched_because_a_token_names_it() {
    let (trusted, foreign) = (issuer().await, issuer().await);
    let api = trusting(&trusted).build().unwrap();
    let token = foreign.mint().audience(AUDIENCE).sign();
    assert_refused(present(&api, &token).await, "issuer_unknown", "a real foreign issuer");
    assert_eq!((trusted.requests(Endpoint::All), foreign.requests(Endpoint::All)), (0, 0));
}

#[tokio::test]
async fn each_issuer_vouches_for_its_own_tokens_and_no_others() {
    let (a, b) = (issuer().await, issuer().await);
    let api = trusting(&a).issuer(b.url()).build().unwrap();
    let mint = |issuer: &RunningIssuer| issuer.mint().audience(AUDIENCE);
    for issuer in [&a, &b] {
        assert_accepted(present(&api, &mint(issuer).sign()).await, issuer.url());
    }
    for (claimed, signer) in [(&a, &b), (&b, &a)] {
        let forged = mint(claimed).signed_by(&signer.signing_key());
        assert_refused(present(&api, &forged.sign()).await, "key_unknown", "its own kid");
        let named = forged.clone().header("kid", claimed.signing_kid()).sign();
        assert_refused(present(&api, &named).await, "signature_invalid", "the other's kid");
        let unnamed = forged.remove_header("kid").sign();
        assert_refused(present(&api, &unnamed).await, "signature_invalid", "no kid");
    }
}

#[tokio::test]
async fn a_secret_of_one_issuer_signs_nothing_for_another() {
    let public = issuer().await;
    let secret = "https://internal.example";
    let api = trusting(&public).issuer(IssuerConfig::new(secret).shared_secret([5; 32])).build().unwrap();
    let key = bearward_issuer::SigningKey::from_secret([5; 32], bearward_issuer::Algorithm::Hs256).unwrap();
    assert_accepted(present(&api, &key.mint(secret).audience(AUDIENCE).sign()).await, "its own");
    let forged = key.mint(public.url()).audience(AUDIENCE).sign();
    assert_refused(present(&api, &forged).await, "algorithm_not_allowed", "the public issuer's");
    let forged = public.mint().claim("iss", secret).audience(AUDIENCE).sign();
    assert_refused(present(&api, &forged).await, "algorithm_not_allowed", "the internal issuer's");
}

#[tokio::test]
async fn each_issuer_has_its_own_algorithms_and_audiences() {
    let algorithms = [bearward_issuer::Algorithm::Es256, bearward_issuer::Algorithm::EdDsa];
    let start = || Issuer::builder().algorithms(algorithms).start();
    let (a, b) = (start().await.unwrap(), start().await.unwrap());
    let config = |issuer: &RunningIssuer, algorithm, audience: &str| {
        IssuerConfig::new(issuer.url()).algorithms([algorithm]).audience(audience)
    };
    let api = ResourceServer::builder()
        .issuer(config(&a, Algorithm::ES256, "https://a.example"))
        .issuer(config(&b, Algorithm::EdDSA, "https://b.example"))
        .audience_per_issuer()
        .build()
        .unwrap();
    let ask = async |issuer: &RunningIssuer, algorithm, audience: &str| {
        let token = issuer.mint_with(algorithm).audience(audience).sign();
        present(&api, &token).await
    };
    let [es256, eddsa] = algorithms;
    assert_accepted(ask(&a, es256, "https://a.example").await, "a");
    assert_accepted(ask(&b, eddsa, "https://b.example").await, "b");
    assert_refused(ask(&a, eddsa, "https://a.example").await, "algorithm_not_allowed", "a");
    assert_refused(ask(&b, es256, "https://b.example").await, "algorithm_not_allowed", "b");
    assert_refused(ask(&a, es256, "https://b.example").await, "audience_mismatch", "a");
    assert_refused(ask(&b, eddsa, "https://a.example").await, "audience_mismatch", "b");
}

#[tokio::test]
async fn an_issuer_that_is_down_does_not_keep_the_others_from_serving() {
    let (up, down) = (issuer().await, issuer().await);
    let api = trusting(&down).issuer(up.url()).build().unwrap();
    down.go_down().await;
    let down_token = down.mint().audience(AUDIENCE).sign();
    assert_refused(present(&api, &down_token).await, "keys_unavailable", "down");
    assert_accepted(present(&api, &up.mint().audience(AUDIENCE).sign()).await, "up");
}

#[test]
fn an_issuer_configured_twice_or_without_audience_is_a_config_error() {
    let builder = || ResourceServer::builder().issuer("https://a.example");
    let twice = builder().issuer("https://a.example").audience(AUDIENCE).build().unwrap_err();
    assert_eq!(
        twice,
        ConfigError::new("issuers[1].issuer", Problem::RepeatedIssuer(RedactedUrl::of("https://a.example")))
    );
    let none = ConfigError::new("issuers[0].audiences", IssuerProblem::Audience);
    assert_eq!(builder().audience_per_issuer().build().unwrap_err(), none);
    let empty = ConfigError::new("audiences[0]", Problem::Audience);
    assert_eq!(builder().audience("").build().unwrap_err(), empty);
}

#[tokio::test]
async fn an_audience_is_for_every_issuer_wherever_it_is_in_the_chain() {
    let (one, other) = (crate::support::issuer().await, crate::support::issuer().await);
    let start = ResourceServer::builder;
    for api in [
        start().issuer(one.url()).audience("a").issuer(other.url()).audience("b"),
        start().audience("a").audience("b").issuer(one.url()).issuer(other.url()),
        start().issuer(one.url()).issuer(other.url()).audience("b").audience("a"),
    ] {
        let api = api.build().unwrap();
        for (issuer, audience) in [(&one, "a"), (&one, "b"), (&other, "a"), (&other, "b")] {
            let token = issuer.mint().audience(audience).sign();
            assert_accepted(present(&api, &token).await, audience);
        }
    }
}
