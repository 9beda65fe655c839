//! The proof a handler holds: an access token that was verified, validated and confirmed.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::check::confirmation::DpopNonce;
use crate::check::validation::{Origin, Pointer, Validated, ValidatedToken};
use crate::request::credential::Scheme;
use crate::token::algorithm::Algorithm;
use crate::token::claims::{ClaimPath, OrganizationClaim, Organizations};
use crate::trust::validation_policy::AudienceMatch;
use crate::wire::time::NumericDate;

/// An access token that may be believed: its signature was verified, or its issuer was asked about it; its claims
/// were validated, its sender confirmed.
///
/// It cannot be made outside this crate, so a function that takes one need not check the token again:
///
/// ```compile_fail
/// let forged = bearward_core::AccessToken { };
/// ```
///
/// Cloning copies pointers. `Debug` shows neither the token nor its claims.
#[derive(Clone)]
pub struct AccessToken {
    content: Pointer,
    /// How it was presented, and the nonce its sender should use next: of this very request, never cached.
    scheme: Scheme,
    next_nonce: Option<Arc<DpopNonce>>,
    /// The organization in its audience, or among several in its claim, that a requirement confirmed for this very
    /// request.
    organization: Option<Arc<str>>,
    /// What the client presented, where that is not the JWT that was verified.
    presented: Option<Arc<str>>,
}

/// What a handler usually wants to know, ready to be serialized:
/// `{"sub","clientId","organizationId","scopes","audience"}`; what the token does not say is left out.
///
/// `Debug` shows which of them there are, and no value.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthInfo {
    /// `sub`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// `client_id`, else `azp`, `appid` or `cid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The organization the token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// The granted scopes.
    pub scopes: Vec<String>,
    /// `aud`, always as a list.
    pub audience: Vec<String>,
}

impl AccessToken {
    /// For stage 7 alone.
    pub(crate) fn confirmed(token: ValidatedToken, scheme: Scheme, next_nonce: Option<DpopNonce>) -> Self {
        let next_nonce = next_nonce.map(Arc::new);
        let (content, presented) = token.into_parts();
        Self { content, scheme, next_nonce, organization: None, presented }
    }

    /// For stage 8 alone, which may confirm an organization.
    pub(crate) fn confirmed_for(self, organization: Option<Arc<str>>) -> Self {
        Self { organization: organization.or(self.organization), ..self }
    }

    pub(crate) fn is_confirmed_for_organization(&self) -> bool {
        self.organization.is_some()
    }

    /// Whether it is for this resource server only as an organization's, and no requirement has confirmed that one yet.
    pub(crate) fn needs_organization(&self) -> bool {
        self.content.audience == AudienceMatch::Organization && self.organization.is_none()
    }

    /// Whether the claims are those of the token's own payload: not where the authorization server was asked about it,
    /// or where a load balancer has some of them in the header.
    #[must_use]
    pub fn has_claims_in_payload(&self) -> bool {
        let verified = matches!(self.content.origin, Origin::Signature { .. });
        verified && self.presented.is_none() && !self.content.issuer.is_load_balancer()
    }

