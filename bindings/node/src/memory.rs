//! What one process remembers for itself, in places that several engines of it may share.

use std::rc::Rc;
use std::sync::Arc;

use bearward_core::check::Revocation;
use bearward_core::memory::{MemoryReplayStore, RevocationList};
use bearward_core::wire::NumericDate;
use napi::Result;
use napi_derive::napi;

use crate::error::invalid;
use crate::panic_guard::guard;
use crate::redacted::trouble;

/// The proofs that were used.
#[napi]
pub struct NativeReplayMemory {
    pub(crate) store: Rc<MemoryReplayStore>,
}

#[napi]
impl NativeReplayMemory {
    /// A memory of so many proofs.
    #[napi(constructor)]
    pub fn new(max_entries: u32) -> Self {
        Self { store: Rc::new(MemoryReplayStore::new(max_entries as usize)) }
    }
}

/// The tokens that are refused although they have not expired.
#[napi]
pub struct NativeRevocationList {
    pub(crate) list: Arc<RevocationList>,
}

#[napi]
impl NativeRevocationList {
    /// A list of so many revocations.
    #[napi(constructor)]
    pub fn new(max_entries: u32) -> Self {
        Self { list: Arc::new(RevocationList::new(max_entries as usize)) }
    }

    /// Refuses the tokens of a revocation, which is JSON, until then. Dates are in milliseconds since the epoch.
    #[napi]
    pub fn revoke(&self, revocation: String, expires_at: f64, date: f64) -> Result<()> {
        guard(|| {
            let revocation = read(&revocation)?;
            let expires_at = numeric_date(expires_at)?;
            let now = numeric_date(date)?;
            self.list.revoke(&revocation, expires_at, now).map_err(|full| invalid(full.to_string()))
        })
    }

    /// Takes a revocation back.
    #[napi]
    pub fn lift(&self, revocation: String) -> Result<()> {
        guard(|| {
            self.list.lift(&read(&revocation)?);
            Ok(())
        })
    }

    /// The key under which a revocation, which is JSON, stands in a store that machines share.
    #[napi]
    pub fn key_of(revocation: String) -> Result<String> {
        guard(|| Ok(read(&revocation)?.key().to_string()))
    }

    /// Revocations held now.
    #[napi(getter)]
    pub fn size(&self) -> u32 {
        u32::try_from(self.list.len()).unwrap_or(u32::MAX)
    }
}

fn read(json: &str) -> Result<Revocation> {
    serde_json::from_str(json).map_err(|error| invalid(format!("revocation: {}", trouble(&error))))
}

fn numeric_date(milliseconds: f64) -> Result<NumericDate> {
    NumericDate::from_seconds(milliseconds / 1000.0).ok_or_else(|| invalid("this is not a date".to_owned()))
}
