//! Stage 6: the claims of a verified token are validated (RFC 7519 §4, RFC 9068 §4, RFC 8725 §3.9).
//!
//! 1. `typ`: under the strict profile exactly `at+jwt`, and every claim RFC 9068 §2.2 makes mandatory.
//! 2. `aud` names at least one configured audience. An audience made for one organization
//!    ([`AudienceTemplate`]) counts only for a route that asks for that organization. A token without `aud` passes
//!    only where an [`AudienceSubstitute`] says which client's tokens are for this resource.
//! 3. `sub`, `client_id`, `jti`, `scope` have their types, if they are there.
//! 4. `exp` is there and to come; `nbf` and `iat`, if there, are past; each with the clock tolerance.
//! 5. `iat` lies within the maximum age, if one is set.
//! 6. The claims that the issuer's settings require ([`RequiredClaim`]) have one of their values, and custom validators
//!    agree. A validator that panics refuses the request with 500.
//!
//! Rules 4 to 6 are in `time`: they run again whenever the token is found in a cache. `iss` was matched in stage 3.
//!
//! What an introspection endpoint says of a token is validated by rules 2 to 6, with these differences: `iss`
//! is matched here if it is there, `token_type` and `token_use` must be an access token's, and `exp` may be
//! absent, since the server answers for the moment.

mod error;
mod pointer;
mod time;

use std::fmt;
use std::sync::Arc;

pub use self::error::ClaimsError;
pub(crate) use self::error::ValidationError;
pub(crate) use self::pointer::{Counted, Pointer};
use crate::check::rule::{Rule, Trail};
use crate::check::signature::VerifiedToken;
use crate::token::algorithm::Algorithm;
use crate::token::audience::{AudienceTemplate, is_same_resource};
use crate::token::claims::{ClaimsSet, Member};
use crate::token::error::TokenError;
use crate::token::unverified::TokenKind;
use crate::trust::issuer::Issuer;
use crate::trust::issuer::IssuerError;
use crate::trust::key::VerifyingKey;
use crate::trust::validation_policy::{
    AudienceMatch, AudienceRule, AudienceSubstitute, ExpiryRule, Profile, ValidationPolicy,
};
use crate::wire::time::NumericDate;

/// A token whose signature, issuer and claims hold. It becomes an [`AccessToken`](crate::AccessToken) when
/// its sender is confirmed too.
#[derive(Clone)]
pub(crate) struct ValidatedToken {
    content: Pointer,
    /// What the client presented in this very request, where that is not the JWT that was verified.
    presented: Option<Arc<str>>,
}

/// What stages 2 to 6 established about a token.
pub(crate) struct Validated {
    /// The signed JWT; empty where the claims did not come in one.
    pub(crate) compact: Box<str>,
    pub(crate) origin: Origin,
    pub(crate) claims: ClaimsSet,
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) audience: AudienceMatch,
    /// The rules that it keeps for as long as it lives; those about time are not among them.
    pub(crate) kept: Trail,
}

/// Why the claims of a token may be believed.
pub(crate) enum Origin {
    /// The issuer signed them, with this key.
    Signature { algorithm: Algorithm, key: Arc<VerifyingKey> },
    /// The issuer's introspection endpoint said them.
    Introspection,
}

impl fmt::Debug for ValidatedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ValidatedToken(..)")
    }
}

impl ValidatedToken {
    /// Validates a verified token of this issuer.
    pub(crate) fn validate(
        token: VerifiedToken<'_>,
        issuer: &Arc<Issuer>,
        organization_audiences: &[AudienceTemplate],
        now: NumericDate,
        trail: &mut Trail,
    ) -> Result<Self, ValidationError> {
        if token.kind() == TokenKind::IntrospectionAnswer {
            trail.reach(Rule::Type);
            return Err(TokenError::WrongType.into());
        }
        let policy = issuer.validation();
        let profile = policy.profile.check(token.kind(), token.claims());
        strictly(trail)(Rule::Profile, profile)?;
        let audience = policy.check_content(token.claims(), organization_audiences, strictly(trail))?;
        let kept = *trail;
        policy.check_time(token.claims(), policy.expiry, now, strictly(trail))?;
        let (compact, algorithm, claims, key) = token.into_parts();
        Ok(Self::of(Validated {
            compact: compact.into(),
            origin: Origin::Signature { algorithm, key },
            claims,
            issuer: Arc::clone(issuer),
            audience,
            kept,
        }))
    }

