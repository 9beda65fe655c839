//! The metadata of a protected resource (RFC 9728), for JavaScript to serve.

use std::collections::BTreeMap;

use bearward_core::{
    CertificateHeader, ConfigError, ProtectedResource, ProxyHeaders, QueryTokens, ResourceSettings,
};
use napi::Result;
use napi_derive::napi;
use serde::Deserialize;
use serde_json::Value;

use crate::error::unusable;
use crate::panic_guard::guard;
use crate::place_settings::PlaceSettings;
use crate::redacted::unreadable;
use crate::sender_settings::SenderSettings;

/// The document, and where it is to be served.
#[napi(object)]
pub struct ResourceDocument {
    /// The path, from the root of the host.
    pub path: String,
    /// The URL, as challenges name it.
    pub url: String,
    /// The document, as JSON.
    pub json: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Described {
    identifier: String,
    issuers: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
    name: Option<String>,
    documentation: Option<String>,
    #[serde(default)]
    members: BTreeMap<String, Value>,
    sender: SenderSettings,
    certificates: bool,
    query_tokens: bool,
    form_tokens: bool,
    token_place: Option<PlaceSettings>,
}

/// Makes documents.
#[napi]
pub struct NativeResource;

#[napi]
impl NativeResource {
    /// Describes a resource. The settings are JSON; throws what cannot stand in the document.
    #[napi]
    pub fn describe(settings: String) -> Result<ResourceDocument> {
        guard(|| {
            let described: Described = serde_json::from_str(&settings).map_err(unreadable)?;
            described.document().map_err(unusable)
        })
    }
}

impl Described {
    fn document(self) -> std::result::Result<ResourceDocument, ConfigError> {
        let query = if self.query_tokens { QueryTokens::Accept } else { QueryTokens::Ignore };
        let mut settings = ResourceSettings::new().dpop(&self.sender.policy()?).query_tokens(query);
        if let Some(place) = &self.token_place {
            settings = settings.token_place(&place.place()?);
        }
        if self.certificates {
            // Which header it is does not matter here.
            settings = settings
                .proxy_headers(&ProxyHeaders::none().client_certificate(CertificateHeader::ClientCert));
        }
        for issuer in &self.issuers {
            settings = settings.issuer(issuer);
        }
        let mut resource = ProtectedResource::new(self.identifier).scopes(self.scopes);
        if let Some(name) = self.name {
            resource = resource.name(name);
        }
        if let Some(url) = self.documentation {
            resource = resource.documentation(url);
        }
        if self.form_tokens {
            resource = resource.form_tokens();
        }
        for (name, value) in self.members {
            resource = resource.member(name, value);
        }
        let metadata = resource.describe(&settings)?;
        Ok(ResourceDocument {
            path: metadata.path().to_owned(),
            url: metadata.url().to_owned(),
            json: String::from_utf8_lossy(metadata.json()).into_owned(),
        })
    }
}
