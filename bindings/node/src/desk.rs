//! What decides for one `auth()`, shared by its class and its function.

use std::cell::RefCell;
use std::time::Instant;

use bearward_core::requirement::CheckedRequirement;
use bearward_core::{Check, Credential, CredentialError, Engine, Failure, Now, Outcome, Rejection, Route};
use napi::bindgen_prelude::Either;
use napi::{Error, Result, Status};

use crate::facts::{Registered, SentFacts};
use crate::fetch::Flights;
use crate::settings::millis;
use crate::verdict::{FailureFacts, Verdict};

/// What a check gives back for a token that may pass, when there is nothing else to say.
const ACCEPTED: u32 = 0;

/// The engine, and what JavaScript refers to by number.
pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) flights: Flights,
    /// A requirement's handle is its place here.
    requirements: RefCell<Vec<Registered>>,
    started: Instant,
    #[cfg(feature = "panic-injection")]
    armed: std::cell::Cell<bool>,
}

impl Desk {
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,
            flights: Flights::default(),
            requirements: RefCell::default(),
            started: Instant::now(),
            #[cfg(feature = "panic-injection")]
            armed: std::cell::Cell::new(false),
        }
    }

    /// Gives a requirement its handle.
    pub(crate) fn register(&self, requirement: CheckedRequirement) -> Result<u32> {
        let mut requirements = self.requirements.borrow_mut();
        requirements.push(Registered::new(requirement));
        u32::try_from(requirements.len() - 1).map_err(|_| invalid("too many requirements".to_owned()))
    }

    pub(crate) fn needs(&self, handle: u32) -> Result<Vec<String>> {
        Ok(registered(&self.requirements.borrow(), handle)?.needs())
    }

    pub(crate) fn decide(
        &self,
        credential: std::result::Result<Option<Credential<'_>>, CredentialError>,
        now: Now,
        requirement: Option<u32>,
        facts: Option<&[Option<String>]>,
    ) -> Result<Either<u32, Verdict>> {
        self.panic_if_armed();
        let credential = match credential {
            Ok(Some(credential)) => credential,
            Ok(None) => return Ok(self.failed(&Rejection::MissingCredential.into())),
            Err(error) => return Ok(self.failed(&error.into())),
        };
        let Check { outcome, fetch, .. } = match requirement {
            None => self.engine.check(&credential, Route::open(), now),
            Some(handle) => {
                let requirements = self.requirements.borrow();
                let registered = registered(&requirements, handle)?;
                let facts = SentFacts { registered, values: facts.unwrap_or_default() };
                self.engine.check(&credential, Route::requiring(&registered.requirement, &facts), now)
            }
        };
        let fetch = fetch.map(|fetch| self.flights.take_off(fetch));
        Ok(match (outcome, fetch) {
            (Outcome::Done(Ok(_)), None) => Either::A(ACCEPTED),
            (Outcome::Done(Ok(_)), Some(fetch)) => Either::B(Verdict::accepted(fetch)),
            (Outcome::Done(Err(failure)), fetch) => {
                Either::B(Verdict::failed(FailureFacts::of(&failure, &self.engine), fetch))
            }
            (Outcome::Wait, fetch) => Either::B(Verdict::wait(fetch)),
            (Outcome::Resolve(issuer), _) => Either::B(Verdict::resolve(issuer)),
        })
    }

    /// The calendar is JavaScript's, so that a test that sets `Date` sets it here too; ages are measured on
    /// the addon's own clock, which nobody sets. In a calendar that is broken, everything has expired.
    pub(crate) fn now(&self, date: f64) -> Now {
        let date = if date.is_finite() { date } else { f64::MAX };
        Now::new(millis(date), self.started.elapsed())
    }

    /// Makes the next check panic.
    #[cfg(feature = "panic-injection")]
    pub(crate) fn arm(&self) {
        self.armed.set(true);
    }

    fn failed(&self, failure: &Failure) -> Either<u32, Verdict> {
        Either::B(Verdict::failed(FailureFacts::of(failure, &self.engine), None))
    }

    #[cfg(feature = "panic-injection")]
    #[allow(clippy::panic)]
    fn panic_if_armed(&self) {
        if self.armed.take() {
            panic!("injected");
        }
    }

    #[cfg(not(feature = "panic-injection"))]
    #[allow(clippy::unused_self)]
    fn panic_if_armed(&self) {}
}

/// An error for what the caller must mend.
pub(crate) fn invalid(message: String) -> Error {
    Error::new(Status::InvalidArg, message)
}

fn registered(requirements: &[Registered], handle: u32) -> Result<&Registered> {
    let found = usize::try_from(handle).ok().and_then(|place| requirements.get(place));
    found.ok_or_else(|| invalid("no such requirement".to_owned()))
}
