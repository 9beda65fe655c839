//! The HTTP side of an [`IntrospectionCall`], and answers that machines share.
//!
//! Before the call a shared store is asked for the answer; after it, the store is given the answer to keep. An answer
//! is too old when either who shared it or who takes it would keep its own no longer. A store that fails, panics, or
//! holds what is of no use, costs a call, never a decision.

use std::fmt;
use std::time::Duration;

use bearward_core::Now;
use bearward_core::memory::IntrospectionCall;
use bearward_core::trust::{FetchAnswer, FetchOutcome, Limits};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::Client;

use crate::clock::Clock;
use crate::fetch::{self, Failed};
use crate::log::Log;
use crate::operator_call::{Trouble, ask_store};
use crate::store::{IntrospectionKey, IntrospectionStore};

/// The first byte of what is stored: another version of Bearward may write it in another way.
const FORMAT: u8 = 1;

/// What the log calls the store.
const STORE: &str = "the introspection store";

/// An answer as it is stored.
#[derive(PartialEq)]
struct SharedAnswer {
    /// When the server gave it, since 1970.
    said: Duration,
    /// For how long it may be used.
    keep_for: Duration,
    status: StatusCode,
    content_type: Option<HeaderValue>,
    body: Vec<u8>,
}

/// An answer that is still to be stored.
pub(crate) struct Unshared {
    key: IntrospectionKey,
    answer: SharedAnswer,
}

/// Takes the answer that another machine was given, or asks for one.
pub(crate) async fn run(
    mut call: IntrospectionCall,
    store: Option<&dyn IntrospectionStore>,
    client: &Client,
    limits: &Limits,
    clock: &Clock,
    log: &Log,
) -> (Result<FetchOutcome, Failed>, Option<Unshared>) {
    let key = IntrospectionKey::from_hash(*call.answer_name());
    if let Some(store) = store.filter(|_| call.accepts_shared_answer())
        && let Some(shared) = find(store, key, limits).await.unwrap_or_else(|trouble| {
            log.introspection_store(&trouble, clock.now());
            None
        })
        && let Some(age) = shared.age(clock.now())
    {
        match take(call, &shared, age, clock.now()) {
            Ok(outcome) => return (Ok(outcome), None),
            Err(unanswered) => call = *unanswered,
        }
    }
    let url = call.request().shown_url();
    let (status, headers, body) = match fetch::send(client, call.request(), HeaderMap::new(), limits).await {
        Ok(answer) => answer,
        Err((why, cause)) => {
            call.failed(why.clone(), clock.now());
            return (Err(Failed { url, why, cause }), None);
        }
    };
    let now = clock.now();
    let result = call.answered(FetchAnswer { status, headers: &headers, body: &body }, now);
    let result = result.map_err(|why| Failed { url, why, cause: None });
    let unshared = match (&result, store) {
        (Ok(FetchOutcome::Introspected { keep_for }), Some(_)) => {
            let (said, content_type) = (since_1970(now), headers.get(CONTENT_TYPE).cloned());
            let answer = SharedAnswer { said, keep_for: *keep_for, status, content_type, body };
            Some(Unshared { key, answer })
        }
        _ => None,
    };
    (result, unshared)
}

impl Unshared {
    /// Gives the answer to the store, when no request waits any more.
    pub(crate) async fn share(self, store: &dyn IntrospectionStore, limits: &Limits) -> Result<(), Trouble> {
        let Self { key, answer } = self;
        ask_store(STORE, async { store.keep(key, answer.write(), answer.keep_for).await }, limits).await
    }
}

async fn find(
    store: &dyn IntrospectionStore,
    key: IntrospectionKey,
    limits: &Limits,
) -> Result<Option<SharedAnswer>, Trouble> {
    let bytes = ask_store(STORE, async { store.find(key).await }, limits).await?;
    Ok(bytes.and_then(|bytes| SharedAnswer::read(&bytes)))
}

/// Gives the call back where the answer does not do for this resource server.
fn take(
    call: IntrospectionCall,
    shared: &SharedAnswer,
    age: Duration,
    now: Now,
) -> Result<FetchOutcome, Box<IntrospectionCall>> {
    let named = shared.content_type.clone().map(|value| (CONTENT_TYPE, value));
    let headers: HeaderMap = named.into_iter().collect();
    let answer = FetchAnswer { status: shared.status, headers: &headers, body: &shared.body };
    call.answered_before(answer, age, now)
}

