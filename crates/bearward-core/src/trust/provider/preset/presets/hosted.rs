//! Authorization servers that somebody else runs.

use super::{AUDIENCE, AUDIENCE_IF_SET, Member, MemberForm, Need, Preset, REQUIRED, SEVERAL, Takes};
use crate::token::algorithm::Algorithm;
use crate::trust::policy::AudienceSubstitute;

pub(super) const AUTH0: Preset = Preset {
    name: "auth0",
    members: &[
        Member {
            name: "domain",
            form: MemberForm::Domain,
            what: "the domain of the tenant, or its custom domain if clients use it",
            found: "Auth0 Dashboard, Applications, your application, Settings, Domain",
            example: "acme.eu.auth0.com",
            ..REQUIRED
        },
        Member {
            found: "Auth0 Dashboard, Applications, APIs, your API, Identifier",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    issuers: |values| Ok(vec![values.issuer(values.fill("https://{domain}/")?)]),
};

pub(super) const LOGTO: Preset = Preset {
    name: "logto",
    members: &[
        Member {
            name: "domain",
            form: MemberForm::Host,
            what: "the host of the Logto endpoint",
            found: "Logto Console, Settings, Domains; or the host of an installation",
            example: "acme.logto.app",
            ..REQUIRED
        },
        Member {
            found: "Logto Console, API resources, your API, API identifier",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    issuers: |values| Ok(vec![values.issuer(values.fill("https://{domain}/oidc")?)]),
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

pub(super) const ENTRA: Preset = Preset {
    name: "entra",
    members: &[TENANT, API, APP_KEYS, CLOUD],
    issuers: |values| {
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
};

pub(super) const ENTRA_V1: Preset = Preset {
    name: "entra_v1",
    members: &[
        TENANT,
        Member {
            what: "the application ID URI of this API, as v1.0 tokens have it in aud",
            found: "Microsoft Entra admin center, App registrations, your API, Expose an API",
            example: "api://66666666-7777-8888-9999-000000000000",
            ..AUDIENCE
        },
    ],
    issuers: |values| {
        let of_tenant = |tenant: &String| {
            let fill = |form| values.fill_with(form, |hole| (hole == "tenant").then_some(tenant));
            let metadata =
                fill("https://login.microsoftonline.com/{tenant}/.well-known/openid-configuration")?;
            Ok(values.issuer(fill("https://sts.windows.net/{tenant}/")?).metadata_url(metadata))
        };
        values.all("tenant").iter().map(of_tenant).collect()
    },
};

pub(super) const ENTRA_EXTERNAL: Preset = Preset {
    name: "entra_external",
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
    issuers: |values| {
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
};

pub(super) const COGNITO: Preset = Preset {
    name: "cognito",
    members: &[
        Member {
            name: "region",
            form: MemberForm::Region,
            what: "the AWS region of the user pool",
            found: "the part of the pool's id before the underscore",
            example: "eu-west-1",
            ..REQUIRED
        },
        Member {
            name: "pool",
            form: MemberForm::Pool,
            what: "the id of the user pool",
            found: "AWS console, Amazon Cognito, User pools, your pool, Overview, User pool ID",
            example: "eu-west-1_AbCdEf123",
            ..REQUIRED
        },
        Member {
            name: "clients",
            what: "the ids of the app clients whose tokens are for this API, since access tokens have no aud",
            found: "AWS console, Amazon Cognito, User pools, your pool, App clients, Client ID",
            example: "1example23456789",
            ..SEVERAL
        },
        Member {
            what: "the identifier of this API, if clients ask for it by resource binding: tokens then have an aud",
            found: "AWS console, Amazon Cognito, User pools, your pool, Domain, Resource servers",
            example: "https://api.example.com",
            ..AUDIENCE_IF_SET
        },
    ],
    issuers: |values| {
        let region = values.one("region")?;
        if values.one("pool")?.split_once('_').map(|(own, _)| own) != Some(region) {
            return Err(values.malformed("pool", "must begin with the region that is given beside it"));
        }
        let identifier = values.fill("https://cognito-idp.{region}.amazonaws.com/{pool}")?;
        let clients = AudienceSubstitute::client_id(values.all("clients")).and_claim("token_use", "access");
        // An ID token has an aud, which might be configured here by mistake.
        let issuer = values.issuer(identifier).require_claim("token_use", ["access"]);
        Ok(vec![issuer.tokens_without_audience(clients)])
    },
};

pub(super) const OKTA: Preset = Preset {
    name: "okta",
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
    issuers: |values| {
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
};

pub(super) const GOOGLE: Preset = Preset {
    name: "google",
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
    issuers: |values| {
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
};

pub(super) const FIREBASE: Preset = Preset {
    name: "firebase",
    members: &[Member {
        name: "project",
        form: MemberForm::Label,
        what: "the id of the project",
        found: "Firebase console, Project settings, General, Project ID",
        example: "acme-1a2b3",
        ..REQUIRED
    }],
    issuers: |values| {
        let keys =
            "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";
        let identifier = values.fill("https://securetoken.google.com/{project}")?;
        let issuer = values.issuer(identifier).jwks_uri(keys).algorithms([Algorithm::RS256]);
        Ok(vec![issuer.audience(values.one("project")?)])
    },
};

pub(super) const SUPABASE: Preset = Preset {
    name: "supabase",
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
    issuers: |values| {
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
};

pub(super) const CLERK: Preset = Preset {
    name: "clerk",
    members: &[
        Member {
            name: "domain",
            form: MemberForm::Domain,
            what: "the host of the Frontend API",
            found: "Clerk Dashboard, Configure, API keys, Frontend API URL",
            example: "example.clerk.accounts.dev",
            ..REQUIRED
        },
        Member {
            name: "origins",
            form: MemberForm::Origin,
            what: "the web origins of the applications that may call this API; session tokens have the origin in azp",
            found: "the address bar of the application",
            example: "https://app.example.com",
            ..SEVERAL
        },
        Member {
            what: "the audience that a JWT template sets",
            found: "Clerk Dashboard, Configure, JWT templates",
            example: "https://api.example.com",
            ..AUDIENCE_IF_SET
        },
    ],
    issuers: |values| {
        let origins = AudienceSubstitute::azp(values.all("origins"));
        Ok(vec![values.issuer(values.fill("https://{domain}")?).tokens_without_audience(origins)])
    },
};
