//! How this resource server authenticates itself to the introspection endpoint (RFC 6749 §2.3, RFC 7523 §2.2).
//!
//! 1. A secret goes form-encoded into `Authorization: Basic`, or into the form (RFC 6749 §2.3.1).
//! 2. An assertion is made anew for each call: `iss` and `sub` are the client, `aud` is the issuer's identifier and
//!    nothing else, it lives a minute, and its `jti` is random (RFC 7523 §3, and as its revision demands of `aud`).

use std::fmt;
use std::time::Duration;

use aws_lc_rs::{constant_time, error, rand};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use super::private_key::PrivateKey;
use super::problem::IntrospectionProblem;
use crate::wire::jws;
use crate::wire::percent::{self, push_form_field};
use crate::wire::time::NumericDate;

/// How long an assertion is good for: it is sent at once.
const ASSERTION_LIFE: Duration = Duration::from_secs(60);

/// How this resource server authenticates itself to the authorization server, where it is registered as a client.
///
/// `Debug` shows no secret.
#[derive(Clone)]
pub struct ClientAuthentication {
    client_id: Box<str>,
    method: Method,
}

#[derive(Clone)]
enum Method {
    SecretBasic(Secret),
    SecretPost(Secret),
    PrivateKeyJwt(PrivateKey),
}

#[derive(Clone)]
struct Secret(Box<str>);

impl ClientAuthentication {
    /// `client_secret_basic`: id and secret in the `Authorization` header. What servers must support, and most
    /// clients use.
    pub fn secret_basic(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::new(client_id, Method::SecretBasic(Secret(secret.into().into())))
    }

    /// `client_secret_post`: id and secret in the form, for servers that want it so.
    pub fn secret_post(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::new(client_id, Method::SecretPost(Secret(secret.into().into())))
    }

    /// `private_key_jwt`: a signed assertion, made for each call. No secret ever leaves this machine.
    pub fn private_key_jwt(client_id: impl Into<String>, key: PrivateKey) -> Self {
        Self::new(client_id, Method::PrivateKeyJwt(key))
    }

    /// The id under which this resource server is registered.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    fn new(client_id: impl Into<String>, method: Method) -> Self {
        Self { client_id: client_id.into().into(), method }
    }

    pub(super) fn problem(&self) -> Option<IntrospectionProblem> {
        if self.client_id.is_empty() {
            return Some(IntrospectionProblem::NoClientId);
        }
        match &self.method {
            Method::SecretBasic(secret) | Method::SecretPost(secret) if secret.0.is_empty() => {
                Some(IntrospectionProblem::NoClientSecret)
            }
            _ => None,
        }
    }

    /// Adds what belongs into the form; gives the value of `Authorization`, where there is one.
    pub(crate) fn apply(
        &self,
        form: &mut String,
        issuer: &str,
        now: NumericDate,
    ) -> Result<Option<String>, error::Unspecified> {
        match &self.method {
            Method::SecretBasic(secret) => {
                let mut pair = String::new();
                percent::push_form(&mut pair, &self.client_id);
                pair.push(':');
                percent::push_form(&mut pair, &secret.0);
                return Ok(Some(format!("Basic {}", STANDARD.encode(pair))));
            }
            Method::SecretPost(secret) => {
                push_form_field(form, "client_id", &self.client_id);
                push_form_field(form, "client_secret", &secret.0);
            }
            Method::PrivateKeyJwt(key) => {
                push_form_field(form, "client_id", &self.client_id);
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                push_form_field(form, "client_assertion_type", kind);
                push_form_field(form, "client_assertion", &self.assertion(key, issuer, now)?);
            }
        }
        Ok(None)
    }

    fn assertion(
        &self,
        key: &PrivateKey,
        issuer: &str,
        now: NumericDate,
    ) -> Result<String, error::Unspecified> {
        let mut header = json!({ "alg": key.algorithm().name(), "typ": "JWT" });
        if let Some(kid) = key.kid() {
            header["kid"] = kid.into();
        }
        let mut unique = [0; 16];
        #[expect(clippy::disallowed_methods, reason = "a server accepts each jti of an assertion once")]
        rand::fill(&mut unique)?;
        let issued = now.seconds() as u64; // whole seconds: some servers read no others
        let claims = json!({
            "iss": self.client_id, "sub": self.client_id, "aud": issuer,
            "iat": issued, "exp": issued.saturating_add(ASSERTION_LIFE.as_secs()),
            "jti": URL_SAFE_NO_PAD.encode(unique),
        });
        jws::write(&header, &claims, |input| key.sign(input))
    }

    /// Whether two authenticate as the same client in the same way. Secrets are compared in constant time.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let method = match (&self.method, &other.method) {
            (Method::SecretBasic(own), Method::SecretBasic(other))
            | (Method::SecretPost(own), Method::SecretPost(other)) => {
                constant_time::verify_slices_are_equal(own.0.as_bytes(), other.0.as_bytes()).is_ok()
            }
            (Method::PrivateKeyJwt(own), Method::PrivateKeyJwt(other)) => own.is_same(other),
            _ => false,
        };
        method && self.client_id == other.client_id
    }
}

impl fmt::Debug for ClientAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match &self.method {
            Method::SecretBasic(_) => "client_secret_basic",
            Method::SecretPost(_) => "client_secret_post",
            Method::PrivateKeyJwt(_) => "private_key_jwt",
        };
        f.debug_struct("ClientAuthentication")
            .field("client_id", &self.client_id)
            .field("method", &method)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
