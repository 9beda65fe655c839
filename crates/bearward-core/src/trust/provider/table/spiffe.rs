//! JWT-SVIDs of SPIFFE, for which there is no preset.

use super::PLAIN;
use crate::trust::provider::{KeyPlace, Mistake, ProviderFacts, Sign};

pub(super) const SPIFFE: ProviderFacts = ProviderFacts {
    name: "spiffe",
    title: "SPIFFE JWT-SVID",
    client_id: &[],
    scope: None,
    keys: KeyPlace::Configured,
    signs: &[&[Sign::ClaimBegins("sub", "spiffe://")]],
    issuer_configs: |values| {
        Err(values.cannot_work(
            "a JWT-SVID has no iss, so only settings that weaken the protection accept it",
            "Give the trust domain's keys as the only issuer's (static_keys), allow tokens without issuer under dangerous(), and \
             require the sub of the workloads that may call",
        ))
    },
    quirks: &["There is no iss: sub names the trust domain.", "The keys of a bundle have the use jwt-svid."],
    mistakes: &[Mistake {
        code: "issuer_absent",
        when: |evidence| evidence.has_failed("issuer") && evidence.issuer().is_none(),
        problem: "a JWT-SVID has no iss: its trust domain is in sub.",
        remedy: "Give the API the trust domain's keys as the only issuer, and require the sub of the workloads.",
        rust: ".issuer(IssuerConfig::new(\"<trust domain>\").static_keys(jwks)) and .dangerous().allow_tokens_without_issuer()",
        node: "auth({ issuer: '<trust domain>', jwksUri: 'https://…', audience: '{audience}', dangerous: { \
               tokensWithoutIssuer: true } })",
    }],
    ..PLAIN
};
