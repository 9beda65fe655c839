//! What takes the place of `aud` in the tokens of an authorization server that does not write it.
//!
//! 1. It is looked at where `aud` is absent or an empty list. A token that names an audience must name a configured
//!    one, whatever its client is.
//! 2. The client is named by exactly one claim, chosen by the operator. No other claim takes its place here.
//! 3. The claim is a string, and one of the accepted values: the same characters in the same case.
//! 4. Each further claim that is named has exactly its value.
//!
//! Does not check: whom the token is *for*. A client that is listed here may have asked for it for another API of the
//! same issuer.

use std::fmt;

use crate::token::claims::ClaimsSet;
use crate::wire::redacted::RedactedUrl;

/// Which tokens without `aud` are for this resource: those that were issued to one of these clients.
///
/// Amazon Cognito and Clerk send access tokens without an audience. Such a token says to whom it was issued, and not for
/// whom: any API of the same issuer that the client calls can send it on to this one. List clients that call this API
/// alone, and have each route require a scope or a role that only this API gives a meaning to.
///
/// ```
/// use bearward_core::IssuerConfig;
/// use bearward_core::trust::AudienceSubstitute;
///
/// let cognito = IssuerConfig::new("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_example")
///     .tokens_without_audience(AudienceSubstitute::client_id(["4example"]).and_claim("token_use", "access"));
/// let clerk = IssuerConfig::new("https://example.clerk.accounts.dev")
///     .tokens_without_audience(AudienceSubstitute::azp(["https://app.example.com"]));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct AudienceSubstitute {
    claim: &'static str,
    values: Vec<String>,
    /// Further claims, and what each must be.
    further: Vec<(String, String)>,
}

impl AudienceSubstitute {
    /// The token's `client_id` is one of these.
    pub fn client_id<V: Into<String>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::of("client_id", values)
    }

    /// The token's `azp` is one of these. With Clerk these are web origins, such as `https://app.example.com`.
    pub fn azp<V: Into<String>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::of("azp", values)
    }

    /// The token's `appid` is one of these.
    pub fn appid<V: Into<String>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::of("appid", values)
    }

    /// The token's `cid` is one of these.
    pub fn cid<V: Into<String>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::of("cid", values)
    }

    /// A top-level claim that must be exactly this text, too, such as Cognito's `token_use` = `access`.
    pub fn and_claim(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.further.push((name.into(), value.into()));
        self
    }

    fn of<V: Into<String>>(claim: &'static str, values: impl IntoIterator<Item = V>) -> Self {
        Self { claim, values: values.into_iter().map(Into::into).collect(), further: Vec::new() }
    }

    /// Why it cannot work.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.values.is_empty() {
            return Some("the list of accepted clients is empty");
        }
        if self.values.iter().any(String::is_empty) {
            return Some("one of the accepted clients is empty");
        }
        let is_empty = |(name, value): &(String, String)| name.is_empty() || value.is_empty();
        self.further.iter().any(is_empty).then_some("the name or the value of a further claim is empty")
    }

    /// Whether the token was issued to one of the clients.
    pub(crate) fn admits(&self, claims: &ClaimsSet) -> bool {
        let text = |name: &str| claims.get(name).and_then(|value| value.as_str());
        let is_listed = text(self.claim).is_some_and(|own| self.values.iter().any(|value| value == own));
        let holds = |(name, value): &(String, String)| text(name) == Some(value);
        is_listed && self.further.iter().all(holds)
    }
}

impl fmt::Debug for AudienceSubstitute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudienceSubstitute")
            .field("claim", &self.claim)
            .field("values", &RedactedUrl::all(&self.values))
            .field("further", &self.further.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .finish()
    }
}
