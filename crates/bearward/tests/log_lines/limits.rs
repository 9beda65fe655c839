//! A line a second of each kind, and one line per request.

use bearward::answer::Misconfiguration;
use bearward::check::{RevocationEntry, RevocationQuery};
use bearward::engine::Route;
use bearward::resolver::ResolverError;
use bearward::store::{RevocationStore, StoreError, StoreFuture};
use bearward::{Failure, IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, DpopKey, Endpoint, Fault, RunningIssuer, SigningKey};
use http::Request;
use tracing::Level;

use super::{Heard, left_out};
use crate::support::{AUDIENCE, TestClock, issuer, present, trusting};

async fn refused(api: &ResourceServer, token: &str) -> &'static str {
    present(api, token).await.map(drop).unwrap_err().code()
}

/// Bad tokens of the kinds that anyone can send, with the code that each is refused with.
fn bad_tokens(issuer: &RunningIssuer) -> Vec<(String, &'static str)> {
    let good = || issuer.mint().audience(AUDIENCE);
    let foreign = SigningKey::generate(Algorithm::Es256);
    vec![
        (good().expires_in(-60).sign(), "token_expired"),
        (good().audience("https://elsewhere.example").sign(), "audience_mismatch"),
        (good().claim("iss", "https://elsewhere.example").sign(), "issuer_unknown"),
        (good().signed_by(&foreign).header("kid", issuer.signing_kid()).sign(), "signature_invalid"),
        ("opaque-token".to_owned(), "token_malformed"),
    ]
}

#[tokio::test]
async fn ten_thousand_refusals_in_a_second_are_a_line_per_code_and_then_a_count() {
    let heard = Heard::at(Level::INFO);
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    let tokens = bad_tokens(&issuer);
    for _ in 0..2000 {
        for (token, code) in &tokens {
            assert_eq!(refused(&api, token).await, *code);
        }
    }
    for (_, code) in &tokens {
        let lines = heard.lines_with(&format!("code={code:?}"));
        assert_eq!(lines.len(), 1, "{code}: {lines:#?}");
        assert!(!lines[0].contains("left out"), "{}", lines[0]);
    }
    clock.advance(1.0);
    for (token, code) in &tokens {
        refused(&api, token).await;
        let lines = heard.lines_with(&format!("code={code:?}"));
        assert_eq!(lines.len(), 2, "{code}: {lines:#?}");
        assert!(lines[1].contains("(1999 similar lines left out)"), "{}", lines[1]);
        assert_eq!(left_out(&lines[1]), 1999);
    }
}

#[tokio::test]
async fn a_flapping_issuer_writes_a_line_a_second_of_each_kind() {
    const SECONDS: usize = 30;
    let heard = Heard::at(Level::INFO);
    let issuer = issuer().await;
    let clock = TestClock::new();
    let good = issuer.mint().audience(AUDIENCE).sign();
    let (mut decided, mut undecided) = (0, 0);
    let mut api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    for tenth in 0..SECONDS * 10 {
        match tenth % 40 {
            0 => issuer.stage(Endpoint::Jwks, Fault::Status(500)),
            20 => issuer.heal(),
            _ => {}
        }
        for _ in 0..20 {
            match present(&api, &good).await {
                Ok(_) => decided += 1,
                Err(failure) => {
                    assert_eq!(failure.code(), "keys_unavailable");
                    undecided += 1;
                }
            }
        }
        if tenth % 40 == 39 && tenth < SECONDS * 5 {
            // Started again: nothing is left of the keys, nor of the lines that were written.
            api = trusting(&issuer).clock(clock.reader()).build().unwrap();
        }
        clock.advance(0.1);
    }
    assert!(undecided > 1000 && decided > 0, "{undecided} without keys, {decided} with");
    let lines = heard.lines_with("code=\"keys_unavailable\"");
    assert!(!lines.is_empty() && lines.len() <= SECONDS + 5, "{} lines in {SECONDS} s", lines.len());
    let told = lines.len() as u64 + lines.iter().map(|line| left_out(line)).sum::<u64>();
    assert!(told * 3 > undecided && told <= undecided, "{told} of {undecided} are told of");
    let fetches = heard.lines_with("code=\"key_set_not_loaded\"").len();
    assert!(fetches > 0 && fetches <= SECONDS + 5, "{fetches} lines of fetches");
    assert!(heard.lines().len() < SECONDS * 4, "{} lines of all kinds", heard.lines().len());
}

