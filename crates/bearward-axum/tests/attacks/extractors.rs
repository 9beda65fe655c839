//! What handlers take, on routes that are protected, optionally protected, or not at all.

use axum::extract::{FromRequestParts as _, Request};
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use bearward_axum::{
    AccessToken, Authorized, Claims, Failure, Protect, Refused, require, requirement::scope,
};
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::support::{Answer, Api, info, mint, trusting};

#[derive(Serialize, Deserialize)]
struct Own {
    sub: String,
    level: u8,
}

async fn own(Claims(claims): Claims<Own>) -> Json<Own> {
    Json(claims)
}

async fn maybe(token: Option<Authorized>) -> String {
    token.map_or("nobody".to_owned(), |Authorized(token)| token.subject().unwrap_or_default().to_owned())
}

async fn by_hand(token: Result<Authorized, Refused>) -> String {
    match token {
        Ok(_) => "in".to_owned(),
        Err(refused) => format!("out: {}", refused.failure().code()),
    }
}

async fn api() -> Api {
    let server = trusting().build().unwrap();
    let routes = || {
        Router::new()
            .route("/info", get(info))
            .route("/own", get(own))
            .route("/maybe", get(maybe))
            .route("/by-hand", get(by_hand))
    };
    let app = Router::new()
        .nest("/required", routes().layer(server.layer()))
        .nest("/optional", routes().layer(server.optional_layer()))
        .nest("/unprotected", routes());
    Api::serve(app).await
}

#[tokio::test]
async fn claims_of_ones_own_come_typed_or_the_answer_is_403() {
    let api = api().await;
    let token = mint().claim("level", 7).sign();
    for path in ["/required/own", "/optional/own"] {
        let answer = api.ask(path, &token).await;
        answer.assert_passed(path);
        assert_eq!(answer.body, r#"{"sub":"test-client","level":7}"#);
        for token in
            [mint(), mint().claim("level", 256), mint().claim("level", "7"), mint().claim("level", -1)]
        {
            api.ask(path, &token.sign()).await.assert_refused("claim_unmet", path);
        }
        Answer::of(api.get(path)).await.assert_refused("credential_missing", path);
    }
}

#[tokio::test]
async fn an_optional_token_is_there_or_not_and_never_a_bad_one() {
    let api = api().await;
    let nobody = Answer::of(api.get("/optional/maybe")).await;
    nobody.assert_passed("nobody");
    assert_eq!(nobody.body, "nobody");
    let somebody = api.ask("/optional/maybe", &mint().subject("me").sign()).await;
    assert_eq!(somebody.body, "me");
    let expired = api.ask("/optional/maybe", &mint().expires_in(-60).sign()).await;
    expired.assert_refused("token_expired", "a bad one");
    Answer::of(api.get("/required/maybe")).await.assert_refused("credential_missing", "required");
}

#[tokio::test]
async fn a_handler_that_needs_a_token_on_an_optional_route_asks_for_one() {
    let api = api().await;
    Answer::of(api.get("/optional/info")).await.assert_refused("credential_missing", "optional");
    api.ask("/optional/info", &mint().sign()).await.assert_passed("optional");
    assert_eq!(Answer::of(api.get("/optional/by-hand")).await.body, "out: credential_missing");
    assert_eq!(api.ask("/optional/by-hand", &mint().sign()).await.body, "in");
}

#[tokio::test]
async fn the_token_in_the_extensions_is_the_one_that_a_handler_takes() {
    let same = |request: Request| async move {
        let found = request.extensions().get::<AccessToken>().cloned();
        let (mut parts, _) = request.into_parts();
        let taken = Authorized::from_request_parts(&mut parts, &()).await.ok();
        let found = found.map(|token| token.expose_token().to_owned());
        (found == taken.map(|Authorized(token)| token.expose_token().to_owned())).to_string()
    };
    let server = trusting().build().unwrap();
    let api = Api::serve(Router::new().route("/", get(same)).layer(server.layer())).await;
    assert_eq!(api.ask("/", &mint().sign()).await.body, "true");
}

#[tokio::test]
async fn the_responder_of_the_layer_answers_for_extractors_and_requirements_and_sees_the_request() {
    let respond = |failure: &Failure, answer: bearward_axum::answer::Answer, head: &Parts| {
        let text = format!("{} {} {}", head.method, head.uri.path(), failure.code());
        (answer.status, text).into_response()
    };
    let server = trusting().build().unwrap();
    let app = Router::new()
        .route("/info", get(info))
        .route("/own", get(own))
        .route("/scope", get(info).route_layer(require(scope("a")).unwrap()))
        .layer(server.optional_layer().respond_with(respond));
    let api = Api::serve(app).await;
    let token = mint().sign();
    let nobody = Answer::of(api.get("/info")).await;
    assert_eq!((nobody.status.as_u16(), &*nobody.body), (401, "GET /info credential_missing"));
    let untyped = api.ask("/own", &token).await;
    assert_eq!((untyped.status.as_u16(), &*untyped.body), (403, "GET /own claim_unmet"));
    let unscoped = api.ask("/scope", &token).await;
    assert_eq!((unscoped.status.as_u16(), &*unscoped.body), (403, "GET /scope insufficient_scope"));
    let malformed = api.ask("/info", "x.y.z").await;
    assert_eq!((malformed.status.as_u16(), &*malformed.body), (401, "GET /info token_malformed"));
}

#[tokio::test]
async fn on_a_route_that_nothing_protects_every_extractor_refuses() {
    let api = api().await;
    for path in ["/unprotected/info", "/unprotected/own", "/unprotected/maybe"] {
        Answer::of(api.get(path)).await.assert_refused("route_not_protected", path);
        api.ask(path, &mint().sign()).await.assert_refused("route_not_protected", path);
    }
    assert_eq!(api.ask("/unprotected/by-hand", &mint().sign()).await.body, "out: route_not_protected");
}

#[tokio::test]
async fn a_requirement_on_a_route_that_nothing_protects_is_500() {
    let app = Router::new().route("/", get(|| async { "in" }).route_layer(require(scope("a")).unwrap()));
    let api = Api::serve(app).await;
    for request in [api.get("/"), api.get("/").bearer_auth(mint().scope("a").sign())] {
        Answer::of(request).await.assert_refused("route_not_protected", "no layer outside");
    }
}

#[tokio::test]
async fn a_requirement_outside_the_protection_is_500_too() {
    let server = trusting().build().unwrap();
    let app = Router::new().route("/", get(info)).layer(server.layer()).layer(require(scope("a")).unwrap()); // the wrong way round
    let api = Api::serve(app).await;
    let answer = api.ask("/", &mint().scope("a").sign()).await;
    answer.assert_refused("route_not_protected", "the layers the wrong way round");
}

#[test]
fn claims_show_nothing_whatever_their_type_shows() {
    let claims = bearward_axum::Claims(vec!["hush".to_owned()]);
    assert_eq!(format!("{claims:?} {claims:#?}"), "Claims(..) Claims(..)");
}
