use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// RFC 8410 §10.3: without, and with, the public key.
const ED25519: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
    -----END PRIVATE KEY-----\n";
const ED25519_PUBLIC: [u8; 32] = [
    0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96, 0xc8,
    0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1,
];

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der))
}

fn ecdsa(curve: &'static EcdsaSigningAlgorithm) -> (String, EcdsaKeyPair) {
    let key = EcdsaKeyPair::generate(curve).unwrap();
    (pem(key.to_pkcs8v1().unwrap().as_ref()), key)
}

#[test]
fn line_breaks_may_be_written_as_two_characters() {
    let one_line = ED25519.replace('\n', "\\n");
    assert!(PrivateKey::from_pkcs8_pem(&one_line, Algorithm::EdDSA, None).is_ok());
}

#[test]
fn each_algorithm_signs_what_its_public_key_verifies() {
    let message = b"header.claims";
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let rsa_pem = pem(AsDer::<Pkcs8V1Der<'_>>::as_der(&rsa).unwrap().as_ref());
    let rsa_public = rsa.public_key().as_ref().to_vec();
    let (p256_pem, p256) = ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING);
    let (p384_pem, p384) = ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING);
    let (p256, p384) = (p256.public_key().as_ref().to_vec(), p384.public_key().as_ref().to_vec());
    let ed25519 = ED25519_PUBLIC.to_vec();
    let verifications: [(Algorithm, &str, &[u8], &'static dyn signature::VerificationAlgorithm); 6] = [
        (Algorithm::RS256, &rsa_pem, &rsa_public, &signature::RSA_PKCS1_2048_8192_SHA256),
        (Algorithm::PS256, &rsa_pem, &rsa_public, &signature::RSA_PSS_2048_8192_SHA256),
        (Algorithm::ES256, &p256_pem, &p256, &signature::ECDSA_P256_SHA256_FIXED),
        (Algorithm::ES384, &p384_pem, &p384, &signature::ECDSA_P384_SHA384_FIXED),
        (Algorithm::EdDSA, ED25519, &ed25519, &signature::ED25519),
        (Algorithm::Ed25519, ED25519, &ed25519, &signature::ED25519),
    ];
    for (algorithm, pem, public, verification) in verifications {
        let key = PrivateKey::from_pkcs8_pem(pem, algorithm, Some("k")).unwrap();
        assert_eq!((key.algorithm(), key.kid()), (algorithm, Some("k")));
        let signed = key.sign(message).unwrap();
        let verified = UnparsedPublicKey::new(verification, public).verify(message, &signed);
        assert!(verified.is_ok(), "{algorithm}");
    }
}

#[test]
fn a_text_that_is_no_such_key_is_named() {
    let (p256, _) = ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING);
    let labelled = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----");
    let mismatch = PrivateKeyError::Mismatch;
    for (text, algorithm, expected) in [
        (String::new(), Algorithm::ES256, PrivateKeyError::NotPem),
        ("a secret".to_owned(), Algorithm::ES256, PrivateKeyError::NotPem),
        (labelled("PRIVATE KEY").replace("AAAA", "%"), Algorithm::ES256, PrivateKeyError::NotPem),
        (ED25519.replace("END", "FIN"), Algorithm::EdDSA, PrivateKeyError::NotPem),
        (labelled("PUBLIC KEY"), Algorithm::ES256, PrivateKeyError::NotPrivate),
        (labelled("CERTIFICATE"), Algorithm::ES256, PrivateKeyError::NotPrivate),
        (labelled("RSA PRIVATE KEY"), Algorithm::RS256, PrivateKeyError::NotPkcs8),
        (labelled("EC PRIVATE KEY"), Algorithm::ES256, PrivateKeyError::NotPkcs8),
        (labelled("ENCRYPTED PRIVATE KEY"), Algorithm::RS256, PrivateKeyError::Encrypted),
        (labelled("PRIVATE KEY"), Algorithm::RS256, mismatch(Algorithm::RS256)),
        (p256.clone(), Algorithm::ES384, mismatch(Algorithm::ES384)),
        (p256.clone(), Algorithm::RS256, mismatch(Algorithm::RS256)),
        (ED25519.to_owned(), Algorithm::ES256, mismatch(Algorithm::ES256)),
        (p256.clone(), Algorithm::HS256, PrivateKeyError::Algorithm(Algorithm::HS256)),
        (p256, Algorithm::ES512, PrivateKeyError::Algorithm(Algorithm::ES512)),
    ] {
        assert_eq!(PrivateKey::from_pkcs8_pem(&text, algorithm, None).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn keys_are_told_apart_without_showing_them() {
    let read = |kid| PrivateKey::from_pkcs8_pem(ED25519, Algorithm::EdDSA, kid).unwrap();
    assert!(read(None).is_same(&read(None)));
    assert!(!read(None).is_same(&read(Some("k"))));
    assert!(!read(None).is_same(&PrivateKey::from_pkcs8_pem(ED25519, Algorithm::Ed25519, None).unwrap()));
    assert_eq!(format!("{:?}", read(Some("k"))), r#"PrivateKey { kid: Some("k"), algorithm: EdDSA, .. }"#);
}
