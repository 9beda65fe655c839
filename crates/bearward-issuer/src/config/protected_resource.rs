//! Who may introspect.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// A protected resource with the credential it introspects with (RFC 7662 §2.1), apart from any client's.
/// `Debug` does not show its secret.
///
/// ```
/// use bearward_issuer::{Algorithm, ProtectedResource, SigningKey};
///
/// let with_secret = ProtectedResource::new("api", "api-secret");
/// let key = SigningKey::generate(Algorithm::Es256);
/// let with_key = ProtectedResource::with_key("gateway", key.public_jwk());
/// # let _ = (with_secret, with_key);
/// ```
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtectedResource {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) secret: Option<String>,
    #[serde(default)]
    pub(crate) jwk: Option<Value>,
}

impl ProtectedResource {
    /// One that authenticates with a secret: `client_secret_basic` or `client_secret_post`.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: Some(secret.into()), jwk: None }
    }

    /// One that authenticates with `private_key_jwt` (RFC 7523 §2.2), known by its public JWK.
    pub fn with_key(id: impl Into<String>, public_jwk: impl Into<Value>) -> Self {
        Self { id: id.into(), secret: None, jwk: Some(public_jwk.into()) }
    }
}

impl fmt::Debug for ProtectedResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtectedResource").field("id", &self.id).finish_non_exhaustive()
    }
}
