//! Every check of RFC 9449 §4.3, and what it holds against whom.

use aws_lc_rs::digest::{SHA256, digest};
use http::HeaderMap;

use super::*;
use crate::check::confirmation::{CertificatePolicy, ConfirmationError, ProofError};
use crate::check::confirmation::{DpopNonces, DpopPolicy};
use crate::mint::base64url;
use crate::request::connection::{Connection, Security, Sender};
use crate::request::credential::Scheme;

const URL: &str = "https://api.example.com/api/private";

/// The client's key.
fn client() -> SigningKey {
    SigningKey::generate("ES256", "", 0).unnamed()
}

fn thumbprint(jwk: &Value) -> String {
    let member = |name: &str| jwk[name].as_str().unwrap().to_owned();
    let text = match jwk["kty"].as_str().unwrap() {
        "EC" => {
            let (crv, x, y) = (member("crv"), member("x"), member("y"));
            format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
        }
        "OKP" => format!(r#"{{"crv":"{}","kty":"OKP","x":"{}"}}"#, member("crv"), member("x")),
        _ => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, member("e"), member("n")),
    };
    base64url(digest(&SHA256, text.as_bytes()))
}

/// A token that is bound to this key.
fn bound_to(key: &SigningKey) -> String {
    bound_to_jwk(&key.jwk())
}

fn bound_to_jwk(jwk: &Value) -> String {
    token(&json!({ "cnf": { "jkt": thumbprint(jwk) } }))
}

/// A good proof of this key for this token, with these members of its header and its claims changed; `null`
/// takes one out.
fn proof_with(key: &SigningKey, token: &str, header: &Value, claims: &Value) -> String {
    let jwk = key.jwk();
    let mut own_header = json!({ "typ": "dpop+jwt", "alg": jwk["alg"], "jwk": jwk });
    let mut own_claims = json!({
        "jti": "1", "htm": "GET", "htu": URL, "iat": START, "ath": base64url(digest(&SHA256, token.as_bytes())),
    });
    for (own, changes) in [(&mut own_header, header), (&mut own_claims, claims)] {
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => own.as_object_mut().unwrap().remove(name),
                value => own.as_object_mut().unwrap().insert(name.clone(), value.clone()),
            };
        }
    }
    key.token_with_header(&own_header, &own_claims)
}

fn proof(key: &SigningKey, token: &str, claims: &Value) -> String {
    proof_with(key, token, &json!({}), claims)
}

fn dpop_config(policy: DpopPolicy) -> EngineConfig {
    config().dpop(policy).public_origin("https://api.example.com")
}

fn dpop_engine() -> Engine {
    dpop_config(DpopPolicy::accepted()).build().unwrap()
}

/// A `GET` of the private route with these proofs.
fn ask(engine: &Engine, authorization: &str, proofs: &[&str], now: Now) -> Step {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", authorization.parse().unwrap());
    for proof in proofs {
        headers.append("dpop", proof.parse().unwrap());
    }
    let credential = Credential::extract(&headers, None, None, engine.credential_rules()).unwrap().unwrap();
    let sender = Sender::new("GET", "/api/private?page=1", &headers, Connection::unknown());
    let credential = credential.sent_by(sender);
    let check = asked(engine.attempt(&credential, Route::open()), now);
    assert!(check.fetch.is_none());
    check.step
}

fn present(engine: &Engine, token: &str, proofs: &[&str], now: Now) -> Result<AccessToken, Failure> {
    match ask(engine, &format!("DPoP {token}"), proofs, now) {
        Step::Done(result) => result.map_err(Refusal::into_failure),
        other => panic!("{other:?}"),
    }
}

/// Why a proof is refused at the start.
fn refused(token: &str, proof: &str) -> ConfirmationError {
    refused_by(&dpop_engine(), token, &[proof])
}

