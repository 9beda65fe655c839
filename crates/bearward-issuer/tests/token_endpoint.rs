//! The token endpoint over real sockets: what it gives, and each of its refusals.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::{Config, Issuer, RequestedClaims, RunningIssuer};
use reqwest::{Client, Response};
use serde_json::{Value, json};

const API: &str = "https://api.example.com";
const DEMO: [(&str, &str); 3] =
    [("grant_type", "client_credentials"), ("client_id", "demo"), ("client_secret", "demo-secret")];
const READER: [(&str, &str); 3] =
    [("grant_type", "client_credentials"), ("client_id", "reader"), ("client_secret", "reader-secret")];

/// Form parameters, in their order.
type Parameters<'a> = &'a [(&'a str, &'a str)];

async fn demo() -> RunningIssuer {
    Issuer::builder().config(Config::demo()).start().await.unwrap()
}

async fn post(issuer: &RunningIssuer, parameters: Parameters<'_>) -> Response {
    Client::new().post(issuer.token_endpoint()).form(parameters).send().await.unwrap()
}

async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

fn payload(answer: &Value) -> Value {
    let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("no token in {answer}"));
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Asks with these parameters beside the client's own.
async fn ask(issuer: &RunningIssuer, client: Parameters<'_>, more: Parameters<'_>) -> Value {
    json(post(issuer, &[client, more].concat()).await).await
}

