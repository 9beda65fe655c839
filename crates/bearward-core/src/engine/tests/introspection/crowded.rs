//! More tokens than calls: who is asked about, who passes meanwhile, and for how long.

use super::*;

const CALLS: usize = 100;
/// What is kept for each kind, tokens in use and others, is a quarter.
const MOST_OF_A_KIND: usize = 75;

/// The calls about made-up tokens that are under way, as many as can be had at this time.
fn flood(engine: &Engine, now: Now) -> Vec<Fetch> {
    let ask =
        |number: usize| match check(engine, &format!("made-up-{}-{number}", now.uptime().as_secs()), now) {
            Asked { step: Step::Wait(_), fetch: Some(fetch), .. } => Some(fetch),
            Asked { step: Step::Done(Err(failure)), .. } => {
                assert_eq!(failure.code(), "too_many_waiting");
                None
            }
            other => panic!("{other:?}"),
        };
    (0..).map_while(ask).collect()
}

fn live(number: usize) -> String {
    format!("live-{number}")
}

/// An engine to which these tokens are active since the start.
fn knowing(introspection: Introspection, tokens: usize) -> Engine {
    let engine = asking(introspection);
    for number in 0..tokens {
        finish_fetch(call(&engine, &live(number), at(0)), &active(&json!({})), at(0));
        assert!(decide(&engine, &live(number), at(0)).is_ok());
    }
    engine
}

fn is_bridged(engine: &Engine, token: &str, now: Now) -> bool {
    let check = check(engine, token, now);
    assert!(check.fetch.is_none());
    match check.step {
        Step::Done(Ok(_)) => check.source == Source::Cache,
        Step::Done(Err(failure)) => {
            assert_eq!(failure.code(), "too_many_waiting");
            false
        }
        other => panic!("{other:?}"),
    }
}

/// A token that has run out while all calls are taken: by made-up tokens, and by others in use.
fn crowded_out(introspection: Introspection) -> (Engine, Vec<Fetch>) {
    let engine = knowing(introspection, CALLS - MOST_OF_A_KIND + 1);
    let mut calls = flood(&engine, at(60));
    calls.extend((1..=CALLS - MOST_OF_A_KIND).map(|number| call(&engine, &live(number), at(60))));
    (engine, calls)
}

#[test]
fn made_up_tokens_that_never_end_keep_no_token_in_use_out() {
    let engine = knowing(introspection(), 5);
    let slow = 2;
    let mut made_up: Vec<(u64, Vec<Fetch>)> = Vec::new();
    let mut re_checks: Vec<(u64, Fetch)> = Vec::new();
    let (mut calls, mut max_under_way) = (0, 0);
    for second in 1..=300 {
        // Whatever comes free goes to made-up tokens before anyone else can ask.
        for (_, landed) in made_up.extract_if(.., |(started, _)| second >= *started + slow) {
            for fetch in landed {
                finish_fetch(fetch, &inactive(), at(second));
            }
        }
        for (_, landed) in re_checks.extract_if(.., |(started, _)| second >= *started + slow) {
            finish_fetch(landed, &active(&json!({})), at(second));
        }
        made_up.push((second, flood(&engine, at(second))));
        for number in 0..5 {
            let check = check(&engine, &live(number), at(second));
            match check.step {
                Step::Done(Ok(_)) => assert!(check.fetch.is_none()),
                Step::Wait(_) => {
                    calls += usize::from(check.fetch.is_some());
                    re_checks.extend(check.fetch.map(|fetch| (second, fetch)));
                }
                other => panic!("token {number} after {second} seconds: {other:?}"),
            }
        }
        let of_made_up: usize = made_up.iter().map(|(_, calls)| calls.len()).sum();
        max_under_way = max_under_way.max(of_made_up + re_checks.len());
        assert!(of_made_up <= MOST_OF_A_KIND, "{of_made_up} after {second} seconds");
    }
    assert!(max_under_way <= CALLS, "{max_under_way}");
    assert!((20..=25).contains(&calls), "five tokens, a call a minute each: {calls}");
}

#[test]
fn a_new_token_gets_its_turn_when_a_call_comes_free_and_it_asks_first() {
    let engine = knowing(introspection(), 1);
    let mut calls = flood(&engine, at(1));
    assert_eq!(calls.len(), MOST_OF_A_KIND);
    let full = Unavailable::TooManyWaiting { retry_after: secs(1) };
    assert_eq!(decide(&engine, "new", at(1)).unwrap_err(), full.into());
    finish_fetch(calls.remove(0), &inactive(), at(2));
    let fetch = call(&engine, "new", at(2));
    assert_eq!(decide(&engine, "another", at(2)).unwrap_err(), full.into());
    finish_fetch(fetch, &active(&json!({})), at(3));
    assert!(decide(&engine, "new", at(3)).is_ok());
    let again = call(&engine, "new", at(63));
    assert_eq!(flood(&engine, at(63)).len(), 75, "the first ones are lost by now, and it is in use");
    drop(again);
}

