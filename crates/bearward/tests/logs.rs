//! Everything that is logged at any level, by Bearward and by what it fetches with, is read through for
//! tokens, secrets and claim values ("tokens, secrets or claim values in answers or logs" in docs/threat-model.md).
//! A binary of its own, for the log belongs to the process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/log.rs"]
mod log;
mod support;

use bearward::engine::Route;
use bearward::request::{Credential, CredentialRules, QueryTokens};
use bearward::requirement::{NoFacts, claim, organization, scope};
use bearward::resolver::ResolverError;
use bearward::trust::ValidatorError;
use bearward::{IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, Fault, SigningKey, TokenBuilder};
use log::Log;
use serde_json::json;
use support::{AUDIENCE, TestClock, issuer, present, present_to, trusting};

/// Stands in every claim value that is nobody's business.
const CANARY: &str = "canary";

const SECRET: &str = "secret-that-nobody-may-ever-read-in-a-log-0123456789";

/// Claim values that a log must not repeat.
fn with_canaries(token: TokenBuilder) -> TokenBuilder {
    token
        .subject(format!("{CANARY}-sub"))
        .client_id(format!("{CANARY}-client"))
        .organization(format!("{CANARY}-org"))
        .scope(format!("{CANARY}:scope"))
        .claim("jti", format!("{CANARY}-jti"))
        .claim("email", format!("{CANARY}@example.com"))
        .claim("role", format!("{CANARY}-role"))
}

