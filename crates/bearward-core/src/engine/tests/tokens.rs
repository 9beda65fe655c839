//! Tokens that are none, of another kind, or want to be trusted for their own sake.

use super::*;
use crate::check::signature::SignatureError;
use crate::trust::key::KeyError;

/// A token signed by the right key over a header that holds these members besides.
fn headed(members: &Value) -> String {
    let mut header = json!({ "alg": "EdDSA", "kid": "k" });
    for (name, value) in members.as_object().unwrap() {
        header[name] = value.clone();
    }
    key().token_with_header(&header, &claims(&json!({})))
}

#[test]
fn no_algorithm_is_no_signature() {
    // 2015-9235, 2022-23540.
    for alg in
        [json!("none"), json!("nOnE"), json!("NONE"), json!(""), json!(null), json!(7), json!(["EdDSA"])]
    {
        let token = headed(&json!({ "alg": alg }));
        assert_eq!(refusal(&engine(), &token), TokenError::UnsupportedAlgorithm.into(), "{alg}");
        let (unsigned, _) = token.rsplit_once('.').unwrap();
        let without = format!("{unsigned}.");
        let refused = refusal(&engine(), &without);
        let expected = [TokenError::UnsupportedAlgorithm.into(), TokenError::NotCompact.into()];
        assert!(expected.contains(&refused), "{refused:?}");
    }
    let nothing = key().token_with_header(&json!({ "kid": "k" }), &claims(&json!({})));
    assert_eq!(refusal(&engine(), &nothing), TokenError::UnsupportedAlgorithm.into());
}

#[test]
fn a_published_key_as_a_secret_is_refused_by_the_allowlist() {
    // 2016-5431, 2023-48223.
    let jwk = key().jwk();
    let forms =
        [jwk.to_string(), format!(" {jwk}\n"), mint::jwks([&key()]), jwk["x"].to_string(), String::new()];
    for secret in forms {
        for (algorithm, parsed) in
            [("HS256", crate::token::Algorithm::HS256), ("HS512", crate::token::Algorithm::HS512)]
        {
            let forger = SigningKey::secret(algorithm, secret.as_bytes());
            let header = json!({ "alg": algorithm, "kid": "k" });
            let token = forger.token_with_header(&header, &claims(&json!({})));
            assert_eq!(refusal(&engine(), &token), TokenError::AlgorithmNotAllowed(parsed).into());
        }
    }
}

#[test]
fn a_token_does_not_bring_its_own_key() {
    // 2018-0114.
    let attacker = SigningKey::ed25519("mine", 9);
    let hosted = "https://attacker.example/keys";
    for header in [
        json!({ "alg": "EdDSA", "kid": "k", "jwk": attacker.jwk() }),
        json!({ "alg": "EdDSA", "kid": "k", "jku": hosted }),
        json!({ "alg": "EdDSA", "kid": "k", "x5u": hosted }),
        json!({ "alg": "EdDSA", "kid": "k", "x5c": ["MIIB"], "x5t#S256": "x" }),
    ] {
        let token = attacker.token_with_header(&header, &claims(&json!({})));
        assert_eq!(refusal(&engine(), &token), SignatureError::Invalid.into(), "{header}");
    }
    let header = json!({ "alg": "EdDSA", "kid": "mine", "jwk": attacker.jwk() });
    let token = attacker.token_with_header(&header, &claims(&json!({})));
    assert_eq!(refusal(&engine(), &token), KeyError::Unknown.into());
    let honest = headed(&json!({ "jku": hosted, "x5u": 7, "x5c": null }));
    assert!(decide(&engine(), &honest, at(0)).is_ok(), "they are not even looked at");
}

#[test]
fn a_key_name_is_a_name_and_nothing_else() {
    for kid in
        ["../../etc/passwd", "k' OR '1'='1", "k\0", "k\r\nX: y", "K", " k", "", "k\u{200b}", "/dev/null"]
    {
        assert_eq!(refusal(&engine(), &headed(&json!({ "kid": kid }))), KeyError::Unknown.into(), "{kid:?}");
    }
    for kid in [json!(7), json!(null), json!(["k"]), json!({ "k": 1 }), json!(true)] {
        assert_eq!(
            refusal(&engine(), &headed(&json!({ "kid": kid }))),
            TokenError::Header(None).into(),
            "{kid}"
        );
    }
}

#[test]
fn an_extension_that_would_have_to_be_understood_is_refused() {
    for members in [
        json!({ "crit": ["exp"], "exp": 0 }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "crit": [] }),
        json!({ "crit": null }),
        json!({ "b64": false }), // 2025-59420
        json!({ "b64": true }),
    ] {
        assert_eq!(refusal(&engine(), &headed(&members)), TokenError::CriticalHeader.into(), "{members}");
    }
}