#[tokio::test]
async fn a_client_gets_a_token_of_rfc_9068() {
    let issuer = demo().await;
    let response = post(&issuer, &[&DEMO[..], &[("resource", API)]].concat()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let answer = json(response).await;
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let claims = payload(&answer);
    assert_eq!(claims["iss"], issuer.url());
    assert_eq!(claims["aud"], API);
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("demo"), &json!("demo")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert_eq!(claims["role"], "admin");
    assert_eq!(claims["roles"], json!(["admin", "reader", "visitor"]));
    assert_eq!(claims["scope"], answer["scope"]);
    assert!(claims["jti"].is_string());

    // It verifies with the published key, found by its kid.
    let token = answer["access_token"].as_str().unwrap();
    let jwk_set = json(reqwest::get(issuer.jwks_uri()).await.unwrap()).await;
    let jwk_set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(jwk_set).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    let jwk = jwk_set.find(&header.kid.unwrap()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(jwk).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_audience(&[API]);
    assert!(jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok());
}

#[tokio::test]
async fn the_lifetime_is_configured() {
    let lifetime = std::time::Duration::from_secs(60);
    let builder = Issuer::builder().config(Config::demo()).access_token_lifetime(lifetime);
    let issuer = builder.start().await.unwrap();
    let answer = ask(&issuer, &DEMO, &[]).await;
    assert_eq!(answer["expires_in"], 60);
    let claims = payload(&answer);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
}

#[tokio::test]
async fn basic_authentication_works_too() {
    let issuer = demo().await;
    let request = Client::new()
        .post(issuer.token_endpoint())
        .basic_auth("reader", Some("reader-secret"))
        .form(&[("grant_type", "client_credentials"), ("audience", API)]);
    let answer = json(request.send().await.unwrap()).await;
    assert_eq!(answer["scope"], "read:messages");
    assert_eq!(payload(&answer)["roles"], json!(["reader"]));
}

#[tokio::test]
async fn scopes_are_what_was_asked_as_far_as_roles_allow() {
    let issuer = demo().await;
    let asked = [("scope", "api:write read:messages admin")];
    assert_eq!(ask(&issuer, &DEMO, &asked).await["scope"], "read:messages api:write");
    assert_eq!(ask(&issuer, &READER, &asked).await["scope"], "read:messages");
    assert_eq!(ask(&issuer, &READER, &[("scope", "api:write")]).await["error"], "invalid_scope");
}

#[tokio::test]
async fn organization_tokens_come_in_two_kinds_and_for_members_only() {
    let issuer = demo().await;
    let within = [("organization_id", "org_1"), ("resource", API)];
    let claims = payload(&ask(&issuer, &DEMO, &within).await);
    assert_eq!((&claims["aud"], &claims["organization_id"]), (&json!(API), &json!("org_1")));

    let claims = payload(&ask(&issuer, &DEMO, &[("organization_id", "org_1")]).await);
    assert_eq!(claims["aud"], "urn:logto:organization:org_1");
    assert_eq!(claims["scope"], "read:member read:data");
    assert!(claims.get("organization_id").is_none());

    for (client, organization) in [(DEMO, "org_2"), (READER, "org_1"), (DEMO, "org_9")] {
        let answer = ask(&issuer, &client, &[("organization_id", organization)]).await;
        assert_eq!(answer["error"], "access_denied");
    }
}

#[tokio::test]
async fn the_audience_of_the_demo_is_configurable() {
    let issuer = Issuer::new(Config::demo_for("urn:mine")).start().await.unwrap();
    assert_eq!(payload(&ask(&issuer, &DEMO, &[]).await)["aud"], "urn:mine");
    assert_eq!(ask(&issuer, &DEMO, &[("resource", API)]).await["error"], "invalid_target");
}

#[tokio::test]
async fn requested_claims_are_added_but_never_replace_the_servers() {
    let issuer = demo().await;
    let claims = payload(&ask(&issuer, &DEMO, &[("claims", r#"{"role":"guest","n":1}"#)]).await);
    assert_eq!((&claims["role"], &claims["n"]), (&json!("guest"), &json!(1)));
    for own in ["iss", "aud", "exp", "iat", "jti", "scope", "organization_id"] {
        let claims = json!({ own: "x" }).to_string();
        let answer = ask(&issuer, &DEMO, &[("claims", &claims)]).await;
        assert_eq!(answer["error"], "invalid_request", "{own}");
    }

    issuer.requested_claims(RequestedClaims::Replace);
    let claims = payload(&ask(&issuer, &DEMO, &[("claims", r#"{"exp":1}"#)]).await);
    assert_eq!(claims["exp"], 1);

    issuer.requested_claims(RequestedClaims::Refuse);
    let answer = ask(&issuer, &DEMO, &[("claims", r#"{"n":1}"#)]).await;
    assert_eq!(answer["error"], "invalid_request");
}

#[tokio::test]
async fn each_refusal_has_its_status_and_code() {
    let issuer = demo().await;
    let grant = ("grant_type", "client_credentials");
    let cases: &[(Parameters<'_>, u16, &str)] = &[
        (&[], 400, "invalid_request"),
        (&[("grant_type", "password")], 400, "unsupported_grant_type"),
        (&[grant], 401, "invalid_client"),
        (&[grant, ("client_id", "demo"), ("client_secret", "wrong")], 401, "invalid_client"),
        (&[grant, ("client_id", "nobody"), ("client_secret", "demo-secret")], 401, "invalid_client"),
        (&[grant, grant], 400, "invalid_request"),
        (&[DEMO[0], DEMO[1], DEMO[2], ("resource", "urn:x")], 400, "invalid_target"),
        (&[DEMO[0], DEMO[1], DEMO[2], ("claims", "[]")], 400, "invalid_request"),
    ];
    for (parameters, status, code) in cases {
        let response = post(&issuer, parameters).await;
        assert_eq!(response.status(), *status, "{parameters:?}");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers().contains_key("www-authenticate"), *status == 401);
        let answer = json(response).await;
        assert_eq!(answer["error"], *code, "{parameters:?}");
        assert!(!answer.to_string().contains("demo-secret"));
    }
}

#[tokio::test]
async fn a_configuration_read_from_json_is_served() {
    let config: Config = serde_json::from_value(json!({
        "path": "/tenant",
        "algorithms": ["ES256"],
        "organization_audience": "https://{id}.example.com",
        "apis": [{ "resource": "urn:api", "scopes": ["read"] }],
        "roles": [{ "name": "reader", "grants": { "urn:api": ["read"] } }],
        "clients": [{ "id": "app", "secret": "s3cret", "roles": ["reader"], "claims": { "sub": "robot" } }],
        "organizations": [{ "id": "acme", "roles": { "auditor": ["audit"] }, "members": { "app": ["auditor"] } }],
    }))
    .unwrap();
    let issuer = Issuer::new(config).start().await.unwrap();
    let app = [("grant_type", "client_credentials"), ("client_id", "app"), ("client_secret", "s3cret")];
    let claims = payload(&ask(&issuer, &app, &[]).await);
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!("urn:api"), &json!("read")));
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("robot"), &json!("app")));
    let claims = payload(&ask(&issuer, &app, &[("resource", "https://acme.example.com")]).await);
    assert_eq!((&claims["scope"], &claims["roles"]), (&json!("audit"), &json!(["auditor"])));

    let misspelt = serde_json::from_value::<Config>(json!({ "clientes": [] }));
    assert!(misspelt.unwrap_err().to_string().contains("unknown field `clientes`"));
}

#[tokio::test]
async fn only_a_form_of_bearable_size_is_read() {
    let issuer = demo().await;
    let send = |body: String, media_type: &'static str| {
        let request = Client::new().post(issuer.token_endpoint());
        request.header("content-type", media_type).body(body).send()
    };
    let body = json!({ "grant_type": "client_credentials" }).to_string();
    let answer = json(send(body, "application/json").await.unwrap()).await;
    assert_eq!(answer["error"], "invalid_request");
    let huge = format!("grant_type={}", "x".repeat(100_000));
    let answer = json(send(huge, "application/x-www-form-urlencoded").await.unwrap()).await;
    assert_eq!(answer["error"], "invalid_request");
    let response = reqwest::get(issuer.token_endpoint()).await.unwrap();
    assert_eq!(response.status(), 405);
}
