//! A token is held against a requirement.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::compare::{Truth, equals, has_member, includes, lists, one_of};
use super::data::{
    ClaimRequirement, ClaimTest, ExpectedOrganization, Operation, OrganizationRequirement, Requirement,
    RoleListing, RoleRequirement,
};
use super::details;
use super::operation::matching;
use super::{AuthorizationError, CheckedRequirement, Denial, RequestFacts};
use crate::check::access_token::AccessToken;
use crate::check::operator_function::{self, Panicked};
use crate::check::validation::ClaimsError;
use crate::token::audience::{AudienceTemplate, PLACEHOLDER};
use crate::token::claims::{Found, Member, Organizations};
use crate::trust::validation_policy::AudienceMatch;
use crate::wire::time::NumericDate;

/// What a fulfilled requirement established. The first of two in this order is the one that is kept.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Permit {
    /// This organization, at this place in the token's audience, is the one that is named.
    OrganizationAudience {
        naming: Naming,
        place: usize,
        organization: Arc<str>,
    },
    /// The same for a claim that names several organizations.
    OrganizationClaim {
        naming: Naming,
        place: usize,
        organization: Arc<str>,
    },
    Plain,
}

impl Permit {
    /// Of two that hold at once, the one that confirms more. It is the same one in any order of the parts written:
    /// rather the organization that the request names, then the one that comes first in the token.
    fn or_stronger(self, other: Self) -> Self {
        self.min(other)
    }
}

impl CheckedRequirement {
    /// The organization that is confirmed, where the token may pass.
    pub(crate) fn permit(
        &self,
        token: &AccessToken,
        facts: &dyn RequestFacts,
        now: NumericDate,
    ) -> Result<Option<Arc<str>>, AuthorizationError> {
        // Asked before anything else, so that the answer is the same whether or not another route has let the
        // token into the cache.
        if !self.may_admit(token) {
            return Err(ClaimsError::AudienceMismatch.into());
        }
        // What cannot be read permits nothing, also if the other parts permit.
        if self.has_details && !details::are_well_formed(details_of(token)) {
            return Err(ClaimsError::Malformed(details::CLAIM).into());
        }
        // The request lacks it for every token, so what the other parts say does not matter.
        let lacking = |name: &&String| facts.path_parameter(name).is_none();
        if let Some(parameter) = self.path_parameters.iter().find(lacking) {
            return Err(match facts.path_is_malformed() {
                true => AuthorizationError::MalformedPath,
                false => AuthorizationError::NoSuchPathParameter(parameter.clone()),
            });
        }
        let question = Question { token, facts, now, checked: self };
        match question.evaluate(&self.requirement) {
            Finding::Permit(permit) => permit_audience(token, permit),
            Finding::Deny(denial) => Err(denial.into()),
            Finding::CannotTell(why) => Err(why),
        }
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

/// A token that came in by an organization's audience is only for that organization's routes.
fn permit_audience(token: &AccessToken, permit: Permit) -> Result<Option<Arc<str>>, AuthorizationError> {
    match (permit, &token.content().audience) {
        (Permit::OrganizationAudience { organization, .. }, _) => Ok(Some(organization)),
        (Permit::OrganizationClaim { organization, .. }, AudienceMatch::Configured) => Ok(Some(organization)),
        (Permit::Plain, AudienceMatch::Configured) => Ok(None),
        // A layer further out has confirmed it for this request.
        (_, AudienceMatch::Organization) if token.is_confirmed_for_organization() => Ok(None),
        (_, AudienceMatch::Organization) => Err(ClaimsError::AudienceMismatch.into()),
    }
}

/// The claim; `null` is as good as none.
fn details_of(token: &AccessToken) -> Option<&Value> {
    token.claim(details::CLAIM).filter(|claim| !claim.is_null())
}

struct Question<'q> {
    token: &'q AccessToken,
    facts: &'q dyn RequestFacts,
    now: NumericDate,
    checked: &'q CheckedRequirement,
}

/// What a part of a requirement says: strong three-valued logic (Kleene).
enum Finding {
    Permit(Permit),
    Deny(Denial),
    /// Whether the part holds cannot be determined. It permits nothing, and its negation does not either. This is the
    /// answer where nothing else decides.
    CannotTell(AuthorizationError),
}

impl Question<'_> {
    fn evaluate(&self, requirement: &Requirement) -> Finding {
        match requirement {
            Requirement::Scope(scope) => self.scopes(std::slice::from_ref(scope), Quantity::All),
            Requirement::AllScopes(scopes) => self.scopes(scopes, Quantity::All),
            Requirement::AnyScope(scopes) => self.scopes(scopes, Quantity::Any),
            Requirement::Claim(claim) => Finding::of(self.claim(claim), || Denial::ClaimUnmet),
            Requirement::Role(role) => Finding::of(self.role(role), || Denial::RoleMissing),
            Requirement::Organization(organization) => self.organization(organization),
            Requirement::Acr(values) => self.acr(values),
            Requirement::MaxAge(seconds) => self.max_age(Duration::from_secs(*seconds)),
            Requirement::AuthorizationDetails(wanted) => {
                let granted = wanted.are_in(details_of(self.token));
                Finding::of(granted, || Denial::AuthorizationDetailsMissing)
            }
            Requirement::Operations(operations) => self.operations(operations),
            Requirement::And(parts) => self.all(parts),
            Requirement::Or(parts) => self.any(parts),
            Requirement::Not(part) => match self.evaluate(part) {
                Finding::Permit(_) => Finding::Deny(Denial::Unmet),
                Finding::Deny(_) => Finding::Permit(Permit::Plain),
                // A client that got what the part asks for would still be refused, so it is not asked for.
                Finding::CannotTell(AuthorizationError::Denied(_)) => {
                    Finding::CannotTell(Denial::Unmet.into())
                }
                Finding::CannotTell(why) => Finding::CannotTell(why),
            },
            Requirement::Custom(custom) => {
                match operator_function::call("a custom requirement", || (custom.0)(self.token, self.facts)) {
                    Ok(permits) => {
                        Finding::of(permits.map_or(Truth::CannotTell, Truth::of), || Denial::Unmet)
                    }
                    Err(panicked) => Finding::CannotTell(panicked.into()),
                }
            }
        }
    }

