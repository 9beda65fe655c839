//! Auth0.

use super::{AUDIENCE, PLAIN, REQUIRED, list, text};
use crate::trust::provider::{IssuerForm, Member, MemberForm, Mistake, Provider, ProviderFacts, TokenForm};

pub(super) const AUTH0: ProviderFacts = ProviderFacts {
    name: "auth0",
    title: "Auth0",
    issuers: &[IssuerForm("https://{tenant}.auth0.com/")],
    client_id: &["azp", "client_id"],
    roles: &[list(&["permissions"])],
    organization: &[text(&["org_id"])],
    access_tokens: TokenForm::JwtOnRequest,
    members: &[
        Member {
            name: "domain",
            form: MemberForm::Domain,
            what: "the domain of the tenant, or its custom domain if clients use it",
            found: "Auth0 Dashboard, Applications, your application, Settings, Domain",
            example: "acme.eu.auth0.com",
            ..REQUIRED
        },
        Member {
            found: "Auth0 Dashboard, Applications, APIs, your API, Identifier",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    issuer_configs: |values| Ok(vec![values.issuer(values.fill("https://{domain}/")?)]),
    quirks: &[
        "The issuer ends in a slash.",
        "aud is often a list, with the tenant's /userinfo beside the API.",
        "typ is JWT or at+jwt, depending on the API's token dialect.",
        "Other claims have a URL before their name.",
    ],
    mistakes: &[Mistake {
        code: "audience_not_requested",
        when: |evidence| {
            let only_user_info = || {
                let audiences = evidence.audiences();
                !audiences.is_empty() && audiences.iter().all(|audience| audience.ends_with("/userinfo"))
            };
            evidence.is_unreadable() || (evidence.has_failed("audience") && only_user_info())
        },
        problem: "the client asked for no API, so the token is opaque or encrypted, and only /userinfo accepts it.",
        remedy: "Create an API in the Auth0 dashboard and have the client send its identifier as the parameter audience \
                 (authorizationParams: { audience: '{audience}' }) in every authorization and token request.",
        rust: ".issuer(\"https://{tenant}.auth0.com/\").audience(\"{audience}\")",
        node: "auth({ issuerBaseURL: 'https://{tenant}.auth0.com/', audience: '{audience}' })",
    }],
    ..PLAIN
};

impl Provider {
    /// Auth0: the tenant's domain, such as `acme.eu.auth0.com`. Name the API by [`audience`](Self::audience).
    pub fn auth0(domain: impl Into<String>) -> Self {
        Self::of(&AUTH0).with("domain", domain)
    }
}
