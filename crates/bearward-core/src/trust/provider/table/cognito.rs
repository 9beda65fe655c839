//! Amazon Cognito.

use super::{AUDIENCE_IF_SET, PLAIN, REQUIRED, SEVERAL, list};
use crate::trust::provider::{
    AudiencePlace, IssuerForm, Member, MemberForm, Mistake, Provider, ProviderFacts,
};
use crate::trust::validation_policy::AudienceSubstitute;

pub(super) const COGNITO: ProviderFacts = ProviderFacts {
    name: "cognito",
    title: "Amazon Cognito",
    other_names: &["amazon", "aws"],
    issuers: &[IssuerForm("https://cognito-idp.{region}.amazonaws.com/{pool}")],
    audience: AudiencePlace::ClientId("client_id"),
    roles: &[list(&["cognito:groups"])],
    members: &[
        Member {
            name: "region",
            form: MemberForm::Region,
            what: "the AWS region of the user pool",
            found: "the part of the pool's id before the underscore",
            example: "eu-west-1",
            ..REQUIRED
        },
        Member {
            name: "pool",
            form: MemberForm::Pool,
            what: "the id of the user pool",
            found: "AWS console, Amazon Cognito, User pools, your pool, Overview, User pool ID",
            example: "eu-west-1_AbCdEf123",
            ..REQUIRED
        },
        Member {
            name: "clients",
            what: "the ids of the app clients whose tokens are for this API, since access tokens have no aud",
            found: "AWS console, Amazon Cognito, User pools, your pool, App clients, Client ID",
            example: "1example23456789",
            ..SEVERAL
        },
        Member {
            what: "the identifier of this API, if clients ask for it by resource binding: tokens then have an aud",
            found: "AWS console, Amazon Cognito, User pools, your pool, Domain, Resource servers",
            example: "https://api.example.com",
            ..AUDIENCE_IF_SET
        },
    ],
    issuer_configs: |values| {
        let region = values.one("region")?;
        if values.one("pool")?.split_once('_').map(|(own, _)| own) != Some(region) {
            return Err(values.malformed("pool", "must begin with the region that is given beside it"));
        }
        let identifier = values.fill("https://cognito-idp.{region}.amazonaws.com/{pool}")?;
        let clients = AudienceSubstitute::client_id(values.all("clients")).and_claim("token_use", "access");
        // An ID token has an aud, which might be configured here by mistake.
        let issuer = values.issuer(identifier).require_claim("token_use", ["access"]);
        Ok(vec![issuer.tokens_without_audience(clients)])
    },
    quirks: &["Access tokens have no aud; token_use is access."],
    mistakes: &[
        Mistake {
            code: "id_token",
            when: |evidence| evidence.text_claim("token_use") == Some("id"),
            problem: "this is Cognito's ID token (token_use is id), which has an aud because it is for the client.",
            remedy: "Have the client send the access token, and accept it by its client_id.",
            rust: ".issuer(\"{iss}\").tokens_without_audience(AudienceSubstitute::client_id([\"<client id>\"])\
                   .and_claim(\"token_use\", \"access\"))",
            node: "auth({ issuerBaseURL: '{iss}', tokensWithoutAudience: { clientId: '<client id>', claims: { \
                   token_use: 'access' } } })",
        },
        Mistake {
            code: "audience_absent",
            when: |evidence| evidence.has_failed("audience") && evidence.claim("aud").is_none(),
            problem: "Cognito puts no aud into its access tokens: client_id, here {client}, takes its place.",
            remedy: "List the app clients whose tokens this API accepts.",
            rust: ".issuer(\"{iss}\").tokens_without_audience(AudienceSubstitute::client_id([\"{client}\"])\
                   .and_claim(\"token_use\", \"access\"))",
            node: "auth({ issuerBaseURL: '{iss}', tokensWithoutAudience: { clientId: '{client}', claims: { \
                   token_use: 'access' } } })",
        },
    ],
    ..PLAIN
};

impl Provider {
    /// Amazon Cognito: the region and the pool's id. Name the app clients by [`client`](Self::client).
    pub fn cognito(region: impl Into<String>, pool: impl Into<String>) -> Self {
        Self::of(&COGNITO).with("region", region).with("pool", pool)
    }
}
