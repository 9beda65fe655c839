//! The checks of a DPoP proof, in the order and with the numbers of RFC 9449 §4.3.
//!
//! 1. There is exactly one `DPoP` header.
//! 2. Its value is one well-formed JWT.
//! 3. All claims of §4.2 are there.
//! 4. `typ` is `dpop+jwt`.
//! 5. `alg` is an accepted asymmetric algorithm.
//! 6. The signature is made by the key in the header's `jwk`.
//! 7. That `jwk` holds no private key.
//! 8. `htm` is the request's method, in its case.
//! 9. `htu` is the URL the client used, without query and fragment, both normalised.
//! 10. The nonce is one of ours and fresh, where nonces are asked for.
//! 11. `iat` lies within the accepted window.
//! 12. `ath` is the hash of the access token, and the key the one the token is bound to. The second half is looked at
//!     before the signature, which costs what its sender chooses.
//!
//! Does not check: whether the proof was used before. What comes out says what to remember.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;

use super::nonce::NonceState;
use super::{DpopNonce, DpopPolicy, ReplayClaim};
use crate::check::confirmation::ReplayKey;
use crate::check::confirmation::{ConfirmationError, ProofError};
use crate::request::url::TargetUrl;
use crate::token::algorithm::Algorithm;
use crate::trust::key;
use crate::trust::key::VerifyingKey;
use crate::wire::json::{Members, Object, Raw};
use crate::wire::time::NumericDate;

/// Far more than any client makes up; what is longer would only cost memory.
const MOST_JTI_BYTES: usize = 1024;

/// Longest header, in characters of base64url: a key of ML-DSA-87 takes 5 000.
const MOST_HEADER_CHARACTERS: usize = 8 * 1024;

/// Most values in a header, most of which are the members of `jwk`, and in the claims.
const MOST_VALUES: usize = 128;

/// What a proof must fit.
pub(super) struct Expected<'e> {
    pub(super) policy: &'e DpopPolicy,
    pub(super) method: &'e str,
    /// The URL the client used; `None` when nobody can tell.
    pub(super) url: Option<TargetUrl>,
    pub(super) access_token: &'e str,
    /// The thumbprint the token is bound to.
    pub(super) key: [u8; 32],
    /// Longest proof, in bytes.
    pub(super) most_bytes: usize,
    pub(super) now: NumericDate,
}

/// A good proof: what must not have been seen before, and the nonce that the client should use next.
#[derive(Debug)]
pub(super) struct Proven {
    pub(super) claim: ReplayClaim,
    pub(super) next_nonce: Option<DpopNonce>,
}

/// The proof of a request (checks 1 and 2, as far as the header goes).
pub(super) fn of(headers: &HeaderMap) -> Result<&str, ProofError> {
    let mut values = headers.get_all("dpop").iter();
    let proof = values.next().ok_or(ProofError::Missing)?;
    match values.next() {
        Some(_) => Err(ProofError::Repeated),
        None => proof.to_str().map_err(|_| ProofError::Malformed),
    }
}

