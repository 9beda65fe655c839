//! Firebase Authentication.

use super::{PLAIN, REQUIRED};
use crate::token::algorithm::Algorithm;
use crate::trust::provider::{IssuerForm, KeyPlace, Member, MemberForm, Mistake, Provider, ProviderFacts};

pub(super) const FIREBASE: ProviderFacts = ProviderFacts {
    name: "firebase",
    title: "Firebase Authentication",
    issuers: &[IssuerForm("https://securetoken.google.com/{project}")],
    client_id: &[],
    scope: None,
    keys: KeyPlace::JwksUri(
        "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
    ),
    members: &[Member {
        name: "project",
        form: MemberForm::Label,
        what: "the id of the project",
        found: "Firebase console, Project settings, General, Project ID",
        example: "acme-1a2b3",
        ..REQUIRED
    }],
    issuer_configs: |values| {
        let keys =
            "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";
        let identifier = values.fill("https://securetoken.google.com/{project}")?;
        let issuer = values.issuer(identifier).jwks_uri(keys).algorithms([Algorithm::RS256]);
        Ok(vec![issuer.audience(values.one("project")?)])
    },
    quirks: &["aud is the project id.", "There are no scopes; custom claims are at the top."],
    mistakes: &[Mistake {
        code: "algorithm_none",
        when: |evidence| evidence.algorithm().eq_ignore_ascii_case("none"),
        problem: "this is a token of the Firebase emulator: it is not signed (alg is none), so anyone can make one.",
        remedy: "Have the client sign in at the real project; in tests, sign tokens of this shape with a key of the \
                 test's own. No setting accepts unsigned tokens.",
        rust: ".issuer(IssuerConfig::new(\"{iss}\").static_keys(jwks)).audience(\"{project}\") in tests",
        node: "auth({ issuer: '{iss}', publicKey: pem, tokenSigningAlg: 'RS256', audience: '{project}' }) in tests",
    }],
    ..PLAIN
};

impl Provider {
    /// Firebase Authentication: the project's id.
    pub fn firebase(project: impl Into<String>) -> Self {
        Self::of(&FIREBASE).with("project", project)
    }
}
