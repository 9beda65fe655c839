//! Tokens whose key is not in the set.

use super::*;

#[test]
fn an_unknown_key_fetches_once_and_the_newer_set_answers_it() {
    let cache = loaded(&["a"], secs(0));
    let ticket = fetch(&cache, secs(1), "b");
    for _ in 0..1000 {
        assert_eq!(hear(&cache, secs(1), "b"), Said::Wait);
        assert_eq!(hear(&cache, secs(1), "made up"), Said::Wait);
        assert_eq!(hear(&cache, secs(1), "a"), Said::Use, "a known key waits for nobody");
    }
    ticket.loaded(set(&["a", "b"]), None, secs(2));
    assert_eq!(hear(&cache, secs(2), "b"), Said::Use);
}

#[test]
fn a_flood_of_made_up_keys_fetches_once_per_cooldown() {
    let cache = loaded(&["a"], secs(0));
    let mut fetches = 0;
    for tenth in 0..3000 {
        let now = Duration::from_millis(tenth * 100);
        if let (_, Some(ticket)) = ask(&cache, now, "made up") {
            fetches += 1;
            ticket.loaded(set(&["a"]), None, now);
        }
        assert_eq!(hear(&cache, now, "a"), Said::Use);
    }
    assert_eq!(fetches, 10, "in 300 seconds with a cooldown of 30");
}

#[test]
fn within_the_cooldown_the_set_in_hand_has_the_last_word() {
    let cache = loaded(&["a"], secs(0));
    fetch(&cache, secs(1), "b").loaded(set(&["a"]), None, secs(2));
    assert_eq!(hear(&cache, secs(31), "b"), Said::Use);
    let used = cache.lookup(KeyRequest::new(secs(31)), has("b"));
    let KeyLookup::Use(keys) = used else { panic!("{used:?}") };
    assert!(!has("b")(&keys), "so the token is refused");
    fetch(&cache, secs(32), "b");
}

#[test]
fn the_cooldown_does_not_count_regular_loads() {
    let cache = loaded(&["a"], secs(0));
    fetch(&cache, secs(0), "b").loaded(set(&["a"]), None, secs(0));
    assert_eq!(hear(&cache, secs(29), "c"), Said::Use);
    let cache = loaded(&["a"], secs(0));
    refresh(&cache, secs(600), "a").loaded(set(&["a"]), None, secs(600));
    fetch(&cache, secs(600), "b");
}

#[test]
fn a_fetch_slower_than_the_cooldown_still_answers() {
    let policy = KeySetPolicy { cooldown: secs(1), ..KeySetPolicy::default() };
    let cache = KeySetCache::new(policy, FLIGHT_TIMEOUT);
    fetch(&cache, secs(0), "a").loaded(set(&["a"]), None, secs(0));
    fetch(&cache, secs(10), "b").loaded(set(&["a"]), None, secs(15));
    assert_eq!(hear(&cache, secs(15), "b"), Said::Use, "else one request would fetch for ever");
    fetch(&cache, secs(16), "b").not_modified(None, secs(20));
    assert_eq!(hear(&cache, secs(20), "b"), Said::Use);
}

#[test]
fn an_unknown_key_rides_along_with_a_refresh() {
    let cache = loaded(&["a"], secs(0));
    let ticket = refresh(&cache, secs(600), "a");
    assert_eq!(hear(&cache, secs(600), "b"), Said::Wait);
    ticket.loaded(set(&["a", "b"]), None, secs(601));
    assert_eq!(hear(&cache, secs(601), "b"), Said::Use);
}

#[test]
fn a_dropped_fetch_for_an_unknown_key_is_made_again_and_refuses_nobody() {
    let cache = loaded(&["a"], secs(0));
    drop(fetch(&cache, secs(1), "b"));
    drop(fetch(&cache, secs(1), "b"));
    let Said::Unavailable(pause) = hear(&cache, secs(1), "b") else { panic!("no set was read") };
    assert!(pause <= secs(1), "what brought nothing starts no cooldown: {pause:?}");
    fetch(&cache, secs(2), "b").loaded(set(&["a"]), None, secs(2));
    assert_eq!(hear(&cache, secs(3), "b"), Said::Use, "now the set says so");
}

