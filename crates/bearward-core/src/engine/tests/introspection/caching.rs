//! One call for many, and how long its answer serves.

use super::*;

fn source(engine: &Engine, now: Now) -> Source {
    check(engine, TOKEN, now).source
}

#[test]
fn a_thousand_who_ask_at_once_cause_one_call() {
    let engine = asking(introspection());
    let mut calls: Vec<_> = (0..1000)
        .filter_map(|_| {
            let check = check(&engine, TOKEN, at(0));
            assert!(waits(&check));
            check.fetch
        })
        .collect();
    assert_eq!(calls.len(), 1);
    finish_fetch(calls.remove(0), &active(&json!({})), at(0));
    for _ in 0..1000 {
        assert!(decide(&engine, TOKEN, at(0)).is_ok());
    }
}

#[test]
fn an_answer_serves_a_minute_and_then_is_asked_for_again() {
    let engine = asking(introspection());
    assert!(after(&engine, &active(&json!({})), at(10)).is_ok());
    for now in [10, 40, 69] {
        assert_eq!(source(&engine, at(now)), Source::Cache, "after {now} seconds");
        assert!(decide(&engine, TOKEN, at(now)).is_ok());
    }
    assert_eq!(after(&engine, &inactive(), at(70)).unwrap_err(), TokenError::Inactive.into(), "revoked");
}

#[test]
fn the_operator_says_how_long() {
    let engine = asking(introspection().cache_for(secs(2)).cache_refusals_for(secs(3)));
    assert!(after(&engine, &active(&json!({})), at(0)).is_ok());
    assert!(decide(&engine, TOKEN, at(1)).is_ok());
    assert!(after(&engine, &inactive(), at(2)).is_err());
    assert_eq!(decide(&engine, TOKEN, at(4)).unwrap_err(), TokenError::Inactive.into());
    assert!(after(&engine, &active(&json!({})), at(5)).is_ok());
}

#[test]
fn no_answer_serves_longer_than_the_token_lives() {
    let engine = asking(introspection());
    assert!(after(&engine, &active(&json!({ "exp": START + 20 })), at(10)).is_ok());
    assert!(decide(&engine, TOKEN, at(19)).is_ok());
    drop(call(&engine, TOKEN, at(20)));
}

#[test]
fn an_answer_serves_everyone_for_a_second_even_when_the_token_has_run_out() {
    let engine = asking(introspection());
    // Within the clock tolerance.
    assert!(after(&engine, &active(&json!({ "exp": START + 8 })), at(10)).is_ok());
    let later = Now::new(secs(START + 10), Duration::from_millis(10_999));
    assert!(decide(&engine, TOKEN, later).is_ok());
    drop(call(&engine, TOKEN, at(11)));
}

#[test]
fn dates_are_compared_with_the_calendar_on_every_hit() {
    let engine = asking(introspection());
    assert!(after(&engine, &active(&json!({ "exp": START + 600 })), at(10)).is_ok());
    let stepped = Now::new(secs(START + 700), secs(11));
    assert_eq!(decide(&engine, TOKEN, stepped).unwrap_err(), ClaimsError::Expired.into());
    assert!(decide(&engine, TOKEN, at(12)).is_ok(), "and stepped to rights again");
}

#[test]
fn a_custom_validator_is_asked_on_every_hit() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let allowed = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&allowed);
    let validator = move |_: &crate::token::ClaimsSet| match asked.load(Ordering::Relaxed) {
        true => Ok(()),
        false => Err(crate::trust::ValidatorError::new("the subject is blocked")),
    };
    let engine = configured(introspection()).validator(validator).build().unwrap();
    assert!(after(&engine, &active(&json!({})), at(0)).is_ok());
    allowed.store(false, Ordering::Relaxed);
    assert_eq!(decide(&engine, TOKEN, at(1)).unwrap_err().code(), "claim_rejected");
    allowed.store(true, Ordering::Relaxed);
    assert!(decide(&engine, TOKEN, at(2)).is_ok());
}

#[test]
fn a_refusal_is_remembered_for_five_seconds() {
    for reply in [inactive(), active(&json!({ "aud": "https://other.example" }))] {
        let engine = asking(introspection());
        let failure = after(&engine, &reply, at(10)).unwrap_err();
        assert_eq!(decide(&engine, TOKEN, at(14)).unwrap_err(), failure);
        assert_eq!(source(&engine, at(14)), Source::Introspection);
        assert!(after(&engine, &active(&json!({})), at(15)).is_ok());
    }
}

#[test]
fn a_token_that_is_not_valid_yet_passes_when_its_time_has_come_without_another_call() {
    let engine = asking(introspection());
    let reply = active(&json!({ "nbf": START + 8 }));
    assert_eq!(after(&engine, &reply, at(0)).unwrap_err(), ClaimsError::NotYetValid.into());
    assert!(decide(&engine, TOKEN, at(3)).is_ok());
}

