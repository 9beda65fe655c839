//! Authorization servers that somebody else runs.

use super::{PLAIN, list, text};
use crate::trust::provider::general::bare;
use crate::trust::provider::{
    AudiencePlace, Evidence, IssuerForm, KeyPlace, Mistake, ProviderFacts, Sign, TokenForm, named, of_issuer,
};

pub(super) const AUTH0: ProviderFacts = ProviderFacts {
    name: "auth0",
    title: "Auth0",
    issuers: &[IssuerForm("https://{tenant}.auth0.com/")],
    client_id: &["azp", "client_id"],
    roles: &[list(&["permissions"])],
    organization: &[text(&["org_id"])],
    access_tokens: TokenForm::JwtOnRequest,
    quirks: &[
        "The issuer ends in a slash.",
        "aud is often a list, with the tenant's /userinfo beside the API.",
        "typ is JWT or at+jwt, depending on the API's token dialect.",
        "Other claims have a URL before their name.",
    ],
    mistakes: &[Mistake {
        code: "audience_not_requested",
        when: |evidence| {
            let only_user_info = || {
                let audiences = evidence.audiences();
                !audiences.is_empty() && audiences.iter().all(|audience| audience.ends_with("/userinfo"))
            };
            evidence.is_unreadable() || (evidence.has_failed("audience") && only_user_info())
        },
        problem: "the client asked for no API, so the token is opaque or encrypted, and only /userinfo accepts it.",
        remedy: "Create an API in the Auth0 dashboard and have the client send its identifier as the parameter audience \
                 (authorizationParams: { audience: '{audience}' }) in every authorization and token request.",
        rust: ".issuer(\"https://{tenant}.auth0.com/\").audience(\"{audience}\")",
        node: "auth({ issuerBaseURL: 'https://{tenant}.auth0.com/', audience: '{audience}' })",
    }],
    ..PLAIN
};

pub(super) const LOGTO: ProviderFacts = ProviderFacts {
    name: "logto",
    title: "Logto",
    issuers: &[IssuerForm("https://{tenant}.logto.app/oidc")],
    organization: &[text(&["organization_id"])],
    access_tokens: TokenForm::JwtOnRequest,
    quirks: &["Keys are ES384.", "A token for an organization has the audience urn:logto:organization:<id>."],
    mistakes: &[Mistake {
        code: "resource_not_requested",
        when: |evidence| evidence.is_unreadable(),
        problem: "the client asked for no API resource, so the token is opaque.",
        remedy: "Create the API resource in the Logto console and have the client send its indicator as the parameter \
                 resource (resources: ['{audience}'], getAccessToken('{audience}')).",
        rust: ".issuer(\"https://{tenant}.logto.app/oidc\").audience(\"{audience}\")",
        node: "auth({ issuerBaseURL: 'https://{tenant}.logto.app/oidc', audience: '{audience}' })",
    }],
    ..PLAIN
};

/// Microsoft Graph, by its two names.
const GRAPH: [&str; 3] =
    ["https://graph.microsoft.com", "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"];

/// The issuer is Microsoft's, and the token is meant for Microsoft.
const GRAPH_TOKEN: Mistake = Mistake {
    code: "graph_token",
    when: |evidence| {
        let for_graph = evidence.audiences().iter().any(|audience| GRAPH.contains(audience));
        !evidence.is_accepted() && (for_graph || evidence.header("nonce").is_some())
    },
    problem: "this is a token for Microsoft Graph: its signature covers a changed header (nonce), so no API but \
              Microsoft's can verify it.",
    remedy: "Have the client ask for this API's scope, api://<app id>/<scope>, in place of User.Read or another scope of \
             Graph; one token is for one API.",
    rust: ".issuer(\"https://login.microsoftonline.com/{tenant}/v2.0\").audience(\"<app id>\")",
    node: "auth({ issuerBaseURL: 'https://login.microsoftonline.com/{tenant}/v2.0', audience: '<app id>' })",
};

