//! What is known of introspected tokens, and which are being asked about.
//!
//! 1. A token is known by its hash. Nothing here can be turned back into one.
//! 2. Whoever asks first about a token gets the ticket for the call; the others wait for it. A ticket that is dropped
//!    leaves the call to the next; the second in a row that is counts as a failure, since whatever ended it may
//!    end the next as well.
//! 3. An answer serves everyone for at least a second and never longer than its time. A failure is remembered
//!    for a second. While calls go unanswered one after the other, only one is let through at a time, a second
//!    apart.
//! 4. Entries, bytes and calls are bounded. What would run out first gives way first; a call under way never does.
//!
//! Does not check: whether a token found here still holds. That is the caller's to look at on every hit.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::answer::Answered;
use super::error::IntrospectionError;
use crate::access_token::Validated;
use crate::limits::Limits;
use crate::time::Now;
use crate::validation::ValidatedToken;

/// How long a failed call is remembered, and how long the pause is between calls that are not answered.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// So many calls without an answer in a row, and the server counts as down.
const SILENCE: u32 = 5;

/// About what an entry takes beside its content, in both maps.
const ENTRY_BYTES: usize = 256;

/// What a token is known by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TokenHash(pub(super) [u8; 32]);

#[derive(Debug)]
pub(crate) struct Cache {
    most_entries: usize,
    most_bytes: usize,
    most_calls: usize,
    call_timeout: Duration,
    /// Held for a look or a change in memory, never for more.
    machine: Mutex<Machine>,
}

#[derive(Debug, Default)]
struct Machine {
    entries: HashMap<TokenHash, Entry>,
    /// The entries in the order in which they run out.
    order: BTreeSet<(Duration, TokenHash)>,
    bytes: usize,
    calls: HashMap<TokenHash, Call>,
    last_call: u64,
    /// Calls in a row that were not answered.
    silent: u32,
    quiet_until: Duration,
}

#[derive(Debug)]
struct Entry {
    state: State,
    until: Duration,
    bytes: usize,
}

/// What is known of a token.
#[derive(Debug, Clone)]
pub(crate) enum State {
    /// The server has answered, and nobody has validated its answer yet, or it does not hold.
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

#[derive(Debug, Clone, Copy)]
struct Call {
    id: u64,
    started: Duration,
    /// Whether the call before was dropped.
    before: Before,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Abandoned,
}

/// Whether an answer that another machine was given will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SharedAnswers {
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
    /// Somebody is asking.
    UnderWay,
    /// Nobody has asked of late.
    Nothing,
}

/// What whoever wants to call is to do.
#[derive(Debug)]
pub(crate) enum Turn {
    Call(Ticket),
    /// Look again: somebody else has called meanwhile, or is about to.
    LookAgain,
    /// As many calls as may be are under way.
    TooMany,
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
}

/// How a call ended.
#[derive(Debug)]
pub(super) enum Landing {
    Answered(Answered),
    Inactive {
        until: Duration,
    },
    /// An answer came, and it is of no use.
    Useless(IntrospectionError),
    /// No answer came.
    Silence,
}

