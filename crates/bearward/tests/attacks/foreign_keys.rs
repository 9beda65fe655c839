//! Keys that a token brings along, and keys of a set that must never be used.
//! Rows of "The token and its key" in docs/threat-model.md: `jwk`, `kid`, secrets and keys of a set.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bearward::{Failure, IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, Endpoint, Issuer, SigningKey};
use serde_json::{Value, json};

use crate::support::{AUDIENCE, Listener, assert_accepted, assert_refused, issuer, present, trusting};

#[tokio::test]
async fn keys_that_a_token_brings_are_neither_used_nor_fetched() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    let listener = Listener::start().await;
    let attacker = SigningKey::generate(Algorithm::Es256);
    let certificate = STANDARD.encode(attacker.public_der().unwrap());
    let mut private = attacker.private_jwk();
    private["kid"] = json!(issuer.signing_kid());
    for (member, value) in [
        ("jwk", attacker.public_jwk()),
        ("jwk", private),
        ("jwk", json!("not even an object")),
        ("jku", json!(listener.url())),
        ("jku", json!([listener.url()])),
        ("x5u", json!(listener.url())),
        ("x5c", json!([certificate])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
    ] {
        // Without `iat`: of a token that is newer than the set, nobody knows whether its key is.
        let forged = issuer.mint().audience(AUDIENCE).remove("iat");
        let forged = forged.signed_by(&attacker).header(member, value.clone());
        let case = format!("{member}: {value}");
        assert_refused(present(&api, &forged.sign()).await, "key_unknown", &case);
        let unnamed = forged.clone().remove_header("kid").sign();
        assert_refused(present(&api, &unnamed).await, "signature_invalid", &case);
        let named = forged.header("kid", issuer.signing_kid()).sign();
        assert_refused(present(&api, &named).await, "signature_invalid", &case);
        let good = issuer.mint().audience(AUDIENCE).header(member, value).sign();
        assert_accepted(present(&api, &good).await, &case);
    }
    // Whoever wanted to fetch would have had the time.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(listener.connections(), 0);
    // The set, and once more for the first unknown key.
    assert_eq!(issuer.requests(Endpoint::Jwks), 2);
}

#[tokio::test]
async fn a_kid_is_compared_and_leads_nowhere() {
    let issuer = issuer().await;
    let fetched = trusting(&issuer).build().unwrap();
    let keys = IssuerConfig::new(issuer.url()).static_keys(issuer.jwk_set().to_string());
    let configured = ResourceServer::builder().issuer(keys).audience(AUDIENCE).build().unwrap();
    let kid = issuer.signing_kid();
    for other in [
        "../../../../dev/null",
        "..%2f..%2fetc%2fpasswd",
        "file:///dev/null",
        "http://127.0.0.1:1/keys",
        "' OR '1'='1",
        "'; DROP TABLE keys; --",
        "x' UNION SELECT 'secret' --",
        "\0",
        "\r\nX-Injected: 1",
        "\u{202e}\u{0}\u{7f}",
        "${jndi:ldap://127.0.0.1/a}",
        "",
        " ",
        "*",
        &format!("{kid} "),
        &format!("{kid}\0"),
        &kid.to_uppercase(),
        &kid[..kid.len() - 1],
    ] {
        // Without `iat`, as above.
        let token = issuer.mint().audience(AUDIENCE).remove("iat").header("kid", other).sign();
        assert_refused(present(&fetched, &token).await, "key_unknown", other);
        assert_refused(present(&configured, &token).await, "key_unknown", other);
    }
    for other in [json!(7), json!(null), json!([kid]), json!({ "kid": kid }), json!(true)] {
        let token = issuer.mint().audience(AUDIENCE).header("kid", other.clone()).sign();
        let case = other.to_string();
        assert_refused(present(&fetched, &token).await, "header_malformed", &case);
        assert_refused(present(&configured, &token).await, "header_malformed", &case);
    }
    assert_eq!(issuer.requests(Endpoint::Metadata), 1);
    assert_eq!(issuer.requests(Endpoint::Jwks), 2, "the set, and once more for the first unknown kid");
    assert_eq!(issuer.requests(Endpoint::All), 3, "and nothing else");
}