    /// A request that is not an operation of the list is refused, in its negation too.
    fn operations(&self, operations: &[Operation]) -> Finding {
        match matching(operations, self.facts) {
            Ok(found) if found.is_empty() => Finding::CannotTell(Denial::OperationUnknown.into()),
            Ok(found) => self.all(found.into_iter().filter_map(Operation::requirement)),
            Err(why) => Finding::CannotTell(why),
        }
    }

    /// One denial denies, and the first is reported; else one part that cannot be told leaves all of it open.
    fn all<'p>(&self, parts: impl IntoIterator<Item = &'p Requirement>) -> Finding {
        let (mut permit, mut unclear) = (Permit::Plain, None);
        for part in parts {
            match self.evaluate(part) {
                Finding::Permit(own) => permit = permit.or_stronger(own),
                denial @ Finding::Deny(_) => return denial,
                Finding::CannotTell(why) => unclear = unclear.or(Some(why)),
            }
        }
        unclear.map_or(Finding::Permit(permit), Finding::CannotTell)
    }

    /// One permit permits; else one part that cannot be told leaves all of it open; else the first denial is
    /// reported. A part that confirms the audience may come after one that merely permits, so all are asked.
    fn any(&self, parts: &[Requirement]) -> Finding {
        let (mut permit, mut unclear, mut denied) = (None::<Permit>, None, None);
        for part in parts {
            match self.evaluate(part) {
                Finding::Permit(own) => permit = Some(permit.unwrap_or(Permit::Plain).or_stronger(own)),
                Finding::Deny(denial) => denied = denied.or(Some(denial)),
                Finding::CannotTell(why) => unclear = unclear.or(Some(why)),
            }
        }
        match (permit, unclear) {
            (Some(permit), _) => Finding::Permit(permit),
            (None, Some(why)) => Finding::CannotTell(why),
            (None, None) => Finding::Deny(denied.unwrap_or(Denial::Unmet)),
        }
    }

    fn scopes(&self, required: &[String], quantity: Quantity) -> Finding {
        if matches!(self.token.content().claims.scope(), Member::Malformed) {
            return Finding::CannotTell(ClaimsError::Malformed("scope").into());
        }
        let content = self.token.content();
        let granted = content.claims.scope().present().unwrap_or_default();
        let hierarchy = &content.issuer.validation().scopes;
        let mut required = required.iter();
        let enough = match quantity {
            Quantity::All => required.all(|scope| hierarchy.grants(granted, scope)),
            Quantity::Any => required.any(|scope| hierarchy.grants(granted, scope)),
        };
        Finding::of(Truth::of(enough), || Denial::InsufficientScope {
            required: self.checked.challenge_scopes(self.facts).into_owned(),
        })
    }

    fn claim(&self, requirement: &ClaimRequirement) -> Truth {
        match (&requirement.test, self.token.content().claims.look_up(&requirement.path)) {
            (_, Found::Unreadable) => Truth::CannotTell,
            (ClaimTest::Exists(wanted), found) => Truth::of(matches!(found, Found::Value(_)) == *wanted),
            (_, Found::Absent) => Truth::No,
            (ClaimTest::Equals(wanted), Found::Value(value)) => equals(value, wanted),
            (ClaimTest::OneOf(wanted), Found::Value(value)) => one_of(value, wanted),
            (ClaimTest::Includes(wanted), Found::Value(value)) => includes(value, wanted),
        }
    }

    fn role(&self, requirement: &RoleRequirement) -> Truth {
        match self.token.content().claims.look_up(&requirement.claim) {
            Found::Value(value) => match requirement.listed_as {
                RoleListing::Values => lists(value, &requirement.name),
                RoleListing::Keys => has_member(value, &requirement.name),
            },
            Found::Absent => Truth::No,
            Found::Unreadable => Truth::CannotTell,
        }
    }

    fn organization(&self, requirement: &OrganizationRequirement) -> Finding {
        let named = match self.named_organization(&requirement.expected) {
            Ok(named) => named,
            Err(panicked) => return Finding::CannotTell(panicked.into()),
        };
        if let Some(template) = &requirement.audience {
            return self.organization_in_audience(template, &named);
        }
        let content = self.token.content();
        let own = match content.issuer.organization_claim().read(&content.claims) {
            Organizations::None => return Finding::Deny(Denial::OrganizationMissing),
            // The claim cannot be compared: it is neither one organization nor absent.
            Organizations::Unreadable => {
                return Finding::CannotTell(ClaimsError::Malformed("organization").into());
            }
            Organizations::Several(own) => return organization_among(&own, &named),
            Organizations::One(own) => own,
        };
        let matches = match &named {
            Named::Exactly { id, .. } => Truth::of(id == own),
            Named::Any => Truth::Yes,
            Named::Nobody => Truth::CannotTell,
        };
        Finding::of(matches, || Denial::OrganizationMismatch)
    }

    fn organization_in_audience(&self, template: &AudienceTemplate, named: &Named<'_>) -> Finding {
        let Some(audience) = self.token.content().claims.audience().readable() else {
            return Finding::CannotTell(ClaimsError::Malformed("aud").into());
        };
        let of_template = |(place, audience): (usize, _)| Some((place, template.organization_of(audience)?));
        let mut own = audience.into_iter().flatten().enumerate().filter_map(of_template);
        let Some(first) = own.next() else { return Finding::Deny(Denial::OrganizationMissing) };
        let (naming, found) = match named {
            Named::Exactly { id, naming } => {
                (*naming, std::iter::once(first).chain(own).find(|(_, own)| id == own))
            }
            // A token for several organizations names no single one.
            Named::Any if own.next().is_none() => (Naming::Nothing, Some(first)),
            Named::Any | Named::Nobody => {
                return Finding::CannotTell(Denial::OrganizationMismatch.into());
            }
        };
        match found {
            Some((place, organization)) => Finding::Permit(Permit::OrganizationAudience {
                naming,
                place,
                organization: organization.into(),
            }),
            None => Finding::Deny(Denial::OrganizationMismatch),
        }
    }

    fn named_organization(&self, expected: &ExpectedOrganization) -> Result<Named<'_>, Panicked> {
        let (named, naming) = match expected {
            ExpectedOrganization::FromPath(parameter) => {
                (self.facts.path_parameter(parameter), Naming::Request)
            }
            ExpectedOrganization::FromHeader(name) => (self.facts.header(name), Naming::Request),
            ExpectedOrganization::FromHost(template) => {
                let host = self.facts.host();
                let organization = host.and_then(|host| organization_of_host(template, &host));
                (organization.map(Cow::Owned), Naming::Request)
            }
            ExpectedOrganization::FromRequest(read) => {
                let named = operator_function::call("a function that names the organization", || {
                    (read.0)(self.facts)
                })?;
                (named.map(Cow::Owned), Naming::Request)
            }
            ExpectedOrganization::Is(id) => (Some(Cow::Owned(id.clone())), Naming::Route),
            ExpectedOrganization::Any(_) => return Ok(Named::Any),
        };
        Ok(match named.filter(|id| !id.is_empty()) {
            Some(id) => Named::Exactly { id, naming },
            None => Named::Nobody,
        })
    }

    fn acr(&self, accepted: &[String]) -> Finding {
        let strong_enough = match self.token.claim("acr") {
            None | Some(Value::Null) => Truth::No,
            Some(Value::String(own)) => Truth::of(accepted.contains(own)),
            Some(_) => Truth::CannotTell,
        };
        Finding::of(strong_enough, || Denial::AuthenticationTooWeak { acr_values: accepted.join(" ") })
    }

    fn max_age(&self, max_age: Duration) -> Finding {
        // Milliseconds where seconds belong lie in a far future, and would be recent for ever.
        let latest = self.now.plus(self.token.content().issuer.validation().clock_tolerance);
        let recent = match self.token.claim("auth_time") {
            None | Some(Value::Null) => Truth::No,
            Some(time) => match time.as_f64().and_then(NumericDate::from_seconds) {
                Some(at) if at <= latest => Truth::of(self.now <= at.plus(max_age)),
                _ => Truth::CannotTell,
            },
        };
        Finding::of(recent, || Denial::AuthenticationTooOld { max_age })
    }
}

