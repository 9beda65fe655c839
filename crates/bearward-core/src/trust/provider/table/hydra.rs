//! Ory Hydra.

use super::{AUDIENCE, ISSUER, PLAIN, list};
use crate::trust::provider::{IssuerForm, Member, Mistake, Provider, ProviderFacts, Sign, TokenForm};

pub(super) const HYDRA: ProviderFacts = ProviderFacts {
    name: "hydra",
    title: "Ory Hydra",
    other_names: &["ory"],
    issuers: &[IssuerForm("https://{project}.projects.oryapis.com")],
    scope: Some(list(&["scp"])),
    access_tokens: TokenForm::JwtOnRequest,
    signs: &[
        &[Sign::ObjectClaim("ext"), Sign::ListClaim("scp")],
        &[Sign::ListClaim("scp"), Sign::Claim("client_id"), Sign::ListClaim("aud"), Sign::NoClaim("cid")],
        &[Sign::TokenBegins("ory_at_")],
    ],
    members: &[
        Member {
            found: "urls.self.issuer of the configuration; or Ory Console, OAuth 2, Overview",
            example: "https://acme.projects.oryapis.com",
            ..ISSUER
        },
        Member {
            found: "the audience list of the OAuth 2.0 client; its requests name one of them",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    quirks: &[
        "aud is a list, and empty unless the client asks.",
        "The consent app's own claims are in the object ext.",
    ],
    mistakes: &[
        Mistake {
            code: "audience_not_requested",
            when: |evidence| evidence.has_failed("audience") && evidence.audiences().is_empty(),
            problem: "the token's aud is {aud}: the client asked for no audience.",
            remedy: "Allow the audience at the client (hydra update client --audience {audience}), have it send the \
                     parameter audience, and have the consent app grant it (grant_access_token_audience).",
            rust: ".issuer(\"{iss}\").audience(\"{audience}\")",
            node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
        },
        Mistake {
            code: "opaque_by_default",
            when: |evidence| evidence.is_unreadable(),
            problem: "Hydra's access tokens are opaque by default.",
            remedy: "Set strategies.access_token to jwt. If it must stay, write under this issuer in the settings \
                     `introspection: {client_id: <client id>, client_secret: \"${CLIENT_SECRET}\", endpoint: \
                     \"https://<admin host>/admin/oauth2/introspect\"}`: the API then asks about each token.",
            rust: ".introspection(Introspection::new(ClientAuthentication::secret_basic(\"<client id>\", secret))\
                   .endpoint(\"https://<admin host>/admin/oauth2/introspect\"))",
            node: "introspection: { clientId: '<client id>', clientSecret: process.env.CLIENT_SECRET, endpoint: \
                   'https://<admin host>/admin/oauth2/introspect' }",
        },
    ],
    ..PLAIN
};

impl Provider {
    /// Ory Hydra: the issuer. Name the API by [`audience`](Self::audience).
    pub fn hydra(issuer: impl Into<String>) -> Self {
        Self::of(&HYDRA).with("issuer", issuer)
    }
}