/// A GUID on one side and `api://` with the same GUID on the other.
const ENTRA_AUDIENCE: Mistake = Mistake {
    code: "entra_audience",
    when: |evidence| {
        let id = |audience: &str| audience.strip_prefix("api://").unwrap_or(audience).to_owned();
        let expected: Vec<_> = evidence.expected_audiences().collect();
        let other_form = |found: &&str| {
            !expected.contains(found) && expected.iter().any(|expected| id(expected) == id(found))
        };
        evidence.has_code("audience_mismatch") && evidence.audiences().iter().any(other_form)
    },
    problem: "the audiences are two forms of one: the token's aud is {aud}, configured is {audience}. v2.0 tokens have the \
              app id alone, v1.0 tokens the application ID URI (api://<app id>).",
    remedy: "Write the audience exactly as in aud.",
    rust: ".audience(\"<as in aud>\")",
    node: "auth({ issuerBaseURL: '{issuer}', audience: '<as in aud>' })",
};

/// `common` is a placeholder for each tenant.
const ENTRA_ANY_TENANT: Mistake = Mistake {
    code: "entra_any_tenant",
    when: |evidence| {
        let any = ["/common", "/organizations", "/consumers", "/{tenantid}"];
        let names_none = |issuer: &str| any.iter().any(|name| issuer.contains(name));
        !evidence.is_accepted() && evidence.expected_issuers().any(names_none)
    },
    problem: "{issuer} is a placeholder for each tenant: a token's iss names the tenant that the user signed in to, here {iss}.",
    remedy: "Write the issuer with your tenant's id. For several tenants, list them or resolve the tenants you know.",
    rust: ".issuer(\"{iss}\"), for each tenant, or .issuer_resolver(async_function)",
    node: "auth({ mcd: { issuers: ['{iss}'] }, audience: '{audience}' })",
};

pub(super) const ENTRA: ProviderFacts = ProviderFacts {
    name: "entra",
    title: "Entra ID",
    issuers: &[
        IssuerForm("https://login.microsoftonline.com/{tenant}/v2.0"),
        IssuerForm("https://login.microsoftonline.us/{tenant}/v2.0"),
        IssuerForm("https://login.partner.microsoftonline.cn/{tenant}/v2.0"),
    ],
    client_id: &["azp", "appid"],
    scope: Some(text(&["scp"])),
    roles: &[list(&["roles"])],
    organization: &[text(&["tid"])],
    quirks: &[
        "aud is the app id, a GUID.",
        "The metadata of common, organizations and consumers names the issuer …/{tenantid}/v2.0.",
        "An app's own keys need ?appid=<app id> on the metadata's URL.",
        "oid is the user in every app; sub differs between apps.",
    ],
    mistakes: &[
        GRAPH_TOKEN,
        Mistake {
            code: "entra_version",
            when: |evidence| evidence.has_failed("issuer") && expects(evidence, "entra_v1"),
            problem: "this is a v2.0 token, and the API expects those of v1.0: the token's iss is {iss}, configured is \
                      {issuer}.",
            remedy: "Write the issuer and the audience of v2.0; the manifest's requestedAccessTokenVersion is 2.",
            rust: ".issuer(\"{iss}\").audience(\"<app id>\")",
            node: "auth({ issuerBaseURL: '{iss}', audience: '<app id>' })",
        },
        ENTRA_AUDIENCE,
        ENTRA_ANY_TENANT,
    ],
    ..PLAIN
};