#[test]
fn an_active_answer_that_was_refused_at_first_serves_no_longer_than_any_other() {
    let engine = asking(introspection().cache_for(secs(10)).cache_refusals_for(secs(3600)));
    let early = active(&json!({ "nbf": START + 30 }));
    assert_eq!(after(&engine, &early, at(0)).unwrap_err(), ClaimsError::NotYetValid.into());
    assert_eq!(decide(&engine, TOKEN, at(9)).unwrap_err(), ClaimsError::NotYetValid.into());
    assert_eq!(after(&engine, &inactive(), at(40)).unwrap_err(), TokenError::Inactive.into(), "revoked");
}

#[test]
fn a_failed_call_is_remembered_for_a_second() {
    let engine = asking(introspection());
    call(&engine, TOKEN, at(10)).failed(FetchError::Transport, at(12));
    let failure = decide(&engine, TOKEN, Now::new(secs(START), Duration::from_millis(12_400))).unwrap_err();
    let (retry_after, why) = (Duration::from_millis(600), IntrospectionError::NoAnswer);
    assert_eq!(failure, Unavailable::Introspection { retry_after, why }.into());
    assert_eq!(answer_of(&engine, &failure).headers["retry-after"], "1");
    assert!(after(&engine, &active(&json!({})), at(13)).is_ok());
}

#[test]
fn a_dropped_call_is_made_by_the_next_who_asks_and_not_a_third_time() {
    let engine = asking(introspection());
    drop(call(&engine, TOKEN, at(0)));
    drop(call(&engine, TOKEN, at(0)));
    let failure = decide(&engine, TOKEN, at(0)).unwrap_err();
    let why = IntrospectionError::Abandoned;
    assert_eq!(failure, Unavailable::Introspection { retry_after: secs(1), why }.into());
    assert!(after(&engine, &active(&json!({})), at(1)).is_ok());
}

#[test]
fn a_call_that_never_reports_is_lost_after_its_time_and_cannot_come_back() {
    let engine = asking(introspection());
    let lost = call(&engine, TOKEN, at(0));
    assert!(waits(&check(&engine, TOKEN, at(10))));
    assert!(check(&engine, TOKEN, at(10)).fetch.is_none());
    assert!(after(&engine, &inactive(), at(11)).is_err());
    finish_fetch(lost, &active(&json!({})), at(12));
    assert_eq!(decide(&engine, TOKEN, at(12)).unwrap_err(), TokenError::Inactive.into());
}

#[test]
fn no_more_calls_are_under_way_than_may_be() {
    let limits = Limits { max_introspection_calls: 3, ..Limits::default() };
    let engine = configured(introspection()).limits(limits).build().unwrap();
    let mut calls: Vec<_> = ["a", "b", "c"].iter().map(|token| call(&engine, token, at(0))).collect();
    let failure = decide(&engine, "d", at(0)).unwrap_err();
    assert_eq!(failure, Unavailable::TooManyWaiting { retry_after: secs(1) }.into());
    assert!(waits(&check(&engine, "a", at(0))), "who waits for one of them may wait");
    finish_fetch(calls.remove(0), &active(&json!({})), at(0));
    assert!(decide(&engine, "a", at(0)).is_ok());
    calls.push(call(&engine, "d", at(0)));
    assert!(decide(&engine, "e", at(1)).is_err());
    // The calls have reported nothing, and are lost.
    drop(call(&engine, "e", at(11)));
    drop(calls);
}

