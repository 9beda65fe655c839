//! Tokens in numbers: each has its own subject and `jti`, so no two are the same.

use std::num::NonZero;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::SigningKey;

/// Seconds a token lives: longer than any run.
const LIFETIME: u64 = 24 * 60 * 60;

/// The claims set of the tokens, all that RFC 9068 §2.2 requires and what is usual beside it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: Vec<String>,
    pub(crate) exp: u64,
    pub(crate) nbf: u64,
    pub(crate) iat: u64,
    pub(crate) jti: String,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) organization_id: String,
    pub(crate) roles: Vec<String>,
}

/// What a handler mostly wants to know; the peers read the claims into this.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Caller {
    #[expect(dead_code, reason = "read from the token, as a handler would want it")]
    pub(crate) sub: String,
    #[expect(dead_code, reason = "read from the token, as a handler would want it")]
    pub(crate) client_id: String,
    #[expect(dead_code, reason = "read from the token, as a handler would want it")]
    pub(crate) scope: String,
}

/// An authorization server's signing half.
pub(crate) struct Mint<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) key: &'a SigningKey,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

impl Mint<'_> {
    /// The claims of the token with this number, valid from a minute ago on.
    pub(crate) fn claims(&self, number: usize) -> Result<Claims> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        Ok(Claims {
            iss: self.issuer.to_owned(),
            sub: format!("subject-{number:08}"),
            aud: vec![self.audience.to_owned()],
            exp: now + LIFETIME,
            nbf: now - 60,
            iat: now - 60,
            jti: format!("c0ffee00-0000-4000-8000-{number:012x}"),
            client_id: "benchmark-client".to_owned(),
            scope: "openid profile read:messages write:messages".to_owned(),
            organization_id: "organization-1".to_owned(),
            roles: vec!["editor".to_owned(), "viewer".to_owned()],
        })
    }

    /// `claims`, signed.
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String> {
        let header = Header { alg: self.key.algorithm().name(), typ: "at+jwt", kid: self.key.kid() };
        compact(self.key, &header, claims)
    }

    /// The token with this number, bound to this key (RFC 9449 §6.1).
    pub(crate) fn bound_token(&self, number: usize, thumbprint: &str) -> Result<String> {
        let mut claims = serde_json::to_value(self.claims(number)?)?;
        claims["cnf"] = json!({ "jkt": thumbprint });
        let header = Header { alg: self.key.algorithm().name(), typ: "at+jwt", kid: self.key.kid() };
        compact(self.key, &header, &claims)
    }

    /// The token with this number.
    pub(crate) fn token(&self, number: usize) -> Result<String> {
        self.sign(&self.claims(number)?)
    }

    /// Tokens 0 to `count`, signed on all cores this thread may use.
    pub(crate) fn tokens(&self, count: usize) -> Result<Vec<String>> {
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let share = count.div_ceil(workers).max(1);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..count)
                .step_by(share)
                .map(|first| {
                    scope.spawn(move || {
                        let last = count.min(first + share);
                        (first..last).map(|number| self.token(number)).collect::<Result<Vec<_>>>()
                    })
                })
                .collect();
            let mut tokens = Vec::with_capacity(count);
            for worker in workers {
                tokens.extend(worker.join().map_err(|_| anyhow!("a signing thread died"))??);
            }
            Ok(tokens)
        })
    }
}

/// A DPoP proof of this key for a token (RFC 9449 §4.2), with a `jti` of its own.
pub(crate) fn proof(key: &SigningKey, url: &str, token: &str, number: usize) -> Result<String> {
    let header = json!({ "typ": "dpop+jwt", "alg": key.algorithm().name(), "jwk": key.jwk() });
    let claims = json!({
        "jti": format!("{number:032x}"),
        "htm": "GET",
        "htu": url,
        "iat": SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
        "ath": URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes())),
    });
    compact(key, &header, &claims)
}

/// RFC 7515 §7.1.
pub(crate) fn compact(key: &SigningKey, header: &impl Serialize, claims: &impl Serialize) -> Result<String> {
    let mut token = URL_SAFE_NO_PAD.encode(serde_json::to_vec(header)?);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// What the signature covers (RFC 7515 §5.2 step 8): everything before the last dot.
pub(crate) fn signed_part(token: &str) -> Result<&str> {
    Ok(token.rsplit_once('.').context("not a compact serialization")?.0)
}

/// The signature's bytes.
pub(crate) fn signature(token: &str) -> Result<Vec<u8>> {
    let encoded = token.rsplit_once('.').context("not a compact serialization")?.1;
    Ok(URL_SAFE_NO_PAD.decode(encoded)?)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Mint, signature, signed_part};
    use crate::token::{Algorithm, SigningKey, algorithm};

    #[test]
    fn each_algorithm_signs_what_its_public_key_verifies() {
        for algorithm in algorithm::ALL {
            let key = SigningKey::generate(algorithm, "k").unwrap();
            let mint = Mint { issuer: "https://as.example", audience: "api", key: &key };
            let token = mint.token(7).unwrap();
            key.parsed_public_key()
                .unwrap()
                .verify_sig(signed_part(&token).unwrap().as_bytes(), &signature(&token).unwrap())
                .unwrap();
        }
    }

    #[test]
    fn no_two_tokens_are_the_same() {
        let key = SigningKey::generate(Algorithm::EdDSA, "k").unwrap();
        let mint = Mint { issuer: "https://as.example", audience: "api", key: &key };
        let tokens = mint.tokens(1001).unwrap();
        assert_eq!(tokens.len(), 1001);
        assert_eq!(tokens.iter().collect::<HashSet<_>>().len(), 1001);
    }
}
