//! What is known of introspected tokens, and which are being asked about.
//!
//! 1. A token is known by its hash. Nothing here can be turned back into one.
//! 2. The first request for a token gets the ticket for the call; the others wait for it. A ticket that is dropped
//!    leaves the call to the next; the second in a row that is counts as a failure, since whatever ended it may end the
//!    next as well.
//! 3. An answer serves everyone for at least a second and never longer than its time. A failure is remembered
//!    for a second. While calls go unanswered one after the other, only one is let through at a time, a second
//!    apart.
//! 4. Entries, bytes and calls are bounded. What would run out first gives way first; a call under way never does.
//! 5. A quarter of the calls is kept for tokens in use, which the server has called active, and a quarter for the
//!    others, so that neither shuts the other out. Within each, calls go to those who ask first.
//! 6. While others use the calls up, a token in use passes for a little longer than its time, by its last answer. An
//!    answer that it is inactive, or a call that failed, ends that at once.
//!
//! Does not check: whether a token found here still holds. That is the caller's to look at on every hit.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::check::validation::Validated;
use crate::check::validation::ValidatedToken;
use crate::memory::occupancy::Occupancy;
use crate::trust::fetch_outcome::{FailedFetch, FetchError};
use crate::trust::in_flight::InFlight;
use crate::trust::introspection::{Answered, IntrospectionError};
use crate::trust::limits::Limits;
use crate::wire::time::Now;

/// How long a failed call is remembered, and how long the pause is between calls that are not answered.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// After so many calls without an answer in a row, the server is treated as down.
const SILENCE: u32 = 5;

/// One in so many calls is kept for tokens in use, and one for the others.
const KEPT_CALLS: usize = 4;

/// How long it is known that an expired entry's token was in use: until its client comes again.
const USE: Duration = Duration::from_secs(10);

/// About what an entry takes beside its content, in both maps.
const ENTRY_BYTES: usize = 256;

/// What a token is known by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TokenHash(pub(crate) [u8; 32]);

#[derive(Debug)]
pub(crate) struct Cache {
    max_entries: usize,
    max_bytes: usize,
    max_calls: usize,
    /// How long an active answer serves beyond its time while no call is to be had.
    bridge: Duration,
    call_timeout: Duration,
    /// Held for a look or a change in memory, never for more.
    machine: Mutex<Machine>,
}

#[derive(Debug, Default)]
struct Machine {
    entries: HashMap<TokenHash, Entry>,
    /// The entries in the order in which they are of no use any more.
    order: BTreeSet<(Duration, TokenHash)>,
    bytes: usize,
    calls: HashMap<TokenHash, Call>,
    last_call: u64,
    /// Calls in a row that were not answered.
    silent: u32,
    quiet_until: Duration,
    /// For an operator's page alone.
    last_failure: Option<FailedFetch>,
}

#[derive(Debug)]
struct Entry {
    state: State,
    until: Duration,
    /// Until when it is of use, though it has run out.
    keep_until: Duration,
    bytes: usize,
    usage: Usage,
}

/// Whether the last answer about a token that told anything called it active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usage {
    Unknown,
    InUse,
}

/// What is known of a token.
#[derive(Debug, Clone)]
pub(crate) enum State {
    /// The server has answered, and its answer was not validated yet, or is not valid.
    Answered(Arc<Answered>),
    /// The answer was validated.
    Active(ValidatedToken),
    /// The server calls it inactive.
    Inactive,
    /// There is no answer that can be used.
    Failed(IntrospectionError),
    /// A call was dropped.
    Abandoned,
    /// The key that signed the answer was withdrawn.
    Lost,
}

#[derive(Debug, Clone)]
struct Call {
    id: u64,
    started: Duration,
    /// Whether the call before was dropped.
    before: Before,
    usage: Usage,
    in_flight: InFlight,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Abandoned,
}

/// Whether an answer that another machine was given will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SharedAnswers {
    Accepted,
    /// The last answer was of no use, and may be the one that is shared.
    Refused,
}

