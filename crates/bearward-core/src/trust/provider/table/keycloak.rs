//! Keycloak.

use super::{AUDIENCE, PLAIN, REQUIRED, URL, list};
use crate::trust::provider::{
    ClaimForm, ClaimPlace, Evidence, IssuerForm, Member, MemberForm, Mistake, Provider, ProviderFacts, Sign,
};

pub(super) const KEYCLOAK: ProviderFacts = ProviderFacts {
    name: "keycloak",
    title: "Keycloak",
    issuers: &[REALM],
    client_id: &["azp", "client_id"],
    roles: &[list(&["realm_access", "roles"]), list(&["resource_access", "{client}", "roles"])],
    organization: &[ClaimPlace { path: &["organization"], form: ClaimForm::ListOrObjectKeys }],
    signs: &[&[Sign::ObjectClaim("realm_access"), Sign::Claim("azp")]],
    members: &[
        Member {
            what: "the URL of the server as clients reach it, with /auth if it has that part, without /realms",
            found: "the address of the Admin Console, before /admin",
            example: "https://id.example.com",
            ..URL
        },
        Member {
            name: "realm",
            form: MemberForm::Segment,
            what: "the name of the realm",
            found: "Keycloak Admin Console, the list at the top left",
            example: "acme",
            ..REQUIRED
        },
        Member {
            found: "Keycloak Admin Console, Client scopes, the scope with an Audience mapper, Included audience",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    issuer_configs: |values| {
        if values.one("url")?.contains("/realms/") {
            return Err(values.malformed("url", "must end before /realms: the realm has its own setting"));
        }
        Ok(vec![values.issuer(values.fill("{+url}/realms/{realm}")?)])
    },
    quirks: &[
        "An RSA-OAEP key for encryption is published beside the signing keys.",
        "cnf has kc-jkt-type beside jkt.",
        "Client ids in resource_access may hold dots.",
        "Behind a proxy that ends TLS, jwks_uri is http until the server is told its public URL (KC_HOSTNAME).",
    ],
    mistakes: &[
        Mistake {
            code: "keycloak_audience_mapper",
            when: |evidence| {
                let audiences = evidence.audiences();
                let only_account = audiences.iter().all(|audience| *audience == "account");
                evidence.has_failed("audience") && only_account && !is_other_token(evidence)
            },
            problem: "the token's aud is {aud}: Keycloak names this API only once a mapper says so.",
            remedy: "In the client scope that this API's tokens have, add a mapper of the type Audience with {audience} as \
                     the included (custom) audience and \"Add to access token\" on.",
            rust: ".issuer(\"{iss}\").audience(\"{audience}\")",
            node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
        },
        Mistake {
            code: "keycloak_hostname",
            when: |evidence| {
                let realm = |issuer: &str| REALM.value(issuer, "realm").map(str::to_owned);
                let found = evidence.issuer().and_then(realm);
                let of_realm = |expected: &str| realm(expected) == found;
                found.is_some() && evidence.has_failed("issuer") && evidence.expected_issuers().any(of_realm)
            },
            problem: "the realm is the same and its address is not: the token's iss is {iss}, configured is {issuer}. \
                      Keycloak writes the host that the client used.",
            remedy: "Start Keycloak with --hostname=<public URL> (KC_HOSTNAME), so that each token has one iss; where this \
                     API reaches it by another name, keep the iss and name the keys.",
            rust: ".issuer(IssuerConfig::new(\"{iss}\").jwks_uri(\"https://<host>/realms/{realm}/protocol/openid-connect/\
                   certs\"))",
            node: "auth({ issuer: '{iss}', jwksUri: 'https://<host>/realms/{realm}/protocol/openid-connect/certs', \
                   audience: '{audience}' })",
        },
    ],
    ..PLAIN
};

const REALM: IssuerForm = IssuerForm("{+base}/realms/{realm}");

impl Provider {
    /// Keycloak: the server's URL and the realm. Name the API by [`audience`](Self::audience).
    pub fn keycloak(url: impl Into<String>, realm: impl Into<String>) -> Self {
        Self::of(&KEYCLOAK).with("url", url).with("realm", realm)
    }
}

/// Whether it is an ID or refresh token, which has a hint of its own.
fn is_other_token(evidence: &Evidence<'_>) -> bool {
    let kind = evidence.text_claim("typ").unwrap_or_default();
    ["id", "refresh", "offline"].iter().any(|other| kind.eq_ignore_ascii_case(other))
}
