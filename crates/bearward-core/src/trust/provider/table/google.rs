//! ID tokens of Google.

use super::{AUDIENCE, PLAIN, SEVERAL, expects, text};
use crate::trust::provider::{
    IssuerForm, Member, MemberForm, Mistake, Need, Provider, ProviderFacts, Sign, TokenForm,
};

pub(super) const GOOGLE: ProviderFacts = ProviderFacts {
    name: "google",
    title: "Google",
    issuers: &[IssuerForm("https://accounts.google.com"), IssuerForm("accounts.google.com")],
    client_id: &["azp"],
    scope: None,
    organization: &[text(&["hd"])],
    access_tokens: TokenForm::Opaque,
    signs: &[&[Sign::TokenBegins("ya29.")]],
    members: &[
        Member {
            what: "the audience that callers ask their ID token for: the URL of this API, or an OAuth client id",
            found: "gcloud auth print-identity-token --audiences, or Google Cloud console, APIs & Services, Credentials",
            example: "https://api.example.com",
            ..AUDIENCE
        },
        Member {
            name: "emails",
            need: Need::Optional,
            form: MemberForm::Email,
            what: "the service accounts and users that may call, since every service account can get an ID \
                   token for any audience",
            found: "Google Cloud console, IAM & Admin, Service Accounts, Email",
            example: "caller@acme-1a2b3.iam.gserviceaccount.com",
            ..SEVERAL
        },
        Member {
            name: "domains",
            need: Need::Optional,
            form: MemberForm::Domain,
            what: "the domains of Google Workspace whose users may call; tokens have the domain in hd",
            found: "Google Admin console, Account, Domains",
            example: "example.com",
            ..SEVERAL
        },
    ],
    issuer_configs: |values| {
        let (emails, domains) = (values.all("emails"), values.all("domains"));
        if emails.is_empty() && domains.is_empty() {
            return Err(values.missing("emails"));
        }
        let named = |identifier: &str| {
            let mut issuer = values.issuer(identifier).jwks_uri("https://www.googleapis.com/oauth2/v3/certs");
            if !emails.is_empty() {
                issuer =
                    issuer.require_claim("email", emails.to_vec()).require_claim("email_verified", [true]);
            }
            if !domains.is_empty() {
                issuer = issuer.require_claim("hd", domains.to_vec());
            }
            issuer
        };
        // Google writes its name in two ways.
        Ok(["https://accounts.google.com", "accounts.google.com"].map(named).into())
    },
    quirks: &[
        "Access tokens are opaque and for Google's APIs: services identify themselves with ID tokens.",
        "Some tokens have the issuer without https://.",
    ],
    mistakes: &[
        Mistake {
            code: "google_access_token",
            when: |evidence| {
                let is_google = evidence.token().starts_with("ya29.") || expects(evidence, &GOOGLE);
                is_google && evidence.is_unreadable()
            },
            problem: "this is a Google access token: it is opaque, and only for Google's own APIs.",
            remedy: "Have the caller send an ID token for this API: gcloud auth print-identity-token \
                     --audiences={audience}, or fetchIdToken('{audience}') of google-auth-library.",
            rust: ".issuer(\"https://accounts.google.com\").audience(\"{audience}\")",
            node: "auth({ issuerBaseURL: 'https://accounts.google.com', audience: '{audience}' })",
        },
        Mistake {
            code: "issuer_scheme",
            when: |evidence| evidence.has_failed("issuer") && expects(evidence, &GOOGLE),
            problem: "Google writes its issuer in two ways: the token's iss is {iss}, configured is {issuer}.",
            remedy: "Accept both, with the same keys.",
            rust: ".issuer(\"https://accounts.google.com\").issuer(IssuerConfig::new(\"accounts.google.com\")\
                   .jwks_uri(\"https://www.googleapis.com/oauth2/v3/certs\"))",
            node: "auth({ mcd: { issuers: ['https://accounts.google.com', { issuer: 'accounts.google.com', jwksUri: \
                   'https://www.googleapis.com/oauth2/v3/certs' }] }, audience: '{audience}' })",
        },
    ],
    ..PLAIN
};

impl Provider {
    /// ID tokens of Google's service accounts and users, for the audience that callers ask for. Name those that may call
    /// by [`email`](Self::email) or [`domain`](Self::domain).
    pub fn google(audience: impl Into<String>) -> Self {
        Self::of(&GOOGLE).audience(audience)
    }

    /// The address of a Google account that may call, besides others given in the same way.
    pub fn email(self, email: impl Into<String>) -> Self {
        self.with("emails", email)
    }

    /// A domain of Google Workspace whose users may call, besides others given in the same way.
    pub fn domain(self, domain: impl Into<String>) -> Self {
        self.with("domains", domain)
    }
}
