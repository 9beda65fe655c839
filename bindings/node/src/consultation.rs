//! Decisions that wait for what JavaScript's stores say.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use bearward_core::check::{ReplayOutcome, RevocationEntry};
use bearward_core::engine::Consultation;
use bearward_core::wire::NumericDate;
use napi_derive::napi;

/// What JavaScript is to ask, under a number to answer by. Dates are in milliseconds since the epoch.
#[napi(object)]
pub struct Consult {
    /// The number.
    pub id: u32,
    /// The keys to look up in the store of revocations.
    pub revocation_keys: Option<Vec<String>>,
    /// The proof to claim, once the token is known not to be revoked.
    pub claim: Option<ClaimWanted>,
}

/// A claim for the store of used proofs.
#[napi(object)]
pub struct ClaimWanted {
    /// What the proof is remembered by: 64 hexadecimal digits.
    pub key: String,
    /// Its `iat`.
    pub created_at: f64,
    /// When it need not be remembered any longer.
    pub expires_at: f64,
}

/// What stands in the store of revocations.
#[napi(object)]
pub struct Entry {
    /// Tokens issued from then on are spared, in milliseconds since the epoch; none, where it is left out.
    pub issued_before: Option<f64>,
}

/// A decision that waits.
pub(crate) struct Waiting {
    pub(crate) consultation: Consultation,
    /// What became of the claim, where that is known already.
    pub(crate) claim: Option<ReplayOutcome>,
}

#[derive(Default)]
pub(crate) struct Consultations {
    waiting: RefCell<HashMap<u32, Waiting>>,
    last_id: Cell<u32>,
}

impl Consultations {
    /// Keeps a decision until its answers come. `claim_there` says that a store of JavaScript's is to be asked
    /// about the proof.
    pub(crate) fn add(&self, waiting: Waiting, claim_there: bool) -> Consult {
        let id = self.last_id.get().wrapping_add(1);
        self.last_id.set(id);
        let keys =
            |query: &bearward_core::check::RevocationQuery| query.keys().map(ToString::to_string).collect();
        let claim = waiting.consultation.replay_claim().filter(|_| claim_there && waiting.claim.is_none());
        let consult = Consult {
            id,
            revocation_keys: waiting.consultation.revocation_query().map(keys),
            claim: claim.map(|claim| ClaimWanted {
                key: claim.key.to_string(),
                created_at: claim.created_at.seconds() * 1000.0,
                expires_at: claim.expires_at.seconds() * 1000.0,
            }),
        };
        self.waiting.borrow_mut().insert(id, waiting);
        consult
    }

    pub(crate) fn is_revoked(&self, id: u32, entries: &[RevocationEntry]) -> bool {
        let waiting = self.waiting.borrow();
        waiting.get(&id).is_some_and(|waiting| waiting.consultation.is_revoked_by(entries))
    }

    pub(crate) fn take(&self, id: u32) -> Option<Waiting> {
        self.waiting.borrow_mut().remove(&id)
    }
}

/// The entries, unless one of them is no date: then nobody can tell.
pub(crate) fn entries(parts: &[Entry]) -> Option<Vec<RevocationEntry>> {
    let read = |entry: &Entry| match entry.issued_before {
        None => Some(RevocationEntry::all()),
        Some(date) => NumericDate::from_seconds(date / 1000.0).map(RevocationEntry::before),
    };
    parts.iter().map(read).collect()
}
