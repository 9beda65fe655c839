//! Tokens in the shape of each provider: who they are recognised as, and what is said of the mistake that is made with
//! them.

mod general;
mod own;
mod table;

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::mint;
use crate::mint::SigningKey;
use crate::{Engine, EngineConfig, Now, Route, Step};

const START: u64 = 1_700_000_000;
const API: &str = "https://api.example.com";
const TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const APP: &str = "11111111-2222-3333-4444-555555555555";

fn now() -> Now {
    Now::new(Duration::from_secs(START), Duration::from_secs(1))
}

/// The key of every provider here.
fn key() -> SigningKey {
    SigningKey::ed25519("k", 1)
}

/// An API that trusts one issuer with that key.
fn api(issuer: &str, audience: &str) -> Engine {
    let issuer = IssuerConfig::new(issuer).static_keys(mint::jwks([&key()]));
    EngineConfig::new().issuer(issuer).audience(audience).build().unwrap()
}

/// Claims with these in place of the common ones; `null` takes one out.
fn claims(changes: Value) -> Value {
    let mut claims = json!({ "sub": "u1", "aud": API, "iat": START, "exp": START + 3600 });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn token(changes: Value) -> String {
    key().token_with_header(&json!({ "alg": "EdDSA", "kid": "k", "typ": "JWT" }), &claims(changes))
}

fn with_header(header: Value, changes: Value) -> String {
    key().token_with_header(&header, &claims(changes))
}

fn hints(engine: &Engine, token: &str) -> Vec<Hint> {
    engine.hints(token, &engine.explain(token, Route::open(), now()))
}

/// The hints by provider and code.
fn codes(hints: &[Hint]) -> Vec<(Option<&'static str>, &'static str)> {
    hints.iter().map(|hint| (hint.provider, hint.code)).collect()
}

fn recognised(token: &str) -> Option<&'static str> {
    recognise(&Evidence::of(token)).map(|facts| facts.name)
}

#[test]
fn a_token_is_recognised_by_its_issuer_or_by_the_shape_of_its_claims() {
    let by_issuer = |issuer: &str| recognised(&token(json!({ "iss": issuer })));
    for (issuer, expected) in [
        ("https://acme.eu.auth0.com/", Some("auth0")),
        ("https://acme.logto.app/oidc", Some("logto")),
        ("https://id.example.com/oauth/v2/oauth-anonymous", Some("curity")),
        ("https://id.example.com/realms/demo", Some("keycloak")),
        ("http://localhost:8080/auth/realms/demo", Some("keycloak")),
        ("https://login.microsoftonline.com/9188040d/v2.0", Some("entra")),
        ("https://sts.windows.net/9188040d/", Some("entra_v1")),
        ("https://acme.b2clogin.com/9188040d/v2.0/", Some("entra_external")),
        ("https://acme.ciamlogin.com/9188040d/v2.0", Some("entra_external")),
        ("http://fs.example.com/adfs/services/trust", Some("adfs")),
        ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab", Some("cognito")),
        ("https://acme.okta.com/oauth2/default", Some("okta")),
        ("https://acme.okta.com", Some("okta")),
        ("https://accounts.google.com", Some("google")),
        ("accounts.google.com", Some("google")),
        ("https://securetoken.google.com/project", Some("firebase")),
        ("https://abc.supabase.co/auth/v1", Some("supabase")),
        ("https://happy-cat-1.clerk.accounts.dev", Some("clerk")),
        ("https://acme.zitadel.cloud", Some("zitadel")),
        ("https://slug.projects.oryapis.com", Some("hydra")),
        ("https://acme.authentication.eu10.hana.ondemand.com/oauth/token", Some("uaa")),
        ("https://token.actions.githubusercontent.com", Some("github_actions")),
        ("https://kubernetes.default.svc.cluster.local", Some("kubernetes")),
        ("https://acme.cloudflareaccess.com", Some("cloudflare_access")),
        ("https://cloud.google.com/iap", Some("google_iap")),
        ("https://login.salesforce.com", Some("salesforce")),
        ("https://id.example.com", None),
        // The host of another.
        ("https://acme.auth0.com.evil.example/", None),
        ("https://evil.example/acme.auth0.com/", None),
    ] {
        assert_eq!(by_issuer(issuer), expected, "{issuer}");
    }
    let own = "https://id.example.com";
    for (token, expected) in [
        (token(json!({ "iss": own, "realm_access": { "roles": [] }, "azp": "spa" })), "keycloak"),
        (token(json!({ "iss": own, "cid": "0oa", "scp": ["read"], "ver": 1 })), "okta"),
        (token(json!({ "iss": own, "sid": "s", "o": { "id": "org" }, "fva": [1, -1] })), "clerk"),
        (token(json!({ "iss": own, "urn:zitadel:iam:org:project:roles": { "admin": {} } })), "zitadel"),
        (token(json!({ "iss": own, "scp": ["read"], "ext": {}, "client_id": "c", "aud": [] })), "hydra"),
        (token(json!({ "iss": own, "scope": ["a"], "client_id": "c", "jti": "1" })), "identity_server"),
        (token(json!({ "iss": own, "scope": ["a"], "nbf": START })), "spring"),
        (token(json!({ "scope": ["a"], "authorities": ["x"] })), "spring"),
        (token(json!({ "scopes": ["a"], "aud": "3" })), "passport"),
        (token(json!({ "iss": own, "zid": "z", "cid": "sb-x", "scope": ["uaa.user"] })), "uaa"),
        (token(json!({ "iss": own, "kubernetes.io": { "namespace": "x" } })), "kubernetes"),
        (token(json!({ "sub": "spiffe://example.org/api" })), "spiffe"),
        (
            with_header(json!({ "alg": "ES256", "signer": "arn", "client": "c" }), json!({ "iss": own })),
            "aws_alb",
        ),
        ("ya29.a0AfH6SMBx".to_owned(), "google"),
        ("00D50000000IZ3Z!AQ0AQDpEDKYsn7ioKug2aSmg".to_owned(), "salesforce"),
        ("ory_at_abc.def".to_owned(), "hydra"),
    ] {
        assert_eq!(recognised(&token), Some(expected), "{token}");
    }
}

