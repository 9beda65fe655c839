//! Why a token is accepted or refused, rule by rule: for people who ask, never for requests.
//!
//! 1. The verdict is an [`Attempt`](super::Attempt)'s own, so an explanation cannot disagree with what a request meets.
//! 2. Every rule before the one that decided was kept.
//! 3. What comes after it is looked at too, as far as it needs nothing that was not established: a token
//!    whose signature is wrong may also be expired, and whoever asks wants to know both at once. Claims of
//!    such a token are anybody's words, and so are these findings.
//!
//! Of an introspected token nothing is known here but the verdict: its rules are kept up to the one that decided.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{Engine, Route, Source, Step};
use crate::answer::failure::{Failure, Rejection, Unavailable};
use crate::check::confirmation::{ConfirmationError, ProofError};
use crate::check::requirement::CheckedRequirement;
use crate::check::validation::ClaimsError;
use crate::check::validation::check_types;
use crate::request::credential::{Credential, Scheme};
use crate::token::error::TokenError;
use crate::token::unverified::UnverifiedToken;
use crate::trust::issuer::Issuer;
use crate::trust::policy::{AudienceRule, ValidationPolicy};
use crate::wire::time::{Now, NumericDate};

/// Why a token is accepted or refused.
#[derive(Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// What an attempt says of the token. Where a fetch must be run first, run it and explain again, as for a request.
    pub step: Step,
    /// How that came about.
    pub source: Source,
    /// Every rule that applies, in the order of a request's path. Where the verdict is a failure, the first
    /// rule that failed is the one that decided, and failed with it.
    pub rules: Vec<RuleResult>,
    /// The trusted issuer whose token this claims to be.
    pub issuer: Option<Arc<Issuer>>,
}

/// One rule and what came of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RuleResult {
    /// The rule.
    pub rule: Rule,
    /// What came of it.
    pub finding: Finding,
}

/// What came of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// The token keeps it.
    Passed,
    /// The token breaks it, or nobody can tell at the moment ([`Failure::Unavailable`]).
    Failed(Failure),
    /// It was not looked at: it needs what a rule before it would have established, or it is switched off.
    NotChecked,
}

/// What an access token must keep, in the order in which it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Stage 1: it is a token68, not too long.
    Credential,
    /// Stage 2: it is a signed JWT with a strict JOSE header and claims set. Where a later rule of stage 2
    /// failed, this one says no more than that nothing was wrong so far.
    Parse,
    /// Stage 2: it is no other kind of JWT.
    Type,
    /// Stage 3: its issuer is trusted.
    Issuer,
    /// Stages 2 and 4: its algorithm is supported, and allowed to this issuer.
    Algorithm,
    /// Stage 4: its issuer's keys hold one that may have signed it.
    Key,
    /// Stage 5: that key did.
    Signature,
    /// Stages 2 to 5 for a token whose issuer is asked about it: the issuer says that it is active. Listed in
    /// place of what it stands for: those rules are not checked.
    Introspection,
    /// Stage 6: it fits the [`Profile`](crate::Profile).
    Profile,
    /// Stage 6: it is for this resource server.
    Audience,
    /// Stage 6: its registered claims are of their types.
    Claims,
    /// Stage 6: it has not expired.
    Expiry,
    /// Stage 6: it is valid already.
    NotBefore,
    /// Stage 6: it was issued in the past, and not too long ago.
    IssuedAt,
    /// Stage 6: the custom validators agree. Listed where there are any.
    Validators,
    /// Stage 6: it was not revoked. Listed where somebody can say.
    Revocation,
    /// Stage 7: its sender is confirmed.
    Confirmation,
    /// Stage 8: it has what the route requires.
    Requirement,
}