fn since_1970(now: Now) -> Duration {
    // To the millisecond: a date of today has no room for much more.
    let seconds = Duration::try_from_secs_f64(now.date().seconds()).unwrap_or(Duration::ZERO);
    Duration::from_millis((seconds.as_micros() + 500) as u64 / 1000)
}

impl SharedAnswer {
    /// How old it is by now; `None` if it is too old for the process that shared it. Whether it is for whoever takes
    /// it, the call tells.
    fn age(&self, now: Now) -> Option<Duration> {
        // The clocks of two machines differ a little: what comes from the future is new.
        let age = since_1970(now).saturating_sub(self.said);
        (age < self.keep_for).then_some(age)
    }

    fn write(&self) -> Vec<u8> {
        let content_type = self.content_type.as_ref().map(HeaderValue::as_bytes).unwrap_or_default();
        let mut bytes = vec![FORMAT];
        bytes.extend(millis(self.said).to_be_bytes());
        bytes.extend(millis(self.keep_for).to_be_bytes());
        bytes.extend(self.status.as_u16().to_be_bytes());
        bytes.extend((content_type.len() as u64).to_be_bytes());
        bytes.extend(content_type);
        bytes.extend(&self.body);
        bytes
    }

    /// `None` for an entry that this crate did not write.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (&[FORMAT], rest) = bytes.split_first_chunk()? else { return None };
        let (said, rest) = rest.split_first_chunk()?;
        let (keep_for, rest) = rest.split_first_chunk()?;
        let (status, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (content_type, body) =
            rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
        Some(Self {
            said: Duration::from_millis(u64::from_be_bytes(*said)),
            keep_for: Duration::from_millis(u64::from_be_bytes(*keep_for)),
            status: StatusCode::from_u16(u16::from_be_bytes(*status)).ok()?,
            content_type: match content_type {
                [] => None,
                text => Some(HeaderValue::from_bytes(text).ok()?),
            },
            body: body.to_vec(),
        })
    }
}

impl fmt::Debug for SharedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedAnswer")
            .field("said", &self.said)
            .field("keep_for", &self.keep_for)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> SharedAnswer {
        SharedAnswer {
            said: Duration::from_millis(1_700_000_000_125),
            keep_for: Duration::from_secs(60),
            status: StatusCode::OK,
            content_type: Some(HeaderValue::from_static("application/json")),
            body: br#"{"active":true}"#.to_vec(),
        }
    }

    fn at(millis: u64) -> Now {
        Now::new(Duration::from_millis(1_700_000_000_000 + millis), Duration::ZERO)
    }

    #[test]
    fn claims_do_not_show_in_debug_output() {
        let shown = format!("{:?}", answer());
        assert!(shown.contains("status: 200") && !shown.contains("body"), "{shown}");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let refusal =
            SharedAnswer { status: StatusCode::NO_CONTENT, content_type: None, body: vec![], ..answer() };
        for answer in [answer(), refusal] {
            assert_eq!(SharedAnswer::read(&answer.write()), Some(answer));
        }
    }

    #[test]
    fn what_nobody_has_written_is_no_answer() {
        let whole = answer().write();
        let head = whole.len() - answer().body.len();
        for length in 0..head {
            assert_eq!(SharedAnswer::read(&whole[..length]), None, "cut after {length} bytes");
        }
        let with = |at: usize, byte: u8| {
            let mut changed = whole.clone();
            changed[at] = byte;
            SharedAnswer::read(&changed)
        };
        assert_eq!(with(0, 2), None, "another format");
        assert_eq!(with(17, 0xff), None, "no status");
        assert_eq!(with(19, 0xff), None, "longer than there is");
        assert_eq!(with(27, b'\n'), None, "no header");
    }

    #[test]
    fn an_answer_ages_and_ends() {
        assert_eq!(answer().age(at(125)), Some(Duration::ZERO));
        assert_eq!(answer().age(at(0)), Some(Duration::ZERO), "the other machine is ahead");
        assert_eq!(answer().age(at(30_125)), Some(Duration::from_secs(30)));
        assert_eq!(answer().age(at(60_000)), Some(Duration::from_millis(59_875)));
        assert_eq!(answer().age(at(60_125)), None);
    }
}
