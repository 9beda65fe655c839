//! UAA of Cloud Foundry, and XSUAA of SAP.

use super::{AUDIENCE, PLAIN, URL, list, text};
use crate::trust::provider::{IssuerForm, KeyPlace, Member, Mistake, Provider, ProviderFacts, Sign};

pub(super) const UAA: ProviderFacts = ProviderFacts {
    name: "uaa",
    title: "UAA or XSUAA",
    other_names: &["xsuaa"],
    issuers: &[
        IssuerForm("https://{zone}.authentication.{region}/oauth/token"),
        IssuerForm("https://{host}/oauth/token"),
    ],
    client_id: &["cid", "client_id"],
    scope: Some(list(&["scope"])),
    organization: &[text(&["zid"])],
    keys: KeyPlace::JwksUri("https://{zone}.authentication.{region}/token_keys"),
    signs: &[&[Sign::Claim("zid"), Sign::Claim("cid")]],
    members: &[
        Member {
            what: "the URL of the zone, without /oauth/token",
            found: "the url of the service binding (VCAP_SERVICES, xsuaa, credentials)",
            example: "https://acme.authentication.eu10.hana.ondemand.com",
            ..URL
        },
        Member {
            found: "the xsappname of the service binding; or the scopes' part before the last dot",
            example: "api!t1",
            ..AUDIENCE
        },
    ],
    issuer_configs: |values| {
        let identifier = values.fill("{+url}/oauth/token")?;
        Ok(vec![values.issuer(identifier).jwks_uri(values.fill("{+url}/token_keys")?)])
    },
    quirks: &[
        "aud is derived from the scopes, which begin with the application's name (xsapp!t1.).",
        "The RSA modulus of its keys has a leading zero octet, and kty MAC keys are beside them.",
        "The header has a jku, which is never followed.",
    ],
    mistakes: &[
        Mistake {
            code: "uaa_issuer",
            when: |evidence| {
                let base =
                    |issuer: &str| issuer.trim_end_matches('/').trim_end_matches("/oauth/token").to_owned();
                let found = evidence.issuer().map(base);
                evidence.has_failed("issuer")
                    && found.is_some()
                    && evidence.expected_issuers().any(|expected| Some(base(expected)) == found)
            },
            problem: "the issuer of UAA's tokens ends in /oauth/token: the token's iss is {iss}, configured is {issuer}.",
            remedy: "Write the issuer as in iss, and set the URL of the keys.",
            rust: ".issuer(IssuerConfig::new(\"{iss}\").jwks_uri(\"<url of the service key>/token_keys\"))",
            node: "auth({ issuer: '{iss}', jwksUri: '<url of the service key>/token_keys', audience: '{audience}' })",
        },
        Mistake {
            code: "metadata_elsewhere",
            when: |evidence| evidence.has_code("keys_unavailable"),
            problem: "the keys are not at the place that the issuer {iss} leads to.",
            remedy: "Set their URL: the url of the service key, with /token_keys.",
            rust: ".issuer(IssuerConfig::new(\"{iss}\").jwks_uri(\"<url of the service key>/token_keys\"))",
            node: "auth({ issuer: '{iss}', jwksUri: '<url of the service key>/token_keys', audience: '{audience}' })",
        },
    ],
    ..PLAIN
};

impl Provider {
    /// UAA or XSUAA: the zone's URL. Name the API by [`audience`](Self::audience).
    pub fn uaa(url: impl Into<String>) -> Self {
        Self::of(&UAA).with("url", url)
    }
}
