//! Whether a server evicts keys when its memory is full, and whether it has done so.
//!
//! An evicted key may be a used proof or a revocation that is still in force. `CONFIG SET` changes the policy at any
//! time and closes no connection, so the answer is read again while a connection is used
//! ([`Connection`](crate::connection::Connection)).

use bearward::store::StoreError;

use crate::error::unavailable;
use crate::info::field;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Memory {
    eviction: Eviction,
    /// How many keys the server process has evicted since it started.
    evicted_keys: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Eviction {
    Never,
    /// By this `maxmemory-policy`.
    By(String),
}

impl Memory {
    /// Reads the sections `memory` and `stats` of `INFO`.
    pub(crate) fn read(info: &str) -> Option<Self> {
        let eviction = match (field(info, "maxmemory")?, field(info, "maxmemory_policy")?) {
            ("0", _) | (_, "noeviction") => Eviction::Never,
            (_, policy) => Eviction::By(policy.to_owned()),
        };
        Some(Self { eviction, evicted_keys: field(info, "evicted_keys")?.parse().ok()? })
    }

    /// Refuses a server that evicts keys.
    pub(crate) fn keeps_keys(&self) -> Result<(), StoreError> {
        match &self.eviction {
            Eviction::Never => Ok(()),
            Eviction::By(policy) => Err(unavailable(format!(
                "maxmemory-policy is {policy}, which evicts used proofs and revocations; set noeviction"
            ))),
        }
    }

    pub(crate) const fn evicted_keys(&self) -> u64 {
        self.evicted_keys
    }
}

#[cfg(test)]
impl Memory {
    pub(crate) fn of(maxmemory_policy: &str, evicted_keys: u64) -> Self {
        Self::read(&format!(
            "maxmemory:1000\r\nmaxmemory_policy:{maxmemory_policy}\r\nevicted_keys:{evicted_keys}\r\n"
        ))
        .unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_and_a_policy_together_make_a_server_evict() {
        let read = |maxmemory: &str, policy: &str| {
            let info = format!("maxmemory:{maxmemory}\r\nmaxmemory_policy:{policy}\r\nevicted_keys:7\r\n");
            Memory::read(&info).unwrap()
        };
        assert_eq!(read("0", "allkeys-lru").keeps_keys(), Ok(()));
        assert_eq!(read("1000", "noeviction").keeps_keys(), Ok(()));
        let refusal = read("1000", "volatile-ttl").keeps_keys().unwrap_err().to_string();
        assert!(refusal.contains("maxmemory-policy is volatile-ttl"), "{refusal}");
        assert_eq!(read("0", "noeviction").evicted_keys(), 7);
    }

    #[test]
    fn an_answer_without_one_of_the_fields_is_not_read() {
        for missing in ["maxmemory:0", "maxmemory_policy:noeviction", "evicted_keys:0"] {
            let info =
                "maxmemory:0\r\nmaxmemory_policy:noeviction\r\nevicted_keys:0\r\n".replace(missing, "");
            assert_eq!(Memory::read(&info), None, "{missing}");
        }
    }
}
