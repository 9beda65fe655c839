//! Issuers that a resolver names at run time.

use super::*;
use crate::wire::redacted::RedactedUrl;

const TENANT: &str = "https://tenant.example";

fn engine() -> Engine {
    config().issuer_resolution(IssuerResolution::On).build().unwrap()
}

fn tenant() -> IssuerConfig {
    IssuerConfig::new(TENANT).static_keys(mint::jwks([&key()]))
}

fn tenant_token() -> String {
    token(&json!({ "iss": TENANT, "exp": START + 100_000 }))
}

fn asks(engine: &Engine, token: &str, now: Now) -> bool {
    match check(engine, token, now).step {
        Step::Resolve(issuer) => issuer == TENANT,
        _ => false,
    }
}

#[test]
fn an_unknown_issuer_is_asked_for_and_a_configured_one_is_not() {
    let engine = engine();
    assert!(asks(&engine, &tenant_token(), at(0)));
    assert!(decide(&engine, &token(&json!({})), at(0)).is_ok());
    assert_eq!(
        refusal(&super::engine(), &tenant_token()),
        IssuerError::Unknown.into(),
        "where none resolves"
    );
    assert_eq!(
        super::engine().resolved(TENANT, Some(tenant()), at(0)),
        Err(ConfigError::new("issuers", Problem::NoIssuer)),
        "and nobody can make it"
    );
}

#[test]
fn the_resolver_s_word_holds_for_ten_minutes_and_its_keys_outlast_it() {
    let engine = engine();
    let discovered = IssuerConfig::new(TENANT).jwks_uri("https://tenant.example/keys");
    engine.resolved(TENANT, Some(discovered.clone()), at(0)).unwrap();
    let fetch = waited_fetch(check(&engine, &tenant_token(), at(0)));
    finish_fetch(fetch, &Reply::keys([&key()]), at(0));
    assert!(decide(&engine, &tenant_token(), at(1)).is_ok());
    assert!(decide(&engine, &tenant_token(), at(599)).is_ok());
    assert!(asks(&engine, &tenant_token(), at(600)), "a cached token, too, is nobody's then");
    engine.resolved(TENANT, Some(discovered), at(600)).unwrap();
    let refreshed = check(&engine, &tenant_token(), at(600));
    assert!(matches!(refreshed.step, Step::Done(Ok(_))), "the keys in hand serve on");
}

#[test]
fn a_refused_issuer_is_not_asked_for_again_for_half_a_minute() {
    let engine = engine();
    engine.resolved(TENANT, None, at(0)).unwrap();
    assert_eq!(decide(&engine, &tenant_token(), at(29)).unwrap_err(), IssuerError::Unknown.into());
    assert!(asks(&engine, &tenant_token(), at(30)));
    engine.resolved(TENANT, Some(tenant()), at(30)).unwrap();
    assert!(decide(&engine, &tenant_token(), at(30)).is_ok());
}

#[test]
fn a_tenant_that_is_withdrawn_loses_its_cached_tokens_at_once() {
    let engine = engine();
    engine.resolved(TENANT, Some(tenant()), at(0)).unwrap();
    assert!(decide(&engine, &tenant_token(), at(1)).is_ok());
    assert_eq!(check(&engine, &tenant_token(), at(1)).source, Source::Cache);
    engine.resolved(TENANT, None, at(2)).unwrap();
    assert_eq!(decide(&engine, &tenant_token(), at(2)).unwrap_err(), IssuerError::Unknown.into());
}

#[test]
fn a_changed_configuration_ends_what_the_old_one_let_in() {
    let engine = engine();
    engine.resolved(TENANT, Some(tenant()), at(0)).unwrap();
    assert!(decide(&engine, &tenant_token(), at(1)).is_ok());
    engine.resolved(TENANT, Some(tenant().audience("https://other.example")), at(2)).unwrap();
    let failure = decide(&engine, &tenant_token(), at(2)).unwrap_err();
    assert_eq!(failure, ClaimsError::AudienceMismatch.into());
}

#[test]
fn the_configuration_of_another_issuer_is_an_error_and_a_refusal() {
    let engine = engine();
    for other in [ISSUER, "https://tenant.example/", "https://attacker.example"] {
        let config = IssuerConfig::new(other).static_keys(mint::jwks([&key()]));
        let error = engine.resolved(TENANT, Some(config), at(0)).unwrap_err();
        let expected = IssuerProblem::NotAsked(RedactedUrl::of(other));
        assert_eq!(error, ConfigError::new("issuer", expected));
        assert_eq!(decide(&engine, &tenant_token(), at(0)).unwrap_err(), IssuerError::Unknown.into());
    }
}

#[test]
fn a_configuration_that_cannot_work_is_an_error_and_a_refusal() {
    let engine = engine();
    for config in [
        IssuerConfig::new(TENANT).static_keys("{}"),
        IssuerConfig::new(TENANT).shared_secret("short"),
        IssuerConfig::new(TENANT).jwks_uri("http://tenant.example/keys"),
        IssuerConfig::new(TENANT).algorithms([]),
    ] {
        assert!(engine.resolved(TENANT, Some(config), at(0)).is_err());
        assert_eq!(decide(&engine, &tenant_token(), at(0)).unwrap_err(), IssuerError::Unknown.into());
    }
}

