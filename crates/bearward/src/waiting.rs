//! Who waits for what.
//!
//! 1. A request waits for one thing at a time. A fetch that ends wakes only the requests that wait for it.
//! 2. Those who wait are bounded for each thing, and in all: a crowd that waits for one issuer leaves places for
//!    those who wait for another.
//! 3. A request that leaves, in any way, gives its place back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bearward_core::Failure;
use bearward_core::answer::Unavailable;
use bearward_core::memory::Occupancy;
use bearward_core::trust::InFlight;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::measures;

/// How long a client should wait before it tries again when too many already do, or the resolver failed.
pub(crate) const SHORT_WAIT: Duration = Duration::from_secs(1);

/// So many crowds of the largest size may wait at a time.
const CROWDS: usize = 4;

/// What a request waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Awaited {
    /// Keys, or an answer about a token.
    Fetch(InFlight),
    /// The resolver's word on this issuer, which another request has asked for.
    Resolution(Arc<str>),
}

/// The requests that wait.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// How many may wait for one thing.
    most: usize,
    crowds: Mutex<Crowds>,
}

#[derive(Debug, Default)]
struct Crowds {
    all: usize,
    by_awaited: HashMap<Awaited, Crowd>,
}

/// Those who wait for one thing.
#[derive(Debug, Default)]
struct Crowd {
    size: usize,
    ended: Arc<Notify>,
}

/// A place among those who wait for one thing.
#[derive(Debug)]
pub(crate) struct Place<'w> {
    waiting: &'w Waiting,
    awaited: &'w Awaited,
    ended: Arc<Notify>,
}

impl Waiting {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, crowds: Mutex::default() }
    }

    /// Takes a place. A request with a place checks whether there is still something to wait for, and then waits.
    pub(crate) fn join<'w>(&'w self, awaited: &'w Awaited) -> Result<Place<'w>, Failure> {
        let mut crowds = self.crowds();
        let size = crowds.by_awaited.get(awaited).map_or(0, |crowd| crowd.size);
        if size >= self.most || crowds.all >= self.most.saturating_mul(CROWDS) {
            return Err(Unavailable::TooManyWaiting { retry_after: SHORT_WAIT }.into());
        }
        crowds.all += 1;
        let crowd = crowds.by_awaited.entry(awaited.clone()).or_default();
        crowd.size += 1;
        let place = Place { waiting: self, awaited, ended: Arc::clone(&crowd.ended) };
        // The recorder is the operator's code, and must find no lock held.
        drop(crowds);
        measures::waiting(1.0);
        Ok(place)
    }

    /// How many wait in all.
    pub(crate) fn occupancy(&self) -> Occupancy {
        Occupancy::new(self.crowds().all, self.most.saturating_mul(CROWDS))
    }

    /// Wakes those who wait for this.
    pub(crate) fn wake(&self, awaited: &Awaited) {
        let crowd = self.crowds().by_awaited.remove(awaited);
        if let Some(crowd) = crowd {
            crowd.ended.notify_waiters();
        }
    }

    fn crowds(&self) -> MutexGuard<'_, Crowds> {
        // Nothing that holds the lock can panic between two changes that belong together.
        self.crowds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Ends when what is waited for does, provided that this was called before.
    pub(crate) fn ended(&self) -> Notified<'_> {
        self.ended.notified()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut crowds = self.waiting.crowds();
        crowds.all -= 1;
        // A crowd that was woken is gone, and another may have gathered since.
        if let Some(crowd) = crowds.by_awaited.get_mut(self.awaited)
            && Arc::ptr_eq(&crowd.ended, &self.ended)
        {
            crowd.size -= 1;
            if crowd.size == 0 {
                crowds.by_awaited.remove(self.awaited);
            }
        }
        drop(crowds);
        measures::waiting(-1.0);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    fn resolution(issuer: &str) -> Awaited {
        Awaited::Resolution(issuer.into())
    }

    fn is_over(ended: std::pin::Pin<&mut Notified<'_>>) -> bool {
        ended.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn what_ends_wakes_those_who_wait_for_it_and_nobody_else() {
        let waiting = Waiting::new(10);
        let (a, b) = (resolution("a"), resolution("b"));
        let places = [&a, &a, &b].map(|awaited| waiting.join(awaited).unwrap());
        let [mut first, mut second, mut other] =
            [0, 1, 2].map(|place: usize| Box::pin(places[place].ended()));
        waiting.wake(&a);
        assert!(is_over(first.as_mut()) && is_over(second.as_mut()));
        assert!(!is_over(other.as_mut()));
        waiting.wake(&b);
        assert!(is_over(other.as_mut()));
        let late = waiting.join(&a).unwrap();
        assert!(!is_over(pin!(late.ended())), "another crowd waits for another end");
    }

    #[test]
    fn a_crowd_is_bounded_and_leaves_places_for_others() {
        let waiting = Waiting::new(2);
        let all: Vec<_> = (0..5).map(|number| resolution(&number.to_string())).collect();
        let mut places = Vec::new();
        for awaited in &all[..4] {
            places.extend((0..2).map(|_| waiting.join(awaited).unwrap()));
            assert_eq!(waiting.join(awaited).unwrap_err().code(), "too_many_waiting");
        }
        assert_eq!(waiting.join(&all[4]).unwrap_err().code(), "too_many_waiting", "eight are enough");
        places.pop();
        waiting.join(&all[4]).unwrap();
    }

    #[test]
    fn nothing_is_left_of_those_who_went() {
        let waiting = Waiting::new(2);
        let awaited = resolution("a");
        for _ in 0..3 {
            let before = [waiting.join(&awaited).unwrap(), waiting.join(&awaited).unwrap()];
            waiting.wake(&awaited);
            let after = waiting.join(&awaited).unwrap();
            drop(before);
            assert_eq!(waiting.crowds().by_awaited.len(), 1, "the second crowd is there");
            drop(after);
            let crowds = waiting.crowds();
            assert_eq!((crowds.all, crowds.by_awaited.len()), (0, 0));
        }
    }
}
