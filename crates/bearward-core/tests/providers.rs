//! Tokens in the shape of each provider: who they are recognised as, and what is said of the mistake that is made with
//! them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod mint;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use bearward_core::engine::Problem;
use bearward_core::trust::IssuerProblem;
use bearward_core::trust::provider::{self, Evidence, GENERAL, Hint, PROVIDERS};
use bearward_core::{Engine, EngineConfig, IssuerConfig, Now, Route, Step};
use mint::SigningKey;
use serde_json::{Value, json};

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
    provider::recognise(&Evidence::of(token)).map(|facts| facts.name)
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
fn the_provider_s_own_mistake_is_named_with_what_to_write() {
    let entra = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    let entra_v1 = format!("https://sts.windows.net/{TENANT}/");
    let pool = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab";
    let realm = "https://id.example.com/realms/demo";
    let own = "https://id.example.com";
    let jwe = |header: Value| format!("{}..aXY.Y2lwaGVy.dGFn", mint::base64url(header.to_string()));
    let cases: Vec<(&str, &str, String, &str, &str, String)> = vec![
        (
            "https://acme.eu.auth0.com/",
            API,
            jwe(json!({ "alg": "dir", "enc": "A256GCM", "iss": "https://acme.eu.auth0.com/" })),
            "Auth0",
            "audience_not_requested",
            r#".issuer("https://acme.eu.auth0.com/").audience("https://api.example.com")"#.into(),
        ),
        (
            "https://acme.eu.auth0.com/",
            API,
            "hZ3kQ1mDk9".into(),
            "Auth0",
            "audience_not_requested",
            r#".issuer("https://acme.eu.auth0.com/").audience("https://api.example.com")"#.into(),
        ),
        (
            "https://acme.eu.auth0.com/",
            API,
            token(json!({ "iss": "https://acme.eu.auth0.com/", "aud": "https://acme.eu.auth0.com/userinfo" })),
            "Auth0",
            "audience_not_requested",
            r#".issuer("https://acme.eu.auth0.com/").audience("https://api.example.com")"#.into(),
        ),
        (
            "https://acme.logto.app/oidc",
            API,
            "AbCdEf0123456789".into(),
            "Logto",
            "resource_not_requested",
            r#".issuer("https://acme.logto.app/oidc").audience("https://api.example.com")"#.into(),
        ),
        (
            &entra,
            APP,
            with_header(
                json!({ "alg": "EdDSA", "kid": "k", "typ": "JWT", "nonce": "Zm9v" }),
                json!({ "iss": entra_v1, "aud": "00000003-0000-0000-c000-000000000000", "appid": "spa" }),
            ),
            "Entra ID (v1.0 tokens)",
            "graph_token",
            format!(r#".issuer("https://login.microsoftonline.com/{TENANT}/v2.0").audience("<app id>")"#),
        ),
        (
            &entra,
            APP,
            token(json!({ "iss": entra_v1, "aud": format!("api://{APP}"), "ver": "1.0" })),
            "Entra ID (v1.0 tokens)",
            "entra_version",
            format!(
                r#".issuer(IssuerConfig::new("https://sts.windows.net/{TENANT}/").metadata_url("https://login.microsoftonline.com/{TENANT}/.well-known/openid-configuration")).audience("api://<app id>")"#
            ),
        ),
        (
            &entra_v1,
            APP,
            token(json!({ "iss": entra, "aud": APP, "ver": "2.0" })),
            "Entra ID",
            "entra_version",
            format!(r#".issuer("{entra}").audience("<app id>")"#),
        ),
        (
            &entra,
            "api://11111111-2222-3333-4444-555555555555",
            token(json!({ "iss": entra, "aud": APP })),
            "Entra ID",
            "entra_audience",
            r#".audience("<as in aud>")"#.into(),
        ),
        (
            "https://login.microsoftonline.com/common/v2.0",
            APP,
            token(json!({ "iss": entra, "aud": APP })),
            "Entra ID",
            "entra_any_tenant",
            format!(r#".issuer("{entra}"), for each tenant, or .issuer_resolver(async_function)"#),
        ),
        (
            "https://fs.example.com/adfs",
            "microsoft:identityserver:api",
            token(
                json!({ "iss": "http://fs.example.com/adfs/services/trust", "aud": "microsoft:identityserver:api" }),
            ),
            "AD FS",
            "adfs_issuer",
            r#".issuer(IssuerConfig::new("http://fs.example.com/adfs/services/trust").jwks_uri("https://fs.example.com/adfs/discovery/keys"))"#.into(),
        ),
        (
            realm,
            API,
            token(json!({ "iss": realm, "aud": "account", "azp": "spa", "typ": "Bearer" })),
            "Keycloak",
            "keycloak_audience_mapper",
            format!(r#".issuer("{realm}").audience("https://api.example.com")"#),
        ),
        (
            "http://keycloak:8080/realms/demo",
            API,
            token(json!({ "iss": "http://localhost:8080/realms/demo" })),
            "Keycloak",
            "keycloak_hostname",
            r#".issuer(IssuerConfig::new("http://localhost:8080/realms/demo").jwks_uri("https://<host>/realms/demo/protocol/openid-connect/certs"))"#.into(),
        ),
        (
            "https://id.example.com/oauth/v2/oauth-anonymous",
            API,
            "_0XBPWQQ_1b2c3d4e".into(),
            "Curity Identity Server",
            "opaque_by_default",
            r#".introspection(Introspection::new(ClientAuthentication::secret_basic("<client id>", secret)).answers(IntrospectionAnswers::PhantomJwt))"#.into(),
        ),
        (
            "https://acme.zitadel.cloud",
            API,
            "V1StGXR8_Z5jdHi6B-myT".into(),
            "Zitadel",
            "opaque_by_default",
            r#".introspection(Introspection::new(ClientAuthentication::secret_basic("<client id>", secret)))"#.into(),
        ),
        (
            "https://acme.okta.com/oauth2/default",
            "api://default",
            token(json!({ "iss": "https://acme.okta.com", "aud": "https://acme.okta.com", "cid": "0oa", "scp": [] })),
            "Okta",
            "okta_org_server",
            r#".issuer("https://acme.okta.com/oauth2/default").audience("api://default")"#.into(),
        ),
        (
            "https://accounts.google.com",
            API,
            "ya29.a0AfH6SMBxyz".into(),
            "Google",
            "google_access_token",
            r#".issuer("https://accounts.google.com").audience("https://api.example.com")"#.into(),
        ),
        (
            "https://accounts.google.com",
            API,
            token(json!({ "iss": "accounts.google.com" })),
            "Google",
            "issuer_scheme",
            r#".issuer("https://accounts.google.com").issuer(IssuerConfig::new("accounts.google.com").jwks_uri("https://www.googleapis.com/oauth2/v3/certs"))"#.into(),
        ),
        (
            "https://securetoken.google.com/shop",
            "shop",
            with_header(
                json!({ "alg": "none", "typ": "JWT" }),
                json!({ "iss": "https://securetoken.google.com/shop", "aud": "shop" }),
            )
            .rsplit_once('.')
            .map(|(rest, _)| format!("{rest}."))
            .unwrap(),
            "Firebase Authentication",
            "algorithm_none",
            r#".issuer(IssuerConfig::new("https://securetoken.google.com/shop").static_keys(jwks)).audience("shop") in tests"#.into(),
        ),
        (
            "https://abc.supabase.co/auth/v1",
            "authenticated",
            SigningKey::secret("HS256", &[7; 32])
                .token(&claims(json!({ "iss": "https://abc.supabase.co/auth/v1", "aud": "authenticated" }))),
            "Supabase",
            "shared_secret",
            r#".issuer("https://abc.supabase.co/auth/v1").shared_secret_beside_keys(secret).audience("authenticated")"#.into(),
        ),
        (
            own,
            API,
            token(json!({ "iss": own, "aud": [], "scp": ["read"], "ext": {}, "client_id": "c" })),
            "Ory Hydra",
            "audience_not_requested",
            r#".issuer("https://id.example.com").audience("https://api.example.com")"#.into(),
        ),
        (
            own,
            API,
            token(json!({ "iss": own, "aud": null, "scope": ["read"], "client_id": "c", "jti": "1" })),
            "IdentityServer",
            "audience_absent",
            r#".issuer("https://id.example.com").audience("https://api.example.com")"#.into(),
        ),
        (
            own,
            API,
            token(json!({ "iss": own, "aud": "spa", "sub": "spa", "scope": ["read"], "nbf": START })),
            "Spring Authorization Server",
            "audience_is_client",
            r#".issuer("https://id.example.com").audience("https://api.example.com")"#.into(),
        ),
        (
            "https://acme.authentication.eu10.hana.ondemand.com",
            API,
            token(json!({ "iss": "https://acme.authentication.eu10.hana.ondemand.com/oauth/token", "zid": "z" })),
            "UAA or XSUAA",
            "uaa_issuer",
            r#".issuer(IssuerConfig::new("https://acme.authentication.eu10.hana.ondemand.com/oauth/token").jwks_uri("<url of the service key>/token_keys"))"#.into(),
        ),
        (
            "https://token.actions.githubusercontent.com",
            API,
            token(
                json!({ "iss": "https://token.actions.githubusercontent.com", "aud": "https://github.com/acme" }),
            ),
            "GitHub Actions",
            "audience_not_requested",
            r#".issuer("https://token.actions.githubusercontent.com").audience("https://api.example.com") and require(claim("repository").equals("<owner>/<name>"))"#.into(),
        ),
        (
            "https://kubernetes.default.svc.cluster.local",
            API,
            token(json!({
                "iss": "https://kubernetes.default.svc.cluster.local",
                "aud": ["https://kubernetes.default.svc.cluster.local"],
                "kubernetes.io": { "namespace": "shop" },
            })),
            "Kubernetes service account",
            "audience_not_requested",
            r#".issuer("https://kubernetes.default.svc.cluster.local").audience("https://api.example.com")"#.into(),
        ),
        (
            own,
            API,
            "00D50000000IZ3Z!AQ0AQDpEDKYsn7ioKug2aSmg".into(),
            "Salesforce",
            "salesforce_session",
            r#".issuer("https://<domain>.my.salesforce.com").audience("https://api.example.com")"#.into(),
        ),
        (
            pool,
            API,
            token(json!({ "iss": pool, "aud": "3app", "token_use": "id", "at_hash": "x" })),
            "Amazon Cognito",
            "id_token",
            format!(
                r#".issuer("{pool}").tokens_without_audience(AudienceSubstitute::client_id(["<client id>"]).and_claim("token_use", "access"))"#
            ),
        ),
        (
            pool,
            API,
            token(json!({ "iss": pool, "aud": null, "token_use": "access", "client_id": "3app" })),
            "Amazon Cognito",
            "audience_absent",
            format!(
                r#".issuer("{pool}").tokens_without_audience(AudienceSubstitute::client_id(["3app"]).and_claim("token_use", "access"))"#
            ),
        ),
        (
            "https://happy-cat-1.clerk.accounts.dev",
            API,
            token(
                json!({ "iss": "https://happy-cat-1.clerk.accounts.dev", "aud": null, "azp": "http://localhost:5173" }),
            ),
            "Clerk",
            "audience_absent",
            r#".issuer("https://happy-cat-1.clerk.accounts.dev").tokens_without_audience(AudienceSubstitute::azp(["http://localhost:5173"]))"#.into(),
        ),
        (own, API, token(json!({ "scopes": [], "aud": "3" })), "Laravel Passport", "issuer_absent", r#".issuer(IssuerConfig::new("<issuer>").public_key_pem(pem)) and .dangerous().allow_tokens_without_issuer()"#.into()),
        (own, API, token(json!({ "sub": "spiffe://example.org/api" })), "SPIFFE JWT-SVID", "issuer_absent", r#".issuer(IssuerConfig::new("<trust domain>").static_keys(jwks)) and .dangerous().allow_tokens_without_issuer()"#.into()),
    ];
    for (issuer, audience, token, provider, code, rust) in &cases {
        let found = hints(&api(issuer, audience), token);
        let first = found.first().unwrap_or_else(|| panic!("{provider} {code}: no hint"));
        assert_eq!((first.provider, first.code), (Some(*provider), *code), "{:?}", codes(&found));
        assert_eq!(first.rust, *rust, "{provider} {code}");
        for text in [&first.problem, &first.remedy, &first.rust, &first.node] {
            assert!(!text.is_empty() && !text.contains("{audience}"), "{provider} {code}: {text}");
        }
    }
}

#[test]
fn a_load_balancer_s_token_is_told_by_its_header_and_its_padding() {
    let header = URL_SAFE.encode(
        json!({ "alg": "ES256", "kid": "k", "signer": "arn:aws:x", "client": "c" }).to_string() + " ",
    );
    let claims = URL_SAFE.encode(claims(json!({ "iss": "https://id.example.com", "aud": null })).to_string());
    let token = format!("{header}.{claims}.{}", URL_SAFE.encode([7; 64]));
    assert!(token.ends_with("=="));
    let found = hints(&api("https://id.example.com", API), &token);
    assert_eq!(
        codes(&found),
        [(Some("AWS ALB"), "token_in_other_header"), (Some("AWS ALB"), "padded_parts")]
    );
}

#[test]
fn what_everybody_gets_wrong_is_told_for_a_server_that_is_not_known() {
    let own = "https://id.example.com";
    let good = token(json!({ "iss": own }));
    let parts: Vec<_> = good.split('.').collect();
    let padded = {
        let claims = claims(json!({ "iss": own, "note": "ab" })).to_string();
        let padded = URL_SAFE.encode(claims.clone() + if claims.len().is_multiple_of(3) { " " } else { "" });
        assert!(padded.ends_with('='));
        format!("{}.{padded}.{}", parts[0], parts[2])
    };
    let der = {
        let header = mint::base64url(json!({ "alg": "ES256", "kid": "k" }).to_string());
        let signature: Vec<u8> =
            [0x30, 0x44, 0x02, 0x20].into_iter().chain([7; 32]).chain([0x02, 0x20]).chain([7; 32]).collect();
        format!("{header}.{}.{}", parts[1], mint::base64url(signature))
    };
    let milliseconds = START * 1000;
    let cases = [
        (own, padded, "padded_parts"),
        (own, der, "der_signature"),
        (own, "b3BhcXVl".to_owned(), "opaque_token"),
        (
            own,
            format!("{}..a.b.c", mint::base64url(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#)),
            "encrypted_token",
        ),
        (own, token(json!({ "iss": own, "at_hash": "x", "nonce": "n" })), "id_token"),
        (own, token(json!({ "iss": own, "typ": "Refresh" })), "refresh_token"),
        (own, token(json!({ "iss": own, "iat": milliseconds, "exp": milliseconds + 1 })), "milliseconds"),
        (own, token(json!({ "iss": own, "exp": milliseconds * 1000 })), "milliseconds"),
        (own, token(json!({ "iss": "https://id.example.com/" })), "issuer_slash"),
        ("http://127.0.0.1:9000/", token(json!({ "iss": "http://127.0.0.1:9000" })), "issuer_slash"),
        (own, token(json!({ "iss": "http://id.example.com" })), "issuer_scheme"),
        (own, token(json!({ "iss": "id.example.com" })), "issuer_scheme"),
        (own, token(json!({ "iss": "https://ID.example.com" })), "issuer_case"),
        (own, token(json!({ "iss": "http://localhost:9000" })), "issuer_local_name"),
        ("http://127.0.0.1:9000", token(json!({ "iss": "http://localhost:9000" })), "issuer_loopback"),
        ("http://localhost:9000", token(json!({ "iss": "http://127.0.0.1:9000/" })), "issuer_loopback"),
        (own, token(json!({ "iss": own, "aud": "https://api.example.com/" })), "audience_slash"),
        (own, token(json!({ "iss": own, "aud": "spa", "client_id": "spa" })), "audience_is_client"),
        (own, token(json!({ "iss": own, "aud": null })), "audience_absent"),
        (own, SigningKey::secret("HS256", &[7; 32]).token(&claims(json!({ "iss": own }))), "shared_secret"),
        (own, with_header(json!({ "alg": "none" }), json!({ "iss": own })), "algorithm_none"),
    ];
    // An engine with this issuer is not built, and says the same.
    let metadata_url = "https://id.example.com/.well-known/openid-configuration";
    let configured = EngineConfig::new().issuer(metadata_url).audience(API).build();
    let problem = configured.map(drop).unwrap_err().problem;
    assert!(matches!(problem, Problem::Issuer(IssuerProblem::Identifier { .. })), "{problem}");
    let evidence = Evidence::of(&good).failed("issuer", "issuer_unknown").expecting_issuer(metadata_url);
    let of_metadata_url = (None, "issuer_is_metadata_url");
    assert_eq!(codes(&provider::hints(&evidence)), [of_metadata_url]);
    let met: BTreeSet<_> = cases.iter().map(|(_, _, code)| *code).chain([of_metadata_url.1]).collect();
    let all: BTreeSet<_> = GENERAL.iter().map(|mistake| mistake.code).collect();
    assert_eq!(met, all, "each general mistake is met");
    for (issuer, token, code) in cases {
        let found = hints(&api(issuer, API), &token);
        assert_eq!(codes(&found), [(None, code)], "{token}");
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
fn each_row_has_a_name_of_its_own_and_says_what_to_do_about_each_mistake() {
    let names: BTreeSet<_> = PROVIDERS.iter().map(|facts| facts.name).collect();
    assert_eq!(names.len(), PROVIDERS.len());
    for facts in PROVIDERS {
        assert_eq!(provider::named(facts.name).map(|found| found.title), Some(facts.title));
        assert!(facts.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
        assert!(!facts.mistakes.is_empty(), "{}", facts.name);
        for mistake in facts.mistakes.iter().chain(GENERAL) {
            for text in [mistake.code, mistake.problem, mistake.remedy, mistake.rust, mistake.node] {
                assert!(!text.is_empty() && !text.contains("  "), "{} {}: {text}", facts.name, mistake.code);
            }
        }
        // A row is found by the issuer that its preset makes.
        if let Some(form) = facts.preset_issuer() {
            let issuer =
                form.fill(|hole| Some(if hole == "base" { "https://id.example.com" } else { "x1" })).unwrap();
            assert_eq!(provider::of_issuer(&issuer).map(|found| found.name), Some(facts.name), "{issuer}");
        }
    }
}

#[test]
fn what_only_the_fetch_or_the_settings_tell_has_a_hint_too() {
    let entra = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    let entra_v1 = format!("https://sts.windows.net/{TENANT}/");
    let b2c = format!("https://acme.b2clogin.com/{TENANT}/v2.0/");
    let uaa = "https://acme.authentication.eu10.hana.ondemand.com/oauth/token";
    let cluster = "https://kubernetes.default.svc.cluster.local";
    let team = "https://acme.cloudflareaccess.com";
    let of = |issuer: &str| token(json!({ "iss": issuer }));
    let no_keys = ("key", "keys_unavailable");
    let other_audience = ("audience", "audience_mismatch");
    let common = "https://login.microsoftonline.com/common/v2.0";
    let guid = format!("api://{APP}");
    let for_app = |issuer: &str| token(json!({ "iss": issuer, "aud": APP }));
    for (token, failed, expected, title, code, written) in [
        (
            of(&entra_v1),
            no_keys,
            entra_v1.as_str(),
            "Entra ID (v1.0 tokens)",
            "metadata_elsewhere",
            ".metadata_url(",
        ),
        (
            of(&b2c),
            no_keys,
            &b2c,
            "Entra External ID or B2C",
            "metadata_elsewhere",
            "/acme.onmicrosoft.com/<policy>/",
        ),
        (of(uaa), no_keys, uaa, "UAA or XSUAA", "metadata_elsewhere", "/token_keys"),
        (
            of("https://cloud.google.com/iap"),
            no_keys,
            "https://cloud.google.com/iap",
            "Google IAP",
            "metadata_elsewhere",
            "public_key-jwk",
        ),
        (
            of(cluster),
            no_keys,
            cluster,
            "Kubernetes service account",
            "keys_need_credentials",
            ".static_keys(jwks)",
        ),
        (
            of(team),
            other_audience,
            team,
            "Cloudflare Access",
            "audience_is_tag",
            ".audience(\"<application tag>\")",
        ),
        (
            token(json!({ "iss": entra, "aud": "https://graph.microsoft.com" })),
            other_audience,
            &entra,
            "Entra ID",
            "graph_token",
            ".audience(\"<app id>\")",
        ),
        (
            for_app(&entra_v1),
            other_audience,
            &entra_v1,
            "Entra ID (v1.0 tokens)",
            "entra_audience",
            "<as in aud>",
        ),
        (
            of(&entra_v1),
            ("issuer", "issuer_unknown"),
            common,
            "Entra ID (v1.0 tokens)",
            "entra_any_tenant",
            ".issuer_resolver(",
        ),
        (
            "ory_at_abc".to_owned(),
            ("parse", "token_malformed"),
            "https://id.example.com",
            "Ory Hydra",
            "opaque_by_default",
            "/admin/oauth2/introspect",
        ),
        (
            token(json!({ "scope": ["a"], "authorities": ["x"] })),
            ("issuer", "issuer_missing"),
            "https://id.example.com",
            "Spring Authorization Server",
            "issuer_absent",
            ".allow_tokens_without_issuer()",
        ),
    ] {
        let evidence = Evidence::of(&token).failed(failed.0, failed.1).expecting_issuer(expected);
        let found = provider::hints(&evidence.expecting_audience(&guid));
        let hint = found.iter().find(|hint| hint.code == code && hint.provider == Some(title));
        let hint = hint.unwrap_or_else(|| panic!("{title} {code}: {:?}", codes(&found)));
        assert!(hint.rust.contains(written), "{title} {code}: {}", hint.rust);
        // Once its issuer was asked, or the token is good, nothing of that is wrong.
        let accepted = provider::hints(&Evidence::of(&token).accepted().expecting_issuer(expected));
        assert!(
            accepted.iter().all(|hint| hint.code == "token_in_other_header"),
            "{title}: {:?}",
            codes(&accepted)
        );
    }
}

/// The sources below these folders, as one text.
fn sources(folders: &[&str]) -> String {
    let mut text = String::new();
    let mut folders: Vec<_> =
        folders.iter().map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                text += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    text
}

/// The names before each of these marks.
fn names_before<'t>(text: &'t str, mark: &'t str) -> impl Iterator<Item = &'t str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let pieces: Vec<_> = text.split(mark).collect();
    let count = pieces.len() - 1;
    pieces.into_iter().take(count).map(move |piece| &piece[piece.trim_end_matches(is_of_name).len()..])
}

#[test]
fn a_hint_names_no_setting_that_does_not_exist() {
    let rust = sources(&["src", "../bearward/src"]);
    let node = sources(&["../../bindings/node/lib"]);
    // The claim and the values that are named beside settings.
    let no_settings = ["https", "http", "", "token_use", "api", "change"];
    let mut unknown = Vec::new();
    for mistake in PROVIDERS.iter().flat_map(|facts| facts.mistakes).chain(GENERAL) {
        for name in names_before(mistake.rust, "(").filter(|name| !name.is_empty() && *name != "from_secs") {
            if !rust.contains(&format!("fn {name}")) {
                unknown.push((name, mistake.rust));
            }
        }
        for name in names_before(mistake.node, ":").filter(|name| !no_settings.contains(name)) {
            if !node.contains(&format!("{name}?:")) && !node.contains(&format!("{name}:")) {
                unknown.push((name, mistake.node));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn the_page_about_explain_names_each_provider() {
    let page = include_str!("../../../docs/explain.md");
    let (_, table) = page.split_once("## Which providers are known").unwrap();
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<_> =
        PROVIDERS.iter().map(|facts| format!("| `{}` | {} |", facts.name, facts.title)).collect();
    assert_eq!(rows, expected);
}

#[test]
fn an_issuer_alone_never_makes_a_token_good() {
    let engine = api("https://acme.eu.auth0.com/", API);
    let forged = SigningKey::ed25519("k", 2).token(&claims(json!({ "iss": "https://acme.eu.auth0.com/" })));
    let explanation = engine.explain(&forged, Route::open(), now());
    assert!(matches!(&explanation.step, Step::Done(Err(failure)) if failure.code() == "signature_invalid"));
    assert_eq!(codes(&engine.hints(&forged, &explanation)), []);
}
