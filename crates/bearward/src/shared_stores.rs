//! Asks the stores that machines share what the engine wants to know.

use std::fmt;

use bearward_core::Now;
use bearward_core::check::{ReplayClaim, ReplayOutcome, RevocationEntry, RevocationQuery};
use bearward_core::engine::{Consultation, StoreAnswers};
use bearward_core::trust::Limits;

use crate::operator_call::{Trouble, ask_store};
use crate::store::{IntrospectionStore, ReplayStore, RevocationStore};

/// The stores of a resource server; empty if this process has its own memory.
#[derive(Default)]
pub(crate) struct SharedStores {
    pub(crate) replays: Option<Box<dyn ReplayStore>>,
    pub(crate) revocations: Option<Box<dyn RevocationStore>>,
    pub(crate) introspections: Option<Box<dyn IntrospectionStore>>,
}

impl SharedStores {
    /// The stores that there are, by the names of the settings.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let stores = [
            ("replay_store", self.replays.is_some()),
            ("revocation_store", self.revocations.is_some()),
            ("introspection_store", self.introspections.is_some()),
        ];
        stores.into_iter().filter_map(|(name, is_shared)| is_shared.then_some(name)).collect()
    }

    /// What the stores say; nothing in the place of an answer that did not come, which refuses the request, and why
    /// it did not.
    pub(crate) async fn answer(
        &self,
        consultation: &Consultation,
        now: Now,
        limits: &Limits,
    ) -> (StoreAnswers, Option<Trouble>) {
        let mut answers = StoreAnswers::default();
        let trouble = self.ask(consultation, &mut answers, now, limits).await.err();
        (answers, trouble)
    }

    async fn ask(
        &self,
        consultation: &Consultation,
        answers: &mut StoreAnswers,
        now: Now,
        limits: &Limits,
    ) -> Result<(), Trouble> {
        if let Some(query) = consultation.revocation_query() {
            answers.revocations = self.entries(query, limits).await?;
            // A request that is refused anyway needs no proof to be remembered.
            let passes = |entries: &Vec<_>| !consultation.is_revoked_by(entries);
            if !answers.revocations.as_ref().is_some_and(passes) {
                return Ok(());
            }
        }
        if let Some(claim) = consultation.replay_claim() {
            answers.claim = self.claim(*claim, now, limits).await?;
        }
        Ok(())
    }

    async fn entries(
        &self,
        query: &RevocationQuery,
        limits: &Limits,
    ) -> Result<Option<Vec<RevocationEntry>>, Trouble> {
        let Some(store) = &self.revocations else { return Ok(None) };
        let entries = ask_store("the revocation store", async { store.entries(query).await }, limits).await?;
        Ok(Some(entries))
    }

    async fn claim(
        &self,
        claim: ReplayClaim,
        now: Now,
        limits: &Limits,
    ) -> Result<Option<ReplayOutcome>, Trouble> {
        let Some(store) = &self.replays else { return Ok(None) };
        let ReplayClaim { key, created_at, expires_at, .. } = claim;
        // Asked within the future, so that a store that panics before it gives one is caught too.
        let call = async { store.claim(key, created_at, expires_at, now.date()).await };
        Ok(Some(ask_store("the replay store", call, limits).await?))
    }
}

impl fmt::Debug for SharedStores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStores")
            .field("replays", &self.replays.is_some())
            .field("revocations", &self.revocations.is_some())
            .field("introspections", &self.introspections.is_some())
            .finish()
    }
}
