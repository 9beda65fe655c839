//! What the server remembers of clients, of requests that the user has not decided, and of codes.

use std::sync::Arc;

use super::pkce::CodeChallenge;
use super::redirect_uri::RedirectUri;
use super::registration::RegisteredClient;
use crate::grant::decision::Grant;
use crate::mint::random_base64url;
use crate::token_store::Bounded;

/// How long a code is good, in seconds; RFC 6749 §4.1.2 allows ten minutes, and a client needs none of them.
const CODE_SECONDS: i64 = 60;

/// How long the user may think, in seconds.
const QUESTION_SECONDS: i64 = 600;

/// Each of the memories holds as many; a person at one machine has no more clients.
const MEMORY: usize = 1000;

/// An authorization request that is in order.
#[derive(Debug)]
pub(crate) struct Authorization {
    pub(crate) client: Arc<RegisteredClient>,
    pub(crate) redirect_uri: RedirectUri,
    pub(crate) state: Option<String>,
    pub(crate) challenge: CodeChallenge,
    pub(crate) grant: Grant,
}

#[derive(Debug)]
pub(crate) struct CodeFlowStore {
    clients: Bounded<Arc<RegisteredClient>>,
    questions: Bounded<(i64, Authorization)>,
    codes: Bounded<Code>,
}

#[derive(Debug)]
enum Code {
    Fresh(i64, Box<Authorization>),
    /// It was presented before, and this access token came of it, if one did.
    Spent(Option<String>),
}

/// What a presented code is worth.
pub(crate) enum Redeemed {
    Authorization(Box<Authorization>),
    /// It is unknown or too old.
    Nothing,
    /// It was presented before: what came of it is to be revoked.
    Again(Option<String>),
}

impl Default for CodeFlowStore {
    fn default() -> Self {
        Self {
            clients: Bounded::with_memory(MEMORY),
            questions: Bounded::with_memory(MEMORY),
            codes: Bounded::with_memory(MEMORY),
        }
    }
}

impl CodeFlowStore {
    pub(crate) fn register(&mut self, client: RegisteredClient) {
        self.clients.insert(client.id.clone(), Arc::new(client));
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Arc<RegisteredClient>> {
        self.clients.get(id)
    }

    /// Keeps a request until the user decides; gives the handle of its page, which nothing else knows.
    pub(crate) fn ask(&mut self, authorization: Authorization, now: i64) -> String {
        let handle = random_base64url::<32>();
        self.questions.insert(handle.clone(), (now + QUESTION_SECONDS, authorization));
        handle
    }

    /// The request of this page, once.
    pub(crate) fn decided(&mut self, handle: &str, now: i64) -> Option<Authorization> {
        let (expiry, authorization) = self.questions.remove(handle)?;
        (now < expiry).then_some(authorization)
    }

    /// The code of a request that the user allowed.
    pub(crate) fn issue(&mut self, authorization: Authorization, now: i64) -> String {
        let code = random_base64url::<32>();
        self.codes.insert(code.clone(), Code::Fresh(now + CODE_SECONDS, Box::new(authorization)));
        code
    }

    /// What this code is worth. It is spent in any case.
    pub(crate) fn redeem(&mut self, code: &str, now: i64) -> Redeemed {
        let Some(entry) = self.codes.get_mut(code) else { return Redeemed::Nothing };
        match std::mem::replace(entry, Code::Spent(None)) {
            Code::Fresh(expiry, authorization) if now < expiry => Redeemed::Authorization(authorization),
            Code::Fresh(..) => Redeemed::Nothing,
            Code::Spent(token) => Redeemed::Again(token),
        }
    }

    /// Notes what came of a code.
    pub(crate) fn spent_on(&mut self, code: &str, token: &str) {
        if let Some(entry) = self.codes.get_mut(code) {
            *entry = Code::Spent(Some(token.to_owned()));
        }
    }
}
