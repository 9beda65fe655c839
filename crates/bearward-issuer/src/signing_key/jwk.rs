//! Keys as JSON Web Keys.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;

/// Members of a JWK that describe key material. All of them are strings (RFC 7518 §6).
pub(super) type Members = BTreeMap<&'static str, String>;

pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The RFC 7638 thumbprint: SHA-256 over the required members in lexicographic order, without white space.
pub(super) fn thumbprint(required: &Members) -> String {
    let mut canonical = String::from("{");
    for (name, value) in required {
        if canonical.len() > 1 {
            canonical.push(',');
        }
        // Names and values are base64url or registered names: nothing to escape.
        canonical.push_str(&format!("\"{name}\":\"{value}\""));
    }
    canonical.push('}');
    base64url(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
}

/// A whole JWK: the key material, what it is for, and its name.
pub(super) fn complete(members: Members, algorithm: Algorithm, kid: Option<&str>) -> Value {
    let mut jwk: Map<String, Value> =
        members.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    jwk.insert("alg".to_owned(), algorithm.name().into());
    jwk.insert("use".to_owned(), "sig".into());
    if let Some(kid) = kid {
        jwk.insert("kid".to_owned(), kid.into());
    }
    Value::Object(jwk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_the_one_of_rfc_7638_section_3_1() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKR\
                 XjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaS\
                 qzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINH\
                 aQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let members =
            Members::from([("kty", "RSA".to_owned()), ("n", n.to_owned()), ("e", "AQAB".to_owned())]);
        assert_eq!(thumbprint(&members), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn the_thumbprint_of_the_key_of_rfc_9449_section_4_1_is_the_one_of_section_6_1() {
        let members = Members::from([
            ("kty", "EC".to_owned()),
            ("crv", "P-256".to_owned()),
            ("x", "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs".to_owned()),
            ("y", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA".to_owned()),
        ]);
        assert_eq!(thumbprint(&members), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }
}
