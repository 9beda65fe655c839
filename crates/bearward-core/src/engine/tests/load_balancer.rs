//! What an AWS load balancer says of the users that it has logged in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use serde_json::json;

use super::*;
use crate::request::connection::{Connection, Sender};
use crate::request::credential::CredentialError;
use crate::token::error::TokenError;
use crate::trust::issuer::LoadBalancer;
use crate::trust::key::KeyError;

const ARN: &str =
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
const KID: &str = "12345678-1234-1234-1234-123456789012";
const HEADER: &str = "x-amzn-oidc-data";

fn load_balancer() -> IssuerConfig {
    IssuerConfig::new(ISSUER).load_balancer(LoadBalancer::new(ARN).unwrap())
}

fn behind() -> Engine {
    EngineConfig::new().issuer(load_balancer()).audience("the-client").build().unwrap()
}

fn signing_key() -> SigningKey {
    SigningKey::generate("ES256", KID, 0)
}

/// The public key as AWS publishes it.
fn pem(key: &SigningKey) -> String {
    let jwk = key.jwk();
    let coordinate = |name: &str| mint::from_base64url(jwk[name].as_str().unwrap());
    // SubjectPublicKeyInfo of a point on P-256 (RFC 5480 §2).
    let prefix = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    let prefix = (0..prefix.len()).step_by(2).map(|at| u8::from_str_radix(&prefix[at..at + 2], 16).unwrap());
    let der: Vec<u8> = prefix.chain(coordinate("x")).chain(coordinate("y")).collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

/// What the load balancer writes, with these members of its header changed; `null` takes one out.
fn said_with(key: &SigningKey, changes: &Value, payload: &Value) -> String {
    let mut header = json!({
        "typ": "JWT", "kid": KID, "alg": "ES256", "iss": ISSUER, "client": "the-client", "signer": ARN,
        "exp": START + 120,
    });
    let members = header.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.clone(), value.clone()),
        };
    }
    written(key, &header.to_string(), &payload.to_string())
}

fn written(key: &SigningKey, header: &str, payload: &str) -> String {
    let input = format!("{}.{}", URL_SAFE.encode(header), URL_SAFE.encode(payload));
    let signature = key.sign(input.as_bytes());
    format!("{input}.{}", URL_SAFE.encode(signature))
}

fn said(key: &SigningKey) -> String {
    said_with(key, &json!({}), &json!({ "sub": "alice", "email": "alice@example.com" }))
}

fn present(engine: &Engine, token: &str, now: Now) -> Asked {
    let headers: HeaderMap =
        [(HEADER.parse().unwrap(), HeaderValue::from_str(token).unwrap())].into_iter().collect();
    let credential = Credential::extract(&headers, None, None, engine.credential_rules()).unwrap().unwrap();
    let sender = Sender::new("GET", "/", &headers, Connection::unknown());
    let credential = credential.sent_by(sender);
    asked(engine.attempt(&credential, Route::open()), now)
}

/// Gives the engine the key.
fn with_key(engine: &Engine, key: &SigningKey) {
    let fetch = waited_fetch(present(engine, &said(key), at(0)));
    let _ = finish_fetch(fetch, &Reply::new(200, pem(key)), at(0));
}

fn refusal(engine: &Engine, token: &str) -> Failure {
    settled(present(engine, token, at(1))).unwrap_err()
}

#[test]
fn what_it_says_of_a_user_is_believed_once_its_key_was_fetched_by_name() {
    let (engine, key) = (behind(), signing_key());
    let token = said(&key);
    assert!(token.contains("=."), "{token}");
    let fetch = waited_fetch(present(&engine, &token, at(0)));
    assert_eq!(fetch.request().url, format!("https://public-keys.auth.elb.eu-central-1.amazonaws.com/{KID}"));
    let _ = finish_fetch(fetch, &Reply::new(200, pem(&key)), at(0));
    let user = settled(present(&engine, &token, at(1))).unwrap();
    assert_eq!(
        (user.subject(), user.client_id(), user.issuer()),
        (Some("alice"), Some("the-client"), ISSUER)
    );
    assert_eq!(user.audience().collect::<Vec<_>>(), ["the-client"]);
    assert_eq!(user.claim("email"), Some(&json!("alice@example.com")));
    assert!(!user.has_claims_in_payload());
    assert_eq!(refusal_at(&engine, &token, 200), "token_expired");
}

