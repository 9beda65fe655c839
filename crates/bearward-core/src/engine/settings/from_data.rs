//! Settings as data become the configuration of an engine.
//!
//! Each part of the data is read by itself, so that every problem is found, each at its path.

use std::sync::Arc;

use super::config::EngineConfig;
use super::data::{
    CertificateForm, CertificateHeaderData, Data, DpopData, DpopMode, HostHeader, KeySetData, LimitData,
    NonceData, ProtoHeader, ProxyHeaderData, ResourceData, RevocationData, Support, TokenPlaceData,
    TrustedProxyData,
};
use super::error::{ConfigError, Problem};
use super::from_issuer;
use super::problems::{Problems, algorithms};
use super::values::Readable;
use crate::answer::resource_metadata::ProtectedResource;
use crate::check::confirmation::{CertificatePolicy, DpopNonces, DpopPolicy};
use crate::memory::revocations::RevocationList;
use crate::request::certificate_header::CertificateHeader;
use crate::request::credential::{TokenCookie, TokenHeader, TokenPlace, TokenSubprotocol};
use crate::request::proxy_headers::ProxyHeaders;
use crate::trust::key::KeySetPolicy;
use crate::trust::limits::Limits;

/// The configuration, and what cannot work in it.
pub(super) fn engine_config(data: &Data) -> (EngineConfig, Vec<ConfigError>) {
    let mut problems = Problems::default();
    let mut config = EngineConfig::new()
        .profile(data.profile)
        .key_sets(key_sets(&data.key_sets))
        .limits(limits(&data.limits))
        .error_body(data.error_body)
        .certificates(match data.certificates {
            Support::Accepted => CertificatePolicy::Accepted,
            Support::Required => CertificatePolicy::Required,
        });
    for (index, issuer) in data.issuers.iter().enumerate() {
        match from_issuer::trusted(issuer) {
            Ok(trusted) => config = trusted.add_to(config),
            Err(found) => {
                config = config.skip_issuer();
                problems.extend(&format!("issuers[{index}]"), found);
            }
        }
    }
    config = data.audiences.iter().cloned().fold(config, EngineConfig::audience);
    if let Some(Readable(tolerance)) = data.clock_tolerance {
        config = config.clock_tolerance(tolerance);
    }
    if let Some(Readable(max_age)) = data.max_age {
        config = config.max_age(max_age);
    }
    if let Some(claim) = &data.organization_claim {
        config = config.organization_claim(claim.claim());
    }
    for (scope, implied) in &data.implies {
        config = config.implies(scope.clone(), implied.clone());
    }
    if let Some(place) = data.token_place.as_ref().and_then(|place| problems.keep(token_place(place))) {
        config = config.token_place(place);
    }
    match &data.revocations {
        // A list without room would refuse nothing, although the operator expects that it refuses tokens.
        Some(RevocationData { max_entries: 0 }) => {
            problems.add("revocations.max_entries", Problem::Form("at least 1".to_owned()));
        }
        Some(RevocationData { max_entries }) => {
            config = config.revocation_list(Arc::new(RevocationList::new(*max_entries)));
        }
        None => {}
    }
    if let Some(policy) = dpop(&data.dpop, &mut problems) {
        config = config.dpop(policy);
    }
    if let Some(origin) = &data.public_origin {
        config = config.public_origin(origin);
    }
    config = trusted_proxies(&data.trusted_proxies, config, &mut problems);
    if let Some(realm) = &data.realm {
        config = config.realm(realm.clone());
    }
    if let Some(resource) = &data.resource {
        config = config.resource(protected_resource(resource));
    }
    if let Some(url) = &data.resource_metadata {
        config = config.resource_metadata(url.clone());
    }
    (relaxed(data, config), problems.all())
}

fn relaxed(data: &Data, mut config: EngineConfig) -> EngineConfig {
    let dangerous = &data.dangerous;
    if dangerous.allow_any_issuer {
        config = config.dangerous().allow_any_issuer();
    }
    if dangerous.allow_tokens_without_issuer {
        config = config.dangerous().allow_tokens_without_issuer();
    }
    if dangerous.allow_any_audience {
        config = config.dangerous().allow_any_audience();
    }
    if dangerous.allow_tokens_without_expiry {
        config = config.dangerous().allow_tokens_without_expiry();
    }
    if dangerous.allow_query_tokens {
        config = config.dangerous().allow_query_tokens();
    }
    match dangerous.clock_tolerance {
        Some(Readable(tolerance)) => config.dangerous().clock_tolerance(tolerance),
        None => config,
    }
}

