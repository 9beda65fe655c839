//! What a refused client is told.

use tonic::Code;

use crate::support::{LIST, Scene, bearer, values};

#[tokio::test]
async fn each_kind_of_refusal_has_its_status_message_and_metadata() {
    let scene = Scene::new().await;
    let status = scene.call(LIST, None).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unauthenticated, "no access token was presented"));
    let challenges = values(&status, "www-authenticate");
    assert_eq!(challenges[0], r#"Bearer realm="api""#);
    assert!(challenges[1].starts_with(r#"DPoP realm="api", algs="#));
    assert_eq!(values(&status, "cache-control"), ["no-store"]);

    let status = scene.call(LIST, Some(&bearer(&scene.mint().expires_in(-60).sign()))).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unauthenticated, "the access token expired"));
    assert!(values(&status, "www-authenticate")[0].contains(r#"error="invalid_token""#));

    let token = bearer(&scene.mint().sign());
    let status = scene.call("/notes.v1.Notes/Delete", Some(&token)).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::PermissionDenied, "the access token lacks a required scope")
    );
    assert!(values(&status, "www-authenticate")[0].ends_with(r#"scope="notes:delete""#));

    let status = scene.call(LIST, Some("Bearer two words")).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::InvalidArgument, "the Authorization header is malformed")
    );
}

#[tokio::test]
async fn without_keys_the_status_is_unavailable_and_says_when_to_come_back() {
    let scene = Scene::new().await;
    let token = bearer(&scene.mint().sign());
    scene.issuer.go_down().await;
    let status = scene.call(LIST, Some(&token)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.message(), "the keys of the authorization server are not available");
    let seconds: u64 = values(&status, "retry-after")[0].parse().unwrap();
    assert_eq!(values(&status, "grpc-retry-pushback-ms"), [(seconds * 1_000).to_string()]);
    assert!(values(&status, "www-authenticate").is_empty());
}

#[tokio::test]
async fn a_request_that_is_not_of_grpc_gets_the_answer_of_http() {
    use tower_service::Service;
    let layer = crate::support::rules(
        bearward_tonic::ResourceServer::builder().issuer("https://a.example").audience("a").build().unwrap(),
    );
    let mut service = tower_layer::Layer::layer(&layer, crate::support::Notes);
    let request = http::Request::get(LIST).body(tonic::body::Body::empty()).unwrap();
    let response = service.call(request).await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert!(!response.headers().contains_key("grpc-status"));
}
