//! Random sequences of requests, answers and lost flights, held against what must never happen.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Event {
    /// Time passes.
    Pass(Duration),
    /// A request with the key of this number.
    Ask(u8),
    /// One of the open flights, counted round, brings a set of these keys.
    Load(usize, u8, Option<Duration>),
    Confirm(usize),
    Fail(usize),
    Drop(usize),
}

const KIDS: [&str; 4] = ["a", "b", "c", "d"];

fn event() -> impl Strategy<Value = Event> {
    let pause = prop_oneof![
        4 => (0..3000_u64).prop_map(Duration::from_millis),
        3 => (1..120_u64).prop_map(secs),
        1 => (100..2000_u64).prop_map(secs),
        1 => (10_000..200_000_u64).prop_map(secs),
    ];
    prop_oneof![
        5 => pause.prop_map(Event::Pass),
        10 => (0..4_u8).prop_map(Event::Ask),
        4 => (any::<usize>(), 0..16_u8, proptest::option::of((0..1000_u64).prop_map(secs)))
            .prop_map(|(flight, kids, age)| Event::Load(flight, kids, age)),
        1 => any::<usize>().prop_map(Event::Confirm),
        3 => any::<usize>().prop_map(Event::Fail),
        1 => any::<usize>().prop_map(Event::Drop),
    ]
}

/// What an observer knows who sees only questions and answers.
struct Observer {
    cache: Arc<KeySetCache>,
    policy: KeySetPolicy,
    now: Duration,
    flights: Vec<(RefreshTicket, Duration, Purpose)>,
    /// When the current set was last loaded or confirmed.
    confirmed: Option<Duration>,
    /// When a set arrived that an unknown key had asked for.
    unknown_answer: Option<Duration>,
    seen: Vec<Arc<crate::trust::VerifyingKey>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    Refresh,
    UnknownKey,
}

impl Observer {
    fn new() -> Self {
        Self {
            cache: cache(),
            policy: KeySetPolicy::default(),
            now: secs(1000),
            flights: Vec::new(),
            confirmed: None,
            unknown_answer: None,
            seen: Vec::new(),
        }
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Pass(time) => self.now += time,
            Event::Ask(kid) => self.ask(KIDS[usize::from(kid)]),
            Event::Load(flight, kids, max_age) => {
                if let Some((ticket, counts, purpose)) = self.land(flight) {
                    let kids: Vec<_> =
                        (0..4).filter(|bit| kids & (1 << bit) != 0).map(|bit| KIDS[bit]).collect();
                    let had_none = self.cache.current().is_none();
                    let held = ticket.loaded(set(&kids), max_age, self.now);
                    assert!(Arc::ptr_eq(&held, &self.cache.current().unwrap()));
                    if counts || had_none {
                        self.confirm(counts, purpose);
                        assert_eq!(held.keys().len(), kids.len());
                    }
                    self.seen.extend(held.keys().iter().cloned());
                }
            }
            Event::Confirm(flight) => {
                if let Some((ticket, counts, purpose)) = self.land(flight) {
                    // Nobody asks for a confirmation of nothing.
                    if self.cache.current().is_none() {
                        return drop(ticket);
                    }
                    ticket.not_modified(None, self.now);
                    if counts {
                        self.confirm(counts, purpose);
                    }
                }
            }
            Event::Fail(flight) => {
                if let Some((ticket, ..)) = self.land(flight) {
                    ticket.failed(self.now);
                }
            }
            Event::Drop(flight) => {
                drop(self.land(flight));
            }
        }
        self.withdrawn_keys_are_those_not_in_the_set();
    }

    fn ask(&mut self, kid: &str) {
        let before = self.cache.current();
        let lookup = self.cache.lookup(KeyRequest::new(self.now), has(kid));
        let known = before.as_deref().is_some_and(has(kid));
        let live = self.flights.iter().filter(|(_, started, _)| self.now < *started + FLIGHT_TIMEOUT).count();
        match lookup {
            KeyLookup::Use(keys) => {
                self.young_enough();
                assert!(Arc::ptr_eq(&keys, &self.cache.current().unwrap()));
                assert!(known || !keys.keys().is_empty(), "an empty set refuses nobody");
            }
            KeyLookup::UseAndRefresh(_, ticket) => {
                self.young_enough();
                assert!(known);
                self.take_off(live, ticket, Purpose::Refresh);
            }
            KeyLookup::Fetch(ticket) => {
                let stale = self.confirmed.is_none_or(|at| self.now >= at + self.policy.max_stale);
                let purpose = if known || stale { Purpose::Refresh } else { Purpose::UnknownKey };
                self.take_off(live, ticket, purpose);
                if purpose == Purpose::UnknownKey {
                    let earliest = self.unknown_answer.map_or(secs(0), |last| last + self.policy.cooldown);
                    let is_empty = before.is_some_and(|keys| keys.keys().is_empty());
                    assert!(
                        is_empty || self.now >= earliest,
                        "two sets for unknown keys within one cooldown"
                    );
                }
            }
            KeyLookup::Wait(in_flight) => {
                assert_eq!(live, 1, "waiting for a flight that nobody makes");
                assert!(!in_flight.has_ended(), "waiting for a flight that is over");
                assert_eq!(self.flights.last().unwrap().0.in_flight(), in_flight);
            }
            KeyLookup::Unavailable { retry_after } => {
                assert_eq!(live, 0, "a flight is on its way");
                let longest = LAST_RETRY.max(self.policy.cooldown);
                assert!(Duration::ZERO < retry_after && retry_after <= longest, "{retry_after:?}");
            }
        }
    }

    fn take_off(&mut self, live: usize, ticket: RefreshTicket, purpose: Purpose) {
        assert_eq!(live, 0, "two flights at a time");
        self.flights.push((ticket, self.now, purpose));
    }

    /// Takes an open flight, and says whether its answer counts: only that of the last, and not once that is
    /// lost and another took off.
    fn land(&mut self, flight: usize) -> Option<(RefreshTicket, bool, Purpose)> {
        if self.flights.is_empty() {
            return None;
        }
        let place = flight % self.flights.len();
        let last = place == self.flights.len() - 1;
        let (ticket, started, purpose) = self.flights.remove(place);
        // A lost flight that nobody has asked after since still lands in time.
        let counts = last && (self.now < started + FLIGHT_TIMEOUT || ticket.is_expected());
        Some((ticket, counts, purpose))
    }

    fn confirm(&mut self, counts: bool, purpose: Purpose) {
        self.confirmed = Some(self.now);
        if counts && purpose == Purpose::UnknownKey {
            self.unknown_answer = Some(self.now);
        }
    }

    fn young_enough(&self) {
        let age = self.now - self.confirmed.unwrap();
        assert!(age < self.policy.max_stale, "a set of {age:?} was used");
    }

    fn withdrawn_keys_are_those_not_in_the_set(&self) {
        let current: HashSet<_> = self.cache.current().map_or_else(HashSet::new, |keys| {
            assert!(keys.keys().iter().all(|key| !key.is_withdrawn()), "a withdrawn key is in the set");
            keys.keys().iter().map(Arc::as_ptr).collect()
        });
        for key in &self.seen {
            assert_eq!(key.is_withdrawn(), !current.contains(&Arc::as_ptr(key)));
        }
    }
}