#[test]
fn a_server_that_does_not_answer_is_asked_once_a_second() {
    let engine = asking(introspection());
    let calls: Vec<_> = ["a", "b", "c", "d", "e"].iter().map(|token| call(&engine, token, at(0))).collect();
    for call in calls {
        call.failed(FetchError::Transport, at(5));
    }
    let pause = |token: &str, now| match decide(&engine, token, now).unwrap_err() {
        Failure::Unavailable(Unavailable::Introspection { why, .. }) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(pause("f", at(5)), IntrospectionError::Pause);
    let probe = call(&engine, "f", at(6));
    assert_eq!(pause("g", at(6)), IntrospectionError::Pause, "one at a time");
    finish_fetch(probe, &active(&json!({})), at(7));
    drop((call(&engine, "g", at(7)), call(&engine, "h", at(7))));
}

#[test]
fn answers_of_no_use_are_no_silence() {
    // Else whoever finds a token that the server stumbles over could keep everyone's tokens out.
    let engine = asking(introspection());
    for token in ["a", "b", "c", "d", "e", "f", "g"] {
        assert!(answer(call(&engine, token, at(0)), &Reply::new(500, ""), at(0)).is_err());
    }
    assert!(after(&engine, &active(&json!({})), at(0)).is_ok());
}

#[test]
fn the_token_text_is_the_requests_own_and_nobody_elses() {
    let engine = asking(introspection());
    for token in ["one", "two"] {
        finish_fetch(call(&engine, token, at(0)), &active(&json!({ "sub": token })), at(0));
    }
    for token in ["one", "two", "one"] {
        let passed = decide(&engine, token, at(0)).unwrap();
        assert_eq!((passed.expose_token(), passed.subject()), (token, Some(token)));
    }
    assert_eq!(engine.tokens.occupancy().count, 0, "the verified-token cache holds none of them");
}

#[test]
fn another_resource_server_in_the_process_knows_nothing_of_it() {
    let (engine, other) = (asking(introspection()), asking(introspection()));
    assert!(after(&engine, &active(&json!({})), at(0)).is_ok());
    drop(call(&other, TOKEN, at(0)));
}

#[test]
fn an_answers_name_differs_with_token_issuer_client_and_kind() {
    let name = |introspection: Introspection, token: &str| {
        let Fetch::Introspection(call) = call(&asking(introspection), token, at(0)) else { panic!("keys") };
        *call.answer_name()
    };
    let other = Introspection::new(ClientAuthentication::secret_basic("other", "secret")).endpoint(ENDPOINT);
    let names = [
        name(introspection(), TOKEN),
        name(introspection(), "another"),
        name(other, TOKEN),
        name(introspection().answers(IntrospectionAnswers::SignedJwt), TOKEN),
    ];
    for (place, one) in names.iter().enumerate() {
        assert!(!names[place + 1..].contains(one), "{place}");
    }
    assert_eq!(name(introspection(), TOKEN), names[0]);
}

/// Hands over an answer that another machine was given so long ago.
fn after_another_machine(
    engine: &Engine,
    reply: &Reply,
    age: Duration,
    now: Now,
) -> Result<AccessToken, Failure> {
    assert!(answered_before(engine, reply, age, now).is_ok());
    decide(engine, TOKEN, now)
}

#[test]
fn an_answer_of_another_machine_serves_for_what_is_left_of_its_time() {
    let engine = asking(introspection());
    // This machine has not been up for as long as the answer is old.
    assert!(after_another_machine(&engine, &active(&json!({})), secs(50), at(3)).is_ok());
    assert!(decide(&engine, TOKEN, at(12)).is_ok());
    drop(call(&engine, TOKEN, at(13)));

    let engine = asking(introspection());
    assert!(after_another_machine(&engine, &inactive(), secs(3), at(3)).is_err());
    assert!(decide(&engine, TOKEN, at(4)).is_err());
    drop(call(&engine, TOKEN, at(5)));
}

#[test]
fn an_answer_that_comes_late_still_reaches_those_who_wait_for_it() {
    let engine = asking(introspection());
    let almost = Now::new(secs(START + 3), Duration::from_millis(3999));
    assert!(
        after_another_machine(&engine, &active(&json!({})), Duration::from_millis(59_999), at(3)).is_ok()
    );
    assert!(decide(&engine, TOKEN, almost).is_ok());
    drop(call(&engine, TOKEN, at(4)));
}

#[test]
fn an_answer_of_another_machine_is_none_once_ones_own_would_have_run_out() {
    let settings = || introspection().cache_for(secs(20)).cache_refusals_for(secs(2));
    for (reply, life) in [(active(&json!({})), 20), (inactive(), 2)] {
        for age in [life, life + 1, 3600] {
            let engine = asking(settings());
            let unanswered = answered_before(&engine, &reply, secs(age), at(0)).unwrap_err();
            assert!(waits(&check(&engine, TOKEN, at(0))), "it is still to be made");
            let asked = finish_fetch(Fetch::Introspection(*unanswered), &active(&json!({})), at(0));
            assert_eq!(asked, FetchOutcome::Introspected { keep_for: secs(20) });
            assert!(decide(&engine, TOKEN, at(0)).is_ok());
        }
        assert!(answered_before(&asking(settings()), &reply, secs(life - 1), at(0)).is_ok());
    }
}

#[test]
fn an_answer_of_another_machine_that_is_of_no_use_leaves_the_call_to_be_made() {
    for useless in [json_of("{}"), json_of(" ".repeat(64 * 1024 + 1)), Reply::new(500, "")] {
        let engine = asking(introspection());
        let unanswered = answered_before(&engine, &useless, secs(0), at(0)).unwrap_err();
        finish_fetch(Fetch::Introspection(*unanswered), &active(&json!({})), at(0));
        assert!(decide(&engine, TOKEN, at(0)).is_ok());
    }
}

#[test]
fn how_long_an_answer_may_be_shared_is_told() {
    let engine = asking(introspection().cache_for(secs(20)).cache_refusals_for(secs(2)));
    let outcome = finish_fetch(call(&engine, "a", at(0)), &active(&json!({})), at(0));
    assert_eq!(outcome, FetchOutcome::Introspected { keep_for: secs(20) });
    let outcome = finish_fetch(call(&engine, "b", at(0)), &inactive(), at(0));
    assert_eq!(outcome, FetchOutcome::Introspected { keep_for: secs(2) });
}
