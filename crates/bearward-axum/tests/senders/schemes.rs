//! RFC 9449 §7: which token comes under which scheme, and how the answer names both.

use axum::Router;
use axum::routing::get;
use bearward_axum::check::DpopPolicy;
use bearward_axum::layers::FormCredentialLayer;
use bearward_axum::requirement::scope;
use bearward_axum::{Protect, require};
use http::Method;

use crate::support::{Answer, Blamed, Refusal, Scene, greet, info};

const PROOF_REQUIRED: Refusal = Refusal::of_token(
    Blamed::Dpop,
    "proof_required",
    "the access token needs a DPoP proof and the scheme DPoP",
);
const NOT_BOUND: Refusal =
    Refusal::of_token(Blamed::Dpop, "token_not_bound", "the access token is not bound to a DPoP key");

#[tokio::test]
async fn both_challenges_to_the_letter() {
    let scene = Scene::with(|api| api).await;
    let nothing = Answer::to(scene.request(Method::GET, "/")).await;
    assert_eq!((nothing.status.as_u16(), nothing.code()), (401, Some("credential_missing")));
    assert_eq!(
        nothing.challenges(),
        [r#"Bearer realm="api""#, r#"DPoP realm="api", algs="RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519""#]
    );
    let token = scene.bound();
    let wrong = scene.proof("/", &token).claim("htm", "POST").sign();
    let refused = scene.ask("/", &token, &wrong).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, Some("proof_method_mismatch")));
    assert_eq!(
        refused.challenges(),
        [
            r#"Bearer realm="api""#,
            concat!(
                r#"DPoP realm="api", error="invalid_dpop_proof", "#,
                r#"error_description="the DPoP proof is for another method", "#,
                r#"algs="RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519""#
            )
        ]
    );
    assert_eq!(
        refused.body,
        r#"{"error":"invalid_dpop_proof","error_description":"the DPoP proof is for another method"}"#
    );
}

#[tokio::test]
async fn a_bound_token_is_no_bearer_token_with_or_without_its_proof() {
    let scene = Scene::with(|api| api).await;
    let token = scene.bound();
    let bearer = || scene.request(Method::GET, "/").bearer_auth(&token);
    let with_proof = bearer().header("dpop", scene.proof("/", &token).sign());
    Answer::to(with_proof).await.assert_refused(&PROOF_REQUIRED, "with its proof");
    Answer::to(bearer()).await.assert_refused(&PROOF_REQUIRED, "without");
    scene.ask("/", &token, &scene.proof("/", &token).sign()).await.assert_passed("as it should be");
    Answer::to(bearer()).await.assert_refused(&PROOF_REQUIRED, "once it is in the cache");
}

#[tokio::test]
async fn a_bearer_token_is_no_bound_token() {
    let scene = Scene::with(|api| api).await;
    let token = scene.mint().sign();
    let proof = || scene.proof("/", &token).sign();
    scene.ask("/", &token, &proof()).await.assert_refused(&NOT_BOUND, "under the scheme DPoP");
    let bearer = scene.request(Method::GET, "/").bearer_auth(&token);
    Answer::to(bearer).await.assert_passed("as a bearer token");
    let stray = scene.request(Method::GET, "/").bearer_auth(&token).header("dpop", "whatever");
    Answer::to(stray).await.assert_passed("a proof nobody asked for is not looked at");
    scene.ask("/", &token, &proof()).await.assert_refused(&NOT_BOUND, "once it is in the cache");
}

#[tokio::test]
async fn the_scheme_has_no_case() {
    let scene = Scene::with(|api| api).await;
    let token = scene.bound();
    for scheme in ["DPoP", "dpop", "DPOP", "dPoP"] {
        let request = scene.request(Method::GET, "/").header("authorization", format!("{scheme} {token}"));
        let request = request.header("dpop", scene.proof("/", &token).sign());
        Answer::to(request).await.assert_passed(scheme);
    }
}

#[tokio::test]
async fn where_dpop_is_required_no_bearer_token_passes() {
    let scene = Scene::with(|api| api.dpop(DpopPolicy::required())).await;
    let bearer = scene.mint().sign();
    let refused = Answer::to(scene.request(Method::GET, "/").bearer_auth(&bearer)).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (401, Some("proof_required")));
    // The only scheme there is (RFC 9449 §7.1).
    assert_eq!(
        refused.challenges(),
        [concat!(
            r#"DPoP realm="api", error="invalid_token", "#,
            r#"error_description="the access token needs a DPoP proof and the scheme DPoP", "#,
            r#"algs="RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519""#
        )]
    );
    let nothing = Answer::to(scene.request(Method::GET, "/")).await;
    assert_eq!(
        nothing.challenges(),
        [r#"DPoP realm="api", algs="RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519""#]
    );
    let token = scene.bound();
    scene.ask("/", &token, &scene.proof("/", &token).sign()).await.assert_passed("a bound token");
}

