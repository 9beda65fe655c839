//! A function for each preset. Values are checked later, with those of the other forms.

use super::{Given, Provider};

impl Provider {
    /// Auth0: the tenant's domain, such as `acme.eu.auth0.com`. Name the API by [`audience`](Self::audience).
    pub fn auth0(domain: impl Into<String>) -> Self {
        Self::of("auth0").with("domain", domain)
    }

    /// Logto: the host of its endpoint, such as `acme.logto.app`. Name the API by [`audience`](Self::audience).
    pub fn logto(domain: impl Into<String>) -> Self {
        Self::of("logto").with("domain", domain)
    }

    /// Entra ID: the tenant's id. Name the API by [`api`](Self::api), and further tenants by [`tenant`](Self::tenant).
    pub fn entra(tenant: impl Into<String>) -> Self {
        Self::of("entra").tenant(tenant)
    }

    /// Entra ID with v1.0 tokens: the tenant's id. Name the API by [`audience`](Self::audience).
    pub fn entra_v1(tenant: impl Into<String>) -> Self {
        Self::of("entra_v1").tenant(tenant)
    }

    /// Entra External ID: the tenant's id. Name the API by [`api`](Self::api).
    pub fn entra_external(tenant_id: impl Into<String>) -> Self {
        Self::of("entra_external").with("tenant_id", tenant_id)
    }

    /// Azure AD B2C: the tenant's name and id, and the policy. Name the API by [`api`](Self::api).
    pub fn b2c(tenant: impl Into<String>, tenant_id: impl Into<String>, policy: impl Into<String>) -> Self {
        Self::entra_external(tenant_id).with("tenant", tenant).with("policy", policy)
    }

    /// Amazon Cognito: the region and the pool's id. Name the app clients by [`client`](Self::client).
    pub fn cognito(region: impl Into<String>, pool: impl Into<String>) -> Self {
        Self::of("cognito").with("region", region).with("pool", pool)
    }

    /// Okta: the organization's domain, such as `acme.okta.com`, and the id of the custom authorization server, such
    /// as `default`. Name the API by [`audience`](Self::audience).
    pub fn okta(domain: impl Into<String>, server: impl Into<String>) -> Self {
        Self::of("okta").with("domain", domain).with("server", server)
    }

    /// ID tokens of Google's service accounts and users, for the audience that callers ask for. Name those that may call
    /// by [`email`](Self::email) or [`domain`](Self::domain).
    pub fn google(audience: impl Into<String>) -> Self {
        Self::of("google").audience(audience)
    }

    /// Firebase Authentication: the project's id.
    pub fn firebase(project: impl Into<String>) -> Self {
        Self::of("firebase").with("project", project)
    }

    /// Supabase: the project's reference id.
    pub fn supabase(project: impl Into<String>) -> Self {
        Self::of("supabase").with("project", project)
    }

    /// Supabase at a custom domain or on this machine, such as `http://127.0.0.1:54321`.
    pub fn supabase_at(url: impl Into<String>) -> Self {
        Self::of("supabase").with("url", url)
    }

    /// Supabase's legacy JWT secret, for as long as tokens signed with it are beside those of the new keys.
    pub fn secret(self, secret: impl Into<String>) -> Self {
        self.with("secret", secret)
    }

    /// Clerk: the host of the Frontend API. Name the applications by [`origin`](Self::origin).
    pub fn clerk(domain: impl Into<String>) -> Self {
        Self::of("clerk").with("domain", domain)
    }

    /// AWS ALB: the load balancer's ARN, and the issuer at which it logs users in. Name the client id that it has there by
    /// [`client`](Self::client).
    pub fn aws_alb(load_balancer: impl Into<String>, issuer: impl Into<String>) -> Self {
        Self::of("aws_alb").with("load_balancer", load_balancer).with("issuer", issuer)
    }

    /// GitHub Actions, for the audience that workflows ask for. Name who may call by [`owner`](Self::owner) or
    /// [`repository`](Self::repository).
    pub fn github_actions(audience: impl Into<String>) -> Self {
        Self::of("github_actions").audience(audience)
    }

    /// Service accounts of a Kubernetes cluster with the usual issuer. Name the API by [`audience`](Self::audience).
    pub fn kubernetes() -> Self {
        Self::of("kubernetes")
    }

