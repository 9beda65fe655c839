//! A JWS in compact serialization (RFC 7515 §7.1), read and written: access tokens, DPoP proofs, signed introspection
//! answers and client assertions are all of this form.
//!
//! 1. Three parts with dots between them; five are a JWE (RFC 7516 §7.1). The parts are told apart before any of them
//!    is decoded.
//! 2. Each part is base64url without padding, in its one canonical spelling (RFC 7515 §2, RFC 4648 §3.5).
//! 3. The JOSE header is a strict JSON object, of bounded length and with a bounded number of values. The bounds hold
//!    before the header is decoded, and before a value is looked at.
//! 4. `crit` and `b64` are refused in every header: they name extensions, and this reader understands no extension
//!    (RFC 7515 §4.1.11, RFC 7797 §6).
//! 5. `typ` is one of the values that the caller accepts. Each kind of JWT names its own, so that one kind is not
//!    taken for another (RFC 8725 §3.11).
//!
//! Does not check: the signature, whether `alg` is acceptable, and the payload. `jwk`, `jku`, `x5u` and `x5c` are
//! data here; the reader follows none of them (RFC 8725 §3.10).

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::json::{JsonError, Members, Raw};

/// Longest header, in characters of base64url. A chain of three certificates in `x5c` fits, and so does a `jwk` of
/// ML-DSA-87, which takes 5 000.
const MAX_HEADER_CHARACTERS: usize = 8 * 1024;

/// Most values in a header, such as the members of `jwk` and the certificates of `x5c`. Real headers hold under
/// twenty.
const MAX_HEADER_VALUES: usize = 128;

/// The three parts of a compact serialization, not yet decoded.
#[derive(Clone, Copy)]
pub(crate) struct CompactJws<'t> {
    header: &'t str,
    payload: &'t str,
    signature: &'t str,
    signing_input: &'t str,
    base64: &'static GeneralPurpose,
}

/// The JOSE header of a JWS. Its members are read when they are asked for.
pub(crate) struct JwsHeader<'b> {
    json: &'b str,
    members: Members<'b>,
}

/// Where a header is decoded to. Most headers are short: they need no allocation.
pub(crate) struct HeaderBuffer {
    short: [u8; 256],
    long: Vec<u8>,
}

/// Which rule of this module a text breaks. Each stage turns it into its own error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JwsError {
    /// The text is not three parts of canonical base64url, or has no signature.
    NotCompact,
    /// The text has five parts: a JWE.
    Encrypted,
    /// The header is longer than 8 KiB.
    HeaderTooLarge,
    /// The header is not a strict JSON object.
    Header(JsonError),
    /// A member of the header has another type than its RFC says.
    MemberType,
    /// The header has `crit` or `b64`.
    CriticalHeader,
    /// `typ` is not one of the accepted values.
    WrongType,
    /// The payload is not UTF-8.
    Payload,
}

impl<'t> CompactJws<'t> {
    /// Tells the parts apart.
    pub(crate) fn split(compact: &'t str) -> Result<Self, JwsError> {
        // Six parts are as wrong as sixteen thousand.
        let mut parts = compact.splitn(6, '.');
        match [(); 6].map(|()| parts.next()) {
            [Some(header), Some(payload), Some(signature), None, ..] => {
                let signing_input = &compact[..header.len() + 1 + payload.len()];
                Ok(Self { header, payload, signature, signing_input, base64: &URL_SAFE_NO_PAD })
            }
            [.., Some(_), None] => Err(JwsError::Encrypted),
            _ => Err(JwsError::NotCompact),
        }
    }

    /// For an issuer that pads its base64url against the RFC. The padding then must be there: a token has one spelling.
    pub(crate) fn padded(self) -> Self {
        Self { base64: &URL_SAFE, ..self }
    }

