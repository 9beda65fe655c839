//! The tools: notes that each subject keeps for itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bearward_axum::check::{CheckedRequirement, NoFacts};
use bearward_axum::requirement::scope;
use bearward_axum::wire::NumericDate;
use bearward_axum::{AccessToken, ConfigError, Failure};
use serde_json::{Value, json};

use crate::rpc::Fault;

pub(crate) const SCOPES: [&str; 2] = ["notes:read", "notes:write"];

/// Why a call has no result.
pub(crate) enum Unanswered {
    /// It is no call that a tool understands.
    Fault(Fault),
    /// The token may not make it.
    Refused(Failure),
}

/// The tools, what each needs, and the notes.
pub(crate) struct Toolbox {
    reading: CheckedRequirement,
    writing: CheckedRequirement,
    notes: Mutex<HashMap<String, Vec<String>>>,
}

impl Toolbox {
    pub(crate) fn new() -> Result<Self, ConfigError> {
        let [read, write] = SCOPES;
        let notes = Mutex::default();
        Ok(Self { reading: scope(read).check()?, writing: scope(write).check()?, notes })
    }

    pub(crate) fn list(&self) -> Value {
        let no_arguments = json!({ "type": "object", "additionalProperties": false });
        let text =
            json!({ "type": "object", "properties": { "text": { "type": "string" } }, "required": ["text"] });
        json!({ "tools": [
            { "name": "list_notes", "description": "Lists your notes", "inputSchema": no_arguments },
            { "name": "add_note", "description": "Adds a note to yours", "inputSchema": text },
        ] })
    }

    pub(crate) fn call(
        &self,
        params: &Value,
        token: &AccessToken,
        now: NumericDate,
    ) -> Result<Value, Unanswered> {
        let permitted = |needed: &CheckedRequirement| {
            needed.authorize(token.clone(), &NoFacts, now).map_err(Failure::from)
        };
        let owner = token.subject().unwrap_or_default().to_owned();
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        match (params["name"].as_str(), params["arguments"]["text"].as_str()) {
            (Some("list_notes"), _) => {
                permitted(&self.reading)?;
                Ok(text(&notes.get(&owner).map_or(String::new(), |notes| notes.join("\n"))))
            }
            (Some("add_note"), Some(note)) => {
                permitted(&self.writing)?;
                notes.entry(owner).or_default().push(note.to_owned());
                Ok(text("added"))
            }
            _ => Err(Fault::INVALID_PARAMS.into()),
        }
    }
}

fn text(text: &str) -> Value {
    json!({ "content": [{ "type": "text", "text": text }] })
}

impl From<Fault> for Unanswered {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}
