//! The failures of stage 7.

use std::fmt;

use crate::check::confirmation::DpopNonce;
use crate::wire::jws::JwsError;

/// Stage 7: why the sender is not the one the token is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfirmationError {
    /// The token is bound to a key, or must be, and was presented as a bearer token.
    ProofRequired,
    /// The token was presented under the scheme `DPoP` and is bound to no key.
    NotBound,
    /// The token is bound in a way that cannot be confirmed here.
    Unsupported,
    /// The token is bound to a certificate, and the request has no certificate.
    CertificateRequired,
    /// The certificate that came with the request is another than the token's.
    CertificateMismatch,
    /// The value in the place of a certificate is not a certificate.
    CertificateMalformed,
    /// Every token must be bound to a certificate, and this one is not.
    NotCertificateBound,
    /// The DPoP proof is not one for this request.
    Proof(ProofError),
    /// The DPoP proof holds no nonce, or one that does not count; here is one that does (RFC 9449 §9).
    NonceRequired(DpopNonce),
}

/// Which check of RFC 9449 §4.3 a DPoP proof does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofError {
    /// There is no `DPoP` header.
    Missing,
    /// There is more than one (check 1).
    Repeated,
    /// It is longer than [`Limits::max_token_bytes`](crate::trust::Limits::max_token_bytes).
    TooLarge,
    /// It is not a JWT in compact serialization (check 2).
    Malformed,
    /// This claim is absent or malformed (check 3).
    Claim(&'static str),
    /// Its `typ` is not `dpop+jwt` (check 4).
    WrongType,
    /// Its `alg` is not one of the accepted ones (check 5).
    Algorithm,
    /// Its `jwk` is absent, private, weak, or no key for its `alg` (check 7).
    Key,
    /// Its signature is not that key's (check 6).
    Signature,
    /// Its `htm` is not the request's method (check 8).
    Method,
    /// Its `htu` is not the request's URL (check 9).
    Url,
    /// Its `iat` lies too far back (check 11).
    TooOld,
    /// Its `iat` lies too far in the future (check 11).
    FromFuture,
    /// Its `ath` is not the access token's hash (check 12).
    AccessToken,
    /// Its key is not the one the token is bound to (check 12).
    OtherKey,
    /// It was used before (RFC 9449 §11.1).
    Replayed,
}

impl ConfirmationError {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::ProofRequired => "proof_required",
            Self::NotBound => "token_not_bound",
            Self::Unsupported => "confirmation_unsupported",
            Self::CertificateRequired => "certificate_required",
            Self::CertificateMismatch => "certificate_mismatch",
            Self::CertificateMalformed => "certificate_malformed",
            Self::NotCertificateBound => "token_not_certificate_bound",
            Self::Proof(error) => error.code(),
            Self::NonceRequired(_) => "proof_nonce_required",
        }
    }
}

impl ProofError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Missing => "proof_missing",
            Self::Repeated => "proof_repeated",
            Self::TooLarge => "proof_too_large",
            Self::Malformed => "proof_malformed",
            Self::Claim(_) => "proof_claim_malformed",
            Self::WrongType => "proof_type_mismatch",
            Self::Algorithm => "proof_algorithm_not_allowed",
            Self::Key => "proof_key_unusable",
            Self::Signature => "proof_signature_invalid",
            Self::Method => "proof_method_mismatch",
            Self::Url => "proof_url_mismatch",
            Self::TooOld => "proof_too_old",
            Self::FromFuture => "proof_from_future",
            Self::AccessToken => "proof_token_mismatch",
            Self::OtherKey => "proof_key_mismatch",
            Self::Replayed => "proof_replayed",
        }
    }
}

impl fmt::Display for ConfirmationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ProofRequired => "the access token needs a DPoP proof and the scheme DPoP",
            Self::NotBound => "the access token is not bound to a DPoP key",
            Self::Unsupported => "the access token is bound in a way that is not supported",
            Self::CertificateRequired => "the access token is bound to a certificate and came without it",
            Self::CertificateMismatch => "the access token is bound to another certificate",
            Self::CertificateMalformed => "the client certificate is malformed",
            Self::NotCertificateBound => "the access token is not bound to a certificate",
            Self::Proof(error) => return error.fmt(f),
            Self::NonceRequired(_) => "the DPoP proof needs the nonce of this answer",
        })
    }
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no DPoP proof",
            Self::Repeated => "there is more than one DPoP proof",
            Self::TooLarge => "the DPoP proof is too large",
            Self::Malformed => "the DPoP proof is malformed",
            Self::Claim(name) => return write!(f, "the DPoP proof's claim {name} is missing or malformed"),
            Self::WrongType => "the DPoP proof's typ is not dpop+jwt",
            Self::Algorithm => "the DPoP proof's algorithm is not accepted",
            Self::Key => "the DPoP proof's key cannot be used",
            Self::Signature => "the DPoP proof's signature is invalid",
            Self::Method => "the DPoP proof is for another method",
            Self::Url => "the DPoP proof is for another URL",
            Self::TooOld => "the DPoP proof is too old",
            Self::FromFuture => "the DPoP proof was made in the future",
            Self::AccessToken => "the DPoP proof is for another access token",
            Self::OtherKey => "the DPoP proof is of another key than the access token",
            Self::Replayed => "the DPoP proof was used before",
        })
    }
}

impl From<ProofError> for ConfirmationError {
    fn from(error: ProofError) -> Self {
        Self::Proof(error)
    }
}

impl From<JwsError> for ProofError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::HeaderTooLarge => Self::TooLarge,
            JwsError::WrongType => Self::WrongType,
            JwsError::NotCompact
            | JwsError::Encrypted
            | JwsError::Header(_)
            | JwsError::MemberType
            | JwsError::CriticalHeader
            | JwsError::Payload => Self::Malformed,
        }
    }
}

impl std::error::Error for ConfirmationError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Proof(error) => Some(error),
            _ => None,
        }
    }
}

impl std::error::Error for ProofError {}