fn refusal_at(engine: &Engine, token: &str, seconds: u64) -> &'static str {
    settled(present(engine, token, at(seconds))).unwrap_err().code()
}

#[test]
fn another_load_balancer_of_the_region_is_refused_although_its_key_is_good() {
    let (engine, key) = (behind(), signing_key());
    with_key(&engine, &key);
    let user = json!({ "sub": "alice" });
    for signer in [json!(ARN.replace("/web/", "/evil/")), json!(null), json!([ARN]), json!("")] {
        let token = said_with(&key, &json!({ "signer": signer }), &user);
        assert_eq!(refusal(&engine, &token), TokenError::ForeignSigner.into(), "{signer}");
    }
    // What its payload says of a signer is the user's provider's.
    let token = said_with(&key, &json!({ "signer": null }), &json!({ "signer": ARN }));
    assert_eq!(refusal(&engine, &token), TokenError::ForeignSigner.into());
}

#[test]
fn the_header_says_who_issued_it_for_whom_and_until_when_and_the_payload_does_not() {
    let (engine, key) = (behind(), signing_key());
    with_key(&engine, &key);
    let good = json!({ "iss": ISSUER, "exp": START + 9999, "aud": "the-client", "client_id": "the-client" });
    for (change, code) in [
        (json!({ "exp": START - 60 }), "token_expired"),
        (json!({ "exp": null }), "claim_missing"),
        (json!({ "exp": "never" }), "claim_malformed"),
        (json!({ "iss": "https://other.example" }), "issuer_unknown"),
        (json!({ "iss": null }), "issuer_missing"),
        (json!({ "client": "another" }), "audience_mismatch"),
        (json!({ "client": null }), "claim_missing"),
        (json!({ "alg": "EdDSA" }), "algorithm_not_allowed"),
        (json!({ "alg": "none" }), "algorithm_unsupported"),
        (json!({ "crit": ["exp"] }), "critical_header"),
    ] {
        assert_eq!(refusal(&engine, &said_with(&key, &change, &good)).code(), code, "{change}");
    }
    let bad = json!({ "iss": "https://evil.example", "exp": 1, "aud": "another", "client_id": "another", "sub": "a" });
    let user = settled(present(&engine, &said_with(&key, &json!({}), &bad), at(1))).unwrap();
    assert_eq!((user.client_id(), user.issuer()), (Some("the-client"), ISSUER));
}

#[test]
fn each_part_has_the_one_spelling_with_padding() {
    let (engine, key) = (behind(), signing_key());
    with_key(&engine, &key);
    let header = json!({ "kid": KID, "alg": "ES256", "iss": ISSUER, "client": "the-client", "signer": ARN, "exp": START + 9 });
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode("{}"));
    let bare = format!("{input}.{}", URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes())));
    assert_eq!(refusal(&engine, &bare), TokenError::NotCompact.into());
    let good = said(&key);
    assert_eq!(refusal(&engine, &format!("{good}=")), TokenError::NotCompact.into());
    let twice = written(&key, r#"{"signer":"x","signer":"y"}"#, "{}");
    assert_eq!(refusal(&engine, &twice).code(), "header_malformed");
    let twice = said_with(&key, &json!({}), &json!({})).replacen('.', "=.", 1);
    assert_eq!(refusal(&engine, &twice), TokenError::NotCompact.into());
}

#[test]
fn padding_is_read_nowhere_else() {
    let padded =
        written(&key(), &json!({ "alg": "EdDSA", "kid": "k" }).to_string(), &claims(&json!({})).to_string());
    let headers: HeaderMap =
        [(HEADER.parse().unwrap(), HeaderValue::from_str(&padded).unwrap())].into_iter().collect();
    let engine = config().token_place(crate::request::TokenHeader::new(HEADER).unwrap()).build().unwrap();
    let found = Credential::extract(&headers, None, None, engine.credential_rules());
    assert_eq!(found.unwrap_err(), CredentialError::NotAToken);
}

