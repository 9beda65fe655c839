//! What there is to go by: the token as it was presented, what failed, and what was expected.

use std::fmt;

use base64::Engine as _;
use serde_json::Value;

use super::{ProviderFacts, Sign};
use crate::trust::limits::Limits;
use crate::wire::lenient_base64;

/// What there is to go by, from [`Engine::evidence`](crate::Engine::evidence).
///
/// The token is read leniently and believed in nothing. `Debug` shows nothing of it.
pub struct Evidence<'e> {
    token: &'e str,
    header: Value,
    claims: Value,
    signature: Vec<u8>,
    failed: Vec<(&'static str, &'static str)>,
    accepted: bool,
    introspected: bool,
    provider: Option<&'static ProviderFacts>,
    /// The header that the API reads, in lower case, where that is not `Authorization`.
    read_from: Option<&'e str>,
    issuers: Vec<&'e str>,
    audiences: Vec<&'e str>,
}

impl fmt::Debug for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence").field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl<'e> Evidence<'e> {
    /// A token as it was presented, of which nothing is known yet.
    pub(crate) fn of(token: &'e str) -> Self {
        let readable = token.len() <= Limits::default().max_token_bytes;
        let part = |index| if readable { token.split('.').nth(index).and_then(bytes) } else { None };
        let json =
            |index| part(index).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let is_signed = token.split('.').count() == 3;
        Self {
            token,
            header: json(0),
            claims: if is_signed { json(1) } else { Value::Null },
            signature: if is_signed { part(2).unwrap_or_default() } else { Vec::new() },
            failed: Vec::new(),
            accepted: false,
            introspected: false,
            provider: None,
            read_from: None,
            issuers: Vec::new(),
            audiences: Vec::new(),
        }
    }

    /// Adds a rule that failed ([`Rule::name`](crate::check::Rule::name)), with the failure's code.
    pub(crate) fn failed(mut self, rule: &'static str, code: &'static str) -> Self {
        self.failed.push((rule, code));
        self
    }

    /// Says that the token was accepted.
    pub(crate) fn accepted(mut self) -> Self {
        self.accepted = true;
        self
    }

    /// Says that the token's issuer was asked about it.
    pub(crate) fn introspected(mut self) -> Self {
        self.introspected = true;
        self
    }

    /// Says whose token it is, where somebody knows.
    #[must_use]
    pub fn of_provider(mut self, facts: &'static ProviderFacts) -> Self {
        self.provider = Some(facts);
        self
    }

    /// Says which header the API reads tokens from, in lower case, where that is not `Authorization`.
    pub(crate) fn read_from(mut self, header: &'e str) -> Self {
        self.read_from = Some(header);
        self
    }

    /// Adds an issuer whose tokens are accepted.
    pub(crate) fn expecting_issuer(mut self, issuer: &'e str) -> Self {
        self.issuers.push(issuer);
        self
    }

    /// Adds an audience that is accepted.
    pub(crate) fn expecting_audience(mut self, audience: &'e str) -> Self {
        if !self.audiences.contains(&audience) {
            self.audiences.push(audience);
        }
        self
    }

    /// The issuer that the token names, in its claims or, where those are encrypted, in its header.
    pub(super) fn issuer(&self) -> Option<&str> {
        self.text_claim("iss").or_else(|| self.header("iss").and_then(Value::as_str))
    }

    pub(super) fn expected_issuers(&self) -> impl Iterator<Item = &'e str> {
        self.issuers.iter().copied()
    }

    pub(super) fn expected_audiences(&self) -> impl Iterator<Item = &'e str> {
        self.audiences.iter().copied()
    }

    pub(super) fn provider(&self) -> Option<&'static ProviderFacts> {
        self.provider
    }

    pub(super) fn is_read_from(&self, header: &str) -> bool {
        self.read_from == Some(header)
    }

    pub(super) fn is_accepted(&self) -> bool {
        self.accepted
    }

    pub(super) fn has_failed(&self, rule: &str) -> bool {
        self.failed.iter().any(|(failed, _)| *failed == rule)
    }

    pub(super) fn has_code(&self, code: &str) -> bool {
        self.failed.iter().any(|(_, failed)| *failed == code)
    }

    pub(super) fn token(&self) -> &'e str {
        self.token
    }

    /// The parts that the dots make.
    pub(super) fn parts(&self) -> usize {
        self.token.split('.').count()
    }

    /// The signature as bytes; empty where the token has no signature.
    pub(super) fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// A member of the header that is not `null`.
    pub(super) fn header(&self, name: &str) -> Option<&Value> {
        self.header.get(name).filter(|value| !value.is_null())
    }

    /// A claim that is not `null`.
    pub(super) fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text_claim(&self, name: &str) -> Option<&str> {
        self.claim(name).and_then(Value::as_str)
    }

    pub(super) fn algorithm(&self) -> &str {
        self.header("alg").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the credential does not have the form of a JWT: nothing in it reads as a header.
    pub(super) fn is_opaque(&self) -> bool {
        self.header("alg").is_none()
    }

    /// Whether the API could make nothing of it, since it is opaque or encrypted and its issuer was not asked.
    pub(super) fn is_unreadable(&self) -> bool {
        !self.accepted && !self.introspected && (self.is_opaque() || self.is_encrypted())
    }

    /// Whether it is an encrypted JWT (RFC 7516 §9).
    pub(super) fn is_encrypted(&self) -> bool {
        self.parts() == 5 && self.header("enc").is_some()
    }

    /// The token's audiences, where `aud` is a text or a list.
    pub(crate) fn audiences(&self) -> Vec<&str> {
        match self.claim("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the token has all marks of one of the provider's lists.
    pub(super) fn has_signs_of(&self, facts: &ProviderFacts) -> bool {
        facts.signs.iter().any(|signs| signs.iter().all(|sign| self.has(*sign)))
    }

    fn has(&self, sign: Sign) -> bool {
        match sign {
            Sign::Header(name) => self.header(name).is_some(),
            Sign::Claim(name) => self.claim(name).is_some(),
            Sign::NoClaim(name) => self.claims.is_object() && self.claim(name).is_none(),
            Sign::ListClaim(name) => self.claim(name).is_some_and(Value::is_array),
            Sign::ObjectClaim(name) => self.claim(name).is_some_and(Value::is_object),
            Sign::ClaimBegins(name, start) => {
                self.text_claim(name).is_some_and(|text| text.starts_with(start))
            }
            Sign::TokenBegins(start) => self.token.starts_with(start),
            Sign::TokenHolds(text) => self.token.contains(text),
        }
    }
}

/// Reads what a strict reader refuses, since that is what is to be explained.
fn bytes(part: &str) -> Option<Vec<u8>> {
    let url_safe: String = part
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect();
    lenient_base64::URL_SAFE.decode(url_safe).ok()
}
