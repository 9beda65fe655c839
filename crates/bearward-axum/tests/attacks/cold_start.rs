//! The first requests over real HTTP, from the client's side.
//! Rows of "Key sets and the authorization server" in docs/threat-model.md: rotation, outages, a thousand first requests.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use bearward_axum::{Protect, ResourceServer};
use bearward_issuer::{Algorithm, Endpoint, Fault, Issuer, RunningIssuer};

use crate::support::{AUDIENCE, Answer, Api, info};

async fn start() -> (RunningIssuer, Api) {
    let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
    let server = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).build().unwrap();
    let app = Router::new()
        .route("/", get(info))
        .layer(server.layer())
        .route("/public", get(|| async { "public" }));
    (issuer, Api::serve(app).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_first_requests_cause_one_fetch() {
    let (issuer, api) = start().await;
    issuer.stage(Endpoint::All, Fault::Slow { delay: Duration::from_millis(300) });
    let token = issuer.mint().audience(AUDIENCE).sign();
    let api = Arc::new(api);
    let requests: Vec<_> = (0..1000)
        .map(|_| {
            let (api, token) = (Arc::clone(&api), token.clone());
            tokio::spawn(async move { api.ask("/", &token).await.assert_passed("one of a thousand") })
        })
        .collect();
    for request in requests {
        request.await.unwrap();
    }
    assert_eq!((issuer.requests(Endpoint::Metadata), issuer.requests(Endpoint::Jwks)), (1, 1));
}

#[tokio::test]
async fn while_the_authorization_server_is_down_the_answer_is_503_with_retry_after() {
    let (issuer, api) = start().await;
    issuer.go_down().await;
    let token = issuer.mint().audience(AUDIENCE).sign();
    for case in ["the first", "the second"] {
        api.ask("/", &token).await.assert_refused("keys_unavailable", case);
    }
    Answer::of(api.get("/")).await.assert_refused("credential_missing", "nothing presented");
    Answer::of(api.get("/public")).await.assert_passed("a public route");
    api.ask("/", "x.y.z").await.assert_refused("token_malformed", "no keys are needed to see that");
    issuer.come_up().await.unwrap();
    let mut answer = api.ask("/", &token).await;
    for _ in 0..100 {
        if answer.status == 200 {
            break;
        }
        answer.assert_refused("keys_unavailable", "not tried again yet");
        tokio::time::sleep(Duration::from_millis(50)).await;
        answer = api.ask("/", &token).await;
    }
    answer.assert_passed("up again");
}
