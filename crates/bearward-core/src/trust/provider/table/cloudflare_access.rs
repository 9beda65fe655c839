//! Cloudflare Access, a proxy.

use super::{AUDIENCE, PLAIN, REQUIRED};
use crate::trust::provider::{IssuerForm, KeyPlace, Member, MemberForm, Mistake, Provider, ProviderFacts};

pub(super) const CLOUDFLARE_ACCESS: ProviderFacts = ProviderFacts {
    name: "cloudflare_access",
    title: "Cloudflare Access",
    other_names: &["cloudflare"],
    issuers: &[IssuerForm("https://{team}.cloudflareaccess.com")],
    client_id: &["common_name"],
    scope: None,
    keys: KeyPlace::JwksUri("https://{team}.cloudflareaccess.com/cdn-cgi/access/certs"),
    carried_in: Some("cf-access-jwt-assertion"),
    members: &[
        Member {
            name: "team",
            form: MemberForm::Label,
            what: "the name of the team, before .cloudflareaccess.com",
            found: "Cloudflare Zero Trust, Settings, Team name and domain",
            example: "acme",
            ..REQUIRED
        },
        Member {
            what: "the Application Audience (AUD) Tag of this application",
            found: "Cloudflare Zero Trust, Access, Applications, your application, Additional settings",
            example: "4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2",
            ..AUDIENCE
        },
    ],
    issuer_configs: |values| {
        let keys = values.fill("https://{team}.cloudflareaccess.com/cdn-cgi/access/certs")?;
        Ok(vec![values.issuer(values.fill("https://{team}.cloudflareaccess.com")?).jwks_uri(keys)])
    },
    quirks: &["aud is a list with the application's tag.", "sub is empty for services."],
    mistakes: &[
        Mistake {
            code: "token_in_other_header",
            when: |evidence| !evidence.is_read_from("cf-access-jwt-assertion"),
            problem: "Cloudflare Access sends this token in the header Cf-Access-Jwt-Assertion; an API reads Authorization \
                      unless it is told otherwise.",
            remedy: "Have the API read that header, and let nothing but Cloudflare reach it.",
            rust: ".token_place(TokenHeader::new(\"cf-access-jwt-assertion\")?)",
            node: "auth({ issuerBaseURL: '{issuer}', audience: '<application tag>', tokenPlace: { header: \
                   'cf-access-jwt-assertion' } })",
        },
        Mistake {
            code: "audience_is_tag",
            when: |evidence| evidence.has_code("audience_mismatch"),
            problem: "the token's aud is {aud}: the tag of the application, not its URL.",
            remedy: "Write the application's audience tag (AUD), which the Zero Trust dashboard shows.",
            rust: ".audience(\"<application tag>\")",
            node: "auth({ issuerBaseURL: '{issuer}', audience: '<application tag>' })",
        },
    ],
    ..PLAIN
};

impl Provider {
    /// Cloudflare Access: the team's name. Name the application's tag by [`audience`](Self::audience).
    pub fn cloudflare_access(team: impl Into<String>) -> Self {
        Self::of(&CLOUDFLARE_ACCESS).with("team", team)
    }
}
