//! What is told: the checks, the verdict, and what the token says of itself.

use std::borrow::Cow;

use bearward_core::answer::{Answer, Rejection};
use bearward_core::check::Rule;
use bearward_core::engine::{Finding, RuleResult};
use bearward_core::token::TokenError;
use bearward_core::trust::Introspection;
use bearward_core::trust::provider;
use bearward_core::{Engine, Failure, Now, Refusal, Step};
use serde::Serialize;
use serde_json::value::RawValue;

use super::detail::Details;
use super::driver::{Ended, Fetched, Settled};
use super::expectation::Expectation;
use super::raw_json::RawJson;
use super::requirement::Sides;
use super::sender::{PresentedProof, PresentedSender};
use super::token::PresentedToken;
use super::{printable, remedy};

/// The whole explanation. Its JSON is for scripts, so members are added and never renamed.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// When, in seconds since 1970: the clock that the token was held against.
    pub(super) checked_at: f64,
    pub(super) verdict: Verdict,
    pub(super) checks: Vec<Check>,
    pub(super) fetches: Vec<Fetch>,
    /// Whose tokens look like this one, where that is known.
    pub(super) provider: Option<Provider>,
    /// What explains a refusal, and what to do.
    pub(super) hints: Vec<Hint>,
    /// Both sides of what the route requires; left out where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requirement: Option<Sides>,
    /// What the issuer says of the token; left out where it was not asked, or gave no answer.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "raw")]
    pub(super) introspection: Option<RawJson>,
    /// As it was sent; null where it cannot be read.
    #[serde(serialize_with = "raw")]
    pub(super) header: Option<RawJson>,
    /// As it was sent; null where it cannot be read.
    #[serde(serialize_with = "raw")]
    pub(super) claims: Option<RawJson>,
    /// The proof that came with it; left out where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dpop_proof: Option<Proof>,
}

/// A row of the table of providers.
#[derive(Debug, Serialize)]
pub(super) struct Provider {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
}

/// Something that people get wrong.
#[derive(Debug, Serialize)]
pub(super) struct Hint {
    pub(super) code: &'static str,
    /// The provider whose users do; null where everybody does.
    pub(super) provider: Option<&'static str>,
    pub(super) problem: String,
    pub(super) remedy: String,
    /// What to write.
    pub(super) rust: String,
    pub(super) node: String,
}

/// A DPoP proof, read in the same way.
#[derive(Debug, Serialize)]
pub(super) struct Proof {
    #[serde(serialize_with = "raw")]
    pub(super) header: Option<RawJson>,
    #[serde(serialize_with = "raw")]
    pub(super) claims: Option<RawJson>,
}

/// What the engine decided.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    pub(super) accepted: bool,
    pub(super) decision: Decision,
    /// `accepted`, `undecided`, or the stable code of the failure.
    pub(super) code: &'static str,
    pub(super) detail: String,
    /// The stage in which the failure was found; left out where there is none, as is the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stage: Option<&'static str>,
    /// What happened, and what the operator can do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<Cow<'static, str>>,
    /// The status an API answers with, where it refuses.
    pub(super) status: Option<u16>,
    /// The challenge it sends along.
    pub(super) www_authenticate: Option<String>,
    /// Which APIs answer so, for a sentence.
    #[serde(skip)]
    pub(super) answered_by: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Decision {
    Accepted,
    Refused,
    /// The keys are not to be had: an API answers 503, and the token may be good.
    Unavailable,
    /// There was nothing to hold the token against.
    Undecided,
}

/// One check.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) status: Status,
    /// The stable code of the failure.
    pub(super) code: Option<&'static str>,
    pub(super) detail: String,
    /// What happened, and what the operator can do; left out unless the check failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<Cow<'static, str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Passed,
    Failed,
    NotChecked,
}

/// One fetch on the way to the keys.
#[derive(Debug, Serialize)]
pub(super) struct Fetch {
    pub(super) url: String,
    pub(super) ok: bool,
    pub(super) result: String,
}

