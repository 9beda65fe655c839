//! The files, as the README of `tests/conformance/` describes them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use bearward_issuer::Algorithm;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provider {
    /// The file's name without its extension: the provider's name in the core's table.
    #[serde(skip)]
    pub(crate) name: String,
    #[serde(rename = "about")]
    _about: String,
    /// The preset, as settings name it; absent where there is none.
    pub(crate) provider: Option<Value>,
    pub(crate) settings: Option<Settings>,
    pub(crate) keys: BTreeMap<String, KeyKind>,
    #[serde(default)]
    pub(crate) documents: BTreeMap<String, Document>,
    #[serde(default)]
    pub(crate) sent_in: Option<String>,
    pub(crate) token: Token,
    pub(crate) reads: Reads,
    #[serde(default)]
    pub(crate) routes: Vec<RouteCase>,
    #[serde(default)]
    pub(crate) also_accepted: Vec<Other>,
    pub(crate) refused: Vec<Wrong>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum KeyKind {
    Pair(Algorithm),
    Secret { secret: String },
}

/// What a URL answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    #[serde(default = "ok")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) json: Option<Value>,
    pub(crate) text: Option<String>,
}

fn ok() -> u16 {
    200
}

/// The settings that the preset stands for, written out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) issuers: Vec<IssuerSettings>,
    #[serde(default)]
    pub(crate) audiences: Vec<String>,
    #[serde(default)]
    pub(crate) tokens_without_issuer: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuerSettings {
    pub(crate) issuer: String,
    pub(crate) metadata_url: Option<String>,
    pub(crate) jwks_uri: Option<String>,
    /// The name of a key, given as PEM.
    pub(crate) public_key: Option<String>,
    /// The ARN of the load balancer that makes the tokens.
    pub(crate) load_balancer: Option<String>,
    pub(crate) algorithms: Option<Vec<String>>,
    /// The name of a secret that signs beside the published keys.
    pub(crate) secret_beside_keys: Option<String>,
    #[serde(default)]
    pub(crate) require_claims: BTreeMap<String, Vec<Value>>,
    pub(crate) tokens_without_audience: Option<Substitute>,
    pub(crate) organization_claim: Option<OrganizationClaim>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Substitute {
    #[serde(default)]
    pub(crate) client_id: Vec<String>,
    #[serde(default)]
    pub(crate) azp: Vec<String>,
    #[serde(default)]
    pub(crate) claims: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationClaim {
    pub(crate) path: Value,
    #[serde(default)]
    pub(crate) several: bool,
}

/// A token, or what is different about one.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Token {
    pub(crate) sign: Option<String>,
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) signature: Option<SignatureForm>,
    pub(crate) padded: Option<bool>,
    pub(crate) write: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignatureForm {
    Absent,
    Der,
}

/// What a handler reads of the good token.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reads {
    subject: Option<String>,
    client_id: Option<String>,
    scopes: Vec<String>,
    organization: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteCase {
    pub(crate) requires: Value,
    /// `accepted`, or the code of the refusal.
    pub(crate) answer: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Other {
    pub(crate) name: String,
    pub(crate) token: Token,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wrong {
    pub(crate) name: String,
    pub(crate) token: Token,
    pub(crate) status: u16,
    pub(crate) code: String,
    /// The first hint; `null` where nothing is to be said beyond the code.
    pub(crate) hint: Option<Hint>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hint {
    /// The row of the table; `null` where everybody makes this mistake.
    pub(crate) provider: Option<String>,
    pub(crate) code: String,
}

/// Every file, by its name.
pub(crate) fn providers() -> Vec<Provider> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("conformance/providers");
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let text = fs::read(path).unwrap();
        let provider: Provider =
            serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Provider { name: path.file_stem().unwrap().to_string_lossy().into_owned(), ..provider }
    };
    paths.iter().map(read).collect()
}
