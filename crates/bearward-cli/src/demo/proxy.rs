//! The proxy that the demo would have in front of it: whoever runs curl on this machine plays it.

use bearward_axum::{CertificateHeader, ConfigError, ProxyHeaders, ResourceServerBuilder};

/// The address that the proxy connects from. The rest of the loopback network is anybody's.
const PROXY: &str = "127.0.0.1";

/// Believes the proxy of the demo which certificate the client has, in `Client-Cert` (RFC 9440), and nothing else: the
/// demo's clients use its own URL.
///
/// # Errors
/// [`ConfigError`] when the proxy's address is none, and it is one.
pub fn behind_proxy<I, A>(
    server: ResourceServerBuilder<I, A>,
) -> Result<ResourceServerBuilder<I, A>, ConfigError> {
    let headers = ProxyHeaders::none().client_certificate(CertificateHeader::ClientCert);
    server.trusted_proxies([PROXY], headers)
}