fn key_sets(data: &KeySetData) -> KeySetPolicy {
    let mut policy = KeySetPolicy::default();
    for (setting, given) in [
        (&mut policy.cooldown, data.cooldown),
        (&mut policy.min_age, data.min_age),
        (&mut policy.max_age, data.max_age),
        (&mut policy.max_stale, data.max_stale),
        (&mut policy.max_metadata_age, data.max_metadata_age),
    ] {
        if let Some(Readable(duration)) = given {
            *setting = duration;
        }
    }
    // A default must not contradict what was set.
    if data.min_age.is_none() {
        policy.min_age = policy.min_age.min(policy.max_age);
    }
    if data.max_stale.is_none() {
        policy.max_stale = policy.max_stale.max(policy.max_age);
    }
    policy
}

fn limits(data: &LimitData) -> Limits {
    let default = Limits::default();
    // Each limit is named, so that a new one does not compile before it can be set here, too.
    Limits {
        max_token_bytes: data.max_token_bytes.unwrap_or(default.max_token_bytes),
        max_key_set_bytes: data.max_key_set_bytes.unwrap_or(default.max_key_set_bytes),
        max_keys: data.max_keys.unwrap_or(default.max_keys),
        max_keys_tried: data.max_keys_tried.unwrap_or(default.max_keys_tried),
        max_cached_tokens: data.max_cached_tokens.unwrap_or(default.max_cached_tokens),
        max_cached_token_bytes: data.max_cached_token_bytes.unwrap_or(default.max_cached_token_bytes),
        max_waiting_requests: data.max_waiting_requests.unwrap_or(default.max_waiting_requests),
        fetch_timeout: data.fetch_timeout.map_or(default.fetch_timeout, |Readable(timeout)| timeout),
        max_introspected_tokens: data.max_introspected_tokens.unwrap_or(default.max_introspected_tokens),
        max_introspected_token_bytes: data
            .max_introspected_token_bytes
            .unwrap_or(default.max_introspected_token_bytes),
        max_introspection_calls: data.max_introspection_calls.unwrap_or(default.max_introspection_calls),
        max_introspection_bytes: data.max_introspection_bytes.unwrap_or(default.max_introspection_bytes),
        max_resolved_issuers: data.max_resolved_issuers.unwrap_or(default.max_resolved_issuers),
        max_replay_entries: data.max_replay_entries.unwrap_or(default.max_replay_entries),
    }
}

fn token_place(data: &TokenPlaceData) -> Result<TokenPlace, ConfigError> {
    let of_headers = || {
        ConfigError::new("token_place", Problem::Form("a header: its other members are for one".to_owned()))
    };
    match (&data.header, &data.cookie, &data.subprotocol) {
        (Some(name), None, None) => {
            let mut header = TokenHeader::new(name)?;
            for origin in &data.trusted_origins {
                header = header.trust_origin(origin)?;
            }
            if data.beside_authorization {
                header = header.beside_authorization();
            }
            Ok(if data.written_by_clients { header.written_by_clients() } else { header }.into())
        }
        _ if data.beside_authorization || data.written_by_clients => Err(of_headers()),
        (None, Some(name), None) => {
            let mut cookie = TokenCookie::new(name)?;
            for origin in &data.trusted_origins {
                cookie = cookie.trust_origin(origin)?;
            }
            Ok(cookie.into())
        }
        (None, None, Some(name)) if data.trusted_origins.is_empty() => {
            Ok(TokenSubprotocol::new(name)?.into())
        }
        (None, None, Some(_)) => Err(of_headers()),
        _ => {
            let exclusive = Problem::Exclusive(&["header", "cookie", "subprotocol"]);
            Err(ConfigError::new("token_place", exclusive))
        }
    }
}

fn dpop(data: &DpopData, problems: &mut Problems) -> Option<DpopPolicy> {
    let mut policy = match data.mode {
        DpopMode::Off => DpopPolicy::off(),
        DpopMode::Accepted => DpopPolicy::accepted(),
        DpopMode::Required => DpopPolicy::required(),
    };
    if let Some(Readable(age)) = data.max_proof_age {
        policy = policy.max_proof_age(age);
    }
    if let Some(Readable(future)) = data.max_proof_future {
        policy = policy.max_proof_future(future);
    }
    if let Some(names) = &data.algorithms {
        policy = policy.algorithms(algorithms("dpop.algorithms", names, problems));
    }
    match &data.nonces {
        Some(nonces) => Some(policy.nonces(problems.keep(dpop_nonces(nonces))?)),
        None => Some(policy),
    }
}

