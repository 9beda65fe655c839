//! Which tokens are asked about, and how.

use http::Method;

use super::*;
use crate::mint::base64url;
use crate::trust::introspection::{PrivateKey, PrivateKeyError};
use crate::wire::redacted::RedactedUrl;

/// RFC 8410 §10.3.
const ED25519_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
    -----END PRIVATE KEY-----\n";

fn form_of(fetch: &Fetch) -> Vec<(String, String)> {
    let form = fetch.request().form.clone().unwrap();
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    form.split('&').map(|field| pair(field).unwrap()).collect()
}

#[test]
fn the_request_is_a_form_with_the_token_from_a_client_that_names_itself() {
    let engine = asking(introspection());
    let fetch = call(&engine, "a+b/c==", at(0));
    let request = fetch.request();
    assert_eq!((&request.method, &*request.url), (&Method::POST, ENDPOINT));
    assert_eq!(request.accept, "application/json");
    assert_eq!(request.form.as_deref(), Some("token=a%2Bb%2Fc%3D%3D&token_type_hint=access_token"));
    // "api:secret"
    assert_eq!(request.authorization.as_deref(), Some("Basic YXBpOnNlY3JldA=="));
    assert_eq!((request.max_bytes, &request.if_none_match), (64 * 1024, &None));
    assert_eq!(fetch.issuer().identifier(), ISSUER);
}

