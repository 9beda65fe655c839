//! Fetches that wait for JavaScript to run them.

use std::cell::RefCell;
use std::collections::HashMap;

use bearward_core::engine::FetchProgress;
use bearward_core::trust::{FetchAnswer, FetchError, FetchOutcome, InFlight};
use bearward_core::{Now, engine};
use http::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use napi_derive::napi;

/// A request for JavaScript to make, under a number to report it by: a `GET`, or a `POST` where there is a form.
#[napi(object)]
pub struct Fetch {
    /// The number.
    pub id: u32,
    /// The number of what requests wait for: the same for each step of a fetch.
    pub flight: u32,
    /// Who is asked.
    pub issuer: String,
    /// Whether it is asked about a token, and not for its metadata or keys.
    pub about_token: bool,
    /// The absolute URL. Redirects must not be followed.
    pub url: String,
    /// The value of `Accept`.
    pub accept: String,
    /// The value of `If-None-Match`.
    pub if_none_match: Option<String>,
    /// The value of `Authorization`. A secret.
    pub authorization: Option<String>,
    /// The body, of type `application/x-www-form-urlencoded`. A secret.
    pub form: Option<String>,
    /// Whether it goes to the configured scheme, host and port: only then may the operator's own headers go along.
    pub to_configured_origin: bool,
    /// Longest body to read, in bytes.
    pub max_bytes: u32,
}

/// The parts of an HTTP answer that are looked at.
#[napi(object)]
pub struct Answer {
    /// The status code.
    pub status: u32,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `ETag`.
    pub etag: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Age`.
    pub age: Option<String>,
}

/// How a flight goes on.
#[napi(object)]
#[derive(Default)]
pub struct FetchStep {
    /// With another fetch.
    pub next: Option<Fetch>,
    /// Not at all: the stable name of how it ended.
    pub code: Option<String>,
    /// Not at all, for this reason; with `keys`, which is 0 then, the key set was loaded and no key can be used.
    pub error: Option<String>,
    /// Not at all: this many keys are there.
    pub keys: Option<u32>,
    /// The keys of the set that are never used: place, `kid` and why.
    pub skipped: Option<Vec<String>>,
}

/// The flights under way. One that JavaScript never reports is given up when its time is over.
#[derive(Default)]
pub(crate) struct Flights {
    under_way: RefCell<HashMap<u32, engine::Fetch>>,
    /// What requests wait for, by number.
    flights: RefCell<HashMap<InFlight, u32>>,
    last_id: RefCell<u32>,
}

impl Flights {
    pub(crate) fn take_off(&self, fetch: engine::Fetch) -> Fetch {
        let flight = self.flight(&fetch.in_flight());
        let id = self.next_id();
        let request = fetch.request();
        let described = Fetch {
            id,
            flight,
            issuer: fetch.issuer().identifier().to_owned(),
            about_token: matches!(fetch, engine::Fetch::Introspection(_)),
            url: request.url.clone(),
            accept: request.accept.to_owned(),
            if_none_match: request.if_none_match.clone(),
            authorization: request.authorization.clone(),
            form: request.form.clone(),
            to_configured_origin: request.to_configured_origin,
            max_bytes: u32::try_from(request.max_bytes).unwrap_or(u32::MAX),
        };
        self.under_way.borrow_mut().insert(id, fetch);
        described
    }

    /// The number of what a request waits for.
    pub(crate) fn flight(&self, in_flight: &InFlight) -> u32 {
        let mut flights = self.flights.borrow_mut();
        if let Some(number) = flights.get(in_flight) {
            return *number;
        }
        flights.retain(|flight, _| !flight.has_ended());
        let number = self.next_id();
        flights.insert(in_flight.clone(), number);
        number
    }

    /// Once it has ended, nobody waits for it any more.
    fn forget(&self, in_flight: &InFlight) {
        if in_flight.has_ended() {
            self.flights.borrow_mut().remove(in_flight);
        }
    }

    fn next_id(&self) -> u32 {
        let mut last_id = self.last_id.borrow_mut();
        *last_id = last_id.wrapping_add(1);
        *last_id
    }

    pub(crate) fn answered(&self, id: u32, answer: &Answer, body: &[u8], now: Now) -> FetchStep {
        let Some(fetch) = self.land(id) else { return FetchStep::default() };
        let in_flight = fetch.in_flight();
        let step = self.step(fetch, answer, body, now);
        self.forget(&in_flight);
        step
    }

    fn step(&self, fetch: engine::Fetch, answer: &Answer, body: &[u8], now: Now) -> FetchStep {
        let headers = answer.headers();
        let status = u16::try_from(answer.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let Some(status) = status else {
            let why = FetchError::Transport;
            let code = Some(why.code().to_owned());
            fetch.failed(why, now);
            return FetchStep {
                code,
                error: Some("the status is not valid".to_owned()),
                ..FetchStep::default()
            };
        };
        match fetch.answered(FetchAnswer { status, headers: &headers, body }, now) {
            Ok(FetchProgress::Next(fetch) | FetchProgress::Elsewhere { next: fetch, .. }) => {
                FetchStep { next: Some(self.take_off(fetch)), ..FetchStep::default() }
            }
            Ok(FetchProgress::Finished(outcome)) => FetchStep {
                code: Some(outcome.code().to_owned()),
                error: outcome.unusable_keys(),
                ..match outcome {
                    FetchOutcome::Loaded { keys, skipped } => FetchStep {
                        keys: u32::try_from(keys).ok(),
                        skipped: Some(skipped.iter().map(ToString::to_string).collect()),
                        ..FetchStep::default()
                    },
                    _ => FetchStep::default(),
                }
            },
            Err(why) => FetchStep {
                code: Some(why.code().to_owned()),
                error: Some(why.to_string()),
                ..FetchStep::default()
            },
        }
    }

    pub(crate) fn failed(&self, id: u32, why: FetchError, now: Now) {
        if let Some(fetch) = self.land(id) {
            let in_flight = fetch.in_flight();
            fetch.failed(why, now);
            self.forget(&in_flight);
        }
    }

    fn land(&self, id: u32) -> Option<engine::Fetch> {
        self.under_way.borrow_mut().remove(&id)
    }
}

impl Answer {
    fn headers(&self) -> HeaderMap {
        let named = [
            (CONTENT_TYPE, &self.content_type),
            (ETAG, &self.etag),
            (CACHE_CONTROL, &self.cache_control),
            (AGE, &self.age),
        ];
        let parse = |(name, text): (HeaderName, &Option<String>)| {
            let value = HeaderValue::try_from(text.as_deref()?).ok()?;
            Some((name, value))
        };
        named.into_iter().filter_map(parse).collect()
    }
}
