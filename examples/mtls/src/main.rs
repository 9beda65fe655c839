//! Reads its settings from the environment; the README has a command line to copy.

use std::env;
use std::error::Error;

use bearward_axum::ResourceServer;
use mtls::tls::Clients;
use mtls::{app, serve, tls};
use tokio::net::TcpListener;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let api = ResourceServer::builder().issuer(setting("ISSUER")?).audience(setting("AUDIENCE")?).build()?;
    let chain = certificates(&setting("CERTIFICATE")?)?;
    let key = PrivateKeyDer::from_pem_file(setting("PRIVATE_KEY")?)?;
    let config = tls::config(chain, key, clients()?)?;
    let listener = TcpListener::bind(("127.0.0.1", 8443)).await?;
    println!("listening on https://{}", listener.local_addr()?);
    serve::serve(listener, config, app(&api)).await;
    Ok(())
}

/// Clients of an authority, unless the operator asks for any in so many words.
fn clients() -> Result<Clients, Box<dyn Error>> {
    if env::var("CLIENTS").as_deref() == Ok("with-any-certificate") {
        return Ok(Clients::WithAnyCertificate);
    }
    let mut authorities = RootCertStore::empty();
    for authority in certificates(&setting("CLIENT_AUTHORITIES")?)? {
        authorities.add(authority)?;
    }
    Ok(Clients::Of(authorities))
}

fn certificates(file: &str) -> Result<Vec<CertificateDer<'static>>, Box<dyn Error>> {
    Ok(CertificateDer::pem_file_iter(file)?.collect::<Result<_, _>>()?)
}

fn setting(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("the environment has no {name}"))
}