    /// `sub`: whom the token speaks for; the client itself under the client credentials grant.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.content.claims.subject().present()
    }

    /// The client the token was issued to: `client_id` (RFC 9068 §2.2), else the first of `azp`, `appid` and `cid` that
    /// is a text and not empty. Where several of them name different clients, the first in this order is meant.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.content.claims.client_id().present()
    }

    /// `iss`: one of the configured issuers.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.content.issuer.identifier()
    }

    /// `aud`, in the token's order.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        self.content.claims.audience().present().into_iter().flatten()
    }

    /// The granted scopes: `scope`, else `scp`, as a string or an array.
    #[must_use]
    pub fn scopes(&self) -> Scopes<'_> {
        Scopes(self.content.claims.scope().present().unwrap_or(""))
    }

    /// The organization this request may act for: the one that the route's requirement confirmed in the token's
    /// audience or among several in its claim, else the one that the organization claim names (`organization_id` unless
    /// configured otherwise). `None` where the claim names several and no requirement chose among them.
    #[must_use]
    pub fn organization(&self) -> Option<&str> {
        let claim = || match self.content.issuer.organization_claim().read(&self.content.claims) {
            Organizations::One(name) => Some(name),
            Organizations::None | Organizations::Several(_) | Organizations::Unreadable => None,
        };
        self.organization.as_deref().or_else(claim)
    }

    /// The claim that names the organizations of its issuer's tokens.
    pub fn organization_claim(&self) -> &OrganizationClaim {
        self.content.issuer.organization_claim()
    }

    /// The organization that the route's requirement confirmed for this request, where the token names it in its audience
    /// or among several: what its claims alone do not tell.
    #[must_use]
    pub fn confirmed_organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// The same token without that organization: for a framework whose routes hand requests on to one another. The requirement
    /// of the next route confirms an organization anew.
    #[must_use]
    pub fn without_confirmed_organization(self) -> Self {
        Self { organization: None, ..self }
    }

    /// `exp`; `None` only where tokens without expiry were dangerously allowed, or where the authorization
    /// server answers for the token at each introspection and says no more.
    #[must_use]
    pub fn expires_at(&self) -> Option<NumericDate> {
        self.content.claims.expires_at.as_ref().present().copied()
    }

    /// `iat`.
    #[must_use]
    pub fn issued_at(&self) -> Option<NumericDate> {
        self.content.claims.issued_at.as_ref().present().copied()
    }

    /// `jti`.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.content.claims.token_id().present()
    }

    /// A claim by its name at the top level.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.content.claims.get(name)
    }

    /// A claim by its path, such as `realm_access.roles`.
    #[must_use]
    pub fn claim_at(&self, path: &ClaimPath) -> Option<&Value> {
        self.content.claims.at(path)
    }

    /// The claims set as a type of the application.
    ///
    /// # Errors
    /// When the claims do not fit the type; the message may hold claim values, so it is for logs only.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        self.content.claims.to()
    }

    /// The claims set as it was signed, or as the authorization server answered: the text of a JSON object.
    #[must_use]
    pub fn claims_json(&self) -> &str {
        self.content.claims.as_json()
    }

    /// What a handler usually wants to know.
    #[must_use]
    pub fn info(&self) -> AuthInfo {
        AuthInfo {
            sub: self.subject().map(str::to_owned),
            client_id: self.client_id().map(str::to_owned),
            organization_id: self.organization().map(str::to_owned),
            scopes: self.scopes().map(str::to_owned).collect(),
            audience: self.audience().map(str::to_owned).collect(),
        }
    }

    /// The scheme it was presented under.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The nonce its sender should use in the next DPoP proof, when the last one ages: adapters put it into the
    /// response as `DPoP-Nonce` (RFC 9449 §8.2).
    #[must_use]
    pub fn dpop_nonce(&self) -> Option<&DpopNonce> {
        self.next_nonce.as_deref()
    }

    /// The algorithm the token is signed with; `None` where its claims are the authorization server's unsigned
    /// answer.
    #[must_use]
    pub fn algorithm(&self) -> Option<Algorithm> {
        match &self.content.origin {
            Origin::Signature { algorithm, .. } => Some(*algorithm),
            Origin::Introspection => None,
        }
    }

    /// The `kid` of the key that verified the token, where a key did and has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        match &self.content.origin {
            Origin::Signature { key, .. } => key.kid(),
            Origin::Introspection => None,
        }
    }

    /// The token as the client presented it. It is a secret: any program that has it can use it.
    #[must_use]
    pub fn expose_token(&self) -> &str {
        self.presented.as_deref().unwrap_or(&self.content.compact)
    }

    /// The signed JWT that was verified, to be sent on to another API: the presented token itself, or the one
    /// that the authorization server gave for an opaque token (the phantom token). `None` where no JWT was
    /// verified. It is a secret too.
    #[must_use]
    pub fn expose_jwt(&self) -> Option<&str> {
        match &self.content.origin {
            Origin::Signature { .. } => Some(&self.content.compact),
            Origin::Introspection => None,
        }
    }

    pub(crate) fn content(&self) -> &Validated {
        &self.content
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(..)")
    }
}

impl fmt::Debug for AuthInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthInfo")
            .field("sub", &self.sub.is_some())
            .field("client_id", &self.client_id.is_some())
            .field("organization_id", &self.organization_id.is_some())
            .field("scopes", &self.scopes.len())
            .field("audience", &self.audience.len())
            .finish()
    }
}

/// The scopes of a token, one by one.
///
/// `Debug` shows how many there are.
#[derive(Clone)]
pub struct Scopes<'t>(&'t str);

impl fmt::Debug for Scopes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scopes({})", self.clone().count())
    }
}

impl Scopes<'_> {
    /// Whether this scope was granted: the same characters in the same case (RFC 6749 §3.3).
    #[must_use]
    pub fn contain(&self, scope: &str) -> bool {
        self.clone().any(|granted| granted == scope)
    }
}

impl<'t> Iterator for Scopes<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        loop {
            if self.0.is_empty() {
                return None;
            }
            let (scope, rest) = self.0.split_once(' ').unwrap_or((self.0, ""));
            self.0 = rest;
            if !scope.is_empty() {
                return Some(scope);
            }
        }
    }
}
