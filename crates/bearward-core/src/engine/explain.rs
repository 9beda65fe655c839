//! Why a token is accepted or refused, rule by rule: for people who ask, never for requests.
//!
//! 1. The verdict is an [`Attempt`](super::Attempt)'s own, so an explanation cannot disagree with what a request meets.
//! 2. The attempt says which rules it came to. All of them were kept, except for the last one of an attempt that refuses.
//! 3. What comes after it is looked at too, as far as it needs nothing that was not established: a token whose
//!    signature is wrong may also be expired, and the operator wants to know both at once. Claims of such a token are
//!    anybody's words, and so are these findings.
//!
//! Of an introspected token nothing is known here but what its attempt says.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Engine, Route, Source, Step};
use crate::answer::failure::Failure;
use crate::check::rule::{Rule, Trail};
use crate::check::validation::ValidationError;
use crate::request::credential::{Credential, Scheme};
use crate::trust::issuer::Issuer;
use crate::trust::validation_policy::AudienceRule;
use crate::wire::time::Now;

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
    /// The token breaks it, or this cannot be checked at the moment ([`Failure::Unavailable`]).
    Failed(Failure),
    /// It was not looked at: it needs what a rule before it would have established, or it is switched off.
    NotChecked,
}

impl Engine {
    /// Decides about a token as an [attempt](Self::attempt) does, and says what every rule had to do with it.
    ///
    /// Slower than a request: the token is read again. For a command line, an administrator's page, a test.
    ///
    /// ```
    /// use std::time::Duration;
    /// use bearward_core::{EngineConfig, IssuerConfig, Now, Route};
    /// use bearward_core::check::Rule;
    /// use bearward_core::engine::Finding;
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
        match Credential::from_token(token, self.credential_rules()) {
            Ok(credential) => self.explain_credential(&credential, route, now),
            Err(error) => {
                let step = Step::Done(Err(self.refuse(error, Scheme::Bearer)));
                let rules = Findings::of(Trail::start(), &step).into_rules();
                Explanation { step, source: Source::Verification, rules, issuer: None }
            }
        }
    }

    /// The same for a whole credential, with its scheme and what is known of its sender: for tokens that are
    /// bound to one. A DPoP proof that passes is used up by it, as by a request.
    #[must_use]
    pub fn explain_credential(&self, credential: &Credential<'_>, route: Route<'_>, now: Now) -> Explanation {
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
        let (source, trail) = (attempt.source(), attempt.trail());
        let mut found = Findings::of(trail, &step);
        let issuer = match &self.introspector {
            Some(introspector) if trail.has_reached(Rule::Introspection) => {
                Some(Arc::clone(introspector.issuer()))
            }
            _ => self.survey(credential, route, now, &mut found),
        };
        Explanation { step, source, rules: found.into_rules(), issuer }
    }

    /// Looks at what the attempt has not come to, as far as that needs nothing which was to be established before. Gives
    /// the issuer whose token this claims to be.
    fn survey(
        &self,
        credential: &Credential<'_>,
        route: Route<'_>,
        now: Now,
        found: &mut Findings,
    ) -> Option<Arc<Issuer>> {
        let token = self.parse(credential.expose_token()).ok()?;
        let issuer = self.attempt(credential, route).issuer_of(&token, now);
        let policy = issuer.as_ref().map_or(&self.defaults.validation, |issuer| issuer.validation());
        let claims = token.unverified_claims();
        let mut visit = |rule, result: Result<(), ValidationError>| {
            found.add(rule, result);
            Ok(())
        };
        // Each check is told of, so the whole tells nothing more.
        let _ = visit(Rule::Profile, policy.profile.check(token.kind(), claims));
        // An unknown issuer of a server whose issuers each have their own audiences: nothing to compare with.
        let names_none = policy.substitute.is_none()
            && matches!(&policy.audience, AudienceRule::OneOf(audiences) if audiences.is_empty());
        let _ = policy.check_content(claims, route.organization_audiences(), |rule, result| match rule {
            Rule::Audience if names_none => Ok(()),
            _ => visit(rule, result),
        });
        let _ = policy.check_time(claims, policy.expiry, now.date(), visit);
        let confirmed = self.confirmation.confirm(&claims.binding, credential, now.date());
        found.add(Rule::Confirmation, confirmed.map(drop));
        issuer
    }
}

/// What is known so far; what is missing was not checked.
#[derive(Default)]
struct Findings(BTreeMap<Rule, Finding>);

impl Findings {
    /// What an attempt has come to, by how its last step ended.
    fn of(trail: Trail, step: &Step) -> Self {
        let last = match step {
            // All is well as far as this process knows.
            Step::Done(Ok(_)) | Step::Ask(_) => Finding::Passed,
            Step::Done(Err(refusal)) => Finding::Failed(refusal.failure().clone()),
            Step::Refresh(_) | Step::Fetch(_) | Step::Wait(_) | Step::Resolve(_) => Finding::NotChecked,
        };
        let finding = |rule| if rule == trail.last() { last.clone() } else { Finding::Passed };
        let reached = Rule::ALL.into_iter().filter(|rule| trail.has_reached(*rule));
        Self(reached.map(|rule| (rule, finding(rule))).collect())
    }

    /// What was found of a rule that the attempt has not come to.
    fn add<E: Into<Failure>>(&mut self, rule: Rule, result: Result<(), E>) {
        self.0.entry(rule).or_insert_with(|| match result {
            Ok(()) => Finding::Passed,
            Err(error) => Finding::Failed(error.into()),
        });
    }

    fn into_rules(mut self) -> Vec<RuleResult> {
        let optional = [Rule::Introspection, Rule::Validators, Rule::Revocation];
        let listed = |rule: &Rule| !optional.contains(rule) || self.0.contains_key(rule);
        let rules: Vec<_> = Rule::ALL.into_iter().filter(listed).collect();
        let result = |rule| RuleResult { rule, finding: self.0.remove(&rule).unwrap_or(Finding::NotChecked) };
        rules.into_iter().map(result).collect()
    }
}
