//! The one table of refusals, shared with the conformance suite: a test names a row, and status, challenge,
//! body and code are compared with it to the last byte.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

/// A row of `tests/conformance/refusals.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) challenges: Vec<String>,
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
pub(crate) fn assert_refusal(
    name: &str,
    code: &str,
    (status, headers, body): (StatusCode, &HeaderMap, &[u8]),
    case: &str,
) {
    let row = Refusal::named(name);
    let challenges: Vec<_> =
        headers.get_all(WWW_AUTHENTICATE).iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(code, row.code, "{case}");
    assert_eq!(status.as_u16(), row.status, "{case}");
    assert_eq!(challenges, row.challenges, "{case}");
    assert_eq!(String::from_utf8_lossy(body), row.body, "{case}");
    assert_eq!(headers[CONTENT_TYPE], "application/json", "{case}");
    assert_eq!(headers[CACHE_CONTROL], "no-store", "{case}");
    let retry_after = headers.get(RETRY_AFTER).map(|value| value.to_str().unwrap().parse::<u64>());
    match row.status {
        503 => assert!(matches!(retry_after, Some(Ok(1..=60))), "{case}: {retry_after:?}"),
        _ => assert_eq!(retry_after, None, "{case}"),
    }
}
