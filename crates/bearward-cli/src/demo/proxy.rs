//! The proxy that the demo would have in front of it: whoever runs curl on this machine plays it.

use bearward_axum::{
    CertificateHeader, CertificateSource, ConfigError, ForwardedHeaders, ResourceServerBuilder,
};

/// The address that the proxy connects from. The rest of the loopback network is anybody's.
const PROXY: &str = "127.0.0.1";

/// Believes what the proxy of the demo writes: the client's certificate in `Client-Cert` (RFC 9440), and the URL
/// the client used in `X-Forwarded-Proto` and `X-Forwarded-Host`.
///
/// # Errors
/// [`ConfigError`] when the proxy's address is none, and it is one.
pub fn behind_proxy<I, A>(
    server: ResourceServerBuilder<I, A>,
) -> Result<ResourceServerBuilder<I, A>, ConfigError> {
    let server = server.trusted_proxies([PROXY], ForwardedHeaders::XForwarded)?;
    Ok(server.client_certificates(CertificateSource::Header(CertificateHeader::ClientCert)))
}