pub(super) const ENTRA_V1: ProviderFacts = ProviderFacts {
    name: "entra_v1",
    title: "Entra ID (v1.0 tokens)",
    issuers: &[IssuerForm("https://sts.windows.net/{tenant}/")],
    client_id: &["appid", "azp"],
    scope: Some(text(&["scp"])),
    roles: &[list(&["roles"])],
    organization: &[text(&["tid"])],
    keys: KeyPlace::MetadataUrl(
        "https://login.microsoftonline.com/{tenant}/.well-known/openid-configuration",
    ),
    quirks: &["aud is the application ID URI, api://<app id>.", "The metadata is not under the issuer."],
    mistakes: &[
        GRAPH_TOKEN,
        Mistake {
            code: "entra_version",
            when: |evidence| evidence.has_failed("issuer") && expects(evidence, "entra"),
            problem: "this is a v1.0 token, and the API expects those of v2.0: the token's iss is {iss}, configured is \
                      {issuer}.",
            remedy: "Set api.requestedAccessTokenVersion to 2 in the manifest of the API's app registration, and have the \
                     client ask again; or expect v1.0 tokens.",
            rust: ".issuer(IssuerConfig::new(\"{iss}\").metadata_url(\"https://login.microsoftonline.com/{tenant}/\
                   .well-known/openid-configuration\")).audience(\"api://<app id>\")",
            node: "auth({ issuer: '{iss}', jwksUri: 'https://login.microsoftonline.com/{tenant}/discovery/keys', \
                   audience: 'api://<app id>' })",
        },
        Mistake {
            code: "metadata_elsewhere",
            when: is_without_keys,
            problem: "the metadata of v1.0 tokens is not under their issuer.",
            remedy: "Set the URL of the metadata, or have the API's app registration issue v2.0 tokens.",
            rust: ".issuer(IssuerConfig::new(\"{iss}\").metadata_url(\"https://login.microsoftonline.com/{tenant}/\
                   .well-known/openid-configuration\"))",
            node: "auth({ issuer: '{iss}', jwksUri: 'https://login.microsoftonline.com/{tenant}/discovery/keys', \
                   audience: '{audience}' })",
        },
        ENTRA_AUDIENCE,
        ENTRA_ANY_TENANT,
    ],
    ..PLAIN
};

pub(super) const ENTRA_EXTERNAL: ProviderFacts = ProviderFacts {
    name: "entra_external",
    title: "Entra External ID or B2C",
    issuers: &[
        IssuerForm("https://{tenant}.b2clogin.com/{tenant_id}/v2.0/"),
        IssuerForm("https://{tenant}.ciamlogin.com/{tenant_id}/v2.0"),
    ],
    client_id: &["azp"],
    scope: Some(text(&["scp"])),
    keys: KeyPlace::MetadataUrl(
        "https://{tenant}.b2clogin.com/{tenant}.onmicrosoft.com/{policy}/v2.0/.well-known/openid-configuration",
    ),
    quirks: &[
        "The issuer of External ID is `https://{tenant_id}.ciamlogin.com/{tenant_id}/v2.0`.",
        "The metadata of B2C has the policy in its path and is not under the issuer. Tokens name the policy in tfp, in \
         the same spelling: the preset accepts only tokens of its policy.",
    ],
    mistakes: &[Mistake {
        code: "metadata_elsewhere",
        when: is_without_keys,
        problem: "the metadata is not under the issuer: its path has the name of the policy.",
        remedy: "Set the URL of the metadata, with the policy that is in tfp or acr.",
        rust: ".issuer(IssuerConfig::new(\"{issuer}\").metadata_url(\"https://{tenant}.b2clogin.com/{tenant}\
               .onmicrosoft.com/<policy>/v2.0/.well-known/openid-configuration\"))",
        node: "auth({ issuer: '{issuer}', jwksUri: 'https://{tenant}.b2clogin.com/{tenant}.onmicrosoft.com/<policy>/\
               discovery/v2.0/keys', audience: '{audience}' })",
    }],
    ..PLAIN
};