impl RefreshTicket {
    fn is_expected(&self) -> bool {
        self.cache.machine().in_flight.is_some_and(|flight| flight.id == self.id)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_events_breaks_a_rule(events in proptest::collection::vec(event(), 1..120)) {
        let mut observer = Observer::new();
        for event in events {
            observer.apply(event);
        }
    }
}

#[test]
fn threads_see_one_flight_at_a_time_and_no_withdrawn_key() {
    use std::sync::atomic::AtomicUsize;

    let cache = KeySetCache::new(KeySetPolicy::default(), Duration::MAX);
    fetch(&cache, secs(0), "a").loaded(set(&["a", "b"]), None, secs(0));
    let (in_the_air, clock) = (AtomicUsize::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4_usize)
            .map(|thread| {
                let (cache, in_the_air, clock) = (&cache, &in_the_air, &clock);
                scope.spawn(move || {
                    for turn in 0..20_000 {
                        let now = Duration::from_millis(clock.fetch_add(50, Ordering::Relaxed));
                        let kid = KIDS[(turn + thread) % 4];
                        let ticket = match cache.lookup(KeyRequest::new(now), has(kid)) {
                            KeyLookup::UseAndRefresh(_, ticket) | KeyLookup::Fetch(ticket) => ticket,
                            _ => continue,
                        };
                        assert_eq!(in_the_air.fetch_add(1, Ordering::SeqCst), 0);
                        let keys = if turn % 2 == 0 { set(&["a", "b"]) } else { set(&["a", "c"]) };
                        in_the_air.fetch_sub(1, Ordering::SeqCst);
                        ticket.loaded(keys, Some(secs(30)), now);
                    }
                })
            })
            .collect();
        while !workers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            let keys = cache.current().unwrap();
            // A set that was replaced between the two looks may hold keys that are withdrawn by now.
            let withdrawn = keys.keys().iter().any(|key| key.is_withdrawn());
            let machine = cache.machine();
            assert!(!withdrawn || !Arc::ptr_eq(&keys, &cache.current().unwrap()));
            drop(machine);
        }
    });
}