#[test]
fn tokens_in_use_leave_calls_for_new_ones() {
    let engine = knowing(introspection(), CALLS);
    let mut calls: Vec<_> = (0..MOST_OF_A_KIND).map(|number| call(&engine, &live(number), at(60))).collect();
    assert!(is_bridged(&engine, &live(MOST_OF_A_KIND), at(60)));
    calls.extend(flood(&engine, at(60)));
    assert_eq!(calls.len(), CALLS);
}

#[test]
fn a_token_in_use_passes_a_little_longer_while_it_waits_for_a_call() {
    let (engine, mut calls) = crowded_out(introspection());
    assert!(is_bridged(&engine, &live(0), at(60)));
    assert!(is_bridged(&engine, &live(0), at(64)));
    assert!(!is_bridged(&engine, &live(0), at(65)), "five seconds, and no more");
    finish_fetch(calls.pop().unwrap(), &active(&json!({})), at(65));
    let own = call(&engine, &live(0), at(65));
    assert!(waits(&check(&engine, &live(0), at(65))), "once its own call is made it waits for that");
    finish_fetch(own, &inactive(), at(66));
    assert_eq!(decide(&engine, &live(0), at(66)).unwrap_err(), TokenError::Inactive.into());
}

#[test]
fn the_operator_says_how_much_longer_and_may_say_not_at_all() {
    let (engine, _calls) = crowded_out(introspection().bridge_for(Duration::ZERO));
    assert!(!is_bridged(&engine, &live(0), at(60)));
    let (engine, _calls) = crowded_out(introspection().bridge_for(secs(2)));
    assert!(is_bridged(&engine, &live(0), at(61)));
    assert!(!is_bridged(&engine, &live(0), at(62)));
    let too_long = configured(introspection().bridge_for(secs(61))).build().unwrap_err();
    assert_eq!(too_long.path, "issuers[0].introspection.bridge_for");
}

#[test]
fn a_bridge_ends_with_the_token() {
    let engine = asking(introspection().bridge_for(secs(60)));
    let short = active(&json!({ "exp": START + 57 }));
    let others = CALLS - MOST_OF_A_KIND;
    for number in 0..=others {
        let reply = if number == 0 { short.clone() } else { active(&json!({})) };
        finish_fetch(call(&engine, &live(number), at(0)), &reply, at(0));
        assert!(decide(&engine, &live(number), at(0)).is_ok());
    }
    let mut calls = flood(&engine, at(60));
    calls.extend((1..=others).map(|number| call(&engine, &live(number), at(60))));
    assert!(is_bridged(&engine, &live(0), at(61)), "within the clock tolerance");
    assert_eq!(decide(&engine, &live(0), at(62)).unwrap_err(), ClaimsError::Expired.into());
}

#[test]
fn nothing_bridges_an_answer_that_a_token_is_inactive_or_a_call_that_failed() {
    for reply in [Some(inactive()), None] {
        let engine = knowing(introspection(), CALLS - MOST_OF_A_KIND + 1);
        let own = call(&engine, &live(0), at(60));
        match &reply {
            Some(reply) => drop(finish_fetch(own, reply, at(60))),
            None => own.failed(FetchError::Transport, at(60)),
        }
        let mut calls = flood(&engine, at(60));
        calls.extend((1..=CALLS - MOST_OF_A_KIND).map(|number| call(&engine, &live(number), at(60))));
        let failure = decide(&engine, &live(0), at(60)).unwrap_err();
        let expected = if reply.is_some() { "token_inactive" } else { "introspection_unavailable" };
        assert_eq!(failure.code(), expected);
        for second in [61, 62, 65] {
            assert!(decide(&engine, &live(0), at(second)).is_err(), "after {second} seconds");
        }
    }
}

#[test]
fn a_token_in_use_stays_one_when_a_call_about_it_fails() {
    let engine = knowing(introspection(), 1);
    let _made_up = flood(&engine, at(60));
    call(&engine, &live(0), at(60)).failed(FetchError::Transport, at(65));
    drop(call(&engine, &live(0), at(66)));
    finish_fetch(call(&engine, &live(0), at(66)), &inactive(), at(67));
    assert_eq!(decide(&engine, &live(0), at(67)).unwrap_err(), TokenError::Inactive.into());
}