    /// Validates what this issuer's introspection endpoint says of an active token (RFC 7662 §2.2).
    pub(crate) fn validate_introspected(
        claims: ClaimsSet,
        issuer: &Arc<Issuer>,
        organization_audiences: &[AudienceTemplate],
        now: NumericDate,
        trail: &mut Trail,
    ) -> Result<Self, ValidationError> {
        strictly(trail)(Rule::Issuer, match_issuer(&claims, issuer).map_err(Into::into))?;
        strictly(trail)(Rule::Type, check_kind(&claims))?;
        let policy = issuer.validation();
        let audience = policy.check_content(&claims, organization_audiences, strictly(trail))?;
        let kept = *trail;
        policy.check_time(&claims, ExpiryRule::Optional, now, strictly(trail))?;
        Ok(Self::of(Validated {
            compact: Box::default(),
            origin: Origin::Introspection,
            claims,
            issuer: Arc::clone(issuer),
            audience,
            kept,
        }))
    }

    /// For the caches alone: what they hold came out of [`validate`](Self::validate).
    pub(crate) fn cached(content: Pointer) -> Self {
        Self { content, presented: None }
    }

    fn of(content: Validated) -> Self {
        Self::cached(Pointer::Own(Arc::new(content)))
    }

    /// For introspected tokens, of which no cache keeps the text: it comes from the request.
    pub(crate) fn presented_as(self, token: &str) -> Self {
        Self { presented: Some(token.into()), ..self }
    }

    pub(crate) fn content(&self) -> &Validated {
        &self.content
    }

    pub(crate) fn shared_content(&self) -> Arc<Validated> {
        Arc::clone(self.content.own())
    }

    pub(crate) fn into_parts(self) -> (Pointer, Option<Arc<str>>) {
        (self.content, self.presented)
    }
}

impl Profile {
    pub(crate) fn check(self, kind: TokenKind, claims: &ClaimsSet) -> Result<(), ValidationError> {
        if self == Self::Compatible {
            return Ok(());
        }
        if kind != TokenKind::AccessToken {
            return Err(TokenError::WrongType.into());
        }
        for (name, is_absent) in [
            ("iss", claims.issuer().is_absent()),
            ("exp", claims.expires_at.is_absent()),
            ("aud", claims.audience().is_absent()),
            ("sub", claims.subject().is_absent()),
            ("client_id", claims.get("client_id").is_none()),
            ("iat", claims.issued_at.is_absent()),
            ("jti", claims.token_id().is_absent()),
        ] {
            if is_absent {
                return Err(ClaimsError::Missing(name).into());
            }
        }
        Ok(())
    }
}

impl ValidationPolicy {
    /// Rules 2 and 3: what time cannot change. `visit` hears what came of each check, and ends them with an error.
    pub(crate) fn check_content(
        &self,
        claims: &ClaimsSet,
        organization_audiences: &[AudienceTemplate],
        mut visit: impl FnMut(Rule, Result<(), ValidationError>) -> Result<(), ValidationError>,
    ) -> Result<AudienceMatch, ValidationError> {
        let audience = self.match_audience(claims, organization_audiences);
        if !matches!(self.audience, AudienceRule::Unchecked) {
            visit(Rule::Audience, audience.as_ref().map(drop).map_err(|error| error.clone().into()))?;
        }
        visit(Rule::Claims, check_types(claims).map_err(Into::into))?;
        Ok(audience?)
    }

