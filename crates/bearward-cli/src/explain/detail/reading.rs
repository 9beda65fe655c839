//! Stages 1 and 2: what the text is.

use bearward_core::Failure;
use bearward_core::answer::Rejection;
use bearward_core::check::ClaimsError;
use bearward_core::request::CredentialError;
use bearward_core::token::TokenError;
use bearward_core::trust::Profile;

use super::{Details, shown};
use crate::explain::printable::quoted;

impl Details<'_> {
    pub(super) fn not_a_credential(&self, failure: &Failure) -> Option<String> {
        let text = self.presented.expose();
        match failure {
            Failure::Rejected(Rejection::Credential(CredentialError::TooLarge)) => {
                let most = self.engine.limits().max_token_bytes;
                Some(format!("{} bytes, where {most} is the most", text.len()))
            }
            Failure::Rejected(Rejection::Credential(CredentialError::Malformed)) => {
                let legal = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
                let (at, character) = text.chars().enumerate().find(|(_, character)| !legal(*character))?;
                let character = quoted(character.encode_utf8(&mut [0; 4]));
                Some(format!("character {} is {character}, which no token has", at + 1))
            }
            _ => None,
        }
    }

    pub(super) fn parsed(&self) -> &'static str {
        match self.token {
            Some(_) => "three parts of base64url; the header and the claims set are JSON objects",
            None => "three parts of base64url; the header is a JSON object",
        }
    }

    pub(super) fn not_parsed(&self, failure: &Failure) -> Option<String> {
        let Failure::Rejected(Rejection::Token(error)) = failure else { return None };
        match error {
            TokenError::NotCompact if self.presented.parts() == 1 => {
                Some("it has one part, not three; an opaque token must be introspected".to_owned())
            }
            TokenError::NotCompact if self.presented.parts() != 3 => {
                Some(format!("it has {} parts, not three", self.presented.parts()))
            }
            TokenError::NotCompact => {
                Some("a part is empty, or not base64url without padding; was it cut off or copied with a line break?".to_owned())
            }
            TokenError::Encrypted => Some("it is a JWE of five parts; ask the authorization server for signed tokens".to_owned()),
            TokenError::Header(Some(why)) => Some(format!("the header: {why}")),
            TokenError::Payload(why) => Some(format!("the claims set: {why}")),
            TokenError::HeaderTooLarge => Some("the header is longer than 8 KiB; a certificate chain in x5c is not needed".to_owned()),
            TokenError::Header(None) => Some("kid and typ must be strings".to_owned()),
            TokenError::CriticalHeader => Some("it has crit or b64 (RFC 7515 §4.1.11)".to_owned()),
            _ => None,
        }
    }

    pub(super) fn profile(&self) -> &'static str {
        match self.expectation.profile() {
            Profile::Rfc9068 => {
                "RFC 9068: typ is at+jwt, and iss, exp, aud, sub, client_id, iat and jti are there"
            }
            _ => "compatible: what most authorization servers send is enough",
        }
    }

    /// What the strict profile asks for and the token has not.
    pub(super) fn other_profile(&self, failure: &Failure) -> Option<String> {
        match failure {
            Failure::Rejected(Rejection::Claims(ClaimsError::Missing(claim))) => {
                Some(format!("RFC 9068 §2.2 asks for {claim}, which the token has not"))
            }
            _ => {
                let typ = self.header_text("typ");
                let typ = if typ.is_empty() { "absent".to_owned() } else { typ };
                Some(format!("typ is {typ}, where RFC 9068 §2.1 asks for \"at+jwt\""))
            }
        }
    }

    pub(super) fn kind(&self) -> String {
        match self.header.as_ref().and_then(|header| header.get("typ")) {
            Some(typ) => format!("typ is {}", shown(typ)),
            None => "no typ, which many authorization servers leave out".to_owned(),
        }
    }

    pub(super) fn other_kind(&self) -> Option<String> {
        let typ = self.header.as_ref().and_then(|header| header.get("typ")).map(shown);
        let marks = ["at_hash", "c_hash", "events", "nonce", "typ", "token_use"];
        let claims: Vec<_> = marks.into_iter().filter(|name| self.claim(name).is_some()).collect();
        match (typ, claims.is_empty()) {
            (Some(typ), true) => {
                Some(format!("typ is {typ}, where an access token has \"at+jwt\" or \"JWT\""))
            }
            (_, false) => Some(format!("its claims tell ({}); was an ID token sent?", claims.join(", "))),
            (None, true) => None,
        }
    }
}
