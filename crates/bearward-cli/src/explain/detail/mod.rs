//! A sentence for every check: what was found, what was expected, and where to look.
//!
//! Everything said here is about a decision that was made elsewhere.

mod content;
mod policy;
mod reading;
mod sender;
mod trust;

use bearward_core::check::Rule;
use bearward_core::engine::{Finding, RuleResult};
use bearward_core::token::UnverifiedToken;
use bearward_core::trust::Issuer;
use bearward_core::wire::NumericDate;
use bearward_core::{Engine, Failure, Now};
use serde_json::Value;

use super::driver::Settled;
use super::expectation::Expectation;
use super::printable::{plain, quoted};
use super::raw_json::RawJson;
use super::sender::PresentedSender;
use super::token::PresentedToken;

/// Everything the sentences are about.
pub(super) struct Details<'a> {
    expectation: &'a Expectation,
    engine: &'a Engine,
    presented: &'a PresentedToken,
    sender: &'a PresentedSender,
    settled: &'a Settled,
    token: Option<UnverifiedToken<'a>>,
    header: Option<RawJson>,
    /// What the issuer says of the token where it was asked, else what the token says.
    claims: Option<RawJson>,
    now: NumericDate,
}

impl<'a> Details<'a> {
    pub(super) fn new(
        expectation: &'a Expectation,
        engine: &'a Engine,
        presented: &'a PresentedToken,
        sender: &'a PresentedSender,
        settled: &'a Settled,
        now: Now,
    ) -> Self {
        Self {
            expectation,
            engine,
            presented,
            sender,
            settled,
            token: presented.unverified(),
            header: presented.header(),
            claims: settled.introspected.clone().or_else(|| presented.claims()),
            now: now.date(),
        }
    }

    /// The sentence for one check.
    pub(super) fn of(&self, step: &RuleResult) -> String {
        match &step.finding {
            Finding::Passed => self.passed(step.rule),
            Finding::Failed(failure) => self.failed(step.rule, failure),
            Finding::NotChecked => self.not_checked(step.rule).to_owned(),
        }
    }

    fn passed(&self, rule: Rule) -> String {
        match rule {
            Rule::Credential => {
                format!("{} bytes, all of them characters of a token", self.presented.expose().len())
            }
            Rule::Parse => self.parsed().to_owned(),
            Rule::Type => self.kind(),
            Rule::Issuer => self.issuer(),
            Rule::Algorithm => self.header_text("alg"),
            Rule::Key => self.key(),
            Rule::Signature => "made by that key over exactly this header and these claims".to_owned(),
            Rule::Introspection => "its issuer says that it is active".to_owned(),
            Rule::Profile => self.profile().to_owned(),
            Rule::Audience => self.audience(),
            Rule::Claims => {
                "sub, client_id, jti and scope are of their types, as far as they are there".to_owned()
            }
            Rule::Expiry => self.time("exp", "expires"),
            Rule::NotBefore => self.time("nbf", "valid since"),
            Rule::IssuedAt => self.time("iat", "issued"),
            Rule::Confirmation => self.confirmed(),
            Rule::Requirement => self.requirement(),
            _ => String::new(),
        }
    }

    /// What was found and what was expected, where more is known than the failure itself tells.
    fn failed(&self, rule: Rule, failure: &Failure) -> String {
        let known = match rule {
            Rule::Credential => self.not_a_credential(failure),
            Rule::Parse => self.not_parsed(failure),
            Rule::Type => self.other_kind(),
            Rule::Profile => self.other_profile(failure),
            Rule::Issuer => self.other_issuer(),
            Rule::Algorithm => self.other_algorithm(failure),
            Rule::Key => self.no_key(failure),
            Rule::Introspection => self.not_active(failure),
            Rule::Signature => Some(
                "not made by that key over this header and these claims: the token was altered, or the key's \
                 name is used for two keys"
                    .to_owned(),
            ),
            Rule::Audience => self.other_audience(),
            Rule::Claims => self.wrong_types(),
            Rule::Expiry => self.not_in_time("exp", "expired"),
            Rule::NotBefore => self.not_in_time("nbf", "valid only from"),
            Rule::IssuedAt => self.not_in_time("iat", "issued"),
            Rule::Confirmation => self.not_confirmed(failure),
            Rule::Requirement => self.unmet(failure),
            _ => None,
        };
        known.unwrap_or_else(|| plain(&failure.to_string()))
    }

    fn not_checked(&self, rule: Rule) -> &'static str {
        let unreadable = self.token.is_none();
        let nobody = self.expectation.trusts_nobody();
        let asked = self.settled.explanation.rules.iter().any(|step| step.rule == Rule::Introspection);
        let is_active = self
            .settled
            .explanation
            .rules
            .iter()
            .any(|step| step.rule == Rule::Introspection && step.finding == Finding::Passed);
        let by_keys = matches!(
            rule,
            Rule::Parse | Rule::Type | Rule::Algorithm | Rule::Key | Rule::Signature | Rule::Profile
        );
        match rule {
            _ if asked && by_keys => "its issuer was asked instead",
            Rule::Introspection => "its issuer could not be asked",
            Rule::Requirement => "needs a token that passed every check above",
            _ if asked && !is_active => "needs an answer that the token is active",
            _ if unreadable && !asked => "needs a token that can be read",
            Rule::Issuer if nobody => "name the issuer with --issuer",
            Rule::Algorithm | Rule::Key | Rule::Signature if nobody => "needs keys: name --issuer or --jwks",
            Rule::Algorithm | Rule::Key | Rule::Signature => "needs what failed above",
            Rule::Audience if self.expectation.audiences().is_empty() => "name the audience with --audience",
            _ => "needs what failed above",
        }
    }

    /// A member of the header, in quotes.
    fn header_text(&self, name: &str) -> String {
        self.header.as_ref().and_then(|header| header.get(name)).map_or_else(String::new, shown)
    }

    fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.as_ref().and_then(|claims| claims.get(name))
    }

    /// The issuer whose keys count: the token's, if it is trusted, else the first that was named.
    fn expected_issuer(&self) -> Option<&Issuer> {
        let found = self.settled.explanation.issuer.as_ref();
        found.or_else(|| self.engine.issuers().next()).map(AsRef::as_ref)
    }
}

/// A value of the token, as JSON writes it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => plain(&other.to_string()),
    }
}

/// Several texts, in quotes.
fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    texts.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}
