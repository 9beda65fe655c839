//! Stage 7: the sender is confirmed (RFC 7800).
//!
//! 1. A token without `cnf` is a bearer token: any client that sends it may use it. It is presented under the scheme
//!    `Bearer`, and not at all where DPoP is required.
//! 2. A token with `cnf.jkt` is presented under the scheme `DPoP`, with a proof of that key for this very
//!    request ([`proof`], RFC 9449 §7.1).
//! 3. A token with `cnf.x5t#S256` comes over a connection of the client whose certificate that is (RFC 8705
//!    §3).
//! 4. A token that is bound in both ways needs both, and one that is bound in any other way is refused: a
//!    stolen bound token is never worth more than a stolen proof.
//! 5. Where certificates are required, a token that is not bound to one is refused, even if it is bound in another way.
//! 6. A proof passes once. What to remember of it is handed out, since the memory may be elsewhere.
//!
//! This is the only place that makes a [`Confirmed`].

mod dpop_policy;
mod error;
mod nonce;
mod proof;
mod replay;

use std::fmt;

pub use self::dpop_policy::{DpopPolicy, DpopProblem};
pub use self::error::{ConfirmationError, ProofError};
pub use self::nonce::{DpopNonces, NonceError};
use self::proof::{Expected, Proven};
pub use self::replay::{ReplayKey, ReplayOutcome};
use crate::request::connection::Sender;
use crate::request::credential::{Credential, Scheme};
use crate::request::origin::OriginPolicy;
use crate::request::thumbprint::CertificateThumbprint;
use crate::token::binding::Binding;
use crate::token::claims::Member;
use crate::wire::time::NumericDate;

/// What the sender of a bound token must show.
#[derive(Debug, Clone)]
pub(crate) struct ConfirmationPolicy {
    pub(crate) dpop: DpopPolicy,
    pub(crate) certificates: CertificatePolicy,
    pub(crate) origin: OriginPolicy,
    /// Longest proof, in bytes.
    pub(crate) max_proof_bytes: usize,
}

/// Whether tokens must be bound to a client certificate (RFC 8705). One that is bound is held against the certificate of
/// the request under either policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CertificatePolicy {
    /// Tokens that are bound to a certificate are accepted, and others are.
    #[default]
    Accepted,
    /// Only tokens that are bound to a certificate are accepted.
    Required,
}

/// The sender of this request may use its token, as soon as its proof is known to be new.
#[derive(Debug)]
pub(crate) struct Confirmed {
    pub(crate) claim: Option<ReplayClaim>,
    pub(crate) next_nonce: Option<DpopNonce>,
}

/// A proof that must not have been used before.
///
/// `Debug` shows nothing of the proof.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ReplayClaim {
    /// What the proof is remembered by: its key's thumbprint and its `jti`.
    pub key: ReplayKey,
    /// Its `iat`.
    pub created_at: NumericDate,
    /// When it is refused for its age, so that it need not be remembered any longer.
    pub expires_at: NumericDate,
}

/// A nonce that a client is to put into its next DPoP proof: the value of `DPoP-Nonce` (RFC 9449 §8).
#[derive(Clone, PartialEq, Eq)]
pub struct DpopNonce(pub(crate) String);

impl DpopNonce {
    /// The header's value: base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ReplayClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplayClaim(..)")
    }
}

impl fmt::Debug for DpopNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DpopNonce(..)")
    }
}

impl ConfirmationPolicy {
    /// Confirms that the sender of the credential may use its token.
    pub(crate) fn confirm(
        &self,
        binding: &Member<Binding>,
        credential: &Credential<'_>,
        now: NumericDate,
    ) -> Result<Confirmed, ConfirmationError> {
        let binding = match binding {
            Member::Absent => Binding::NONE,
            Member::Malformed => return Err(ConfirmationError::Unsupported),
            Member::Present(binding) => *binding,
        };
        if let Some(expected) = binding.certificate {
            self.check_certificate(expected, credential.sender())?;
        }
        let confirmed = match (binding.key, credential.scheme()) {
            (Some(key), Scheme::Dpop) => {
                let Proven { claim, next_nonce } = self.check_proof(key, credential, now)?;
                Confirmed { claim: Some(claim), next_nonce }
            }
            (Some(_), Scheme::Bearer) => return Err(ConfirmationError::ProofRequired),
            (None, Scheme::Dpop) => return Err(ConfirmationError::NotBound),
            (None, Scheme::Bearer) if self.dpop.is_required() => {
                return Err(ConfirmationError::ProofRequired);
            }
            (None, Scheme::Bearer) => Confirmed { claim: None, next_nonce: None },
        };
        if binding.certificate.is_none() && self.certificates == CertificatePolicy::Required {
            return Err(ConfirmationError::NotCertificateBound);
        }
        Ok(confirmed)
    }

    fn check_proof(
        &self,
        key: [u8; 32],
        credential: &Credential<'_>,
        now: NumericDate,
    ) -> Result<Proven, ConfirmationError> {
        let sender = credential.sender().ok_or(ProofError::Missing)?;
        let expected = Expected {
            policy: &self.dpop,
            method: sender.method(),
            url: self.origin.target_url(sender),
            access_token: credential.expose_token(),
            key,
            max_bytes: self.max_proof_bytes,
            now,
        };
        expected.check(proof::of(sender.headers())?)
    }

    fn check_certificate(
        &self,
        expected: CertificateThumbprint,
        sender: Option<&Sender<'_>>,
    ) -> Result<(), ConfirmationError> {
        let sender = sender.ok_or(ConfirmationError::CertificateRequired)?;
        let OriginPolicy { proxies, headers, .. } = &self.origin;
        let found = CertificateThumbprint::shown_by(sender, proxies, headers)
            .map_err(|_| ConfirmationError::CertificateMalformed)?;
        match found {
            Some(found) if found == expected => Ok(()),
            Some(_) => Err(ConfirmationError::CertificateMismatch),
            None => Err(ConfirmationError::CertificateRequired),
        }
    }
}