#[tokio::test]
async fn an_issuer_or_an_audience_that_is_nearly_configured_is_a_warning_where_no_other_refusal_is_heard() {
    let heard = Heard::at(Level::WARN);
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    let named = |name: &str| issuer.mint().audience(AUDIENCE).claim("iss", name).sign();
    for (name, lines) in [("https://elsewhere.example", 0), (&format!("{}/", issuer.url()), 1)] {
        clock.advance(1.0);
        assert_eq!(refused(&api, &named(name)).await, "issuer_unknown");
        assert_eq!(heard.lines().len(), lines, "{name}: {:#?}", heard.lines());
    }
    let differs = format!("differs from the configured issuer {:?} only in the last slash", issuer.url());
    assert!(heard.lines()[0].contains(&differs), "{:?}", heard.lines());
    for (audience, lines) in [("https://elsewhere.example", 1), (&format!("{AUDIENCE}/"), 2)] {
        clock.advance(1.0);
        assert_eq!(refused(&api, &issuer.mint().audience(audience).sign()).await, "audience_mismatch");
        assert_eq!(heard.lines().len(), lines, "{audience}: {:#?}", heard.lines());
    }
    let differs = format!("differs from the configured audience {AUDIENCE:?} only in the last slash");
    assert!(heard.lines()[1].contains(&differs), "{:?}", heard.lines());
}

#[tokio::test]
async fn made_up_issuers_write_a_line_a_second() {
    const SECONDS: usize = 3;
    let heard = Heard::at(Level::INFO);
    let issuer = issuer().await;
    let named = |name: String| issuer.mint().audience(AUDIENCE).claim("iss", name).sign();
    let almost: Vec<_> =
        (1..=50).map(|slashes| named(issuer.url().to_owned() + &"/".repeat(slashes))).collect();
    let others: Vec<_> = (0..50).map(|number| named(format!("https://{number}.example"))).collect();
    let plain = || trusting(&issuer);
    let failing = || {
        plain().issuer_resolver(|_| async {
            Err::<Option<IssuerConfig>, _>(ResolverError::new("the database is down"))
        })
    };
    for (case, tokens, resolver, code) in [
        ("almost a configured issuer", &almost, None, "issuer_unknown"),
        ("nothing like one", &others, None, "issuer_unknown"),
        ("a resolver that fails", &others, Some(()), "resolver_unavailable"),
    ] {
        let before = heard.lines().len();
        let clock = TestClock::new();
        let builder = if resolver.is_some() { failing() } else { plain() };
        let api = builder.clock(clock.reader()).build().unwrap();
        for _ in 0..SECONDS {
            for token in tokens.iter().cycle().take(500) {
                assert_eq!(refused(&api, token).await, code, "{case}");
            }
            clock.advance(1.0);
        }
        let written = heard.lines().len() - before;
        // Those whose resolution has just failed are refused for another reason than those that failed now.
        let kinds = if resolver.is_some() { 2 } else { 1 };
        assert!((SECONDS..=SECONDS * kinds).contains(&written), "{case}: {written} lines");
    }
    let hint = heard.lines_with("only in the last slash");
    assert!(hint[0].contains("WARN") && hint[0].contains("code=\"issuer_unknown\""), "{}", hint[0]);
}

/// A store that never has an answer.
struct Down;

impl RevocationStore for Down {
    fn entries<'s>(&'s self, _: &'s RevocationQuery) -> StoreFuture<'s, Vec<RevocationEntry>> {
        Box::pin(async { Err(StoreError::Unavailable("connection refused".to_owned())) })
    }
}

#[tokio::test]
async fn a_refused_request_writes_one_line_that_says_all_there_is_to_say() {
    let heard = Heard::at(Level::INFO);
    let issuer = issuer().await;
    let good = || issuer.mint().audience(AUDIENCE);
    let unknown = good().claim("iss", "https://elsewhere.example").sign();
    let api = trusting(&issuer).build().unwrap();
    present(&api, &good().sign()).await.unwrap();

    let before = heard.lines().len();
    let slash = good().claim("iss", format!("{}/", issuer.url())).sign();
    assert_eq!(refused(&api, &slash).await, "issuer_unknown");
    let line = heard.only_line_since(before, "a slash too many");
    assert!(line.contains("code=\"issuer_unknown\"") && line.contains("only in the last slash"), "{line}");

    let before = heard.lines().len();
    let key = DpopKey::generate(Algorithm::Es256);
    let bound = good().bound_to_key(key.thumbprint()).sign();
    let proof = key.proof("GET", "https://public.example/orders").access_token(&bound).sign();
    let request = Request::get("/orders").header("host", "internal.example");
    let request = request.header("authorization", format!("DPoP {bound}")).header("dpop", proof);
    api.authenticate(&request.body(()).unwrap(), Route::open()).await.unwrap_err();
    let line = heard.only_line_since(before, "a proof for another URL");
    assert!(line.contains("internal.example/orders: behind a proxy, set public_origin"), "{line}");

    let failing = |_| async { Err::<Option<IssuerConfig>, _>(ResolverError::new("the database is down")) };
    let api = trusting(&issuer).issuer_resolver(failing).build().unwrap();
    let before = heard.lines().len();
    assert_eq!(refused(&api, &unknown).await, "resolver_unavailable");
    let line = heard.only_line_since(before, "a resolver that fails");
    assert!(line.contains("WARN") && line.contains("the database is down"), "{line}");

    let other = |_| async { Ok(Some(IssuerConfig::new("https://another.example"))) };
    let api = trusting(&issuer).issuer_resolver(other).build().unwrap();
    let before = heard.lines().len();
    assert_eq!(refused(&api, &unknown).await, "issuer_unknown");
    let line = heard.only_line_since(before, "a resolver that names another issuer");
    assert!(line.contains("ERROR") && line.contains("the issuer resolver's answer cannot be used"), "{line}");

    let api = trusting(&issuer).revocation_store(Down).build().unwrap();
    api.ready().await.unwrap();
    let before = heard.lines().len();
    assert_eq!(refused(&api, &good().sign()).await, "revocation_store_unavailable");
    let line = heard.only_line_since(before, "a store that is down");
    assert!(line.contains("WARN") && line.contains("connection refused"), "{line}");
    assert!(line.contains("reason=\"store_unavailable\""), "{line}");
}

