//! The one table of refusals, shared with the conformance suite: a test names a row, and status, challenge,
//! body and code are compared with it to the last byte.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bearward::{Answer, Failure};
use http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Deserialize;

/// A row of `tests/conformance/refusals.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) challenge: Option<String>,
    pub(crate) body: String,
}

static TABLE: LazyLock<BTreeMap<String, Refusal>> = LazyLock::new(|| {
    let text = include_str!("../../../../tests/conformance/refusals.json");
    serde_json::from_str(text).expect("the table of refusals is JSON")
});

impl Refusal {
    /// The row of this name.
    #[track_caller]
    pub(crate) fn named(name: &str) -> &'static Self {
        TABLE.get(name).unwrap_or_else(|| panic!("no row {name:?} in refusals.json"))
    }
}

/// The answer is exactly this row of the table, and so is the failure that caused it.
#[track_caller]
pub(crate) fn assert_refusal(name: &str, failure: &Failure, answer: &Answer, case: &str) {
    let row = Refusal::named(name);
    let challenge = answer.headers.get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
    assert_eq!(failure.code(), row.code, "{case}");
    assert_eq!(answer.status.as_u16(), row.status, "{case}");
    assert_eq!(challenge, row.challenge.as_deref(), "{case}");
    assert_eq!(String::from_utf8_lossy(&answer.body), row.body, "{case}");
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store", "{case}");
    let retry_after = answer.headers.get(RETRY_AFTER).map(|value| value.to_str().unwrap().parse::<u64>());
    match row.status {
        503 => assert!(matches!(retry_after, Some(Ok(1..=60))), "{case}: {retry_after:?}"),
        _ => assert_eq!(retry_after, None, "{case}"),
    }
}
