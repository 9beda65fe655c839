//! `bearward dpop-proof`: a DPoP proof for one request (RFC 9449 §4.2), to be put into a header by curl.
//!
//! 1. The key is read from its file, or made there first where that is asked for (`key_file`).
//! 2. Method and URL are held against the rules that an API has for them, so that no proof is made that none
//!    accepts.
//! 3. The proof alone goes to standard output.

mod key_file;

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;

use bearward_issuer::Algorithm;
use http::Method;

use crate::token_input;
use crate::usage::{self, UsageError};

/// What `bearward dpop-proof` is asked to do.
#[derive(Clone, clap::Args)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    /// The private key: PEM (PKCS#8) or a JWK
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Create that file with a new key, readable only by you, unless it exists
    #[arg(long)]
    new_key: bool,
    /// The method of the request
    #[arg(long, default_value = "GET", value_parser = usage::method)]
    method: Method,
    /// The URL of the request, as the client uses it; its query is left out
    #[arg(long, value_parser = usage::url, required_unless_present = "thumbprint")]
    url: Option<String>,
    /// The access token that is sent with it, or - to read it from standard input; leave it out for a token request
    #[arg(long, value_name = "TOKEN|-", allow_hyphen_values = true)]
    token: Option<String>,
    /// The nonce of the server's last DPoP-Nonce header
    // One in 64 base64url values begins with a hyphen.
    #[arg(long, allow_hyphen_values = true)]
    nonce: Option<String>,
    /// The algorithm to sign with, such as ES256; by default the key's own, and ES256 for a new key
    #[arg(long, value_parser = algorithm)]
    algorithm: Option<Algorithm>,
    /// Print the key's thumbprint instead: the jkt of tokens that are bound to it
    #[arg(long, conflicts_with_all = ["url", "token", "nonce"])]
    thumbprint: bool,
}

/// Without what was given: a token, a proof, a URL.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").finish_non_exhaustive()
    }
}

const EXAMPLE: &str = "\
Example:
  URL=https://api.example.com/messages
  curl -H \"Authorization: DPoP $TOKEN\" \\
    -H \"DPoP: $(bearward dpop-proof --key key.pem --url $URL --token $TOKEN)\" $URL";

fn algorithm(name: &str) -> Result<Algorithm, &'static str> {
    match name.parse::<Algorithm>() {
        Ok(algorithm) if !algorithm.is_symmetric() => Ok(algorithm),
        Ok(_) => Err("a proof is signed with a private key, not with a shared secret"),
        Err(_) => Err("not an algorithm such as ES256, EdDSA or PS256"),
    }
}

/// Makes the proof and prints it.
pub(crate) fn run(options: &Options) -> Result<(), UsageError> {
    let key = key_file::open(&options.key, options.new_key, options.algorithm)?;
    let Some(url) = options.url.as_deref().filter(|_| !options.thumbprint) else {
        return print(&key.thumbprint());
    };
    let mut proof = key.proof(options.method.as_str(), url);
    if let Some(token) = &options.token {
        let token = match token.as_str() {
            "-" => token_input::from_stdin("access token")?,
            token => token.to_owned(),
        };
        let token = token_input::pasted(&token)?;
        if token.is_empty() {
            return Err(UsageError::new(
                "--token: it is empty; leave --token out for a request without an access token",
            ));
        }
        proof = proof.access_token(&token);
    }
    if let Some(nonce) = &options.nonce {
        proof = proof.nonce(nonce);
    }
    print(&proof.sign())
}

/// Whoever has closed standard output wants no proof, and must not be told that there is one.
fn print(line: &str) -> Result<(), UsageError> {
    let written = writeln!(std::io::stdout(), "{line}");
    written.map_err(|error| UsageError::new(format!("cannot write to standard output: {error}")))
}