    /// The bytes that are signed: header and payload with the dot between them (RFC 7515 §5.2 step 8).
    pub(crate) const fn signing_input(&self) -> &'t [u8] {
        self.signing_input.as_bytes()
    }

    /// Reads the header into a buffer of the caller's.
    pub(crate) fn header<'b>(&self, buffer: &'b mut HeaderBuffer) -> Result<JwsHeader<'b>, JwsError> {
        if self.header.len() > MAX_HEADER_CHARACTERS {
            return Err(JwsError::HeaderTooLarge);
        }
        let json = if self.header.len() > buffer.short.len() {
            buffer.long = self.decode(self.header)?;
            &buffer.long
        } else {
            let decoded = self.base64.decode_slice(self.header, &mut buffer.short);
            &buffer.short[..decoded.map_err(|_| JwsError::NotCompact)?]
        };
        JwsHeader::parse(json)
    }

    /// The bytes of the payload.
    pub(crate) fn payload(&self) -> Result<Vec<u8>, JwsError> {
        self.decode(self.payload)
    }

    /// The payload as a text, for a reader of strict JSON.
    pub(crate) fn payload_text(&self) -> Result<String, JwsError> {
        String::from_utf8(self.payload()?).map_err(|_| JwsError::Payload)
    }

    /// The bytes of the signature, at least one.
    pub(crate) fn signature(&self) -> Result<Vec<u8>, JwsError> {
        if self.has_no_signature() {
            return Err(JwsError::NotCompact);
        }
        self.decode(self.signature)
    }

    /// Whether the third part is empty, as in an unsecured JWS (RFC 7515 §6).
    pub(crate) const fn has_no_signature(&self) -> bool {
        self.signature.is_empty()
    }

    fn decode(&self, part: &str) -> Result<Vec<u8>, JwsError> {
        self.base64.decode(part).map_err(|_| JwsError::NotCompact)
    }
}

impl HeaderBuffer {
    pub(crate) const fn new() -> Self {
        Self { short: [0; 256], long: Vec::new() }
    }
}

impl<'b> JwsHeader<'b> {
    fn parse(json: &'b [u8]) -> Result<Self, JwsError> {
        let json = std::str::from_utf8(json).map_err(|_| JwsError::Header(JsonError::Syntax))?;
        let members = Members::parse(json, MAX_HEADER_VALUES).map_err(JwsError::Header)?;
        if members.get("crit").is_some() || members.get("b64").is_some() {
            return Err(JwsError::CriticalHeader);
        }
        Ok(Self { json, members })
    }

    /// The name of the algorithm, where that is a string.
    pub(crate) fn alg(&self) -> Option<Cow<'b, str>> {
        self.members.string("alg")
    }

    pub(crate) fn kid(&self) -> Result<Option<Cow<'b, str>>, JwsError> {
        self.optional_string("kid")
    }

    /// What the caller says of this `typ`; `None` where the header has no `typ`.
    ///
    /// Media types are compared without regard to case, and `application/` may be left out (RFC 7515 §4.1.9).
    pub(crate) fn typ<T: Copy>(&self, accepted: &[(&str, T)]) -> Result<Option<T>, JwsError> {
        let Some(typ) = self.optional_string("typ")? else {
            return Ok(None);
        };
        let prefix = "application/";
        let short = match typ.get(..prefix.len()) {
            Some(start) if start.eq_ignore_ascii_case(prefix) => &typ[prefix.len()..],
            _ => &*typ,
        };
        let found = accepted.iter().find(|(name, _)| short.eq_ignore_ascii_case(name));
        found.map(|(_, kind)| Some(*kind)).ok_or(JwsError::WrongType)
    }

    /// Another member of the header.
    pub(crate) fn get(&self, name: &str) -> Option<Raw<'b>> {
        self.members.get(name)
    }

    /// The header's text: one JSON object.
    pub(crate) const fn as_json(&self) -> &'b str {
        self.json
    }

    fn optional_string(&self, name: &str) -> Result<Option<Cow<'b, str>>, JwsError> {
        match self.members.get(name) {
            None => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or(JwsError::MemberType),
        }
    }
}

/// Writes a JWS: composes the signing input, has it signed, and appends the signature.
pub(crate) fn write<E>(
    header: &Value,
    payload: &Value,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<String, E> {
    let mut compact = URL_SAFE_NO_PAD.encode(header.to_string());
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(payload.to_string(), &mut compact);
    let signature = sign(compact.as_bytes())?;
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut compact);
    Ok(compact)
}

impl fmt::Debug for CompactJws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CompactJws(..)")
    }
}

impl fmt::Debug for JwsHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwsHeader(..)")
    }
}

#[cfg(test)]
mod tests;