fn refused_by(engine: &Engine, token: &str, proofs: &[&str]) -> ConfirmationError {
    let failure = present(engine, token, proofs, at(0)).unwrap_err();
    let answer = engine.refuse(failure.clone(), Scheme::Dpop).answer();
    assert_eq!(answer.status, 401, "{failure:?}");
    match failure {
        Failure::Rejected(Rejection::Confirmation(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bound_token_passes_with_a_proof_of_its_key() {
    let engine = dpop_engine();
    for algorithm in ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"] {
        let client = SigningKey::generate(algorithm, "", 0).unnamed();
        let token = bound_to(&client);
        // The RSA algorithms share a key, and a proof counts once.
        let proof = proof(&client, &token, &json!({ "jti": algorithm }));
        let accepted = present(&engine, &token, &[&proof], at(0)).unwrap();
        assert_eq!(accepted.scheme(), Scheme::Dpop, "{algorithm}");
    }
}

#[test]
fn check_1_there_is_one_proof() {
    let (client, engine) = (client(), dpop_engine());
    let token = bound_to(&client);
    let good = proof(&client, &token, &json!({}));
    assert_eq!(refused_by(&engine, &token, &[]), ProofError::Missing.into());
    assert_eq!(refused_by(&engine, &token, &[&good, &good]), ProofError::Repeated.into());
    assert!(present(&engine, &token, &[&good], at(0)).is_ok());

    // A caller that does not say what the request was, its proof included, cannot have a bound token accepted.
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("DPoP {token}").parse().unwrap());
    headers.insert("dpop", good.parse().unwrap());
    let credential = Credential::extract(&headers, None, None, engine.credential_rules()).unwrap().unwrap();
    let Step::Done(result) = asked(engine.attempt(&credential, Route::open()), at(0)).step else {
        panic!("nothing is to be waited for");
    };
    let failure = result.map_err(Refusal::into_failure).unwrap_err();
    assert_eq!(failure, Rejection::Confirmation(ProofError::Missing.into()).into());
}

#[test]
fn check_2_it_is_one_well_formed_jwt() {
    let client = client();
    let token = bound_to(&client);
    let good = proof(&client, &token, &json!({}));
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let array = base64url("[]");
    let repeated = base64url(r#"{"jti":"1","jti":"2"}"#);
    let not_utf_8 = base64url([0xff]);
    for text in [
        "",
        "a.b",
        "a.b.c",
        &format!("{good}.x"),
        &format!("{good}="),
        &format!("{good}, {good}"),
        &format!("{input}."),
        &format!("{header}.{array}.{signature}"),
        &format!("{header}.{repeated}.{signature}"),
        &format!("{header}.{not_utf_8}.{signature}"),
        &format!("{array}.{payload}.{signature}"),
    ] {
        assert_eq!(refused(&token, text), ProofError::Malformed.into(), "{text}");
    }
    let long = proof(&client, &token, &json!({ "padding": "x".repeat(16 * 1024) }));
    assert_eq!(refused(&token, &long), ProofError::TooLarge.into());
    let long_header = proof_with(&client, &token, &json!({ "padding": "x".repeat(8 * 1024) }), &json!({}));
    assert_eq!(refused(&token, &long_header), ProofError::TooLarge.into());
    for (name, value) in [("crit", json!(["x"])), ("b64", json!(false))] {
        let asking = proof_with(&client, &token, &json!({ name: value }), &json!({}));
        assert_eq!(refused(&token, &asking), ProofError::Malformed.into(), "{name}");
    }
}

#[test]
fn check_3_all_claims_are_there() {
    let client = client();
    let token = bound_to(&client);
    for name in ["jti", "htm", "htu", "iat", "ath"] {
        for value in [Value::Null, json!([]), json!({}), json!(true)] {
            let lacking = proof(&client, &token, &json!({ name: value }));
            assert_eq!(refused(&token, &lacking), ProofError::Claim(name).into(), "{name}: {value}");
        }
    }
    for changes in [json!({ "jti": "" }), json!({ "jti": "x".repeat(1025) })] {
        assert_eq!(refused(&token, &proof(&client, &token, &changes)), ProofError::Claim("jti").into());
    }
    let dated = proof(&client, &token, &json!({ "iat": START.to_string() }));
    assert_eq!(refused(&token, &dated), ProofError::Claim("iat").into());
    let nonce = proof(&client, &token, &json!({ "nonce": 7 }));
    assert_eq!(refused(&token, &nonce), ProofError::Claim("nonce").into());
}

#[test]
fn check_4_it_says_that_it_is_a_proof() {
    let client = client();
    let token = bound_to(&client);
    for typ in [json!("JWT"), json!("at+jwt"), json!(""), json!(7), Value::Null] {
        let other = proof_with(&client, &token, &json!({ "typ": typ }), &json!({}));
        assert_eq!(refused(&token, &other), ProofError::WrongType.into(), "{typ}");
    }
    let engine = dpop_engine();
    for (typ, jti) in [("DPOP+JWT", "a"), ("application/dpop+jwt", "b")] {
        let same = proof_with(&client, &token, &json!({ "typ": typ }), &json!({ "jti": jti }));
        assert!(present(&engine, &token, &[&same], at(0)).is_ok(), "{typ}");
    }
    // The access token itself is no proof.
    assert_eq!(refused(&token, &token), ProofError::WrongType.into());
}

#[test]
fn check_5_its_algorithm_is_asymmetric_and_accepted() {
    let client = client();
    let token = bound_to(&client);
    for alg in [json!("none"), json!("HS256"), json!("es256"), json!(""), json!(7), Value::Null] {
        let other = proof_with(&client, &token, &json!({ "alg": alg }), &json!({}));
        assert_eq!(refused(&token, &other), ProofError::Algorithm.into(), "{alg}");
    }
    let engine = dpop_config(DpopPolicy::accepted().algorithms([crate::token::algorithm::Algorithm::EdDSA]))
        .build()
        .unwrap();
    let good = proof(&client, &token, &json!({}));
    assert_eq!(refused_by(&engine, &token, &[&good]), ProofError::Algorithm.into());
}

#[test]
fn checks_6_and_7_its_public_key_made_its_signature() {
    let (client, other) = (client(), client());
    let token = bound_to(&client);
    let good = proof(&client, &token, &json!({}));
    let (input, _) = good.rsplit_once('.').unwrap();
    for signature in [vec![0; 64], vec![1; 64], vec![1; 63], other.sign(input.as_bytes())] {
        let forged = format!("{input}.{}", base64url(signature));
        assert_eq!(refused(&token, &forged), ProofError::Signature.into());
    }
    let mut private = client.jwk();
    private["d"] = base64url([7; 32]).into();
    let mut off_curve = client.jwk();
    off_curve["x"] = base64url([7; 32]).into();
    for jwk in [Value::Null, json!("jwk"), json!({}), private, json!({ "kty": "oct", "k": "c2VjcmV0" })] {
        let keyed = proof_with(&client, &token, &json!({ "jwk": jwk }), &json!({}));
        assert_eq!(refused(&token, &keyed), ProofError::Key.into(), "{jwk}");
    }
    // Even where the authorization server has bound a token to it.
    for jwk in [off_curve, SigningKey::generate("EdDSA", "", 0).unnamed().jwk()] {
        let token = bound_to_jwk(&jwk);
        let keyed = proof_with(&client, &token, &json!({ "jwk": jwk }), &json!({}));
        assert_eq!(refused(&token, &keyed), ProofError::Key.into(), "{jwk}");
    }
}

#[test]
fn check_8_it_is_for_this_method() {
    let client = client();
    let token = bound_to(&client);
    for method in ["POST", "get", "GET ", ""] {
        let other = proof(&client, &token, &json!({ "htm": method }));
        assert_eq!(refused(&token, &other), ProofError::Method.into(), "{method}");
    }
}

#[test]
fn check_9_it_is_for_this_url() {
    let client = client();
    let token = bound_to(&client);
    for url in [
        "https://api.example.com/api",
        "https://api.example.com/api/private/",
        "https://api.example.com/api/Private",
        "https://api.example.com/api%2Fprivate",
        "http://api.example.com/api/private",
        "https://api.example.com:8443/api/private",
        "https://api.example.com.evil.example/api/private",
        "https://evil@api.example.com/api/private",
        "/api/private",
        "",
    ] {
        let other = proof(&client, &token, &json!({ "htu": url }));
        assert_eq!(refused(&token, &other), ProofError::Url.into(), "{url}");
    }
    let engine = dpop_engine();
    for url in [
        "https://api.example.com:443/api/private",
        "HTTPS://API.example.COM/api/private",
        "https://api.example.com/api/%70rivate",
        "https://api.example.com/api/x/../private",
        "https://api.example.com/api/private?other=query",
        "https://api.example.com/api/private#fragment",
    ] {
        let same = proof(&client, &token, &json!({ "htu": url, "jti": url }));
        assert!(present(&engine, &token, &[&same], at(0)).is_ok(), "{url}");
    }
}

#[test]
fn check_10_its_nonce_is_ours_and_fresh() {
    let client = client();
    let token = bound_to(&client);
    let nonces = DpopNonces::from_secret([1; 32]).unwrap();
    let engine = dpop_config(DpopPolicy::accepted().nonces(nonces)).build().unwrap();
    let with = |nonce: &Value, jti: &str| proof(&client, &token, &json!({ "nonce": nonce, "jti": jti }));
    let handed_out = |proof: &str| match refused_by(&engine, &token, &[proof]) {
        ConfirmationError::NonceRequired(nonce) => nonce.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    let nonce = handed_out(&with(&Value::Null, "1"));
    assert_eq!(handed_out(&with(&json!("made up"), "2")), nonce);
    let accepted = present(&engine, &token, &[&with(&json!(nonce), "3")], at(0)).unwrap();
    assert!(accepted.dpop_nonce().is_none());

    // Later the client is given another one along with its answer.
    let later = proof(&client, &token, &json!({ "nonce": nonce, "jti": "4", "iat": START + 100 }));
    let accepted = present(&engine, &token, &[&later], at(100)).unwrap();
    assert!(accepted.dpop_nonce().is_some_and(|next| next.as_str() != nonce));
    let failure = Failure::from(ConfirmationError::NonceRequired(accepted.dpop_nonce().unwrap().clone()));
    let answer = engine.refuse(failure.clone(), Scheme::Dpop).answer();
    assert_eq!(answer.headers["dpop-nonce"], accepted.dpop_nonce().unwrap().as_str());
    let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
    assert_eq!(
        challenges,
        [
            "DPoP realm=\"api\", error=\"use_dpop_nonce\", error_description=\"the DPoP proof needs the nonce \
             of this answer\", algs=\"RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519\"",
            "Bearer realm=\"api\"",
        ]
    );
}

#[test]
fn a_proof_that_was_used_before_a_restart_is_asked_for_a_new_nonce() {
    let client = client();
    let token = bound_to(&client);
    let start = || {
        let nonces = DpopNonces::from_secret([1; 32]).unwrap();
        dpop_config(DpopPolicy::accepted().nonces(nonces))
    };
    let nonce_of = |engine: &Engine, now, jti: &str| {
        let asking = proof(&client, &token, &json!({ "jti": jti, "iat": START + 10 }));
        match present(engine, &token, &[&asking], now).unwrap_err() {
            Failure::Rejected(Rejection::Confirmation(ConfirmationError::NonceRequired(nonce))) => nonce,
            other => panic!("{other:?}"),
        }
    };
    let before = start().build().unwrap();
    let nonce = nonce_of(&before, at(10), "1");
    let used = json!({ "nonce": nonce.as_str(), "jti": "2", "iat": START + 10 });
    let used = proof(&client, &token, &used);
    assert!(present(&before, &token, &[&used], at(11)).is_ok());
    let replayed = Err(ProofError::Replayed.into());
    assert_eq!(present(&before, &token, &[&used], at(12)).map(drop), replayed);

    // The process starts again with the same secret, and has forgotten the proof.
    let after = start().build().unwrap();
    let failure = present(&after, &token, &[&used], at(13)).unwrap_err();
    assert_eq!(failure.code(), "proof_nonce_required");
    assert_eq!(present(&after, &token, &[&used], at(200)).unwrap_err().code(), "proof_nonce_required");
    let nonce = nonce_of(&after, at(13), "3");
    let fresh = json!({ "nonce": nonce.as_str(), "jti": "4", "iat": START + 13 });
    assert!(present(&after, &token, &[&proof(&client, &token, &fresh)], at(13)).is_ok());

    // Where another memory has outlived the process, the nonce is as good as before: that memory decides.
    let shared = start().replays(Store::Shared).build().unwrap();
    let asked = ask(&shared, &format!("DPoP {token}"), &[&used], at(13));
    assert!(matches!(asked, Step::Ask(_)), "{asked:?}");
}

#[test]
fn check_11_it_was_made_just_now() {
    let client = client();
    let token = bound_to(&client);
    let engine = dpop_engine();
    let made = |iat: f64| proof(&client, &token, &json!({ "iat": iat, "jti": iat.to_string() }));
    #[allow(clippy::cast_precision_loss)]
    let start = START as f64;
    for (age, expected) in [
        (300.0, Some(ProofError::TooOld)),
        (299.5, None),
        (0.0, None),
        (-30.0, None),
        (-30.5, Some(ProofError::FromFuture)),
        (start, Some(ProofError::TooOld)),
        (-1e300, Some(ProofError::FromFuture)),
    ] {
        let result = present(&engine, &token, &[&made(start - age)], at(0)).map(drop);
        assert_eq!(result, expected.map_or(Ok(()), |error| Err(error.into())), "{age}");
    }
}

#[test]
fn check_12_it_is_for_this_token_and_of_its_key() {
    let (client, other) = (client(), client());
    let token = bound_to(&client);
    let another_token = bound_to(&other);
    let swapped = proof(&client, &another_token, &json!({}));
    assert_eq!(refused(&token, &swapped), ProofError::AccessToken.into());
    let stolen = proof(&other, &token, &json!({}));
    assert_eq!(refused(&token, &stolen), ProofError::OtherKey.into());
    // Before anything is computed with a key that anybody may have sent.
    let forged = format!("{}.{}", stolen.rsplit_once('.').unwrap().0, base64url([1; 64]));
    assert_eq!(refused(&token, &forged), ProofError::OtherKey.into());
}

#[test]
fn a_proof_passes_once() {
    let (one, two, engine) = (client(), client(), dpop_engine());
    let (first, second) = (bound_to(&one), bound_to(&two));
    let by_one = proof(&one, &first, &json!({}));
    assert!(present(&engine, &first, &[&by_one], at(0)).is_ok());
    let again = present(&engine, &first, &[&by_one], at(0)).map(drop);
    assert_eq!(again, Err(ProofError::Replayed.into()));
    // The same jti of another client is another proof.
    assert!(present(&engine, &second, &[&proof(&two, &second, &json!({}))], at(0)).is_ok());
    // The same jti once more, in a proof made later, is not.
    let later = proof(&one, &first, &json!({ "iat": START + 1 }));
    assert_eq!(present(&engine, &first, &[&later], at(1)).map(drop), Err(ProofError::Replayed.into()));
}

#[test]
fn a_proof_from_the_future_is_remembered_for_as_long_as_it_could_be_accepted() {
    let (client, engine) = (client(), dpop_engine());
    let token = bound_to(&client);
    let early = proof(&client, &token, &json!({ "iat": START + 30 }));
    assert!(present(&engine, &token, &[&early], at(0)).is_ok());
    assert_eq!(present(&engine, &token, &[&early], at(329)).map(drop), Err(ProofError::Replayed.into()));
    assert_eq!(present(&engine, &token, &[&early], at(330)).map(drop), Err(ProofError::TooOld.into()));
}

#[test]
fn a_full_memory_of_proofs_refuses() {
    let client = client();
    let token = bound_to(&client);
    let limits = Limits { max_replay_entries: 1, max_cached_tokens: 64, ..Limits::default() };
    let engine = dpop_config(DpopPolicy::accepted()).limits(limits).build().unwrap();
    let numbered = |jti: &str| proof(&client, &token, &json!({ "jti": jti }));
    assert!(present(&engine, &token, &[&numbered("1")], at(0)).is_ok());
    let failure = present(&engine, &token, &[&numbered("2")], at(0)).unwrap_err();
    assert_eq!(failure, Unavailable::ReplayStore { retry_after: secs(1) }.into());
    assert_eq!(answer_of(&engine, &failure).status, 503);
}

#[test]
fn a_shared_memory_of_proofs_decides() {
    let client = client();
    let token = bound_to(&client);
    let engine = dpop_config(DpopPolicy::accepted()).replays(Store::Shared).build().unwrap();
    let consult = |jti: &str| {
        let proof = proof(&client, &token, &json!({ "jti": jti }));
        match ask(&engine, &format!("DPoP {token}"), &[&proof], at(0)) {
            Step::Ask(consultation) => consultation,
            other => panic!("{other:?}"),
        }
    };
    let concluded = |claim| {
        let answers = StoreAnswers { claim, ..StoreAnswers::default() };
        engine
            .conclude(*consult("1"), &answers, Route::open(), at(0))
            .map(drop)
            .map_err(Refusal::into_failure)
    };
    assert_eq!(consult("1").replay_claim().unwrap().key, consult("1").replay_claim().unwrap().key);
    assert_ne!(consult("1").replay_claim().unwrap().key, consult("2").replay_claim().unwrap().key);
    assert_eq!(concluded(Some(crate::check::confirmation::ReplayOutcome::Granted)), Ok(()));
    assert_eq!(
        concluded(Some(crate::check::confirmation::ReplayOutcome::Replayed)),
        Err(ProofError::Replayed.into())
    );
    assert_eq!(concluded(None), Err(Unavailable::ReplayStore { retry_after: secs(1) }.into()));
}

#[test]
fn the_scheme_must_be_the_one_the_token_is_bound_to() {
    let (client, engine) = (client(), dpop_engine());
    let bound = bound_to(&client);
    let proofs = [proof(&client, &bound, &json!({}))];
    let stolen = ask(&engine, &format!("Bearer {bound}"), &[&proofs[0]], at(0));
    let Step::Done(Err(refusal)) = stolen else { panic!("{stolen:?}") };
    assert_eq!(*refusal, ConfirmationError::ProofRequired.into());
    let challenges = refusal.answer().headers;
    let challenges: Vec<_> = challenges.get_all("www-authenticate").iter().collect();
    assert_eq!(challenges[0], "Bearer realm=\"api\"");
    assert!(challenges[1].to_str().unwrap().starts_with("DPoP realm=\"api\", error=\"invalid_token\""));

    let bearer = token(&json!({}));
    assert_eq!(
        refused_by(&engine, &bearer, &[&proof(&client, &bearer, &json!({}))]),
        ConfirmationError::NotBound
    );
}

#[test]
fn where_every_token_must_be_bound_no_bearer_token_passes() {
    let client = client();
    let engine = dpop_config(DpopPolicy::required()).build().unwrap();
    let failure = decide(&engine, &token(&json!({})), at(0)).unwrap_err();
    assert_eq!(failure, ConfirmationError::ProofRequired.into());
    let challenges = answer_of(&engine, &failure).headers;
    let challenges: Vec<_> = challenges.get_all("www-authenticate").iter().collect();
    assert_eq!(
        challenges,
        [
            "DPoP realm=\"api\", error=\"invalid_token\", error_description=\"the access token needs a DPoP proof \
          and the scheme DPoP\", algs=\"RS256 PS256 ES256 ES384 ES512 EdDSA Ed25519\""
        ]
    );
    let bound = bound_to(&client);
    assert!(present(&engine, &bound, &[&proof(&client, &bound, &json!({}))], at(0)).is_ok());
}

/// What an engine says of a token that came over a connection of the client with this certificate.
fn present_over(engine: &Engine, authorization: &str, certificate: &[u8]) -> Result<AccessToken, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", authorization.parse().unwrap());
    let credential = Credential::extract(&headers, None, None, engine.credential_rules()).unwrap().unwrap();
    let connection = Connection { security: Security::Tls, peer: None, certificate: Some(certificate) };
    let sender = Sender::new("GET", "/api/private", &headers, connection);
    let credential = credential.sent_by(sender);
    settled(asked(engine.attempt(&credential, Route::open()), at(0)))
}

#[test]
fn where_certificates_are_required_no_other_token_passes() {
    let certificate = b"a certificate";
    let bound = json!({ "x5t#S256": base64url(digest(&SHA256, certificate)) });
    let required =
        dpop_config(DpopPolicy::accepted()).certificates(CertificatePolicy::Required).build().unwrap();
    let accepted = dpop_engine();

    let token_of = |cnf: &Value| token(&json!({ "cnf": cnf }));
    let own = format!("Bearer {}", token_of(&bound));
    assert!(present_over(&required, &own, certificate).is_ok());
    assert_eq!(
        present_over(&required, &own, b"another").unwrap_err(),
        ConfirmationError::CertificateMismatch.into()
    );

    let bearer = format!("Bearer {}", token(&json!({})));
    assert!(present_over(&accepted, &bearer, certificate).is_ok());
    for _ in 0..2 {
        // The second time, the token may come from the cache.
        let failure = present_over(&required, &bearer, certificate).unwrap_err();
        assert_eq!(failure, ConfirmationError::NotCertificateBound.into());
        assert_eq!(failure.code(), "token_not_certificate_bound");
        let answer = answer_of(&required, &failure);
        assert_eq!(answer.status, 401);
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }

    let client = client();
    let key_alone = bound_to(&client);
    let proofs = [proof(&client, &key_alone, &json!({}))];
    assert!(present(&accepted, &key_alone, &[&proofs[0]], at(0)).is_ok());
    assert_eq!(refused_by(&required, &key_alone, &[&proofs[0]]), ConfirmationError::NotCertificateBound);
}

#[test]
fn where_dpop_is_off_its_scheme_is_another_one_and_bound_tokens_are_refused() {
    let client = client();
    let engine = dpop_config(DpopPolicy::off()).build().unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "DPoP abc".parse().unwrap());
    assert!(Credential::extract(&headers, None, None, engine.credential_rules()).unwrap().is_none());
    let failure = decide(&engine, &bound_to(&client), at(0)).unwrap_err();
    assert_eq!(failure, ConfirmationError::ProofRequired.into());
    let challenges = answer_of(&engine, &failure).headers;
    assert_eq!(challenges.get_all("www-authenticate").iter().count(), 1);
    assert!(challenges["www-authenticate"].to_str().unwrap().starts_with("Bearer realm=\"api\", error="));
}

#[test]
fn settings_that_cannot_work_are_refused() {
    for (policy, what) in [
        (DpopPolicy::accepted().algorithms([]), "dpop.algorithms"),
        (DpopPolicy::accepted().algorithms([crate::token::algorithm::Algorithm::HS256]), "dpop.algorithms"),
        (DpopPolicy::accepted().max_proof_age(secs(0)), "dpop.max_proof_age"),
        (DpopPolicy::accepted().max_proof_age(secs(3601)), "dpop.max_proof_age"),
        (DpopPolicy::accepted().max_proof_future(secs(301)), "dpop.max_proof_future"),
    ] {
        let error = dpop_config(policy).build().unwrap_err().to_string();
        assert!(error.starts_with(what), "{error}");
    }
}