/// What a look into the cache finds.
#[derive(Debug)]
pub(crate) enum Found {
    Answered(Arc<Answered>),
    Active(ValidatedToken),
    Inactive,
    Failed(IntrospectionError, Duration),
    /// Somebody is asking: look again when this has ended.
    UnderWay(InFlight),
    /// No request has asked recently.
    Nothing,
}

/// Tells a caller whether it may send the introspection request now.
#[derive(Debug)]
pub(crate) enum Turn {
    Call(Ticket),
    /// Look again: somebody else has called meanwhile, or is about to.
    LookAgain,
    /// As many calls as may be are under way. What the server said last may serve meanwhile, if it is there.
    TooMany(Option<ValidatedToken>),
    /// The server does not answer of late.
    Pause(Duration),
}

/// The right, and the duty, to ask about a token once.
#[derive(Debug)]
pub(crate) struct Ticket {
    cache: Arc<Cache>,
    hash: TokenHash,
    id: u64,
    shared: SharedAnswers,
    in_flight: InFlight,
}

/// How a call ended.
#[derive(Debug)]
pub(crate) enum Landing {
    Answered(Answered),
    Inactive {
        until: Duration,
    },
    /// An answer came, and it is of no use.
    Useless(IntrospectionError),
    /// No answer came, for this reason.
    Silence(FetchError),
}

impl Cache {
    pub(crate) fn new(limits: &Limits, bridge: Duration) -> Arc<Self> {
        Arc::new(Self {
            max_entries: limits.max_introspected_tokens.max(limits.max_introspection_calls),
            max_bytes: limits.max_introspected_token_bytes,
            max_calls: limits.max_introspection_calls,
            bridge,
            // A look into a shared store, one request, and a second for the driver.
            call_timeout: limits.fetch_timeout.saturating_mul(2).saturating_add(Duration::from_secs(1)),
            machine: Mutex::default(),
        })
    }

    pub(crate) fn look(&self, hash: &TokenHash, uptime: Duration) -> Found {
        let machine = self.machine();
        if let Some(entry) = machine.entries.get(hash).filter(|entry| uptime < entry.until) {
            match &entry.state {
                State::Answered(answered) => return Found::Answered(Arc::clone(answered)),
                State::Active(token) => return Found::Active(token.clone()),
                State::Inactive => return Found::Inactive,
                State::Failed(why) => return Found::Failed(*why, entry.until - uptime),
                State::Abandoned | State::Lost => {}
            }
        }
        match machine.calls.get(hash) {
            Some(call) if !self.is_lost(call, uptime) => Found::UnderWay(call.in_flight.clone()),
            _ => Found::Nothing,
        }
    }

    /// Wants to call about a token of which nothing is known.
    pub(crate) fn take_turn(self: &Arc<Self>, hash: &TokenHash, uptime: Duration) -> Turn {
        let mut machine = self.machine();
        if let Some(lost) = machine.calls.get(hash).filter(|call| self.is_lost(call, uptime)).cloned() {
            machine.abandon(hash, &lost, uptime, self);
        }
        let before = match machine.entries.get(hash).filter(|entry| uptime < entry.until) {
            None | Some(Entry { state: State::Lost, .. }) => Before::Nothing,
            Some(Entry { state: State::Abandoned, .. }) => Before::Abandoned,
            Some(_) => return Turn::LookAgain,
        };
        if machine.calls.contains_key(hash) {
            return Turn::LookAgain;
        }
        let usage = machine.entries.get(hash).map_or(Usage::Unknown, |entry| entry.usage);
        if !self.has_call_for(usage, &machine) {
            machine.calls.retain(|_, call| {
                let lost = self.is_lost(call, uptime);
                if lost {
                    call.in_flight.end();
                }
                !lost
            });
        }
        if !self.has_call_for(usage, &machine) {
            return Turn::TooMany(machine.bridge(hash, self.bridge, uptime));
        }
        if machine.silent >= SILENCE && (uptime < machine.quiet_until || !machine.calls.is_empty()) {
            let pause = machine.quiet_until.saturating_sub(uptime);
            return Turn::Pause(if pause.is_zero() { PAUSE } else { pause });
        }
        let shared = match machine.entries.get(hash).map(|entry| &entry.state) {
            Some(State::Failed(_) | State::Lost) => SharedAnswers::Refused,
            _ => SharedAnswers::Accepted,
        };
        machine.forget(hash);
        machine.last_call += 1;
        let id = machine.last_call;
        let in_flight = InFlight::start();
        let call = Call { id, started: uptime, before, usage, in_flight: in_flight.clone() };
        machine.calls.insert(*hash, call);
        Turn::Call(Ticket { cache: Arc::clone(self), hash: *hash, id, shared, in_flight })
    }

