//! The key-set engine: when a fetched key set is used, refreshed, waited for, or given up.
//!
//! 1. A fresh set is used without a lock.
//! 2. A set past its age is used once more while one refresh runs behind it; after a long idle time, when
//!    nobody has asked for twice its age (or for its age after a retry was due), the refresh comes first, so
//!    that a key withdrawn meanwhile does not verify.
//! 3. A token whose key is not in the set may cause one fetch per cooldown; all who wait share it. A fetch that
//!    fails starts no cooldown: it brought nothing that could say which keys there are.
//! 4. When fetches fail, the set in hand serves up to its longest staleness, and retries back off with
//!    jitter: up to a minute while nobody misses a key, up to two seconds for a request that does. With no key in
//!    hand the answer is *unavailable*, never *refused*.
//! 5. Within the cooldown a key is only *refused* by a set that can know of it: one that arrived since the request
//!    came, or that was asked for after the token was issued, as the token says. Else the answer is *unavailable*.
//! 6. A key that is gone from a newer set is withdrawn: each holder of the key can see that at once.
//!
//! Does no IO and reads no clock. `now` is a monotonic reading ([`Now::uptime`](crate::Now::uptime)).

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::KeySet;
use crate::trust::in_flight::InFlight;
use crate::wire::time::micros;

/// How long key sets live and how often they are fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeySetPolicy {
    /// Least time from the end of a fetch caused by a token whose key is unknown to the start of the next.
    pub cooldown: Duration,
    /// Least age at which a set is refreshed, with any `Cache-Control`.
    pub min_age: Duration,
    /// Age at which a set is refreshed when `Cache-Control` does not ask for less.
    pub max_age: Duration,
    /// Longest time a set serves after it was last confirmed, while the authorization server is down.
    pub max_stale: Duration,
    /// Age at which the metadata is asked again where the key set is, so that a server may move its keys.
    pub max_metadata_age: Duration,
}

impl Default for KeySetPolicy {
    fn default() -> Self {
        Self {
            cooldown: Duration::from_secs(30),
            min_age: Duration::from_secs(30),
            max_age: Duration::from_secs(600),
            max_stale: Duration::from_secs(24 * 60 * 60),
            max_metadata_age: Duration::from_secs(3600),
        }
    }
}

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(60);

/// The longest pause where a request misses a key: so long after an outage, at most, it goes on.
const LAST_RETRY_WHEN_MISSED: Duration = Duration::from_secs(2);

/// A request that needs a key, and the facts that decide whether a set is new enough to say that the key does not
/// exist.
///
/// `Debug` does not show what the token says.
#[derive(Clone, Copy)]
pub(crate) struct KeyRequest<'t> {
    now: Duration,
    since: Duration,
    kid: Option<&'t str>,
    token_age: Option<Duration>,
}

impl<'t> KeyRequest<'t> {
    /// A request that came just now, with a token that says neither which key it is signed with nor when it was issued.
    #[must_use]
    pub(crate) const fn new(now: Duration) -> Self {
        Self { now, since: now, kid: None, token_age: None }
    }

    /// What the clock says.
    #[must_use]
    pub(crate) const fn now(&self) -> Duration {
        self.now
    }

    /// It came at this time, and has waited since.
    #[must_use]
    pub(crate) const fn since(self, since: Duration) -> Self {
        Self { since, ..self }
    }

    /// What its token says: the key it is signed with, and that it was issued this long ago, or longer.
    #[must_use]
    pub(crate) const fn token(self, kid: Option<&'t str>, token_age: Option<Duration>) -> Self {
        Self { kid, token_age, ..self }
    }
}

impl fmt::Debug for KeyRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRequest")
            .field("now", &self.now)
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

