//! Cases that a target is known to fail, each with its reason. One that passes all the same is a problem too:
//! the list must not outlive what it excuses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::suite;

/// The exceptions of one target, from `exceptions.json`.
pub(crate) struct Exceptions(BTreeMap<String, String>);

impl Exceptions {
    pub(crate) fn read(target: &str) -> Self {
        let text = fs::read(suite::directory().join("exceptions.json")).unwrap();
        let mut targets: BTreeMap<String, BTreeMap<String, String>> =
            serde_json::from_slice(&text).expect("exceptions.json");
        Self(targets.remove(target).unwrap_or_else(|| panic!("exceptions.json knows no target {target:?}")))
    }

    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.0.keys().cloned().collect()
    }

    /// What is wrong with this outcome, if anything.
    pub(crate) fn judge(&self, case: &str, outcome: Result<(), String>) -> Option<String> {
        match (outcome, self.0.get(case)) {
            (Ok(()), None) | (Err(_), Some(_)) => None,
            (Err(difference), None) => Some(format!("{case}: {difference}")),
            (Ok(()), Some(reason)) => {
                Some(format!("{case}: holds, although it is listed as an exception: {reason}"))
            }
        }
    }
}

#[test]
fn an_exception_that_is_none_any_more_is_a_problem() {
    let reason = "because".to_owned();
    let exceptions = Exceptions(BTreeMap::from([("theme/listed".to_owned(), reason)]));
    let failed = || Err("differs".to_owned());
    assert_eq!(exceptions.judge("theme/other", Ok(())), None);
    assert_eq!(exceptions.judge("theme/other", failed()).as_deref(), Some("theme/other: differs"));
    assert_eq!(exceptions.judge("theme/listed", failed()), None);
    assert!(exceptions.judge("theme/listed", Ok(())).unwrap().ends_with("because"));
}