#[test]
fn neither_the_token_nor_a_secret_shows_in_debug_output() {
    let client = ClientAuthentication::secret_post("api", "the-secret");
    let introspection = Introspection::new(client).endpoint(ENDPOINT);
    let engine = asking(introspection.clone());
    let fetch = call(&engine, "the-token", at(0));
    assert!(fetch.request().form.as_deref().unwrap().contains("the-secret"));
    let key = PrivateKey::from_pkcs8_pem(ED25519_PEM, crate::token::Algorithm::EdDSA, Some("k")).unwrap();
    let keyed = Introspection::new(ClientAuthentication::private_key_jwt("api", key));
    for shown in [
        format!("{fetch:?}"),
        format!("{:?}", fetch.request()),
        format!("{introspection:?}"),
        format!("{keyed:?}"),
        format!("{engine:?}"),
        format!("{:?}", issuer().introspection(introspection)),
    ] {
        for secret in ["the-token", "the-secret", "MC4CAQ"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn a_secret_in_the_form_needs_no_header() {
    let client = ClientAuthentication::secret_post("a b", "p&q=r");
    let engine = asking(Introspection::new(client).endpoint(ENDPOINT));
    let fetch = call(&engine, TOKEN, at(0));
    assert_eq!(fetch.request().authorization, None);
    let expected = "token=opaque-token&token_type_hint=access_token&client_id=a+b&client_secret=p%26q%3Dr";
    assert_eq!(fetch.request().form.as_deref(), Some(expected));
}

#[test]
fn an_assertion_is_made_for_each_call_and_for_this_issuer() {
    let key = PrivateKey::from_pkcs8_pem(ED25519_PEM, crate::token::Algorithm::EdDSA, Some("k")).unwrap();
    let client = ClientAuthentication::private_key_jwt("api", key);
    let engine = asking(Introspection::new(client).endpoint(ENDPOINT));
    let mut seen = Vec::new();
    for token in ["one", "two"] {
        let fetch = call(&engine, token, at(7));
        assert_eq!(fetch.request().authorization, None);
        let form = form_of(&fetch);
        let field = |wanted| form.iter().find(|(name, _)| name == wanted).map(|(_, value)| &**value).unwrap();
        assert_eq!(field("client_id"), "api");
        let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
        assert_eq!(field("client_assertion_type"), kind);
        let assertion = field("client_assertion").to_owned();
        let [header, claims, _] = assertion.split('.').collect::<Vec<_>>()[..] else { panic!("{assertion}") };
        let read = |part| serde_json::from_slice::<Value>(&mint::from_base64url(part)).unwrap();
        assert_eq!(read(header), json!({ "alg": "EdDSA", "typ": "JWT", "kid": "k" }));
        let mut claims = read(claims);
        let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
        assert_eq!(jti.as_str().unwrap().len(), base64url([0; 16]).len());
        let expected =
            json!({ "iss": "api", "sub": "api", "aud": ISSUER, "iat": START + 7, "exp": START + 67 });
        assert_eq!(claims, expected);
        seen.push(jti);
    }
    assert_ne!(seen[0], seen[1], "another call, another assertion");
}

#[test]
fn what_is_no_jwt_is_asked_about_and_a_broken_jwt_never() {
    let (b64, good) = (|text: &str| base64url(text), token(&json!({})));
    let signature = b64("signature");
    let engine = asking(introspection());
    for opaque in [
        TOKEN.to_owned(),
        "a.b".to_owned(),
        "2YotnFZFEjr1zCsicMWpAA==".to_owned(),
        "a.b.c.d".to_owned(),
        "a.b.c.d.e".to_owned(),
        format!("{}..aXY.Y2lwaGVy.dGFn", b64(r#"{"alg":"dir","enc":"A128GCM"}"#)), // a JWE
        // Two dots, with a first part of any length: one that is base64url by chance is no JOSE header either.
        "a.b.c".to_owned(),
        "ab.b.c".to_owned(),
        "abc.b.c".to_owned(),
        "abcd.b.c".to_owned(),
        "abcd.efgh.ijkl".to_owned(),
        format!("{}.b.c", "abcd".repeat(3000)),
        format!("{}.b.c", b64("{}")),
        format!("{}.e30.c2ln", b64(r#"{"typ":"session","crit":[]}"#)),
        format!("{}.e30.c2ln", b64(r#"["alg"]"#)),
    ] {
        drop(call(&engine, &opaque, at(0)));
    }
    let every = asking(introspection().tokens(IntrospectedTokens::Every));
    for engine in [&engine, &every] {
        for spoilt in ["=", ".", ".x", ".a.b", ".a.b.c"] {
            let broken = format!("{good}{spoilt}");
            let check = check(engine, &broken, at(0));
            assert_eq!((check.fetch.is_some(), check.source), (false, Source::Verification), "{spoilt}");
            assert_eq!(refusal(engine, &broken), refusal(&super::engine(), &broken), "{spoilt}");
        }
    }
    for (header, claims, expected) in [
        (r#"{"alg":"none"}"#, "{}", TokenError::UnsupportedAlgorithm),
        (r#"{"alg":"nOnE"}"#, "{}", TokenError::UnsupportedAlgorithm),
        (r#"{"alg":"EdDSA","typ":"dpop+jwt"}"#, "{}", TokenError::WrongType),
        (r#"{"alg":"EdDSA","typ":"token-introspection+jwt"}"#, "{}", TokenError::WrongType),
        (r#"{"alg":"EdDSA","crit":["x"]}"#, "{}", TokenError::CriticalHeader),
        (r#"{"alg":"EdDSA","kid":7}"#, "{}", TokenError::Header(None)),
        (
            r#"{"alg":"EdDSA"}"#,
            r#"{"iss":"a","iss":"a"}"#,
            TokenError::Payload(crate::wire::JsonError::DuplicateMember),
        ),
    ] {
        let token = format!("{}.{}.{signature}", b64(header), b64(claims));
        assert_eq!(refusal(&engine, &token), expected.into(), "{header} {claims}");
        let unsigned = format!("{}.{}.", b64(header), b64(claims));
        assert_eq!(refusal(&engine, &unsigned), expected.into(), "{header} {claims}, unsigned");
    }
}

/// Forged tokens that this crate reads as nothing, and the authorization server might read as a JWT.
#[test]
fn a_jwt_in_disguise_is_refused_and_not_asked_about() {
    let engines = [asking(introspection()), asking(introspection().tokens(IntrospectedTokens::Every))];
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let headers: [&[u8]; 10] = [
        br#"{"alg":"none","x":1e999}"#,
        br#"{"alg":"none","x":NaN}"#,
        br#"{"alg":"none",}"#,
        br#"/* */{"alg":"none"}"#,
        br#"{"alg":"none"}//"#,
        br#"{'alg':'none'}"#,
        br#"{"ALG":"none"}"#,
        b"\xef\xbb\xbf{\"alg\":\"none\"}",
        &utf_16(r#"{"alg":"none"}"#),
        &utf_16("\u{feff}{\"alg\":\"none\"}"),
    ];
    for header in headers {
        let header = crate::mint::base64url(header);
        let claims = crate::mint::base64url(claims(&json!({})).to_string());
        for credential in [
            format!("{header}.{claims}.c2ln"),
            format!("{header}.{claims}."),
            format!("{header}~.{claims}.c2ln"),
            format!("{header}.{claims}.c2ln.more"),
            format!("{header}.{claims}"),
        ] {
            for engine in &engines {
                let check = check(engine, &credential, at(0));
                assert_eq!(
                    (check.fetch.is_some(), check.source),
                    (false, Source::Verification),
                    "{credential}"
                );
                let refused = refusal(engine, &credential);
                assert_eq!(refused, refusal(&super::engine(), &credential), "{credential}");
                let codes = ["token_malformed", "header_malformed", "algorithm_unsupported"];
                assert!(codes.contains(&refused.code()), "{refused:?}");
            }
        }
    }
}

#[test]
fn a_jwt_is_verified_here_without_a_call() {
    let engine = asking(introspection());
    let passed = decide(&engine, &token(&json!({})), at(0)).unwrap();
    assert_eq!(passed.algorithm(), Some(crate::token::Algorithm::EdDSA));
    assert_eq!((passed.expose_jwt(), passed.kid()), (Some(passed.expose_token()), Some("k")));
    let other = SigningKey::ed25519("k", 2).token(&claims(&json!({})));
    assert_eq!(refusal(&engine, &other).code(), "signature_invalid");
}

#[test]
fn without_introspection_an_opaque_token_stays_no_token() {
    assert_eq!(refusal(&engine(), TOKEN), TokenError::NotCompact.into());
    assert_eq!(refusal(&engine(), "a.b.c.d.e"), TokenError::Encrypted.into());
}

#[test]
fn where_every_token_is_asked_about_the_issuers_own_jwts_are_too() {
    let others = SigningKey::ed25519("o", 9);
    let other = IssuerConfig::new("https://other.example").static_keys(mint::jwks([&others]));
    let config = configured(introspection().tokens(IntrospectedTokens::Every)).issuer(other);
    let engine = config.build().unwrap();

    let own = token(&json!({ "scope": "signed" }));
    let now = at(1);
    finish_fetch(call(&engine, &own, now), &active(&json!({ "scope": "answered" })), now);
    let passed = decide(&engine, &own, now).unwrap();
    assert!(passed.scopes().contain("answered"), "the answer counts, not the JWT");
    assert_eq!((passed.algorithm(), passed.expose_jwt()), (None, None), "it was not verified here");
    assert_eq!(passed.expose_token(), own);

    let foreign = others.token(&claims(&json!({ "iss": "https://other.example" })));
    assert!(decide(&engine, &foreign, now).is_ok(), "another issuer's JWT is verified");
    let stranger = others.token(&claims(&json!({ "iss": "https://stranger.example" })));
    assert_eq!(refusal(&engine, &stranger), IssuerError::Unknown.into());
    drop(call(&engine, TOKEN, now));
}

#[test]
fn settings_that_cannot_work_are_named() {
    let secret = |id: &str, secret: &str| {
        Introspection::new(ClientAuthentication::secret_basic(id, secret)).endpoint(ENDPOINT)
    };
    let of = |problem: IntrospectionProblem| {
        let path = format!("issuers[0].introspection.{}", problem.member());
        ConfigError::new(path, IssuerProblem::Introspection(problem))
    };
    let url = |url: &str, why| {
        let problem = IssuerProblem::Url { url: RedactedUrl::of(url), why };
        ConfigError::new("issuers[0].introspection.endpoint", problem)
    };
    for (introspection, expected) in [
        (secret("", "x"), of(IntrospectionProblem::NoClientId)),
        (secret("x", ""), of(IntrospectionProblem::NoClientSecret)),
        (introspection().cache_for(secs(0)), of(IntrospectionProblem::CacheFor)),
        (introspection().cache_for(secs(3601)), of(IntrospectionProblem::CacheFor)),
        (
            introspection().cache_refusals_for(Duration::from_millis(999)),
            of(IntrospectionProblem::CacheRefusalsFor),
        ),
        (
            introspection().endpoint("http://issuer.example/introspect"),
            url("http://issuer.example/introspect", crate::trust::UrlError::PlainHttp),
        ),
        (introspection().endpoint("/introspect"), url("/introspect", crate::trust::UrlError::NotHttps)),
        (
            Introspection::new(ClientAuthentication::secret_basic("api", "secret")),
            of(IntrospectionProblem::NoEndpoint),
        ),
    ] {
        assert_eq!(configured(introspection).build().unwrap_err(), expected);
    }
    let other = IssuerConfig::new("https://other.example").introspection(introspection());
    let several = configured(introspection()).issuer(other).build().unwrap_err();
    assert!(several.to_string().contains(ISSUER) && several.to_string().contains("https://other.example"));
}

#[test]
fn an_issuer_that_a_resolver_names_cannot_introspect() {
    let engine =
        EngineConfig::new().issuer_resolution(IssuerResolution::On).audience(AUDIENCE).build().unwrap();
    let config = issuer().introspection(introspection());
    let refused = engine.resolved(ISSUER, Some(config), at(0)).unwrap_err();
    let expected = IssuerProblem::ResolvedIntrospection(RedactedUrl::of(ISSUER));
    assert_eq!(refused, ConfigError::new("introspection", expected));
}

#[test]
fn two_configurations_are_the_same_only_with_the_same_client() {
    let with = |client| issuer().introspection(Introspection::new(client).endpoint(ENDPOINT));
    let key =
        |kid| PrivateKey::from_pkcs8_pem(ED25519_PEM, crate::token::Algorithm::EdDSA, Some(kid)).unwrap();
    let secret = || with(ClientAuthentication::secret_basic("api", "secret"));
    assert!(secret() == secret());
    assert!(secret() != issuer());
    assert!(secret() != with(ClientAuthentication::secret_basic("api", "Secret")));
    assert!(secret() != with(ClientAuthentication::secret_basic("other", "secret")));
    assert!(secret() != with(ClientAuthentication::secret_post("api", "secret")));
    let keyed = |kid| with(ClientAuthentication::private_key_jwt("api", key(kid)));
    assert!(keyed("k") == keyed("k"));
    assert!(keyed("k") != keyed("l"));
}

#[test]
fn a_key_that_cannot_sign_is_refused_before_anything_is_built() {
    let refused = PrivateKey::from_pkcs8_pem(ED25519_PEM, crate::token::Algorithm::ES256, None).unwrap_err();
    assert_eq!(refused, PrivateKeyError::Mismatch(crate::token::Algorithm::ES256));
    let message = ConfigError::from(refused).to_string();
    assert!(message.starts_with("introspection.private_key: "), "{message}");
}