#[tokio::test]
async fn an_unknown_kid_falls_back_to_no_other_key_and_no_empty_secret() {
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    let only_key = issuer.signing_key();
    let token = issuer.mint().audience(AUDIENCE).header("kid", "unknown").sign();
    assert_refused(present(&api, &token).await, "key_unknown", "signed by the only key there is");
    let empty = SigningKey::from_secret([], Algorithm::Hs256).unwrap().with_kid("unknown");
    let token = only_key.mint(issuer.url()).audience(AUDIENCE).signed_by(&empty).sign();
    assert_refused(present(&api, &token).await, "algorithm_not_allowed", "an empty secret");
}

/// An API that has fetched the set.
async fn warm(issuer: &bearward_issuer::RunningIssuer) -> ResourceServer {
    let api = trusting(issuer).build().unwrap();
    api.ready().await.unwrap();
    api
}

#[tokio::test]
async fn the_good_keys_of_a_set_serve_beside_the_ones_that_never_may() {
    let good = [Algorithm::Rs256, Algorithm::Es256, Algorithm::Es384, Algorithm::Es512].into_iter().chain([
        Algorithm::Es256K,
        Algorithm::EdDsa,
        Algorithm::Ed25519,
        Algorithm::MlDsa44,
        Algorithm::Ps256,
    ]);
    let issuer = Issuer::builder().algorithms(good.clone()).start().await.unwrap();
    let rsa = issuer.signing_key();
    let es256 = || SigningKey::generate(Algorithm::Es256);
    let secret = SigningKey::from_secret([9; 32], Algorithm::Hs256).unwrap().with_kid("oct");
    let mut oct = secret.public_jwk();
    oct["k"] = json!(URL_SAFE_NO_PAD.encode([9; 32]));
    let (private, encryption, wrong_operations, family, off_curve, padded) =
        (es256(), es256(), es256(), es256(), es256(), es256());
    let change = |key: &SigningKey, changes: &[(&str, Value)]| {
        let mut jwk = key.public_jwk();
        changes.iter().for_each(|(name, value)| jwk[*name] = value.clone());
        jwk
    };
    let y_of_another = private.public_jwk()["y"].clone();
    let weak = SigningKey::weak_rsa();
    let even = SigningKey::generate(Algorithm::Rs256);
    let mut modulus = URL_SAFE_NO_PAD.decode(even.public_jwk()["n"].as_str().unwrap()).unwrap();
    *modulus.last_mut().unwrap() &= 0xfe;
    for jwk in [
        json!("not a key"),
        json!({ "kty": "mystery", "kid": "mystery" }),
        json!({}),
        oct,
        private.private_jwk(),
        change(&encryption, &[("use", json!("enc"))]),
        change(&wrong_operations, &[("key_ops", json!(["sign"]))]),
        change(&family, &[("alg", json!("RS256"))]),
        change(&off_curve, &[("y", y_of_another)]),
        change(&padded, &[("x", json!("AAAA="))]),
        weak.public_jwk(),
        change(&even, &[("n", json!(URL_SAFE_NO_PAD.encode(&modulus)))]),
        change(&rsa, &[("kid", json!("exponent one")), ("e", json!("AQ"))]),
    ] {
        issuer.publish_extra_jwk(jwk);
    }
    let api = warm(&issuer).await;
    for algorithm in good {
        let token = issuer.mint_with(algorithm).audience(AUDIENCE).sign();
        assert_accepted(present(&api, &token).await, algorithm.name());
    }
    for (case, key) in [
        ("a private key", &private),
        ("an encryption key", &encryption),
        ("a key without verify among its operations", &wrong_operations),
        ("a key whose alg is of another family", &family),
        ("a point off the curve", &off_curve),
        ("a coordinate with padding", &padded),
        ("RSA with 1024 bits", &weak),
        ("RSA with an even modulus", &even),
        ("RSA with exponent 1", &rsa.clone().with_kid("exponent one")),
    ] {
        let token = issuer.mint().audience(AUDIENCE).signed_by(key).sign();
        assert_refused(present(&api, &token).await, "key_unknown", case);
    }
    let token = issuer.mint().audience(AUDIENCE).signed_by(&secret).sign();
    assert_refused(present(&api, &token).await, "algorithm_not_allowed", "a published secret");
}

