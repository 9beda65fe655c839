//! Clients that register themselves (RFC 7591).

use serde::Deserialize;
use serde_json::{Value, json};

use super::redirect_uri::RedirectUri;
use crate::grant::client_auth::Registered;
use crate::mint::random_base64url;

/// More have no use.
const MAX_REDIRECT_URIS: usize = 10;

/// Longer names are cut, since the user has to read them.
const MAX_NAME_CHARACTERS: usize = 80;

/// A client that registered itself. It gets tokens by the user's codes only.
#[derive(Clone, Debug)]
pub(crate) struct RegisteredClient {
    pub(crate) id: String,
    /// What it calls itself, which proves nothing.
    pub(crate) name: Option<String>,
    pub(crate) redirect_uris: Vec<RedirectUri>,
    authentication: Authentication,
}

/// How it authenticates at the token endpoint (RFC 7591 §2).
#[derive(Clone, Debug)]
enum Authentication {
    /// Not at all: a public client.
    None,
    Secret {
        method: &'static str,
        secret: Secret,
    },
}

#[derive(Clone)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// The metadata that are looked at; unknown ones are ignored (§2).
#[derive(Deserialize)]
struct ClientMetadata {
    redirect_uris: Vec<String>,
    #[serde(default)]
    client_name: Option<String>,
    #[serde(default)]
    token_endpoint_auth_method: Option<String>,
    #[serde(default)]
    grant_types: Option<Vec<String>>,
    #[serde(default)]
    response_types: Option<Vec<String>>,
}

/// Why a client is not registered (§3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RegistrationError {
    pub(crate) code: &'static str,
    pub(crate) description: &'static str,
}

const fn metadata_error(description: &'static str) -> RegistrationError {
    RegistrationError { code: "invalid_client_metadata", description }
}

const fn redirect_error(description: &'static str) -> RegistrationError {
    RegistrationError { code: "invalid_redirect_uri", description }
}

impl RegisteredClient {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, RegistrationError> {
        let unreadable = |_| metadata_error("the body is not client metadata with redirect_uris");
        let metadata: ClientMetadata = serde_json::from_slice(body).map_err(unreadable)?;
        if metadata.redirect_uris.is_empty() || metadata.redirect_uris.len() > MAX_REDIRECT_URIS {
            return Err(redirect_error("from one to ten redirect URIs are needed"));
        }
        let parse = |text: &String| RedirectUri::parse(text);
        let redirect_uris: Option<Vec<_>> = metadata.redirect_uris.iter().map(parse).collect();
        let redirect_uris = redirect_uris.ok_or(redirect_error(
            "only http URIs of 127.0.0.1, [::1] and localhost, without a fragment, are accepted here",
        ))?;
        let lacks = |list: &Option<Vec<String>>, wanted: &str| {
            list.as_ref().is_some_and(|list| !list.iter().any(|entry| entry == wanted))
        };
        if lacks(&metadata.grant_types, "authorization_code") || lacks(&metadata.response_types, "code") {
            return Err(metadata_error("only the authorization code flow is offered"));
        }
        let authentication = match metadata.token_endpoint_auth_method.as_deref() {
            Some("none") => Authentication::None,
            // The method where none is named (§2).
            None | Some("client_secret_basic") => Authentication::with_secret("client_secret_basic"),
            Some("client_secret_post") => Authentication::with_secret("client_secret_post"),
            Some(_) => return Err(metadata_error("unknown token_endpoint_auth_method")),
        };
        let name = metadata.client_name.map(|name| name.chars().take(MAX_NAME_CHARACTERS).collect());
        Ok(Self { id: random_base64url::<16>(), name, redirect_uris, authentication })
    }

    /// The answer to its registration (§3.2.1). What is not offered here, such as refresh tokens, is left out.
    pub(crate) fn answer(&self, now: i64) -> Value {
        let redirect_uris: Vec<_> = self.redirect_uris.iter().map(RedirectUri::as_str).collect();
        let mut answer = json!({
            "client_id": self.id,
            "client_id_issued_at": now,
            "redirect_uris": redirect_uris,
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        });
        if let Some(name) = &self.name {
            answer["client_name"] = name.as_str().into();
        }
        if let Authentication::Secret { method, secret } = &self.authentication {
            answer["token_endpoint_auth_method"] = (*method).into();
            answer["client_secret"] = secret.0.as_str().into();
            answer["client_secret_expires_at"] = 0.into();
        }
        answer
    }

    /// Whether a request may have its answer sent there.
    pub(crate) fn may_be_sent_to(&self, uri: &RedirectUri) -> bool {
        self.redirect_uris.iter().any(|registered| uri.is_allowed_by(registered))
    }

    /// Whether it has nothing to authenticate with.
    pub(crate) fn is_public(&self) -> bool {
        matches!(self.authentication, Authentication::None)
    }
}

impl Authentication {
    fn with_secret(method: &'static str) -> Self {
        Self::Secret { method, secret: Secret(random_base64url::<32>()) }
    }
}

impl Registered for RegisteredClient {
    fn secret(&self) -> Option<&str> {
        match &self.authentication {
            Authentication::None => None,
            Authentication::Secret { secret, .. } => Some(&secret.0),
        }
    }

    fn jwk(&self) -> Option<&Value> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register(metadata: &Value) -> Result<RegisteredClient, &'static str> {
        RegisteredClient::parse(metadata.to_string().as_bytes()).map_err(|error| error.code)
    }

    #[test]
    fn a_client_gets_what_is_offered_and_is_told_so() {
        let client = register(&json!({
            "redirect_uris": ["http://localhost:3000/callback"],
            "client_name": "x".repeat(200),
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "software_id": "ignored",
        }));
        let client = client.unwrap();
        let answer = client.answer(7);
        assert_eq!(answer["client_name"].as_str().unwrap().len(), MAX_NAME_CHARACTERS);
        assert_eq!(answer["grant_types"], json!(["authorization_code"]));
        assert_eq!(answer["token_endpoint_auth_method"], "none");
        assert_eq!(answer.get("client_secret"), None);
        assert!(client.is_public());

        let confidential = register(&json!({ "redirect_uris": ["http://127.0.0.1/"] })).unwrap();
        let answer = confidential.answer(7);
        assert_eq!(answer["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(answer["client_secret"].as_str(), confidential.secret());
        assert!(!format!("{confidential:?}").contains(confidential.secret().unwrap()));
    }

    #[test]
    fn every_other_client_is_refused() {
        let uri = "http://localhost/";
        for (metadata, code) in [
            (json!([]), "invalid_client_metadata"),
            (json!({}), "invalid_client_metadata"),
            (json!({ "redirect_uris": uri }), "invalid_client_metadata"),
            (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": vec![uri; 11] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": [uri, "https://evil.example/"] }), "invalid_redirect_uri"),
            (json!({ "redirect_uris": [uri], "grant_types": ["implicit"] }), "invalid_client_metadata"),
            (
                json!({ "redirect_uris": [uri], "grant_types": ["client_credentials"] }),
                "invalid_client_metadata",
            ),
            (json!({ "redirect_uris": [uri], "response_types": ["token"] }), "invalid_client_metadata"),
            (
                json!({ "redirect_uris": [uri], "token_endpoint_auth_method": "private_key_jwt" }),
                "invalid_client_metadata",
            ),
        ] {
            assert_eq!(register(&metadata).err(), Some(code), "{metadata}");
        }
    }
}
