use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::check::rule::Trail;
use crate::check::signature::VerifiedToken;
use crate::token::algorithm::Algorithm;
use crate::token::unverified::UnverifiedToken;
use crate::trust::key::KeySet;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/", $name))
    };
}

fn read(pem: &str) -> Result<VerifyingKey, PemError> {
    VerifyingKey::from_pem(pem, AlgorithmSet::asymmetric())
}

fn algorithms(pem: &str) -> Vec<&'static str> {
    read(pem).unwrap().algorithms().map(Algorithm::name).collect()
}

const RSA: [&str; 6] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

#[test]
fn each_kind_of_public_key_serves_its_own_algorithms() {
    assert_eq!(algorithms(fixture!("rsa-2048.pem")), RSA);
    assert_eq!(algorithms(fixture!("rsa-2048.pkcs1.pem")), RSA);
    assert_eq!(algorithms(fixture!("p-256.pem")), ["ES256"]);
    assert_eq!(algorithms(fixture!("p-384.pem")), ["ES384"]);
    assert_eq!(algorithms(fixture!("p-521.pem")), ["ES512"]);
    assert_eq!(algorithms(fixture!("secp256k1.pem")), ["ES256K"]);
    assert_eq!(algorithms(fixture!("ed25519.pem")), ["EdDSA", "Ed25519"]);
}

#[test]
fn line_breaks_may_be_written_as_two_characters() {
    for pem in [fixture!("rsa-2048.pem"), fixture!("p-256.pem"), fixture!("ed25519.pem")] {
        for written in [
            pem.replace('\n', "\\n"),
            pem.replace('\n', "\\r\\n"),
            pem.trim().replace('\n', "\\n"),
            pem.replacen('\n', "\\n", 1),
        ] {
            assert_eq!(algorithms(&written), algorithms(pem), "{written}");
        }
    }
    let other = fixture!("p-256.pem").replace('\n', "\\t");
    assert_eq!(read(&other).map(drop), Err(PemError::NotPem));
    let private = "-----BEGIN PRIVATE KEY-----\\nAA==\\n-----END PRIVATE KEY-----";
    assert_eq!(read(private).map(drop), Err(PemError::PrivateKey));
}

#[test]
fn signatures_that_openssl_made_verify_and_one_changed_bit_does_not() {
    let rsa = fixture!("rsa-2048.pem");
    for (token, pem) in [
        (fixture!("RS256.jwt"), rsa),
        (fixture!("RS384.jwt"), rsa),
        (fixture!("RS512.jwt"), fixture!("rsa-2048.pkcs1.pem")),
        (fixture!("PS256.jwt"), rsa),
        (fixture!("PS384.jwt"), rsa),
        (fixture!("PS512.jwt"), rsa),
        (fixture!("ES256.jwt"), fixture!("p-256.pem")),
        (fixture!("ES384.jwt"), fixture!("p-384.pem")),
        (fixture!("ES512.jwt"), fixture!("p-521.pem")),
        (fixture!("ES256K.jwt"), fixture!("secp256k1.pem")),
        (fixture!("EdDSA.jwt"), fixture!("ed25519.pem")),
        (fixture!("Ed25519.jwt"), fixture!("ed25519.pem")),
    ] {
        let token = token.trim();
        let key = KeySet::of_one(read(pem).unwrap());
        let verify = |token: &str| {
            VerifiedToken::verify(UnverifiedToken::parse(token).unwrap(), &key, 1, &mut Trail::start())
                .is_ok()
        };
        assert!(verify(token), "{token}");
        let (input, signature) = token.rsplit_once('.').unwrap();
        let mut bytes = crate::mint::from_base64url(signature);
        bytes[7] ^= 1;
        assert!(!verify(&format!("{input}.{}", crate::mint::base64url(&bytes))), "{token}");
    }
}

#[test]
fn what_is_no_public_key_for_verifying_says_what_it_is() {
    for (pem, why) in [
        (fixture!("rsa-1024.pem"), PemError::WeakRsa),
        (fixture!("p-224.pem"), PemError::Unsupported),
        (fixture!("x25519.pem"), PemError::Unsupported),
        (fixture!("certificate.pem"), PemError::Certificate),
        ("", PemError::NotPem),
        ("{}", PemError::NotPem),
        ("-----BEGIN PUBLIC KEY-----", PemError::NotPem),
        ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", PemError::Unsupported),
        ("-----BEGIN PUBLIC KEY-----\n%%%%\n-----END PUBLIC KEY-----", PemError::NotPem),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", PemError::Unsupported),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----", PemError::NotPem),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", PemError::PrivateKey),
        ("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----", PemError::PrivateKey),
        ("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----", PemError::PrivateKey),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
            PemError::PrivateKey,
        ),
        ("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----", PemError::Unsupported),
        ("-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----", PemError::Unsupported),
    ] {
        assert_eq!(read(pem).map(drop), Err(why), "{pem}");
    }
}

#[test]
fn two_keys_in_one_text_are_refused_and_not_chosen_from() {
    let two = [fixture!("p-256.pem"), fixture!("p-384.pem")].concat();
    assert_eq!(read(&two).map(drop), Err(PemError::NotPem));
}

#[test]
fn text_around_the_key_is_refused_and_white_space_is_not() {
    let pem = fixture!("p-256.pem");
    assert_eq!(read(&format!("subject=x\n{pem}")).map(drop), Err(PemError::NotPem));
    assert_eq!(read(&format!("{pem}trailer")).map(drop), Err(PemError::NotPem));
    for good in [format!("\n  {pem}\n\n"), pem.replace('\n', "\r\n"), pem.trim().to_owned()] {
        assert_eq!(read(&good).map(drop), Ok(()), "{good:?}");
    }
}

#[test]
fn a_key_the_allowlist_has_no_use_for_is_refused() {
    let only = AlgorithmSet::from_iter([Algorithm::ES384]);
    for pem in [fixture!("p-256.pem"), fixture!("rsa-2048.pem"), fixture!("ed25519.pem")] {
        assert_eq!(VerifyingKey::from_pem(pem, only).map(drop), Err(PemError::Unsupported));
    }
}

#[test]
fn an_ed25519_key_of_small_order_is_refused() {
    let mut der = public_key_der(fixture!("ed25519.pem")).unwrap();
    let point = der.len() - 32;
    der[point..].fill(0);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", STANDARD.encode(&der));
    assert_eq!(read(&pem).map(drop), Err(PemError::Unsupported));
}