#[tokio::test]
async fn a_key_without_alg_serves_its_own_family_and_no_other() {
    let issuer = issuer().await;
    let publish = |key: &SigningKey| {
        let mut jwk = key.public_jwk();
        jwk.as_object_mut().unwrap().remove("alg");
        issuer.publish_extra_jwk(jwk);
    };
    let rsa = SigningKey::generate(Algorithm::Rs256);
    let ed25519 = SigningKey::generate(Algorithm::EdDsa);
    [&rsa, &ed25519].into_iter().for_each(publish);
    let api = warm(&issuer).await;
    let token = |key: &SigningKey| issuer.mint().audience(AUDIENCE).signed_by(key);
    for (key, algorithm) in [
        (&rsa, Algorithm::Rs256),
        (&rsa, Algorithm::Ps384),
        (&ed25519, Algorithm::EdDsa),
        (&ed25519, Algorithm::Ed25519),
    ] {
        let key = key.clone().with_algorithm(algorithm).unwrap();
        assert_accepted(present(&api, &token(&key).sign()).await, algorithm.name());
    }
    for (key, algorithm) in [(&rsa, "ES256"), (&rsa, "EdDSA"), (&ed25519, "RS256"), (&ed25519, "ES256")] {
        let forged = token(key).header("alg", algorithm).sign();
        assert_refused(present(&api, &forged).await, "key_unknown", algorithm);
    }
    let forged = token(&rsa).header("alg", "HS256").sign();
    assert_refused(present(&api, &forged).await, "algorithm_not_allowed", "HS256");
}

#[tokio::test]
async fn a_weak_or_private_key_cannot_be_configured_either() {
    let build = |jwk: Value| {
        let issuer = IssuerConfig::new("https://issuer.example").static_keys(jwk.to_string());
        ResourceServer::builder()
            .issuer(issuer)
            .audience(AUDIENCE)
            .build()
            .err()
            .map(|error| error.to_string())
    };
    let es256 = SigningKey::generate(Algorithm::Es256);
    assert_eq!(build(es256.public_jwk()), None);
    let private = "issuers[0].static_keys: the key holds private or symmetric members";
    assert_eq!(build(es256.private_jwk()).as_deref(), Some(private));
    assert_eq!(build(json!({ "kty": "oct", "k": "AAAA" })).as_deref(), Some(private));
    let weak = "issuers[0].static_keys: the RSA modulus or exponent is out of bounds";
    assert_eq!(build(SigningKey::weak_rsa().public_jwk()).as_deref(), Some(weak));
}

#[tokio::test]
async fn a_secret_that_is_empty_or_shorter_than_the_hash_is_a_config_error() {
    use bearward::engine::Problem;
    use bearward::token::Algorithm;
    use bearward::trust::IssuerProblem;
    let build = |bytes: usize, algorithms: &[Algorithm]| {
        let issuer = IssuerConfig::new("https://issuer.example").shared_secret(vec![1; bytes]);
        let issuer = issuer.algorithms(algorithms.iter().copied());
        let built = ResourceServer::builder().issuer(issuer).audience(AUDIENCE).build();
        built.err().map(|error| error.problem)
    };
    for (bytes, algorithms, min) in [
        (0, &[Algorithm::HS256][..], 32),
        (1, &[Algorithm::HS256], 32),
        (31, &[Algorithm::HS256], 32),
        (47, &[Algorithm::HS384], 48),
        (63, &[Algorithm::HS512], 64),
        (32, &[Algorithm::HS256, Algorithm::HS512], 64),
    ] {
        let expected = Some(Problem::Issuer(IssuerProblem::SecretTooShort { bytes, min }));
        assert_eq!(build(bytes, algorithms), expected, "{bytes} bytes for {algorithms:?}");
    }
    assert_eq!(build(32, &[Algorithm::HS256]), None);
    assert_eq!(build(64, &[Algorithm::HS512]), None);
    assert!(matches!(build(64, &[Algorithm::RS256]), Some(Problem::Issuer(IssuerProblem::Algorithms(_)))));
    assert!(matches!(build(64, &[]), Some(Problem::Issuer(IssuerProblem::Algorithms(_)))));
}

#[tokio::test]
async fn a_set_of_nothing_but_unusable_keys_is_no_reason_to_blame_the_client() {
    let issuer = issuer().await;
    issuer.withdraw(&issuer.signing_kid());
    issuer.publish_extra_jwk(SigningKey::weak_rsa().public_jwk());
    let api = trusting(&issuer).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    let result = present(&api, &token).await;
    assert!(matches!(&result, Err(refusal) if matches!(refusal.failure(), Failure::Unavailable(_))));
    assert_refused(result, "keys_unavailable", "a set without a usable key");
}