/// What the engine says to a request that wants a key.
#[derive(Debug)]
pub(crate) enum KeyLookup {
    /// Verify with this set. Where it lacks the wanted key, the token is refused.
    Use(Arc<KeySet>),
    /// The same, and the bearer of the ticket fetches a newer set in the background.
    UseAndRefresh(Arc<KeySet>, RefreshTicket),
    /// The bearer of the ticket fetches the set; then ask again.
    Fetch(RefreshTicket),
    /// Somebody else is fetching; ask again when this has ended.
    Wait(InFlight),
    /// No usable key is in hand and it is too early to try again.
    Unavailable {
        /// When trying again makes sense.
        retry_after: Duration,
    },
}

/// The key set of one issuer, kept over its lifetime.
#[derive(Debug)]
pub(crate) struct KeySetCache {
    policy: KeySetPolicy,
    flight_timeout: Duration,
    current: ArcSwapOption<KeySet>,
    /// Until this reading (in microseconds) the current set serves without a look at the machine.
    quiet_until: AtomicU64,
    machine: Mutex<Machine>,
}

#[derive(Debug, Default)]
struct Machine {
    loaded: Option<Loaded>,
    in_flight: Option<Flight>,
    /// The flight, or the last one: a request that still holds it has not looked at its result.
    last: Option<InFlight>,
    flights: u64,
    /// When the last set arrived that a token of an unknown key had asked for.
    answered_unknown: Option<Duration>,
    failures: u32,
    /// Flights in a row that ended without a word.
    abandoned: u32,
    /// When a set that is past its age is asked for again, while its keys serve.
    retry_at: Duration,
    /// When it is asked for again by a request that misses a key.
    retry_when_missed: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Loaded {
    asked_for: Duration,
    at: Duration,
    fresh_until: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Flight {
    id: u64,
    started: Duration,
    cause: Cause,
}

/// When a set was confirmed, and when it is asked for again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeySetTiming {
    /// How long ago it was loaded or confirmed last; `None` before the first.
    pub(crate) age: Option<Duration>,
    /// In how long a request will ask for it; zero, where the next does.
    pub(crate) next_refresh: Duration,
    /// Whether it is being fetched.
    pub(crate) is_under_way: bool,
}

/// Why a set is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// There is none, or it is past its age.
    Age,
    UnknownKey,
}

/// The right, and the duty, to fetch the set once. Dropped unused, it lets the next request try, once; the second
/// in a row counts as a fetch that failed.
#[derive(Debug)]
pub(crate) struct RefreshTicket {
    cache: Arc<KeySetCache>,
    id: u64,
    started: Duration,
    in_flight: InFlight,
}

