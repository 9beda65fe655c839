//! The authorization server fails.

use super::*;

#[test]
fn without_keys_a_failure_means_unavailable_until_the_next_try() {
    let cache = cache();
    fetch(&cache, secs(0), "a").failed(secs(1));
    let pause = retry_after(&cache, secs(1));
    assert_eq!(
        hear(&cache, secs(1) + pause - Duration::from_nanos(1), "a"),
        Said::Unavailable(Duration::from_nanos(1))
    );
    fetch(&cache, secs(1) + pause, "a");
}

#[test]
fn while_nobody_misses_a_key_the_pause_doubles_to_a_minute_less_up_to_half() {
    let cache = loaded(&["a"], secs(0));
    let mut now = secs(600);
    for whole in [1, 2, 4, 8, 16, 32, 60, 60, 60].map(secs) {
        refresh(&cache, now, "a").failed(now);
        let resumes = (1..=60_000).map(Duration::from_millis).find(|pause| !cache.is_quiet(now + *pause));
        let pause = resumes.unwrap();
        assert!(whole / 2 <= pause && pause <= whole + Duration::from_millis(1), "{pause:?} for {whole:?}");
        now += pause;
    }
}

#[test]
fn for_a_request_that_misses_a_key_the_pause_grows_to_two_seconds_less_up_to_half() {
    let cache = cache();
    let mut now = secs(0);
    for whole in [1, 2, 2, 2, 2, 2, 2].map(secs) {
        fetch(&cache, now, "a").failed(now);
        let pause = retry_after(&cache, now);
        assert!(whole / 2 <= pause && pause <= whole, "{pause:?} for {whole:?}");
        now += pause;
    }
}

/// The server is down from one time to another, and requests miss a key all the while. Gives how many fetches the
/// server saw meanwhile, and how long after its recovery the key was there.
fn missed_during(cache: &Arc<KeySetCache>, down: std::ops::Range<Duration>) -> (u32, Duration) {
    let mut fetches = 0;
    for tick in 0.. {
        let now = down.start + Duration::from_millis(100) * tick;
        match ask(cache, now, "new") {
            (Said::Use, None) => return (fetches, now - down.end),
            (Said::Fetch, Some(ticket)) if down.contains(&now) => {
                fetches += 1;
                ticket.failed(now);
            }
            (Said::Fetch, Some(ticket)) => drop(ticket.loaded(set(&["a", "new"]), None, now)),
            (Said::Unavailable(retry_after), None) => assert!(retry_after <= secs(2), "{retry_after:?}"),
            (said, _) => panic!("{said:?} at {now:?}"),
        }
    }
    unreachable!()
}

#[test]
fn after_an_outage_the_first_good_answer_comes_within_two_seconds() {
    for seconds in [2, 60, 3600] {
        for cache in [cache(), loaded(&["a"], secs(0))] {
            let down = secs(100)..secs(100 + seconds);
            let (fetches, after) = missed_during(&cache, down);
            assert!(after <= secs(2), "{after:?} after {seconds} seconds of outage");
            // Half a second, then a second at least, each time.
            assert!(u64::from(fetches) <= seconds + 2, "{fetches} fetches in {seconds} seconds");
            assert!(u64::from(fetches) >= seconds / 2, "{fetches} fetches in {seconds} seconds");
        }
    }
}

#[test]
fn a_pause_that_grew_while_the_keys_served_does_not_hold_up_a_request_that_misses_one() {
    let cache = loaded(&["a"], secs(0));
    let mut now = secs(600);
    while now < secs(3600) {
        if let (Said::UseAndRefresh, Some(ticket)) = ask(&cache, now, "a") {
            ticket.failed(now);
        }
        now += secs(1);
    }
    let (fetches, after) = missed_during(&cache, now..now);
    assert_eq!(fetches, 0);
    assert!(after <= secs(2), "{after:?}");
}

#[test]
fn pauses_differ_between_machines() {
    let pauses: std::collections::HashSet<_> = (0..50)
        .map(|start| {
            let (cache, now) = (cache(), Duration::from_millis(start));
            fetch(&cache, now, "a").failed(now);
            retry_after(&cache, now)
        })
        .collect();
    assert!(pauses.len() > 40, "{pauses:?}");
}

