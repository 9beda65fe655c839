//! A row of the core's table, as its JSON says it.

use bearward_core::trust::provider::named;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) title: String,
    /// The forms of `iss`.
    pub(super) issuers: Vec<String>,
    pub(super) audience: Audience,
    pub(super) client_id: Vec<String>,
    pub(super) scope: Option<ClaimPlace>,
    pub(super) roles: Vec<ClaimPlace>,
    pub(super) organization: Vec<ClaimPlace>,
    pub(super) access_tokens: String,
    pub(super) carried_in: Option<String>,
    pub(super) members: Vec<Member>,
    pub(super) quirks: Vec<String>,
}

/// Where a token says whom it is for.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Audience {
    Aud,
    ClientId(String),
    Origin(String),
    Nowhere,
}

#[derive(Deserialize)]
pub(super) struct ClaimPlace {
    pub(super) path: Vec<String>,
    pub(super) form: String,
}

/// A member of the preset's settings.
#[derive(Deserialize)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) need: String,
    pub(super) what: String,
    pub(super) found: String,
}

impl Row {
    pub(super) fn of(name: &str) -> Self {
        let facts = named(name).unwrap_or_else(|| panic!("{name} is no provider"));
        serde_json::from_value(serde_json::to_value(facts).unwrap()).unwrap()
    }
}
