//! The table, a row for each provider.

mod hosted;
mod installed;
mod workload;

use super::{AudiencePlace, ClaimForm, ClaimPlace, KeyPlace, ProviderFacts, TokenForm};

/// Every provider, in the order in which they are tried: the particular ones first.
pub const PROVIDERS: &[ProviderFacts] = &[
    hosted::AUTH0,
    hosted::LOGTO,
    hosted::ENTRA,
    hosted::ENTRA_V1,
    hosted::ENTRA_EXTERNAL,
    hosted::COGNITO,
    hosted::OKTA,
    hosted::GOOGLE,
    hosted::FIREBASE,
    hosted::SUPABASE,
    hosted::CLERK,
    workload::AWS_ALB,
    workload::GITHUB_ACTIONS,
    workload::KUBERNETES,
    workload::SPIFFE,
    workload::CLOUDFLARE_ACCESS,
    workload::GOOGLE_IAP,
    workload::SALESFORCE,
    installed::ADFS,
    installed::KEYCLOAK,
    installed::CURITY,
    installed::ZITADEL,
    installed::UAA,
    installed::HYDRA,
    installed::IDENTITY_SERVER,
    installed::PASSPORT,
    installed::SPRING,
];

/// A row of which the rest is as the RFCs say.
const PLAIN: ProviderFacts = ProviderFacts {
    name: "",
    title: "",
    issuers: &[],
    audience: AudiencePlace::Aud,
    client_id: &["client_id"],
    scope: Some(text(&["scope"])),
    roles: &[],
    organization: &[],
    keys: KeyPlace::Discovery,
    access_tokens: TokenForm::Jwt,
    carried_in: None,
    signs: &[],
    quirks: &[],
    mistakes: &[],
};

const fn text(path: &'static [&'static str]) -> ClaimPlace {
    ClaimPlace { path, form: ClaimForm::Text }
}

const fn list(path: &'static [&'static str]) -> ClaimPlace {
    ClaimPlace { path, form: ClaimForm::List }
}