pub(super) const COGNITO: ProviderFacts = ProviderFacts {
    name: "cognito",
    title: "Amazon Cognito",
    issuers: &[IssuerForm("https://cognito-idp.{region}.amazonaws.com/{pool}")],
    audience: AudiencePlace::ClientId("client_id"),
    roles: &[list(&["cognito:groups"])],
    quirks: &["Access tokens have no aud; token_use is access."],
    mistakes: &[
        Mistake {
            code: "id_token",
            when: |evidence| evidence.text_claim("token_use") == Some("id"),
            problem: "this is Cognito's ID token (token_use is id), which has an aud because it is for the client.",
            remedy: "Have the client send the access token, and accept it by its client_id.",
            rust: ".issuer(\"{iss}\").tokens_without_audience(AudienceSubstitute::client_id([\"<client id>\"])\
                   .and_claim(\"token_use\", \"access\"))",
            node: "auth({ issuerBaseURL: '{iss}', tokensWithoutAudience: { clientId: '<client id>', claims: { \
                   token_use: 'access' } } })",
        },
        Mistake {
            code: "audience_absent",
            when: |evidence| evidence.has_failed("audience") && evidence.claim("aud").is_none(),
            problem: "Cognito puts no aud into its access tokens: client_id, here {client}, takes its place.",
            remedy: "List the app clients whose tokens this API accepts.",
            rust: ".issuer(\"{iss}\").tokens_without_audience(AudienceSubstitute::client_id([\"{client}\"])\
                   .and_claim(\"token_use\", \"access\"))",
            node: "auth({ issuerBaseURL: '{iss}', tokensWithoutAudience: { clientId: '{client}', claims: { \
                   token_use: 'access' } } })",
        },
    ],
    ..PLAIN
};

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
    quirks: &[
        "The keys of the org server's access tokens are not published: only custom servers are for APIs.",
    ],
    mistakes: &[Mistake {
        code: "okta_org_server",
        when: |evidence| {
            let of_org = |issuer: &str| named("okta").is_some_and(|okta| okta.issuer_form(issuer).is_some());
            let is_org = |issuer: &str| of_org(issuer) && !issuer.contains("/oauth2/");
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

pub(super) const GOOGLE: ProviderFacts = ProviderFacts {
    name: "google",
    title: "Google",
    issuers: &[IssuerForm("https://accounts.google.com"), IssuerForm("accounts.google.com")],
    client_id: &["azp"],
    scope: None,
    organization: &[text(&["hd"])],
    access_tokens: TokenForm::Opaque,
    signs: &[&[Sign::TokenBegins("ya29.")]],
    quirks: &[
        "Access tokens are opaque and for Google's APIs: services identify themselves with ID tokens.",
        "Some tokens have the issuer without https://.",
    ],
    mistakes: &[
        Mistake {
            code: "google_access_token",
            when: |evidence| {
                let is_google = evidence.token().starts_with("ya29.") || expects(evidence, "google");
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
            when: |evidence| evidence.has_failed("issuer") && expects(evidence, "google"),
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

pub(super) const FIREBASE: ProviderFacts = ProviderFacts {
    name: "firebase",
    title: "Firebase Authentication",
    issuers: &[IssuerForm("https://securetoken.google.com/{project}")],
    client_id: &[],
    scope: None,
    keys: KeyPlace::JwksUri(
        "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
    ),
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

pub(super) const SUPABASE: ProviderFacts = ProviderFacts {
    name: "supabase",
    title: "Supabase",
    issuers: &[IssuerForm("https://{project}.supabase.co/auth/v1")],
    client_id: &["client_id"],
    scope: None,
    roles: &[text(&["role"]), list(&["app_metadata", "roles"])],
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

pub(super) const CLERK: ProviderFacts = ProviderFacts {
    name: "clerk",
    title: "Clerk",
    issuers: &[IssuerForm("https://{app}.clerk.accounts.dev")],
    audience: AudiencePlace::Origin("azp"),
    client_id: &["azp"],
    scope: None,
    roles: &[text(&["o", "rol"])],
    organization: &[text(&["o", "id"])],
    signs: &[&[Sign::Claim("sid"), Sign::ObjectClaim("o"), Sign::ListClaim("fva")]],
    quirks: &["Session tokens have no aud; azp is the web origin that asked for them."],
    mistakes: &[Mistake {
        code: "audience_absent",
        when: |evidence| evidence.has_failed("audience") && evidence.claim("aud").is_none(),
        problem: "Clerk puts no aud into session tokens: azp, the web origin (here {client}), takes its place.",
        remedy: "List the origins whose tokens this API accepts, or have a JWT template put {audience} into aud.",
        rust: ".issuer(\"{iss}\").tokens_without_audience(AudienceSubstitute::azp([\"{client}\"]))",
        node: "auth({ issuerBaseURL: '{iss}', tokensWithoutAudience: { azp: '{client}' } })",
    }],
    ..PLAIN
};

/// Whether the API expects tokens of this provider, and not of this issuer.
fn expects(evidence: &Evidence<'_>, provider: &str) -> bool {
    let found = evidence.issuer().map(bare);
    let of_provider = |issuer: &&str| {
        found != Some(bare(issuer)) && of_issuer(issuer).is_some_and(|facts| facts.name == provider)
    };
    evidence.expected_issuers().any(|issuer| of_provider(&issuer))
}

/// Whether the keys could not be fetched.
fn is_without_keys(evidence: &Evidence<'_>) -> bool {
    evidence.has_code("keys_unavailable")
}