impl Report {
    pub(super) fn new(
        expectation: &Expectation,
        engine: &Engine,
        presented: &PresentedToken,
        sender: &PresentedSender,
        settled: &Settled,
        now: Now,
    ) -> Self {
        let details = Details::new(expectation, engine, presented, sender, settled, now);
        let steps = &settled.explanation.rules;
        let check = |step: &RuleResult| {
            let (status, failure) = match &step.finding {
                Finding::Passed => (Status::Passed, None),
                Finding::Failed(failure) => (Status::Failed, Some(failure)),
                Finding::NotChecked => (Status::NotChecked, None),
            };
            Check {
                name: step.rule.name(),
                status,
                code: failure.map(Failure::code),
                detail: details.of(step),
                remedy: failure.map(|failure| remedy::of(failure, expectation.is_of_api())),
            }
        };
        let mut evidence = engine.evidence(presented.expose(), &settled.explanation);
        // A token of another issuer tells by it whose it is: a v1.0 token of Entra ID at an API that expects v2.0, for instance.
        let is_foreign = steps.iter().any(
            |step| matches!(&step.finding, Finding::Failed(failure) if failure.code() == "issuer_unknown"),
        );
        if let Some(facts) = expectation.provider()
            && !(is_foreign && provider::recognise(&evidence).is_some())
        {
            evidence = evidence.of_provider(facts);
        }
        let claims = settled.introspected.clone().or_else(|| presented.claims());
        Self {
            checked_at: now.date().seconds(),
            verdict: Verdict::new(expectation, engine, presented, sender, settled),
            provider: provider::recognise(&evidence)
                .map(|facts| Provider { name: facts.name, title: facts.title }),
            hints: provider::hints(&evidence).into_iter().map(Hint::new).collect(),
            requirement: expectation.required().map(|required| Sides::of(required, claims.as_ref())),
            introspection: settled.introspected.clone(),
            checks: steps.iter().map(check).collect(),
            fetches: settled.fetched.iter().map(Fetch::new).collect(),
            header: presented.header(),
            claims: presented.claims(),
            dpop_proof: sender.proof().map(Proof::new),
        }
    }

    /// Of a request that presents no token that could be looked at.
    pub(super) fn unread(refusal: &Refusal, now: Now) -> Self {
        let failure = refusal.failure();
        let detail = printable::plain(&failure.to_string());
        let check = Check {
            name: Rule::Credential.name(),
            status: Status::Failed,
            code: Some(failure.code()),
            detail,
            remedy: Some(failure.remedy().into()),
        };
        Self {
            checked_at: now.date().seconds(),
            verdict: Verdict::refused(failure, &refusal.answer(), "An API", failure.remedy().into()),
            checks: vec![check],
            fetches: Vec::new(),
            provider: None,
            hints: Vec::new(),
            requirement: None,
            introspection: None,
            header: None,
            claims: None,
            dpop_proof: None,
        }
    }

    /// For scripts.
    pub(super) fn to_json(&self) -> String {
        printable::json(self) + "\n"
    }
}

impl Verdict {
    fn new(
        expectation: &Expectation,
        engine: &Engine,
        presented: &PresentedToken,
        sender: &PresentedSender,
        settled: &Settled,
    ) -> Self {
        let refusal = match &settled.explanation.step {
            Step::Done(Ok(_)) => return Self::accepted(sender, settled),
            Step::Done(Err(refusal)) => refusal,
            // Explaining asks no shared store, and every fetch has been run.
            Step::Refresh(_) | Step::Fetch(_) | Step::Wait(_) | Step::Resolve(_) | Step::Ask(_) => {
                return Self::undecided(expectation, settled);
            }
        };
        let failure = refusal.failure();
        if !expectation.introspects() && Introspection::asks_about(presented.expose()) && is_unread(failure) {
            return Self::opaque(expectation);
        }
        let answered_by = if !expectation.introspects() && is_by_keys(failure) {
            "An API that verifies such tokens itself, and does not ask their issuer,"
        } else {
            "An API"
        };
        let answer = engine.refuse(failure.clone(), sender.scheme()).answer();
        Self::refused(failure, &answer, answered_by, remedy::of(failure, expectation.is_of_api()))
    }

