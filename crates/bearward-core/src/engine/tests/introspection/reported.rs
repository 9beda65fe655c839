//! What an operator is told of questions that brought nothing.

use super::*;
use crate::engine::FailureStatus;

fn last_failure(engine: &Engine, now: Now) -> Option<FailureStatus> {
    engine.status(now).introspection.unwrap().last_failure
}

fn code(engine: &Engine, now: Now) -> &'static str {
    last_failure(engine, now).unwrap().code
}

#[test]
fn a_secret_that_is_refused_is_the_last_failure_and_stays_it_after_the_next_good_answer() {
    let engine = asking(introspection());
    assert_eq!(last_failure(&engine, at(0)), None);
    assert!(after(&engine, &Reply::new(401, r#"{"error":"invalid_client"}"#), at(0)).is_err());
    let failure = last_failure(&engine, at(10)).unwrap();
    assert_eq!((failure.code, failure.age), ("client_refused", secs(10)));
    assert!(failure.why.contains("answered 401") && failure.why.contains("client id"), "{}", failure.why);
    assert!(!failure.why.contains("secret\"") && !failure.why.contains(TOKEN), "{}", failure.why);

    assert!(after(&engine, &active(&json!({})), at(20)).is_ok());
    assert_eq!(last_failure(&engine, at(30)).unwrap().age, secs(30), "its age says that it is over");
    let written = serde_json::to_value(engine.status(at(30))).unwrap();
    assert_eq!(written["introspection"]["last_failure"]["age_seconds"], 30);
    assert_eq!(written["introspection"]["last_failure"]["code"], "client_refused");
}

#[test]
fn a_server_that_does_not_answer_is_told_from_one_that_is_too_slow() {
    for (why, expected) in
        [(FetchError::Transport, "server_unreachable"), (FetchError::Timeout, "server_too_slow")]
    {
        let engine = asking(introspection());
        call(&engine, TOKEN, at(1)).failed(why, at(1));
        assert_eq!(code(&engine, at(1)), expected);
    }
}

#[test]
fn an_answer_that_cannot_be_used_is_a_failure_and_one_that_refuses_the_token_is_not() {
    let engine = asking(introspection());
    assert!(after(&engine, &inactive(), at(0)).is_err());
    assert!(after(&engine, &active(&json!({ "aud": "another API" })), at(10)).is_err());
    assert_eq!(last_failure(&engine, at(10)), None, "the server has done its part");
    assert!(answer(call(&engine, "another-token", at(10)), &Reply::new(500, ""), at(10)).is_err());
    assert_eq!(code(&engine, at(10)), "unexpected_status");

    let signed = asking(introspection().answers(IntrospectionAnswers::SignedJwt));
    let unsigned = Reply::new(200, "x.y.z").header("content-type", "application/token-introspection+jwt");
    assert!(after(&signed, &unsigned, at(0)).is_err());
    assert_eq!(code(&signed, at(0)), "answer_token_malformed", "found when the answer was to be used");
}

#[test]
fn a_call_that_ended_twice_without_a_word_is_a_failure() {
    let engine = asking(introspection());
    drop(call(&engine, TOKEN, at(0)));
    assert_eq!(last_failure(&engine, at(0)), None, "one client may have hung up");
    drop(call(&engine, TOKEN, at(0)));
    assert_eq!(code(&engine, at(0)), "call_abandoned");
}

#[test]
fn a_pause_does_not_take_the_place_of_what_led_to_it() {
    let engine = asking(introspection());
    let calls: Vec<_> = ["a", "b", "c", "d", "e"].iter().map(|token| call(&engine, token, at(0))).collect();
    calls.into_iter().for_each(|call| call.failed(FetchError::Transport, at(5)));
    assert!(decide(&engine, "f", at(5)).is_err());
    assert_eq!(code(&engine, at(5)), "server_unreachable");
}

#[test]
fn metadata_that_do_not_say_where_to_ask_are_a_failure() {
    let engine = EngineConfig::new()
        .issuer(
            IssuerConfig::new(ISSUER)
                .introspection(Introspection::new(ClientAuthentication::secret_basic("api", "secret"))),
        )
        .audience(AUDIENCE)
        .build()
        .unwrap();
    let fetch = waited_fetch(check(&engine, TOKEN, at(0)));
    fetch.failed(FetchError::Transport, at(0));
    assert!(decide(&engine, TOKEN, at(0)).is_err());
    assert_eq!(code(&engine, at(0)), "metadata_unavailable");
}
