//! Resource servers for a provider's tokens: by its preset, and by the settings that the preset stands for.

use std::str::FromStr;

use bearward_axum::request::TokenHeader;
use bearward_axum::token::{Algorithm, ClaimPath, OrganizationClaim};
use bearward_axum::trust::{AudienceSubstitute, LoadBalancer};
use bearward_axum::{IssuerConfig, Provider as Preset, ResourceServer};
use serde_json::Value;

use crate::files::{IssuerSettings, Provider, Settings};
use crate::internet::Internet;
use crate::keys::Keys;

/// The ways in which a resource server can be told of this provider.
pub(crate) fn servers(
    provider: &Provider,
    keys: &Keys,
    internet: &Internet,
) -> Vec<(&'static str, ResourceServer)> {
    let preset = provider.provider.as_ref().map(|preset| by_preset(preset, internet));
    let settings = provider.settings.as_ref();
    let settings = settings.map(|settings| written_out(provider, settings, keys, internet));
    [("preset", preset), ("settings", settings)]
        .into_iter()
        .filter_map(|(way, server)| Some((way, server?)))
        .collect()
}

fn by_preset(preset: &Value, internet: &Internet) -> ResourceServer {
    let preset = Preset::from_value(preset.clone()).unwrap();
    ResourceServer::builder().provider(preset).http_client(internet.client()).build().unwrap()
}

fn written_out(provider: &Provider, settings: &Settings, keys: &Keys, internet: &Internet) -> ResourceServer {
    let [first, others @ ..] = &settings.issuers[..] else { panic!("an issuer") };
    let mut builder =
        ResourceServer::builder().issuer(issuer(first, &settings.audiences, keys)).audience_per_issuer();
    for other in others {
        builder = builder.issuer(issuer(other, &settings.audiences, keys));
    }
    if settings.tokens_without_issuer {
        builder = builder.dangerous().allow_tokens_without_issuer();
    }
    // A load balancer's header is known.
    if let (Some(header), None) = (&provider.sent_in, &first.load_balancer) {
        builder = builder.token_place(TokenHeader::new(header).unwrap());
    }
    builder.http_client(internet.client()).build().unwrap()
}

fn issuer(settings: &IssuerSettings, audiences: &[String], keys: &Keys) -> IssuerConfig {
    let mut config = IssuerConfig::new(&settings.issuer);
    if let Some(url) = &settings.metadata_url {
        config = config.metadata_url(url);
    }
    if let Some(url) = &settings.jwks_uri {
        config = config.jwks_uri(url);
    }
    if let Some(name) = &settings.public_key {
        config = config.public_key_pem(keys.named(name).public_pem().unwrap());
    }
    if let Some(arn) = &settings.load_balancer {
        config = config.load_balancer(LoadBalancer::new(arn).unwrap());
    }
    if let Some(names) = &settings.algorithms {
        config = config.algorithms(names.iter().map(|name| Algorithm::from_str(name).unwrap()));
    }
    if let Some(name) = &settings.secret_beside_keys {
        config = config.shared_secret_beside_keys(keys.secret(name));
    }
    for (claim, values) in &settings.require_claims {
        config = config.require_claim(claim.as_str(), values.clone());
    }
    if let Some(substitute) = &settings.tokens_without_audience {
        let start = match (&substitute.client_id[..], &substitute.azp[..]) {
            (clients, []) => AudienceSubstitute::client_id(clients),
            ([], origins) => AudienceSubstitute::azp(origins),
            _ => panic!("client_id or azp"),
        };
        let claims = substitute.claims.iter();
        config = config
            .tokens_without_audience(claims.fold(start, |all, (name, value)| all.and_claim(name, value)));
    }
    if let Some(claim) = &settings.organization_claim {
        let path: ClaimPath = serde_json::from_value(claim.path.clone()).unwrap();
        config = config.organization_claim(match claim.several {
            true => OrganizationClaim::several(path),
            false => OrganizationClaim::one(path),
        });
    }
    audiences.iter().fold(config, |config, audience| config.audience(audience))
}
