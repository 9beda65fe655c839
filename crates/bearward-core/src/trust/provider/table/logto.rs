//! Logto.

use super::{AUDIENCE, PLAIN, REQUIRED, text};
use crate::trust::provider::{IssuerForm, Member, MemberForm, Mistake, Provider, ProviderFacts, TokenForm};

pub(super) const LOGTO: ProviderFacts = ProviderFacts {
    name: "logto",
    title: "Logto",
    issuers: &[IssuerForm("https://{tenant}.logto.app/oidc")],
    organization: &[text(&["organization_id"])],
    access_tokens: TokenForm::JwtOnRequest,
    members: &[
        Member {
            name: "domain",
            form: MemberForm::Host,
            what: "the host of the Logto endpoint",
            found: "Logto Console, Settings, Domains; or the host of an installation",
            example: "acme.logto.app",
            ..REQUIRED
        },
        Member {
            found: "Logto Console, API resources, your API, API identifier",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    issuer_configs: |values| Ok(vec![values.issuer(values.fill("https://{domain}/oidc")?)]),
    quirks: &["Keys are ES384.", "A token for an organization has the audience urn:logto:organization:<id>."],
    mistakes: &[Mistake {
        code: "resource_not_requested",
        when: |evidence| evidence.is_unreadable(),
        problem: "the client asked for no API resource, so the token is opaque.",
        remedy: "Create the API resource in the Logto console and have the client send its indicator as the parameter \
                 resource (resources: ['{audience}'], getAccessToken('{audience}')).",
        rust: ".issuer(\"https://{tenant}.logto.app/oidc\").audience(\"{audience}\")",
        node: "auth({ issuerBaseURL: 'https://{tenant}.logto.app/oidc', audience: '{audience}' })",
    }],
    ..PLAIN
};

impl Provider {
    /// Logto: the host of its endpoint, such as `acme.logto.app`. Name the API by [`audience`](Self::audience).
    pub fn logto(domain: impl Into<String>) -> Self {
        Self::of(&LOGTO).with("domain", domain)
    }
}
