//! The settings as JavaScript writes them down, and the core's configuration made of them.

use std::time::Duration;

use bearward_core::{
    ConfigError, DpopPolicy, EngineConfig, IssuerConfig, IssuerResolution, KeySetPolicy, Limits,
    LoadBalancer, Profile, Provider, Store,
};
use napi::Result;
use serde::Deserialize;
use serde_json::Value;

use crate::claim_settings::{AudienceSubstituteSettings, OrganizationClaimSettings};
use crate::error::unusable;
use crate::introspection_settings::IntrospectionSettings;
use crate::place_settings::PlaceSettings;
use crate::redacted::unreadable;
use crate::sender_settings::{Proofs, SenderSettings};
use crate::setting_values::{algorithms, millis};

/// What `auth(options)` comes down to. Durations are in milliseconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Settings {
    issuers: Vec<IssuerSettings>,
    /// A provider's preset, as [`Provider::from_value`] reads it.
    provider: Option<Value>,
    resolve_issuers: bool,
    audiences: Vec<String>,
    strict: bool,
    clock_tolerance: f64,
    max_token_age: Option<f64>,
    cooldown: f64,
    max_age: f64,
    metadata_age: f64,
    fetch_timeout: f64,
    resolved_issuers: Option<usize>,
    cached_tokens: Option<usize>,
    cached_token_bytes: Option<usize>,
    organization_claim: Option<OrganizationClaimSettings>,
    sender: Option<SenderSettings>,
    token_place: Option<PlaceSettings>,
    resource_metadata: Option<String>,
    #[serde(default)]
    shared_revocations: bool,
    dangerous: Dangerous,
}

