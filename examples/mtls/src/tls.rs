//! The TLS side: which certificates clients may show.
//!
//! Whichever it is, rustls has a client prove that it holds the certificate's key: it signs the handshake. That
//! is what binding a token to a certificate rests on.

use std::sync::Arc;

use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::{self, CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme,
};

/// Which certificates clients may show. None has to: without one, bound tokens are refused, and bearer tokens are
/// not.
pub enum Clients {
    /// Those that one of these authorities issued. This is the default to choose (RFC 8705 §2.1).
    Of(RootCertStore),
    /// Any, self-signed ones included (RFC 8705 §2.2): who the client is, is for the token to say, and whether the
    /// certificate is the token's, for Bearward. Not for servers that read anything else out of certificates.
    WithAnyCertificate,
}

/// The configuration of a TLS server that asks its clients for certificates.
///
/// # Errors
/// When the server's own certificate and key do not fit, or no authority can be trusted.
pub fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    clients: Clients,
) -> Result<ServerConfig, Box<dyn std::error::Error>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = verifier(clients, &provider)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn verifier(
    clients: Clients,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, VerifierBuilderError> {
    match clients {
        Clients::Of(authorities) => {
            let (authorities, provider) = (Arc::new(authorities), Arc::clone(provider));
            // A client without a certificate gets an answer that says what is missing, rather than a broken handshake.
            let builder = WebPkiClientVerifier::builder_with_provider(authorities, provider);
            builder.allow_unauthenticated().build()
        }
        Clients::WithAnyCertificate => Ok(Arc::new(DangerouslyAnyCertificate(Arc::clone(provider)))),
    }
}

/// Accepts every certificate, whoever issued it and whatever it says, from clients that hold its key.
#[derive(Debug)]
struct DangerouslyAnyCertificate(Arc<CryptoProvider>);

impl ClientCertVerifier for DangerouslyAnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    // The signatures are what proves possession of the key. They are verified as in every other server.

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