fn dpop_nonces(data: &NonceData) -> Result<DpopNonces, ConfigError> {
    let at = |member: &str, error: crate::check::confirmation::NonceError| {
        ConfigError::new(format!("dpop.nonces.{member}"), error)
    };
    let mut nonces = match &data.secret {
        Some(secret) => DpopNonces::from_secret(secret.bytes()).map_err(|error| at("secret", error))?,
        None => DpopNonces::random()?,
    };
    if let Some(previous) = &data.previous_secret {
        nonces = nonces.previous_secret(previous.bytes()).map_err(|error| at("previous_secret", error))?;
    }
    match data.lifetime {
        Some(Readable(lifetime)) => Ok(nonces.lifetime(lifetime)?),
        None => Ok(nonces),
    }
}

fn trusted_proxies(data: &TrustedProxyData, config: EngineConfig, problems: &mut Problems) -> EngineConfig {
    let headers = problems.keep(proxy_headers(&data.headers)).unwrap_or_default();
    config.trusted_proxies(data.networks.iter().map(String::as_str), headers)
}

fn proxy_headers(data: &ProxyHeaderData) -> Result<ProxyHeaders, ConfigError> {
    let mut headers = match data.host {
        None => ProxyHeaders::none(),
        Some(HostHeader::XForwardedHost) => ProxyHeaders::none().x_forwarded_host(),
        Some(HostHeader::Forwarded) => ProxyHeaders::none().forwarded_host(),
    };
    headers = match data.proto {
        None => headers,
        Some(ProtoHeader::XForwardedProto) => headers.x_forwarded_proto(),
        Some(ProtoHeader::Forwarded) => headers.forwarded_proto(),
    };
    match &data.client_certificate {
        Some(data) => Ok(match certificate_header(data)? {
            Some(header) => headers.client_certificate(header),
            None => headers.connection_certificate(),
        }),
        None => Ok(headers),
    }
}

/// `None` where the certificate is in no header.
fn certificate_header(data: &CertificateHeaderData) -> Result<Option<CertificateHeader>, ConfigError> {
    let path = "trusted_proxies.headers.client_certificate.header";
    let is_of_choice = matches!(data.form, CertificateForm::Pem | CertificateForm::Base64Der);
    let name = match &data.header {
        Some(name) if is_of_choice => name.parse(),
        None if !is_of_choice => Ok(http::HeaderName::from_static("client-cert")),
        Some(_) => {
            let form = "left out: the form has its own header".to_owned();
            return Err(ConfigError::new(path, Problem::Form(form)));
        }
        None => return Err(ConfigError::new(path, Problem::Missing)),
    };
    let name = name.map_err(|_| ConfigError::new(path, Problem::Form("the name of a header".to_owned())))?;
    Ok(Some(match data.form {
        CertificateForm::Connection => return Ok(None),
        CertificateForm::Pem => CertificateHeader::Pem(name),
        CertificateForm::Base64Der => CertificateHeader::Base64Der(name),
        CertificateForm::ClientCert => CertificateHeader::ClientCert,
        CertificateForm::XForwardedClientCert => CertificateHeader::XForwardedClientCert,
        CertificateForm::XForwardedTlsClientCert => CertificateHeader::XForwardedTlsClientCert,
    }))
}

fn protected_resource(data: &ResourceData) -> ProtectedResource {
    let mut resource = ProtectedResource::new(data.identifier.clone())
        .authorization_servers(data.authorization_servers.clone())
        .scopes(data.scopes.clone());
    if let Some(name) = &data.name {
        resource = resource.name(name.clone());
    }
    if let Some(url) = &data.documentation {
        resource = resource.documentation(url.clone());
    }
    if data.client_certificates {
        resource = resource.client_certificates();
    }
    if data.form_tokens {
        resource = resource.form_tokens();
    }
    if data.at_root {
        resource = resource.at_root();
    }
    for (name, value) in &data.members {
        resource = resource.member(name.clone(), value.clone());
    }
    resource
}
