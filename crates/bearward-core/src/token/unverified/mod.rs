//! Stage 2: a credential is read as a JWT in compact serialization (RFC 7515 §5.2, RFC 7519 §7.2).
//!
//! 1. Three parts of canonical base64url without padding; five are a JWE and refused. The parts are told apart before
//!    anything is decoded, and the header before the claims: what cannot be a token costs little more than its bytes.
//! 2. The JOSE header is strict JSON. `alg` names a supported algorithm; `crit` and `b64` are not there;
//!    `kid` and `typ`, if there, are strings; `typ` is absent, `JWT` or `at+jwt` (RFC 9068 §4).
//! 3. `jwk`, `jku`, `x5u`, `x5c` are not looked at: a token does not bring its own trust (RFC 8725 §3.10).
//! 4. The claims set is strict JSON, and nothing in it is believed yet.
//!
//! Does not check: the signature, and the meaning of any claim but the ones that tell another kind of JWT.

mod load_balancer;

use std::sync::Arc;

use crate::token::algorithm::Algorithm;
use crate::token::claims::ClaimsSet;
use crate::token::error::TokenError;
use crate::wire::jws::{CompactJws, HeaderBuffer, JwsHeader};

/// A token that was read and not verified: its sender may have made it up.
pub struct UnverifiedToken<'t> {
    compact: &'t str,
    signing_input: &'t [u8],
    header: Header,
    claims: ClaimsSet,
    signature: Vec<u8>,
}

struct Header {
    algorithm: Algorithm,
    kid: Option<Arc<str>>,
    kind: TokenKind,
}

/// What `typ` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// `at+jwt` (RFC 9068 §2.1).
    AccessToken,
    /// `JWT`, or nothing.
    Unspecified,
    /// `token-introspection+jwt` (RFC 9701 §5): no token at all, but what the authorization server says of one.
    IntrospectionAnswer,
}

/// The values of `typ` that are accepted in one place.
struct AcceptedTypes {
    named: &'static [(&'static str, TokenKind)],
    /// What a header without `typ` says, where it may lack it.
    absent: Option<TokenKind>,
}

const ACCESS_TOKENS: AcceptedTypes = AcceptedTypes {
    named: &[("at+jwt", TokenKind::AccessToken), ("jwt", TokenKind::Unspecified)],
    absent: Some(TokenKind::Unspecified),
};

const INTROSPECTION_ANSWERS: AcceptedTypes =
    AcceptedTypes { named: &[("token-introspection+jwt", TokenKind::IntrospectionAnswer)], absent: None };

impl<'t> UnverifiedToken<'t> {
    /// Reads a token.
    ///
    /// # Errors
    /// [`TokenError`], each variant a rule of this module.
    pub fn parse(compact: &'t str) -> Result<Self, TokenError> {
        Self::read(compact, &ACCESS_TOKENS)
    }

    /// Reads a signed answer to an introspection request: by the same rules, but of that `typ` and no other.
    pub(crate) fn parse_introspection_answer(compact: &'t str) -> Result<Self, TokenError> {
        Self::read(compact, &INTROSPECTION_ANSWERS)
    }

    fn read(compact: &'t str, accepted: &AcceptedTypes) -> Result<Self, TokenError> {
        let jws = CompactJws::split(compact)?;
        let header = Header::read(&jws.header(&mut HeaderBuffer::new())?, accepted)?;
        let claims = ClaimsSet::parse(jws.payload()?).map_err(TokenError::Payload)?;
        // A token that says what it is may use these claims for its own purposes.
        if header.kind != TokenKind::AccessToken && claims.is_of_another_kind {
            return Err(TokenError::WrongType);
        }
        Ok(Self { compact, signing_input: jws.signing_input(), header, claims, signature: jws.signature()? })
    }

    /// The algorithm its header names.
    #[must_use]
    pub fn unverified_algorithm(&self) -> Algorithm {
        self.header.algorithm
    }

    /// The `kid` its header names.
    #[must_use]
    pub fn unverified_kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The same, to be kept.
    pub(crate) fn shared_kid(&self) -> Option<Arc<str>> {
        self.header.kid.clone()
    }

    /// The `iss` its claims name, where that is a string.
    #[must_use]
    pub fn unverified_issuer(&self) -> Option<&str> {
        self.claims.issuer().present()
    }

    /// The claims it makes.
    #[must_use]
    pub fn unverified_claims(&self) -> &ClaimsSet {
        &self.claims
    }

    pub(crate) fn kind(&self) -> TokenKind {
        self.header.kind
    }

    pub(crate) fn compact(&self) -> &'t str {
        self.compact
    }

    /// The bytes that are signed (RFC 7515 §5.2 step 8).
    pub(crate) fn signing_input(&self) -> &'t [u8] {
        self.signing_input
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }

    pub(crate) fn into_claims(self) -> ClaimsSet {
        self.claims
    }
}

impl std::fmt::Debug for UnverifiedToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnverifiedToken").field("algorithm", &self.header.algorithm).finish_non_exhaustive()
    }
}

