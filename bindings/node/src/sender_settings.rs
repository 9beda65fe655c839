//! The settings of who may use a token, as JavaScript writes them down.

use std::net::{IpAddr, Ipv4Addr};

use bearward_core::{
    CertificateHeader, CertificatePolicy, ConfigError, DpopNonces, DpopPolicy, EngineConfig, Problem,
    ProxyHeaders, PublicOrigin, TrustedProxies,
};
use http::HeaderName;
use serde::Deserialize;

use crate::setting_values::{algorithms, millis};

/// Stands for whom Express trusts. Its `trust proxy` setting may be any function, so JavaScript asks it, and
/// says that the peer is this address exactly where the answer is yes; whom it does not trust has no address.
pub(crate) const TRUSTED_PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What `dpop`, `mtls` and the options about proxies come down to.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SenderSettings {
    dpop: Option<DpopSettings>,
    public_origin: Option<String>,
    #[serde(default)]
    proxy_headers: ProxyHeaderSettings,
    certificate_header: Option<CertificateHeaderSettings>,
    /// Whether the application's own function finds the certificates, a trusted proxy's clients' among them.
    #[serde(default)]
    certificate_function: bool,
    /// Whether tokens must be bound to a certificate.
    #[serde(default)]
    certificate_required: bool,
}

/// Durations are in milliseconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DpopSettings {
    required: bool,
    proof_age: f64,
    proof_future: f64,
    algorithms: Option<Vec<String>>,
    nonces: Option<NonceSettings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NonceSettings {
    secret: Vec<u8>,
    previous_secret: Option<Vec<u8>>,
    lifetime: Option<f64>,
}

/// The header that has each part of the URL; what is absent is not believed.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProxyHeaderSettings {
    host: Option<HostHeader>,
    proto: Option<ProtoHeader>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum HostHeader {
    XForwardedHost,
    Forwarded,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum ProtoHeader {
    XForwardedProto,
    Forwarded,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
enum CertificateHeaderSettings {
    Pem { header: String },
    Base64Der { header: String },
    ClientCert,
    Xfcc,
    XForwardedTlsClientCert,
}

/// Where used proofs are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proofs {
    /// In a memory that ends with this process.
    InThisProcess,
    /// In a store of JavaScript's.
    Elsewhere,
}

impl SenderSettings {
    pub(crate) fn apply(self, mut config: EngineConfig, proofs: Proofs) -> Result<EngineConfig, ConfigError> {
        let proxies = TrustedProxies::parse([&*TRUSTED_PEER.to_string()])?;
        config = config.trusted_proxies(proxies, self.headers()?);
        if let Some(origin) = &self.public_origin {
            config = config.public_origin(PublicOrigin::parse(origin)?);
        }
        if self.certificate_required {
            config = config.certificates(CertificatePolicy::Required);
        }
        let keep = |nonces: DpopNonces| match proofs {
            Proofs::InThisProcess => nonces.since_this_process(),
            Proofs::Elsewhere => nonces,
        };
        Ok(config.dpop(self.policy_with(keep)?))
    }

    /// What a proxy that Express trusts is believed.
    fn headers(&self) -> Result<ProxyHeaders, ConfigError> {
        let mut headers = match self.proxy_headers.host {
            None => ProxyHeaders::none(),
            Some(HostHeader::XForwardedHost) => ProxyHeaders::none().x_forwarded_host(),
            Some(HostHeader::Forwarded) => ProxyHeaders::none().forwarded_host(),
        };
        headers = match self.proxy_headers.proto {
            None => headers,
            Some(ProtoHeader::XForwardedProto) => headers.x_forwarded_proto(),
            Some(ProtoHeader::Forwarded) => headers.forwarded_proto(),
        };
        Ok(match &self.certificate_header {
            Some(header) => headers.client_certificate(header.read()?),
            None if self.certificate_function => headers.connection_certificate(),
            None => headers,
        })
    }

    /// How DPoP is handled.
    pub(crate) fn policy(self) -> Result<DpopPolicy, ConfigError> {
        self.policy_with(|nonces| nonces)
    }

    fn policy_with(self, keep: impl Fn(DpopNonces) -> DpopNonces) -> Result<DpopPolicy, ConfigError> {
        let dpop = self.dpop.map(|dpop| dpop.policy(keep));
        dpop.unwrap_or_else(|| Ok(DpopPolicy::off()))
    }
}

impl DpopSettings {
    fn policy(self, keep: impl Fn(DpopNonces) -> DpopNonces) -> Result<DpopPolicy, ConfigError> {
        let policy = if self.required { DpopPolicy::required() } else { DpopPolicy::accepted() };
        let mut policy =
            policy.max_proof_age(millis(self.proof_age)).max_proof_future(millis(self.proof_future));
        if let Some(names) = self.algorithms {
            policy = policy.algorithms(algorithms("dpop.algorithms", &names)?);
        }
        match self.nonces {
            Some(nonces) => Ok(policy.nonces(keep(nonces.read()?))),
            None => Ok(policy),
        }
    }
}

impl NonceSettings {
    fn read(self) -> Result<DpopNonces, ConfigError> {
        let mut nonces = DpopNonces::from_secret(self.secret)?;
        if let Some(secret) = self.previous_secret {
            nonces = nonces.previous_secret(secret)?;
        }
        match self.lifetime {
            Some(lifetime) => Ok(nonces.lifetime(millis(lifetime))?),
            None => Ok(nonces),
        }
    }
}

impl CertificateHeaderSettings {
    fn read(&self) -> Result<CertificateHeader, ConfigError> {
        Ok(match self {
            Self::Pem { header } => CertificateHeader::Pem(header_name(header)?),
            Self::Base64Der { header } => CertificateHeader::Base64Der(header_name(header)?),
            Self::ClientCert => CertificateHeader::ClientCert,
            Self::Xfcc => CertificateHeader::XForwardedClientCert,
            Self::XForwardedTlsClientCert => CertificateHeader::XForwardedTlsClientCert,
        })
    }
}

fn header_name(name: &str) -> Result<HeaderName, ConfigError> {
    let path = "trusted_proxies.headers.client_certificate.header";
    name.parse().map_err(|_| ConfigError::new(path, Problem::Form("the name of a header".to_owned())))
}
