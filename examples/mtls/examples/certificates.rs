//! Makes what the README's commands need, for trying it out: `cargo run --example certificates`.
//!
//! `server.pem` and `server.key` for the API on this machine, `clients-ca.pem` for the authority that its clients'
//! certificates are of, and `client.pem` and `client.key` for one client. The authority's key is not kept.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use bearward_issuer::{CertificateAuthority, ClientCertificate};

#[allow(dead_code, reason = "a test makes the same files")]
fn main() -> Result<(), Box<dyn Error>> {
    let client = make(Path::new("."))?;
    println!("wrote server.pem, server.key, clients-ca.pem, client.pem and client.key");
    println!("a token for this client has {{\"cnf\":{{\"x5t#S256\":\"{}\"}}}}", client.thumbprint());
    Ok(())
}

/// Writes the files into `folder`, where none of them may be yet, and returns the client's certificate.
pub fn make(folder: &Path) -> Result<ClientCertificate, Box<dyn Error>> {
    let server = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()])?;
    let authority = CertificateAuthority::generate();
    let client = authority.issue();
    for (name, pem) in [
        ("server.pem", &*server.cert.pem()),
        ("server.key", &server.signing_key.serialize_pem()),
        ("clients-ca.pem", &authority.pem()),
        ("client.pem", client.pem()),
        ("client.key", client.key_pem()),
    ] {
        write(&folder.join(name), pem).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(client)
}

/// A file that only its owner reads, and that was not there before.
fn write(path: &Path, pem: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(pem.as_bytes())
}