#[tokio::test]
async fn what_cannot_be_decided_is_heard_at_warn_and_the_rest_is_not() {
    let heard = Heard::at(Level::WARN);
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    issuer.stage(Endpoint::All, Fault::Status(500));
    assert_eq!(refused(&api, &issuer.mint().audience(AUDIENCE).sign()).await, "keys_unavailable");
    assert_eq!(heard.lines_with("code=\"keys_unavailable\"").len(), 1);
    assert_eq!(refused(&api, "opaque-token").await, "token_malformed");
    assert!(heard.lines_with("token_malformed").is_empty());
}

#[tokio::test]
async fn accepted_requests_are_not_limited_where_somebody_listens_to_them() {
    let heard = Heard::at(Level::DEBUG);
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    for _ in 0..20 {
        present(&api, &token).await.unwrap();
    }
    assert_eq!(heard.lines_with("access token accepted").len(), 20);
}

#[tokio::test]
async fn all_unused_keys_of_a_set_are_named_in_one_line() {
    let heard = Heard::at(Level::INFO);
    let issuer = issuer().await;
    for kid in ["first", "second"] {
        issuer.publish_extra_jwk(serde_json::json!({ "kty": "EC", "crv": "P-256", "kid": kid, "x": "AA" }));
    }
    let api = trusting(&issuer).build().unwrap();
    api.ready().await.unwrap();
    let lines = heard.lines_with("code=\"keys_not_used\"");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("\"first\"") && lines[0].contains("\"second\""), "{}", lines[0]);
}

#[tokio::test]
async fn keys_for_another_purpose_are_logged_at_debug_and_once() {
    let heard = Heard::at(Level::DEBUG);
    let issuer = issuer().await;
    issuer.publish_extra_jwk(
        serde_json::json!({ "kty": "RSA", "use": "enc", "kid": "sealed", "n": "AQAB", "e": "AQAB" }),
    );
    let clock = TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    for _ in 0..3 {
        api.ready().await.unwrap();
        clock.advance(3600.0);
    }
    assert!(
        heard.lines_with("code=\"key_set_loaded\"").len() + heard.lines_with("key set not modified").len()
            > 1
    );
    let lines = heard.lines_with("code=\"keys_for_another_purpose\"");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("DEBUG") && lines[0].contains("(\"sealed\")"), "{}", lines[0]);
    assert_eq!(heard.lines_with("code=\"keys_not_used\""), Vec::<String>::new());
}

#[tokio::test]
async fn a_set_of_which_no_key_can_be_used_is_named_key_by_key() {
    let heard = Heard::at(Level::INFO);
    let issuer = issuer().await;
    let enc = serde_json::json!({ "kty": "RSA", "use": "enc", "kid": "sealed", "n": "AQAB", "e": "AQAB" });
    let broken = serde_json::json!({ "kty": "EC", "crv": "P-256", "kid": "broken" });
    issuer.stage(Endpoint::Jwks, Fault::json(&serde_json::json!({ "keys": [enc, broken] })));
    let api = trusting(&issuer).build().unwrap();
    api.ready().await.unwrap_err();
    let lines = heard.lines_with("code=\"no_usable_key\"");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let named = "no key of the key set can be used: key 0 (\"sealed\"): the key is not for verifying signatures; \
                 key 1 (\"broken\"): member \"x\" is absent or malformed";
    assert!(lines[0].contains("WARN") && lines[0].contains(named), "{}", lines[0]);
}

#[tokio::test]
async fn a_route_that_nothing_protects_writes_a_line_a_second_at_most() {
    let heard = Heard::at(Level::INFO);
    let failure = Failure::from(Misconfiguration::NotProtected);
    for _ in 0..1000 {
        bearward::driver::log_failure(&failure);
    }
    let lines = heard.lines_with("code=\"route_not_protected\"");
    // The machine's own clock goes on meanwhile.
    assert!((1..100).contains(&lines.len()), "{} lines", lines.len());
    assert!(lines[0].contains("ERROR"), "{}", lines[0]);
}
