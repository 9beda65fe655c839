//! The file with the client's private key.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use bearward_issuer::{Algorithm, DpopKey, KeyError};

use crate::usage::UsageError;

/// Reads the key, or makes it first where that is wanted and there is none.
pub(super) fn open(file: &Path, make_it: bool, algorithm: Option<Algorithm>) -> Result<DpopKey, UsageError> {
    let failed = |what: &str, error: io::Error| {
        UsageError::new(format!("--key: cannot {what} {}: {error}", file.display()))
    };
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && make_it => {
            let key = DpopKey::generate(algorithm.unwrap_or(Algorithm::Es256));
            return keep(file, &key).map(|()| key).map_err(|error| failed("make", error));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = file.display();
            return Err(UsageError::new(format!("--key: there is no {file}; --new-key makes it")));
        }
        Err(error) => return Err(failed("read", error)),
    };
    let key = read(&text).map_err(|why| UsageError::new(format!("--key: {}: {why}", file.display())))?;
    let Some(algorithm) = algorithm else { return Ok(key) };
    let own = key.algorithm();
    key.with_algorithm(algorithm).map_err(|_| {
        UsageError::new(format!("--algorithm: that key signs {own}, and cannot sign {algorithm}"))
    })
}

fn read(text: &str) -> Result<DpopKey, &'static str> {
    let key = match text.trim_start().starts_with('{') {
        true => {
            let jwk = serde_json::from_str(text).map_err(|_| "not JSON")?;
            DpopKey::from_private_jwk(&jwk)
        }
        false => DpopKey::from_pem(text),
    };
    let key = key.map_err(|error| match error {
        KeyError::Malformed if text.contains("-----BEGIN EC ") || text.contains("-----BEGIN RSA ") => {
            "a key of an older form; openssl pkcs8 -topk8 -nocrypt makes PKCS#8 of it"
        }
        KeyError::Malformed if text.contains("ENCRYPTED") => "an encrypted key, which cannot be read here",
        _ => "neither a PRIVATE KEY in PEM (PKCS#8) nor a private JWK of a kind that can sign here",
    })?;
    match key.algorithm().is_symmetric() {
        true => Err("a shared secret, where a proof needs a private key"),
        false => Ok(key),
    }
}

/// Writes a file that was not there before, for the eyes of its owner.
fn keep(file: &Path, key: &DpopKey) -> io::Result<()> {
    let pem = key.private_pem().unwrap_or_else(|| key.private_jwk().to_string());
    private(file)?.write_all(pem.as_bytes())
}

#[cfg(unix)]
fn private(file: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)
}

/// Its directory says who may read it.
#[cfg(not(unix))]
fn private(file: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(file)
}
