//! The table: a file for each provider, with its row and the functions of [`Provider`](super::Provider) that only it has.

mod adfs;
mod auth0;
mod aws_alb;
mod clerk;
mod cloudflare_access;
mod cognito;
mod curity;
mod entra;
mod firebase;
mod github_actions;
mod google;
mod google_iap;
mod hydra;
mod identity_server;
mod keycloak;
mod kubernetes;
mod logto;
mod okta;
mod passport;
mod salesforce;
mod spiffe;
mod spring;
mod supabase;
mod uaa;
mod zitadel;

use super::mistake::bare;
use super::{
    AudiencePlace, ClaimForm, ClaimPlace, Evidence, KeyPlace, Member, MemberForm, Mistake, Need,
    ProviderFacts, Takes, TokenForm,
};
use crate::request::credential::BesideAuthorization;

/// Every provider, in the order in which they are tried: the particular ones first.
pub const PROVIDERS: &[ProviderFacts] = &[
    auth0::AUTH0,
    logto::LOGTO,
    entra::ENTRA,
    entra::ENTRA_V1,
    entra::ENTRA_EXTERNAL,
    cognito::COGNITO,
    okta::OKTA,
    google::GOOGLE,
    firebase::FIREBASE,
    supabase::SUPABASE,
    clerk::CLERK,
    aws_alb::AWS_ALB,
    github_actions::GITHUB_ACTIONS,
    kubernetes::KUBERNETES,
    spiffe::SPIFFE,
    cloudflare_access::CLOUDFLARE_ACCESS,
    google_iap::GOOGLE_IAP,
    salesforce::SALESFORCE,
    adfs::ADFS,
    keycloak::KEYCLOAK,
    curity::CURITY,
    zitadel::ZITADEL,
    uaa::UAA,
    hydra::HYDRA,
    identity_server::IDENTITY_SERVER,
    passport::PASSPORT,
    spring::SPRING,
];

/// A row of which the rest is as the RFCs say.
const PLAIN: ProviderFacts = ProviderFacts {
    name: "",
    title: "",
    other_names: &[],
    issuers: &[],
    audience: AudiencePlace::Aud,
    client_id: &["client_id"],
    scope: Some(text(&["scope"])),
    roles: &[],
    organization: &[],
    keys: KeyPlace::Discovery,
    access_tokens: TokenForm::Jwt,
    carried_in: None,
    beside_authorization: BesideAuthorization::Refuse,
    signs: &[],
    members: &[],
    issuer_configs: |values| Ok(vec![values.issuer(values.one("issuer")?)]),
    quirks: &[],
    mistakes: &[],
};

const fn text(path: &'static [&'static str]) -> ClaimPlace {
    ClaimPlace { path, form: ClaimForm::Text }
}

const fn list(path: &'static [&'static str]) -> ClaimPlace {
    ClaimPlace { path, form: ClaimForm::List }
}

/// A member that must be there, with one value.
const REQUIRED: Member = Member {
    name: "",
    need: Need::Required,
    takes: Takes::One,
    form: MemberForm::Text,
    what: "",
    found: "",
    example: "",
};

/// A member that must be there, with one value or several.
const SEVERAL: Member = Member { takes: Takes::Several, ..REQUIRED };

/// The audience of an API that is registered at the provider.
const AUDIENCE: Member =
    Member { name: "audience", what: "the audience of this API, as its tokens have it in aud", ..SEVERAL };

/// The audience, where tokens have none unless the operator asks for one.
const AUDIENCE_IF_SET: Member = Member { need: Need::Optional, ..AUDIENCE };

/// The issuer of an installation.
const ISSUER: Member = Member {
    name: "issuer",
    form: MemberForm::IssuerUrl,
    what: "the issuer, exactly as tokens have it in iss",
    ..REQUIRED
};

/// The address of an installation.
const URL: Member = Member { name: "url", form: MemberForm::BaseUrl, ..REQUIRED };

/// What Bearward asks of a token that its server does not write.
const NO_ISSUER: Mistake = Mistake {
    code: "issuer_absent",
    when: |evidence| evidence.has_failed("issuer") && evidence.issuer().is_none(),
    problem: "the token has no iss, so it does not name its issuer.",
    remedy: "Have the server write iss. Where it cannot, accept its key's tokens without one, as the only issuer of this \
             API.",
    rust: ".issuer(IssuerConfig::new(\"<issuer>\").public_key_pem(pem)) and .dangerous().allow_tokens_without_issuer()",
    node: "auth({ issuer: '<issuer>', publicKey: pem, tokenSigningAlg: 'RS256', audience: '{audience}', dangerous: { \
           tokensWithoutIssuer: true } })",
};

/// Whether the API expects tokens of this provider, and not of this issuer.
fn expects(evidence: &Evidence<'_>, facts: &ProviderFacts) -> bool {
    let found = evidence.issuer().map(bare);
    evidence
        .expected_issuers()
        .any(|issuer| found != Some(bare(issuer)) && facts.issuer_form(issuer).is_some())
}