#[test]
fn an_issuer_that_is_no_string_is_refused_and_not_asked_for() {
    let engine = engine();
    assert_eq!(refusal(&engine, &token(&json!({ "iss": [TENANT] }))), IssuerError::Malformed.into());
    assert_eq!(refusal(&engine, &token(&json!({ "iss": null }))), IssuerError::Missing.into());
}

#[test]
fn made_up_issuers_fill_no_memory_and_push_no_tenant_out() {
    let engine = engine();
    engine.resolved(TENANT, Some(tenant()), at(0)).unwrap();
    for number in 0..5000 {
        engine.resolved(&format!("https://made-up-{number}.example"), None, at(1)).unwrap();
    }
    let (trusted, refused) = engine.resolved.as_ref().unwrap().sizes();
    assert_eq!((trusted, refused), (1, 1000));
    assert!(decide(&engine, &tenant_token(), at(1)).is_ok());
    // What was made up half a minute ago makes room.
    engine.resolved("https://another.example", None, at(31)).unwrap();
    assert_eq!(engine.resolved.as_ref().unwrap().sizes(), (1, 1));
}

#[test]
fn trusted_issuers_are_bounded_too_and_the_last_one_is_there() {
    let limits = Limits { max_resolved_issuers: 10, ..Limits::default() };
    let engine = config().limits(limits).issuer_resolution(IssuerResolution::On).build().unwrap();
    for number in 0..50 {
        let issuer = format!("https://tenant-{number}.example");
        let config = IssuerConfig::new(&*issuer).static_keys(mint::jwks([&key()]));
        engine.resolved(&issuer, Some(config), at(0)).unwrap();
        assert!(decide(&engine, &token(&json!({ "iss": issuer })), at(0)).is_ok());
        assert!(engine.resolved.as_ref().unwrap().sizes().0 <= 10);
    }
}

#[test]
fn a_resolved_issuer_s_keys_serve_it_alone() {
    let engine = engine();
    let other = SigningKey::ed25519("k", 9);
    let config = IssuerConfig::new(TENANT).static_keys(mint::jwks([&other]));
    engine.resolved(TENANT, Some(config), at(0)).unwrap();
    assert_eq!(decide(&engine, &tenant_token(), at(0)).unwrap_err().code(), "signature_invalid");
    let foreign = other.token(&claims(&json!({})));
    assert_eq!(refusal(&engine, &foreign).code(), "signature_invalid");
}

/// An engine that keeps so many resolved issuers.
fn keeping(most: usize) -> Engine {
    let limits = Limits { max_resolved_issuers: most, max_cached_tokens: 64, ..Limits::default() };
    config().limits(limits).issuer_resolution(IssuerResolution::On).build().unwrap()
}

fn numbered(number: u64) -> String {
    format!("https://tenant-{number}.example")
}

/// A tenant's issuer, whose keys must be fetched.
fn learn(engine: &Engine, number: u64, now: Now) {
    let config =
        IssuerConfig::new(numbered(number)).jwks_uri(format!("https://tenant-{number}.example/keys"));
    engine.resolved(&numbered(number), Some(config), now).unwrap();
}

fn token_of(number: u64) -> String {
    token(&json!({ "iss": numbered(number), "exp": START + 100_000 }))
}

fn kept(engine: &Engine, number: u64, now: Now) -> bool {
    engine.issuer(&numbered(number), now).is_some()
}

/// A request of a tenant that is known already gets in, fetching what it must.
fn serve(engine: &Engine, number: u64, now: Now) {
    let mut check = check(engine, &token_of(number), now);
    if let Some(fetch) = check.fetch.take() {
        finish_fetch(fetch, &Reply::keys([&key()]), now);
        check = super::check(engine, &token_of(number), now);
    }
    assert!(matches!(check.step, Step::Done(Ok(_))), "{number}: {:?}", check.step);
}

