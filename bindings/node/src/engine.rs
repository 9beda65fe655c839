//! The one class.

use std::rc::Rc;

use bearward_core::{Credential, Requirement};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use napi::bindgen_prelude::{Buffer, Either, Unknown};
use napi::{Env, Result};
use napi_derive::napi;

use crate::checker;
use crate::desk::{Desk, invalid};
use crate::fetch::{Answer, FetchStep};
use crate::panic_guard::guard;
use crate::settings::{IssuerSettings, Settings};
use crate::verdict::Verdict;

/// What decides for one `auth()`.
#[napi]
pub struct NativeEngine {
    desk: Rc<Desk>,
}

#[napi]
impl NativeEngine {
    /// Builds the engine of the settings, which are JSON. Throws what the operator must mend.
    #[napi(constructor)]
    pub fn new(settings: String) -> Result<Self> {
        guard(|| {
            let engine = Settings::read(&settings)
                .and_then(|config| config.build().map_err(|error| error.to_string()))
                .map_err(invalid)?;
            Ok(Self { desk: Rc::new(Desk::new(engine)) })
        })
    }

    /// Checks a requirement, which is JSON, and gives it a handle. Throws what is wrong with it.
    #[napi]
    pub fn register(&self, requirement: String) -> Result<u32> {
        guard(|| {
            let requirement: Requirement = serde_json::from_str(&requirement)
                .map_err(|error| invalid(format!("requirement: {error}")))?;
            let checked = requirement.check().map_err(|error| invalid(format!("requirement: {error}")))?;
            self.desk.register(checked)
        })
    }

    /// The facts a requirement needs of each request: `path:<name>`, `header:<name>` or `host`.
    #[napi]
    pub fn needs(&self, requirement: u32) -> Result<Vec<String>> {
        guard(|| self.desk.needs(requirement))
    }

    /// The function that decides about a request whose one credential is in its one `Authorization` header:
    /// `(authorization, date, requirement?, facts?)`. `date` is `Date.now()`.
    #[napi]
    pub fn checker<'e>(&self, env: &'e Env) -> Result<Unknown<'e>> {
        guard(|| checker::function(env, Rc::clone(&self.desk)))
    }

    /// Decides about a request that may hold its credential, or several, in other places too: all its
    /// `Authorization` headers, its query, and its form.
    #[napi]
    pub fn check_parts(
        &self,
        authorization: Vec<String>,
        query: Option<String>,
        form: Option<String>,
        date: f64,
        requirement: Option<u32>,
        facts: Option<Vec<Option<String>>>,
    ) -> Result<Either<u32, Verdict>> {
        guard(|| {
            let rules = self.desk.engine.credential_rules();
            let mut headers = HeaderMap::new();
            for value in &authorization {
                // Node hands over Latin-1 as text; beyond ASCII nothing is a credential.
                let value = HeaderValue::try_from(value.as_str());
                headers.append(AUTHORIZATION, value.unwrap_or(HeaderValue::from_static(",")));
            }
            let form = form.as_deref().map(str::as_bytes);
            let credential = Credential::extract(&headers, query.as_deref(), form, rules);
            self.desk.decide(credential, self.desk.now(date), requirement, facts.as_deref())
        })
    }

    /// Takes the resolver's word on an issuer: its settings as JSON, or nothing when it is not trusted.
    /// Throws when they cannot work.
    #[napi]
    pub fn resolved(&self, issuer: String, settings: Option<String>, date: f64) -> Result<()> {
        guard(|| {
            let config = settings.as_deref().map(IssuerSettings::read).transpose().map_err(invalid)?;
            self.desk
                .engine
                .resolved(&issuer, config, self.desk.now(date))
                .map_err(|error| invalid(error.to_string()))
        })
    }

    /// Takes the answer to a fetch.
    #[napi]
    pub fn fetch_answered(&self, id: u32, answer: Answer, body: Buffer, date: f64) -> Result<FetchStep> {
        guard(|| Ok(self.desk.flights.answered(id, &answer, &body, self.desk.now(date))))
    }

    /// No answer to a fetch came.
    #[napi]
    pub fn fetch_failed(&self, id: u32, date: f64) -> Result<()> {
        guard(|| {
            self.desk.flights.failed(id, self.desk.now(date));
            Ok(())
        })
    }

    /// The most requests that may wait for one fetch.
    #[napi(getter)]
    pub fn most_waiting(&self) -> u32 {
        u32::try_from(self.desk.engine.limits().waiting_requests).unwrap_or(u32::MAX)
    }
}

#[cfg(feature = "panic-injection")]
#[napi]
impl NativeEngine {
    /// Makes the next check panic.
    #[napi]
    pub fn panic_next(&self) {
        self.desk.arm();
    }
}