impl KeySetCache {
    /// An empty cache. A fetch that has not reported within `flight_timeout` is treated as lost.
    #[must_use]
    pub(crate) fn new(policy: KeySetPolicy, flight_timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            policy,
            flight_timeout,
            current: ArcSwapOption::empty(),
            quiet_until: AtomicU64::new(0),
            machine: Mutex::default(),
        })
    }

    /// Whether the set in hand needs no attention: the one question of the hot path, answered without a
    /// lock.
    #[must_use]
    pub(crate) fn is_quiet(&self, now: Duration) -> bool {
        micros(now) < self.quiet_until.load(Ordering::Acquire)
    }

    /// The set last loaded, of any age.
    #[must_use]
    pub(crate) fn current(&self) -> Option<Arc<KeySet>> {
        self.current.load_full()
    }

    /// How old the set in hand is, and when it is asked for again.
    #[must_use]
    pub(crate) fn timing(&self, now: Duration) -> KeySetTiming {
        let machine = self.machine();
        let (age, due) = match machine.loaded {
            Some(loaded) => (Some(now.saturating_sub(loaded.at)), loaded.fresh_until.max(machine.retry_at)),
            None => (None, machine.retry_when_missed),
        };
        let is_under_way = machine.in_flight.is_some();
        KeySetTiming { age, next_refresh: due.saturating_sub(now), is_under_way }
    }

    /// Whether there are keys that are not too old to serve, with an authorization server that is down.
    #[must_use]
    pub(crate) fn may_serve(&self, now: Duration) -> bool {
        let in_hand = self.current().zip(self.machine().loaded);
        in_hand.is_some_and(|(keys, loaded)| {
            !keys.keys().is_empty() && now < loaded.at.saturating_add(self.policy.max_stale)
        })
    }

    /// Whether a fetch is under way, or somebody who waited for the last one has not looked at what it brought.
    #[must_use]
    pub(crate) fn is_awaited(&self, now: Duration) -> bool {
        let mut machine = self.machine();
        machine.forget_lost_flight(now, self.flight_timeout);
        machine.in_flight.is_some() || machine.last.as_ref().is_some_and(InFlight::is_shared)
    }

    /// Decides for a request whose key is in a set when `has_key` says so.
    #[must_use]
    pub(crate) fn lookup(
        self: &Arc<Self>,
        request: KeyRequest<'_>,
        has_key: impl Fn(&KeySet) -> bool,
    ) -> KeyLookup {
        let now = request.now;
        if self.is_quiet(now)
            && let Some(keys) = self.current()
            && has_key(&keys)
        {
            return KeyLookup::Use(keys);
        }
        let mut machine = self.machine();
        machine.forget_lost_flight(now, self.flight_timeout);
        let in_hand = self.current().zip(machine.loaded);
        let usable = in_hand.filter(|(_, loaded)| now < loaded.at.saturating_add(self.policy.max_stale));
        let answer = match usable {
            Some((keys, loaded)) if has_key(&keys) => self.with_key(&mut machine, now, keys, loaded),
            Some((keys, loaded)) => self.without_key(&mut machine, request, keys, loaded),
            None => self.without_set(&mut machine, now),
        };
        self.publish_quiet_time(&machine);
        answer
    }

    fn with_key(
        self: &Arc<Self>,
        machine: &mut Machine,
        now: Duration,
        keys: Arc<KeySet>,
        loaded: Loaded,
    ) -> KeyLookup {
        match machine.in_flight {
            Some(flight) if now >= machine.patience(flight, loaded) => machine.wait(),
            Some(_) => KeyLookup::Use(keys),
            None if now < loaded.fresh_until || now < machine.retry_at => KeyLookup::Use(keys),
            None if now >= machine.idle_from(loaded) => {
                KeyLookup::Fetch(self.take_off(machine, now, Cause::Age))
            }
            None => KeyLookup::UseAndRefresh(keys, self.take_off(machine, now, Cause::Age)),
        }
    }

    fn without_key(
        self: &Arc<Self>,
        machine: &mut Machine,
        request: KeyRequest<'_>,
        keys: Arc<KeySet>,
        loaded: Loaded,
    ) -> KeyLookup {
        if machine.in_flight.is_some() {
            return machine.wait();
        }
        let is_empty = keys.keys().is_empty();
        // A set without keys is treated as a failed fetch: it does not delay the next.
        let cooled = if is_empty { Duration::ZERO } else { machine.cooled_at(&self.policy) };
        let (now, next) = (request.now, cooled.max(machine.retry_when_missed));
        if now >= next {
            KeyLookup::Fetch(self.take_off(machine, now, Cause::UnknownKey))
        } else if machine.failures + machine.abandoned > 0
            || is_empty
            || loaded.may_lack_the_key(&keys, request)
        {
            // The key may well exist: only a set that was read since can say that it does not.
            KeyLookup::Unavailable { retry_after: next - now }
        } else {
            KeyLookup::Use(keys)
        }
    }

    fn without_set(self: &Arc<Self>, machine: &mut Machine, now: Duration) -> KeyLookup {
        if machine.in_flight.is_some() {
            machine.wait()
        } else if now >= machine.retry_when_missed {
            KeyLookup::Fetch(self.take_off(machine, now, Cause::Age))
        } else {
            KeyLookup::Unavailable { retry_after: machine.retry_when_missed - now }
        }
    }

    fn take_off(self: &Arc<Self>, machine: &mut Machine, now: Duration, cause: Cause) -> RefreshTicket {
        machine.flights += 1;
        let id = machine.flights;
        machine.in_flight = Some(Flight { id, started: now, cause });
        let in_flight = InFlight::start();
        machine.last = Some(in_flight.clone());
        RefreshTicket { cache: Arc::clone(self), id, started: now, in_flight }
    }

    fn publish_quiet_time(&self, machine: &Machine) {
        let until = match (machine.loaded, machine.in_flight) {
            (None, _) => Duration::ZERO,
            (Some(loaded), flight) => {
                let attention = match flight {
                    Some(flight) => flight
                        .started
                        .saturating_add(self.flight_timeout)
                        .min(machine.patience(flight, loaded)),
                    None => loaded.fresh_until.max(machine.retry_at),
                };
                attention.min(loaded.at.saturating_add(self.policy.max_stale))
            }
        };
        self.quiet_until.store(micros(until), Ordering::Release);
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        // Nothing that holds the lock can leave the machine half changed, so a poisoned one is whole.
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Machine {
    fn forget_lost_flight(&mut self, now: Duration, timeout: Duration) {
        if let Some(flight) = self.in_flight.take_if(|flight| now >= flight.started.saturating_add(timeout)) {
            self.end();
            self.abandon(flight);
        }
    }

    /// A flight ended without a word. Somebody else may try at once; but whatever ended two in a row may end the
    /// next in the same way, at once and for ever, so then there is a pause.
    fn abandon(&mut self, flight: Flight) {
        self.abandoned = self.abandoned.saturating_add(1);
        if self.abandoned > 1 {
            self.fail(flight, flight.started);
        }
    }

    /// A flight ended at this time, as far as is known, and brought nothing.
    fn fail(&mut self, flight: Flight, now: Duration) {
        self.failures = self.failures.saturating_add(1);
        self.pause(flight.id, now);
    }

    /// From when on the set in hand counts as idle: nobody has asked for as long as it lives, reckoned from
    /// when it next wanted attention.
    fn idle_from(&self, loaded: Loaded) -> Duration {
        let lifetime = loaded.fresh_until.saturating_sub(loaded.at);
        loaded.fresh_until.max(self.retry_at).saturating_add(lifetime)
    }

    /// Until when the set in hand serves beside a flight. During an outage it goes on serving, unless the
    /// flight itself ends an idle time.
    fn patience(&self, flight: Flight, loaded: Loaded) -> Duration {
        let idle_from = self.idle_from(loaded);
        if self.failures > 0 && flight.started < idle_from { Duration::MAX } else { idle_from }
    }

    fn land(&mut self, id: u64) -> Option<Flight> {
        let landed = self.in_flight.take_if(|flight| flight.id == id)?;
        self.end();
        Some(landed)
    }

    /// Nothing is left to wait for. Those who waited ask again, for which they need the lock that is held here.
    fn end(&self) {
        if let Some(last) = &self.last {
            last.end();
        }
    }

    fn wait(&mut self) -> KeyLookup {
        KeyLookup::Wait(self.last.get_or_insert_with(InFlight::start).clone())
    }

    /// The cooldown runs from the answer: with a fetch slower than the cooldown, a request for an unknown
    /// key would else cause one fetch after the other and never hear an answer.
    fn cooled_at(&self, policy: &KeySetPolicy) -> Duration {
        self.answered_unknown.map_or(Duration::ZERO, |answered| answered.saturating_add(policy.cooldown))
    }

    fn pause(&mut self, flight: u64, now: Duration) {
        let whole = FIRST_RETRY.saturating_mul(1 << self.failures.saturating_sub(1).min(16)).min(LAST_RETRY);
        self.retry_at = now.saturating_add(jittered(whole, flight, now));
        let when_missed = jittered(whole.min(LAST_RETRY_WHEN_MISSED), flight, now);
        self.retry_when_missed = now.saturating_add(when_missed);
    }
}

impl Loaded {
    /// Whether the key of a token may be newer than this set. A request that waited for the set is answered by it.
    fn may_lack_the_key(&self, keys: &KeySet, request: KeyRequest<'_>) -> bool {
        let age = request.now.saturating_sub(self.asked_for);
        request.since > self.at
            && request.token_age.is_some_and(|token_age| token_age <= age)
            && !keys.accounts_for(request.kid)
    }
}

impl RefreshTicket {
    /// What those who share the fetch wait for.
    #[must_use]
    pub(crate) fn in_flight(&self) -> InFlight {
        self.in_flight.clone()
    }

    /// A newer set has arrived. `max_age` is what the answer's `Cache-Control` allows, if it says.
    pub(crate) fn loaded(self, keys: KeySet, max_age: Option<Duration>, now: Duration) -> Arc<KeySet> {
        let cache = &self.cache;
        let mut machine = cache.machine();
        let flight = machine.land(self.id);
        // A flight that was given up as lost must not overwrite what came after it.
        if let (None, Some(current)) = (flight, cache.current()) {
            return current;
        }
        let keys = Arc::new(keys.replacing(cache.current().as_deref()));
        cache.current.store(Some(Arc::clone(&keys)));
        machine.confirm(&self, flight, &keys, max_age, now);
        cache.publish_quiet_time(&machine);
        keys
    }

    /// The authorization server confirmed the set in hand (304).
    pub(crate) fn not_modified(self, max_age: Option<Duration>, now: Duration) {
        let mut machine = self.cache.machine();
        if let Some(flight) = machine.land(self.id)
            && let Some(keys) = self.cache.current()
        {
            machine.confirm(&self, Some(flight), &keys, max_age, now);
            self.cache.publish_quiet_time(&machine);
        }
    }

    /// The fetch failed; the next one comes after a jittered, growing pause.
    pub(crate) fn failed(self, now: Duration) {
        let mut machine = self.cache.machine();
        if let Some(flight) = machine.land(self.id) {
            machine.abandoned = 0;
            machine.fail(flight, now);
            self.cache.publish_quiet_time(&machine);
        }
    }
}

impl Machine {
    /// The set in hand is what the server has at this time.
    fn confirm(
        &mut self,
        ticket: &RefreshTicket,
        flight: Option<Flight>,
        keys: &KeySet,
        max_age: Option<Duration>,
        now: Duration,
    ) {
        let policy = &ticket.cache.policy;
        let age = max_age.unwrap_or(policy.max_age);
        let age = age.max(policy.min_age).min(policy.max_age);
        let fresh_until = now.saturating_add(age);
        self.loaded = Some(Loaded { asked_for: ticket.started, at: now, fresh_until });
        if flight.is_some_and(|flight| flight.cause == Cause::UnknownKey) {
            self.answered_unknown = Some(now.max(ticket.started));
        }
        self.abandoned = 0;
        if keys.keys().is_empty() {
            // It serves no request, so it is treated as an outage.
            self.failures = self.failures.saturating_add(1);
            self.pause(ticket.id, now);
        } else {
            self.failures = 0;
            self.retry_at = Duration::ZERO;
            self.retry_when_missed = Duration::ZERO;
        }
    }
}

impl Drop for RefreshTicket {
    fn drop(&mut self) {
        let mut machine = self.cache.machine();
        if let Some(flight) = machine.land(self.id) {
            machine.abandon(flight);
            self.cache.publish_quiet_time(&machine);
        }
    }
}

/// Takes up to half of a pause away: machines that lost the server together do not come back together. The jitter
/// needs no secrecy, only difference.
fn jittered(whole: Duration, id: u64, now: Duration) -> Duration {
    let mut hasher = DefaultHasher::new();
    (id, now).hash(&mut hasher);
    let share = f64::from(hasher.finish() as u32) / f64::from(u32::MAX);
    whole.mul_f64(1.0 - share / 2.0)
}

#[cfg(test)]
mod tests;
