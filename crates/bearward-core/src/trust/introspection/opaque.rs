//! Which credentials are opaque: a credential that only looks broken is not one.
//!
//! A JWT that breaks a rule of stage 2 is refused; if a character more made it opaque, whoever forged it could have
//! the authorization server read it instead, perhaps by weaker rules. So a credential counts as a JWT if anybody
//! might take it for one: its first part reads, however leniently ([`lenient_header`](super::lenient_header)), as a JSON
//! object with a member `alg`.
//!
//! A JWE has an `alg` too, and can be opened by its issuer alone: five parts, and `enc` in the header (RFC 7516 §9).

use base64::Engine as _;

use super::Introspection;
use super::lenient_header::LenientHeader;
use crate::wire::lenient_base64;

impl Introspection {
    /// Whether a credential is opaque by its form: no JWT, or an encrypted one. An API that introspects asks its issuer
    /// about it, and no other can tell what it is.
    ///
    /// ```
    /// use bearward_core::trust::Introspection;
    ///
    /// assert!(Introspection::asks_about("2YotnFZFEjr1zCsicMWpAA"));
    /// assert!(!Introspection::asks_about("eyJhbGciOiJFUzI1NiJ9.e30.c2ln"));
    /// ```
    #[must_use]
    pub fn asks_about(credential: &str) -> bool {
        !passes_for_a_jwt(credential)
    }
}

/// Whether somebody might take a credential for a signed, or unsigned, JWT.
pub(crate) fn passes_for_a_jwt(credential: &str) -> bool {
    let Some((first, rest)) = credential.split_once('.') else { return false };
    let Some(header) = lenient_bytes(first) else { return false };
    let Some(names) = LenientHeader::read(&header) else { return false };
    let is_jwe = rest.split('.').count() == 4 && names.enc;
    names.alg && !is_jwe
}

