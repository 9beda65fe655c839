//! The client's failures: one enum per stage of the path.

use std::borrow::Cow;
use std::fmt;

use super::{ConfirmationError, Failure, ProofError};
use crate::claims::MILLISECONDS;
use crate::json::JsonError;
use crate::key::Algorithm;
use crate::requirement::Denial;

/// The request may not pass, and why: one variant per stage of its path.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Rejection {
    /// Nothing was presented, or a credential of another scheme.
    MissingCredential,
    /// Stage 1: the credential was presented in a wrong way.
    Credential(CredentialError),
    /// Stage 2: the credential is not a token of the right kind.
    Token(TokenError),
    /// Stage 3: the token's issuer is not trusted.
    Issuer(IssuerError),
    /// Stage 4: no key verifies the token.
    Key(KeyError),
    /// Stage 5: the signature is not the key's.
    Signature(SignatureError),
    /// Stage 6: a claim does not hold.
    Claims(ClaimsError),
    /// Stage 6: the token is on the list of revoked ones.
    Revoked,
    /// Stage 7: the sender is not who the token is bound to.
    Confirmation(ConfirmationError),
    /// Stage 8: the token is good and the route asks for more.
    Denied(Denial),
}

impl Rejection {
    /// The stable name of the failure, in `snake_case`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingCredential => "credential_missing",
            Self::Credential(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Issuer(error) => error.code(),
            Self::Key(KeyError::Unknown) => "key_unknown",
            Self::Signature(SignatureError::Invalid) => "signature_invalid",
            Self::Claims(error) => error.code(),
            Self::Confirmation(error) => error.code(),
            Self::Revoked => "token_revoked",
            Self::Denied(denial) => denial.code(),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingCredential => f.write_str("no access token was presented"),
            Self::Credential(error) => error.fmt(f),
            Self::Token(error) => error.fmt(f),
            Self::Issuer(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
            Self::Signature(error) => error.fmt(f),
            Self::Claims(error) => error.fmt(f),
            Self::Revoked => f.write_str("the access token was revoked"),
            Self::Confirmation(error) => error.fmt(f),
            Self::Denied(denial) => denial.fmt(f),
        }
    }
}

impl std::error::Error for Rejection {}

macro_rules! stage_error {
    ($name:ident => $variant:ident) => {
        impl std::error::Error for $name {}

        impl From<$name> for Rejection {
            fn from(error: $name) -> Self {
                Self::$variant(error)
            }
        }

        impl From<$name> for Failure {
            fn from(error: $name) -> Self {
                Self::Rejected(error.into())
            }
        }
    };
}

stage_error!(CredentialError => Credential);
stage_error!(TokenError => Token);
stage_error!(IssuerError => Issuer);
stage_error!(KeyError => Key);
stage_error!(SignatureError => Signature);
stage_error!(ClaimsError => Claims);
stage_error!(ConfirmationError => Confirmation);
stage_error!(Denial => Denied);

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Self {
        ConfirmationError::from(error).into()
    }
}

/// Stage 1: how a credential was presented wrongly (RFC 6750 §2 and §3.1, `invalid_request`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialError {
    /// `Authorization` does not read `Bearer <token68>`.
    Malformed,
    /// There is more than one `Authorization` header.
    RepeatedHeader,
    /// The token came in more than one way.
    SeveralMethods,
    /// What is in the place of the token is none: not one token68 (RFC 9110 §11.2).
    NotAToken,
    /// The place of the token has more than one.
    Repeated,
    /// A browser sends the request for a page of another origin, or nothing says that it does not.
    CrossOrigin,
    /// The token is longer than [`Limits::token_bytes`](crate::Limits::token_bytes).
    TooLarge,
}

impl CredentialError {
    fn code(self) -> &'static str {
        match self {
            Self::Malformed => "authorization_malformed",
            Self::RepeatedHeader => "authorization_repeated",
            Self::SeveralMethods => "several_credentials",
            Self::NotAToken => "credential_malformed",
            Self::Repeated => "credential_repeated",
            Self::CrossOrigin => "cross_origin",
            Self::TooLarge => "token_too_large",
        }
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the Authorization header is malformed",
            Self::RepeatedHeader => "there is more than one Authorization header",
            Self::SeveralMethods => "more than one method was used to send the access token",
            Self::NotAToken => "what was sent as the access token is not one",
            Self::Repeated => "the access token was sent more than once",
            Self::CrossOrigin => "the request does not come from an origin that may send it",
            Self::TooLarge => "the access token is too large",
        })
    }
}

/// Stage 2: what keeps a credential from being a signed access token (RFC 7515 §5.2), or an active opaque one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// Not three parts of canonical base64url.
    NotCompact,
    /// Five parts: a JWE, which Bearward does not open.
    Encrypted,
    /// The JOSE header is not a strict JSON object, or a member has a wrong type.
    Header(Option<JsonError>),
    /// The JOSE header is longer than 8 KiB, more than any header that is read here.
    HeaderTooLarge,
    /// `alg` is absent, `none`, or an algorithm that Bearward does not verify.
    UnsupportedAlgorithm,
    /// `alg` is not in the issuer's allowlist.
    AlgorithmNotAllowed(Algorithm),
    /// `crit` is present: it names an extension that would have to be understood (RFC 7515 §4.1.11), and
    /// none is.
    CriticalHeader,
    /// `typ`, or a claim, says that this is another kind of JWT.
    WrongType,
    /// The JOSE header names another `signer` than the configured load balancer.
    ForeignSigner,
    /// The claims set is not a strict JSON object.
    Payload(JsonError),
    /// The authorization server says that the token is not active: unknown, expired or revoked (RFC 7662 §2.2).
    Inactive,
}

