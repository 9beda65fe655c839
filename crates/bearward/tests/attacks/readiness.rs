//! `ready()`: for those who want to fail at start.

use bearward::readiness::{IssuerNotReady, NotReady};
use bearward::trust::{FetchError, JwkError, MetadataError};
use bearward::wire::RedactedUrl;
use bearward_issuer::{Endpoint, Fault};

use crate::support::{AUDIENCE, TestClock, assert_accepted, issuer, present, trusting};

/// The one issuer whose keys are missing.
fn only(NotReady { mut missing, ready, .. }: NotReady) -> IssuerNotReady {
    assert_eq!((ready.len(), missing.len()), (0, 1));
    missing.remove(0)
}

#[tokio::test]
async fn once_ready_no_request_waits_for_keys() {
    let (a, b) = (issuer().await, issuer().await);
    let api = trusting(&a).issuer(b.url()).build().unwrap();
    api.ready().await.unwrap();
    a.go_down().await;
    b.go_down().await;
    for issuer in [&a, &b] {
        assert_accepted(present(&api, &issuer.mint().audience(AUDIENCE).sign()).await, "ready");
    }
}

#[tokio::test]
async fn what_is_not_ready_says_whose_keys_are_missing_and_why() {
    let issuer = issuer().await;
    let cases: [(Endpoint, Fault, FetchError); 6] = [
        (Endpoint::Jwks, Fault::Status(500), FetchError::Status(500)),
        (Endpoint::Metadata, Fault::Status(503), FetchError::Status(503)),
        (Endpoint::Jwks, Fault::Redirect("/elsewhere".to_owned()), FetchError::Redirect),
        (Endpoint::Jwks, Fault::Endless, FetchError::TooLarge),
        (Endpoint::Metadata, Fault::Close, FetchError::Transport),
        (
            Endpoint::Metadata,
            Fault::json(&serde_json::json!({ "issuer": "https://other.example" })),
            FetchError::Metadata(MetadataError::IssuerMismatch {
                found: Some(RedactedUrl::of("https://other.example")),
            }),
        ),
    ];
    for (endpoint, fault, why) in cases {
        let clock = TestClock::new();
        let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
        issuer.stage(endpoint, fault);
        let not_ready = api.ready().await.unwrap_err();
        let missing = only(not_ready);
        assert_eq!(missing.issuer, issuer.url());
        let whys = match missing.why.unwrap() {
            FetchError::NoMetadata(places) => places.into_iter().map(|place| place.why).collect(),
            other => vec![other],
        };
        assert!(!whys.is_empty() && whys.iter().all(|found| *found == why), "{whys:?}");
        let IssuerNotReady { why, .. } = only(api.ready().await.unwrap_err());
        assert_eq!(why, None, "it is too early to try again");
        issuer.heal();
        clock.advance(1.1);
        api.ready().await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_told_from_one_that_is_not_believed() {
    let issuer = issuer().await;
    issuer.go_down().await;
    let api = trusting(&issuer).build().unwrap();
    let not_ready = api.ready().await.unwrap_err();
    let missing = only(not_ready.clone());
    assert_eq!(missing.why, Some(FetchError::Transport));
    let url = issuer.openid_configuration_uri();
    assert_eq!(missing.url, Some(RedactedUrl::of(&url)));
    let expected = format!(
        "no keys of issuer {:?}: the authorization server could not be reached ({url}: ",
        issuer.url()
    );
    assert!(not_ready.to_string().starts_with(&expected), "{not_ready}");
    assert!(missing.cause.unwrap().contains("refused"));
}

#[tokio::test]
async fn every_issuer_is_fetched_from_and_each_that_fails_is_named_beside_those_that_are_ready() {
    let (first, good, last) = (issuer().await, issuer().await, issuer().await);
    first.stage(Endpoint::Metadata, Fault::Status(500));
    let enc = serde_json::json!({ "kty": "RSA", "use": "enc", "kid": "e", "n": "AQAB", "e": "AQAB" });
    let other = serde_json::json!({ "kty": "EC", "crv": "P-256", "kid": "broken" });
    last.stage(Endpoint::Jwks, Fault::json(&serde_json::json!({ "keys": [enc, other] })));
    let api = trusting(&first).issuer(good.url()).issuer(last.url()).build().unwrap();
    let not_ready = api.ready().await.unwrap_err();
    assert_eq!(not_ready.ready, [good.url()]);
    assert_eq!(not_ready.missing.len(), 2, "{not_ready:?}");
    let of = |issuer: &str| not_ready.missing.iter().find(|one| one.issuer == issuer).unwrap();
    assert!(matches!(of(first.url()).why, Some(FetchError::NoMetadata(_))), "{not_ready:?}");
    let whys: Vec<_> = of(last.url()).unusable_keys.iter().map(|key| key.why).collect();
    assert_eq!(whys, [JwkError::NotForVerifying, JwkError::Malformed("x")]);
    let said = not_ready.to_string();
    let keys = "no key of its key set can be used: key 0 (\"e\"): the key is not for verifying signatures; \
                key 1 (\"broken\"): member \"x\" is absent or malformed";
    assert!(said.contains(keys) && said.contains("answered 500"), "{said}");
    assert_accepted(present(&api, &good.mint().audience(AUDIENCE).sign()).await, "the others are served");
}

#[tokio::test]
async fn those_who_want_to_be_ready_share_one_fetch_with_each_other_and_with_requests() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::All, Fault::Slow { delay: std::time::Duration::from_millis(50) });
    let api = trusting(&issuer).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    let (first, second, request) = tokio::join!(api.ready(), api.ready(), present(&api, &token));
    assert_eq!((first, second), (Ok(()), Ok(())));
    assert_accepted(request, "beside");
    assert_eq!((issuer.requests(Endpoint::Metadata), issuer.requests(Endpoint::Jwks)), (1, 1));
}

#[tokio::test]
async fn an_abandoned_wait_for_readiness_does_not_take_the_fetch_with_it() {
    let issuer = issuer().await;
    issuer.stage_once(Endpoint::Metadata, Fault::Slow { delay: std::time::Duration::from_millis(500) });
    let api = trusting(&issuer).build().unwrap();
    let soon = std::time::Duration::from_millis(50);
    let token = issuer.mint().audience(AUDIENCE).sign();
    let (abandoned, request) = tokio::join!(tokio::time::timeout(soon, api.ready()), present(&api, &token));
    assert!(abandoned.is_err());
    assert_accepted(request, "a request that waited for the same fetch");
    assert_eq!(issuer.requests(Endpoint::Metadata), 1);
}
