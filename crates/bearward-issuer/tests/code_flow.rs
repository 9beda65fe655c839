//! The authorization code flow over real sockets, and every way around it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::{Algorithm, Api, Client, DpopKey, DpopNonce, Issuer, IssuerBuilder, ProtectedResource};
use bearward_issuer::{Role, RunningIssuer, User};
use reqwest::{RequestBuilder, Response, redirect::Policy};
use serde_json::{Value, json};

const API: &str = "http://127.0.0.1:3000/mcp";
const CALLBACK: &str = "http://127.0.0.1:4321/callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn builder() -> IssuerBuilder {
    Issuer::builder()
        .api(Api::new(API, ["notes:read", "notes:write", "notes:burn"]))
        .api(Api::new("https://other.example", ["other"]))
        .role(Role::new("author").grants(API, ["notes:read", "notes:write"]))
        .client(Client::new("agent", "s3cret").role("author"))
        .protected_resource(ProtectedResource::new("api", "api-secret"))
        .user(User::new("ada").role("author").claim("email", "ada@example.com"))
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(Policy::none()).build().unwrap()
}

async fn json(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

async fn register(issuer: &RunningIssuer, metadata: Value) -> (u16, Value) {
    let request =
        http().post(format!("{}/register", issuer.url())).header("content-type", "application/json");
    json(request.body(metadata.to_string())).await
}

async fn public_client(issuer: &RunningIssuer) -> String {
    let metadata = json!({
        "client_name": "<script>alert(1)</script>",
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
    });
    let (status, client) = register(issuer, metadata).await;
    assert_eq!(status, 201, "{client}");
    client["client_id"].as_str().unwrap().to_owned()
}

/// An authorization request in order, with these parameters replaced, added or (`""`) left out.
async fn authorize(issuer: &RunningIssuer, client: &str, changes: &[(&str, &str)]) -> Response {
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", "a state & more"),
    ];
    query.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    query.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    let query = form(&query);
    http().get(format!("{}/authorize?{query}", issuer.url())).send().await.unwrap()
}

fn form(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

/// The handle of the request on this page.
fn handle(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"request\" value=\"").unwrap_or_else(|| panic!("{page}"));
    rest.split_once('"').unwrap().0.to_owned()
}

fn decision(issuer: &RunningIssuer, handle: &str, decision: &str) -> RequestBuilder {
    let form = [("request", handle), ("decision", decision)];
    http().post(format!("{}/authorize", issuer.url())).form(&form)
}

