//! The part of stage 6 that time can change: rules 4 to 6 of [`validation`](super), for a token that is new and for one
//! that a cache has.

use super::error::{ClaimsError, ValidationError};
use super::{Origin, Validated, ValidatedToken, strictly};
use crate::check::operator_function;
use crate::check::rule::{Rule, Trail};
use crate::token::claims::{ClaimsSet, Member};
use crate::trust::validation_policy::{ExpiryRule, ValidationPolicy};
use crate::wire::time::NumericDate;

impl ValidatedToken {
    /// Validates again what time can change.
    pub(crate) fn revalidate(&self, now: NumericDate, trail: &mut Trail) -> Result<(), ValidationError> {
        let Validated { issuer, origin, claims, kept, .. } = self.content();
        trail.resume(*kept);
        let policy = issuer.validation();
        let expiry = match origin {
            Origin::Signature { .. } => policy.expiry,
            Origin::Introspection => ExpiryRule::Optional,
        };
        policy.check_time(claims, expiry, now, strictly(trail))
    }

    /// When it has run out, with the clock tolerance; `None` where it does not.
    pub(crate) fn end(&self) -> Option<NumericDate> {
        let tolerance = self.content.issuer.validation().clock_tolerance;
        self.content.claims.expires_at.as_ref().present().map(|expiry| expiry.plus(tolerance))
    }
}

impl ValidationPolicy {
    /// Rules 4 to 6. `visit` hears what came of each check, and ends them with an error.
    pub(crate) fn check_time(
        &self,
        claims: &ClaimsSet,
        expiry: ExpiryRule,
        now: NumericDate,
        mut visit: impl FnMut(Rule, Result<(), ValidationError>) -> Result<(), ValidationError>,
    ) -> Result<(), ValidationError> {
        let tolerance = self.clock_tolerance;
        let unexpired = match &claims.expires_at {
            Member::Present(end) if now < end.plus(tolerance) => Ok(()),
            Member::Present(_) => Err(ClaimsError::Expired),
            Member::Malformed => Err(ClaimsError::Malformed("exp")),
            Member::Absent if expiry == ExpiryRule::Optional => Ok(()),
            Member::Absent => Err(ClaimsError::Missing("exp")),
        };
        visit(Rule::Expiry, unexpired.map_err(Into::into))?;
        let begun = match &claims.not_before {
            Member::Present(start) if *start > now.plus(tolerance) => Err(ClaimsError::NotYetValid),
            Member::Malformed => Err(ClaimsError::Malformed("nbf")),
            Member::Present(_) | Member::Absent => Ok(()),
        };
        visit(Rule::NotBefore, begun.map_err(Into::into))?;
        let issued = match (&claims.issued_at, self.max_age) {
            (Member::Malformed, _) => Err(ClaimsError::Malformed("iat")),
            (Member::Present(at), _) if *at > now.plus(tolerance) => Err(ClaimsError::IssuedInFuture),
            (Member::Present(at), Some(age)) if now >= at.plus(age).plus(tolerance) => {
                Err(ClaimsError::TooOld)
            }
            (Member::Absent, Some(_)) => Err(ClaimsError::Missing("iat")),
            (Member::Present(_), _) | (Member::Absent, None) => Ok(()),
        };
        visit(Rule::IssuedAt, issued.map_err(Into::into))?;
        if self.validators.is_empty() {
            return Ok(());
        }
        visit(Rule::Validators, self.ask_validators(claims))
    }

    fn ask_validators(&self, claims: &ClaimsSet) -> Result<(), ValidationError> {
        self.validators.iter().try_for_each(|validator| {
            operator_function::call("a validator", || validator(claims))?.map_err(ClaimsError::Custom)?;
            Ok(())
        })
    }
}
