//! Warns of a number of replicas with which a failover lets a proof pass twice, or ends the service.
//!
//! - Without `min-replicas-to-write`, a master that is cut off from its replicas goes on granting claims while
//!   another one is promoted.
//! - With it, and one replica, the promoted replica has no replica itself, and refuses every write.

use crate::info::field;

/// What is wrong with the replicas that the section `replication` of `INFO` tells of.
pub(crate) fn warning(info: &str) -> Option<&'static str> {
    let count = |name| field(info, name).and_then(|count| count.parse::<u64>().ok());
    // The server names the second field only where min-replicas-to-write and min-replicas-max-lag are set.
    match (count("connected_slaves")?, count("min_slaves_good_slaves")) {
        (0, None) => None,
        (_, None) => Some(
            "the Redis master has replicas and no min-replicas-to-write: cut off from them, it would go on \
             granting DPoP proofs that its successor grants too; set min-replicas-to-write",
        ),
        (_, Some(1)) => Some(
            "the Redis master has one replica in sync and min-replicas-to-write is set: after a failover its \
             successor would refuse every write; give each master two replicas",
        ),
        (_, Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_that_a_failover_needs_and_does_not_have_are_warned_of() {
        for (connected, good, says) in [
            (0, None, None),
            (1, None, Some("set min-replicas-to-write")),
            (1, Some(1), Some("two replicas")),
            (2, Some(1), Some("two replicas")),
            (2, Some(2), None),
            (0, Some(0), None),
        ] {
            let good = good.map_or(String::new(), |good: u32| format!("min_slaves_good_slaves:{good}\r\n"));
            let info = format!("role:master\r\nconnected_slaves:{connected}\r\n{good}");
            let warning = warning(&info);
            assert_eq!(warning.is_some(), says.is_some(), "{info}");
            assert!(says.is_none_or(|says| warning.is_some_and(|text| text.contains(says))), "{info}");
        }
    }
}