#[tokio::test]
async fn where_dpop_is_off_the_scheme_is_none_and_bound_tokens_do_not_pass() {
    let scene = Scene::with(|api| api.dpop(DpopPolicy::off())).await;
    let token = scene.bound();
    let under_dpop = scene.ask("/", &token, &scene.proof("/", &token).sign()).await;
    assert_eq!((under_dpop.status.as_u16(), under_dpop.code()), (401, Some("credential_missing")));
    assert_eq!(under_dpop.challenges(), [r#"Bearer realm="api""#]);
    let as_bearer = Answer::to(scene.request(Method::GET, "/").bearer_auth(&token)).await;
    assert_eq!((as_bearer.status.as_u16(), as_bearer.code()), (401, Some("proof_required")));
    assert_eq!(as_bearer.challenges().len(), 1);
    Answer::to(scene.request(Method::GET, "/").bearer_auth(scene.mint().sign()))
        .await
        .assert_passed("bearer");
}

#[tokio::test]
async fn a_bad_proof_makes_nobody_anonymous() {
    let routes = |api: &bearward_axum::ResourceServer| {
        Router::new().route("/", get(greet)).layer(api.optional_layer())
    };
    let scene = Scene::of(|api| api, routes).await;
    let token = scene.bound();
    assert_eq!(Answer::to(scene.request(Method::GET, "/")).await.body, "stranger");
    let good = scene.ask("/", &token, &scene.proof("/", &token).sign()).await;
    good.assert_passed("a good one");
    assert_eq!(good.body, "known");
    let bad = scene.ask("/", &token, &scene.proof("/", &token).claim("htm", "POST").sign()).await;
    let refusal = Refusal::of_proof("proof_method_mismatch", "the DPoP proof is for another method");
    bad.assert_refused(&refusal, "a bad one");
    Answer::to(scene.request(Method::GET, "/").bearer_auth(&token))
        .await
        .assert_refused(&PROOF_REQUIRED, "as a bearer token");
}

#[tokio::test]
async fn a_bound_token_in_a_form_is_a_bearer_token_whatever_the_proof() {
    let routes = |api: &bearward_axum::ResourceServer| {
        Router::new().route("/", get(info).post(info)).layer(api.layer()).layer(FormCredentialLayer)
    };
    let scene = Scene::of(|api| api, routes).await;
    let token = scene.bound();
    let proof = || scene.key.proof("POST", &scene.url("/")).access_token(&token).sign();
    let in_form = || scene.request(Method::POST, "/").header("dpop", proof());
    let request = in_form().form(&[("access_token", &token)]);
    Answer::to(request).await.assert_refused(&PROOF_REQUIRED, "the token in a form");
    let both = in_form().form(&[("access_token", &token)]).header("authorization", format!("DPoP {token}"));
    let several = Refusal {
        status: 400,
        blamed: Blamed::Dpop,
        error: "invalid_request",
        description: "more than one method was used to send the access token",
        code: "several_credentials",
    };
    Answer::to(both).await.assert_refused(&several, "in a form and in the header");
    let other_form = in_form().form(&[("x", "y")]).header("authorization", format!("DPoP {token}"));
    Answer::to(other_form).await.assert_passed("another form beside the header");
}

#[tokio::test]
async fn a_missing_scope_is_named_under_the_scheme_that_was_used() {
    let routes = |api: &bearward_axum::ResourceServer| {
        let admin = || get(info).route_layer(require(scope("admin")).unwrap());
        Router::new()
            .route("/inner", admin())
            .layer(api.layer())
            .route("/outer", get(info).route_layer(api.require(scope("admin")).unwrap()))
    };
    let scene = Scene::of(|api| api, routes).await;
    let token = scene.bound();
    for path in ["/inner", "/outer"] {
        let denied = scene.ask(path, &token, &scene.proof(path, &token).sign()).await;
        assert_eq!((denied.status.as_u16(), denied.code()), (403, Some("insufficient_scope")), "{path}");
        assert_eq!(
            denied.challenges(),
            [
                r#"Bearer realm="api""#,
                concat!(
                    r#"DPoP realm="api", error="insufficient_scope", "#,
                    r#"error_description="the access token lacks a required scope", scope="admin", "#,
                    r#"algs="RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519""#
                )
            ],
            "{path}"
        );
        assert_eq!(
            denied.body,
            r#"{"error":"insufficient_scope","error_description":"the access token lacks a required scope"}"#
        );
    }
}
