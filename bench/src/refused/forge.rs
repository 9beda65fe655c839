//! Good tokens and the pieces that bad ones are made of.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::bearward::refused::{Judge, Presented, Trust};
use crate::token::{self, Algorithm, Mint, SigningKey};

pub(super) const ISSUER: &str = "https://as.example/tenant-1";
pub(super) const AUDIENCE: &str = "https://api.example";
const URL: &str = "https://api.example/api/private";

/// The longest token and the longest proof that are looked at.
pub(super) const LONGEST: usize = 16 * 1024;

/// So many keys that have no name.
const NAMELESS: usize = 10;

/// An authorization server with one key, a client with another.
pub(super) struct World {
    key: SigningKey,
    client: SigningKey,
    keys: String,
    nameless: String,
    bound_token: String,
}

/// Which keys the resource server has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    One,
    /// Ten of the same algorithm, without `kid`.
    Nameless,
    /// One, and the issuer is asked about opaque tokens.
    OneAndIntrospection,
}

impl World {
    pub(super) fn new(algorithm: Algorithm) -> Result<Self> {
        let key = SigningKey::generate(algorithm, "2026-11-a")?;
        let client = SigningKey::generate(Algorithm::ES256, "client")?;
        let mut nameless = Vec::new();
        for _ in 0..NAMELESS {
            let mut jwk = SigningKey::generate(algorithm, "")?.jwk();
            jwk.as_object_mut().map(|members| members.remove("kid"));
            nameless.push(jwk);
        }
        let mint = Mint { issuer: ISSUER, audience: AUDIENCE, key: &key };
        let bound_token = mint.bound_token(0, &client.thumbprint())?;
        Ok(Self {
            keys: json!({ "keys": [key.jwk()] }).to_string(),
            nameless: json!({ "keys": nameless }).to_string(),
            bound_token,
            key,
            client,
        })
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    pub(super) fn judge(&self) -> Result<Judge> {
        Judge::new(self.trust(&self.keys))
    }

    /// A judge that has seen the good token of proofs, and nothing else.
    pub(super) fn judge_of(&self, keys: Keys) -> Result<Judge> {
        let judge = match keys {
            Keys::One => self.judge(),
            Keys::Nameless => Judge::new(self.trust(&self.nameless)),
            Keys::OneAndIntrospection => Judge::asking(self.trust(&self.keys)),
        }?;
        if keys == Keys::One {
            judge.accept(&self.proven(&token::proof(
                &self.client,
                URL,
                &self.bound_token,
                usize::MAX,
            )?)?)?;
        }
        Ok(judge)
    }

    fn trust<'a>(&'a self, keys: &'a str) -> Trust<'a> {
        Trust { issuer: ISSUER, audience: AUDIENCE, origin: AUDIENCE, keys }
    }

    pub(super) fn good(&self, count: usize) -> Result<Vec<Presented>> {
        (0..count).map(|number| bearer(&self.sign(&self.header(), &self.claims(number)?)?)).collect()
    }

    /// Good tokens of the greatest length: most of each is one claim.
    pub(super) fn long(&self, count: usize) -> Result<Vec<Presented>> {
        let padded = |number| {
            let mut claims = self.claims(number)?;
            claims["padding"] = "x".repeat(self.room(&self.header()) - claims.to_string().len() - 16).into();
            bearer(&self.sign(&self.header(), &claims)?)
        };
        (0..count).map(padded).collect()
    }

    /// The token that is bound, each time with a proof of its own.
    pub(super) fn good_proofs(&self, count: usize) -> Result<Vec<Presented>> {
        (0..count)
            .map(|number| self.proven(&token::proof(&self.client, URL, &self.bound_token, number)?))
            .collect()
    }

    pub(super) fn long_proofs(&self, count: usize) -> Result<Vec<Presented>> {
        let padded = |number: usize| {
            let mut claims = self.proof_claims()?;
            claims["jti"] = format!("long-{number}").into();
            claims["padding"] = "x".repeat(11_600).into();
            self.proven(&token::compact(&self.client, &self.proof_header(), &claims)?)
        };
        (0..count).map(padded).collect()
    }

    pub(super) fn proven(&self, proof: &str) -> Result<Presented> {
        Presented::new(&format!("DPoP {}", self.bound_token))?.with_proof(proof)
    }

    pub(super) fn client(&self) -> &SigningKey {
        &self.client
    }

    pub(super) fn proof_header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.client.jwk() })
    }

    pub(super) fn proof_claims(&self) -> Result<Value> {
        Ok(json!({
            "jti": "1", "htm": "GET", "htu": URL,
            "iat": SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
            "ath": URL_SAFE_NO_PAD.encode(digest(&SHA256, self.bound_token.as_bytes())),
        }))
    }

    pub(super) fn header(&self) -> Value {
        json!({ "alg": self.algorithm().name(), "typ": "at+jwt", "kid": self.key.kid() })
    }

    pub(super) fn claims(&self, number: usize) -> Result<Value> {
        let mint = Mint { issuer: ISSUER, audience: AUDIENCE, key: &self.key };
        Ok(serde_json::to_value(mint.claims(number)?)?)
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> Result<String> {
        token::compact(&self.key, header, claims)
    }

    /// A token of these very texts, whose signature is well-formed and was made over another one.
    pub(super) fn forged(&self, header: &str, payload: &str) -> Result<String> {
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(b"another token")?);
        Ok(format!("{}.{}.{signature}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload)))
    }

    /// How many bytes of payload fit into a token of the greatest length with this header.
    pub(super) fn room(&self, header: &Value) -> usize {
        let others = URL_SAFE_NO_PAD.encode(header.to_string()).len()
            + self.key.sign(b"x").map_or(0, |signature| signature.len().div_ceil(3) * 4)
            + 4;
        LONGEST.saturating_sub(others) / 4 * 3
    }
}

pub(super) fn bearer(token: &str) -> Result<Presented> {
    Presented::new(&format!("Bearer {token}"))
}
