//! The entries of a configuration: APIs, roles, clients and organizations.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::ScopesBy;

/// An API that tokens are issued for: its resource identifier (RFC 8707) and the scopes it knows.
///
/// ```
/// use bearward_issuer::Api;
///
/// let api = Api::new("https://api.example.com", ["read:messages", "write:messages"]);
/// # let _ = api;
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    pub(crate) resource: String,
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
}

impl Api {
    /// An API with these scopes.
    pub fn new(resource: impl Into<String>, scopes: impl IntoIterator<Item: Into<String>>) -> Self {
        Self { resource: resource.into(), scopes: owned(scopes) }
    }
}

/// A role: for each API, the scopes that its holders may have.
///
/// ```
/// use bearward_issuer::Role;
///
/// let role = Role::new("reader").grants("https://api.example.com", ["read:messages"]);
/// # let _ = role;
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) grants: ScopesBy,
}

impl Role {
    /// A role that grants nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), grants: BTreeMap::new() }
    }

    /// Grants scopes of one API, beside those granted before.
    #[must_use]
    pub fn grants(
        mut self,
        resource: impl Into<String>,
        scopes: impl IntoIterator<Item: Into<String>>,
    ) -> Self {
        self.grants.entry(resource.into()).or_default().extend(owned(scopes));
        self
    }
}

/// A confidential client (RFC 6749 §2.1). `Debug` does not show its secret.
///
/// ```
/// use bearward_issuer::Client;
///
/// let client = Client::new("app", "s3cret").role("reader").claim("tier", "gold");
/// assert!(!format!("{client:?}").contains("s3cret"));
/// ```
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    #[serde(default)]
    pub(crate) claims: Map<String, Value>,
    #[serde(default)]
    pub(crate) access_token_format: AccessTokenFormat,
    #[serde(default)]
    pub(crate) acr_values: Vec<String>,
}

/// What the access tokens of a client look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// A JWT (RFC 9068), which a resource server verifies by itself.
    #[default]
    Jwt,
    /// A random handle, which a resource server introspects (RFC 7662).
    Opaque,
}

impl Client {
    /// A client without roles.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            roles: Vec::new(),
            claims: Map::new(),
            access_token_format: AccessTokenFormat::default(),
            acr_values: Vec::new(),
        }
    }

    /// Gives it opaque access tokens instead of JWTs.
    #[must_use]
    pub fn opaque(mut self) -> Self {
        self.access_token_format = AccessTokenFormat::Opaque;
        self
    }

    /// Lets it step up (RFC 9470): its tokens say with `auth_time` that the subject was authenticated an hour
    /// ago, until a token request asks with `acr_values` for one of these authentication context classes, or
    /// with `max_age` (in seconds) for a fresher authentication, and gets it.
    #[must_use]
    pub fn authentication(mut self, acr_values: impl IntoIterator<Item: Into<String>>) -> Self {
        self.acr_values = owned(acr_values);
        self
    }

    /// Gives it a role, which also appears in the `roles` claim.
    #[must_use]
    pub fn role(mut self, name: impl Into<String>) -> Self {
        self.roles.push(name.into());
        self
    }

    /// Puts a claim into all its tokens, `sub` included; not one that the server answers for, such as `aud`.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("roles", &self.roles)
            .field("claims", &self.claims.keys())
            .field("access_token_format", &self.access_token_format)
            .field("acr_values", &self.acr_values)
            .finish_non_exhaustive()
    }
}

/// An organization: its roles with their permissions, and the clients that hold them.
///
/// ```
/// use bearward_issuer::Organization;
///
/// let organization = Organization::new("org_1")
///     .role("auditor", ["read:member"])
///     .member("app", ["auditor"]);
/// # let _ = organization;
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) roles: ScopesBy,
    #[serde(default)]
    pub(crate) members: BTreeMap<String, Vec<String>>,
}

impl Organization {
    /// An organization without roles or members.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), roles: BTreeMap::new(), members: BTreeMap::new() }
    }

    /// Defines a role within this organization by its permissions.
    #[must_use]
    pub fn role(mut self, name: impl Into<String>, scopes: impl IntoIterator<Item: Into<String>>) -> Self {
        self.roles.entry(name.into()).or_default().extend(owned(scopes));
        self
    }

    /// Makes a client a member that holds these roles of the organization.
    #[must_use]
    pub fn member(
        mut self,
        client_id: impl Into<String>,
        roles: impl IntoIterator<Item: Into<String>>,
    ) -> Self {
        self.members.entry(client_id.into()).or_default().extend(owned(roles));
        self
    }

    /// Every permission any of its roles has.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &String> {
        self.roles.values().flatten()
    }
}

fn owned(names: impl IntoIterator<Item: Into<String>>) -> Vec<String> {
    names.into_iter().map(Into::into).collect()
}
