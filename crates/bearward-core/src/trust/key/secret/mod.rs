//! Recognizes the text of a public key where a secret belongs.
//!
//! Any client with the public key could then sign with it, and every client has it (CVE-2016-5431 is the same confusion
//! on the side of the verifier). A secret is refused if it reads, with white space and a byte order mark around or
//! within it, as
//!
//! 1. PEM text with a `PUBLIC KEY` or a `CERTIFICATE`, whatever stands around it, line breaks written `\n` included;
//! 2. a `SubjectPublicKeyInfo` or `RSAPublicKey` in DER, or an X.509 certificate;
//! 3. a JWK or a JWK Set of public keys, or an XML `RSAKeyValue`;
//! 4. a public key of SSH;
//! 5. base64, base64url or hexadecimal digits of any of these, or UTF-16 of a text.
//!
//! Does not check: how well the secret was made up. Nor does it know a curve's point without anything around it, which
//! no tool writes down as a key.

use base64::Engine as _;
use serde_json::Value;

use crate::wire::{hex, lenient_base64, pem};

/// Base64 within base64 is as far as anybody goes.
const MOST_WRAPPINGS: u8 = 2;

const SSH_TYPES: [&str; 8] = [
    "ssh-rsa",
    "ssh-dss",
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// Whether a secret is the text of a public key.
pub(crate) fn is_public_key(secret: &[u8]) -> bool {
    reads_as_public(secret, MOST_WRAPPINGS)
}

fn reads_as_public(bytes: &[u8], wrappings: u8) -> bool {
    if is_public_der(bytes) || is_public_der(bytes.trim_ascii()) || is_ssh_blob(bytes) {
        return true;
    }
    // UTF-16 of these texts is their characters with zeros between them.
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    let text = String::from_utf8_lossy(&text);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{fffd}');
    if is_public_pem(text) || is_ssh_line(text) || is_public_json(text) || is_public_xml(text) {
        return true;
    }
    wrappings > 0 && unwrapped(text).any(|inner| reads_as_public(&inner, wrappings - 1))
}

/// What the text is base64 or hexadecimal digits of.
fn unwrapped(text: &str) -> impl Iterator<Item = Vec<u8>> {
    // A shell or a file may have left quotes, and line breaks written as two characters.
    let text = pem::unescaped(text);
    let inside: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect();
    let base64 = lenient_base64::STANDARD.decode(inside.replace('-', "+").replace('_', "/")).ok();
    base64.into_iter().chain(from_hex(&inside))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
    hex::decode(&digits)
}

/// RFC 7468, and what PGP and SSH call theirs.
fn is_public_pem(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    text.match_indices("BEGIN").any(|(at, begin)| {
        let label = text[at + begin.len()..].split("--").next().unwrap_or_default();
        let label: String = label.split_whitespace().collect();
        let is_public = label.contains("PUBLICKEY") || label.contains("CERTIFICATE");
        is_public && label.len() < 64 && text[..at].trim_end().ends_with('-')
    })
}

fn is_ssh_line(text: &str) -> bool {
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let is_blob = |next: &&str| next.starts_with("AAAA");
        if SSH_TYPES.contains(&word) && words.peek().is_some_and(is_blob) {
            return true;
        }
    }
    false
}

/// RFC 4253 §6.6: the type with its length before it.
fn is_ssh_blob(bytes: &[u8]) -> bool {
    SSH_TYPES.iter().any(|name| {
        let length = u32::try_from(name.len()).unwrap_or_default().to_be_bytes();
        bytes.strip_prefix(&length).is_some_and(|rest| rest.starts_with(name.as_bytes()))
    })
}

fn is_public_xml(text: &str) -> bool {
    text.contains("<RSAKeyValue>") && !text.contains("<D>")
}

fn is_public_json(text: &str) -> bool {
    match serde_json::from_str(text) {
        Ok(Value::String(inner)) => reads_as_public(inner.as_bytes(), 0),
        Ok(value) => holds_public_jwk(&value),
        Err(_) => false,
    }
}

/// A JWK (RFC 7517 §4) without its private half, or some of them: in a set, an array, a document around them.
fn holds_public_jwk(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            let is_asymmetric = members.get("kty").and_then(Value::as_str).is_some_and(|kty| kty != "oct");
            let is_private = ["d", "priv"].iter().any(|name| members.contains_key(*name));
            (is_asymmetric && !is_private) || members.values().any(holds_public_jwk)
        }
        Value::Array(items) => items.iter().any(holds_public_jwk),
        _ => false,
    }
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// A `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), an `RSAPublicKey` (RFC 8017 appendix A.1.1) or a certificate (RFC
/// 5280 §4.1), known by their outermost elements.
fn is_public_der(bytes: &[u8]) -> bool {
    let Some((SEQUENCE, inside, [])) = element(bytes) else { return false };
    let Some((first, content, rest)) = element(inside) else { return false };
    let Some((second, _, rest)) = element(rest) else { return false };
    let third = element(rest).filter(|(_, _, rest)| rest.is_empty());
    let is_algorithm = element(content).is_some_and(|(tag, _, _)| tag == OBJECT_IDENTIFIER);
    match (first, second, third) {
        (SEQUENCE, BIT_STRING, _) => is_algorithm && rest.is_empty(),
        (INTEGER, INTEGER, _) => rest.is_empty(),
        (SEQUENCE, SEQUENCE, Some((BIT_STRING, ..))) => true,
        _ => false,
    }
}

/// The first element in DER: its tag, its content, and what comes after it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |number, digit| number << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests;