impl Rule {
    /// The stable name of the rule, in `snake_case`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Parse => "parse",
            Self::Type => "type",
            Self::Issuer => "issuer",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Introspection => "introspection",
            Self::Profile => "profile",
            Self::Audience => "audience",
            Self::Claims => "claims",
            Self::Expiry => "expiry",
            Self::NotBefore => "not_before",
            Self::IssuedAt => "issued_at",
            Self::Validators => "validators",
            Self::Revocation => "revocation",
            Self::Confirmation => "confirmation",
            Self::Requirement => "requirement",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Every rule, in order.
const RULES: [Rule; 18] = [
    Rule::Credential,
    Rule::Parse,
    Rule::Type,
    Rule::Issuer,
    Rule::Algorithm,
    Rule::Key,
    Rule::Signature,
    Rule::Introspection,
    Rule::Profile,
    Rule::Audience,
    Rule::Claims,
    Rule::Expiry,
    Rule::NotBefore,
    Rule::IssuedAt,
    Rule::Validators,
    Rule::Revocation,
    Rule::Confirmation,
    Rule::Requirement,
];

/// The rules that an introspected token must keep, in the order in which they are checked.
const INTROSPECTED: [Rule; 12] = [
    Rule::Introspection,
    Rule::Issuer,
    Rule::Type,
    Rule::Audience,
    Rule::Claims,
    Rule::Expiry,
    Rule::NotBefore,
    Rule::IssuedAt,
    Rule::Validators,
    Rule::Revocation,
    Rule::Confirmation,
    Rule::Requirement,
];

impl Engine {
    /// Decides about a token as an [attempt](Self::attempt) does, and says what every rule had to do with it.
    ///
    /// Slower than a request: the token is read again. For a command line, an administrator's page, a test.
    ///
    /// ```
    /// use std::time::Duration;
    /// use bearward_core::{EngineConfig, Finding, IssuerConfig, Now, Route, Rule};
    ///
    /// let engine = EngineConfig::new()
    ///     .issuer(IssuerConfig::new("https://tenant.example/oidc").shared_secret([7; 32]))
    ///     .audience("https://api.example.com")
    ///     .build()?;
    /// let now = Now::new(Duration::from_secs(1_700_000_000), Duration::ZERO);
    /// let explanation = engine.explain("not.a.token", Route::open(), now);
    ///
    /// let broken = explanation.rules.iter().find(|result| matches!(result.finding, Finding::Failed(_)));
    /// assert_eq!(broken.map(|result| result.rule), Some(Rule::Parse));
    /// # Ok::<(), bearward_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn explain(&self, token: &str, route: Route<'_>, now: Now) -> Explanation {
        let mut found = Findings::default();
        let credential = match Credential::from_token(token, self.credential_rules()) {
            Ok(credential) => credential,
            Err(error) => {
                let failure = Failure::from(error);
                found.failed(Rule::Credential, &failure);
                let step = Step::Done(Err(self.refuse(failure, Scheme::Bearer)));
                return found.explain(step, Source::Verification, None);
            }
        };
        self.explain_credential(&credential, route, now)
    }

    /// The same for a whole credential, with its scheme and what is known of its sender: for tokens that are
    /// bound to one. A DPoP proof that passes is used up by it, as by a request.
    #[must_use]
    pub fn explain_credential(&self, credential: &Credential<'_>, route: Route<'_>, now: Now) -> Explanation {
        let mut found = Findings::default();
        found.passed(Rule::Credential);
        let mut attempt = self.attempt(credential, route);
        let mut refresh = None;
        let step = loop {
            match attempt.step(now) {
                Step::Refresh(fetch) => refresh = Some(fetch),
                step => break step,
            }
        };
        // A refresh that nothing waits for is left to the next request.
        let step = match (step, refresh) {
            (Step::Wait(in_flight), Some(fetch)) if fetch.in_flight() == in_flight => Step::Fetch(fetch),
            (step, _) => step,
        };
        let source = attempt.source();
        let parsed = self.parse(credential.expose_token());
        if let Some(introspector) = self.introspector_of(credential.expose_token(), &parsed)
            && source != Source::Verification
        {
            let issuer = Arc::clone(introspector.issuer());
            found.introspected(self, &step, issuer.validation());
            return found.explain(step, source, Some(issuer));
        }
        let token = match parsed {
            Ok(token) => token,
            Err(error) => {
                found.parse_failed(error);
                return found.explain(step, source, None);
            }
        };
        found.passed(Rule::Parse);
        found.passed(Rule::Type);
        found.trust(&step);
        if self.any_issuer.is_some() {
            found.not_checked(Rule::Issuer);
        }
        let issuer = self.attempt(credential, route).issuer_of(&token, now);
        let policy = issuer.as_ref().map_or(&self.defaults.validation, |issuer| issuer.validation());
        found.claims(policy, &token, route, now.date());
        found.sender(self, &token, credential, &step, now.date());
        found.requirement(&step);
        found.explain(step, source, issuer)
    }
}

/// What is known so far; what is missing was not checked.
#[derive(Default)]
struct Findings(BTreeMap<Rule, Finding>);

impl Findings {
    fn passed(&mut self, rule: Rule) {
        self.0.insert(rule, Finding::Passed);
    }