fn pause(engine: &Engine, number: u64, now: Now) -> Option<Duration> {
    match check(engine, &token_of(number), now).step {
        Step::Done(Err(refusal)) => match refusal.into_failure() {
            Failure::Unavailable(Unavailable::Keys { retry_after }) => Some(retry_after),
            other => panic!("{other:?}"),
        },
        Step::Resolve(_) => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_issuer_that_is_waited_for_never_gives_way() {
    let engine = keeping(1);
    learn(&engine, 0, at(0));
    let first = check(&engine, &token_of(0), at(0));
    let second = check(&engine, &token_of(0), at(0));
    let fetch = first.fetch.unwrap();
    learn(&engine, 1, at(1));
    assert!(kept(&engine, 0, at(1)) && !kept(&engine, 1, at(1)), "its keys are being fetched");
    finish_fetch(fetch, &Reply::keys([&key()]), at(2));
    drop(first.step);
    learn(&engine, 1, at(3));
    assert!(kept(&engine, 0, at(3)), "a request waited and has not asked again");
    serve(&engine, 0, at(3));
    drop(second.step);
    learn(&engine, 1, at(4));
    assert!(!kept(&engine, 0, at(4)) && kept(&engine, 1, at(4)), "nobody needs it any more");
}

#[test]
fn an_issuer_that_found_no_room_is_503_for_a_second_and_not_asked_for() {
    let engine = keeping(1);
    learn(&engine, 0, at(0));
    let _waiting = check(&engine, &token_of(0), at(0));
    learn(&engine, 1, at(0));
    assert_eq!(pause(&engine, 1, at(0)), Some(secs(1)));
    assert!(engine.is_resolved(&numbered(1), at(0)));
    assert_eq!(pause(&engine, 1, at(1)), None, "then it is asked for again");
}

#[test]
fn an_issuer_that_gave_way_is_learned_again_at_most_once_per_second() {
    let engine = keeping(1);
    learn(&engine, 0, at(10));
    serve(&engine, 0, at(10));
    learn(&engine, 1, at(10));
    assert_eq!(pause(&engine, 0, at(10)), Some(secs(1)), "its keys were fetched just now");
    assert_eq!(pause(&engine, 0, at(11)), None);
    serve(&engine, 1, at(11));
    learn(&engine, 0, at(12));
    assert_eq!(pause(&engine, 1, at(12)), None, "it was learned two seconds ago");
}

#[test]
fn the_issuer_that_was_not_used_of_late_gives_way() {
    let engine = keeping(10);
    for number in 0..10 {
        learn(&engine, number, at(0));
        serve(&engine, number, at(0));
    }
    learn(&engine, 10, at(1));
    serve(&engine, 10, at(1));
    let gone: Vec<_> = (0..10).filter(|number| !kept(&engine, *number, at(1))).collect();
    assert_eq!(gone.len(), 1);
    // All are used again but two, from the cache of tokens or not.
    let idle: Vec<_> = (0..10).filter(|number| !gone.contains(number)).take(2).collect();
    for number in (0..=10).filter(|number| !gone.contains(number) && !idle.contains(number)) {
        serve(&engine, number, at(2));
    }
    for number in [11, 12] {
        learn(&engine, number, at(3));
        serve(&engine, number, at(3));
    }
    assert!(idle.iter().all(|number| !kept(&engine, *number, at(3))), "{idle:?} were idle");
}

#[test]
fn unsigned_tokens_push_out_few_issuers_that_are_in_use() {
    let engine = keeping(100);
    for number in 0..100 {
        learn(&engine, number, at(0));
        serve(&engine, number, at(0));
    }
    // Each asks for keys, which arrive; but nothing is ever verified with them.
    for number in 100..2000 {
        learn(&engine, number, at(1));
        let forged = format!("{}AAAA", token_of(number));
        if let Some(fetch) = check(&engine, &forged, at(1)).fetch {
            finish_fetch(fetch, &Reply::keys([&key()]), at(1));
        }
    }
    let lost = (0..100).filter(|number| !kept(&engine, *number, at(1))).count();
    assert_eq!(lost, 1, "the first of the others needed room");
}

#[test]
fn issuers_whose_keys_do_not_come_take_a_quarter_of_the_places_of_those_in_use() {
    let engine = keeping(100);
    for number in 0..100 {
        learn(&engine, number, at(0));
        serve(&engine, number, at(0));
    }
    let waiting: Vec<_> = (100..500)
        .filter_map(|number| {
            learn(&engine, number, at(1));
            check(&engine, &token_of(number), at(1)).fetch
        })
        .collect();
    assert_eq!(waiting.len(), 25);
    assert_eq!((0..100).filter(|number| kept(&engine, *number, at(1))).count(), 75);
}

#[test]
fn eleven_issuers_in_ten_places_cost_a_fetch_a_second_each_at_most() {
    let engine = keeping(10);
    let (mut fetches, mut served, mut refused) = (0, 0, 0);
    for millis in 0..3000_u64 {
        let now = Now::new(secs(START) + Duration::from_millis(millis), Duration::from_millis(millis));
        let number = millis % 11;
        let mut check = check(&engine, &token_of(number), now);
        if matches!(check.step, Step::Resolve(_)) {
            learn(&engine, number, now);
            check = super::check(&engine, &token_of(number), now);
        }
        if let Some(fetch) = check.fetch.take() {
            fetches += 1;
            finish_fetch(fetch, &Reply::keys([&key()]), now);
            check = super::check(&engine, &token_of(number), now);
        }
        match check.step {
            Step::Done(Ok(_)) => served += 1,
            Step::Done(Err(refusal)) if refusal.code() == "keys_unavailable" => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(fetches <= 11 * 4, "{fetches} fetches in three seconds");
    assert!(served > refused, "{served} served, {refused} refused");
}
