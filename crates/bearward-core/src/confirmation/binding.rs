//! Whom a token is bound to: its `cnf` claim (RFC 7800 §3.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::claims::Member;
use crate::json::Members;
use crate::sender::CertificateThumbprint;

/// The key and the certificate a token is bound to; at least one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Binding {
    /// `jkt`: the SHA-256 thumbprint of the key of a DPoP proof (RFC 9449 §6.1).
    pub(crate) key: Option<[u8; 32]>,
    /// `x5t#S256`: the SHA-256 thumbprint of the client's certificate (RFC 8705 §3.1).
    pub(crate) certificate: Option<CertificateThumbprint>,
}

impl Binding {
    /// Reads `cnf`. A method that is not known here cannot be confirmed here, so a token that names one is bound
    /// to nobody: malformed, and refused, whatever else it names.
    pub(crate) fn read(claims: &Members<'_>) -> Member<Self> {
        let Some(cnf) = claims.get("cnf") else { return Member::Absent };
        let Some(methods) = cnf.as_members() else { return Member::Malformed };
        let key = methods.get("jkt").map(|value| thumbprint(&value.as_str()?));
        let certificate = methods.get("x5t#S256").map(|value| CertificateThumbprint::parse(&value.as_str()?));
        if key == Some(None) || certificate == Some(None) {
            return Member::Malformed;
        }
        let (key, certificate) = (key.flatten(), certificate.flatten());
        let known = usize::from(key.is_some()) + usize::from(certificate.is_some());
        match known > 0 && known == methods.len() {
            true => Member::Present(Self { key, certificate }),
            false => Member::Malformed,
        }
    }
}

fn thumbprint(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

    fn read(cnf: &str) -> Member<Binding> {
        let json = format!(r#"{{"cnf":{}}}"#, cnf.replace("SHA", SHA));
        Binding::read(&Members::parse(&json, 64).unwrap())
    }

    #[test]
    fn both_known_methods_may_stand_together() {
        let bound = |cnf| read(cnf).present().map(|found| (found.key.is_some(), found.certificate.is_some()));
        assert_eq!(bound(r#"{"jkt":"SHA"}"#), Some((true, false)));
        assert_eq!(bound(r#"{"x5t#S256":"SHA"}"#), Some((false, true)));
        assert_eq!(bound(r#"{"jkt":"SHA","x5t#S256":"SHA"}"#), Some((true, true)));
    }

    #[test]
    fn what_cannot_be_confirmed_here_is_malformed() {
        for cnf in [
            "{}",
            "null",
            "7",
            r#""SHA""#,
            r#"["SHA"]"#,
            r#"{"jwk":{}}"#,
            r#"{"jkt":"SHA","kid":"1"}"#,
            r#"{"jkt":7}"#,
            r#"{"jkt":""}"#,
            r#"{"jkt":"SHA="}"#,
            r#"{"jkt":"SHAA"}"#,
            r#"{"jkt":"SHA","x5t#S256":null}"#,
            r#"{"JKT":"SHA"}"#,
        ] {
            assert!(matches!(read(cnf), Member::Malformed), "{cnf}");
        }
        assert!(matches!(Binding::read(&Members::parse("{}", 64).unwrap()), Member::Absent));
    }
}
