//! The shapes of answers, and who may replace them.

use bearward_issuer::Issuer;
use bearward_tower::bearward::answer::{Answer, ChallengeError, ErrorBody, Rejection};
use bearward_tower::{
    DefaultResponder, Failure, ProtectLayer, ResourceServer, Respond, require, requirement::scope,
};
use http::request::Parts;
use http::{Request, Response};
use tower::{Layer, service_fn};

use crate::support::{AUDIENCE, Body, ask, handler, mint, trusting, with_token, without_token};

#[tokio::test]
async fn each_shape_of_body_is_exact() {
    let down = Issuer::builder().algorithms([bearward_issuer::Algorithm::Es256]).start().await.unwrap();
    down.go_down().await;
    let unavailable = down.mint().audience(AUDIENCE).sign();
    let expired = mint().expires_in(-60).sign();
    for (shape, media_type, missing, invalid, denied, unreachable) in [
        (
            ErrorBody::Json,
            Some("application/json"),
            r#"{"error":"unauthorized","error_description":"no access token was presented"}"#,
            r#"{"error":"invalid_token","error_description":"the access token expired"}"#,
            r#"{"error":"insufficient_scope","error_description":"the access token lacks a required scope"}"#,
            r#"{"error":"temporarily_unavailable","error_description":"the keys of the authorization server are not available"}"#,
        ),
        (
            ErrorBody::Message,
            Some("application/json"),
            r#"{"error":"Authorization header is missing"}"#,
            r#"{"error":"The access token expired"}"#,
            r#"{"error":"The access token lacks a required scope"}"#,
            r#"{"error":"The keys of the authorization server are not available"}"#,
        ),
        (
            ErrorBody::Problem,
            Some("application/problem+json"),
            r#"{"code":"credential_missing","detail":"no access token was presented","status":401,"title":"Unauthorized"}"#,
            r#"{"code":"token_expired","detail":"the access token expired","status":401,"title":"Unauthorized"}"#,
            r#"{"code":"insufficient_scope","detail":"the access token lacks a required scope","status":403,"title":"Forbidden"}"#,
            r#"{"code":"keys_unavailable","detail":"the keys of the authorization server are not available","status":503,"title":"Service Unavailable"}"#,
        ),
        (ErrorBody::Empty, None, "", "", "", ""),
    ] {
        let api = trusting().issuer(down.url()).error_body(shape).build().unwrap();
        let service = ProtectLayer::new(api.clone())
            .requirement(scope("read:messages"))
            .unwrap()
            .layer(service_fn(handler));
        for (request, status, challenge, body) in [
            (without_token(), 401, Some(r#"Bearer realm="api", scope="read:messages""#), missing),
            (
                with_token(&expired),
                401,
                Some(
                    r#"Bearer realm="api", error="invalid_token", error_description="the access token expired""#,
                ),
                invalid,
            ),
            (
                with_token(&mint().sign()),
                403,
                Some(
                    r#"Bearer realm="api", error="insufficient_scope", error_description="the access token lacks a required scope", scope="read:messages""#,
                ),
                denied,
            ),
            (with_token(&unavailable), 503, None, unreachable),
        ] {
            let answered = ask(&service, request).await;
            assert_eq!(answered.response.status(), status, "{shape:?}");
            assert_eq!(answered.header("www-authenticate"), challenge, "{shape:?}");
            assert_eq!(answered.header("content-type"), media_type, "{shape:?}");
            assert_eq!(answered.header("cache-control"), Some("no-store"), "{shape:?}");
            assert_eq!(answered.header("retry-after").is_some(), status == 503, "{shape:?}");
            assert_eq!(answered.response.body(), body, "{shape:?}");
        }
    }
}

#[tokio::test]
async fn realm_and_resource_metadata_stand_in_every_challenge() {
    let api = trusting()
        .realm(r#"a "quoted" \realm"#)
        .resource_metadata("https://api.example.com/.well-known/oauth-protected-resource")
        .build()
        .unwrap();
    let service = ProtectLayer::new(api.clone()).requirement(scope("a")).unwrap().layer(service_fn(handler));
    let metadata = r#"resource_metadata="https://api.example.com/.well-known/oauth-protected-resource""#;
    let realm = r#"realm="a \"quoted\" \\realm""#;
    let invalid = r#"error="invalid_token", error_description="the access token expired""#;
    let denied = r#"error="insufficient_scope", error_description="the access token lacks a required scope", scope="a""#;
    for (request, expected) in [
        (without_token(), format!(r#"Bearer {realm}, scope="a", {metadata}"#)),
        (with_token(&mint().expires_in(-60).sign()), format!("Bearer {realm}, {invalid}, {metadata}")),
        (with_token(&mint().sign()), format!("Bearer {realm}, {denied}, {metadata}")),
    ] {
        assert_eq!(ask(&service, request).await.header("www-authenticate"), Some(&*expected));
    }
}

#[test]
fn what_cannot_stand_in_a_header_is_a_config_error() {
    for realm in ["a\r\nX-Injected: 1", "a\nb", "a\0b", "caf\u{e9}", "\u{7f}", "\t"] {
        assert_eq!(trusting().realm(realm).build().unwrap_err(), ChallengeError::Realm.into(), "{realm:?}");
        let url = format!("https://api.example.com/{realm}");
        let error = trusting().resource_metadata(url).build().unwrap_err();
        assert_eq!(error, ChallengeError::ResourceMetadata.into(), "{realm:?}");
    }
    for url in ["https://a/\"", "https://a/\\"] {
        let error = trusting().resource_metadata(url).build().unwrap_err();
        assert_eq!(error, ChallengeError::ResourceMetadata.into(), "{url:?}");
    }
    for name in ["a\"", "a\\", "a b", "a\r\nb", "", "caf\u{e9}", "a\0"] {
        assert!(require(scope(name)).is_err(), "scope {name:?}");
        assert!(require(bearward_tower::requirement::acr([name])).is_err(), "acr {name:?}");
    }
}

#[tokio::test]
async fn a_responder_of_ones_own_replaces_everything() {
    let respond = |failure: &Failure, answer: Answer, _: &Parts| {
        let mut response = Response::new(Body::from(format!("sorry: {}", failure.code())));
        *response.status_mut() = http::StatusCode::IM_A_TEAPOT;
        response.headers_mut().insert("x-would-be", answer.status.as_str().parse().unwrap());
        response
    };
    let api = trusting().build().unwrap();
    let protected = ProtectLayer::new(api.clone()).respond_with(respond);
    let required = require(scope("a")).unwrap().respond_with(respond);
    let service = protected.layer(required.layer(service_fn(handler)));
    for (request, code, status) in [
        (without_token(), "credential_missing", "401"),
        (with_token("x.y.z"), "token_malformed", "401"),
        (with_token("x\u{e9}"), "authorization_malformed", "400"),
        (with_token(&mint().sign()), "insufficient_scope", "403"),
    ] {
        let answered = ask(&service, request).await;
        assert_eq!(answered.response.status(), 418);
        assert_eq!(answered.response.body(), &format!("sorry: {code}"));
        assert_eq!(answered.header("x-would-be"), Some(status));
        assert_eq!(answered.header("www-authenticate"), None);
        assert_eq!(answered.failure().map(Failure::code), Some(code), "outer layers still see the failure");
    }
    ask(&service, with_token(&mint().scope("a").sign())).await.assert_passed("test-client:");
}

#[tokio::test]
async fn a_responder_of_the_outer_layer_answers_for_what_is_within_and_sees_the_head() {
    let respond = |failure: &Failure, _: Answer, head: &Parts| {
        Response::new(Body::from(format!("{} {}", head.uri.path(), failure.code())))
    };
    let api = trusting().build().unwrap();
    let outer = ProtectLayer::new(api.clone()).optional().respond_with(respond);
    let inner = ProtectLayer::new(api).requirement(scope("a")).unwrap();
    let requirement = require(scope("b")).unwrap();
    let service = outer.layer(inner.layer(requirement.layer(service_fn(handler))));
    let refused = |mut request: Request<Body>, path: &'static str| {
        *request.uri_mut() = path.parse().unwrap();
        let service = service.clone();
        async move { ask(&service, request).await.response.into_body() }
    };
    assert_eq!(refused(with_token("x.y.z"), "/outer").await, "/outer token_malformed");
    assert_eq!(refused(without_token(), "/inner").await, "/inner credential_missing");
    assert_eq!(refused(with_token(&mint().sign()), "/scope").await, "/scope insufficient_scope");
    let token = mint().scope("a").sign();
    assert_eq!(refused(with_token(&token), "/within").await, "/within insufficient_scope");
    ask(&service, with_token(&mint().scope("a b").sign())).await.assert_passed("test-client:");
}

#[tokio::test]
async fn a_responder_may_add_to_the_default_answer_of_what_is_within() {
    let respond = |failure: &Failure, answer: Answer, head: &Parts| {
        let mut response: Response<Body> = DefaultResponder.respond(failure, answer, head);
        response.headers_mut().insert("x-added", "yes".parse().unwrap());
        response
    };
    let requirement = require(scope("a")).unwrap();
    let layer = ProtectLayer::new(trusting().build().unwrap()).respond_with(respond);
    let service = layer.layer(requirement.layer(service_fn(handler)));
    for request in [without_token(), with_token(&mint().sign())] {
        let response = ask(&service, request).await.response;
        assert_eq!(response.headers()["x-added"], "yes");
        assert!(response.headers().contains_key("www-authenticate"));
    }
}

#[tokio::test]
async fn a_layer_within_answers_with_its_own_responder_first() {
    let outer = |_: &Failure, _: Answer, _: &Parts| Response::new(Body::from("outer"));
    let inner = |_: &Failure, _: Answer, _: &Parts| Response::new(Body::from("inner"));
    let api = trusting().build().unwrap();
    let requirement = require(scope("a")).unwrap().respond_with(inner);
    let layer = ProtectLayer::new(api).respond_with(outer);
    let service = layer.layer(requirement.layer(service_fn(handler)));
    assert_eq!(ask(&service, without_token()).await.response.body(), "outer");
    assert_eq!(ask(&service, with_token(&mint().sign())).await.response.body(), "inner");
}

#[tokio::test]
async fn a_responder_is_asked_for_requests_that_waited_too() {
    let issuer = Issuer::builder().algorithms([bearward_issuer::Algorithm::Es256]).start().await.unwrap();
    let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).build().unwrap();
    let respond = |failure: &Failure, _: Answer, _: &Parts| Response::new(Body::from(failure.code()));
    let service = ProtectLayer::new(api.clone()).respond_with(respond).layer(service_fn(handler));
    let token = issuer.mint().audience("https://other.example").sign();
    assert_eq!(ask(&service, with_token(&token)).await.response.body(), "audience_mismatch");
}

#[tokio::test]
async fn the_failure_is_there_for_outer_layers_to_see() {
    let api = trusting().build().unwrap();
    let service = ProtectLayer::new(api.clone()).layer(service_fn(handler));
    let answered = ask(&service, without_token()).await;
    assert_eq!(answered.failure(), Some(&Failure::Rejected(Rejection::MissingCredential)));
    let passed = ask(&service, with_token(&mint().sign())).await;
    assert_eq!(passed.failure(), None);
}

#[tokio::test]
async fn a_requirement_without_protection_lets_nobody_pass() {
    let service = require(scope("a")).unwrap().layer(service_fn(handler));
    let mut forged = without_token();
    forged.extensions_mut().insert("a stranger's extension");
    for request in [without_token(), with_token(&mint().scope("a").sign()), with_token("x"), forged] {
        ask(&service, request).await.assert_refused("route_not_protected", "no layer outside");
    }
}

#[tokio::test]
async fn whatever_a_validator_says_leaves_one_parseable_challenge() {
    for (text, shown) in [
        ("plain", "plain"),
        ("a \"quote\"", "a 'quote'"),
        (r"a \backslash\", "a 'backslash'"),
        ("a\r\nX-Injected: 1", "a??X-Injected: 1"),
        ("a\0b\x1b[31m\u{7f}", "a?b?[31m?"),
        ("caf\u{e9} \u{202e} \u{1f43b}", "caf? ? ?"),
        ("\", error=\"none\", realm=\"x", "', error='none', realm='x"),
        ("", ""),
    ] {
        let refuse = move |_: &_| Err(bearward_tower::bearward::trust::ValidatorError::new(text));
        let api = trusting().validator(refuse).build().unwrap();
        let service = ProtectLayer::new(api.clone()).layer(service_fn(handler));
        let answered = ask(&service, with_token(&mint().sign())).await;
        let expected = format!(r#"Bearer realm="api", error="invalid_token", error_description="{shown}""#);
        let values: Vec<_> = answered.response.headers().get_all("www-authenticate").iter().collect();
        assert_eq!(values[0], &expected, "{text:?}");
        assert!(values[1].as_bytes().starts_with(b"DPoP realm=\"api\", algs="), "{text:?}");
        assert_eq!(answered.response.headers().len(), 4, "{text:?}");
        let body: serde_json::Value = serde_json::from_slice(answered.response.body()).unwrap();
        assert_eq!(body["error_description"], text, "the body can say it all");
    }
}

#[tokio::test]
async fn nothing_of_a_request_or_a_token_gets_into_the_answer() {
    let api = trusting().build().unwrap();
    let canary = "canary";
    let service =
        ProtectLayer::new(api.clone()).requirement(scope("admin")).unwrap().layer(service_fn(handler));
    let token = || mint().subject(canary).claim("iss_x", canary).scope(canary);
    for token in [
        token().sign(),
        token().audience(canary).sign(),
        token().claim("iss", canary).sign(),
        token().header("kid", canary).sign(),
        token().header("alg", canary).sign(),
        token().header("typ", canary).sign(),
        token().header("crit", vec![canary]).sign(),
        token().claim("exp", canary).sign(),
        token().claim("organization_id", canary).sign(),
        canary.to_owned(),
        format!("{canary}%0d%0aX-Injected:1"),
    ] {
        let request = Request::builder()
            .uri(format!("/{canary}?{canary}"))
            .header("host", canary)
            .header("authorization", format!("Bearer {token}"));
        let answered = ask(&service, request.body(Body::default()).unwrap()).await;
        assert!(answered.failure().is_some());
        let shown = format!("{:?} {:?}", answered.response.headers(), answered.response.body());
        assert!(!shown.contains(canary), "{shown}");
    }
}