    fn failed(&mut self, rule: Rule, failure: &Failure) {
        self.0.insert(rule, Finding::Failed(failure.clone()));
    }

    fn not_checked(&mut self, rule: Rule) {
        self.0.insert(rule, Finding::NotChecked);
    }

    fn record<E: Into<Failure>>(&mut self, rule: Rule, result: Result<(), E>) {
        match result {
            Ok(()) => self.passed(rule),
            Err(error) => self.failed(rule, &error.into()),
        }
    }

    /// Stage 2 has one error for several rules, in the order in which the header is read.
    fn parse_failed(&mut self, error: TokenError) {
        let rule = match error {
            TokenError::UnsupportedAlgorithm => Rule::Algorithm,
            TokenError::WrongType => Rule::Type,
            _ => Rule::Parse,
        };
        self.passed(Rule::Parse);
        self.failed(rule, &error.into());
    }

    /// Stages 3 to 5 need one another, so the verdict alone tells how far the token got.
    fn trust(&mut self, step: &Step) {
        let ended = match step {
            Step::Resolve(_) => Some((Rule::Issuer, None)),
            Step::Fetch(_) | Step::Wait(_) | Step::Refresh(_) => Some((Rule::Key, None)),
            Step::Done(Err(failure)) => trust_rule(failure).map(|rule| (rule, Some(failure))),
            Step::Done(Ok(_)) | Step::Ask(_) => None,
        };
        for rule in [Rule::Issuer, Rule::Algorithm, Rule::Key, Rule::Signature] {
            match ended {
                Some((at, Some(failure))) if rule == at => self.failed(rule, failure),
                Some((at, _)) if rule >= at => {}
                _ => self.passed(rule),
            }
        }
    }

    /// What the verdict on an introspected token tells.
    fn introspected(&mut self, engine: &Engine, step: &Step, policy: &ValidationPolicy) {
        let ended = match step {
            Step::Done(Ok(_)) => None,
            Step::Done(Err(failure)) => Some((introspected_rule(failure), Some(failure))),
            Step::Fetch(_) | Step::Wait(_) | Step::Refresh(_) | Step::Resolve(_) => {
                Some((Rule::Introspection, None))
            }
            Step::Ask(_) => Some((Rule::Revocation, None)),
        };
        let looks_up = engine.revocations.is_some() || engine.shared_revocations;
        self.not_checked(Rule::Introspection);
        for rule in INTROSPECTED {
            match ended {
                Some((at, failure)) if rule == at => {
                    if let Some(failure) = failure {
                        self.failed(rule, failure);
                    }
                    return;
                }
                _ if rule == Rule::Validators && policy.validators.is_empty() => {}
                _ if rule == Rule::Revocation && !looks_up => {}
                _ if rule == Rule::Audience && matches!(policy.audience, AudienceRule::Unchecked) => {}
                _ => self.passed(rule),
            }
        }
    }

    /// Stage 6: the functions that validate, each by itself.
    fn claims(
        &mut self,
        policy: &ValidationPolicy,
        token: &UnverifiedToken<'_>,
        route: Route<'_>,
        now: NumericDate,
    ) {
        let claims = token.unverified_claims();
        self.record(Rule::Profile, policy.profile.check(token.kind(), claims));
        // An unknown issuer of a server whose issuers each have their own audiences: nothing to compare with.
        let names_none = policy.substitute.is_none()
            && matches!(&policy.audience, AudienceRule::OneOf(audiences) if audiences.is_empty());
        if !names_none && !matches!(policy.audience, AudienceRule::Unchecked) {
            let templates = route.requirement.map_or(&[][..], CheckedRequirement::organization_audiences);
            self.record(Rule::Audience, policy.match_audience(claims, templates).map(drop));
        }
        self.record(Rule::Claims, check_types(claims));
        self.record(Rule::Expiry, policy.check_expiry(claims, now));
        self.record(Rule::NotBefore, policy.check_not_before(claims, now));
        self.record(Rule::IssuedAt, policy.check_issued_at(claims, now));
        if !policy.validators.is_empty() {
            self.record(Rule::Validators, policy.ask_validators(claims));
        }
    }