    /// Service accounts of a Kubernetes cluster with this issuer. Name the API by [`audience`](Self::audience).
    pub fn kubernetes_at(issuer: impl Into<String>) -> Self {
        Self::of("kubernetes").with("issuer", issuer)
    }

    /// Cloudflare Access: the team's name. Name the application's tag by [`audience`](Self::audience).
    pub fn cloudflare_access(team: impl Into<String>) -> Self {
        Self::of("cloudflare_access").with("team", team)
    }

    /// Google IAP: the audience, `/projects/…`.
    pub fn google_iap(audience: impl Into<String>) -> Self {
        Self::of("google_iap").audience(audience)
    }

    /// AD FS: the host of the federation service. Name the API by [`audience`](Self::audience).
    pub fn adfs(host: impl Into<String>) -> Self {
        Self::of("adfs").with("host", host)
    }

    /// Keycloak: the server's URL and the realm. Name the API by [`audience`](Self::audience).
    pub fn keycloak(url: impl Into<String>, realm: impl Into<String>) -> Self {
        Self::of("keycloak").with("url", url).with("realm", realm)
    }

    /// Curity: the issuer. Name the API by [`audience`](Self::audience).
    pub fn curity(issuer: impl Into<String>) -> Self {
        Self::of("curity").with("issuer", issuer)
    }

    /// Zitadel: the instance's domain. Name the project by [`audience`](Self::audience).
    pub fn zitadel(domain: impl Into<String>) -> Self {
        Self::of("zitadel").with("domain", domain)
    }

    /// UAA or XSUAA: the zone's URL. Name the API by [`audience`](Self::audience).
    pub fn uaa(url: impl Into<String>) -> Self {
        Self::of("uaa").with("url", url)
    }

    /// Ory Hydra: the issuer. Name the API by [`audience`](Self::audience).
    pub fn hydra(issuer: impl Into<String>) -> Self {
        Self::of("hydra").with("issuer", issuer)
    }

    /// IdentityServer, Duende's or the open one: the issuer. Name the API by [`audience`](Self::audience).
    pub fn identity_server(issuer: impl Into<String>) -> Self {
        Self::of("identity_server").with("issuer", issuer)
    }

    /// Spring Authorization Server: the issuer. Name the API by [`audience`](Self::audience).
    pub fn spring(issuer: impl Into<String>) -> Self {
        Self::of("spring").with("issuer", issuer)
    }

    /// An audience of this API, besides others given in the same way.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.with("audience", audience)
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
    pub fn app_keys(mut self) -> Self {
        self.given.insert("app_keys".to_owned(), Given::Flag(true));
        self
    }

    /// The cloud of the tenant of Entra ID: `global`, `us_government` or `china`.
    pub fn cloud(self, cloud: impl Into<String>) -> Self {
        self.with("cloud", cloud)
    }

    /// A client whose tokens without `aud` are for this API, besides others given in the same way.
    pub fn client(self, client_id: impl Into<String>) -> Self {
        self.with("clients", client_id)
    }

    /// The web origin of an application that may call this API, besides others given in the same way.
    pub fn origin(self, origin: impl Into<String>) -> Self {
        self.with("origins", origin)
    }

    /// The address of a Google account that may call, besides others given in the same way.
    pub fn email(self, email: impl Into<String>) -> Self {
        self.with("emails", email)
    }

    /// A domain of Google Workspace whose users may call, besides others given in the same way.
    pub fn domain(self, domain: impl Into<String>) -> Self {
        self.with("domains", domain)
    }

    /// An organization or user of GitHub whose repositories may call, besides others given in the same way.
    pub fn owner(self, owner: impl Into<String>) -> Self {
        self.with("owners", owner)
    }

    /// A repository of GitHub that may call, such as `acme/deployments`, besides others given in the same way.
    pub fn repository(self, repository: impl Into<String>) -> Self {
        self.with("repositories", repository)
    }

    /// The keys of a Kubernetes cluster, a JWK Set in JSON, where they cannot be fetched.
    pub fn jwks(self, jwks: impl Into<String>) -> Self {
        self.with("jwks", jwks)
    }
}