/// Sends everything that can happen to a token through an API, and notes each token sent.
async fn everything_that_can_happen(sent: &mut Vec<String>) {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = trusting(&issuer)
        .issuer(IssuerConfig::new("https://internal.example").shared_secret(SECRET))
        .issuer_resolver(|_| async { Err(ResolverError::new("the database is down")) })
        .validator(|claims| match claims.get("refuse") {
            Some(_) => Err(ValidatorError::new("refused by the validator")),
            None => Ok(()),
        })
        .clock(clock.reader())
        .build()
        .unwrap();
    let good = || with_canaries(issuer.mint().audience(AUDIENCE));
    let hmac = SigningKey::from_secret(SECRET, Algorithm::Hs256).unwrap();
    let foreign = SigningKey::generate(Algorithm::Es256);
    let named = good().signed_by(&foreign).header("kid", issuer.signing_kid());
    issuer.stage_once(bearward_issuer::Endpoint::Jwks, Fault::Status(500));
    let mut tokens = vec![
        good().sign(), // the fetch fails
        good().sign(), // and is not tried again at once
    ];
    for token in &tokens {
        assert_eq!(present(&api, token).await.unwrap_err().code(), "keys_unavailable");
    }
    clock.advance(2.0);
    let cached = good().sign();
    tokens.extend([
        cached.clone(),
        cached,
        good().expires_in(-60).sign(),
        good().not_before_in(60).sign(),
        good().audience(format!("https://{CANARY}.example")).sign(),
        good().claim("aud", json!([7, CANARY])).sign(),
        good().claim("iss", format!("https://{CANARY}.example")).sign(),
        good().claim("iss", json!([CANARY])).sign(),
        good().claim("exp", CANARY).sign(),
        good().claim("refuse", CANARY).sign(),
        good().claim("cnf", json!({ "jkt": CANARY })).sign(),
        good().header("typ", format!("{CANARY}+jwt")).sign(),
        good().header("alg", CANARY).sign(),
        good().header("crit", json!([CANARY])).sign(),
        good().header("jku", format!("https://{CANARY}.example")).sign(),
        good().header("kid", "unknown").sign(),
        good().unsigned(),
        good().sign_payload(format!("[\"{CANARY}\"]").as_bytes()),
        good().sign_payload(format!("{{\"{CANARY}\":1,\"{CANARY}\":2}}").as_bytes()),
        named.sign(),
        named.remove_header("kid").sign(),
        with_canaries(hmac.mint("https://internal.example").audience(AUDIENCE)).sign(),
        with_canaries(hmac.mint(issuer.url()).audience(AUDIENCE)).sign(),
        format!("{CANARY}.{CANARY}.{CANARY}"),
        format!("{CANARY}.{CANARY}.{CANARY}.{CANARY}.{CANARY}"),
        format!("opaque-{CANARY}"),
        format!("not~a-{CANARY}=token68="),
        CANARY.repeat(3000),
    ]);
    for token in &tokens {
        let _ = present(&api, token).await;
    }
    let token = good().sign();
    for requirement in [
        scope("admin"),
        claim("role").equals("admin"),
        organization().is("somebody-else"),
        organization().from_path("org"),
    ] {
        let requirement = requirement.check().unwrap();
        let result = present_to(&api, &token, Route::requiring(&requirement, &NoFacts)).await;
        bearward::driver::log_failure(&result.unwrap_err());
    }
    for headers in [
        vec![("authorization", format!("Bearer {CANARY} {CANARY}"))],
        vec![("authorization", format!("Basic {CANARY}"))],
        vec![("authorization", format!("Bearer {CANARY}")), ("authorization", format!("Bearer {CANARY}"))],
        vec![],
    ] {
        let mut request = http::Request::builder().uri(format!("/?access_token={CANARY}"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        api.authenticate(&request.body(()).unwrap(), Route::open()).await.unwrap_err();
    }
    tokens.push(token);
    sent.extend(tokens);
    debug_output(&api, &sent[2]).await;
}

/// What types show of themselves ends up in logs too.
async fn debug_output(api: &ResourceServer, token: &str) {
    let rules = CredentialRules::new(QueryTokens::Ignore, 1 << 14);
    let credential = Credential::from_token(token, rules).unwrap();
    let accepted = present(api, token).await.unwrap();
    let config = IssuerConfig::new("https://internal.example").shared_secret(SECRET);
    let builder = ResourceServer::builder().issuer(config.clone());
    let key = SigningKey::from_secret(SECRET, Algorithm::Hs256).unwrap();
    for shown in [
        format!("{credential:?} {credential:#?}"),
        format!("{accepted:?} {accepted:#?} {:?}", accepted.expires_at()),
        format!("{api:?} {:?} {:#?}", api.engine(), api.engine()),
        format!("{builder:?} {config:?} {config:#?} {key:?}"),
    ] {
        tracing::info!("{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_token_no_secret_and_no_claim_value_is_logged_at_any_level() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();
    let mut sent = Vec::new();
    everything_that_can_happen(&mut sent).await;
    let text = log.text();

    for expected in [
        "access token accepted code=\"accepted\"",
        "cached=true",
        "cached=false",
        "code=\"signature_invalid\"",
        "code=\"key_unknown\"",
        "code=\"token_expired\" stage=\"claims\"",
        "code=\"credential_missing\" stage=\"credential\"",
        "code=\"authorization_repeated\"",
        "code=\"token_too_large\"",
        "code=\"keys_unavailable\"",
        "code=\"resolver_unavailable\"",
        "code=\"claim_rejected\"",
        "code=\"path_parameter_missing\" stage=\"requirement\"",
        "key set loaded",
        "key set not loaded: the authorization server answered 500",
        "TRACE",
        "hyper",
        "ResourceServer {",
    ] {
        assert!(text.contains(expected), "the log was to say {expected}, or this test reads the wrong one");
    }
    for line in text.lines() {
        assert!(!line.contains(CANARY), "a claim value or a credential: {line}");
        assert!(!line.contains(SECRET) && !line.contains(&SECRET[7..]), "a secret: {line}");
    }
    let in_base64 = base64_parts(&sent);
    for part in &in_base64 {
        assert!(!text.contains(part.as_str()), "a part of a token: {part}");
    }
    assert!(in_base64.len() > 60, "only {} parts were looked for", in_base64.len());
}

/// The payloads and signatures of the tokens, and the beginnings and ends of them that a shortened rendering
/// would show.
fn base64_parts(tokens: &[String]) -> Vec<String> {
    let parts = tokens.iter().filter(|token| token.matches('.').count() == 2).flat_map(|token| {
        let mut parts = token.split('.');
        let (_, payload, signature) = (parts.next(), parts.next().unwrap(), parts.next().unwrap());
        let signature = signature.to_owned();
        let start = signature.get(..24).unwrap_or("").to_owned();
        let end = signature.get(signature.len().saturating_sub(24)..).unwrap_or("").to_owned();
        [payload.to_owned(), start, end, signature]
    });
    parts.filter(|part| part.len() >= 24).collect()
}
