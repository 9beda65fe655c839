//! The name of a public key that anyone can compute from it (RFC 7638).

use aws_lc_rs::digest::{SHA256, digest};

use super::JwkError;
use crate::wire::json::Object;

/// The members that make a key of each type, in the order of their names (RFC 7638 §3.2, RFC 8037 §2,
/// RFC 9964 §6). All of them are strings.
const MEMBERS: [(&str, &[&str]); 4] = [
    ("EC", &["crv", "kty", "x", "y"]),
    ("OKP", &["crv", "kty", "x"]),
    ("RSA", &["e", "kty", "n"]),
    ("AKP", &["alg", "kty", "pub"]),
];

/// The SHA-256 thumbprint of a public key.
///
/// What its members hold is checked where the key is parsed, so none of them needs an escape in JSON; one that
/// does is refused here all the same.
pub(crate) fn thumbprint(jwk: &Object<'_>) -> Result<[u8; 32], JwkError> {
    let kty = jwk.string("kty").ok_or(JwkError::Malformed("kty"))?;
    let (_, names) = MEMBERS.iter().find(|(own, _)| *own == kty).ok_or(JwkError::UnknownType)?;
    let mut json = String::from("{");
    for name in *names {
        let value = jwk.string(name).ok_or(JwkError::Malformed(name))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !value.bytes().all(plain) {
            return Err(JwkError::Malformed(name));
        }
        let comma = if json.len() > 1 { "," } else { "" };
        json.push_str(&format!("{comma}\"{name}\":\"{value}\""));
    }
    json.push('}');
    let mut thumbprint = [0; 32];
    thumbprint.copy_from_slice(digest(&SHA256, json.as_bytes()).as_ref());
    Ok(thumbprint)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn of(jwk: &str) -> Result<String, JwkError> {
        thumbprint(&Object::parse(jwk).unwrap()).map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
    }

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 7638 §3.1.
        let jwk = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
        assert_eq!(of(jwk).unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn only_the_members_that_make_the_key_count() {
        let key = r#""kty":"EC","crv":"P-256","x":"AA","y":"BB""#;
        assert_eq!(of(&format!("{{{key}}}")), of(&format!(r#"{{"use":"sig","kid":"1",{key}}}"#)));
        assert_eq!(of(r#"{"kty":"EC","crv":"P-256","x":"AA"}"#), Err(JwkError::Malformed("y")));
        assert_eq!(of(r#"{"kty":"oct","k":"AA"}"#), Err(JwkError::UnknownType));
        assert_eq!(of(r#"{"kty":"OKP","crv":"\"","x":"AA"}"#), Err(JwkError::Malformed("crv")));
    }
}