    /// Revocation and stage 7. What the memories of this process had to say is in the verdict alone.
    fn sender(
        &mut self,
        engine: &Engine,
        token: &UnverifiedToken<'_>,
        credential: &Credential<'_>,
        step: &Step,
        now: NumericDate,
    ) {
        let confirmed = engine.confirmation.confirm(&token.unverified_claims().binding, credential, now);
        self.record(Rule::Confirmation, confirmed.map(drop));
        let looks_up = engine.revocations.is_some() || engine.shared_revocations;
        match step {
            Step::Done(Err(failure)) if is_of_revocation(failure) => {
                self.failed(Rule::Revocation, failure);
            }
            Step::Done(Err(failure)) if is_of_replay(failure) => self.failed(Rule::Confirmation, failure),
            Step::Done(_) if looks_up && self.all_passed() => self.passed(Rule::Revocation),
            _ => {}
        }
    }

    /// Stage 8 takes an [`AccessToken`](crate::AccessToken), so the verdict alone can tell of it.
    fn requirement(&mut self, step: &Step) {
        match step {
            Step::Done(Ok(_)) => self.passed(Rule::Requirement),
            Step::Done(Err(failure)) if self.all_passed() => self.failed(Rule::Requirement, failure),
            _ => {}
        }
    }

    fn all_passed(&self) -> bool {
        !self.0.values().any(|finding| matches!(finding, Finding::Failed(_)))
    }

    fn explain(self, step: Step, source: Source, issuer: Option<Arc<Issuer>>) -> Explanation {
        Explanation { step, source, rules: self.into_rules(), issuer }
    }

    fn into_rules(mut self) -> Vec<RuleResult> {
        let optional = [Rule::Introspection, Rule::Validators, Rule::Revocation];
        let listed = |rule: &Rule| !optional.contains(rule) || self.0.contains_key(rule);
        let rules: Vec<_> = RULES.into_iter().filter(listed).collect();
        let result = |rule| RuleResult { rule, finding: self.0.remove(&rule).unwrap_or(Finding::NotChecked) };
        rules.into_iter().map(result).collect()
    }
}

/// The rule of stages 3 to 5 that a failure is about.
fn trust_rule(failure: &Failure) -> Option<Rule> {
    match failure {
        Failure::Rejected(Rejection::Issuer(_)) | Failure::Unavailable(Unavailable::Resolver { .. }) => {
            Some(Rule::Issuer)
        }
        Failure::Rejected(Rejection::Token(TokenError::AlgorithmNotAllowed(_))) => Some(Rule::Algorithm),
        failure if is_of_revocation(failure) || is_of_replay(failure) => None,
        Failure::Rejected(Rejection::Key(_)) | Failure::Unavailable(_) => Some(Rule::Key),
        Failure::Rejected(Rejection::Signature(_)) => Some(Rule::Signature),
        _ => None,
    }
}

fn is_of_revocation(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Rejected(Rejection::Revoked) | Failure::Unavailable(Unavailable::RevocationStore { .. })
    )
}

fn is_of_replay(failure: &Failure) -> bool {
    let replayed = ConfirmationError::Proof(ProofError::Replayed);
    match failure {
        Failure::Rejected(Rejection::Confirmation(error)) => *error == replayed,
        Failure::Unavailable(unavailable) => matches!(unavailable, Unavailable::ReplayStore { .. }),
        _ => false,
    }
}

/// The rule that a failure of an introspected token is about.
fn introspected_rule(failure: &Failure) -> Rule {
    if is_of_revocation(failure) {
        return Rule::Revocation;
    }
    if is_of_replay(failure) {
        return Rule::Confirmation;
    }
    let Failure::Rejected(rejection) = failure else {
        return match failure {
            Failure::Misconfigured(_) => Rule::Requirement,
            _ => Rule::Introspection,
        };
    };
    match rejection {
        Rejection::Token(TokenError::Inactive) => Rule::Introspection,
        Rejection::Issuer(_) => Rule::Issuer,
        Rejection::Token(_) => Rule::Type,
        Rejection::Claims(error) => match error {
            ClaimsError::AudienceMismatch
            | ClaimsError::SubstituteMismatch
            | ClaimsError::Missing("aud")
            | ClaimsError::Malformed("aud") => Rule::Audience,
            ClaimsError::Expired | ClaimsError::Missing("exp") | ClaimsError::Malformed("exp") => {
                Rule::Expiry
            }
            ClaimsError::NotYetValid | ClaimsError::Malformed("nbf") => Rule::NotBefore,
            ClaimsError::IssuedInFuture
            | ClaimsError::TooOld
            | ClaimsError::Missing("iat")
            | ClaimsError::Malformed("iat") => Rule::IssuedAt,
            ClaimsError::Custom(_) => Rule::Validators,
            _ => Rule::Claims,
        },
        Rejection::Confirmation(_) => Rule::Confirmation,
        _ => Rule::Requirement,
    }
}
