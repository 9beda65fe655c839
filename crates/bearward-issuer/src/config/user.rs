//! The resource owner of the authorization code flow.

use serde::Deserialize;
use serde_json::{Map, Value};

/// The one user of the authorization server: whoever sits before this machine and allows a client, without a password.
///
/// ```
/// use bearward_issuer::User;
///
/// let user = User::new("ada").role("author").claim("email", "ada@example.com");
/// # let _ = user;
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub(crate) subject: String,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    #[serde(default)]
    pub(crate) claims: Map<String, Value>,
}

impl User {
    /// A user without roles, who can grant nothing.
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), roles: Vec::new(), claims: Map::new() }
    }

    /// Gives the user a role, whose scopes it can grant to clients.
    #[must_use]
    pub fn role(mut self, name: impl Into<String>) -> Self {
        self.roles.push(name.into());
        self
    }

    /// Puts a claim into the tokens that the user grants; not one that the server answers for, such as `aud`.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }
}