    /// An answer was validated.
    pub(crate) fn activate(&self, hash: &TokenHash, token: ValidatedToken, until: Duration) {
        self.machine().put(*hash, State::Active(token), Usage::InUse, until, self);
    }

    /// A signed answer turned out to say that the token is inactive.
    pub(crate) fn deactivate(&self, hash: &TokenHash, until: Duration) {
        self.machine().put(*hash, State::Inactive, Usage::Unknown, until, self);
    }

    /// A signed answer turned out to be of no use.
    pub(crate) fn fail(&self, hash: &TokenHash, why: IntrospectionError, now: Now) {
        let until = now.uptime().saturating_add(PAUSE);
        let mut machine = self.machine();
        let usage = machine.entries.get(hash).map_or(Usage::Unknown, |entry| entry.usage);
        machine.put(*hash, State::Failed(why), usage, until, self);
        machine.note_failure(FetchError::Introspection(why), now.uptime());
    }

    /// The server cannot be asked: nothing says where, or nothing that can be used.
    pub(crate) fn note_failure(&self, why: IntrospectionError, uptime: Duration) {
        self.machine().note_failure(FetchError::Introspection(why), uptime);
    }

    /// Why the server could not be asked last, or its answer not be used, however long ago.
    pub(crate) fn last_failure(&self) -> Option<FailedFetch> {
        self.machine().last_failure.clone()
    }

    /// Forgets a token whose key is withdrawn, unless something newer is known of it.
    pub(crate) fn forget(&self, hash: &TokenHash, token: &ValidatedToken, uptime: Duration) {
        let mut machine = self.machine();
        let is_it = |entry: &Entry| match &entry.state {
            State::Active(own) => std::ptr::eq(own.content(), token.content()),
            _ => false,
        };
        if machine.entries.get(hash).is_some_and(is_it) {
            machine.put(*hash, State::Lost, Usage::InUse, uptime.saturating_add(PAUSE), self);
        }
    }

    /// Whether one more call may be made about a token that is in use, or that is not.
    fn has_call_for(&self, usage: Usage, machine: &Machine) -> bool {
        let most_of_a_kind = self.max_calls - self.max_calls / KEPT_CALLS;
        machine.calls.len() < self.max_calls
            && (machine.calls.len() < most_of_a_kind
                || machine.calls.values().filter(|call| call.usage == usage).count() < most_of_a_kind)
    }

    fn is_lost(&self, call: &Call, uptime: Duration) -> bool {
        uptime >= call.started.saturating_add(self.call_timeout)
    }

    /// The tokens about which something is known.
    pub(crate) fn answers(&self) -> Occupancy {
        Occupancy::new(self.machine().entries.len(), self.max_entries)
    }

    /// The calls under way.
    pub(crate) fn calls(&self) -> Occupancy {
        Occupancy::new(self.machine().calls.len(), self.max_calls)
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        // Nothing that holds the lock can panic between two changes that belong together.
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> (usize, usize, usize) {
        let machine = self.machine();
        assert_eq!(machine.entries.len(), machine.order.len());
        assert_eq!(machine.bytes, machine.entries.values().map(|entry| entry.bytes).sum::<usize>());
        (machine.entries.len(), machine.bytes, machine.calls.len())
    }
}

impl Machine {
    fn put(&mut self, hash: TokenHash, state: State, usage: Usage, until: Duration, cache: &Cache) {
        self.forget(&hash);
        let bytes = ENTRY_BYTES + state.bytes();
        // What alone is too large is handed over all the same, and gives way to the next.
        while !self.order.is_empty()
            && (self.entries.len() >= cache.max_entries || self.bytes + bytes > cache.max_bytes)
        {
            let Some((_, first)) = self.order.pop_first() else { break };
            self.remove(&first);
        }
        let keep_until = match usage {
            Usage::Unknown => until,
            Usage::InUse => until.saturating_add(cache.bridge.max(USE)),
        };
        self.bytes += bytes;
        self.order.insert((keep_until, hash));
        self.entries.insert(hash, Entry { state, until, keep_until, bytes, usage });
    }

