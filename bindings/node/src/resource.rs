//! The metadata of a protected resource (RFC 9728), for JavaScript to serve.

use bearward_core::answer::ResourceMetadata;
use bearward_core::engine::Problem;
use bearward_core::{ConfigError, Settings};
use napi::Result;
use napi_derive::napi;

use crate::error::unusable;
use crate::panic_guard::guard;

/// The document, and where it is to be served.
#[napi(object)]
pub struct ResourceDocument {
    /// The path, from the root of the host.
    pub path: String,
    /// The path at the root of the host where the document is to be served as well.
    pub root_path: Option<String>,
    /// The URL, as challenges name it.
    pub url: String,
    /// The document, as JSON.
    pub json: String,
}

impl ResourceDocument {
    pub(crate) fn of(metadata: &ResourceMetadata) -> Self {
        Self {
            path: metadata.path().to_owned(),
            root_path: metadata.root_path().map(str::to_owned),
            url: metadata.url().to_owned(),
            json: String::from_utf8_lossy(metadata.json()).into_owned(),
        }
    }
}

/// Describes the resource of settings, which are JSON, without an engine. Throws what cannot be in the document.
#[napi]
#[allow(unreachable_pub)] // JavaScript reaches it
pub fn describe_resource(settings: String) -> Result<ResourceDocument> {
    guard(|| {
        let described = Settings::json_value(&settings)
            .and_then(Settings::from_value)
            .and_then(|settings| settings.describe_resource())
            .map_err(unusable)?;
        let described = described.ok_or_else(|| ConfigError::new("resource", Problem::NoResource));
        Ok(ResourceDocument::of(&described.map_err(unusable)?))
    })
}
