//! Salesforce, for which there is no preset.

use super::{PLAIN, list};
use crate::trust::provider::{IssuerForm, Mistake, ProviderFacts, Sign, TokenForm};

pub(super) const SALESFORCE: ProviderFacts = ProviderFacts {
    name: "salesforce",
    title: "Salesforce",
    issuers: &[
        IssuerForm("https://login.salesforce.com"),
        IssuerForm("https://test.salesforce.com"),
        IssuerForm("https://{domain}.my.salesforce.com"),
    ],
    roles: &[list(&["custom_permissions"])],
    access_tokens: TokenForm::JwtOnRequest,
    signs: &[&[Sign::TokenBegins("00D"), Sign::TokenHolds("!")]],
    issuer_configs: |values| {
        Err(values.cannot_work(
            "its access tokens are session ids for Salesforce's own APIs, with characters that bearer tokens cannot have (RFC 6750 §2.1)",
            "Have the client send a JWT-based access token of your External Client App, and write its issuer, the My Domain URL; or use \
             another authorization server for your API",
        ))
    },
    quirks: &[
        "Opaque access tokens hold an exclamation mark, which the syntax of bearer tokens (RFC 6750 §2.1) has not.",
    ],
    mistakes: &[Mistake {
        code: "salesforce_session",
        when: |evidence| evidence.is_unreadable(),
        problem: "this is an opaque token of Salesforce: the \"!\" in it is no character of a bearer token (RFC 6750 §2.1), \
                  so an API answers 400 to it.",
        remedy: "Have the connected app issue JWT-based access tokens, with {audience} as their audience.",
        rust: ".issuer(\"https://<domain>.my.salesforce.com\").audience(\"{audience}\")",
        node: "auth({ issuerBaseURL: 'https://<domain>.my.salesforce.com', audience: '{audience}' })",
    }],
    ..PLAIN
};