impl Cache {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            most_entries: limits.introspected_tokens.max(limits.introspection_calls),
            most_bytes: limits.introspected_token_bytes,
            most_calls: limits.introspection_calls,
            // A look into a shared store, one request, and a second for whoever makes them.
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
            Some(call) if !self.is_lost(*call, uptime) => Found::UnderWay,
            _ => Found::Nothing,
        }
    }

    /// Wants to call about a token of which nothing is known.
    pub(crate) fn take_turn(self: &Arc<Self>, hash: &TokenHash, uptime: Duration) -> Turn {
        let mut machine = self.machine();
        if let Some(lost) = machine.calls.get(hash).copied().filter(|call| self.is_lost(*call, uptime)) {
            machine.abandon(hash, lost, uptime, self);
        }
        let before = match machine.entries.get(hash).filter(|entry| uptime < entry.until) {
            None | Some(Entry { state: State::Lost, .. }) => Before::Nothing,
            Some(Entry { state: State::Abandoned, .. }) => Before::Abandoned,
            Some(_) => return Turn::LookAgain,
        };
        if machine.calls.contains_key(hash) {
            return Turn::LookAgain;
        }
        if machine.calls.len() >= self.most_calls {
            machine.calls.retain(|_, call| !self.is_lost(*call, uptime));
        }
        if machine.calls.len() >= self.most_calls {
            return Turn::TooMany;
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
        machine.calls.insert(*hash, Call { id, started: uptime, before });
        Turn::Call(Ticket { cache: Arc::clone(self), hash: *hash, id, shared })
    }

    /// An answer was validated.
    pub(crate) fn activate(&self, hash: &TokenHash, token: ValidatedToken, until: Duration) {
        self.machine().put(*hash, State::Active(token), until, self);
    }

    /// A signed answer turned out to say that the token is inactive.
    pub(crate) fn deactivate(&self, hash: &TokenHash, until: Duration) {
        self.machine().put(*hash, State::Inactive, until, self);
    }

    /// A signed answer turned out to be of no use.
    pub(crate) fn fail(&self, hash: &TokenHash, why: IntrospectionError, now: Now) {
        let until = now.uptime().saturating_add(PAUSE);
        self.machine().put(*hash, State::Failed(why), until, self);
    }

    /// Forgets a token whose key is withdrawn, unless something newer is known of it.
    pub(crate) fn forget(&self, hash: &TokenHash, token: &ValidatedToken, uptime: Duration) {
        let mut machine = self.machine();
        let is_it = |entry: &Entry| match &entry.state {
            State::Active(own) => std::ptr::eq(own.content(), token.content()),
            _ => false,
        };
        if machine.entries.get(hash).is_some_and(is_it) {
            machine.put(*hash, State::Lost, uptime.saturating_add(PAUSE), self);
        }
    }

    fn is_lost(&self, call: Call, uptime: Duration) -> bool {
        uptime >= call.started.saturating_add(self.call_timeout)
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
    fn put(&mut self, hash: TokenHash, state: State, until: Duration, cache: &Cache) {
        self.forget(&hash);
        let bytes = ENTRY_BYTES + state.bytes();
        // What alone is too large is handed over all the same, and gives way to the next.
        while !self.order.is_empty()
            && (self.entries.len() >= cache.most_entries || self.bytes + bytes > cache.most_bytes)
        {
            let Some((_, first)) = self.order.pop_first() else { break };
            self.remove(&first);
        }
        self.bytes += bytes;
        self.order.insert((until, hash));
        self.entries.insert(hash, Entry { state, until, bytes });
    }

    fn forget(&mut self, hash: &TokenHash) {
        if let Some(until) = self.remove(hash) {
            self.order.remove(&(until, *hash));
        }
    }

    fn remove(&mut self, hash: &TokenHash) -> Option<Duration> {
        let entry = self.entries.remove(hash)?;
        self.bytes -= entry.bytes;
        Some(entry.until)
    }

    fn land(&mut self, hash: &TokenHash, id: u64) -> Option<Call> {
        let call = self.calls.get(hash).copied().filter(|call| call.id == id)?;
        self.calls.remove(hash);
        Some(call)
    }

    /// A call ended without a word, at this time as far as is known.
    fn abandon(&mut self, hash: &TokenHash, call: Call, uptime: Duration, cache: &Cache) {
        self.calls.remove(hash);
        let state = match call.before {
            Before::Nothing => State::Abandoned,
            Before::Abandoned => State::Failed(IntrospectionError::Abandoned),
        };
        self.put(*hash, state, uptime.saturating_add(PAUSE), cache);
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
    pub(super) fn hash(&self) -> &TokenHash {
        &self.hash
    }

    pub(super) fn shared(&self) -> SharedAnswers {
        self.shared
    }

    pub(super) fn land(self, landing: Landing, now: Now) {
        let mut machine = self.cache.machine();
        if machine.land(&self.hash, self.id).is_none() {
            // Given up as lost: somebody else asks, or has asked.
            return;
        }
        let pause = now.uptime().saturating_add(PAUSE);
        if let Landing::Silence = landing {
            machine.silent = machine.silent.saturating_add(1);
            machine.quiet_until = pause;
        } else {
            machine.silent = 0;
        }
        let (state, until) = match landing {
            Landing::Answered(answered) => {
                let until = answered.until();
                (State::Answered(Arc::new(answered)), until)
            }
            Landing::Inactive { until } => (State::Inactive, until),
            Landing::Useless(why) => (State::Failed(why), pause),
            Landing::Silence => (State::Failed(IntrospectionError::NoAnswer), pause),
        };
        machine.put(self.hash, state, until, &self.cache);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut machine = self.cache.machine();
        if let Some(call) = machine.land(&self.hash, self.id) {
            machine.abandon(&self.hash, call, call.started, &self.cache);
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
