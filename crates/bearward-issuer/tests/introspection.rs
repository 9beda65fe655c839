//! Opaque tokens, introspection and revocation over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::{
    Algorithm, Config, DpopKey, Endpoint, Fault, Issuer, ProtectedResource, RunningIssuer, SigningKey,
    TokenBuilder,
};
use reqwest::{Client, Response};
use serde_json::{Value, json};

const JWT: &str = "application/jwt";
const SIGNED: &str = "application/token-introspection+jwt";

/// Form parameters, in their order.
type Parameters<'a> = &'a [(&'a str, &'a str)];

async fn demo() -> RunningIssuer {
    Issuer::builder().config(Config::demo()).algorithms([Algorithm::Es256]).start().await.unwrap()
}

async fn post(url: &str, parameters: Parameters<'_>) -> Response {
    Client::new().post(url).form(parameters).send().await.unwrap()
}

/// Asks about a token as the protected resource `api`.
async fn introspect(issuer: &RunningIssuer, token: &str, accept: &str) -> Response {
    let request = Client::new().post(issuer.introspection_endpoint()).basic_auth("api", Some("api-secret"));
    request.header("accept", accept).form(&[("token", token)]).send().await.unwrap()
}

async fn answer(issuer: &RunningIssuer, token: &str) -> Value {
    json(introspect(issuer, token, "application/json").await).await
}

async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

