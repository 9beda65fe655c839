//! TLS to the servers, by rustls on aws-lc-rs.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::error::RedisConfigError;

/// Which certificate authorities to trust, and which certificate to present.
#[derive(Clone, Default)]
pub(crate) struct TlsSettings {
    /// PEM. Without it, the machine's certificate authorities are trusted.
    pub(crate) authorities: Option<Vec<u8>>,
    pub(crate) client: Option<ClientCertificate>,
}

/// Both as PEM.
#[derive(Clone)]
pub(crate) struct ClientCertificate {
    pub(crate) chain: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

impl TlsSettings {
    pub(crate) fn is_default(&self) -> bool {
        self.authorities.is_none() && self.client.is_none()
    }

    pub(crate) fn connector(&self) -> Result<TlsConnector, RedisConfigError> {
        // Named rather than left to the process: where two providers are compiled in, rustls would panic.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let roots = match &self.authorities {
            Some(pem) => authorities(pem)?,
            None => machine_authorities()?,
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(invalid)?
            .with_root_certificates(roots);
        let config = match &self.client {
            None => config.with_no_client_auth(),
            Some(ClientCertificate { chain, key }) => {
                let chain = certificates(chain)?;
                // The parser quotes a line that it does not expect: all of a key that was pasted into one line.
                let not_pem = |_| invalid("the key is not PEM text of a private key");
                let key = PrivateKeyDer::from_pem_slice(key).map_err(not_pem)?;
                config.with_client_auth_cert(chain, key).map_err(invalid)?
            }
        };
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

fn authorities(pem: &[u8]) -> Result<RootCertStore, RedisConfigError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem)? {
        roots.add(certificate).map_err(invalid)?;
    }
    Ok(roots)
}

fn machine_authorities() -> Result<RootCertStore, RedisConfigError> {
    let mut roots = RootCertStore::empty();
    // A single certificate that cannot be parsed must not disable the others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(invalid("this machine has no certificate authorities; name one"));
    }
    Ok(roots)
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, RedisConfigError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if all.is_empty() => Err(invalid("there is no certificate in the PEM text")),
        Ok(all) => Ok(all),
        // As above: what was given for a certificate may be the key.
        Err(_) => Err(invalid("the certificates are not PEM text")),
    }
}

fn invalid(why: impl ToString) -> RedisConfigError {
    RedisConfigError::Tls(why.to_string())
}
