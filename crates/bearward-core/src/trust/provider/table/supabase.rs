//! Supabase.

use super::{AUDIENCE_IF_SET, PLAIN, REQUIRED, list, text};
use crate::trust::provider::{IssuerForm, Member, MemberForm, Mistake, Need, Provider, ProviderFacts};

pub(super) const SUPABASE: ProviderFacts = ProviderFacts {
    name: "supabase",
    title: "Supabase",
    issuers: &[IssuerForm("https://{project}.supabase.co/auth/v1")],
    client_id: &["client_id"],
    scope: None,
    roles: &[text(&["role"]), list(&["app_metadata", "roles"])],
    members: &[
        Member {
            name: "project",
            need: Need::Optional,
            form: MemberForm::Label,
            what: "the project's reference id",
            found: "Supabase dashboard, Project Settings, General, Project ID",
            example: "abcdefghijklmnopqrst",
            ..REQUIRED
        },
        Member {
            name: "url",
            need: Need::Optional,
            form: MemberForm::BaseUrl,
            what: "in place of project, the API URL of an installation or of a custom domain",
            found: "supabase status, API URL; or Supabase dashboard, Project Settings, General, Custom Domains",
            example: "http://127.0.0.1:54321",
            ..REQUIRED
        },
        Member {
            name: "secret",
            need: Need::Optional,
            form: MemberForm::Secret,
            what: "the legacy JWT secret, while tokens that were signed with it are still valid",
            found: "Supabase dashboard, Project Settings, JWT Keys, Legacy JWT Secret",
            example: "a text of 32 characters or more, kept out of the code",
            ..REQUIRED
        },
        Member {
            what: "the audience of the tokens; authenticated unless set",
            found: "Supabase sets it, and an access token hook can change it",
            example: "authenticated",
            ..AUDIENCE_IF_SET
        },
    ],
    issuer_configs: |values| {
        let identifier = match (values.optional("project"), values.optional("url")) {
            (Some(_), None) => values.fill("https://{project}.supabase.co/auth/v1")?,
            (None, Some(_)) => values.fill("{+url}/auth/v1")?,
            (None, None) => return Err(values.missing("project")),
            (Some(_), Some(_)) => return Err(values.excludes("project", "url")),
        };
        let mut issuer = values.issuer(identifier);
        if let Some(secret) = values.optional("secret") {
            issuer = issuer.shared_secret_beside_keys(secret);
        }
        Ok(vec![if values.all("audience").is_empty() { issuer.audience("authenticated") } else { issuer }])
    },
    quirks: &[
        "aud is authenticated.",
        "During the migration of its keys, one issuer signs with HS256 and a secret, and with ES256 and published keys.",
    ],
    mistakes: &[Mistake {
        code: "shared_secret",
        when: |evidence| evidence.algorithm() == "HS256" && evidence.has_code("algorithm_not_allowed"),
        problem: "the project still signs with its legacy JWT secret (HS256), and this API expects published keys.",
        remedy: "Rotate to asymmetric signing keys in the project's JWT settings, and give the API the legacy secret beside \
                 them until its tokens have run out.",
        rust: ".issuer(\"{iss}\").shared_secret_beside_keys(secret).audience(\"authenticated\")",
        node: "auth({ issuerBaseURL: '{iss}', secretBesideKeys: process.env.SUPABASE_JWT_SECRET, audience: 'authenticated' })",
    }],
    ..PLAIN
};

impl Provider {
    /// Supabase: the project's reference id.
    pub fn supabase(project: impl Into<String>) -> Self {
        Self::of(&SUPABASE).with("project", project)
    }

    /// Supabase at a custom domain or on this machine, such as `http://127.0.0.1:54321`.
    pub fn supabase_at(url: impl Into<String>) -> Self {
        Self::of(&SUPABASE).with("url", url)
    }

    /// Supabase's legacy JWT secret, for as long as tokens signed with it are beside those of the new keys.
    pub fn secret(self, secret: impl Into<String>) -> Self {
        self.with("secret", secret)
    }
}