/// A token of this client of the demo.
async fn issued(issuer: &RunningIssuer, id: &str, more: Parameters<'_>) -> String {
    let secret = format!("{id}-secret");
    let own = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", &secret)];
    let body = json(post(&issuer.token_endpoint(), &[&own, more].concat()).await).await;
    body["access_token"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

async fn revoke(issuer: &RunningIssuer, client: &str, token: &str) -> Response {
    let secret = format!("{client}-secret");
    let form = [("client_id", client), ("client_secret", &secret), ("token", token)];
    post(&issuer.revocation_endpoint(), &form).await
}

fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut json = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (json(), json())
}

fn inactive() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn the_metadata_names_what_there_is() {
    let issuer = demo().await;
    let metadata = json(reqwest::get(issuer.oauth_metadata_uri()).await.unwrap()).await;
    let asymmetric: Vec<_> = Algorithm::ASYMMETRIC.iter().map(|algorithm| algorithm.name()).collect();
    for (name, expected) in [
        ("introspection_endpoint", json!(issuer.introspection_endpoint())),
        (
            "introspection_endpoint_auth_methods_supported",
            json!(["client_secret_basic", "client_secret_post", "private_key_jwt"]),
        ),
        ("introspection_endpoint_auth_signing_alg_values_supported", json!(asymmetric)),
        ("introspection_signing_alg_values_supported", json!(["ES256"])),
        ("revocation_endpoint", json!(issuer.revocation_endpoint())),
        ("revocation_endpoint_auth_methods_supported", json!(["client_secret_basic", "client_secret_post"])),
        ("dpop_signing_alg_values_supported", json!(asymmetric)),
        ("tls_client_certificate_bound_access_tokens", json!(true)),
        ("acr_values_supported", json!(["mfa"])),
    ] {
        assert_eq!(metadata[name], expected, "{name}");
    }
}

#[tokio::test]
async fn an_opaque_token_is_a_handle_of_the_claims_a_jwt_would_have() {
    let issuer = demo().await;
    let handle = issued(&issuer, "opaque", &[("scope", "read:messages")]).await;
    assert_eq!(URL_SAFE_NO_PAD.decode(&handle).unwrap().len(), 32);

    let response = introspect(&issuer, &handle, "*/*").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let mut told = json(response).await;
    let (iat, exp) = (told["iat"].as_i64().unwrap(), told["exp"].as_i64().unwrap());
    assert_eq!(exp - iat, 3600);
    assert!(told["jti"].is_string());
    for name in ["iat", "exp", "jti"] {
        told.as_object_mut().unwrap().remove(name);
    }
    let expected = json!({
        "active": true, "token_type": "Bearer", "iss": issuer.url(), "aud": "https://api.example.com",
        "sub": "opaque", "client_id": "opaque", "scope": "read:messages", "role": "admin",
        "roles": ["admin", "reader", "visitor"],
    });
    assert_eq!(told, expected);
    assert_eq!(issuer.requests(Endpoint::Introspection), 1);
}

#[tokio::test]
async fn a_jwt_of_this_server_is_introspected_too() {
    let issuer = demo().await;
    let token = issued(&issuer, "demo", &[]).await;
    let told = answer(&issuer, &token).await;
    assert_eq!((&told["active"], &told["sub"]), (&json!(true), &json!("demo")));
    let old = issuer.mint().subject("alice").sign();
    issuer.rotate(Algorithm::Ed25519);
    assert_eq!(answer(&issuer, &old).await["sub"], "alice");

    issuer.rotate_and_withdraw();
    assert_eq!(answer(&issuer, &old).await, inactive());
}

#[tokio::test]
async fn whatever_is_not_good_is_inactive_and_nothing_more() {
    let issuer = demo().await;
    let stranger = SigningKey::generate(Algorithm::Es256);
    let token = || issuer.mint().audience("https://api.example.com");
    let good = token().sign();
    let tokens = [
        "unknown".to_owned(),
        token().expires_in(-1).sign(),
        token().not_before_in(60).sign(),
        token().claim("exp", "soon").sign(),
        token().header("typ", "JWT").sign(),
        token().claim("iss", "https://other.example").sign(),
        token().signed_by(&stranger).sign(),
        token().signed_by(&stranger).header("kid", issuer.signing_kid()).sign(),
        token().unsigned(),
        format!("{good}x"),
        issuer.mint_opaque(token().expires_in(-1)),
        issuer.mint_opaque(token().not_before_in(60)),
        issuer.mint_introspection("api", json!({ "active": true })).sign(),
    ];
    for token in tokens {
        let response = introspect(&issuer, &token, "application/json").await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.bytes().await.unwrap(), r#"{"active":false}"#, "{token}");
    }
    assert_eq!(answer(&issuer, &good).await["active"], true);
}

#[tokio::test]
async fn any_claims_and_any_answer_can_be_staged() {
    let issuer = demo().await;
    let odd = issuer.mint().claim("aud", json!([7])).remove("exp").claim("active", "no");
    let told = answer(&issuer, &issuer.mint_opaque(odd)).await;
    assert_eq!((&told["aud"], &told["active"], told.get("exp")), (&json!([7]), &json!(true), None));

    let bound = issuer.mint_opaque(issuer.mint().bound_to_key("thumb"));
    let told = answer(&issuer, &bound).await;
    assert_eq!((&told["token_type"], &told["cnf"]), (&json!("DPoP"), &json!({ "jkt": "thumb" })));

    for staged in [json!({ "active": "true" }), json!([]), json!({ "active": true, "aud": {} })] {
        issuer.introspects_as("anything", staged.clone());
        assert_eq!(answer(&issuer, "anything").await, staged);
        let signed = introspect(&issuer, "anything", SIGNED).await.text().await.unwrap();
        assert_eq!(parts(&signed).1["token_introspection"], staged);
    }
}

#[tokio::test]
async fn a_signed_answer_has_the_shape_of_rfc_9701() {
    let issuer = demo().await;
    let handle = issued(&issuer, "opaque", &[]).await;
    let response = introspect(&issuer, &handle, SIGNED).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &SIGNED.parse().unwrap())
    );
    let signed = response.text().await.unwrap();
    let (header, claims) = parts(&signed);
    let kid = issuer.signing_kid();
    assert_eq!(header, json!({ "typ": "token-introspection+jwt", "alg": "ES256", "kid": kid }));
    let expected = json!({
        "iss": issuer.url(), "aud": "api", "iat": claims["iat"],
        "token_introspection": answer(&issuer, &handle).await,
    });
    assert_eq!(claims, expected);
    assert!(claims["iat"].is_i64());

    let jwk = serde_json::from_value(issuer.signing_key().public_jwk()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.required_spec_claims.clear();
    validation.set_audience(&["api"]);
    assert!(jsonwebtoken::decode::<Value>(&signed, &key, &validation).is_ok());

    let signed = introspect(&issuer, "unknown", SIGNED).await.text().await.unwrap();
    assert_eq!(parts(&signed).1["token_introspection"], inactive());
}

