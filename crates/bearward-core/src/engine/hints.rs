//! What the operator may have got wrong, where a token was refused.

use std::collections::HashMap;

use super::{Engine, Explanation, Finding, Source, Step};
use crate::answer::failure::{Failure, Rejection};
use crate::answer::refusal::Refusal;
use crate::check::validation::ClaimsError;
use crate::request::credential::TokenPlace;
use crate::trust::issuer::Issuer;
use crate::trust::near_miss::{NearMiss, alike};
use crate::trust::provider;
use crate::trust::provider::{Evidence, Hint};
use crate::trust::validation_policy::AudienceRule;

impl Engine {
    /// What explains why a token was refused, and what to do: mistakes that users of its provider make
    /// ([`provider`]). For the operator alone, since the texts quote the token.
    ///
    /// ```
    /// use std::time::Duration;
    /// use bearward_core::{EngineConfig, Now, Route};
    ///
    /// let engine = EngineConfig::new()
    ///     .issuer("https://acme.eu.auth0.com/")
    ///     .audience("https://api.example.com")
    ///     .build()?;
    /// let now = Now::new(Duration::from_secs(1_700_000_000), Duration::ZERO);
    /// let opaque = "hZ3kQ";
    /// let hints = engine.hints(opaque, &engine.explain(opaque, Route::open(), now));
    /// assert_eq!(hints[0].code, "audience_not_requested");
    /// # Ok::<(), bearward_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn hints(&self, token: &str, explanation: &Explanation) -> Vec<Hint> {
        provider::hints(&self.evidence(token, explanation))
    }

    /// The configured issuer or audience that a refused token almost names, if there is one. The cost does not grow with the
    /// number of issuers, so every refusal may be asked about. The text is for the operator alone; it quotes nothing of
    /// the token.
    #[must_use]
    pub fn near_miss(&self, refusal: &Refusal, token: &str) -> Option<NearMiss<'_>> {
        if let Some(iss) = refusal.unverified_issuer() {
            return NearMiss::of_issuer(iss, self.similar_issuer(iss)?);
        }
        // The signature was verified before, so a client without a token of a trusted issuer cannot make this expensive.
        let Failure::Rejected(Rejection::Claims(ClaimsError::AudienceMismatch)) = refusal.failure() else {
            return None;
        };
        let issuer = refusal.issuer().and_then(|issuer| self.issuers.get(issuer.identifier()));
        let policy = issuer.map_or(&self.defaults.validation, |issuer| issuer.validation());
        let AudienceRule::OneOf(configured) = &policy.audience else { return None };
        let evidence = Evidence::of(token);
        let audiences = evidence.audiences();
        audiences.iter().find_map(|aud| configured.iter().find_map(|one| NearMiss::of_audience(aud, one)))
    }

    fn similar_issuer(&self, iss: &str) -> Option<&str> {
        let by_likeness = self.similar_issuers.get_or_init(|| {
            let identifiers = self.issuers().map(|issuer| Issuer::identifier(issuer));
            HashMap::from_iter(identifiers.map(|one| (alike(one), one.into())))
        });
        by_likeness.get(&alike(iss)).map(AsRef::as_ref)
    }

    /// What there is to go by for [`hints`](Self::hints), to be added to: the provider, where it is known.
    #[must_use]
    pub fn evidence<'e>(&'e self, token: &'e str, explanation: &Explanation) -> Evidence<'e> {
        let mut evidence = Evidence::of(token);
        if matches!(explanation.step, Step::Done(Ok(_))) {
            evidence = evidence.accepted();
        }
        if explanation.source == Source::Introspection {
            evidence = evidence.introspected();
        }
        for result in &explanation.rules {
            if let Finding::Failed(failure) = &result.finding {
                evidence = evidence.failed(result.rule.name(), failure.code());
            }
        }
        let policies = self.issuers().map(|issuer| issuer.validation());
        for policy in policies.chain([&self.defaults.validation]) {
            if let AudienceRule::OneOf(audiences) = &policy.audience {
                evidence = audiences
                    .iter()
                    .fold(evidence, |evidence, audience| evidence.expecting_audience(audience));
            }
        }
        if let TokenPlace::Header(header) = &self.place {
            evidence = evidence.read_from(header.name().as_str());
        }
        for issuer in self.issuers() {
            evidence = evidence.expecting_issuer(issuer.identifier());
        }
        evidence
    }
}
