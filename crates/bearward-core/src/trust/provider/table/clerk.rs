//! Clerk.

use super::{AUDIENCE_IF_SET, PLAIN, REQUIRED, SEVERAL, text};
use crate::trust::provider::{
    AudiencePlace, IssuerForm, Member, MemberForm, Mistake, Provider, ProviderFacts, Sign,
};
use crate::trust::validation_policy::AudienceSubstitute;

pub(super) const CLERK: ProviderFacts = ProviderFacts {
    name: "clerk",
    title: "Clerk",
    issuers: &[IssuerForm("https://{app}.clerk.accounts.dev")],
    audience: AudiencePlace::Origin("azp"),
    client_id: &["azp"],
    scope: None,
    roles: &[text(&["o", "rol"])],
    organization: &[text(&["o", "id"])],
    signs: &[&[Sign::Claim("sid"), Sign::ObjectClaim("o"), Sign::ListClaim("fva")]],
    members: &[
        Member {
            name: "domain",
            form: MemberForm::Domain,
            what: "the host of the Frontend API",
            found: "Clerk Dashboard, Configure, API keys, Frontend API URL",
            example: "example.clerk.accounts.dev",
            ..REQUIRED
        },
        Member {
            name: "origins",
            form: MemberForm::Origin,
            what: "the web origins of the applications that may call this API; session tokens have the origin in azp",
            found: "the address bar of the application",
            example: "https://app.example.com",
            ..SEVERAL
        },
        Member {
            what: "the audience that a JWT template sets",
            found: "Clerk Dashboard, Configure, JWT templates",
            example: "https://api.example.com",
            ..AUDIENCE_IF_SET
        },
    ],
    issuer_configs: |values| {
        let origins = AudienceSubstitute::azp(values.all("origins"));
        Ok(vec![values.issuer(values.fill("https://{domain}")?).tokens_without_audience(origins)])
    },
    quirks: &["Session tokens have no aud; azp is the web origin that asked for them."],
    mistakes: &[Mistake {
        code: "audience_absent",
        when: |evidence| evidence.has_failed("audience") && evidence.claim("aud").is_none(),
        problem: "Clerk puts no aud into session tokens: azp, the web origin (here {client}), takes its place.",
        remedy: "List the origins whose tokens this API accepts, or have a JWT template put {audience} into aud.",
        rust: ".issuer(\"{iss}\").tokens_without_audience(AudienceSubstitute::azp([\"{client}\"]))",
        node: "auth({ issuerBaseURL: '{iss}', tokensWithoutAudience: { azp: '{client}' } })",
    }],
    ..PLAIN
};

impl Provider {
    /// Clerk: the host of the Frontend API. Name the applications by [`origin`](Self::origin).
    pub fn clerk(domain: impl Into<String>) -> Self {
        Self::of(&CLERK).with("domain", domain)
    }

    /// The web origin of an application that may call this API, besides others given in the same way.
    pub fn origin(self, origin: impl Into<String>) -> Self {
        self.with("origins", origin)
    }
}