    /// The token whose answer has run out, unless that is too long ago.
    fn bridge(&self, hash: &TokenHash, bridge: Duration, uptime: Duration) -> Option<ValidatedToken> {
        let entry = self.entries.get(hash).filter(|entry| uptime < entry.until.saturating_add(bridge))?;
        match &entry.state {
            State::Active(token) => Some(token.clone()),
            _ => None,
        }
    }

    fn forget(&mut self, hash: &TokenHash) {
        if let Some(keep_until) = self.remove(hash) {
            self.order.remove(&(keep_until, *hash));
        }
    }

    fn remove(&mut self, hash: &TokenHash) -> Option<Duration> {
        let entry = self.entries.remove(hash)?;
        self.bytes -= entry.bytes;
        Some(entry.keep_until)
    }

    fn note_failure(&mut self, why: FetchError, uptime: Duration) {
        self.last_failure = Some(FailedFetch { at: uptime, why });
    }

    fn land(&mut self, hash: &TokenHash, id: u64) -> Option<Call> {
        if self.calls.get(hash)?.id != id {
            return None;
        }
        let call = self.calls.remove(hash)?;
        call.in_flight.end();
        Some(call)
    }

    /// A call ended without a word, at this time as far as is known.
    fn abandon(&mut self, hash: &TokenHash, call: &Call, uptime: Duration, cache: &Cache) {
        self.calls.remove(hash);
        call.in_flight.end();
        let state = match call.before {
            Before::Nothing => State::Abandoned,
            Before::Abandoned => {
                let why = IntrospectionError::Abandoned;
                self.note_failure(FetchError::Introspection(why), uptime);
                State::Failed(why)
            }
        };
        self.put(*hash, state, call.usage, uptime.saturating_add(PAUSE), cache);
    }
}

impl State {
    fn bytes(&self) -> usize {
        match self {
            Self::Answered(answered) => answered.bytes(),
            Self::Active(token) => {
                let content = token.content();
                size_of::<Validated>() + content.compact.len() + content.claims.weight()
            }
            Self::Inactive | Self::Failed(_) | Self::Abandoned | Self::Lost => 0,
        }
    }
}

impl Ticket {
    pub(crate) fn in_flight(&self) -> InFlight {
        self.in_flight.clone()
    }

    pub(crate) fn hash(&self) -> &TokenHash {
        &self.hash
    }

    pub(crate) fn shared(&self) -> SharedAnswers {
        self.shared
    }

    pub(crate) fn land(self, landing: Landing, now: Now) {
        let mut machine = self.cache.machine();
        // Where it was given up as lost, somebody else asks, or has asked.
        let Some(call) = machine.land(&self.hash, self.id) else { return };
        let pause = now.uptime().saturating_add(PAUSE);
        if let Landing::Silence(_) = landing {
            machine.silent = machine.silent.saturating_add(1);
            machine.quiet_until = pause;
        } else {
            machine.silent = 0;
        }
        let (state, usage, until) = match landing {
            Landing::Answered(answered) => {
                let until = answered.until();
                (State::Answered(Arc::new(answered)), call.usage, until)
            }
            Landing::Inactive { until } => (State::Inactive, Usage::Unknown, until),
            Landing::Useless(why) => {
                machine.note_failure(FetchError::Introspection(why), now.uptime());
                (State::Failed(why), call.usage, pause)
            }
            Landing::Silence(why) => {
                machine.note_failure(why, now.uptime());
                (State::Failed(IntrospectionError::NoAnswer), call.usage, pause)
            }
        };
        machine.put(self.hash, state, usage, until, &self.cache);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut machine = self.cache.machine();
        if let Some(call) = machine.land(&self.hash, self.id) {
            machine.abandon(&self.hash, &call, call.started, &self.cache);
        }
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

#[cfg(test)]
mod tests;
