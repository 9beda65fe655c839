//! Time, audience and the rest of the claims set.

use super::*;
use crate::check::confirmation::ConfirmationError;
use crate::trust::validation_policy::Profile;

/// A token whose claims hold this very text as one member, however odd.
fn with_text(name: &str, text: &str) -> String {
    let mut members = claims(&json!({ name: null })).to_string();
    members.insert_str(1, &format!("{}:{text},", json!(name)));
    key().token_of(r#"{"alg":"EdDSA","kid":"k","typ":"at+jwt"}"#, &members)
}

fn refused(name: &str, text: &str) -> Option<Rejection> {
    match decide(&engine(), &with_text(name, text), at(0)) {
        Ok(_) => None,
        Err(Failure::Rejected(rejection)) => Some(rejection),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn only_a_number_of_seconds_to_come_passes_for_exp() {
    let expired = || Some(ClaimsError::Expired.into());
    let wrong = || Some(malformed("exp"));
    let syntax = || Some(Rejection::Token(TokenError::Payload(crate::wire::JsonError::Syntax)));
    for (text, expected) in [
        ("1700000001", None),
        ("1700000001.5", None),
        ("17e8", None), // now, that is
        ("16e8", expired()),
        ("1.7000001e9", None),
        ("99999999999.9", None), // the year 5138
        ("100000000000", wrong()),
        ("1700000001000", wrong()), // milliseconds
        ("9223372036854775808", wrong()),
        ("18446744073709551616", wrong()),
        ("1e308", wrong()),
        ("1699999996", None), // within the tolerance
        ("1699999995", expired()),
        ("1699999995.1", None),
        ("0", expired()),
        ("-0", expired()),
        ("-1", expired()),
        ("-1e308", expired()),
        ("-9223372036854775809", expired()),
        ("1.5", expired()),
        ("null", wrong()),
        ("true", wrong()),
        ("\"1800000000\"", wrong()),
        ("\"\"", wrong()),
        ("[1800000000]", wrong()),
        ("{}", wrong()),
        ("1e309", syntax()),
        ("-1e309", syntax()),
        ("NaN", syntax()),
        ("Infinity", syntax()),
        ("01800000000", syntax()),
        ("+1800000000", syntax()),
        ("0x6b49d200", syntax()),
        ("1800000000.", syntax()),
    ] {
        assert_eq!(refused("exp", text), expected, "exp {text}");
    }
    assert_eq!(refusal(&engine(), &token(&json!({ "exp": null }))), missing("exp"));
}

#[test]
fn nbf_and_iat_may_be_absent_but_not_to_come_and_not_of_another_type() {
    for (name, early) in [("nbf", ClaimsError::NotYetValid), ("iat", ClaimsError::IssuedInFuture)] {
        let early = || Some(early.clone().into());
        let wrong = || Some(Rejection::Claims(ClaimsError::Malformed(name)));
        for (text, expected) in [
            ("0", None),
            ("-1", None),
            ("-1e308", None),
            ("1700000000", None),
            ("1700000005", None), // within the tolerance
            ("1700000005.5", early()),
            ("1700000006", early()),
            ("9223372036854775808", early()),
            ("1e308", early()),
            ("null", wrong()),
            ("false", wrong()),
            ("\"1700000000\"", wrong()),
            ("[]", wrong()),
        ] {
            assert_eq!(refused(name, text), expected, "{name} {text}");
        }
        assert!(decide(&engine(), &token(&json!({ name: null })), at(0)).is_ok());
    }
}

#[test]
fn the_tolerance_is_configurable_and_bounds_both_ends() {
    for tolerance in [0, 1, 60] {
        let engine = || config().clock_tolerance(secs(tolerance)).build().unwrap();
        let exp = |exp| decide(&engine(), &token(&json!({ "exp": exp })), at(1000)).is_ok();
        assert!(exp(START + 1000 - tolerance + 1));
        assert!(!exp(START + 1000 - tolerance));
        let nbf = |nbf| decide(&engine(), &token(&json!({ "nbf": nbf })), at(1000)).is_ok();
        assert!(nbf(START + 1000 + tolerance));
        assert!(!nbf(START + 1000 + tolerance + 1));
    }
}

#[test]
fn a_maximum_age_counts_from_iat_whatever_exp_says() {
    let engine = || config().max_age(secs(300)).build().unwrap();
    let at_age = |age| decide(&engine(), &token(&json!({})), at(age)).map(drop);
    assert_eq!(at_age(304), Ok(()));
    assert_eq!(at_age(305), Err(ClaimsError::TooOld.into()));
    assert_eq!(refusal(&engine(), &token(&json!({ "iat": null }))), missing("iat"));
    let wrong = refusal(&engine(), &with_text("iat", "\"0\""));
    assert_eq!(wrong, malformed("iat"));

    let (engine, token) = (engine(), token(&json!({})));
    assert!(decide(&engine, &token, at(1)).is_ok());
    assert_eq!(decide(&engine, &token, at(305)).unwrap_err(), ClaimsError::TooOld.into(), "cached or not");
}

#[test]
fn the_audience_is_one_of_ours_or_the_token_is_not_for_us() {
    let mismatch = || Some(ClaimsError::AudienceMismatch.into());
    let wrong = || Some(malformed("aud"));
    for (text, expected) in [
        (r#""https://api.example.com""#, None),
        (r#"["https://api.example.com"]"#, None),
        (r#"["a","b","c","https://api.example.com","d"]"#, None),
        (r#""https://second.example""#, None),
        ("[]", mismatch()),
        (r#""""#, mismatch()),
        (r#""https://other.example""#, mismatch()),
        (r#"["a","b"]"#, mismatch()),
        (r#""https://api.example.com/""#, mismatch()),
        (r#""https://API.example.com""#, mismatch()),
        (r#"" https://api.example.com""#, mismatch()),
        (r#""https://api.example.com https://second.example""#, mismatch()),
        (r#""https://api.example.com.attacker.example""#, mismatch()),
        (r#""https://api""#, mismatch()),
        ("7", wrong()),
        ("true", wrong()),
        ("null", wrong()),
        (r#"{"https://api.example.com":1}"#, wrong()),
        (r#"["https://api.example.com",7]"#, wrong()),
        (r#"["https://api.example.com",null]"#, wrong()),
        (r#"[["https://api.example.com"]]"#, wrong()),
    ] {
        let engine = config().audience("https://second.example").build().unwrap();
        let found = match decide(&engine, &with_text("aud", text), at(0)) {
            Ok(_) => None,
            Err(Failure::Rejected(rejection)) => Some(rejection),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(found, expected, "aud {text}");
    }
    assert_eq!(refusal(&engine(), &token(&json!({ "aud": null }))), missing("aud"));
}

#[test]
fn claims_that_handlers_rely_on_have_their_types() {
    for (name, texts) in [
        ("sub", &["7", "null", "{}", "[\"a\"]"][..]),
        ("client_id", &["7", "null", "[\"a\"]"]),
        ("jti", &["7", "false"]),
        ("scope", &["7", "null", "{}", "[7]", "[\"a b\"]", "[[\"a\"]]"]),
    ] {
        for text in texts {
            let expected = Rejection::Claims(ClaimsError::Malformed(name));
            assert_eq!(refused(name, text), Some(expected), "{name} {text}");
        }
    }
    // What stands in for a registered claim has the claim's type, too.
    let token = token(&json!({ "scp": {} }));
    assert_eq!(refusal(&engine(), &token), Rejection::Claims(ClaimsError::Malformed("scope")));
}

#[test]
fn a_token_that_names_its_client_in_no_readable_way_is_good_and_has_none() {
    for name in ["azp", "appid", "cid"] {
        for text in ["null", "7", "1e308", "-1", "[\"a\"]", "{}", "true", "\"\""] {
            let mut members = claims(&json!({ "client_id": null })).to_string();
            members.insert_str(1, &format!("\"{name}\":{text},"));
            let token = key().token_of(r#"{"alg":"EdDSA","kid":"k"}"#, &members);
            assert_eq!(decide(&engine(), &token, at(0)).unwrap().client_id(), None, "{name} {text}");
        }
    }
    let named = token(&json!({ "client_id": null, "azp": 7, "cid": "app" }));
    assert_eq!(decide(&engine(), &named, at(0)).unwrap().client_id(), Some("app"));
}

#[test]
fn a_bound_token_is_no_bearer_token_whatever_it_is_bound_to() {
    let thumbprint = "A".repeat(43);
    for (text, why) in [
        (format!(r#"{{"jkt":"{thumbprint}"}}"#), ConfirmationError::ProofRequired),
        (format!(r#"{{"x5t#S256":"{thumbprint}"}}"#), ConfirmationError::CertificateRequired),
        (r#"{"jkt":"x"}"#.into(), ConfirmationError::Unsupported),
        (r#"{"x5t#S256":"x"}"#.into(), ConfirmationError::Unsupported),
        ("{}".into(), ConfirmationError::Unsupported),
        ("null".into(), ConfirmationError::Unsupported),
        ("7".into(), ConfirmationError::Unsupported),
        (r#"{"unknown":1}"#.into(), ConfirmationError::Unsupported),
    ] {
        assert_eq!(refused("cnf", &text), Some(why.into()), "cnf {text}");
    }
}

#[test]
fn the_strict_profile_wants_the_type_and_every_mandatory_claim() {
    let strict = || config().profile(Profile::Rfc9068).build().unwrap();
    assert!(decide(&strict(), &token(&json!({})), at(0)).is_ok());
    for typ in [json!("at+jwt"), json!("AT+JWT"), json!("application/at+jwt")] {
        let token = key().token_with_header(&json!({ "alg": "EdDSA", "typ": typ }), &claims(&json!({})));
        assert!(decide(&strict(), &token, at(0)).is_ok(), "{typ}");
    }
    for header in [json!({ "alg": "EdDSA" }), json!({ "alg": "EdDSA", "typ": "JWT" })] {
        let token = key().token_with_header(&header, &claims(&json!({})));
        assert_eq!(refusal(&strict(), &token), TokenError::WrongType.into());
        assert!(decide(&engine(), &token, at(0)).is_ok(), "which the compatible one takes");
    }
    for name in ["exp", "aud", "sub", "client_id", "iat", "jti"] {
        let token = token(&json!({ name: null }));
        assert_eq!(refusal(&strict(), &token), Rejection::Claims(ClaimsError::Missing(name)), "{name}");
    }
    let azp = token(&json!({ "client_id": null, "azp": "client" }));
    assert_eq!(refusal(&strict(), &azp), missing("client_id"), "azp is OpenID Connect's");
}

#[test]
fn no_relaxation_takes_back_what_the_strict_profile_promises() {
    let strict = || EngineConfig::new().issuer(issuer()).profile(Profile::Rfc9068).dangerous();
    for (relaxed, name) in [
        (strict().allow_tokens_without_expiry().audience(AUDIENCE), "exp"),
        (strict().allow_any_audience(), "aud"),
        (strict().allow_any_issuer().audience(AUDIENCE), "iss"),
    ] {
        let token = token(&json!({ name: null }));
        let expected = Rejection::Claims(ClaimsError::Missing(name));
        assert_eq!(refusal(&relaxed.build().unwrap(), &token), expected, "{name}");
    }
}

#[test]
fn every_custom_validator_must_agree() {
    let engine = config()
        .validator(|_| Ok(()))
        .validator(|claims| match claims.get("tenant").and_then(Value::as_str) {
            Some("a") => Ok(()),
            _ => Err(crate::trust::ValidatorError::new("another tenant's token")),
        })
        .build()
        .unwrap();
    assert!(decide(&engine, &token(&json!({ "tenant": "a" })), at(0)).is_ok());
    let Rejection::Claims(ClaimsError::Custom(error)) = refusal(&engine, &token(&json!({ "tenant": "b" })))
    else {
        panic!("another refusal")
    };
    assert_eq!(error.to_string(), "another tenant's token");
}

#[test]
fn what_a_handler_reads_is_what_was_signed() {
    let changes =
        json!({ "scope": "a  b", "organization_id": "o", "aud": [AUDIENCE, "x"], "n": { "m": [1] } });
    let token = decide(&engine(), &token(&changes), at(0)).unwrap();
    assert_eq!(token.subject(), Some("subject"));
    assert_eq!(token.client_id(), Some("client"));
    assert_eq!(token.issuer(), ISSUER);
    assert_eq!(token.audience().collect::<Vec<_>>(), [AUDIENCE, "x"]);
    assert_eq!(token.scopes().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(token.organization(), Some("o"));
    assert_eq!(token.expires_at().map(crate::wire::NumericDate::seconds), Some((START + 3600) as f64));
    assert_eq!(token.kid(), Some("k"));
    assert_eq!(token.claim_at(&"n.m".into()), Some(&json!([1])));
    assert_eq!(
        serde_json::to_value(token.info()).unwrap(),
        json!({
            "sub": "subject", "clientId": "client", "organizationId": "o", "scopes": ["a", "b"],
            "audience": [AUDIENCE, "x"],
        })
    );
    assert_eq!(format!("{token:?}"), "AccessToken(..)");
}