impl Expected<'_> {
    pub(super) fn check(&self, proof: &str) -> Result<Proven, ConfirmationError> {
        if proof.len() > self.most_bytes {
            return Err(ProofError::TooLarge.into());
        }
        let parts = Parts::of(proof)?;
        if parts.header.len() > MOST_HEADER_CHARACTERS {
            return Err(ProofError::TooLarge.into());
        }
        let header_text = json_text(parts.header)?;
        let header = members(&header_text)?;
        let algorithm = self.algorithm(&header)?;
        let jwk = header.get("jwk").ok_or(ProofError::Key)?;
        let jwk = &Object::parse(jwk.text()).map_err(|_| ProofError::Key)?;
        // Half of check 12 comes first: a hash is cheap, and the signature of a key of the sender's choice is not.
        let thumbprint = key::thumbprint(jwk).map_err(|_| ProofError::Key)?;
        if thumbprint != self.key {
            return Err(ProofError::OtherKey.into());
        }
        let key = VerifyingKey::of_proof(jwk, algorithm).map_err(|_| ProofError::Key)?;
        let payload_text = json_text(parts.payload)?;
        let claims = Claims::read(&members(&payload_text)?)?;
        if !key.accepts(algorithm, parts.signing_input.as_bytes(), &base64url(parts.signature)?) {
            return Err(ProofError::Signature.into());
        }
        if claims.method != self.method {
            return Err(ProofError::Method.into());
        }
        let url = TargetUrl::parse(&claims.url);
        if url.is_none() || url != self.url {
            return Err(ProofError::Url.into());
        }
        let next_nonce = self.check_nonce(claims.nonce.as_deref())?;
        let created_at = self.check_time(claims.created_at)?;
        let hash = digest(&SHA256, self.access_token.as_bytes());
        if URL_SAFE_NO_PAD.encode(hash) != claims.token_hash {
            return Err(ProofError::AccessToken.into());
        }
        let key = ReplayKey::of(&thumbprint, &claims.id);
        let expires_at = created_at.plus(self.policy.max_proof_age);
        Ok(Proven { claim: ReplayClaim { key, created_at, expires_at }, next_nonce })
    }

    /// Checks 4 and 5.
    fn algorithm(&self, header: &Members<'_>) -> Result<Algorithm, ProofError> {
        if header.get("crit").is_some() || header.get("b64").is_some() {
            return Err(ProofError::Malformed);
        }
        let typ = header.string("typ").unwrap_or_default();
        let short = typ.get(..12).filter(|start| start.eq_ignore_ascii_case("application/"));
        let short = short.map_or(&*typ, |prefix| &typ[prefix.len()..]);
        if !short.eq_ignore_ascii_case("dpop+jwt") {
            return Err(ProofError::WrongType);
        }
        let named = header.string("alg").and_then(|name| name.parse().ok());
        let accepted = self.policy.accepted_algorithms();
        named.filter(|algorithm| accepted.contains(*algorithm)).ok_or(ProofError::Algorithm)
    }

    /// Check 10.
    fn check_nonce(&self, nonce: Option<&str>) -> Result<Option<DpopNonce>, ConfirmationError> {
        let Some(nonces) = &self.policy.nonces else {
            return Ok(None);
        };
        let next = || DpopNonce(nonces.issue(self.now));
        match nonce.map_or(NonceState::Refused, |nonce| nonces.judge(nonce, self.now)) {
            NonceState::Current => Ok(None),
            NonceState::Ageing => Ok(Some(next())),
            NonceState::Refused => Err(ConfirmationError::NonceRequired(next())),
        }
    }

    /// Check 11.
    fn check_time(&self, created_at: NumericDate) -> Result<NumericDate, ProofError> {
        if self.now >= created_at.plus(self.policy.max_proof_age) {
            return Err(ProofError::TooOld);
        }
        if created_at > self.now.plus(self.policy.max_proof_future) {
            return Err(ProofError::FromFuture);
        }
        Ok(created_at)
    }
}

/// The parts of a compact serialization.
struct Parts<'p> {
    header: &'p str,
    payload: &'p str,
    signature: &'p str,
    signing_input: &'p str,
}

impl<'p> Parts<'p> {
    fn of(proof: &'p str) -> Result<Self, ProofError> {
        let (signing_input, signature) = proof.rsplit_once('.').ok_or(ProofError::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(ProofError::Malformed)?;
        match signature.is_empty() || payload.contains('.') {
            true => Err(ProofError::Malformed),
            false => Ok(Self { header, payload, signature, signing_input }),
        }
    }
}

/// Check 3: the claims of §4.2, and `ath`, which comes with an access token.
struct Claims {
    id: String,
    method: String,
    url: String,
    created_at: NumericDate,
    token_hash: String,
    nonce: Option<String>,
}

impl Claims {
    fn read(claims: &Members<'_>) -> Result<Self, ProofError> {
        let string = |name| claims.string(name).map(Into::into).ok_or(ProofError::Claim(name));
        let iat = claims.get("iat").and_then(Raw::as_number);
        let created_at = iat.and_then(NumericDate::from_seconds);
        let id: String = string("jti")?;
        if id.is_empty() || id.len() > MOST_JTI_BYTES {
            return Err(ProofError::Claim("jti"));
        }
        Ok(Self {
            id,
            method: string("htm")?,
            url: string("htu")?,
            created_at: created_at.ok_or(ProofError::Claim("iat"))?,
            token_hash: string("ath")?,
            nonce: claims.get("nonce").map(|_| string("nonce")).transpose()?,
        })
    }
}

fn members(text: &str) -> Result<Members<'_>, ProofError> {
    Members::parse(text, MOST_VALUES).map_err(|_| ProofError::Malformed)
}

fn json_text(part: &str) -> Result<String, ProofError> {
    String::from_utf8(base64url(part)?).map_err(|_| ProofError::Malformed)
}

fn base64url(part: &str) -> Result<Vec<u8>, ProofError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| ProofError::Malformed)
}