/// What a part is the base64 of, with what does not belong there left out.
fn lenient_bytes(base64: &str) -> Option<Vec<u8>> {
    let sextet = |byte: u8| match byte {
        b'+' => Some(b'-'),
        b'/' => Some(b'_'),
        b'-' | b'_' => Some(byte),
        _ => byte.is_ascii_alphanumeric().then_some(byte),
    };
    let mut sextets: Vec<u8> = base64.bytes().filter_map(sextet).collect();
    // One alone is less than a byte.
    if sextets.len() % 4 == 1 {
        sextets.pop();
    }
    lenient_base64::URL_SAFE.decode(sextets).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};

    use super::*;

    fn utf_16(text: &str, unit: fn(u16) -> [u8; 2]) -> String {
        URL_SAFE_NO_PAD.encode(text.encode_utf16().flat_map(unit).collect::<Vec<_>>())
    }

    const HEADER: &str = r#"{"alg":"ES256","kid":"?>"}"#;

    #[test]
    fn what_somebody_might_take_for_a_jwt_is_one() {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let header = part(HEADER);
        for credential in [
            format!("{header}.e30.c2ln"),
            format!("{header}.e30.c2ln="),
            format!("{header}.e30.c2ln."),
            format!("{header}.e30.c2ln.a"),
            format!("{header}.e30.c2ln.a.b"),
            format!("{header}.e30.c2ln.a.b.c"),
            format!("{header}.e30"),
            format!("{header}."),
            format!("{header}A.e30.c2ln"),
            format!("{header}~.e30.c2ln"),
            format!("{}.e30.c2ln", URL_SAFE.encode(HEADER)),
            format!("{}.e30.c2ln", STANDARD.encode(HEADER)),
            format!("{}.e30.c2ln", part(&format!(" {HEADER} and more"))),
            format!("{}.e30.c2ln", part(r#"{"alg":"none"}"#)),
            format!("{}.e30.c2ln.", part(r#"{"alg":1,"alg":2}"#)),
            format!("{}.e30.c2ln", part(r#"{"alg":"dir","enc":"A128GCM"}"#)),
            format!("{}~.e30.c2ln", part(r#"{"alg":"none","x":1e999}"#)),
            format!("{}.e30.c2ln", part(r#"{"alg":"none","x":NaN}"#)),
            format!("{}.e30.c2ln", part(r#"{"x":01,"alg":"none",}"#)),
            format!("{}.e30.c2ln", part(r#"{"alg":"none"} // {"#)),
            format!("{}.e30.c2ln", part(r#"/* { */ {"alg":/* } */"none"}"#)),
            format!("{}.e30.c2ln", part("# a\n{\n# }\n'alg': 'none'}")),
            format!("{}.e30.c2ln", part("{alg: none}")),
            format!("{}.e30.c2ln", part("{ALG:none}")),
            format!("{}.e30.c2ln", part(r#"{"\u0061l\u0067":"none"}"#)),
            format!("{}.e30.c2ln", part(r#"{"x":"\ud800","alg":"none"}"#)),
            format!("{}.e30.c2ln", part("{\"x\":\"a\nb\u{0}\",\"alg\":\"none\"}")),
            format!("{}.e30.c2ln", part(&format!("\u{feff}{HEADER}"))),
            format!("{}.e30.c2ln", part(&format!("\u{a0}\u{b}\u{2028}{HEADER}"))),
            format!("{}.e30.c2ln", part(&format!(")]}}',\n{HEADER}"))),
            format!(
                "{}.e30.c2ln",
                part(&format!(r#"{{"x":{}{},"alg":"none"}}"#, "[".repeat(5000), "]".repeat(5000)))
            ),
            format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(b"{\"x\":\"\xff\",\"alg\":\"none\"}")),
            format!("{}.e30.c2ln", utf_16(HEADER, u16::to_le_bytes)),
            format!("{}.e30.c2ln", utf_16(&format!("\u{feff}{HEADER}"), u16::to_le_bytes)),
            format!("{}.e30.c2ln", utf_16(&format!("\u{feff}{HEADER}"), u16::to_be_bytes)),
            format!("{}.a.b.c.d", part(r#"{"alg":"none","x":{"enc":"A128GCM"}}"#)),
            // {"alg":""}, where the last four bits should be zero.
            "eyJhbGciOiIifR.e30.c2ln".to_owned(),
        ] {
            assert!(passes_for_a_jwt(&credential), "{credential}");
        }
    }

    #[test]
    fn what_nobody_would_is_opaque() {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let jwe = part(r#"{"alg":"dir","enc":"A128GCM"}"#);
        for credential in [
            String::new(),
            ".".to_owned(),
            "opaque".to_owned(),
            "a.b.c".to_owned(),
            "a.b.c.d.e".to_owned(),
            part(HEADER),
            format!("{jwe}..aXY.Y2lwaGVy.dGFn"),
            format!("{}.b.c", part("{}")),
            format!("{}.b.c", part(r#"["alg"]"#)),
            format!("{}.b.c", part(r#"{"typ":"JWT"}"#)),
            format!("{}.b.c", part(r#"{"alg":"#)),
            format!("{}.b.c", part(&"[".repeat(10_000))),
            format!("{}.b.c", part(r#"{"x":{"alg":"none"}}"#)),
            format!("{}.b.c", part(r#"{"x":"alg"}"#)),
            format!("{}.b.c", part(r#"{"x":"\"alg\":1"}"#)),
            format!("{}.b.c", part(r#"{"algorithm":"none"}"#)),
            format!("{}.b.c", part(r#"{"alg"}"#)),
            format!("{}.b.c", part("text {\"alg\":\"none\"}")),
            "v4.public.payload".to_owned(),
            // Reference tokens of servers that put dots into them.
            "2YotnFZFEjr1zCsicMWpAA.kPJ8vXq2.81fd".to_owned(),
            "session.0f8fad5b-d9cb-469f-a165-70867728950e".to_owned(),
            "00D50000000IZ3Z.AQ0AQDpEDKYsn7ioKug2aSmgCjgrPjG9eRLza8jXWoW7uA90V39rvQaIy1FGxjFHN1ZtusBGljncdEi8eRiuit1QdQ1Z2KSV".to_owned(),
        ] {
            assert!(!passes_for_a_jwt(&credential), "{credential}");
        }
    }
}