    fn match_audience(
        &self,
        claims: &ClaimsSet,
        organization_audiences: &[AudienceTemplate],
    ) -> Result<AudienceMatch, ClaimsError> {
        let AudienceRule::OneOf(expected) = &self.audience else {
            return Ok(AudienceMatch::Configured);
        };
        let audiences = match (claims.audience(), &self.substitute) {
            (Member::Absent, None) => return Err(ClaimsError::Missing("aud")),
            (Member::Absent, Some(substitute)) => return match_substitute(substitute, claims),
            // An empty list names no audience either; some servers write one in every token.
            (Member::Present(none), Some(substitute)) if none.len() == 0 => {
                return match_substitute(substitute, claims);
            }
            (Member::Malformed, _) => return Err(ClaimsError::Malformed("aud")),
            (Member::Present(audiences), _) => audiences,
        };
        if audiences.clone().any(|audience| expected.iter().any(|own| **own == *audience)) {
            return Ok(AudienceMatch::Configured);
        }
        if let Some(resource) = self.resource.as_deref()
            && expected.iter().any(|own| is_same_resource(own, resource))
            && audiences.clone().any(|audience| is_same_resource(audience, resource))
        {
            return Ok(AudienceMatch::Configured);
        }
        let names_one = |template: &AudienceTemplate| {
            audiences.clone().any(|audience| template.organization_of(audience).is_some())
        };
        match organization_audiences.iter().any(names_one) {
            true => Ok(AudienceMatch::Organization),
            false => Err(ClaimsError::AudienceMismatch),
        }
    }
}

/// A visitor of the checks that ends them with the first that fails, as a request must.
fn strictly(
    trail: &mut Trail,
) -> impl FnMut(Rule, Result<(), ValidationError>) -> Result<(), ValidationError> + '_ {
    |rule, result| {
        trail.reach(rule);
        result
    }
}

/// Whether what is said about a token names this issuer, where it names one.
fn match_issuer(claims: &ClaimsSet, issuer: &Issuer) -> Result<(), IssuerError> {
    match claims.issuer() {
        Member::Absent => Ok(()),
        Member::Present(identifier) if identifier == issuer.identifier() => Ok(()),
        Member::Present(_) => Err(IssuerError::Unknown),
        Member::Malformed => Err(IssuerError::Malformed),
    }
}

fn match_substitute(
    substitute: &AudienceSubstitute,
    claims: &ClaimsSet,
) -> Result<AudienceMatch, ClaimsError> {
    if substitute.admits(claims) {
        Ok(AudienceMatch::Configured)
    } else {
        Err(ClaimsError::SubstituteMismatch)
    }
}

fn check_types(claims: &ClaimsSet) -> Result<(), ClaimsError> {
    for (name, member) in [
        ("sub", claims.subject()),
        ("client_id", claims.client_id()),
        ("jti", claims.token_id()),
        ("scope", claims.scope()),
    ] {
        if member == Member::Malformed {
            return Err(ClaimsError::Malformed(name));
        }
    }
    Ok(())
}

/// An introspection endpoint may know refresh tokens too, and call them active (RFC 7662 §2.1). `token_type`
/// says how a token is used (RFC 6749 §5.1), and a refresh token is used in no such way; some servers tell in
/// `token_use` instead.
fn check_kind(claims: &ClaimsSet) -> Result<(), ValidationError> {
    let accepts = |name, accepted: &[&str]| match claims.get(name) {
        None => Ok(()),
        Some(value) => match value.as_str() {
            None => Err(ValidationError::from(ClaimsError::Malformed(name))),
            Some(kind) if accepted.iter().any(|own| kind.eq_ignore_ascii_case(own)) => Ok(()),
            Some(_) => Err(TokenError::WrongType.into()),
        },
    };
    if claims.is_of_another_kind {
        return Err(TokenError::WrongType.into());
    }
    accepts(
        "token_type",
        &["Bearer", "DPoP", "access_token", "urn:ietf:params:oauth:token-type:access_token"],
    )?;
    accepts("token_use", &["access", "access_token"])
}
