//! IdentityServer, Duende's or the open one.

use super::{AUDIENCE, ISSUER, PLAIN, list};
use crate::trust::provider::{Member, Mistake, Provider, ProviderFacts, Sign, TokenForm};

pub(super) const IDENTITY_SERVER: ProviderFacts = ProviderFacts {
    name: "identity_server",
    title: "IdentityServer",
    other_names: &["duende"],
    scope: Some(list(&["scope"])),
    access_tokens: TokenForm::JwtOnRequest,
    signs: &[&[Sign::ListClaim("scope"), Sign::Claim("client_id"), Sign::Claim("jti"), Sign::Claim("iss")]],
    members: &[
        Member {
            found: "IssuerUri of AddIdentityServer, and issuer of /.well-known/openid-configuration",
            example: "https://id.example.com",
            ..ISSUER
        },
        Member {
            found: "the name of the ApiResource that has the API's scopes",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    quirks: &["typ is at+jwt.", "Reference tokens are opaque, and may hold dots."],
    mistakes: &[Mistake {
        code: "audience_absent",
        when: |evidence| evidence.has_failed("audience") && evidence.claim("aud").is_none(),
        problem: "the token has no aud: IdentityServer adds it only for an ApiResource, not for an ApiScope alone.",
        remedy: "Define new ApiResource(\"{audience}\") with the scopes that this API's clients ask for.",
        rust: ".issuer(\"{iss}\").audience(\"{audience}\")",
        node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
    }],
    ..PLAIN
};

impl Provider {
    /// IdentityServer, Duende's or the open one: the issuer. Name the API by [`audience`](Self::audience).
    pub fn identity_server(issuer: impl Into<String>) -> Self {
        Self::of(&IDENTITY_SERVER).with("issuer", issuer)
    }
}
