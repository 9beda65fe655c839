//! Authorization servers that people run themselves.

use super::{AUDIENCE, Member, MemberForm, Preset, REQUIRED};

const HOST: Member = Member { name: "host", form: MemberForm::Host, ..REQUIRED };

const URL: Member = Member { name: "url", form: MemberForm::BaseUrl, ..REQUIRED };

const ISSUER: Member = Member {
    name: "issuer",
    form: MemberForm::IssuerUrl,
    what: "the issuer, exactly as tokens have it in iss",
    ..REQUIRED
};

pub(super) const ADFS: Preset = Preset {
    name: "adfs",
    members: &[
        Member {
            what: "the host of the federation service",
            found: "AD FS Management, Service, Edit Federation Service Properties, Federation Service name",
            example: "sts.example.com",
            ..HOST
        },
        Member {
            found: "AD FS Management, Application Groups, your Web API, Identifiers; with microsoft:identityserver: before it \
                    where tokens have it",
            example: "microsoft:identityserver:https://api.example.com",
            ..AUDIENCE
        },
    ],
    // The metadata has another issuer than the tokens, so the keys are named.
    issuers: |values| {
        let identifier = values.fill("http://{host}/adfs/services/trust")?;
        Ok(vec![values.issuer(identifier).jwks_uri(values.fill("https://{host}/adfs/discovery/keys")?)])
    },
};

pub(super) const KEYCLOAK: Preset = Preset {
    name: "keycloak",
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
    issuers: |values| {
        if values.one("url")?.contains("/realms/") {
            return Err(values.malformed("url", "must end before /realms: the realm has its own setting"));
        }
        Ok(vec![values.issuer(values.fill("{+url}/realms/{realm}")?)])
    },
};

pub(super) const CURITY: Preset = Preset {
    name: "curity",
    members: &[
        Member {
            found: "Curity Admin UI, Profiles, Token Service, General, Issuer",
            example: "https://id.example.com/oauth/v2/oauth-anonymous",
            ..ISSUER
        },
        Member {
            found: "Curity Admin UI, Profiles, Token Service, Clients, your client, Audience",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    issuers: |values| Ok(vec![values.issuer(values.one("issuer")?)]),
};

pub(super) const ZITADEL: Preset = Preset {
    name: "zitadel",
    members: &[
        Member {
            name: "domain",
            form: MemberForm::Host,
            what: "the domain of the instance, or its custom domain if clients use it",
            found: "Zitadel Console, Instance, Custom Domains",
            example: "acme-a1b2c3.zitadel.cloud",
            ..REQUIRED
        },
        Member {
            what: "the id of the project that this API is in, or the client id of the API",
            found: "Zitadel Console, Projects, your project, Resource Id",
            example: "261234567890123456",
            ..AUDIENCE
        },
    ],
    issuers: |values| Ok(vec![values.issuer(values.fill("https://{domain}")?)]),
};

pub(super) const UAA: Preset = Preset {
    name: "uaa",
    members: &[
        Member {
            what: "the URL of the zone, without /oauth/token",
            found: "the url of the service binding (VCAP_SERVICES, xsuaa, credentials)",
            example: "https://acme.authentication.eu10.hana.ondemand.com",
            ..URL
        },
        Member {
            found: "the xsappname of the service binding; or the scopes' part before the last dot",
            example: "api!t1",
            ..AUDIENCE
        },
    ],
    issuers: |values| {
        let identifier = values.fill("{+url}/oauth/token")?;
        Ok(vec![values.issuer(identifier).jwks_uri(values.fill("{+url}/token_keys")?)])
    },
};

pub(super) const HYDRA: Preset = Preset {
    name: "hydra",
    members: &[
        Member {
            found: "urls.self.issuer of the configuration; or Ory Console, OAuth 2, Overview",
            example: "https://acme.projects.oryapis.com",
            ..ISSUER
        },
        Member {
            found: "the audience list of the OAuth 2.0 client; its requests name one of them",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    issuers: |values| Ok(vec![values.issuer(values.one("issuer")?)]),
};

pub(super) const IDENTITY_SERVER: Preset = Preset {
    name: "identity_server",
    members: &[
        Member {
            found: "IssuerUri of AddIdentityServer, and issuer of /.well-known/openid-configuration",
            example: "https://id.example.com",
            ..ISSUER
        },
        Member {
            found: "the name of the ApiResource that has the API's scopes",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    issuers: |values| Ok(vec![values.issuer(values.one("issuer")?)]),
};

pub(super) const SPRING: Preset = Preset {
    name: "spring",
    members: &[
        Member {
            found: "spring.security.oauth2.authorizationserver.issuer, or AuthorizationServerSettings",
            example: "https://id.example.com",
            ..ISSUER
        },
        Member {
            found: "what an OAuth2TokenCustomizer sets, else the client id",
            example: "https://api.example.com",
            ..AUDIENCE
        },
    ],
    issuers: |values| Ok(vec![values.issuer(values.one("issuer")?)]),
};

pub(super) const PASSPORT: Preset = Preset {
    name: "passport",
    members: &[],
    issuers: |values| {
        Err(values.cannot_work(
            "its tokens have no iss, so only settings that weaken the protection accept them",
            "Have the server write iss; or name an issuer of your own choice with the key (public_key_pem), the client ids as \
             audiences, and allow tokens without issuer under dangerous()",
        ))
    },
};
