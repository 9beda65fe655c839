//! How often key sets are fetched, and for how long they serve.
//! Rows of "Key sets and the authorization server" and "The cache" in docs/threat-model.md.

use std::sync::Arc;

use bearward::ResourceServer;
use bearward::trust::KeySetPolicy;
use bearward_issuer::{Algorithm, Endpoint, RunningIssuer, SigningKey};

use crate::support::{AUDIENCE, TestClock, assert_accepted, assert_refused, issuer, present, trusting};

/// An API on a clock of its own that has fetched the set, and a token for it.
async fn warm(issuer: &RunningIssuer) -> (ResourceServer, TestClock) {
    let clock = TestClock::new();
    let api = trusting(issuer).clock(clock.reader()).build().unwrap();
    api.ready().await.unwrap();
    (api, clock)
}

/// A token that does not expire while the clock is moved by days.
fn lasting(issuer: &RunningIssuer) -> bearward_issuer::TokenBuilder {
    issuer.mint().audience(AUDIENCE).expires_in(30 * 24 * 3600)
}

/// Waits for what runs behind the requests.
async fn until(condition: impl Fn() -> bool) {
    for _ in 0..400 {
        if condition() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("it did not happen within two seconds");
}

#[tokio::test]
async fn unknown_keys_cause_one_fetch_per_cooldown() {
    let issuer = issuer().await;
    let (api, clock) = warm(&issuer).await;
    let foreign = SigningKey::generate(Algorithm::Es256);
    // Its token says nothing of when it was issued, so within the cooldown the set in hand answers it.
    let ask = async |kid: String| {
        let token = lasting(&issuer).remove("iat").signed_by(&foreign).header("kid", kid.clone()).sign();
        assert_refused(present(&api, &token).await, "key_unknown", &kid);
    };
    for round in 0..50 {
        ask(format!("unknown {round}")).await;
    }
    assert_eq!(issuer.requests(Endpoint::Jwks), 2);
    clock.advance(29.9);
    ask("just before the cooldown ends".to_owned()).await;
    assert_eq!(issuer.requests(Endpoint::Jwks), 2);
    clock.advance(0.2);
    for round in 0..50 {
        ask(format!("once more {round}")).await;
    }
    assert_eq!(issuer.requests(Endpoint::Jwks), 3);
    assert_eq!(issuer.requests(Endpoint::Metadata), 1);
}

#[tokio::test]
async fn tokens_without_kid_that_no_key_verifies_cause_no_more_fetches_than_unknown_keys() {
    let issuer = issuer().await;
    let (api, _clock) = warm(&issuer).await;
    let foreign = SigningKey::generate(Algorithm::Es256).without_kid();
    for round in 0..50 {
        let token = lasting(&issuer).signed_by(&foreign).subject(format!("{round}")).sign();
        assert_refused(present(&api, &token).await, "signature_invalid", "no kid, foreign key");
    }
    assert_eq!(issuer.requests(Endpoint::Jwks), 2);
    let own = lasting(&issuer).remove_header("kid").sign();
    assert_accepted(present(&api, &own).await, "no kid, own key");
}

#[tokio::test]
async fn a_key_published_since_is_found_at_once() {
    let issuer = issuer().await;
    let (api, _clock) = warm(&issuer).await;
    issuer.rotate(Algorithm::Es256);
    assert_accepted(present(&api, &lasting(&issuer).sign()).await, "the new key");
    assert_eq!(issuer.requests(Endpoint::Jwks), 2);
}

#[tokio::test]
async fn a_token_without_kid_is_verified_by_a_key_published_since() {
    let issuer = issuer().await;
    let (api, _clock) = warm(&issuer).await;
    issuer.rotate(Algorithm::Es256);
    let token = lasting(&issuer).remove_header("kid").sign();
    assert_accepted(present(&api, &token).await, "the new key, unnamed");
}

#[tokio::test]
async fn an_old_set_is_refreshed_behind_the_request_that_notices() {
    let issuer = issuer().await;
    let (api, clock) = warm(&issuer).await;
    let token = lasting(&issuer).sign();
    clock.advance(599.0);
    assert_accepted(present(&api, &token).await, "fresh");
    assert_eq!(issuer.requests(Endpoint::Jwks), 1);
    // Slower than anyone would wait: the request itself must not.
    let delay = std::time::Duration::from_secs(3);
    issuer.stage_once(Endpoint::Jwks, bearward_issuer::Fault::Slow { delay });
    clock.advance(2.0);
    let started = std::time::Instant::now();
    for _ in 0..100 {
        assert_accepted(present(&api, &token).await, "being refreshed");
    }
    assert!(started.elapsed() < delay, "a cached token waited for the refresh");
    let fresh = lasting(&issuer).subject("somebody else").sign();
    assert_accepted(present(&api, &fresh).await, "a new token during the refresh");
    assert!(started.elapsed() < delay, "a new token waited for the refresh");
    until(|| issuer.requests(Endpoint::Jwks) == 2).await;
}

#[tokio::test]
async fn a_key_withdrawn_while_nobody_asked_does_not_verify_the_first_token_after() {
    let issuer = issuer().await;
    let (api, clock) = warm(&issuer).await;
    let token = lasting(&issuer).sign();
    assert_accepted(present(&api, &token).await, "before");
    issuer.rotate_and_withdraw();
    clock.advance(2.0 * 600.0 + 1.0);
    assert_refused(present(&api, &token).await, "key_unknown", "after a long idle time");
}

#[tokio::test]
async fn a_removed_key_stops_verifying_even_from_cache() {
    let issuer = issuer().await;
    let (api, clock) = warm(&issuer).await;
    let (cached, uncached) = (lasting(&issuer).sign(), lasting(&issuer).subject("later").sign());
    assert_accepted(present(&api, &cached).await, "before");
    issuer.rotate_and_withdraw();
    assert_accepted(present(&api, &cached).await, "nobody has looked at the set since");
    // Somebody's token with the new key brings the new set.
    assert_accepted(present(&api, &lasting(&issuer).sign()).await, "the new key");
    assert_eq!(issuer.requests(Endpoint::Jwks), 2);
    clock.advance(31.0);
    assert_refused(present(&api, &cached).await, "key_unknown", "cached");
    assert_refused(present(&api, &uncached).await, "key_unknown", "not cached");
}

#[tokio::test]
async fn another_key_under_the_same_kid_ends_the_tokens_of_the_first() {
    let issuer = issuer().await;
    let first = SigningKey::generate(Algorithm::Es256).with_kid("same");
    issuer.rotate_to(first);
    let (api, clock) = warm(&issuer).await;
    let old = lasting(&issuer).sign();
    assert_accepted(present(&api, &old).await, "the first key");
    issuer.withdraw("same");
    issuer.rotate_to(SigningKey::generate(Algorithm::Es256).with_kid("same"));
    let new = lasting(&issuer).sign();
    clock.advance(601.0);
    assert_accepted(present(&api, &old).await, "it takes a request to notice");
    until(|| issuer.requests(Endpoint::Jwks) == 2).await;
    let mut result = present(&api, &old).await;
    for _ in 0..200 {
        if result.is_err() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        result = present(&api, &old).await;
    }
    assert_refused(result, "signature_invalid", "cached, and its key exchanged");
    assert_accepted(present(&api, &new).await, "the second key");
    // Both the withdrawn key and the age of the set ask for attention at once.
    clock.advance(601.0);
    assert_refused(present(&api, &old).await, "signature_invalid", "once more, later");
}

#[tokio::test]
async fn a_set_that_did_not_change_is_not_sent_again() {
    let issuer = issuer().await;
    let (api, clock) = warm(&issuer).await;
    let token = lasting(&issuer).sign();
    for round in 1..=3 {
        clock.advance(601.0);
        assert_accepted(present(&api, &token).await, "refreshing");
        until(|| issuer.jwks_not_modified() == round).await;
        // The answer is on its way: the clock must not leap before it has landed.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(issuer.requests(Endpoint::Jwks), 4);
    issuer.rotate(Algorithm::Es256);
    assert_accepted(present(&api, &lasting(&issuer).sign()).await, "the changed set");
    assert_eq!(issuer.jwks_not_modified(), 3);
}

#[tokio::test]
async fn cache_control_is_honoured_within_bounds() {
    for (cache_control, age) in [
        (None, 600.0),
        (Some("max-age=120"), 120.0),
        (Some("public, max-age=120, must-revalidate"), 120.0),
        (Some("max-age=1"), 30.0),
        (Some("max-age=0"), 30.0),
        (Some("no-store"), 30.0),
        (Some("no-cache, max-age=500"), 30.0),
        (Some("max-age=31536000"), 600.0),
        (Some("max-age=18446744073709551615"), 600.0),
        (Some("max-age=-1"), 30.0),
        (Some("max-age=soon"), 30.0),
        (Some("\"=,;"), 600.0),
    ] {
        let issuer = issuer().await;
        issuer.jwks_cache_control(cache_control);
        let (api, clock) = warm(&issuer).await;
        let token = lasting(&issuer).sign();
        clock.advance(age - 0.5);
        assert_accepted(present(&api, &token).await, "fresh");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        assert_eq!(issuer.requests(Endpoint::Jwks), 1, "{cache_control:?}: refreshed too early");
        clock.advance(1.0);
        assert_accepted(present(&api, &token).await, "old");
        until(|| issuer.requests(Endpoint::Jwks) == 2).await;
    }
}

#[tokio::test]
async fn a_moved_key_set_is_found_through_the_metadata() {
    let issuer = issuer().await;
    let (api, clock) = warm(&issuer).await;
    let token = lasting(&issuer).sign();
    let moved = crate::support::issuer().await;
    issuer.metadata_member("jwks_uri", moved.jwks_uri());
    clock.advance(3601.0);
    // The first set is two lifetimes old by now: the request waits for the moved one.
    assert_refused(present(&api, &token).await, "key_unknown", "the key of the old place");
    let key = moved.signing_key();
    let token = lasting(&issuer).signed_by(&key).sign();
    assert_accepted(present(&api, &token).await, "the key of the new place");
}

#[tokio::test]
async fn any_lifetime_that_an_operator_sets_can_be_reckoned_with() {
    let mut forever = KeySetPolicy::default();
    for duration in [
        &mut forever.cooldown,
        &mut forever.min_age,
        &mut forever.max_age,
        &mut forever.max_stale,
        &mut forever.max_metadata_age,
    ] {
        *duration = std::time::Duration::MAX;
    }
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = trusting(&issuer).key_sets(forever).clock(clock.reader()).build().unwrap();
    let token = lasting(&issuer).sign();
    for _ in 0..3 {
        assert_accepted(present(&api, &token).await, "for ever");
        clock.advance(24.0 * 3600.0);
    }
    let unknown = lasting(&issuer).header("kid", "unknown").sign();
    assert_refused(present(&api, &unknown).await, "key_unknown", "once");
    assert_refused(present(&api, &unknown).await, "key_unknown", "twice");
    assert_eq!(issuer.requests(Endpoint::Jwks), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cached_hits_and_background_refreshes_do_not_get_in_each_others_way() {
    let issuer = Arc::new(issuer().await);
    let (api, clock) = warm(&issuer).await;
    let token: Arc<str> = lasting(&issuer).sign().into();
    let asking: Vec<_> = (0..8)
        .map(|_| {
            let (api, token) = (api.clone(), Arc::clone(&token));
            tokio::spawn(async move {
                for _ in 0..2000 {
                    assert_accepted(present(&api, &token).await, "a cached hit");
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    // Each step is past the set's age, and often past twice its age: both kinds of refresh take turns.
    for step in 0..40_u32 {
        clock.advance(if step % 2 == 0 { 700.0 } else { 1300.0 });
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    for task in asking {
        task.await.unwrap();
    }
}