#[test]
fn a_success_forgets_the_failures() {
    let cache = cache();
    let mut now = secs(0);
    for _ in 0..5 {
        fetch(&cache, now, "a").failed(now);
        now += retry_after(&cache, now);
    }
    fetch(&cache, now, "a").loaded(set(&["a"]), None, now);
    assert!(cache.is_quiet(now + secs(599)));
    now += secs(600);
    refresh(&cache, now, "a").failed(now);
    assert!(!cache.is_quiet(now + secs(1)), "the first pause is a second at most again");
}

#[test]
fn keys_in_hand_serve_while_retries_run_behind_them() {
    let cache = loaded(&["a"], secs(0));
    let mut now = secs(600);
    let mut tries = 0;
    while now < secs(24 * 3600) {
        let (said, ticket) = ask(&cache, now, "a");
        assert!(matches!(said, Said::Use | Said::UseAndRefresh), "{said:?} at {now:?}");
        if let Some(ticket) = ticket {
            tries += 1;
            assert_eq!(hear(&cache, now, "a"), Said::Use);
            assert!(cache.is_quiet(now), "others do not even take the lock");
            ticket.failed(now + secs(5));
        }
        now += secs(5);
    }
    assert!((1380..2900).contains(&tries), "{tries} tries in a day, one or two a minute");
}

#[test]
fn keys_older_than_the_longest_staleness_serve_nobody() {
    let cache = loaded(&["a"], secs(0));
    let day = secs(24 * 3600);
    refresh(&cache, secs(1000), "a").failed(day - secs(100));
    assert!(matches!(ask(&cache, day - secs(1), "a").0, Said::Use | Said::UseAndRefresh));
    assert!(!cache.is_quiet(day));
    fetch(&cache, day, "a").failed(day);
    assert!(matches!(hear(&cache, day, "a"), Said::Unavailable(_)));
    assert!(cache.current().is_some(), "the set is kept to know which keys are withdrawn");
    fetch(&cache, day + secs(100), "a").loaded(set(&["a"]), None, day + secs(100));
    assert_eq!(hear(&cache, day + secs(100), "a"), Said::Use);
}

#[test]
fn a_refresh_that_lasts_beyond_the_longest_staleness_is_waited_for() {
    let policy = KeySetPolicy { max_stale: secs(605), ..KeySetPolicy::default() };
    let cache = KeySetCache::new(policy, FLIGHT_TIMEOUT);
    fetch(&cache, secs(0), "a").loaded(set(&["a"]), None, secs(0));
    let _ticket = refresh(&cache, secs(600), "a");
    assert_eq!(hear(&cache, secs(604), "a"), Said::Use);
    assert!(!cache.is_quiet(secs(605)));
    assert_eq!(hear(&cache, secs(605), "a"), Said::Wait);
}

#[test]
fn idleness_during_an_outage_ends_with_a_fetch_too() {
    let cache = loaded(&["a"], secs(0));
    refresh(&cache, secs(600), "a").failed(secs(600));
    // Hours without a request: the server came back long ago, and may have withdrawn the key.
    let ticket = fetch(&cache, secs(10_000), "a");
    assert!(!cache.is_quiet(secs(10_000)));
    assert_eq!(hear(&cache, secs(10_000), "a"), Said::Wait);
    ticket.failed(secs(10_001));
    assert_eq!(hear(&cache, secs(10_001), "a"), Said::Use, "it did not: serve on");
    let _behind = refresh(&cache, secs(10_010), "a");
    assert_eq!(hear(&cache, secs(10_011), "a"), Said::Use);
}

#[test]
fn a_failure_before_the_set_expires_does_not_hurry_the_refresh() {
    let cache = loaded(&["a"], secs(0));
    fetch(&cache, secs(1), "b").failed(secs(1));
    assert!(cache.is_quiet(secs(599)));
    refresh(&cache, secs(600), "a");
}
