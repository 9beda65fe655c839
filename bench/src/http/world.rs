//! What surrounds the servers under test: an authorization server that runs, and tokens, good and bad.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::json;
use tempfile::TempDir;

use super::protocol::Protocol;
use super::running::{Ready, Running, free_port};
use crate::authorization_server;
use crate::token::{Algorithm, Mint, SigningKey};

const METADATA: &str = "/.well-known/openid-configuration";
pub(crate) struct World {
    pub(crate) issuer: String,
    pub(crate) audience: &'static str,
    /// Each valid, no two the same.
    pub(crate) tokens: Vec<String>,
    /// Files with a token per line, for load generators.
    pub(crate) tokens_file: PathBuf,
    pub(crate) warmup_file: PathBuf,
    /// The bytes of the public key that verifies them all.
    pub(crate) key_file: PathBuf,
    /// None of them is among the others.
    pub(crate) warmup_tokens: Vec<String>,
    /// Tokens that must be refused, with the reason.
    pub(crate) refused: Vec<(&'static str, String)>,
    directory: TempDir,
    _authorization_server: Running,
}

impl World {
    /// Signs `count` tokens with `algorithm`, and `warmup` more, and starts the authorization server on `core`.
    pub(crate) fn new(algorithm: Algorithm, count: usize, warmup: usize, core: usize) -> Result<Self> {
        let directory = tempfile::tempdir().context("no temporary directory")?;
        let audience = "https://api.example";
        // Two keys, as after a rotation was announced: finding the right one is part of the work.
        let key = SigningKey::generate(algorithm, "2026-11-a")?;
        let next = SigningKey::generate(algorithm, "2026-11-b")?;
        let jwks = directory.path().join("jwks.json");
        fs::write(&jwks, json!({ "keys": [key.jwk(), next.jwk()] }).to_string())?;

        let key_file = directory.path().join("public-key");
        fs::write(&key_file, key.public_key())?;

        let port = free_port()?;
        let issuer = authorization_server::issuer(port);
        let command = [
            std::env::current_exe()?.into(),
            "authorization-server".into(),
            "--port".into(),
            port.to_string().into(),
            "--jwks".into(),
            jwks.into(),
        ];
        let ready = Ready { protocol: Protocol::Http1, port, path: METADATA };
        let server = Running::spawn("the authorization server", &command, core, ready)?;

        let mint = Mint { issuer: &issuer, audience, key: &key };
        let tokens = mint.tokens(count + warmup)?;
        let (warmup, tokens) = tokens.split_at(warmup);
        Ok(Self {
            tokens_file: write_lines(&directory.path().join("tokens"), tokens)?,
            warmup_file: write_lines(&directory.path().join("warm-up-tokens"), warmup)?,
            tokens: tokens.to_vec(),
            warmup_tokens: warmup.to_vec(),
            refused: refused(&mint)?,
            key_file,
            issuer,
            audience,
            directory,
            _authorization_server: server,
        })
    }

    /// A place for files that last as long as this value.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// The token that not even the bare check of the signature lets in.
pub(crate) const FORGED: &str = "another key's signature";

/// One token for each check that a fast server might have left out.
fn refused(mint: &Mint<'_>) -> Result<Vec<(&'static str, String)>> {
    let good = mint.claims(0)?;
    let mut expired = good.clone();
    expired.exp = good.iat - 3_600;
    let mut foreign = good.clone();
    foreign.aud = vec!["https://another.example".to_owned()];
    let mut impostor = good.clone();
    impostor.iss = "https://another.example".to_owned();
    let forger = SigningKey::generate(mint.key.algorithm(), mint.key.kid())?;
    let forged = Mint { key: &forger, ..*mint }.sign(&good)?;
    Ok(vec![
        (FORGED, forged),
        ("expired", mint.sign(&expired)?),
        ("another audience", mint.sign(&foreign)?),
        ("another issuer", mint.sign(&impostor)?),
    ])
}

fn write_lines(path: &Path, lines: &[String]) -> Result<PathBuf> {
    fs::write(path, lines.join("\n") + "\n").with_context(|| path.display().to_string())?;
    Ok(path.to_owned())
}
