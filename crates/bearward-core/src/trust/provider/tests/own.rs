//! What the users of one provider get wrong.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;

use super::*;

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
        let found = hint::hints(&evidence.expecting_audience(&guid));
        let hint = found.iter().find(|hint| hint.code == code && hint.provider == Some(title));
        let hint = hint.unwrap_or_else(|| panic!("{title} {code}: {:?}", codes(&found)));
        assert!(hint.rust.contains(written), "{title} {code}: {}", hint.rust);
        // Once its issuer was asked, or the token is good, nothing of that is wrong.
        let accepted = hint::hints(&Evidence::of(&token).accepted().expecting_issuer(expected));
        assert!(
            accepted.iter().all(|hint| hint.code == "token_in_other_header"),
            "{title}: {:?}",
            codes(&accepted)
        );
    }
}