impl Header {
    fn read(header: &JwsHeader<'_>, accepted: &AcceptedTypes) -> Result<Self, TokenError> {
        let algorithm = header.alg().and_then(|name| name.parse().ok());
        Ok(Self {
            algorithm: algorithm.ok_or(TokenError::UnsupportedAlgorithm)?,
            kid: header.kid()?.map(Into::into),
            kind: header.typ(accepted.named)?.or(accepted.absent).ok_or(TokenError::WrongType)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::wire::json::JsonError;

    fn token(header: &str, payload: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.c2ln", encode(header), encode(payload))
    }

    fn refusal(header: &str, payload: &str) -> Option<TokenError> {
        UnverifiedToken::parse(&token(header, payload)).err()
    }

    const RS256: &str = r#"{"alg":"RS256"}"#;

    #[test]
    fn the_header_decides_what_kind_of_token_it_is() {
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "JWT", "jwt"] {
            let header = format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#);
            assert_eq!(refusal(&header, "{}"), None, "{typ}");
        }
        for typ in
            ["dpop+jwt", "logout+jwt", "token-introspection+jwt", "secevent+jwt", "JOSE", "", "application/"]
        {
            let header = format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#);
            assert_eq!(refusal(&header, "{}"), Some(TokenError::WrongType), "{typ}");
        }
    }

    #[test]
    fn a_claims_set_of_another_kind_of_jwt_is_refused() {
        for payload in [
            r#"{"at_hash":"x"}"#,
            r#"{"events":{}}"#,
            r#"{"typ":"ID"}"#,
            r#"{"typ":"Refresh"}"#,
            r#"{"token_use":"id"}"#,
        ] {
            assert_eq!(refusal(RS256, payload), Some(TokenError::WrongType), "{payload}");
        }
        assert_eq!(refusal(RS256, r#"{"typ":"Bearer","token_use":"access"}"#), None);
    }

    #[test]
    fn header_members_that_ask_for_more_than_is_understood_are_refused() {
        for (header, why) in [
            (r#"{"alg":"RS256","crit":["exp"]}"#, TokenError::CriticalHeader),
            (r#"{"alg":"RS256","crit":[]}"#, TokenError::CriticalHeader),
            (r#"{"alg":"RS256","b64":false}"#, TokenError::CriticalHeader),
            (r#"{"alg":"RS256","b64":true}"#, TokenError::CriticalHeader),
            (r#"{"alg":"none"}"#, TokenError::UnsupportedAlgorithm),
            (r#"{"alg":7}"#, TokenError::UnsupportedAlgorithm),
            (r"{}", TokenError::UnsupportedAlgorithm),
            (r#"{"alg":"RS256","kid":7}"#, TokenError::Header(None)),
            (r#"{"alg":"RS256","typ":null}"#, TokenError::Header(None)),
            (r#"{"alg":"RS256","alg":"none"}"#, TokenError::Header(Some(JsonError::DuplicateMember))),
            (r#"["alg"]"#, TokenError::Header(Some(JsonError::NotAnObject))),
        ] {
            assert_eq!(refusal(header, "{}"), Some(why), "{header}");
        }
    }

    #[test]
    fn a_header_holds_three_certificates_and_not_more_than_8_kib() {
        let with = |certificates: usize, length: usize| {
            let chain = vec!["M".repeat(length); certificates];
            refusal(&serde_json::json!({ "alg": "RS256", "x5c": chain }).to_string(), "{}")
        };
        assert_eq!(with(3, 1900), None);
        assert_eq!(with(4, 1900), Some(TokenError::HeaderTooLarge));
        assert_eq!(with(100, 8), None);
        assert_eq!(with(128, 8), Some(TokenError::Header(Some(JsonError::TooManyValues))));
    }

    #[test]
    fn only_three_canonical_parts_are_a_token() {
        let good = token(RS256, "{}");
        let (rest, _) = good.rsplit_once('.').unwrap();
        for (text, why) in [
            (String::new(), TokenError::NotCompact),
            ("a".into(), TokenError::NotCompact),
            ("a.b".into(), TokenError::NotCompact),
            ("..".into(), TokenError::Header(Some(JsonError::Syntax))),
            (format!("{good}.x"), TokenError::NotCompact),
            (format!("{good}.x.y"), TokenError::Encrypted),
            (format!("{good}.x.y.z"), TokenError::NotCompact),
            (format!("{good}{}", ".".repeat(10_000)), TokenError::NotCompact),
            (format!("{rest}."), TokenError::NotCompact),
            (format!("{rest}.c2ln="), TokenError::NotCompact),
            (format!("{rest}.c2l\n"), TokenError::NotCompact),
            (format!("{rest}.c2m"), TokenError::NotCompact), // bits left over
            (format!("{rest}.c"), TokenError::NotCompact),
        ] {
            assert_eq!(UnverifiedToken::parse(&text).err(), Some(why), "{text}");
        }
    }
}
