//! Proof Key for Code Exchange (RFC 7636), with S256 alone.

use aws_lc_rs::constant_time;

use crate::mint::sha256_base64url;

/// What a client commits to in the authorization request (§4.2).
#[derive(Clone, Debug)]
pub(crate) struct CodeChallenge(String);

impl CodeChallenge {
    /// A SHA-256 in base64url: 43 characters.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (text.len() == 43 && text.bytes().all(base64url)).then(|| Self(text.to_owned()))
    }

    /// Whether this verifier is what the client committed to (§4.6).
    pub(crate) fn is_answered_by(&self, verifier: &str) -> bool {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
        let hash = sha256_base64url(verifier.as_bytes());
        well_formed && constant_time::verify_slices_are_equal(hash.as_bytes(), self.0.as_bytes()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b_holds_and_nothing_near_it() {
        let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(challenge.is_answered_by(verifier));
        for wrong in
            ["", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", &verifier[1..], &format!("{verifier}a")]
        {
            assert!(!challenge.is_answered_by(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_challenge_is_a_hash() {
        for wrong in ["", "short", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=", &"a".repeat(44)] {
            assert!(CodeChallenge::parse(wrong).is_none(), "{wrong}");
        }
    }
}
