//! Google IAP, a proxy.

use super::{AUDIENCE, PLAIN, text};
use crate::request::credential::BesideAuthorization;
use crate::token::algorithm::Algorithm;
use crate::trust::provider::{IssuerForm, KeyPlace, Member, MemberForm, Mistake, Provider, ProviderFacts};

pub(super) const GOOGLE_IAP: ProviderFacts = ProviderFacts {
    name: "google_iap",
    title: "Google IAP",
    other_names: &["iap"],
    issuers: &[IssuerForm("https://cloud.google.com/iap")],
    client_id: &["azp"],
    scope: None,
    organization: &[text(&["hd"])],
    keys: KeyPlace::JwksUri("https://www.gstatic.com/iap/verify/public_key-jwk"),
    carried_in: Some("x-goog-iap-jwt-assertion"),
    // IAP passes on the token that a service presented to it.
    beside_authorization: BesideAuthorization::Ignore,
    members: &[Member {
        form: MemberForm::IapAudience,
        what: "the audience of the backend",
        found: "Google Cloud console, Security, Identity-Aware Proxy, the backend's menu, Get JWT audience code",
        example: "/projects/123456789/global/backendServices/987654321",
        ..AUDIENCE
    }],
    issuer_configs: |values| {
        let issuer = values.issuer("https://cloud.google.com/iap").algorithms([Algorithm::ES256]);
        Ok(vec![issuer.jwks_uri("https://www.gstatic.com/iap/verify/public_key-jwk")])
    },
    quirks: &["aud is /projects/<number>/…, depending on the kind of backend.", "Keys are ES256."],
    mistakes: &[
        Mistake {
            code: "token_in_other_header",
            when: |evidence| !evidence.is_read_from("x-goog-iap-jwt-assertion"),
            problem: "Google IAP sends this token in the header x-goog-iap-jwt-assertion; an API reads Authorization unless \
                      it is told otherwise.",
            remedy: "Have the API read that header, and let nothing but the load balancer reach it.",
            rust: ".token_place(TokenHeader::new(\"x-goog-iap-jwt-assertion\")?)",
            node: "auth({ issuer: '{issuer}', jwksUri: 'https://www.gstatic.com/iap/verify/public_key-jwk', audience: \
                   '<as in aud>', tokenPlace: { header: 'x-goog-iap-jwt-assertion' } })",
        },
        Mistake {
            code: "metadata_elsewhere",
            when: |evidence| evidence.has_code("keys_unavailable"),
            problem: "Google IAP publishes no metadata.",
            remedy: "Name where its keys are.",
            rust: ".issuer(IssuerConfig::new(\"{issuer}\").jwks_uri(\"https://www.gstatic.com/iap/verify/public_key-jwk\"))",
            node: "auth({ issuer: '{issuer}', jwksUri: 'https://www.gstatic.com/iap/verify/public_key-jwk', audience: \
                   '{audience}' })",
        },
    ],
    ..PLAIN
};

impl Provider {
    /// Google IAP: the audience, `/projects/…`.
    pub fn google_iap(audience: impl Into<String>) -> Self {
        Self::of(&GOOGLE_IAP).audience(audience)
    }
}
