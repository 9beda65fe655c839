//! The tools: notes that each subject keeps for itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::request::Parts;
use bearward_axum::AccessToken;
use rmcp::handler::server::common::{AsRequestContext, FromContextPart};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::schemars::{self, JsonSchema};
use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};
use serde::Deserialize;

/// The access token of the caller, for a tool: `async fn tool(&self, Caller(token): Caller)`.
///
/// The SDK passes the head of the HTTP request on to its tools, and Bearward's layer has put the token in there. Where no
/// layer did, there is no token and the call fails.
pub struct Caller(pub AccessToken);

impl<C: AsRequestContext> FromContextPart<C> for Caller {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        let head: Option<&Parts> = context.as_request_context().extensions.get();
        let token = head.and_then(|head| head.extensions.get::<AccessToken>());
        token.cloned().map(Self).ok_or_else(|| ErrorData::internal_error("the server is not protected", None))
    }
}

/// The notes of all subjects.
#[derive(Clone, Default)]
pub struct Notes(Arc<Mutex<HashMap<String, Vec<String>>>>);

/// The arguments of `add_note`.
#[derive(Deserialize, JsonSchema)]
struct Note {
    text: String,
}

#[tool_router]
impl Notes {
    #[tool(description = "Says who calls")]
    async fn whoami(&self, Caller(token): Caller) -> Result<String, ErrorData> {
        owner(&token)
    }

    #[tool(description = "Lists your notes")]
    async fn list_notes(&self, Caller(token): Caller) -> Result<String, ErrorData> {
        Ok(self.of_all().get(&owner(&token)?).map(|notes| notes.join("\n")).unwrap_or_default())
    }

    #[tool(description = "Adds a note to yours")]
    async fn add_note(
        &self,
        Caller(token): Caller,
        Parameters(note): Parameters<Note>,
    ) -> Result<String, ErrorData> {
        self.of_all().entry(owner(&token)?).or_default().push(note.text);
        Ok("added".to_owned())
    }

    fn of_all(&self) -> MutexGuard<'_, HashMap<String, Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tool_handler(name = "notes")]
impl ServerHandler for Notes {}

/// Whose notes they are. All tokens without a subject would be one owner, so they own nothing. With several issuers, the issuer
/// belongs to it.
fn owner(token: &AccessToken) -> Result<String, ErrorData> {
    let subject = token.subject().filter(|subject| !subject.is_empty());
    subject.map(str::to_owned).ok_or_else(|| ErrorData::invalid_request("the token names no subject", None))
}