    fn refused(
        failure: &Failure,
        answer: &Answer,
        answered_by: &'static str,
        remedy: Cow<'static, str>,
    ) -> Self {
        let challenges = answer.headers.get_all(http::header::WWW_AUTHENTICATE).iter();
        let challenges: Vec<_> = challenges.filter_map(|value| value.to_str().ok()).collect();
        let decision = match failure {
            Failure::Unavailable(_) => Decision::Unavailable,
            _ => Decision::Refused,
        };
        Self {
            accepted: false,
            decision,
            code: failure.code(),
            detail: printable::plain(&failure.to_string()),
            stage: Some(failure.stage()),
            remedy: Some(remedy),
            status: Some(answer.status.as_u16()),
            www_authenticate: (!challenges.is_empty()).then(|| challenges.join(", ")),
            answered_by,
        }
    }

    /// The issuer alone knows, and was not asked.
    fn opaque(expectation: &Expectation) -> Self {
        let missing = if expectation.names_issuer() {
            "add --client-id"
        } else {
            "name --issuer, --audience and --client-id"
        };
        let detail = format!(
            "an opaque token: an API that asks its issuer (introspection) may accept it, and any other refuses it. To ask \
             here, too, {missing}, with that client's secret in CLIENT_SECRET"
        );
        Self { code: "undecided", detail, ..Self::open() }
    }

    /// Nothing is decided.
    fn open() -> Self {
        Self {
            accepted: false,
            decision: Decision::Undecided,
            code: "undecided",
            detail: String::new(),
            stage: None,
            remedy: None,
            status: None,
            www_authenticate: None,
            answered_by: "",
        }
    }

    fn accepted(sender: &PresentedSender, settled: &Settled) -> Self {
        let open = |rule| {
            let mut steps = settled.explanation.rules.iter();
            steps.any(|step| step.rule == rule && step.finding == Finding::NotChecked)
        };
        let detail = if open(Rule::Audience) {
            "its audience was not checked, as every API must: name it with --audience"
        } else if sender.proof().is_some_and(PresentedProof::lacks_nonce) {
            "every check passed, but an API that asks for nonces refuses the proof for its own"
        } else {
            "every check passed"
        };
        Self {
            accepted: true,
            decision: Decision::Accepted,
            code: "accepted",
            detail: detail.to_owned(),
            ..Self::open()
        }
    }

    fn undecided(expectation: &Expectation, settled: &Settled) -> Self {
        let failed = settled.explanation.rules.iter().any(|step| matches!(step.finding, Finding::Failed(_)));
        let detail = match (expectation.trusts_nobody(), failed) {
            (false, _) => "its keys could not be fetched",
            (true, false) => {
                "nothing wrong was found, but no trusted issuer vouches for it: name --issuer and --audience, or --jwks"
            }
            (true, true) => {
                "no API accepts it with what failed above; for the rest, name --issuer and --audience, or --jwks"
            }
        };
        Self { detail: detail.to_owned(), ..Self::open() }
    }
}

/// Whether the token could not be read as a JWT.
fn is_unread(failure: &Failure) -> bool {
    matches!(failure, Failure::Rejected(Rejection::Token(_)))
}

/// Whether keys decided, which an API that asks the issuer about every token does not need.
fn is_by_keys(failure: &Failure) -> bool {
    let Failure::Rejected(rejection) = failure else { return false };
    matches!(
        rejection,
        Rejection::Key(_) | Rejection::Signature(_) | Rejection::Token(TokenError::AlgorithmNotAllowed(_))
    )
}

impl Hint {
    fn new(hint: provider::Hint) -> Self {
        let provider::Hint { code, provider, problem, remedy, rust, node, .. } = hint;
        let [problem, remedy, rust, node] = [problem, remedy, rust, node].map(|text| printable::plain(&text));
        Self { code, provider, problem, remedy, rust, node }
    }
}

impl Proof {
    fn new(proof: &PresentedProof) -> Self {
        Self { header: proof.header(), claims: proof.claims() }
    }
}

impl Fetch {
    fn new(fetched: &Fetched) -> Self {
        Self {
            url: printable::plain(fetched.url.as_str()),
            ok: fetched.ended == Ended::Well,
            result: printable::plain(&fetched.result),
        }
    }
}

fn raw<S: serde::Serializer>(json: &Option<RawJson>, serializer: S) -> Result<S::Ok, S::Error> {
    let raw: Option<Box<RawValue>> = json.as_ref().and_then(RawJson::raw);
    raw.serialize(serializer)
}
