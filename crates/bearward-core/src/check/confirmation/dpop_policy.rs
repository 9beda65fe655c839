//! How DPoP (RFC 9449) is handled, as an operator says it.

use std::fmt;
use std::time::Duration;

use super::DpopNonces;
use crate::request::credential::DpopScheme;
use crate::token::algorithm::{Algorithm, AlgorithmSet};

/// How DPoP is handled. On by default, and not required.
///
/// ```
/// use bearward_core::check::{DpopNonces, DpopPolicy};
///
/// let every_token_is_bound = DpopPolicy::required();
/// let with_nonces = DpopPolicy::accepted().nonces(DpopNonces::random()?);
/// # Ok::<(), bearward_core::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct DpopPolicy {
    mode: DpopMode,
    pub(super) max_proof_age: Duration,
    pub(super) max_proof_future: Duration,
    algorithms: Vec<Algorithm>,
    pub(super) nonces: Option<DpopNonces>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DpopMode {
    Off,
    Accepted,
    Required,
}

/// The algorithms that proofs may be signed with unless told otherwise: those that clients use.
const ALGORITHMS: [Algorithm; 7] = [
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::EdDSA,
    Algorithm::Ed25519,
];

/// A store that remembers proofs must hold this much of them.
const MAX_PROOF_AGE: Duration = Duration::from_secs(3600);

const MAX_PROOF_FUTURE: Duration = Duration::from_secs(300);

/// DPoP cannot work with these settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DpopProblem {
    /// The age of proofs is out of its bounds.
    MaxProofAge,
    /// So far in the future no proof may be.
    MaxProofFuture,
    /// The list of algorithms is empty.
    NoAlgorithm,
    /// An algorithm in the list uses a shared secret.
    SecretAlgorithm,
}

impl DpopProblem {
    /// The member of the DPoP settings.
    pub(crate) const fn member(self) -> &'static str {
        match self {
            Self::MaxProofAge => "max_proof_age",
            Self::MaxProofFuture => "max_proof_future",
            Self::NoAlgorithm | Self::SecretAlgorithm => "algorithms",
        }
    }
}

impl fmt::Display for DpopProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MaxProofAge => "from a second to an hour",
            Self::MaxProofFuture => "at most five minutes",
            Self::NoAlgorithm => "the list of algorithms for DPoP proofs is empty",
            Self::SecretAlgorithm => {
                "a DPoP proof is signed with a private key; an HS algorithm has only a shared secret"
            }
        })
    }
}

impl std::error::Error for DpopProblem {}

impl Default for DpopPolicy {
    fn default() -> Self {
        Self::accepted()
    }
}

impl DpopPolicy {
    /// Bearer tokens and DPoP-bound ones are both accepted.
    pub fn accepted() -> Self {
        Self {
            mode: DpopMode::Accepted,
            max_proof_age: Duration::from_secs(300),
            max_proof_future: Duration::from_secs(30),
            algorithms: ALGORITHMS.to_vec(),
            nonces: None,
        }
    }

    /// Only DPoP-bound tokens are accepted.
    pub fn required() -> Self {
        Self { mode: DpopMode::Required, ..Self::accepted() }
    }

    /// The scheme `DPoP` is not looked at. Bound tokens are refused all the same.
    pub fn off() -> Self {
        Self { mode: DpopMode::Off, ..Self::accepted() }
    }

    /// The longest time since a proof's `iat`: five minutes unless set, an hour at most. Each proof is remembered
    /// for this long, so that it passes once.
    pub fn max_proof_age(mut self, age: Duration) -> Self {
        self.max_proof_age = age;
        self
    }

    /// How far a proof's `iat` may lie in the future, since clients' clocks are rarely looked after: 30 seconds
    /// unless set, five minutes at most.
    pub fn max_proof_future(mut self, tolerance: Duration) -> Self {
        self.max_proof_future = tolerance;
        self
    }

    /// The algorithms that proofs may be signed with.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Requires of every proof a nonce of these (RFC 9449 §9), so that no proof can be made ahead of its time.
    pub fn nonces(mut self, nonces: DpopNonces) -> Self {
        self.nonces = Some(nonces);
        self
    }

    /// For an engine whose memory of used proofs ends with its process.
    pub(crate) fn remembered_by_this_process(self) -> Self {
        Self { nonces: self.nonces.map(DpopNonces::since_this_process), ..self }
    }

    pub(crate) fn problems(&self) -> Vec<DpopProblem> {
        let all = [
            (
                self.max_proof_age < Duration::from_secs(1) || self.max_proof_age > MAX_PROOF_AGE,
                DpopProblem::MaxProofAge,
            ),
            (self.max_proof_future > MAX_PROOF_FUTURE, DpopProblem::MaxProofFuture),
            (self.algorithms.is_empty(), DpopProblem::NoAlgorithm),
            (
                self.algorithms.iter().any(|algorithm| !algorithm.is_asymmetric()),
                DpopProblem::SecretAlgorithm,
            ),
        ];
        all.into_iter().filter(|(is_met, _)| *is_met).map(|(_, problem)| problem).collect()
    }

    pub(crate) fn scheme(&self) -> DpopScheme {
        match self.mode {
            DpopMode::Off => DpopScheme::Ignore,
            DpopMode::Accepted | DpopMode::Required => DpopScheme::Accept,
        }
    }

    pub(crate) fn is_required(&self) -> bool {
        self.mode == DpopMode::Required
    }

    /// The accepted algorithms, none where DPoP is off, in the order of the table.
    pub(crate) fn accepted_algorithms(&self) -> AlgorithmSet {
        match self.mode {
            DpopMode::Off => AlgorithmSet::from_iter([]),
            DpopMode::Accepted | DpopMode::Required => self.algorithms.iter().copied().collect(),
        }
    }
}
