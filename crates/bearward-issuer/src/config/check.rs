//! Whether a configuration makes sense as a whole.

use std::fmt;

use super::{Config, OWN_CLAIMS, PLACEHOLDER};
use crate::algorithm::Algorithm;
use crate::received::{holds_private_half, thumbprint};

/// What is wrong with a configuration. The values are the names of the entries to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The issuer's path does not start with a slash, or holds a query, a fragment or white space (RFC 8414 §2).
    Path(String),
    /// No algorithm to sign with.
    NoAlgorithm,
    /// An algorithm whose key cannot be published.
    SymmetricAlgorithm(Algorithm),
    /// Tokens would expire at once.
    ZeroLifetime,
    /// The value cannot be sent as a header.
    CacheControl(String),
    /// The template for an organization's audience does not hold `{id}` exactly once.
    OrganizationAudience(String),
    /// Two entries of one kind have this name.
    Duplicate(String),
    /// A client, or the user, has a role that does not exist.
    UnknownRole(String),
    /// A role grants scopes of an API that does not exist.
    UnknownApi(String),
    /// A role grants a scope that the API does not know.
    UnknownScope(String),
    /// The client or protected resource with this id has no secret, and no key.
    NoSecret(String),
    /// The protected resource with this id has a key that is none, is shared, or shows its private half.
    NotAPublicKey(String),
    /// A client, or the user, has a claim that the server answers for.
    OwnClaim(String),
    /// An organization has a member that is not a client.
    UnknownMember(String),
    /// A scope that cannot stand in a scope parameter (RFC 6749 §3.3).
    Scope(String),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "the issuer path {path:?} is not a plain absolute path"),
            Self::NoAlgorithm => f.write_str("no signature algorithm"),
            Self::SymmetricAlgorithm(algorithm) => {
                write!(f, "{algorithm} has no public key that could be published")
            }
            Self::ZeroLifetime => f.write_str("the access token lifetime is zero"),
            Self::CacheControl(value) => write!(f, "{value:?} is not a Cache-Control header"),
            Self::OrganizationAudience(template) => {
                write!(f, "the organization audience {template:?} needs {PLACEHOLDER} once")
            }
            Self::Duplicate(name) => write!(f, "{name:?} is configured twice"),
            Self::UnknownRole(name) => write!(f, "no role is called {name:?}"),
            Self::UnknownApi(resource) => write!(f, "no API has the resource {resource:?}"),
            Self::UnknownScope(scope) => write!(f, "the API does not know the scope {scope:?}"),
            Self::NoSecret(id) => write!(f, "{id:?} has no secret"),
            Self::NotAPublicKey(id) => write!(f, "the key of {id:?} is not a public key"),
            Self::OwnClaim(name) => write!(f, "the server itself answers for the claim {name:?}"),
            Self::UnknownMember(id) => write!(f, "no client has the id {id:?}"),
            Self::Scope(scope) => write!(f, "{scope:?} is not a scope"),
        }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.check_server()?;
        self.check_names()?;
        self.check_references()
    }

    fn check_server(&self) -> Result<(), ConfigError> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#{}\\".contains(&byte);
        let absolute = self.path.is_empty() || self.path.starts_with('/');
        if !absolute || self.path.contains("//") || !self.path.bytes().all(plain) {
            return Err(ConfigError::Path(self.path.clone()));
        }
        if self.algorithms.is_empty() {
            return Err(ConfigError::NoAlgorithm);
        }
        if let Some(algorithm) = self.algorithms.iter().find(|algorithm| algorithm.is_symmetric()) {
            return Err(ConfigError::SymmetricAlgorithm(*algorithm));
        }
        if self.access_token_lifetime_secs == 0 {
            return Err(ConfigError::ZeroLifetime);
        }
        if let Some(value) = &self.jwks_cache_control
            && http::HeaderValue::from_str(value).is_err()
        {
            return Err(ConfigError::CacheControl(value.clone()));
        }
        if self.organization_audience.matches(PLACEHOLDER).count() != 1 {
            return Err(ConfigError::OrganizationAudience(self.organization_audience.clone()));
        }
        Ok(())
    }

    fn check_names(&self) -> Result<(), ConfigError> {
        unique(self.apis.iter().map(|api| &api.resource))?;
        unique(self.roles.iter().map(|role| &role.name))?;
        unique(self.clients.iter().map(|client| &client.id))?;
        unique(self.protected_resources.iter().map(|resource| &resource.id))?;
        unique(self.organizations.iter().map(|organization| &organization.id))?;
        self.scopes().into_iter().try_for_each(|scope| {
            if is_scope(scope) { Ok(()) } else { Err(ConfigError::Scope(scope.to_owned())) }
        })
    }

    fn check_references(&self) -> Result<(), ConfigError> {
        for (resource, scopes) in self.roles.iter().flat_map(|role| &role.grants) {
            let api = self.api(resource);
            let api = api.ok_or_else(|| ConfigError::UnknownApi(resource.clone()))?;
            known(scopes, |scope| api.scopes.contains(scope), ConfigError::UnknownScope)?;
        }
        for client in &self.clients {
            if client.secret.is_empty() {
                return Err(ConfigError::NoSecret(client.id.clone()));
            }
            let own = |name: &String| OWN_CLAIMS.contains(&name.as_str());
            known(client.claims.keys(), |name| !own(name), ConfigError::OwnClaim)?;
            known(&client.roles, |role| self.role(role).is_some(), ConfigError::UnknownRole)?;
        }
        if let Some(user) = &self.user {
            let own = |name: &String| OWN_CLAIMS.contains(&name.as_str()) || name == "sub";
            known(user.claims.keys(), |name| !own(name), ConfigError::OwnClaim)?;
            known(&user.roles, |role| self.role(role).is_some(), ConfigError::UnknownRole)?;
        }
        for resource in &self.protected_resources {
            match (&resource.secret, &resource.jwk) {
                (None, None) => return Err(ConfigError::NoSecret(resource.id.clone())),
                (Some(secret), _) if secret.is_empty() => {
                    return Err(ConfigError::NoSecret(resource.id.clone()));
                }
                (_, Some(jwk)) if !is_public(jwk) => {
                    return Err(ConfigError::NotAPublicKey(resource.id.clone()));
                }
                _ => {}
            }
        }
        for organization in &self.organizations {
            known(organization.members.keys(), |id| self.client(id).is_some(), ConfigError::UnknownMember)?;
            let held = organization.members.values().flatten();
            known(held, |role| organization.roles.contains_key(role), ConfigError::UnknownRole)?;
        }
        Ok(())
    }
}

