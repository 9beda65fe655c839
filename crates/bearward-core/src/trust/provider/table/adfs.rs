//! AD FS.

use super::{AUDIENCE, PLAIN, REQUIRED, text};
use crate::trust::provider::{IssuerForm, KeyPlace, Member, MemberForm, Mistake, Provider, ProviderFacts};

pub(super) const ADFS: ProviderFacts = ProviderFacts {
    name: "adfs",
    title: "AD FS",
    issuers: &[ADFS_TOKENS, ADFS_METADATA],
    client_id: &["appid"],
    scope: Some(text(&["scp"])),
    keys: KeyPlace::MetadataUrl("https://{host}/adfs/.well-known/openid-configuration"),
    members: &[
        Member {
            name: "host",
            form: MemberForm::Host,
            what: "the host of the federation service",
            found: "AD FS Management, Service, Edit Federation Service Properties, Federation Service name",
            example: "sts.example.com",
            ..REQUIRED
        },
        Member {
            found: "AD FS Management, Application Groups, your Web API, Identifiers; with microsoft:identityserver: before it \
                    where tokens have it",
            example: "microsoft:identityserver:https://api.example.com",
            ..AUDIENCE
        },
    ],
    // The metadata has another issuer than the tokens, so the keys are named.
    issuer_configs: |values| {
        let identifier = values.fill("http://{host}/adfs/services/trust")?;
        Ok(vec![values.issuer(identifier).jwks_uri(values.fill("https://{host}/adfs/discovery/keys")?)])
    },
    quirks: &[
        "The issuer of tokens is http://<host>/adfs/services/trust; that of the metadata is https://<host>/adfs. The metadata \
         has the first one in access_token_issuer.",
        "aud is microsoft:identityserver:<app>.",
        "auth_time is a string.",
    ],
    mistakes: &[Mistake {
        code: "adfs_issuer",
        when: |evidence| {
            let of_adfs = |issuer: &str| {
                ADFS_TOKENS.matches(issuer) || ADFS_METADATA.matches(issuer.trim_end_matches('/'))
            };
            evidence.has_failed("issuer")
                && evidence.issuer().is_some_and(of_adfs)
                && evidence.expected_issuers().any(of_adfs)
        },
        problem: "AD FS has two names: its tokens have the iss {iss}, its metadata names another; configured is {issuer}.",
        remedy: "Write the issuer as in iss, and set the URL of the keys.",
        rust: ".issuer(IssuerConfig::new(\"{iss}\").jwks_uri(\"https://{host}/adfs/discovery/keys\"))",
        node: "auth({ issuer: '{iss}', jwksUri: 'https://{host}/adfs/discovery/keys', audience: '{audience}' })",
    }],
    ..PLAIN
};

/// The two names of one server.
const ADFS_TOKENS: IssuerForm = IssuerForm("http://{host}/adfs/services/trust");
const ADFS_METADATA: IssuerForm = IssuerForm("https://{host}/adfs");

impl Provider {
    /// AD FS: the host of the federation service. Name the API by [`audience`](Self::audience).
    pub fn adfs(host: impl Into<String>) -> Self {
        Self::of(&ADFS).with("host", host)
    }
}
