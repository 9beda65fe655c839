//! Spring Authorization Server.

use super::{AUDIENCE, ISSUER, NO_ISSUER, PLAIN, list};
use crate::trust::provider::{Member, Mistake, Provider, ProviderFacts, Sign};

pub(super) const SPRING: ProviderFacts = ProviderFacts {
    name: "spring",
    title: "Spring Authorization Server",
    scope: Some(list(&["scope"])),
    signs: &[
        &[Sign::ListClaim("scope"), Sign::ListClaim("authorities"), Sign::NoClaim("iss")],
        &[
            Sign::ListClaim("scope"),
            Sign::Claim("iss"),
            Sign::Claim("nbf"),
            Sign::Claim("aud"),
            Sign::NoClaim("client_id"),
        ],
    ],
    members: &[
        Member {
            found: "spring.security.oauth2.authorizationserver.issuer, or AuthorizationServerSettings",
            example: "https://id.example.com",
            ..ISSUER
        },
        Member {
            found: "what an OAuth2TokenCustomizer sets, else the client id",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    quirks: &["aud is the client id by default.", "Tokens of old Spring Security OAuth have no iss."],
    mistakes: &[
        NO_ISSUER,
        Mistake {
            code: "audience_is_client",
            when: |evidence| {
                let audiences = evidence.audiences();
                let is_subject =
                    || audiences.iter().any(|audience| evidence.text_claim("sub") == Some(*audience));
                evidence.has_code("audience_mismatch") && (is_subject() || evidence.claim("azp").is_some())
            },
            problem: "the token's aud is {aud}: Spring Authorization Server writes the client's id by default.",
            remedy: "Register an OAuth2TokenCustomizer<JwtEncodingContext> that calls context.getClaims().audience(\
                     List.of(\"{audience}\")).",
            rust: ".issuer(\"{iss}\").audience(\"{audience}\")",
            node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
        },
    ],
    ..PLAIN
};

impl Provider {
    /// Spring Authorization Server: the issuer. Name the API by [`audience`](Self::audience).
    pub fn spring(issuer: impl Into<String>) -> Self {
        Self::of(&SPRING).with("issuer", issuer)
    }
}
