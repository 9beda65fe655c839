//! The settings of a resource server: as data, as code, and what is wrong with them.
//!
//! - [`Settings`] is data: what a file, the environment or another language says. It describes a resource server
//!   completely, but for what is code: stores, validators, an HTTP client.
//! - [`EngineConfig`] is what they become, and what code fills in directly.
//! - [`ConfigError`] says at which path of the data something cannot work, and what to do.

mod config;
mod data;
mod error;
mod from_data;
mod from_issuer;
mod problems;
mod reader;
mod strict;
mod values;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

pub use self::config::{DangerousEngine, EngineConfig, IssuerResolution, Store};
use self::data::{Data, IssuerData};
pub(crate) use self::error::first_of_issuer;
pub use self::error::{ConfigError, Problem};
use self::from_issuer::Trusted;
use self::strict::StrictValue;
use crate::answer::resource_metadata::ResourceMetadata;
use crate::trust::issuer::IssuerConfig;

/// The settings of a resource server as data, as a file has them.
///
/// `docs/settings.md` in the repository describes each. What is not known is refused, with what was probably meant. `Debug`
/// and `Serialize` show no secret.
///
/// ```
/// use bearward_core::Settings;
///
/// let settings = Settings::from_value(serde_json::json!({
///     "issuers": [{ "issuer": "https://tenant.example/oidc" }],
///     "audiences": ["https://api.example.com"],
///     "clock_tolerance": "10s",
/// }))?;
/// let engine = settings.engine_config()?.build()?;
///
/// let misspelt = serde_json::json!({ "issuers": [{ "issuer": "https://a.example", "jwks_url": "https://a.example/keys" }] });
/// let error = Settings::from_value(misspelt).unwrap_err();
/// assert_eq!(error.path, "issuers[0].jwks_url");
/// assert!(error.to_string().contains("did you mean \"jwks_uri\"?"));
/// # let _ = engine;
/// # Ok::<(), bearward_core::ConfigError>(())
/// ```
#[derive(Clone, Default)]
pub struct Settings(Box<Data>);

impl Settings {
    /// Reads the settings from a JSON value. Whether they can work is said by [`problems`](Self::problems), and when a
    /// resource server is built.
    ///
    /// # Errors
    /// [`ConfigError`] for the first member that is not known or not of its form.
    pub fn from_value(value: Value) -> Result<Self, ConfigError> {
        match reader::read(value) {
            (_, problems) if !problems.is_empty() => Err(config::first(problems)),
            (Some(data), _) => Ok(Self(Box::new(data))),
            (None, problems) => Err(config::first(problems)),
        }
    }

    /// Reads JSON for [`from_value`](Self::from_value), strictly: a member that is there twice is an error.
    ///
    /// # Errors
    /// [`ConfigError`] says what is not JSON, without a quote.
    pub fn json_value(text: &str) -> Result<Value, ConfigError> {
        let refused = |why: String| ConfigError::new("", Problem::File(why));
        crate::wire::json::Object::parse(text).map_err(|error| refused(error.to_string()))?;
        serde_json::from_str(text).map_err(|error| {
            refused(format!("is not JSON, line {}, column {}", error.line(), error.column()))
        })
    }

    /// Everything that is wrong with settings, in one go: what is not known, what is not of its form, and what cannot work.
    /// Empty where a resource server can be built of them.
    #[must_use]
    pub fn problems_of(value: Value) -> Vec<ConfigError> {
        let (read, mut problems) = reader::read::<Data>(value);
        let Some(data) = read else { return problems };
        let is_met = |known: &[ConfigError], found: &ConfigError| {
            known
                .iter()
                .any(|known| found.path.starts_with(&known.path) || known.path.starts_with(&found.path))
        };
        for found in Self(Box::new(data)).problems() {
            if !is_met(&problems, &found) {
                problems.push(found);
            }
        }
        problems
    }

    /// What cannot work in these settings; empty where a resource server can be built of them.
    #[must_use]
    pub fn problems(&self) -> Vec<ConfigError> {
        let (config, mut problems) = from_data::engine_config(&self.0);
        problems.extend(config.build_or_all_problems().err().unwrap_or_default());
        problems
    }

    /// The configuration that they become; a caller can add what is code.
    ///
    /// # Errors
    /// [`ConfigError`] for the first setting that cannot work by itself.
    pub fn engine_config(&self) -> Result<EngineConfig, ConfigError> {
        match from_data::engine_config(&self.0) {
            (config, problems) if problems.is_empty() => Ok(config),
            (_, problems) => Err(config::first(problems)),
        }
    }

    /// What clients are told of the `resource` of these settings; `None` where they have none. Of the other settings, only
    /// those must work that the document says something of.
    ///
    /// # Errors
    /// [`ConfigError`] for the first setting that cannot work by itself, or cannot be in the document.
    pub fn describe_resource(&self) -> Result<Option<ResourceMetadata>, ConfigError> {
        self.engine_config()?.described_resource()
    }

    /// The JSON Schema of settings, for editors and other checks.
    #[cfg(feature = "schema")]
    #[must_use]
    pub fn json_schema() -> Value {
        let mut schema = schemars::schema_for!(Data);
        schema.insert("title".to_owned(), "Settings of a Bearward resource server".into());
        schema.to_value()
    }
}

/// One issuer that is data, in the form that it has in `issuers` of [`Settings`]: for a resolver that reads it from a
/// database, for instance.
impl IssuerConfig {
    /// Reads it from a JSON value. Whether it can work is said when an engine takes it.
    ///
    /// # Errors
    /// [`ConfigError`] for the first member that is not known, not of its form, or cannot work by itself. A provider is an
    /// error: its preset may stand for several issuers.
    pub fn from_value(value: Value) -> Result<Self, ConfigError> {
        let data = match reader::read::<IssuerData>(value) {
            (Some(data), problems) if problems.is_empty() => data,
            (_, problems) => return Err(config::first(problems)),
        };
        match from_issuer::trusted(&data).map_err(config::first)? {
            Trusted::Issuer(issuer) => Ok(*issuer),
            Trusted::Provider(_) => {
                let form = "left out: its preset may stand for several issuers".to_owned();
                Err(ConfigError::new("provider", Problem::Form(form)))
            }
        }
    }
}

/// Of any format that serde knows, and inside settings of an application's own. A member that is there twice is an error.
impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let StrictValue(value) = StrictValue::deserialize(deserializer)?;
        Self::from_value(value).map_err(D::Error::custom)
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.0.issuers.len();
        f.debug_struct("Settings").field("issuers", &issuers).finish_non_exhaustive()
    }
}
