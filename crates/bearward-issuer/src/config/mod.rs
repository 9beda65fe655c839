//! What an authorization server knows: its clients, APIs, roles and organizations.
//!
//! 1. Everything has a default, so that a test names only what it is about.
//! 2. The whole is checked once, before a port is bound: a role that grants a scope no API has is a mistake.

mod check;
mod demo;
mod entry;
mod protected_resource;
mod user;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

pub use self::check::ConfigError;
pub use self::entry::{AccessTokenFormat, Api, Client, Organization, Role};
pub use self::protected_resource::ProtectedResource;
pub use self::user::User;
use crate::algorithm::Algorithm;

/// The whole configuration, also readable from JSON or any other format of serde.
///
/// ```
/// use bearward_issuer::Config;
///
/// let config: Config = serde_json::from_str(r#"{
///     "path": "/oidc",
///     "algorithms": ["ES256", "RS256"],
///     "apis": [{ "resource": "https://api.example.com", "scopes": ["read:messages"] }],
///     "roles": [{ "name": "reader", "grants": { "https://api.example.com": ["read:messages"] } }],
///     "clients": [{ "id": "app", "secret": "s3cret", "roles": ["reader"] }]
/// }"#)?;
/// # let _ = config;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub(crate) port: u16,
    pub(crate) path: String,
    pub(crate) well_known: WellKnown,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) access_token_lifetime_secs: u64,
    pub(crate) jwks_cache_control: Option<String>,
    pub(crate) requested_claims: RequestedClaims,
    pub(crate) organization_audience: String,
    pub(crate) apis: Vec<Api>,
    pub(crate) roles: Vec<Role>,
    pub(crate) clients: Vec<Client>,
    pub(crate) organizations: Vec<Organization>,
    pub(crate) protected_resources: Vec<ProtectedResource>,
    pub(crate) dpop_nonce: DpopNonce,
    pub(crate) user: Option<User>,
}

/// Where the metadata document is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WellKnown {
    /// At both locations below.
    #[default]
    Both,
    /// Only appended to the issuer: `{issuer}/.well-known/openid-configuration` (OpenID Connect Discovery §4).
    OpenId,
    /// Only inserted before its path: `/.well-known/oauth-authorization-server{path}` (RFC 8414 §3.1).
    OAuth,
}

/// Whether a DPoP proof at the token endpoint needs a nonce of the server (RFC 9449 §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DpopNonce {
    /// None is given and none is looked at.
    #[default]
    Unused,
    /// A proof without the current one is answered with `use_dpop_nonce`.
    Required,
}

/// What becomes of the `claims` parameter of a token request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestedClaims {
    /// The request is refused.
    #[default]
    Refuse,
    /// They are added, but a claim that the server answers for (`iss`, `aud`, `exp`, `nbf`, `iat`, `jti`,
    /// `client_id`, `scope`, `organization_id`, `roles`, `cnf`) refuses the request.
    Add,
    /// They are added and replace any claim. For tests only.
    Replace,
}

impl Config {
    /// An empty configuration: no clients, no APIs, RS256, tokens for an hour, any free port.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn access_token_lifetime(&self) -> Duration {
        Duration::from_secs(self.access_token_lifetime_secs)
    }

    /// The issuer's path without a final slash, as both well-known locations want it (RFC 8414 §3.1).
    pub(crate) fn base_path(&self) -> &str {
        self.path.trim_end_matches('/')
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    pub(crate) fn protected_resource(&self, id: &str) -> Option<&ProtectedResource> {
        self.protected_resources.iter().find(|resource| resource.id == id)
    }

    /// Every authentication context class that a client can reach, for `acr_values_supported`.
    pub(crate) fn acr_values(&self) -> Vec<&str> {
        let mut values: Vec<_> =
            self.clients.iter().flat_map(|client| &client.acr_values).map(String::as_str).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    pub(crate) fn api(&self, resource: &str) -> Option<&Api> {
        self.apis.iter().find(|api| api.resource == resource)
    }

    pub(crate) fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    pub(crate) fn organization(&self, id: &str) -> Option<&Organization> {
        self.organizations.iter().find(|organization| organization.id == id)
    }

    /// The audience of an organization's own permissions.
    pub(crate) fn audience_of_organization(&self, id: &str) -> String {
        self.organization_audience.replace(PLACEHOLDER, id)
    }

    /// The organization whose permissions this resource stands for.
    pub(crate) fn organization_of_audience<'a>(&self, resource: &'a str) -> Option<&'a str> {
        let (before, after) = self.organization_audience.split_once(PLACEHOLDER)?;
        resource.strip_prefix(before)?.strip_suffix(after)
    }

    /// Every scope there is, for `scopes_supported`.
    pub(crate) fn scopes(&self) -> Vec<&str> {
        let apis = self.apis.iter().flat_map(|api| &api.scopes);
        let organizations = self.organizations.iter().flat_map(|organization| organization.scopes());
        let mut scopes: Vec<_> = apis.chain(organizations).map(String::as_str).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }
}

/// The claims that the server answers for: neither a client's configuration nor its request sets them.
pub(crate) const OWN_CLAIMS: [&str; 11] =
    ["iss", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "organization_id", "roles", "cnf"];

/// The placeholder of the organization's id in the template of its audience.
const PLACEHOLDER: &str = "{id}";

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            path: String::new(),
            well_known: WellKnown::default(),
            algorithms: vec![Algorithm::Rs256],
            access_token_lifetime_secs: 3600,
            jwks_cache_control: None,
            requested_claims: RequestedClaims::default(),
            organization_audience: format!("urn:logto:organization:{PLACEHOLDER}"),
            apis: Vec::new(),
            roles: Vec::new(),
            clients: Vec::new(),
            organizations: Vec::new(),
            protected_resources: Vec::new(),
            dpop_nonce: DpopNonce::default(),
            user: None,
        }
    }
}

/// Scopes by what they belong to: an API's resource identifier, or a role of an organization.
pub(crate) type ScopesBy = BTreeMap<String, Vec<String>>;
