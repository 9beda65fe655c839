//! Zitadel.

use super::{AUDIENCE, PLAIN, REQUIRED, text};
use crate::trust::provider::{
    ClaimForm, ClaimPlace, IssuerForm, Member, MemberForm, Mistake, Provider, ProviderFacts, Sign, TokenForm,
};

pub(super) const ZITADEL: ProviderFacts = ProviderFacts {
    name: "zitadel",
    title: "Zitadel",
    issuers: &[IssuerForm("https://{instance}.zitadel.cloud")],
    roles: &[ClaimPlace { path: &["urn:zitadel:iam:org:project:roles"], form: ClaimForm::ObjectKeys }],
    organization: &[text(&["urn:zitadel:iam:user:resourceowner:id"])],
    access_tokens: TokenForm::JwtOnRequest,
    signs: &[&[Sign::ObjectClaim("urn:zitadel:iam:org:project:roles")]],
    members: &[
        Member {
            name: "domain",
            form: MemberForm::Host,
            what: "the domain of the instance, or its custom domain if clients use it",
            found: "Zitadel Console, Instance, Custom Domains",
            example: "acme-a1b2c3.zitadel.cloud",
            ..REQUIRED
        },
        Member {
            what: "the id of the project that this API is in, or the client id of the API",
            found: "Zitadel Console, Projects, your project, Resource Id",
            example: "261234567890123456",
            ..AUDIENCE
        },
    ],
    issuer_configs: |values| Ok(vec![values.issuer(values.fill("https://{domain}")?)]),
    quirks: &[
        "aud holds the ids of projects and clients.",
        "The names of the members of urn:zitadel:iam:org:project:roles are the roles.",
    ],
    mistakes: &[Mistake {
        code: "opaque_by_default",
        when: |evidence| evidence.is_unreadable(),
        problem: "Zitadel's access tokens are opaque by default.",
        remedy: "Set the application's auth token type to JWT. If it must stay, write under this issuer in the settings \
                 `introspection: {client_id: <client id>, client_secret: \"${CLIENT_SECRET}\"}`: the API then asks about \
                 each token.",
        rust: ".introspection(Introspection::new(ClientAuthentication::secret_basic(\"<client id>\", secret)))",
        node: "introspection: { clientId: '<client id>', clientSecret: process.env.CLIENT_SECRET }",
    }],
    ..PLAIN
};

impl Provider {
    /// Zitadel: the instance's domain. Name the project by [`audience`](Self::audience).
    pub fn zitadel(domain: impl Into<String>) -> Self {
        Self::of(&ZITADEL).with("domain", domain)
    }
}
