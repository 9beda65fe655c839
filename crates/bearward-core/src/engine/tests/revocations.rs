//! Tokens that are refused although they have not expired.

use super::*;
use crate::check::revocation::{Revocation, RevocationEntry};
use crate::memory::revocations::RevocationList;

fn list() -> Arc<RevocationList> {
    Arc::new(RevocationList::new(100))
}

#[test]
fn a_revoked_token_is_refused_new_or_cached() {
    let list = list();
    let engine = config().revocation_list(Arc::clone(&list)).build().unwrap();
    let token = token(&json!({ "sid": "session" }));
    assert!(decide(&engine, &token, at(0)).is_ok());
    let until = at(3600).date();
    for revocation in [
        Revocation::token_id(ISSUER, "1"),
        Revocation::session(ISSUER, "session"),
        Revocation::subject(ISSUER, "subject"),
        Revocation::client(ISSUER, "client"),
    ] {
        list.revoke(&revocation, until, at(0).date()).unwrap();
        assert_eq!(refusal(&engine, &token), Rejection::Revoked, "{revocation:?}");
        list.lift(&revocation);
        assert!(decide(&engine, &token, at(0)).is_ok(), "{revocation:?}");
    }
    list.revoke(&Revocation::subject("https://other.example", "subject"), until, at(0).date()).unwrap();
    assert!(decide(&engine, &token, at(0)).is_ok());
}

#[test]
fn a_list_that_the_settings_ask_for_refuses_what_is_revoked_on_it() {
    let settings = Settings::from_value(json!({
        "issuers": [{ "issuer": ISSUER, "static_keys": mint::jwks([&key()]) }],
        "audiences": [AUDIENCE],
        "revocations": { "max_entries": 1 },
    }))
    .unwrap();
    let engine = settings.engine_config().unwrap().build().unwrap();
    let token = token(&json!({}));
    assert!(decide(&engine, &token, at(0)).is_ok());
    let list = engine.revocation_list().unwrap();
    let (until, now) = (at(3600).date(), at(0).date());
    list.revoke(&Revocation::token_id(ISSUER, "1"), until, now).unwrap();
    assert_eq!(refusal(&engine, &token), Rejection::Revoked);
    assert!(
        list.revoke(&Revocation::token_id(ISSUER, "2"), until, now).is_err(),
        "its bound is that of the settings"
    );
    let other = settings.engine_config().unwrap().build().unwrap();
    assert!(decide(&other, &token, at(0)).is_ok(), "each resource server has a list of its own");
    assert!(config().build().unwrap().revocation_list().is_none());
}

#[test]
fn a_revocation_holds_for_as_long_as_the_token_is_accepted() {
    let list = list();
    let engine = config().clock_tolerance(secs(5)).revocation_list(Arc::clone(&list)).build().unwrap();
    let token = token(&json!({ "exp": START + 100 }));
    // Until the token's own end, as it would be written down.
    list.revoke(&Revocation::token_id(ISSUER, "1"), at(100).date(), at(0).date()).unwrap();
    for seconds in [0, 99, 100, 104] {
        let refused = decide(&engine, &token, at(seconds)).map(drop);
        assert_eq!(refused, Err(Rejection::Revoked.into()), "{seconds}");
    }
    assert_eq!(decide(&engine, &token, at(105)).map(drop), Err(Rejection::from(ClaimsError::Expired).into()));
}

#[test]
fn what_is_asked_of_stores_knows_how_its_token_was_found() {
    let engine = config().revocations(Store::Shared).build().unwrap();
    let token = token(&json!({}));
    for expected in [Source::Verification, Source::Cache] {
        let check = check(&engine, &token, at(0));
        let Step::Ask(consultation) = check.step else { panic!("{:?}", check.step) };
        assert_eq!(consultation.source(), expected);
    }
}

#[test]
fn a_shared_list_decides() {
    let engine = config().revocations(Store::Shared).build().unwrap();
    let token = token(&json!({}));
    let concluded = |revocations| {
        let check = check(&engine, &token, at(0));
        let Step::Ask(consultation) = check.step else { panic!("{:?}", check.step) };
        assert_eq!(consultation.revocation_query().unwrap().keys().count(), 3);
        let answers = StoreAnswers { revocations, ..StoreAnswers::default() };
        engine
            .conclude(*consultation, &answers, Route::open(), at(0))
            .map(drop)
            .map_err(Refusal::into_failure)
    };
    assert_eq!(concluded(Some(Vec::new())), Ok(()));
    assert_eq!(concluded(Some(vec![RevocationEntry::all()])), Err(Rejection::Revoked.into()));
    let unavailable = Unavailable::RevocationStore { retry_after: secs(1) };
    assert_eq!(concluded(None), Err(unavailable.into()));
}
