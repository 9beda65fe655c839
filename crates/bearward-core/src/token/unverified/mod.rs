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

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::token::algorithm::Algorithm;
use crate::token::claims::ClaimsSet;
use crate::token::error::TokenError;
use crate::wire::json::{JsonError, Members};

/// Longest header, in characters of base64url. A chain of three certificates in `x5c` fits, which is far more than
/// anything here is read from.
const MOST_HEADER_CHARACTERS: usize = 8 * 1024;

/// Most values in a header, such as the members and the certificates of `x5c`. Real ones hold under ten.
const MOST_HEADER_VALUES: usize = 128;

/// A token that was read and not verified: whoever sent it may have made it up.
pub struct UnverifiedToken<'t> {
    compact: &'t str,
    header: Header,
    claims: ClaimsSet,
    signature: Vec<u8>,
}

struct Header {
    algorithm: Algorithm,
    kid: Option<Box<str>>,
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

impl<'t> UnverifiedToken<'t> {
    /// Reads a token.
    ///
    /// # Errors
    /// [`TokenError`], each variant a rule of this module.
    pub fn parse(compact: &'t str) -> Result<Self, TokenError> {
        Self::read(compact, &[TokenKind::AccessToken, TokenKind::Unspecified])
    }

    /// Reads a signed answer to an introspection request: by the same rules, but of that `typ` and no other.
    pub(crate) fn parse_introspection_answer(compact: &'t str) -> Result<Self, TokenError> {
        Self::read(compact, &[TokenKind::IntrospectionAnswer])
    }

    fn read(compact: &'t str, kinds: &[TokenKind]) -> Result<Self, TokenError> {
        let [header, payload, signature] = parts(compact)?;
        let header = Header::read(header)?;
        if !kinds.contains(&header.kind) {
            return Err(TokenError::WrongType);
        }
        let claims = ClaimsSet::parse(base64url(payload)?).map_err(TokenError::Payload)?;
        // A token that says what it is may use these claims for purposes of its own.
        if header.kind != TokenKind::AccessToken && claims.is_of_another_kind {
            return Err(TokenError::WrongType);
        }
        let signature = base64url(signature)?;
        if signature.is_empty() {
            return Err(TokenError::NotCompact);
        }
        Ok(Self { compact, header, claims, signature })
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

    /// The bytes the signature is made over: header and payload with the dot between (RFC 7515 §5.2 step 8).
    pub(crate) fn signing_input(&self) -> &'t [u8] {
        let end = self.compact.rfind('.').unwrap_or(0);
        &self.compact.as_bytes()[..end]
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
    fn read(base64: &str) -> Result<Self, TokenError> {
        if base64.len() > MOST_HEADER_CHARACTERS {
            return Err(TokenError::HeaderTooLarge);
        }
        // Most headers are short: no need to allocate for them.
        let mut short = [0; 256];
        if base64.len() > short.len() {
            return Self::parse(&base64url(base64)?);
        }
        let length = URL_SAFE_NO_PAD.decode_slice(base64, &mut short).map_err(|_| TokenError::NotCompact)?;
        Self::parse(&short[..length])
    }

    fn parse(json: &[u8]) -> Result<Self, TokenError> {
        let text = std::str::from_utf8(json).map_err(|_| TokenError::Header(Some(JsonError::Syntax)))?;
        let members =
            Members::parse(text, MOST_HEADER_VALUES).map_err(|why| TokenError::Header(Some(why)))?;
        Self::of(&members)
    }

    fn of(members: &Members<'_>) -> Result<Self, TokenError> {
        if members.get("crit").is_some() || members.get("b64").is_some() {
            return Err(TokenError::CriticalHeader);
        }
        let optional = |name| match members.get(name) {
            None => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or(TokenError::Header(None)),
        };
        let algorithm = members.string("alg").and_then(|name| name.parse().ok());
        Ok(Self {
            algorithm: algorithm.ok_or(TokenError::UnsupportedAlgorithm)?,
            kid: optional("kid")?.map(Into::into),
            kind: TokenKind::read(optional("typ")?.as_deref())?,
        })
    }
}

impl TokenKind {
    /// Media types are compared without regard to case, and `application/` may be left out (RFC 7515
    /// §4.1.9).
    fn read(typ: Option<&str>) -> Result<Self, TokenError> {
        let Some(typ) = typ else {
            return Ok(Self::Unspecified);
        };
        let prefix = "application/";
        let short = match typ.get(..prefix.len()) {
            Some(start) if start.eq_ignore_ascii_case(prefix) => &typ[prefix.len()..],
            _ => typ,
        };
        if short.eq_ignore_ascii_case("at+jwt") {
            Ok(Self::AccessToken)
        } else if short.eq_ignore_ascii_case("jwt") {
            Ok(Self::Unspecified)
        } else if short.eq_ignore_ascii_case("token-introspection+jwt") {
            Ok(Self::IntrospectionAnswer)
        } else {
            Err(TokenError::WrongType)
        }
    }
}

/// The three parts of a compact serialization (RFC 7515 §7.1).
fn parts(compact: &str) -> Result<[&str; 3], TokenError> {
    // Six parts are as wrong as sixteen thousand.
    let mut parts = compact.splitn(6, '.');
    match [(); 6].map(|()| parts.next()) {
        [Some(header), Some(payload), Some(signature), None, ..] => Ok([header, payload, signature]),
        [.., Some(_), None] => Err(TokenError::Encrypted),
        _ => Err(TokenError::NotCompact),
    }
}

fn base64url(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::NotCompact)
}

#[cfg(test)]
mod tests {
    use super::*;

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