#[test]
fn an_accepted_token_gives_no_hint_but_where_its_header_is_another() {
    let engine = api("https://id.example.com/realms/demo", API);
    assert_eq!(hints(&engine, &token(json!({ "iss": "https://id.example.com/realms/demo" }))), []);
    for (issuer, header) in [
        ("https://acme.cloudflareaccess.com", "Cf-Access-Jwt-Assertion"),
        ("https://cloud.google.com/iap", "x-goog-iap-jwt-assertion"),
    ] {
        let found = hints(&api(issuer, API), &token(json!({ "iss": issuer })));
        assert_eq!(found.len(), 1, "{issuer}");
        assert_eq!(found[0].code, "token_in_other_header");
        assert!(found[0].problem.contains(header), "{}", found[0].problem);
    }
}

#[test]
fn a_hint_says_what_is_wrong_what_to_do_and_what_to_write() {
    let engine = api("https://id.example.com/realms/demo", API);
    let token = token(json!({ "iss": "https://id.example.com/realms/demo", "aud": "account", "azp": "spa" }));
    let [hint] = &hints(&engine, &token)[..] else { panic!("one hint") };
    assert_eq!(
        hint.problem,
        "the token's aud is \"account\": Keycloak names this API only once a mapper says so."
    );
    assert_eq!(
        hint.remedy,
        "In the client scope that this API's tokens have, add a mapper of the type Audience with \
         https://api.example.com as the included (custom) audience and \"Add to access token\" on."
    );
    assert_eq!(
        hint.node,
        "auth({ issuerBaseURL: 'https://id.example.com/realms/demo', audience: 'https://api.example.com' })"
    );
}

#[test]
fn no_value_of_a_token_ends_a_text_in_the_code_that_a_hint_suggests() {
    let own = "https://example.clerk.accounts.dev";
    let client = r#""]).dangerous(); ("'"#;
    let found = hints(&api(own, API), &token(json!({ "iss": own, "aud": null, "azp": client })));
    assert_eq!(found[0].code, "audience_absent");
    let (rust, node) = (&found[0].rust, &found[0].node);
    assert!(rust.ends_with(r#"azp(["\"]).dangerous(); (\"\'"]))"#), "{rust}");
    assert!(node.ends_with(r#"azp: '\"]).dangerous(); (\"\'' } })"#), "{node}");
}

#[test]
fn a_hint_s_debug_shows_nothing_of_the_token_and_its_text_nothing_that_a_terminal_obeys() {
    let hostile = "https://id.example.com/\u{1b}]0;hush\u{7}\u{202e}\n/";
    let engine = api("https://id.example.com", API);
    let token = token(json!({ "iss": hostile, "aud": ["\u{1b}[2J", "hush"], "typ": "ID" }));
    let found = hints(&engine, &token);
    assert!(!found.is_empty());
    assert!(!format!("{found:?}").contains("hush"));
    assert!(!format!("{:?}", Evidence::of(&token)).contains("hush"));
    for hint in &found {
        for text in [&hint.problem, &hint.remedy, &hint.rust, &hint.node] {
            assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{text:?}");
        }
    }
}

#[test]
fn an_issuer_alone_never_makes_a_token_good() {
    let engine = api("https://acme.eu.auth0.com/", API);
    let forged = SigningKey::ed25519("k", 2).token(&claims(json!({ "iss": "https://acme.eu.auth0.com/" })));
    let explanation = engine.explain(&forged, Route::open(), now());
    assert!(matches!(&explanation.step, Step::Done(Err(failure)) if failure.code() == "signature_invalid"));
    assert_eq!(codes(&engine.hints(&forged, &explanation)), []);
}