#[test]
fn during_an_outage_nobody_can_say_that_a_key_is_unknown() {
    let cache = loaded(&["a"], secs(0));
    fetch(&cache, secs(1), "b").failed(secs(2));
    let Said::Unavailable(pause) = hear(&cache, secs(2), "b") else { panic!("no set was read") };
    assert!(pause <= secs(1), "a failure starts no cooldown: {pause:?}");
    assert_eq!(hear(&cache, secs(2), "a"), Said::Use);
    fetch(&cache, secs(3), "b").loaded(set(&["a"]), None, secs(4));
    assert_eq!(hear(&cache, secs(33), "b"), Said::Use, "now the set says so");
}

#[test]
fn an_empty_set_refuses_nobody() {
    let cache = cache();
    fetch(&cache, secs(0), "a").loaded(set(&[]), None, secs(0));
    assert!(matches!(hear(&cache, secs(0), "a"), Said::Unavailable(_)));
    fetch(&cache, secs(1), "a").loaded(set(&[]), None, secs(1));
    let Said::Unavailable(pause) = hear(&cache, secs(1), "a") else { panic!("it refuses") };
    assert!(pause <= secs(2), "it starts no cooldown: {pause:?}");
    fetch(&cache, secs(3), "a").loaded(set(&["a"]), None, secs(3));
    assert_eq!(hear(&cache, secs(3), "a"), Said::Use);
}

#[test]
fn a_set_that_turns_empty_withdraws_its_keys() {
    let cache = loaded(&["a"], secs(0));
    let a = key(&cache, "a");
    refresh(&cache, secs(600), "a").loaded(set(&[]), None, secs(600));
    assert!(a.is_withdrawn());
    assert!(matches!(hear(&cache, secs(600), "a"), Said::Unavailable(_)));
    fetch(&cache, secs(601), "a").loaded(set(&[]), None, secs(601));
    assert!(matches!(hear(&cache, secs(601), "a"), Said::Unavailable(_)));
}

/// A request that comes at this time with a token that was issued so many seconds ago.
fn issued_ago(now: Duration, seconds: u64) -> KeyRequest<'static> {
    KeyRequest::new(now).token(Some("b"), Some(secs(seconds)))
}

#[test]
fn within_the_cooldown_a_key_that_may_be_newer_than_the_set_is_not_refused() {
    let cache = loaded(&["a"], secs(0));
    fetch(&cache, secs(100), "made up").loaded(set(&["a"]), None, secs(102));
    // Whether it was issued before or after the server wrote the set, nobody knows of these two seconds.
    for (age, said) in [(0, Said::Unavailable(secs(22))), (10, Said::Unavailable(secs(22))), (11, Said::Use)]
    {
        assert_eq!(ask_with(&cache, issued_ago(secs(110), age), "b").0, said, "issued {age} seconds ago");
    }
    let (said, ticket) = ask_with(&cache, issued_ago(secs(132), 30), "b");
    assert_eq!(said, Said::Fetch, "when the client comes back");
    ticket.unwrap().loaded(set(&["a", "b"]), None, secs(132));
    assert_eq!(hear(&cache, secs(132), "b"), Said::Use);
}

#[test]
fn a_request_that_waited_for_the_set_is_answered_by_it() {
    let cache = loaded(&["a"], secs(0));
    let request = issued_ago(secs(100), 0);
    let (said, ticket) = ask_with(&cache, request, "b");
    assert_eq!(said, Said::Fetch);
    assert_eq!(ask_with(&cache, issued_ago(secs(101), 0), "b").0, Said::Wait);
    ticket.unwrap().loaded(set(&["a"]), None, secs(102));
    for came in [100, 101, 102] {
        let again = issued_ago(secs(103), 103 - came).since(secs(came));
        assert_eq!(ask_with(&cache, again, "b").0, Said::Use, "came at {came}");
    }
    assert_eq!(ask_with(&cache, issued_ago(secs(103), 0), "b").0, Said::Unavailable(secs(29)), "came later");
}