fn unique<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), ConfigError> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair.first() == pair.last()) {
        Some([name, ..]) => Err(ConfigError::Duplicate((*name).clone())),
        _ => Ok(()),
    }
}

fn known<'a>(
    names: impl IntoIterator<Item = &'a String>,
    exists: impl Fn(&String) -> bool,
    error: fn(String) -> ConfigError,
) -> Result<(), ConfigError> {
    match names.into_iter().find(|name| !exists(name)) {
        Some(name) => Err(error(name.clone())),
        None => Ok(()),
    }
}

fn is_public(jwk: &serde_json::Value) -> bool {
    thumbprint(jwk).is_some() && !holds_private_half(jwk)
}

/// RFC 6749 §3.3: a scope-token is printable ASCII without space, quote and backslash.
fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::{Api, Client, Organization, ProtectedResource, Role, User};
    use super::*;
    use crate::signing_key::SigningKey;

    type Mistake = fn(&mut Config);

    fn with(change: impl FnOnce(&mut Config)) -> Result<(), ConfigError> {
        let mut config = Config::demo();
        change(&mut config);
        config.check()
    }

    #[test]
    fn the_demo_and_the_empty_configuration_are_fine() {
        assert_eq!(Config::demo().check(), Ok(()));
        assert_eq!(Config::new().check(), Ok(()));
    }

    #[test]
    fn each_mistake_is_named() {
        let name = |name: &str| name.to_owned();
        let cases: [(Mistake, ConfigError); 21] = [
            (|c| c.path = "oidc".into(), ConfigError::Path(name("oidc"))),
            (|c| c.path = "/a?b".into(), ConfigError::Path(name("/a?b"))),
            (|c| c.path = "//".into(), ConfigError::Path(name("//"))),
            (|c| c.algorithms.clear(), ConfigError::NoAlgorithm),
            (|c| c.algorithms.push(Algorithm::Hs256), ConfigError::SymmetricAlgorithm(Algorithm::Hs256)),
            (|c| c.access_token_lifetime_secs = 0, ConfigError::ZeroLifetime),
            (|c| c.jwks_cache_control = Some("a\r\nb".into()), ConfigError::CacheControl(name("a\r\nb"))),
            (
                |c| c.organization_audience = "urn:org".into(),
                ConfigError::OrganizationAudience(name("urn:org")),
            ),
            (|c| c.clients.push(Client::new("demo", "x")), ConfigError::Duplicate(name("demo"))),
            (|c| c.clients.push(Client::new("c", "")), ConfigError::NoSecret(name("c"))),
            (
                |c| c.clients.push(Client::new("c", "x").claim("scope", "all")),
                ConfigError::OwnClaim(name("scope")),
            ),
            (
                |c| c.clients.push(Client::new("c", "x").role("nobody")),
                ConfigError::UnknownRole(name("nobody")),
            ),
            (
                |c| c.roles.push(Role::new("r").grants("https://no.example", ["a"])),
                ConfigError::UnknownApi(name("https://no.example")),
            ),
            (
                |c| c.organizations.push(Organization::new("o").member("ghost", ["r"])),
                ConfigError::UnknownMember(name("ghost")),
            ),
            (
                |c| c.protected_resources.push(ProtectedResource::new("api", "x")),
                ConfigError::Duplicate(name("api")),
            ),
            (
                |c| c.protected_resources.push(ProtectedResource::new("r", "")),
                ConfigError::NoSecret(name("r")),
            ),
            (
                |c| {
                    let key = SigningKey::generate(Algorithm::Es256).private_jwk();
                    c.protected_resources.push(ProtectedResource::with_key("r", key));
                },
                ConfigError::NotAPublicKey(name("r")),
            ),
            (
                |c| c.protected_resources.push(ProtectedResource::with_key("r", "no key")),
                ConfigError::NotAPublicKey(name("r")),
            ),
            (|c| c.user = Some(User::new("ada").role("nobody")), ConfigError::UnknownRole(name("nobody"))),
            (|c| c.user = Some(User::new("ada").claim("sub", "eve")), ConfigError::OwnClaim(name("sub"))),
            (|c| c.apis.push(Api::new("urn:x", ["two words"])), ConfigError::Scope(name("two words"))),
        ];
        for (change, expected) in cases {
            assert_eq!(with(change), Err(expected));
        }
    }

    #[test]
    fn a_role_grants_only_scopes_the_api_has() {
        let role = Role::new("r").grants("https://api.example.com", ["delete:all"]);
        let refused = with(|config| config.roles.push(role));
        assert_eq!(refused, Err(ConfigError::UnknownScope("delete:all".to_owned())));
    }
}