/// What the browser brings back to the client.
fn brought_back(response: &Response) -> HashMap<String, String> {
    assert_eq!(response.status(), 303);
    let location = response.headers()["location"].to_str().unwrap();
    let query = location.strip_prefix(&format!("{CALLBACK}?")).unwrap_or_else(|| panic!("{location}"));
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// A code that the user allowed.
async fn code(issuer: &RunningIssuer, client: &str, changes: &[(&str, &str)]) -> String {
    let page = authorize(issuer, client, changes).await;
    assert_eq!(page.status(), 200);
    let handle = handle(&page.text().await.unwrap());
    let answer = brought_back(&decision(issuer, &handle, "allow").send().await.unwrap());
    answer["code"].clone()
}

fn exchange(issuer: &RunningIssuer, client: &str, code: &str, changes: &[(&str, &str)]) -> RequestBuilder {
    let mut parameters = vec![
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    parameters.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    parameters.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    http().post(issuer.token_endpoint()).form(&parameters)
}

/// What is written in this token; that its signature holds is shown elsewhere.
fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn a_client_registers_itself_and_gets_what_the_user_allows() {
    let issuer = builder().start().await.unwrap();
    let (_, metadata) = json(http().get(issuer.oauth_metadata_uri())).await;
    assert_eq!(metadata["authorization_endpoint"], format!("{}/authorize", issuer.url()));
    assert_eq!(metadata["registration_endpoint"], format!("{}/register", issuer.url()));
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);

    let client = public_client(&issuer).await;
    let page = authorize(&issuer, &client, &[("scope", "notes:read notes:burn"), ("resource", API)]).await;
    for (name, value) in [
        ("content-security-policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
        ("x-frame-options", "DENY"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(page.headers()[name], value);
    }
    let page = page.text().await.unwrap();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
    assert!(page.contains("<strong>notes:read</strong>"), "{page}");
    let allowed = decision(&issuer, &handle(&page), "allow").send().await.unwrap();
    let answer = brought_back(&allowed);
    assert_eq!(answer["state"], "a state & more");
    assert_eq!(answer["iss"], issuer.url());

    let (status, token) = json(exchange(&issuer, &client, &answer["code"], &[("resource", API)])).await;
    assert_eq!(
        (status, &token["token_type"], &token["scope"]),
        (200, &json!("Bearer"), &json!("notes:read"))
    );
    let claims = claims(&token["access_token"]);
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("ada"), &json!(client)));
    assert_eq!((&claims["aud"], &claims["email"]), (&json!(API), &json!("ada@example.com")));
    assert_eq!(token.get("refresh_token"), None);
}

#[tokio::test]
async fn without_a_user_there_is_no_code_flow() {
    let issuer = Issuer::builder().start().await.unwrap();
    let (_, metadata) = json(http().get(issuer.oauth_metadata_uri())).await;
    assert_eq!(metadata.get("authorization_endpoint"), None);
    assert_eq!(metadata["response_types_supported"], json!([]));
    assert_eq!(register(&issuer, json!({ "redirect_uris": [CALLBACK] })).await.0, 404);
    let (status, refused) = json(exchange(&issuer, "agent", "code", &[])).await;
    assert_eq!((status, &refused["error"]), (400, &json!("unsupported_grant_type")));
}

#[tokio::test]
async fn a_mistake_goes_nowhere_until_client_and_redirect_uri_are_right() {
    let issuer = builder().start().await.unwrap();
    let client = public_client(&issuer).await;
    for changes in [
        &[("client_id", "")][..],
        &[("client_id", "nobody")],
        // A client of the configuration has no redirect URI.
        &[("client_id", "agent")],
        &[("redirect_uri", "")],
        &[("redirect_uri", "https://evil.example/callback")],
        &[("redirect_uri", "http://127.0.0.1:4321/callback/..")],
        &[("redirect_uri", "http://127.0.0.1:4321/callback?a=b")],
        &[("redirect_uri", "http://127.0.0.1:4321@evil.example/callback")],
        &[("redirect_uri", "http://localhost:4321/callback")],
        &[("redirect_uri", CALLBACK), ("redirect_uri", "https://evil.example/")],
        &[("state", &"s".repeat(3000))],
    ] {
        let refused = authorize(&issuer, &client, changes).await;
        assert_eq!(
            (refused.status().as_u16(), refused.headers().get("location")),
            (400, None),
            "{changes:?}"
        );
    }
    // RFC 8252 §7.3: a native client cannot know its port ahead.
    let other_port = [("redirect_uri", "http://127.0.0.1:9/callback")];
    assert_eq!(authorize(&issuer, &client, &other_port).await.status(), 200);
}

#[tokio::test]
async fn every_other_mistake_is_told_to_the_client_with_the_issuer() {
    let issuer = builder().start().await.unwrap();
    let client = public_client(&issuer).await;
    for (changes, error) in [
        (&[("response_type", "")][..], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge", VERIFIER), ("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge", "short")], "invalid_request"),
        (&[("scope", "notes:burn")], "invalid_scope"),
        (&[("scope", "a"), ("scope", "b")], "invalid_request"),
        (&[("resource", "https://nobody.example")], "invalid_target"),
        (&[("resource", "https://other.example")], "invalid_scope"),
        (&[("resource", API), ("resource", "https://other.example")], "invalid_target"),
    ] {
        let answer = brought_back(&authorize(&issuer, &client, changes).await);
        assert_eq!(answer["error"], error, "{changes:?}");
        assert_eq!((&*answer["iss"], &*answer["state"]), (issuer.url(), "a state & more"));
    }
    let page = authorize(&issuer, &client, &[]).await.text().await.unwrap();
    for answer in ["deny", "perhaps"] {
        let page = if answer == "deny" {
            page.clone()
        } else {
            authorize(&issuer, &client, &[]).await.text().await.unwrap()
        };
        let denied = brought_back(&decision(&issuer, &handle(&page), answer).send().await.unwrap());
        assert_eq!(denied["error"], "access_denied");
        assert_eq!(denied.get("code"), None);
    }
}

#[tokio::test]
async fn only_the_page_itself_decides_and_once() {
    let issuer = builder().start().await.unwrap();
    let client = public_client(&issuer).await;
    let page = authorize(&issuer, &client, &[]).await.text().await.unwrap();
    let handle = handle(&page);
    for (name, value) in [("origin", "https://evil.example"), ("origin", "null"), ("host", "evil.example")] {
        let forged = decision(&issuer, &handle, "allow").header(name, value).send().await.unwrap();
        assert_eq!(
            (forged.status().as_u16(), forged.headers().get("location")),
            (403, None),
            "{name} {value}"
        );
    }
    // A name of somebody else's that resolves to this machine.
    for request in [
        http().get(format!("{}/authorize", issuer.url())),
        http().post(format!("{}/register", issuer.url())).header("content-type", "application/json"),
    ] {
        assert_eq!(request.header("host", "evil.example").send().await.unwrap().status(), 421);
    }
    for made_up in ["", "made-up"] {
        assert_eq!(decision(&issuer, made_up, "allow").send().await.unwrap().status(), 400);
    }
    let own = decision(&issuer, &handle, "allow").header("origin", issuer.url());
    assert!(brought_back(&own.send().await.unwrap()).contains_key("code"));
    assert_eq!(decision(&issuer, &handle, "allow").send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_code_is_for_one_client_one_redirect_uri_one_verifier_and_one_attempt() {
    let issuer = builder().start().await.unwrap();
    let (client, thief) = (public_client(&issuer).await, public_client(&issuer).await);
    for (changes, status, error) in [
        (&[("client_id", thief.as_str())][..], 400, "invalid_grant"),
        (&[("redirect_uri", "http://127.0.0.1:9/callback")], 400, "invalid_grant"),
        (&[("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXj")], 400, "invalid_grant"),
        (&[("code_verifier", CHALLENGE)], 400, "invalid_grant"),
        (&[("resource", "https://other.example")], 400, "invalid_target"),
    ] {
        let code = code(&issuer, &client, &[]).await;
        let (answered, refused) = json(exchange(&issuer, &client, &code, changes)).await;
        assert_eq!((answered, &refused["error"]), (status, &json!(error)), "{changes:?}");
        let (answered, refused) = json(exchange(&issuer, &client, &code, &[])).await;
        assert_eq!((answered, &refused["error"]), (400, &json!("invalid_grant")), "after {changes:?}");
    }
    let code = code(&issuer, &client, &[]).await;
    for (changes, status, error) in [
        (&[("code", "made-up")][..], 400, "invalid_grant"),
        (&[("client_id", "nobody")], 401, "invalid_client"),
        (&[("client_id", "agent")], 401, "invalid_client"),
        (&[("client_secret", "guess")], 401, "invalid_client"),
        (&[("code_verifier", "")], 400, "invalid_request"),
        (&[("redirect_uri", "")], 400, "invalid_request"),
    ] {
        let (answered, refused) = json(exchange(&issuer, &client, &code, changes)).await;
        assert_eq!((answered, &refused["error"]), (status, &json!(error)), "{changes:?}");
    }
    assert_eq!(json(exchange(&issuer, &client, &code, &[])).await.0, 200);
}

#[tokio::test]
async fn a_code_that_comes_twice_takes_its_token_back() {
    let issuer = builder().start().await.unwrap();
    let client = public_client(&issuer).await;
    let code = code(&issuer, &client, &[]).await;
    let (_, token) = json(exchange(&issuer, &client, &code, &[])).await;
    let introspect = async || {
        let form = [("token", token["access_token"].as_str().unwrap())];
        let request = http().post(issuer.introspection_endpoint()).basic_auth("api", Some("api-secret"));
        json(request.form(&form)).await.1["active"].clone()
    };
    assert_eq!(introspect().await, true);
    let (status, refused) = json(exchange(&issuer, &client, &code, &[])).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
    assert_eq!(introspect().await, false);
}

#[tokio::test]
async fn a_client_with_a_secret_has_to_show_it() {
    let issuer = builder().start().await.unwrap();
    for method in ["client_secret_basic", "client_secret_post"] {
        let metadata = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": method });
        let (_, registered) = register(&issuer, metadata).await;
        let text = |name: &str| registered[name].as_str().unwrap().to_owned();
        let (client, secret) = (text("client_id"), text("client_secret"));
        let code = code(&issuer, &client, &[]).await;
        for wrong in ["", "wrong"] {
            let (status, refused) =
                json(exchange(&issuer, &client, &code, &[("client_secret", wrong)])).await;
            assert_eq!((status, &refused["error"]), (401, &json!("invalid_client")));
        }
        let (status, _) = json(exchange(&issuer, &client, &code, &[("client_secret", &secret)])).await;
        assert_eq!(status, 200);
    }
}

#[tokio::test]
async fn the_token_of_a_code_is_bound_and_a_missing_nonce_does_not_spend_the_code() {
    let issuer = builder().dpop_nonce(DpopNonce::Required).start().await.unwrap();
    let client = public_client(&issuer).await;
    let code = code(&issuer, &client, &[]).await;
    let key = DpopKey::generate(Algorithm::Es256);
    let proof = || key.proof("POST", &issuer.token_endpoint());
    let (_, refused) = json(exchange(&issuer, &client, &code, &[]).header("dpop", proof().sign())).await;
    assert_eq!(refused["error"], "use_dpop_nonce");
    let proof = proof().nonce(issuer.dpop_nonce().unwrap()).sign();
    let (_, token) = json(exchange(&issuer, &client, &code, &[]).header("dpop", proof)).await;
    assert_eq!(token["token_type"], "DPoP", "{token}");
    assert_eq!(claims(&token["access_token"])["cnf"]["jkt"], key.thumbprint());
}

#[tokio::test]
async fn a_page_of_another_site_cannot_register_a_client() {
    let issuer = builder().start().await.unwrap();
    let body = json!({ "redirect_uris": [CALLBACK] }).to_string();
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let request = http().post(format!("{}/register", issuer.url())).header("content-type", media_type);
        let (status, refused) = json(request.body(body.clone())).await;
        assert_eq!((status, &refused["error"]), (400, &json!("invalid_client_metadata")), "{media_type}");
    }
}
