//! A token is held against a requirement.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::data::{
    AudienceTemplate, ClaimRequirement, ClaimTest, ExpectedOrganization, OrganizationRequirement,
    PLACEHOLDER, Requirement, RoleRequirement,
};
use super::{CheckedRequirement, Denial, RequestFacts};
use crate::access_token::AccessToken;
use crate::error::{ClaimsError, Failure, Misconfiguration, Rejection};
use crate::time::NumericDate;
use crate::validation::AudienceMatch;

/// What a fulfilled requirement established.
#[derive(Clone)]
enum Permit {
    Plain,
    /// This organization in the token's audience is the one the request names.
    OrganizationAudience(Arc<str>),
}

impl CheckedRequirement {
    /// Gives the token back if it may pass, and with it the organization that was confirmed by its audience.
    ///
    /// # Errors
    /// A [`Denial`], or a [`Misconfiguration`] when the route cannot answer what the requirement asks.
    pub fn authorize(
        &self,
        token: AccessToken,
        facts: &dyn RequestFacts,
        now: NumericDate,
    ) -> Result<AccessToken, Failure> {
        // Asked before anything else, so that the answer is the same whether or not another route has let the
        // token into the cache.
        if !self.may_admit(&token) {
            return Err(ClaimsError::AudienceMismatch.into());
        }
        let question = Question { token: &token, facts, now, scopes: &self.scopes };
        let permit = question.evaluate(&self.requirement)?;
        admit_audience(token, permit)
    }

    fn may_admit(&self, token: &AccessToken) -> bool {
        let stands_for_one = |template: &AudienceTemplate| {
            token.audience().any(|audience| template.organization_of(audience).is_some())
        };
        match &token.content().audience {
            AudienceMatch::Configured => true,
            AudienceMatch::Organization => {
                token.is_confirmed_for_organization()
                    || self.organization_audiences.iter().any(stands_for_one)
            }
        }
    }
}

/// What a route without a requirement asks: a token that is for this resource server.
pub(crate) fn authorize_any(token: AccessToken) -> Result<AccessToken, Failure> {
    admit_audience(token, Permit::Plain)
}

/// A token that came in by an organization's audience is for nobody but that organization's routes.
fn admit_audience(token: AccessToken, permit: Permit) -> Result<AccessToken, Failure> {
    match (permit, &token.content().audience) {
        (Permit::OrganizationAudience(organization), _) => Ok(token.confirmed_for(organization)),
        (Permit::Plain, AudienceMatch::Configured) => Ok(token),
        // A layer further out has confirmed it for this request.
        (Permit::Plain, AudienceMatch::Organization) if token.is_confirmed_for_organization() => Ok(token),
        (Permit::Plain, AudienceMatch::Organization) => Err(ClaimsError::AudienceMismatch.into()),
    }
}

struct Question<'q> {
    token: &'q AccessToken,
    facts: &'q dyn RequestFacts,
    now: NumericDate,
    scopes: &'q str,
}

