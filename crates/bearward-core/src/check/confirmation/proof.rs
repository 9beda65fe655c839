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
use crate::wire::jws::{CompactJws, HeaderBuffer, JwsHeader};
use crate::wire::time::NumericDate;

/// Far more than any client makes up; what is longer would only cost memory.
const MOST_JTI_BYTES: usize = 1024;

/// Most values in the claims. A proof has seven claims or fewer.
const MAX_CLAIM_VALUES: usize = 128;

/// What a proof must fit.
pub(super) struct Expected<'e> {
    pub(super) policy: &'e DpopPolicy,
    pub(super) method: &'e str,
    /// The URL the client used; `None` if it is not known.
    pub(super) url: Option<TargetUrl>,
    pub(super) access_token: &'e str,
    /// The thumbprint the token is bound to.
    pub(super) key: [u8; 32],
    /// Longest proof, in bytes.
    pub(super) max_bytes: usize,
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
        if proof.len() > self.max_bytes {
            return Err(ProofError::TooLarge.into());
        }
        let jws = CompactJws::split(proof).map_err(ProofError::from)?;
        // Check 2 comes before the header is read.
        if jws.has_no_signature() {
            return Err(ProofError::Malformed.into());
        }
        let mut buffer = HeaderBuffer::new();
        let header = jws.header(&mut buffer).map_err(ProofError::from)?;
        let algorithm = self.algorithm(&header)?;
        let jwk = header.get("jwk").ok_or(ProofError::Key)?;
        let jwk = &Object::parse(jwk.text()).map_err(|_| ProofError::Key)?;
        // Half of check 12 comes first: a hash is cheap, and the signature of a key of the sender's choice is not.
        let thumbprint = key::thumbprint(jwk).map_err(|_| ProofError::Key)?;
        if thumbprint != self.key {
            return Err(ProofError::OtherKey.into());
        }
        let key = VerifyingKey::of_proof(jwk, algorithm).map_err(|_| ProofError::Key)?;
        let payload = jws.payload_text().map_err(ProofError::from)?;
        let claims = Members::parse(&payload, MAX_CLAIM_VALUES).map_err(|_| ProofError::Malformed)?;
        let claims = Claims::read(&claims)?;
        let signature = jws.signature().map_err(ProofError::from)?;
        if !key.accepts(algorithm, jws.signing_input(), &signature) {
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
    fn algorithm(&self, header: &JwsHeader<'_>) -> Result<Algorithm, ProofError> {
        let typ = header.typ(&[("dpop+jwt", ())]);
        typ.ok().flatten().ok_or(ProofError::WrongType)?;
        let named = header.alg().and_then(|name| name.parse().ok());
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