#[test]
fn a_made_up_key_is_asked_for_once_in_a_cooldown_and_never_by_another_path() {
    let (engine, key) = (behind(), signing_key());
    let with_kid = |kid: &str| said_with(&key, &json!({ "kid": kid }), &json!({}));
    for kid in ["../../evil", "k1", "12345678-1234-1234-1234-12345678901?", ""] {
        let check = present(&engine, &with_kid(kid), at(0));
        assert!(check.fetch.is_none(), "{kid}");
        assert_eq!(settled(check).unwrap_err(), KeyError::Unknown.into(), "{kid}");
    }
    assert_eq!(
        refusal(&engine, &said_with(&key, &json!({ "kid": null }), &json!({}))),
        KeyError::Unknown.into()
    );
    let made_up = with_kid("00000000-0000-0000-0000-000000000000");
    let fetch = waited_fetch(present(&engine, &made_up, at(0)));
    assert_eq!(failed_with(fetch, 403), FetchError::Status(403));
    for second in 1..30 {
        let check = present(&engine, &made_up, at(second));
        assert!(check.fetch.is_none(), "{second}");
        assert_eq!(settled(check).unwrap_err(), KeyError::Unknown.into());
    }
    assert!(present(&engine, &made_up, at(31)).fetch.is_some());
    let mut asked = 0;
    for number in 1..1000 {
        let token = with_kid(&format!("00000000-0000-0000-0000-{number:012}"));
        asked += usize::from(present(&engine, &token, at(31)).fetch.is_some());
    }
    assert_eq!(asked, 4);
    assert_eq!(
        refusal_at(&engine, &with_kid("99999999-0000-0000-0000-000000000000"), 31),
        "keys_unavailable"
    );
}

fn failed_with(fetch: Fetch, status: u16) -> FetchError {
    let headers = HeaderMap::new();
    let answer =
        FetchAnswer { status: http::StatusCode::from_u16(status).unwrap(), headers: &headers, body: b"" };
    fetch.answered(answer, at(0)).map(drop).unwrap_err()
}

#[test]
fn what_is_no_key_is_none_and_an_outage_is_no_refusal() {
    for body in ["", "{}", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] {
        let (engine, key) = (behind(), signing_key());
        let fetch = waited_fetch(present(&engine, &said(&key), at(0)));
        let answered = answer(fetch, &Reply::new(200, body), at(0));
        assert!(matches!(answered, Err(FetchError::Key(_))), "{body}");
        assert_eq!(refusal_at(&engine, &said(&key), 0), "keys_unavailable");
    }
    let (engine, key) = (behind(), signing_key());
    assert_eq!(failed_with(waited_fetch(present(&engine, &said(&key), at(0))), 500), FetchError::Status(500));
    assert_eq!(refusal_at(&engine, &said(&key), 0), "keys_unavailable");
}

#[test]
fn its_tokens_are_read_beside_no_others() {
    let alone = |config: EngineConfig| config.audience("the-client").build().map(drop);
    let base = || EngineConfig::new().issuer(load_balancer());
    for config in [
        base().issuer("https://other.example"),
        base().issuer_resolution(IssuerResolution::On),
        base().token_place(crate::request::TokenCookie::new("token").unwrap()),
    ] {
        let error = alone(config).map(drop).unwrap_err();
        assert_eq!(error.path, "issuers[0].load_balancer");
        assert!(matches!(error.problem, Problem::LoadBalancer(_)), "{error}");
    }
    assert!(alone(base().token_place(crate::request::TokenHeader::new("x-user").unwrap())).is_ok());
    // AWS says nothing of a token in the header that clients use.
    let headers =
        [(http::header::AUTHORIZATION, HeaderValue::from_static("Bearer a.b.c"))].into_iter().collect();
    assert!(Credential::extract(&headers, None, None, behind().credential_rules()).unwrap().is_none());
}
