//! Okta.

use super::{AUDIENCE, PLAIN, REQUIRED, list};
use crate::trust::provider::{IssuerForm, Member, MemberForm, Mistake, Need, Provider, ProviderFacts, Sign};

pub(super) const OKTA: ProviderFacts = ProviderFacts {
    name: "okta",
    title: "Okta",
    issuers: &[
        IssuerForm("https://{org}.okta.com/oauth2/{server}"),
        IssuerForm("https://{org}.oktapreview.com/oauth2/{server}"),
        IssuerForm("https://{org}.okta-emea.com/oauth2/{server}"),
        IssuerForm("https://{org}.okta.com"),
        IssuerForm("https://{org}.oktapreview.com"),
        IssuerForm("https://{org}.okta-emea.com"),
    ],
    client_id: &["cid"],
    scope: Some(list(&["scp"])),
    roles: &[list(&["groups"])],
    signs: &[&[Sign::Claim("cid"), Sign::ListClaim("scp"), Sign::Claim("ver")]],
    members: &[
        Member {
            name: "domain",
            form: MemberForm::Domain,
            what: "the domain of the organization, or its custom domain if clients use it",
            found: "Okta Admin Console, the menu at the top right, without -admin",
            example: "acme.okta.com",
            ..REQUIRED
        },
        Member {
            name: "server",
            need: Need::Optional,
            form: MemberForm::Segment,
            what: "the id of the custom authorization server",
            found: "Okta Admin Console, Security, API, Authorization Servers, the end of the Issuer URI",
            example: "default",
            ..REQUIRED
        },
        Member {
            found: "Okta Admin Console, Security, API, Authorization Servers, Audience",
            example: "api://default",
            ..AUDIENCE
        },
    ],
    issuer_configs: |values| {
        let domain = values.one("domain")?;
        if domain.split('.').next().is_some_and(|name| name.ends_with("-admin")) {
            return Err(
                values.malformed("domain", "must be the domain without -admin, which tokens have as iss")
            );
        }
        if values.optional("server").is_none() {
            return Err(values.cannot_work(
                "no server is given, and the access tokens of the org authorization server are for Okta's own APIs: its \
                 keys are not published",
                "Have clients use a custom authorization server and give its id as server, for example \"default\"",
            ));
        }
        Ok(vec![values.issuer(values.fill("https://{domain}/oauth2/{server}")?)])
    },
    quirks: &[
        "The keys of the org server's access tokens are not published: only custom servers are for APIs.",
    ],
    mistakes: &[Mistake {
        code: "okta_org_server",
        when: |evidence| {
            let is_org = |issuer: &str| OKTA.issuer_form(issuer).is_some() && !issuer.contains("/oauth2/");
            !evidence.is_accepted()
                && evidence.issuer().map_or_else(|| evidence.expected_issuers().any(is_org), is_org)
        },
        problem: "this is the org authorization server: its access tokens are for Okta's own APIs, and the keys are not \
                  published.",
        remedy: "Have the client use a custom authorization server, such as https://{org}.okta.com/oauth2/default, with \
                 the audience that is set there.",
        rust: ".issuer(\"https://{org}.okta.com/oauth2/default\").audience(\"api://default\")",
        node: "auth({ issuerBaseURL: 'https://{org}.okta.com/oauth2/default', audience: 'api://default' })",
    }],
    ..PLAIN
};

impl Provider {
    /// Okta: the organization's domain, such as `acme.okta.com`, and the id of the custom authorization server, such
    /// as `default`. Name the API by [`audience`](Self::audience).
    pub fn okta(domain: impl Into<String>, server: impl Into<String>) -> Self {
        Self::of(&OKTA).with("domain", domain).with("server", server)
    }
}
