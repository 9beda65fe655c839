//! The settings of one issuer as data become an [`IssuerConfig`], or the preset of a provider.

use serde_json::Value;

use super::config::EngineConfig;
use super::data::{ClientAuth, IntrospectionData, IssuerData, TokensWithoutAudienceData};
use super::error::{ConfigError, Problem};
use super::problems::{Problems, algorithms};
use super::values::{Readable, Secret};
use crate::trust::introspection::{ClientAuthentication, Introspection, PrivateKey};
use crate::trust::issuer::{IssuerConfig, LoadBalancer};
use crate::trust::provider::Provider;
use crate::trust::validation_policy::AudienceSubstitute;

/// Whom one element of the list trusts.
pub(super) enum Trusted {
    Issuer(Box<IssuerConfig>),
    Provider(Provider),
}

impl Trusted {
    pub(super) fn add_to(self, config: EngineConfig) -> EngineConfig {
        match self {
            Self::Issuer(issuer) => config.issuer(*issuer),
            Self::Provider(provider) => config.provider(provider),
        }
    }
}

/// Where an issuer's keys come from; at most one of these is there.
const KEY_SOURCES: &[&str] = &[
    "metadata_url",
    "metadata_base_url",
    "jwks_uri",
    "static_keys",
    "public_key_pem",
    "shared_secret",
    "load_balancer",
];

pub(super) fn trusted(data: &IssuerData) -> Result<Trusted, Vec<ConfigError>> {
    match &data.provider {
        Some(_) if !is_alone(data) => {
            let beside = "alone: the preset of a provider says everything of its issuers".to_owned();
            Err(vec![ConfigError::new("provider", Problem::Form(beside))])
        }
        Some(provider) => match Provider::from_value(provider.0.clone()) {
            Ok(provider) => Ok(Trusted::Provider(provider)),
            Err(error) => Err(vec![error.into()]),
        },
        None => issuer(data).map(|issuer| Trusted::Issuer(Box::new(issuer))),
    }
}

/// Whether nothing but the provider is set.
fn is_alone(data: &IssuerData) -> bool {
    let IssuerData {
        issuer,
        provider: _,
        metadata_url,
        metadata_base_url,
        jwks_uri,
        static_keys,
        public_key_pem,
        shared_secret,
        shared_secret_beside_keys,
        load_balancer,
        algorithms,
        audiences,
        tokens_without_audience,
        organization_claim,
        required_claims,
        introspection,
        dangerous,
    } = data;
    let texts = [issuer, metadata_url, metadata_base_url, jwks_uri, public_key_pem];
    texts.into_iter().all(Option::is_none)
        && [shared_secret, shared_secret_beside_keys].into_iter().all(Option::is_none)
        && (static_keys.is_none() && load_balancer.is_none() && algorithms.is_none())
        && (audiences.is_empty() && tokens_without_audience.is_none() && organization_claim.is_none())
        && (required_claims.is_empty() && introspection.is_none())
        && !dangerous.allow_plain_http
}

fn issuer(data: &IssuerData) -> Result<IssuerConfig, Vec<ConfigError>> {
    let mut problems = Problems::default();
    if data.issuer.is_none() {
        problems.add("issuer", Problem::Missing);
    }
    let mut config = IssuerConfig::new(data.issuer.clone().unwrap_or_default());
    config = with_keys(data, config, &mut problems);
    if let Some(secret) = &data.shared_secret_beside_keys {
        config = config.shared_secret_beside_keys(secret.bytes());
    }
    if let Some(names) = &data.algorithms {
        config = config.algorithms(algorithms("algorithms", names, &mut problems));
    }
    config = data.audiences.iter().cloned().fold(config, IssuerConfig::audience);
    if let Some(substitute) =
        data.tokens_without_audience.as_ref().and_then(|data| problems.keep(audience_substitute(data)))
    {
        config = config.tokens_without_audience(substitute);
    }
    if let Some(claim) = &data.organization_claim {
        config = config.organization_claim(claim.claim());
    }
    for required in &data.required_claims {
        config = config.require_claim(required.claim.path(), required.one_of.iter().cloned());
    }
    if let Some(introspection) =
        data.introspection.as_ref().and_then(|data| problems.keep(introspection(data)))
    {
        config = config.introspection(introspection);
    }
    if data.dangerous.allow_plain_http {
        config = config.dangerous().allow_plain_http();
    }
    problems.or(config)
}