impl Question<'_> {
    fn evaluate(&self, requirement: &Requirement) -> Result<Permit, Failure> {
        match requirement {
            Requirement::Scope(scope) => self.scopes(std::slice::from_ref(scope), Quantity::All),
            Requirement::AllScopes(scopes) => self.scopes(scopes, Quantity::All),
            Requirement::AnyScope(scopes) => self.scopes(scopes, Quantity::Any),
            Requirement::Claim(claim) => permit_if(self.claim(claim), || Denial::ClaimUnmet),
            Requirement::Role(role) => permit_if(self.role(role), || Denial::RoleMissing),
            Requirement::Organization(organization) => self.organization(organization),
            Requirement::Acr(values) => self.acr(values),
            Requirement::MaxAge(seconds) => self.max_age(Duration::from_secs(*seconds)),
            Requirement::And(parts) => parts.iter().try_fold(Permit::Plain, |so_far, part| {
                let permit = self.evaluate(part)?;
                Ok(if matches!(so_far, Permit::Plain) { permit } else { so_far })
            }),
            Requirement::Or(parts) => self.any(parts),
            Requirement::Not(part) => match self.evaluate(part) {
                Ok(_) => Err(Denial::Unmet.into()),
                Err(Failure::Rejected(Rejection::Denied(_))) => Ok(Permit::Plain),
                Err(other) => Err(other),
            },
            Requirement::Custom(custom) => permit_if((custom.0)(self.token, self.facts), || Denial::Unmet),
        }
    }

    /// The first part that holds, but rather one that also confirms the audience; else the first denial.
    fn any(&self, parts: &[Requirement]) -> Result<Permit, Failure> {
        let (mut permitted, mut denied) = (None, None);
        for part in parts {
            match self.evaluate(part) {
                Ok(confirmed @ Permit::OrganizationAudience(_)) => return Ok(confirmed),
                Ok(Permit::Plain) => permitted = Some(Permit::Plain),
                Err(failure @ Failure::Misconfigured(_)) => return Err(failure),
                Err(failure) => denied = denied.or(Some(failure)),
            }
        }
        permitted.ok_or_else(|| denied.unwrap_or_else(|| Denial::Unmet.into()))
    }

    fn scopes(&self, required: &[String], quantity: Quantity) -> Result<Permit, Failure> {
        let granted = self.token.scopes();
        let mut required = required.iter();
        let enough = match quantity {
            Quantity::All => required.all(|scope| granted.contain(scope)),
            Quantity::Any => required.any(|scope| granted.contain(scope)),
        };
        permit_if(enough, || Denial::InsufficientScope { required: self.scopes.to_owned() })
    }

    fn claim(&self, requirement: &ClaimRequirement) -> bool {
        let found = self.token.claim_at(&requirement.path).filter(|value| !value.is_null());
        match (&requirement.test, found) {
            (ClaimTest::Exists(wanted), found) => found.is_some() == *wanted,
            (_, None) => false,
            (ClaimTest::Equals(wanted), Some(value)) => value == wanted,
            (ClaimTest::OneOf(wanted), Some(value)) => wanted.contains(value),
            (ClaimTest::Includes(wanted), Some(value)) => wanted.iter().all(|one| includes(value, one)),
        }
    }

    fn role(&self, requirement: &RoleRequirement) -> bool {
        match self.token.claim_at(&requirement.claim) {
            // A role's name may hold spaces, so a string is one role, not a list of them.
            Some(Value::String(role)) => *role == requirement.name,
            Some(Value::Array(roles)) => roles.iter().any(|role| role == requirement.name.as_str()),
            _ => false,
        }
    }

    fn organization(&self, requirement: &OrganizationRequirement) -> Result<Permit, Failure> {
        let named = self.named_organization(&requirement.expected)?;
        let matches = |own: &str| match &named {
            Named::Exactly(expected) => expected == own,
            Named::Any => true,
            Named::Nobody => false,
        };
        if let Some(template) = &requirement.audience {
            let mut own = self.organizations_in_audience(template);
            let first = own.next().ok_or(Denial::OrganizationMissing)?;
            // A token for several organizations is for none in particular.
            let confirmed = match &named {
                Named::Any => own.next().is_none().then_some(first),
                Named::Exactly(_) | Named::Nobody => {
                    std::iter::once(first).chain(own).find(|own| matches(own))
                }
            };
            let confirmed = confirmed.ok_or(Denial::OrganizationMismatch)?;
            return Ok(Permit::OrganizationAudience(confirmed.into()));
        }
        let claim = self.token.content().issuer.organization_claim();
        match self.token.claim(claim) {
            None | Some(Value::Null) => Err(Denial::OrganizationMissing.into()),
            Some(Value::String(own)) if own.is_empty() => Err(Denial::OrganizationMissing.into()),
            Some(Value::String(own)) => permit_if(matches(own), || Denial::OrganizationMismatch),
            // Something is there that nobody can compare: neither one organization nor none.
            Some(_) => Err(ClaimsError::Malformed("organization").into()),
        }
    }

    fn organizations_in_audience(&self, template: &AudienceTemplate) -> impl Iterator<Item = &str> {
        self.token.audience().filter_map(|audience| template.organization_of(audience))
    }

    fn named_organization(&self, expected: &ExpectedOrganization) -> Result<Named<'_>, Failure> {
        let named = match expected {
            ExpectedOrganization::FromPath(parameter) => {
                let missing = || Misconfiguration::NoSuchPathParameter(parameter.clone());
                Some(self.facts.path_parameter(parameter).ok_or_else(missing)?)
            }
            ExpectedOrganization::FromHeader(name) => self.facts.header(name),
            ExpectedOrganization::FromHost(template) => {
                self.facts.host().and_then(|host| organization_of_host(template, &host)).map(Cow::Owned)
            }
            ExpectedOrganization::Is(id) => Some(Cow::Owned(id.clone())),
            ExpectedOrganization::Any(_) => return Ok(Named::Any),
            ExpectedOrganization::FromRequest(read) => (read.0)(self.facts).map(Cow::Owned),
        };
        Ok(named.filter(|id| !id.is_empty()).map_or(Named::Nobody, Named::Exactly))
    }

    fn acr(&self, accepted: &[String]) -> Result<Permit, Failure> {
        let own = self.token.claim("acr").and_then(Value::as_str);
        permit_if(own.is_some_and(|own| accepted.iter().any(|acr| acr == own)), || {
            Denial::AuthenticationTooWeak { acr_values: accepted.join(" ") }
        })
    }

    fn max_age(&self, max_age: Duration) -> Result<Permit, Failure> {
        let authenticated = self.token.claim("auth_time").and_then(Value::as_f64);
        // Milliseconds where seconds belong lie in a far future, and would be recent for ever.
        let latest = self.now.plus(self.token.content().issuer.validation().clock_tolerance);
        let recent = authenticated
            .and_then(NumericDate::from_seconds)
            .is_some_and(|at| at <= latest && self.now <= at.plus(max_age));
        permit_if(recent, || Denial::AuthenticationTooOld { max_age })
    }
}

/// What the request says about the organization.
enum Named<'q> {
    Exactly(Cow<'q, str>),
    Any,
    /// Nothing, where something is needed: no token matches.
    Nobody,
}

#[derive(Clone, Copy)]
enum Quantity {
    All,
    Any,
}

fn permit_if(holds: bool, denial: impl FnOnce() -> Denial) -> Result<Permit, Failure> {
    if holds { Ok(Permit::Plain) } else { Err(denial().into()) }
}

fn includes(claim: &Value, wanted: &Value) -> bool {
    match (claim, wanted) {
        (Value::Array(items), wanted) => items.contains(wanted),
        (Value::String(words), Value::String(wanted)) => words.split(' ').any(|word| word == wanted),
        _ => false,
    }
}

/// The one label that stands in for the placeholder; host names have no case (RFC 9110 §4.2.3).
fn organization_of_host(template: &str, host: &str) -> Option<String> {
    let (before, after) = template.split_once(PLACEHOLDER)?;
    let (host, before, after) =
        (host.to_ascii_lowercase(), before.to_ascii_lowercase(), after.to_ascii_lowercase());
    let label = host.strip_prefix(&before)?.strip_suffix(&after)?;
    (!label.contains('.')).then(|| label.to_owned())
}