#[tokio::test]
async fn a_signed_answer_can_be_made_wrong_and_staged() {
    let issuer = demo().await;
    let wrong = issuer.mint_introspection("somebody else", json!({ "active": true })).claim("exp", 1).sign();
    let fault = Fault::Body { bytes: wrong.clone().into_bytes(), content_type: SIGNED.to_owned() };
    issuer.stage_once(Endpoint::Introspection, fault);
    assert_eq!(introspect(&issuer, "t", SIGNED).await.text().await.unwrap(), wrong);
    issuer.stage_once(Endpoint::Introspection, Fault::Status(503));
    assert_eq!(introspect(&issuer, "t", SIGNED).await.status(), 503);
    assert_eq!(issuer.requests(Endpoint::Introspection), 2);
}

#[tokio::test]
async fn a_phantom_token_is_the_jwt_of_the_handle_or_nothing() {
    let issuer = demo().await;
    let handle = issued(&issuer, "opaque", &[]).await;
    let phantom = async |token: &str| {
        let response = introspect(&issuer, token, JWT).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &JWT.parse().unwrap())
        );
        response.text().await.unwrap()
    };
    let jwt = phantom(&handle).await;
    let (header, mut claims) = parts(&jwt);
    assert_eq!(header, json!({ "typ": "at+jwt", "alg": "ES256", "kid": issuer.signing_kid() }));
    claims["active"] = json!(true);
    claims["token_type"] = json!("Bearer");
    assert_eq!(claims, answer(&issuer, &handle).await);
    // It is an access token of this server in its own right.
    assert_eq!(answer(&issuer, &jwt).await, claims);
    assert_eq!(phantom(&jwt).await, jwt);
    // A fresh key signs the phantom of an old handle.
    issuer.rotate_and_withdraw();
    assert_eq!(parts(&phantom(&handle).await).0["kid"], issuer.signing_kid());

    let stranger = SigningKey::generate(Algorithm::Ed25519);
    let fixed = issuer.mint().signed_by(&stranger);
    assert_eq!(parts(&phantom(&issuer.mint_opaque(fixed)).await).0["kid"], json!(stranger.kid()));

    let nothing = introspect(&issuer, "unknown", JWT).await;
    assert_eq!(nothing.status(), 204);
    assert!(nothing.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn only_an_authenticated_protected_resource_gets_an_answer() {
    let issuer = demo().await;
    let token = issued(&issuer, "opaque", &[]).await;
    let cases: [(Parameters<'_>, u16, &str); 6] = [
        (&[("token", &token)], 401, "invalid_client"),
        (&[("token", &token), ("client_id", "api"), ("client_secret", "wrong")], 401, "invalid_client"),
        // A client's credential is not a protected resource's.
        (
            &[("token", &token), ("client_id", "opaque"), ("client_secret", "opaque-secret")],
            401,
            "invalid_client",
        ),
        (&[("client_id", "api"), ("client_secret", "api-secret")], 400, "invalid_request"),
        (
            &[("client_id", "api"), ("client_secret", "api-secret"), ("token", "a"), ("token", "b")],
            400,
            "invalid_request",
        ),
        (&[("client_secret", "api-secret"), ("token", "a")], 400, "invalid_request"),
    ];
    for (parameters, status, code) in cases {
        let response = post(&issuer.introspection_endpoint(), parameters).await;
        assert_eq!(response.status(), status, "{parameters:?}");
        let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap());
        assert_eq!(challenge, (status == 401).then_some("Basic realm=\"introspection\""));
        assert_eq!(json(response).await["error"], code, "{parameters:?}");
    }
    let in_body = [("token", &*token), ("client_id", "api"), ("client_secret", "api-secret")];
    assert_eq!(json(post(&issuer.introspection_endpoint(), &in_body).await).await["active"], true);
    let get = reqwest::get(issuer.introspection_endpoint()).await.unwrap();
    assert_eq!(get.status(), 405);
}

/// A client assertion of `gateway` (RFC 7523 §3).
fn assertion(issuer: &RunningIssuer, key: &SigningKey) -> TokenBuilder {
    let token = key.mint("gateway").subject("gateway").audience(issuer.url()).expires_in(60);
    token.remove("client_id").header("typ", "JWT")
}

async fn introspect_with(issuer: &RunningIssuer, assertion: &str, more: Parameters<'_>) -> (u16, Value) {
    let form = [
        ("token", "unknown"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    let response = post(&issuer.introspection_endpoint(), &[&form, more].concat()).await;
    (response.status().as_u16(), json(response).await)
}

#[tokio::test]
async fn a_signed_assertion_authenticates_once() {
    for algorithm in [Algorithm::Es256, Algorithm::Ps256, Algorithm::Ed25519, Algorithm::MlDsa44] {
        let key = SigningKey::generate(algorithm);
        let resource = ProtectedResource::with_key("gateway", key.public_jwk());
        let builder = Issuer::builder().protected_resource(resource);
        let issuer = builder.algorithms([Algorithm::Es256]).start().await.unwrap();
        let good = assertion(&issuer, &key).sign();
        let named = [("client_id", "gateway")];
        assert_eq!(introspect_with(&issuer, &good, &named).await, (200, inactive()), "{algorithm}");
        let (status, refused) = introspect_with(&issuer, &good, &named).await;
        let description = "the client assertion was used before";
        assert_eq!((status, &refused["error_description"]), (401, &json!(description)));
        let endpoint = json!(["https://other.example", issuer.introspection_endpoint()]);
        let again = assertion(&issuer, &key).claim("aud", endpoint).sign();
        assert_eq!(introspect_with(&issuer, &again, &[]).await, (200, inactive()));
    }
}

#[tokio::test]
async fn every_wrong_assertion_is_refused() {
    let key = SigningKey::generate(Algorithm::Es256);
    let resource = ProtectedResource::with_key("gateway", key.public_jwk());
    let config = Issuer::builder().config(Config::demo()).protected_resource(resource);
    let issuer = config.algorithms([Algorithm::Es256]).start().await.unwrap();
    let good = || assertion(&issuer, &key);
    let stranger = SigningKey::generate(Algorithm::Es256);
    let secret = SigningKey::from_secret("api-secret", Algorithm::Hs256).unwrap();
    for (assertion, description) in [
        ("no assertion".to_owned(), "malformed client assertion"),
        (good().unsigned(), "malformed client assertion"),
        (good().signed_by(&secret).sign(), "malformed client assertion"),
        (good().subject("nobody").sign(), "unknown client or no key registered"),
        (good().subject("api").sign(), "unknown client or no key registered"),
        (good().signed_by(&stranger).sign(), "the signature of the client assertion is invalid"),
        (good().claim("iss", "api").sign(), "the client assertion is of another client"),
        (good().audience("https://other.example").sign(), "the client assertion is for another audience"),
        (good().remove("aud").sign(), "the client assertion is for another audience"),
        (good().expires_in(-1).sign(), "the client assertion has expired"),
        (good().remove("exp").sign(), "the client assertion has expired"),
        (good().not_before_in(60).sign(), "the client assertion is not valid yet"),
        (good().remove("jti").sign(), "the client assertion has no jti"),
    ] {
        let (status, body) = introspect_with(&issuer, &assertion, &[]).await;
        let expected = json!({ "error": "invalid_client", "error_description": description });
        assert_eq!((status, body), (401, expected));
    }
    let two = [("client_id", "gateway"), ("client_secret", "x")];
    assert_eq!(introspect_with(&issuer, &good().sign(), &two).await.1["error"], "invalid_request");
    let other = [("client_id", "api")];
    assert_eq!(introspect_with(&issuer, &good().sign(), &other).await.1["error"], "invalid_request");
}

#[tokio::test]
async fn a_client_revokes_its_own_tokens_only() {
    let issuer = demo().await;
    for (client, stranger) in [("opaque", "demo"), ("demo", "opaque")] {
        let token = issued(&issuer, client, &[]).await;
        let response = revoke(&issuer, stranger, &token).await;
        assert_eq!(response.status(), 400);
        let expected =
            json!({ "error": "invalid_request", "error_description": "the token is another client's" });
        assert_eq!(json(response).await, expected);
        assert_eq!(answer(&issuer, &token).await["active"], true);

        for _ in 0..2 {
            let response = revoke(&issuer, client, &token).await;
            assert_eq!(response.status(), 200);
            assert!(response.bytes().await.unwrap().is_empty());
            assert_eq!(answer(&issuer, &token).await, inactive());
            assert_eq!(introspect(&issuer, &token, JWT).await.status(), 204);
        }
    }
    assert_eq!(revoke(&issuer, "demo", "unknown").await.status(), 200);
    let unauthenticated = post(&issuer.revocation_endpoint(), &[("token", "unknown")]).await;
    assert_eq!(unauthenticated.status(), 401);
    assert_eq!(unauthenticated.headers()["www-authenticate"], "Basic realm=\"revocation\"");
    assert_eq!(issuer.requests(Endpoint::Revocation), 8);

    let token = issuer.mint_opaque(issuer.mint());
    issuer.revoke(&token);
    assert_eq!(answer(&issuer, &token).await, inactive());
}

#[tokio::test]
async fn an_opaque_token_is_bound_like_any_other() {
    let issuer = demo().await;
    let key = DpopKey::generate(Algorithm::Es256);
    let form =
        [("grant_type", "client_credentials"), ("client_id", "opaque"), ("client_secret", "opaque-secret")];
    let proof = key.proof("POST", &issuer.token_endpoint()).sign();
    let request = Client::new().post(issuer.token_endpoint()).header("DPoP", proof).form(&form);
    let body = json(request.send().await.unwrap()).await;
    assert_eq!(body["token_type"], "DPoP");
    let told = answer(&issuer, body["access_token"].as_str().unwrap()).await;
    assert_eq!(told["token_type"], "DPoP");
    assert_eq!(told["cnf"], json!({ "jkt": key.thumbprint() }));
}

#[tokio::test]
async fn a_client_that_steps_up_gets_a_fresher_and_stronger_token() {
    let issuer = demo().await;
    let claims = async |more: Parameters<'_>| parts(&issued(&issuer, "step-up", more).await).1;
    let age = |claims: &Value| claims["iat"].as_i64().unwrap() - claims["auth_time"].as_i64().unwrap();
    let usual = claims(&[]).await;
    assert_eq!((age(&usual), usual.get("acr")), (3600, None));
    let fresher = claims(&[("max_age", "300")]).await;
    assert_eq!((age(&fresher), fresher.get("acr")), (0, None));
    let stronger = claims(&[("acr_values", "phr mfa")]).await;
    assert_eq!((age(&stronger), &stronger["acr"]), (0, &json!("mfa")));

    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "step-up"),
        ("client_secret", "step-up-secret"),
        ("acr_values", "phr"),
    ];
    let response = post(&issuer.token_endpoint(), &form).await;
    assert_eq!(response.status(), 400);
    let expected = json!({
        "error": "unmet_authentication_requirements",
        "error_description": "the subject reaches none of these acr_values",
    });
    assert_eq!(json(response).await, expected);
}

#[tokio::test]
async fn all_of_it_is_configured_from_json() {
    let key = SigningKey::generate(Algorithm::Es256);
    let config: Config = serde_json::from_value(json!({
        "algorithms": ["ES256"],
        "dpop_nonce": "required",
        "apis": [{ "resource": "urn:api" }],
        "clients": [
            { "id": "a", "secret": "s", "access_token_format": "opaque", "acr_values": ["mfa"] },
        ],
        "protected_resources": [
            { "id": "api", "secret": "api-secret" },
            { "id": "gateway", "jwk": key.public_jwk() },
        ],
    }))
    .unwrap();
    let issuer = Issuer::new(config).start().await.unwrap();
    assert!(issuer.dpop_nonce().is_some());
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "a"),
        ("client_secret", "s"),
        ("acr_values", "mfa"),
    ];
    let body = json(post(&issuer.token_endpoint(), &form).await).await;
    assert_eq!(answer(&issuer, body["access_token"].as_str().unwrap()).await["acr"], "mfa");
    let assertion = assertion(&issuer, &key).sign();
    assert_eq!(introspect_with(&issuer, &assertion, &[]).await, (200, inactive()));
}