fn with_keys(data: &IssuerData, mut config: IssuerConfig, problems: &mut Problems) -> IssuerConfig {
    let mut sources = 0;
    if let Some(url) = &data.metadata_url {
        (config, sources) = (config.metadata_url(url.clone()), sources + 1);
    }
    if let Some(url) = &data.metadata_base_url {
        (config, sources) = (config.metadata_base_url(url.clone()), sources + 1);
    }
    if let Some(url) = &data.jwks_uri {
        (config, sources) = (config.jwks_uri(url.clone()), sources + 1);
    }
    if let Some(keys) = &data.static_keys {
        let keys = match &keys.0 {
            Value::String(text) => text.clone(),
            keys => keys.to_string(),
        };
        (config, sources) = (config.static_keys(keys), sources + 1);
    }
    if let Some(pem) = &data.public_key_pem {
        (config, sources) = (config.public_key_pem(pem.clone()), sources + 1);
    }
    if let Some(secret) = &data.shared_secret {
        (config, sources) = (config.shared_secret(secret.bytes()), sources + 1);
    }
    if let Some(load_balancer) = &data.load_balancer {
        sources += 1;
        let read = LoadBalancer::new(&load_balancer.arn)
            .map_err(|error| ConfigError::new("load_balancer.arn", error));
        if let Some(read) = problems.keep(read) {
            config = config.load_balancer(match &load_balancer.keys_at {
                Some(url) => read.with_keys_at(url.clone()),
                None => read,
            });
        }
    }
    if sources > 1 {
        problems.add("", Problem::Exclusive(KEY_SOURCES));
    }
    config
}

fn audience_substitute(data: &TokensWithoutAudienceData) -> Result<AudienceSubstitute, ConfigError> {
    let substitute = match (&data.client_id, &data.azp, &data.appid, &data.cid) {
        (Some(values), None, None, None) => AudienceSubstitute::client_id(values.clone()),
        (None, Some(values), None, None) => AudienceSubstitute::azp(values.clone()),
        (None, None, Some(values), None) => AudienceSubstitute::appid(values.clone()),
        (None, None, None, Some(values)) => AudienceSubstitute::cid(values.clone()),
        _ => {
            let exclusive = Problem::Exclusive(&["client_id", "azp", "appid", "cid"]);
            return Err(ConfigError::new("tokens_without_audience", exclusive));
        }
    };
    Ok(data.claims.iter().fold(substitute, |substitute, (name, value)| substitute.and_claim(name, value)))
}

fn introspection(data: &IntrospectionData) -> Result<Introspection, ConfigError> {
    let mut introspection = Introspection::new(client(data)?).tokens(data.tokens).answers(data.answers);
    if let Some(url) = &data.endpoint {
        introspection = introspection.endpoint(url.clone());
    }
    if let Some(Readable(duration)) = data.cache_for {
        introspection = introspection.cache_for(duration);
    }
    if let Some(Readable(duration)) = data.cache_refusals_for {
        introspection = introspection.cache_refusals_for(duration);
    }
    if let Some(Readable(duration)) = data.bridge_for {
        introspection = introspection.bridge_for(duration);
    }
    Ok(introspection)
}

fn client(data: &IntrospectionData) -> Result<ClientAuthentication, ConfigError> {
    let id = data.client_id.clone();
    let text = |secret: &Secret, path: &str| {
        let form = || ConfigError::new(path, Problem::Form("a text".to_owned()));
        secret.text().map(str::to_owned).ok_or_else(form)
    };
    match (&data.client_secret, &data.private_key) {
        (Some(secret), None) => {
            let secret = text(secret, "introspection.client_secret")?;
            Ok(match data.client_auth {
                ClientAuth::ClientSecretBasic => ClientAuthentication::secret_basic(id, secret),
                ClientAuth::ClientSecretPost => ClientAuthentication::secret_post(id, secret),
            })
        }
        (None, Some(key)) => {
            let form = "the name of a signature algorithm, such as ES256".to_owned();
            let path = "introspection.private_key.algorithm";
            let algorithm = key.algorithm.parse().map_err(|_| ConfigError::new(path, Problem::Form(form)))?;
            let pem = text(&key.pem, "introspection.private_key.pem")?;
            let key = PrivateKey::from_pkcs8_pem(&pem, algorithm, key.kid.as_deref())?;
            Ok(ClientAuthentication::private_key_jwt(id, key))
        }
        (None, None) => Err(ConfigError::new("introspection.client_secret", Problem::Missing)),
        (Some(_), Some(_)) => {
            let exclusive = Problem::Exclusive(&["client_secret", "private_key"]);
            Err(ConfigError::new("introspection", exclusive))
        }
    }
}