/// Each member relaxes one rule; all are absent unless the application asks for them by name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[derive(Default)]
struct Dangerous {
    any_issuer: bool,
    tokens_without_issuer: bool,
    any_audience: bool,
    no_expiry: bool,
    query_tokens: bool,
    clock_tolerance: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct IssuerSettings {
    identifier: String,
    keys: KeySettings,
    /// A shared secret beside published keys.
    #[serde(default)]
    secret_beside_keys: Option<Vec<u8>>,
    introspection: Option<IntrospectionSettings>,
    #[serde(default)]
    algorithms: Option<Vec<String>>,
    #[serde(default)]
    audiences: Vec<String>,
    tokens_without_audience: Option<AudienceSubstituteSettings>,
    organization_claim: Option<OrganizationClaimSettings>,
    #[serde(default)]
    plain_http: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum KeySettings {
    /// Its metadata, at the well-known places.
    Discovery {},
    /// Its metadata, at the well-known places of another base URL.
    MetadataBase(String),
    MetadataUrl(String),
    JwksUri(String),
    Jwks(String),
    Pem(String),
    Secret(String),
    SecretBytes(Vec<u8>),
    /// Each by its name, of the load balancer of this ARN.
    #[serde(rename_all = "camelCase")]
    LoadBalancer {
        arn: String,
        keys_at: Option<String>,
    },
}

impl Settings {
    pub(crate) fn read(json: &str, proofs: Proofs) -> Result<EngineConfig> {
        let mut settings: Self = serde_json::from_str(json).map_err(unreadable)?;
        let sender = settings.sender.take();
        let config = settings.config().map_err(unusable)?;
        match sender {
            Some(sender) => sender.apply(config, proofs).map_err(unusable),
            // Without a word about senders no scheme but `Bearer` is looked at.
            None => Ok(config.dpop(DpopPolicy::off())),
        }
    }

    fn config(self) -> std::result::Result<EngineConfig, ConfigError> {
        let clock_tolerance = millis(self.clock_tolerance);
        let mut config = EngineConfig::new()
            .issuer_resolution(if self.resolve_issuers {
                IssuerResolution::On
            } else {
                IssuerResolution::Off
            })
            .profile(if self.strict { Profile::Rfc9068 } else { Profile::Compatible })
            .key_sets(key_sets(millis(self.cooldown), millis(self.max_age), millis(self.metadata_age)))
            .clock_tolerance(clock_tolerance)
            // What is remembered of proofs is the desk's: several engines share it.
            .replays(Store::Shared)
            .revocations(if self.shared_revocations { Store::Shared } else { Store::Own });
        if let Some(url) = self.resource_metadata {
            config = config.resource_metadata(url);
        }
        let mut limits = Limits::default();
        limits.fetch_timeout = millis(self.fetch_timeout);
        limits.resolved_issuers = self.resolved_issuers.unwrap_or(limits.resolved_issuers);
        limits.cached_tokens = self.cached_tokens.unwrap_or(limits.cached_tokens);
        limits.cached_token_bytes = self.cached_token_bytes.unwrap_or(limits.cached_token_bytes);
        config = config.limits(limits);
        for issuer in self.issuers {
            config = config.issuer(issuer.config()?);
        }
        if let Some(provider) = self.provider {
            config = config.provider(Provider::from_value(provider)?);
        }
        for audience in self.audiences {
            config = config.audience(audience);
        }
        if let Some(age) = self.max_token_age {
            config = config.max_age(millis(age));
        }
        if let Some(place) = &self.token_place {
            config = config.token_place(place.place()?);
        }
        if let Some(claim) = self.organization_claim {
            config = config.organization_claim(claim.claim());
        }
        Ok(self.dangerous.relax(config, clock_tolerance))
    }
}

impl Dangerous {
    fn relax(self, mut config: EngineConfig, clock_tolerance: Duration) -> EngineConfig {
        if self.any_issuer {
            config = config.dangerous().allow_any_issuer();
        }
        if self.tokens_without_issuer {
            config = config.dangerous().allow_tokens_without_issuer();
        }
        if self.any_audience {
            config = config.dangerous().allow_any_audience();
        }
        if self.no_expiry {
            config = config.dangerous().allow_tokens_without_expiry();
        }
        if self.query_tokens {
            config = config.dangerous().allow_query_tokens();
        }
        if self.clock_tolerance {
            config = config.dangerous().clock_tolerance(clock_tolerance);
        }
        config
    }
}

impl IssuerSettings {
    pub(crate) fn read(json: &str) -> Result<IssuerConfig> {
        let settings: Self = serde_json::from_str(json).map_err(unreadable)?;
        settings.config().map_err(unusable)
    }

    fn config(self) -> std::result::Result<IssuerConfig, ConfigError> {
        let mut config = IssuerConfig::new(self.identifier);
        config = match self.keys {
            KeySettings::Discovery {} => config,
            KeySettings::MetadataBase(url) => config.metadata_base_url(url),
            KeySettings::MetadataUrl(url) => config.metadata_url(url),
            KeySettings::JwksUri(url) => config.jwks_uri(url),
            KeySettings::Jwks(jwks) => config.static_keys(jwks),
            KeySettings::Pem(pem) => config.public_key_pem(pem),
            KeySettings::Secret(secret) => config.shared_secret(secret.into_bytes()),
            KeySettings::SecretBytes(secret) => config.shared_secret(secret),
            KeySettings::LoadBalancer { arn, keys_at } => {
                let load_balancer = LoadBalancer::new(&arn)?;
                config.load_balancer(match keys_at {
                    Some(url) => load_balancer.with_keys_at(url),
                    None => load_balancer,
                })
            }
        };
        if let Some(secret) = self.secret_beside_keys {
            config = config.shared_secret_beside_keys(secret);
        }
        if let Some(names) = self.algorithms {
            config = config.algorithms(algorithms("algorithms", &names)?);
        }
        for audience in self.audiences {
            config = config.audience(audience);
        }
        if let Some(substitute) = self.tokens_without_audience {
            config = config.tokens_without_audience(substitute.substitute());
        }
        if let Some(claim) = self.organization_claim {
            config = config.organization_claim(claim.claim());
        }
        if let Some(introspection) = self.introspection {
            config = config.introspection(introspection.read()?);
        }
        if self.plain_http {
            config = config.dangerous().allow_plain_http();
        }
        Ok(config)
    }
}

fn key_sets(cooldown: Duration, max_age: Duration, metadata_age: Duration) -> KeySetPolicy {
    let mut policy = KeySetPolicy::default();
    policy.cooldown = cooldown;
    policy.max_age = max_age;
    policy.min_age = policy.min_age.min(max_age);
    policy.max_stale = policy.max_stale.max(max_age);
    policy.metadata_age = metadata_age;
    policy
}
