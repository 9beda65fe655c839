//! Curity Identity Server.

use super::{AUDIENCE, ISSUER, PLAIN};
use crate::trust::provider::{IssuerForm, Member, Mistake, Provider, ProviderFacts, Sign, TokenForm};

pub(super) const CURITY: ProviderFacts = ProviderFacts {
    name: "curity",
    title: "Curity Identity Server",
    issuers: &[IssuerForm("https://{host}/oauth/v2/oauth-anonymous"), IssuerForm("https://{host}/~")],
    access_tokens: TokenForm::JwtOnRequest,
    signs: &[&[Sign::TokenBegins("_0XBPWQQ_")]],
    members: &[
        Member {
            found: "Curity Admin UI, Profiles, Token Service, General, Issuer",
            example: "https://id.example.com/oauth/v2/oauth-anonymous",
            ..ISSUER
        },
        Member {
            found: "Curity Admin UI, Profiles, Token Service, Clients, your client, Audience",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    quirks: &["Access tokens are opaque by default; introspection gives the JWT behind one (phantom token)."],
    mistakes: &[Mistake {
        code: "opaque_by_default",
        when: |evidence| evidence.is_unreadable(),
        problem: "Curity's access tokens are opaque by default.",
        remedy: "Ask for the JWT behind the token (phantom token): in the settings, write under this issuer `introspection: \
                 {client_id: <client id>, client_secret: \"${CLIENT_SECRET}\", answers: phantom_jwt}`. Or have the profile \
                 issue JWTs.",
        rust: ".introspection(Introspection::new(ClientAuthentication::secret_basic(\"<client id>\", secret))\
               .answers(IntrospectionAnswers::PhantomJwt))",
        node: "introspection: { clientId: '<client id>', clientSecret: process.env.CLIENT_SECRET, answers: 'phantom' }",
    }],
    ..PLAIN
};

impl Provider {
    /// Curity: the issuer. Name the API by [`audience`](Self::audience).
    pub fn curity(issuer: impl Into<String>) -> Self {
        Self::of(&CURITY).with("issuer", issuer)
    }
}
