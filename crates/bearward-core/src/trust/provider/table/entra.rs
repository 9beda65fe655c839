//! Entra ID, with tokens of v2.0 and v1.0, and Entra External ID with Azure AD B2C.

use super::{AUDIENCE, PLAIN, REQUIRED, SEVERAL, expects, list, text};
use crate::trust::provider::{
    Evidence, IssuerForm, KeyPlace, Member, MemberForm, Mistake, Need, Provider, ProviderFacts, Takes,
};

pub(super) const ENTRA: ProviderFacts = ProviderFacts {
    name: "entra",
    title: "Entra ID",
    other_names: &["aad", "azure", "azuread", "microsoft"],
    issuers: &[
        IssuerForm("https://login.microsoftonline.com/{tenant}/v2.0"),
        IssuerForm("https://login.microsoftonline.us/{tenant}/v2.0"),
        IssuerForm("https://login.partner.microsoftonline.cn/{tenant}/v2.0"),
    ],
    client_id: &["azp", "appid"],
    scope: Some(text(&["scp"])),
    roles: &[list(&["roles"])],
    organization: &[text(&["tid"])],
    members: &[TENANT, API, APP_KEYS, CLOUD],
    issuer_configs: |values| {
        let form = match values.optional("cloud") {
            Some("us_government") => "https://login.microsoftonline.us/{tenant}/v2.0",
            Some("china") => "https://login.partner.microsoftonline.cn/{tenant}/v2.0",
            _ => "https://login.microsoftonline.com/{tenant}/v2.0",
        };
        let api = values.one("api")?;
        let of_tenant = |tenant: &String| {
            let identifier = values.fill_with(form, |hole| (hole == "tenant").then_some(tenant))?;
            let metadata = format!("{identifier}/.well-known/openid-configuration?appid={api}");
            let issuer = values.issuer(identifier).audience(api);
            Ok(if values.is_set("app_keys") { issuer.metadata_url(metadata) } else { issuer })
        };
        values.all("tenant").iter().map(of_tenant).collect()
    },
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
            when: |evidence| evidence.has_failed("issuer") && expects(evidence, &ENTRA_V1),
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
    members: &[
        TENANT,
        Member {
            what: "the application ID URI of this API, as v1.0 tokens have it in aud",
            found: "Microsoft Entra admin center, App registrations, your API, Expose an API",
            example: "api://66666666-7777-8888-9999-000000000000",
            ..AUDIENCE
        },
    ],
    issuer_configs: |values| {
        let of_tenant = |tenant: &String| {
            let fill = |form| values.fill_with(form, |hole| (hole == "tenant").then_some(tenant));
            let metadata =
                fill("https://login.microsoftonline.com/{tenant}/.well-known/openid-configuration")?;
            Ok(values.issuer(fill("https://sts.windows.net/{tenant}/")?).metadata_url(metadata))
        };
        values.all("tenant").iter().map(of_tenant).collect()
    },
    quirks: &["aud is the application ID URI, api://<app id>.", "The metadata is not under the issuer."],
    mistakes: &[
        GRAPH_TOKEN,
        Mistake {
            code: "entra_version",
            when: |evidence| evidence.has_failed("issuer") && expects(evidence, &ENTRA),
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
    other_names: &["adb2c", "azureb2c", "b2c", "ciam"],
    issuers: &[
        IssuerForm("https://{tenant}.b2clogin.com/{tenant_id}/v2.0/"),
        IssuerForm("https://{tenant}.ciamlogin.com/{tenant_id}/v2.0"),
    ],
    client_id: &["azp"],
    scope: Some(text(&["scp"])),
    keys: KeyPlace::MetadataUrl(
        "https://{tenant}.b2clogin.com/{tenant}.onmicrosoft.com/{policy}/v2.0/.well-known/openid-configuration",
    ),
    members: &[
        Member {
            name: "tenant_id",
            form: MemberForm::Guid,
            what: "the id of the external tenant",
            found: "Microsoft Entra admin center, Overview, Tenant ID",
            example: "11111111-2222-3333-4444-555555555555",
            ..REQUIRED
        },
        API,
        Member {
            name: "tenant",
            need: Need::Optional,
            form: MemberForm::Label,
            what: "for Azure AD B2C, the name before .onmicrosoft.com and .b2clogin.com",
            found: "Azure portal, Azure AD B2C, Overview, Domain name",
            example: "contoso",
            ..REQUIRED
        },
        Member {
            name: "policy",
            need: Need::Optional,
            form: MemberForm::Segment,
            what: "for Azure AD B2C, the user flow or policy that issues the tokens",
            found: "Azure portal, Azure AD B2C, User flows",
            example: "B2C_1_sign_in",
            ..REQUIRED
        },
    ],
    issuer_configs: |values| {
        let issuer = match (values.optional("tenant"), values.optional("policy")) {
            (None, None) => values.issuer(values.fill("https://{tenant_id}.ciamlogin.com/{tenant_id}/v2.0")?),
            (Some(_), Some(policy)) => {
                let metadata = "https://{tenant}.b2clogin.com/{tenant}.onmicrosoft.com/{policy}/v2.0/.well-known/\
                                openid-configuration";
                let identifier = values.fill("https://{tenant}.b2clogin.com/{tenant_id}/v2.0/")?;
                // All policies of a tenant have one issuer, and may share their keys.
                values.issuer(identifier).metadata_url(values.fill(metadata)?).require_claim("tfp", [policy])
            }
            (Some(_), None) => return Err(values.missing("policy")),
            (None, Some(_)) => return Err(values.missing("tenant")),
        };
        Ok(vec![issuer.audience(values.one("api")?)])
    },
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

const TENANT: Member = Member {
    name: "tenant",
    form: MemberForm::Tenant,
    what: "the id of the tenant whose users may call, or a list of such ids",
    found: "Microsoft Entra admin center, Overview, Tenant ID",
    example: "11111111-2222-3333-4444-555555555555",
    ..SEVERAL
};

const API: Member = Member {
    name: "api",
    form: MemberForm::Guid,
    what: "the application (client) id of this API",
    found: "Microsoft Entra admin center, App registrations, your API, Overview",
    example: "66666666-7777-8888-9999-000000000000",
    ..REQUIRED
};

const APP_KEYS: Member = Member {
    name: "app_keys",
    need: Need::Optional,
    takes: Takes::Flag,
    what: "whether the API has its own signing keys, as it has with claims mapping",
    found: "Microsoft Entra admin center, Enterprise applications, your API, Single sign-on",
    example: "true",
    ..REQUIRED
};

const CLOUD: Member = Member {
    name: "cloud",
    need: Need::Optional,
    form: MemberForm::OneOf(&["global", "us_government", "china"]),
    what: "the cloud of the tenant: global, us_government or china; global unless set",
    found: "the address of the admin center: entra.microsoft.com, .us or .cn",
    example: "global",
    ..REQUIRED
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

impl Provider {
    /// Entra ID: the tenant's id. Name the API by [`api`](Self::api), and further tenants by [`tenant`](Self::tenant).
    pub fn entra(tenant: impl Into<String>) -> Self {
        Self::of(&ENTRA).tenant(tenant)
    }

    /// Entra ID with v1.0 tokens: the tenant's id. Name the API by [`audience`](Self::audience).
    pub fn entra_v1(tenant: impl Into<String>) -> Self {
        Self::of(&ENTRA_V1).tenant(tenant)
    }

    /// Entra External ID: the tenant's id. Name the API by [`api`](Self::api).
    pub fn entra_external(tenant_id: impl Into<String>) -> Self {
        Self::of(&ENTRA_EXTERNAL).with("tenant_id", tenant_id)
    }

    /// Azure AD B2C: the tenant's name and id, and the policy. Name the API by [`api`](Self::api).
    pub fn b2c(tenant: impl Into<String>, tenant_id: impl Into<String>, policy: impl Into<String>) -> Self {
        Self::entra_external(tenant_id).with("tenant", tenant).with("policy", policy)
    }

    /// The application (client) id of this API at Entra ID.
    pub fn api(self, app_id: impl Into<String>) -> Self {
        self.with("api", app_id)
    }

    /// A further tenant of Entra ID whose users may come in.
    pub fn tenant(self, tenant: impl Into<String>) -> Self {
        self.with("tenant", tenant)
    }

    /// The API has its own signing keys at Entra ID.
    pub fn app_keys(self) -> Self {
        self.with_flag("app_keys")
    }

    /// The cloud of the tenant of Entra ID: `global`, `us_government` or `china`.
    pub fn cloud(self, cloud: impl Into<String>) -> Self {
        self.with("cloud", cloud)
    }
}

/// Whether the keys could not be fetched.
fn is_without_keys(evidence: &Evidence<'_>) -> bool {
    evidence.has_code("keys_unavailable")
}
