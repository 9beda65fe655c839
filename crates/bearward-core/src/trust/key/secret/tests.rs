use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use super::*;

const RSA: &str = include_str!("../../../../tests/fixtures/rsa-2048.pem");
const RSA_PKCS1: &str = include_str!("../../../../tests/fixtures/rsa-2048.pkcs1.pem");
const P256: &str = include_str!("../../../../tests/fixtures/p-256.pem");
const ED25519: &str = include_str!("../../../../tests/fixtures/ed25519.pem");
const CERTIFICATE: &str = include_str!("../../../../tests/fixtures/certificate.pem");
const JWK: &str = r#"{ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "k" }"#;
const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFwtiZ3m0rBmxRVtDfZSzSyDqMoiBnGlyJNUcVZPhZAd me@host";

fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).unwrap()
}

fn utf_16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn the_text_of_a_public_key_is_recognized_however_it_is_written() {
    let set = format!(r#"{{"keys":[{{"kty":"oct","k":"AAAA"}},{JWK}]}}"#);
    let quoted = Value::from(RSA).to_string();
    let mut texts: Vec<Vec<u8>> = Vec::new();
    for text in [RSA, RSA_PKCS1, P256, ED25519, CERTIFICATE, JWK, &set, SSH, &quoted] {
        for written in [
            text.to_owned(),
            text.trim().to_owned(),
            format!("\r\n\t {text}\n\n"),
            format!("\u{feff}{text}"),
            text.replace('\n', "\r\n"),
            STANDARD.encode(text),
            URL_SAFE_NO_PAD.encode(text),
            STANDARD.encode(STANDARD.encode(text)),
        ] {
            texts.push(written.into());
        }
        texts.push(utf_16(text, u16::to_le_bytes));
        texts.push(utf_16(&format!("\u{feff}{text}"), u16::to_be_bytes));
    }
    for pem in [RSA, RSA_PKCS1, P256, ED25519, CERTIFICATE] {
        let der = der(pem);
        texts.push(pem.replace('\n', "\\n").into());
        texts.push(pem.replace('\n', " ").into());
        texts.push(pem.replace('\n', "").into());
        texts.push(pem.replace("-----", "----").into());
        texts.push(format!("key: {pem}").into());
        texts.push(der.clone());
        texts.push([&der[..], b"\n"].concat());
        for base64 in [STANDARD.encode(&der), STANDARD_NO_PAD.encode(&der), URL_SAFE.encode(&der)] {
            texts.push(format!(" {base64}\n").into());
            texts.push(base64.as_bytes().chunks(64).collect::<Vec<_>>().join(&b"\n"[..]));
            texts.push(base64.as_bytes().chunks(64).collect::<Vec<_>>().join(&b"\\n"[..]));
            texts.push(format!("\"{base64}\"").into());
        }
        let hex: Vec<String> = der.iter().map(|byte| format!("{byte:02X}")).collect();
        texts.push(hex.concat().into());
        texts.push(hex.join(":").to_lowercase().into());
    }
    let blob = SSH.split(' ').nth(1).unwrap();
    texts.push(blob.into());
    texts.push(STANDARD.decode(blob).unwrap());
    texts.push(format!("from=\"10.0.0.1\" {SSH}").into());
    texts.push(format!("---- BEGIN SSH2 PUBLIC KEY ----\n{blob}\n---- END SSH2 PUBLIC KEY ----").into());
    texts.push(format!(r#"[{JWK}]"#).into());
    texts.push(format!(r#"{{"jwk":{JWK}}}"#).into());
    texts.push(b"<RSAKeyValue><Modulus>AA==</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>".to_vec());
    for text in texts {
        assert!(is_public_key(&text), "{}", String::from_utf8_lossy(&text));
    }
}

#[test]
fn a_secret_is_not_taken_for_a_public_key() {
    for secret in [
        "correct horse battery staple, and then some",
        "0123456789abcdef0123456789abcdef",
        "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----",
        r#"{"kty":"oct","k":"c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0"}"#,
        r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"c2VjcmV0"}"#,
        "ssh-rsa is how I begin my secrets, always",
        "BEGIN with a long sentence about the certificate of my grandmother -- and end",
        "",
        " ",
        "\u{0}",
    ] {
        assert!(!is_public_key(secret.as_bytes()), "{secret}");
    }
    let mut random = [0; 64];
    for _ in 0..20_000 {
        #[expect(clippy::disallowed_methods, reason = "no secret may be taken for a public key")]
        aws_lc_rs::rand::fill(&mut random).unwrap();
        assert!(!is_public_key(&random[..48]), "{random:?}");
        assert!(!is_public_key(STANDARD.encode(random).as_bytes()), "{random:?}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    for seed in 0..5000_u32 {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &seed.to_be_bytes());
        let bytes = hash.as_ref();
        // Lengths that lead beyond the end, and elements within elements.
        for start in
            [&[0x30][..], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0x30, 0x80], &[0x30, 0x82, 0, 4, 0x30]]
        {
            let _ = is_public_key(&[start, &bytes[..(seed % 32) as usize]].concat());
        }
    }
}