#[test]
fn another_kind_of_jwt_is_no_access_token() {
    for typ in ["dpop+jwt", "logout+jwt", "token-introspection+jwt", "secevent+jwt", "id_token+jwt", "JWE"] {
        assert_eq!(
            refusal(&engine(), &headed(&json!({ "typ": typ }))),
            TokenError::WrongType.into(),
            "{typ}"
        );
    }
    let plain = |changes: &Value| {
        key().token_with_header(&json!({ "alg": "EdDSA", "kid": "k", "typ": "JWT" }), &claims(changes))
    };
    for other in [
        json!({ "at_hash": "x" }),
        json!({ "c_hash": "x" }),
        json!({ "nonce": "x", "client_id": null }),
        json!({ "typ": "ID" }),
        json!({ "token_use": "id" }),
        json!({ "events": {} }),
        json!({ "typ": "Refresh" }),
        json!({ "typ": "Logout" }),
    ] {
        assert_eq!(refusal(&engine(), &plain(&other)), TokenError::WrongType.into(), "{other}");
    }
    for access_token in
        [json!({ "nonce": "x" }), json!({ "typ": "Bearer" }), json!({ "token_use": "access" })]
    {
        assert!(settled(check(&engine(), &plain(&access_token), at(0))).is_ok(), "{access_token}");
    }
    let own = token(&json!({ "events": ["an API's own"] }));
    assert!(settled(check(&engine(), &own, at(0))).is_ok(), "at+jwt says what it is");
}

#[test]
fn encrypted_and_ill_formed_tokens_are_refused_before_any_key_is_asked_for() {
    let fetching = EngineConfig::new().issuer(ISSUER).audience(AUDIENCE).build().unwrap();
    let good = token(&json!({}));
    let (header, rest) = good.split_once('.').unwrap();
    let unsigned = mint::base64url(format!("{header}..")); // inside of a JWE
    for (token, why) in [
        (format!("{header}.a.b.{unsigned}.d"), TokenError::Encrypted),
        (format!("{header}...."), TokenError::Encrypted),
        (format!("{header}..{rest}"), TokenError::NotCompact),
        (header.to_owned(), TokenError::NotCompact),
        (format!("{header}.{}", rest.split_once('.').unwrap().0), TokenError::NotCompact),
        (format!("{good}="), TokenError::NotCompact),
        (format!("{good}.x"), TokenError::NotCompact),
        (good.replace('.', "/"), TokenError::NotCompact),
    ] {
        assert_eq!(refusal(&fetching, &token), why.into(), "{token}");
    }
}

#[test]
fn a_payload_that_is_no_strict_json_object_is_refused_before_any_key_is_asked_for() {
    let fetching = EngineConfig::new().issuer(ISSUER).audience(AUDIENCE).build().unwrap();
    let good = claims(&json!({})).to_string();
    let inside = &good[1..];
    for (payload, why) in [
        ("[1]".to_owned(), crate::wire::JsonError::NotAnObject),
        ("\"x\"".into(), crate::wire::JsonError::NotAnObject),
        (String::new(), crate::wire::JsonError::Syntax),
        (format!("{good}x"), crate::wire::JsonError::Syntax),
        (format!("\u{feff}{good}"), crate::wire::JsonError::Syntax),
        (format!("{{\"iss\":\"x\",{inside}"), crate::wire::JsonError::DuplicateMember),
        (format!("{{\"\\u0069ss\":\"x\",{inside}"), crate::wire::JsonError::DuplicateMember),
        (format!("{{\"x\":{}{},{inside}", "[".repeat(40), "]".repeat(40)), crate::wire::JsonError::TooDeep),
        (
            format!("{{\"x\":{{\"$serde_json::private::RawValue\":\"1\"}},{inside}"),
            crate::wire::JsonError::Syntax,
        ),
    ] {
        let token = key().token_of(r#"{"alg":"EdDSA","kid":"k"}"#, &payload);
        assert_eq!(refusal(&fetching, &token), TokenError::Payload(why).into(), "{payload}");
    }
    let latin =
        format!("{}.{}.c2ln", mint::base64url(r#"{"alg":"EdDSA"}"#), mint::base64url(b"{\"a\":\"\xe9\"}"));
    assert_eq!(refusal(&fetching, &latin), TokenError::Payload(crate::wire::JsonError::Syntax).into());
}

#[test]
fn ten_thousand_claims_and_ten_thousand_levels_cost_no_more_than_their_bytes() {
    let limits = Limits { max_token_bytes: 1 << 20, ..Limits::default() };
    let engine = config().limits(limits).build().unwrap();
    let many: serde_json::Map<_, _> =
        (0..10_000).map(|number| (format!("c{number}"), json!(number))).collect();
    assert!(decide(&engine, &token(&many.into()), at(0)).is_ok());
    let deep = format!("{{\"a\":{}", "[".repeat(10_000));
    let token = key().token_of(r#"{"alg":"EdDSA"}"#, &deep);
    assert_eq!(refusal(&engine, &token), TokenError::Payload(crate::wire::JsonError::TooDeep).into());
}

#[test]
fn a_shared_secret_verifies_its_own_tokens_and_no_others() {
    let secret = [7; 32];
    let config = IssuerConfig::new(ISSUER).shared_secret(secret);
    let engine = EngineConfig::new().issuer(config).audience(AUDIENCE).build().unwrap();
    let signed = |secret: &[u8], header: &Value| {
        SigningKey::secret("HS256", secret).token_with_header(header, &claims(&json!({})))
    };
    for header in [json!({ "alg": "HS256" }), json!({ "alg": "HS256", "kid": "any" })] {
        assert!(decide(&engine, &signed(&secret, &header), at(0)).is_ok(), "{header}");
        assert_eq!(refusal(&engine, &signed(&[8; 32], &header)), SignatureError::Invalid.into());
        assert_eq!(refusal(&engine, &signed(b"", &header)), SignatureError::Invalid.into());
    }
    assert_eq!(
        refusal(&engine, &token(&json!({}))),
        TokenError::AlgorithmNotAllowed(crate::token::Algorithm::EdDSA).into()
    );
}