impl TokenError {
    fn code(self) -> &'static str {
        match self {
            Self::NotCompact => "token_malformed",
            Self::Encrypted => "token_encrypted",
            Self::Header(_) => "header_malformed",
            Self::HeaderTooLarge => "header_too_large",
            Self::UnsupportedAlgorithm => "algorithm_unsupported",
            Self::AlgorithmNotAllowed(_) => "algorithm_not_allowed",
            Self::CriticalHeader => "critical_header",
            Self::WrongType => "token_type_mismatch",
            Self::ForeignSigner => "signer_mismatch",
            Self::Payload(_) => "claims_malformed",
            Self::Inactive => "token_inactive",
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotCompact => "the access token is not a signed JWT in compact serialization",
            Self::Encrypted => "the access token is encrypted",
            Self::Header(_) => "the access token's header is malformed",
            Self::HeaderTooLarge => "the access token's header is too large",
            Self::UnsupportedAlgorithm => "the access token's algorithm is not supported",
            Self::AlgorithmNotAllowed(_) => "the access token's algorithm is not allowed",
            Self::CriticalHeader => "the access token needs an extension that is not supported",
            Self::WrongType => "the token is not an access token",
            Self::ForeignSigner => "the token was signed for another load balancer",
            Self::Payload(_) => "the access token's claims are malformed",
            Self::Inactive => "the access token is not active",
        })
    }
}

/// Stage 3: why the token's issuer is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssuerError {
    /// `iss` is absent.
    Missing,
    /// `iss` is not a string.
    Malformed,
    /// `iss` is not exactly one of the configured issuers.
    Unknown,
}

impl IssuerError {
    fn code(self) -> &'static str {
        match self {
            Self::Missing => "issuer_missing",
            Self::Malformed => "issuer_malformed",
            Self::Unknown => "issuer_unknown",
        }
    }
}

impl fmt::Display for IssuerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the access token has no issuer",
            Self::Malformed => "the access token's issuer is malformed",
            Self::Unknown => "the access token's issuer is not trusted",
        })
    }
}

/// Stage 4: why no key was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The issuer's keys, as they are now, hold none for the token's `kid` and `alg`.
    Unknown,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the access token's signing key is unknown")
    }
}

/// Stage 5: why the signature does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// It was not made by the key over these bytes.
    Invalid,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the access token's signature is invalid")
    }
}

/// Stage 6: which claim does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimsError {
    /// A mandatory claim is absent.
    Missing(&'static str),
    /// A claim has a type or value that its RFC does not allow.
    Malformed(&'static str),
    /// `exp` is past.
    Expired,
    /// `nbf` is still to come.
    NotYetValid,
    /// `iat` is still to come.
    IssuedInFuture,
    /// `iat` lies further back than the configured maximum age.
    TooOld,
    /// `aud` names none of the configured audiences.
    AudienceMismatch,
    /// There is no `aud`, and what is to take its place
    /// ([`AudienceSubstitute`](crate::AudienceSubstitute)) is absent or another.
    SubstituteMismatch,
    /// A custom validator refused.
    Custom(ValidatorError),
}

impl ClaimsError {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "claim_missing",
            Self::Malformed(_) => "claim_malformed",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::IssuedInFuture => "token_issued_in_future",
            Self::TooOld => "token_too_old",
            Self::AudienceMismatch => "audience_mismatch",
            Self::SubstituteMismatch => "audience_substitute_mismatch",
            Self::Custom(_) => "claim_rejected",
        }
    }
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(claim) => write!(f, "the access token has no claim {claim}"),
            Self::Malformed("exp") => write!(
                f,
                "the access token's claim exp is malformed: it must be a number of seconds since 1970, below {MILLISECONDS}",
            ),
            Self::Malformed(claim) => write!(f, "the access token's claim {claim} is malformed"),
            Self::Expired => f.write_str("the access token expired"),
            Self::NotYetValid => f.write_str("the access token is not valid yet"),
            Self::IssuedInFuture => f.write_str("the access token was issued in the future"),
            Self::TooOld => f.write_str("the access token was issued too long ago"),
            Self::AudienceMismatch => f.write_str("the access token is for another audience"),
            Self::SubstituteMismatch => f.write_str(
                "the access token has no audience, and was not issued to a client of this resource",
            ),
            Self::Custom(error) => error.fmt(f),
        }
    }
}

/// A custom validator's refusal.
///
/// Its text is the `error_description` the client gets, so it must tell nothing that the client may not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorError(Cow<'static, str>);

impl ValidatorError {
    /// A refusal with this description for the client.
    pub fn new(description: impl Into<Cow<'static, str>>) -> Self {
        Self(description.into())
    }
}

impl fmt::Display for ValidatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ValidatorError {}