impl Finding {
    /// Where it cannot be told, the client is answered as if it were denied.
    fn of(truth: Truth, denial: impl FnOnce() -> Denial) -> Self {
        match truth {
            Truth::Yes => Self::Permit(Permit::Plain),
            Truth::No => Self::Deny(denial()),
            Truth::CannotTell => Self::CannotTell(denial().into()),
        }
    }
}

/// Of a token for several organizations the request must name one: such a token names no single organization.
fn organization_among(own: &[&str], named: &Named<'_>) -> Finding {
    let Named::Exactly { id, naming } = named else {
        return Finding::CannotTell(Denial::OrganizationMismatch.into());
    };
    match own.iter().position(|own| id == own) {
        Some(place) => Finding::Permit(Permit::OrganizationClaim {
            naming: *naming,
            place,
            organization: Arc::from(&**id),
        }),
        None => Finding::Deny(Denial::OrganizationMismatch),
    }
}

/// What the request says about the organization.
enum Named<'q> {
    Exactly {
        id: Cow<'q, str>,
        naming: Naming,
    },
    Any,
    /// Nothing that can be read, where something is needed. No token matches, and none differs: a client that
    /// leaves out a header must not pass where another organization is kept out.
    Nobody,
}

/// Who named an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Naming {
    Request,
    Route,
    Nothing,
}

#[derive(Clone, Copy)]
enum Quantity {
    All,
    Any,
}

/// The one label in the place of the placeholder; host names have no case (RFC 9110 §4.2.3).
fn organization_of_host(template: &str, host: &str) -> Option<String> {
    let (before, after) = template.split_once(PLACEHOLDER)?;
    let (host, before, after) =
        (host.to_ascii_lowercase(), before.to_ascii_lowercase(), after.to_ascii_lowercase());
    let label = host.strip_prefix(&before)?.strip_suffix(&after)?;
    (!label.contains('.')).then(|| label.to_owned())
}
