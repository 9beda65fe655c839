//! Whom a token is bound to: its `cnf` claim (RFC 7800 §3.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::request::thumbprint::CertificateThumbprint;
use crate::token::member::Member;
use crate::wire::json::Members;

/// The key and the certificate a token is bound to: where it has a `cnf`, at least one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Binding {
    /// `jkt`: the SHA-256 thumbprint of the key of a DPoP proof (RFC 9449 §6.1).
    pub(crate) key: Option<[u8; 32]>,
    /// `x5t#S256`: the SHA-256 thumbprint of the client's certificate (RFC 8705 §3.1).
    pub(crate) certificate: Option<CertificateThumbprint>,
}

impl Binding {
    /// That of a bearer token.
    pub(crate) const NONE: Self = Self { key: None, certificate: None };

    /// Reads `cnf`. Members that are not understood are ignored (RFC 7800 §3.1): Keycloak sends `kc-jkt-type` beside
    /// `jkt`. A `cnf` without any method that can be confirmed here is malformed, so its token is refused.
    pub(crate) fn read(claims: &Members<'_>) -> Member<Self> {
        let Some(cnf) = claims.get("cnf") else { return Member::Absent };
        let Some(methods) = cnf.as_members() else { return Member::Malformed };
        let key = methods.get("jkt").map(|value| thumbprint(&value.as_str()?));
        let certificate = methods.get("x5t#S256").map(|value| CertificateThumbprint::parse(&value.as_str()?));
        match (key, certificate) {
            (None, None) | (Some(None), _) | (_, Some(None)) => Member::Malformed,
            (key, certificate) => {
                Member::Present(Self { key: key.flatten(), certificate: certificate.flatten() })
            }
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
    fn a_member_that_is_not_understood_is_ignored_beside_one_that_is() {
        let bound = |cnf| read(cnf).present().map(|found| (found.key.is_some(), found.certificate.is_some()));
        assert_eq!(bound(r#"{"jkt":"SHA","kc-jkt-type":"DPoP"}"#), Some((true, false)));
        assert_eq!(bound(r#"{"kid":"1","x5t#S256":"SHA","jku":7}"#), Some((false, true)));
        assert_eq!(bound(r#"{"jkt":"SHA","JKT":null,"jwk":{}}"#), Some((true, false)));
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
            r#"{"kid":"1"}"#,
            r#"{"kc-jkt-type":"DPoP"}"#,
            r#"{"x5t":"SHA"}"#,
            r#"{"x5t#S256":"SHA","jkt":null}"#,
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
