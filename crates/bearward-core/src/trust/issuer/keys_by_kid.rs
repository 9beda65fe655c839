//! The keys of a signer that publishes each of them at a URL of its own, as AWS load balancers do: a PEM text at
//! `https://public-keys.auth.elb.<region>.amazonaws.com/<kid>`.
//!
//! 1. A `kid` goes into a URL only if it is a UUID: nothing of it can be a path, a query or a host.
//! 2. At most [`MOST_NEW`] new names lead to a fetch in one cooldown, and at most [`MOST_KEYS`] are remembered. What
//!    was never a key gives way first, then what was used longest ago.
//! 3. A name for which the server has no key (403, 404) is not asked for again within the cooldown, and its tokens are
//!    refused. Tokens of a name that there is no room to ask for are answered *unavailable*.
//! 4. Each key is kept, refreshed and given up like a separate key set ([`KeySetCache`]).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{FetchedKeys, HttpPolicy, KeyLocation};
use crate::trust::key::{KeySetCache, KeySetPolicy};

/// Most keys that are remembered. A load balancer signs with one, and after it was replaced with another.
const MOST_KEYS: usize = 8;

/// Most new names that lead to a fetch in one cooldown.
const MOST_NEW: u32 = 4;

/// Longest answer that is read. A public key of P-256 is under 200 bytes.
const MOST_BYTES: usize = 8 * 1024;

/// Keys by their names.
#[derive(Debug)]
pub(super) struct KeysByKid {
    /// What the URL of a key begins with, to the last slash.
    pub(super) at: String,
    pub(super) http: HttpPolicy,
    pub(super) policy: KeySetPolicy,
    pub(super) flight_timeout: Duration,
    pub(super) known: Mutex<Known>,
}

#[derive(Debug, Default)]
pub(super) struct Known {
    entries: Vec<Entry>,
    /// Since when new names are counted, and how many there were.
    new: Option<(Duration, u32)>,
}

#[derive(Debug)]
struct Entry {
    kid: Box<str>,
    keys: Arc<FetchedKeys>,
    used: Duration,
}

/// Where one key is.
pub(super) struct KeyUrl {
    pub(super) url: String,
    cooldown: Duration,
    /// Until when it is remembered that the server has no key here.
    missing_until: Mutex<Option<Duration>>,
}

/// What is known of a name.
pub(super) enum Named {
    /// Its key is here, or is to be fetched from here.
    At(Arc<FetchedKeys>),
    /// There is no such key.
    Nowhere,
    /// Too many new names were asked for.
    TooMany { retry_after: Duration },
}

impl KeysByKid {
    pub(super) fn find(&self, kid: Option<&str>, now: Duration) -> Named {
        let Some(kid) = kid.filter(|kid| is_uuid(kid)) else { return Named::Nowhere };
        let mut known = self.known();
        if let Some(entry) = known.entries.iter_mut().find(|entry| *entry.kid == *kid) {
            entry.used = now;
            let is_missing = match &entry.keys.location {
                KeyLocation::Pem(key) => key.missing_until().is_some_and(|until| now < until),
                _ => false,
            };
            return if is_missing { Named::Nowhere } else { Named::At(Arc::clone(&entry.keys)) };
        }
        if let Some(retry_after) = known.count_new(now, self.policy.cooldown) {
            return Named::TooMany { retry_after };
        }
        if known.entries.len() >= MOST_KEYS {
            known.make_room();
        }
        let keys = Arc::new(self.keys_at(format!("{}{kid}", self.at)));
        known.entries.push(Entry { kid: kid.into(), keys: Arc::clone(&keys), used: now });
        Named::At(keys)
    }

    /// Whether any of its keys is being fetched.
    pub(super) fn is_awaited(&self, now: Duration) -> bool {
        self.known().entries.iter().any(|entry| entry.keys.cache.is_awaited(now))
    }

    fn keys_at(&self, url: String) -> FetchedKeys {
        FetchedKeys {
            cache: KeySetCache::new(self.policy.clone(), self.flight_timeout),
            location: KeyLocation::Pem(KeyUrl {
                url,
                cooldown: self.policy.cooldown,
                missing_until: Mutex::default(),
            }),
            alias: None,
            http: self.http,
            max_keys: 1,
            max_bytes: MOST_BYTES,
            max_metadata_age: self.policy.max_metadata_age,
            wants_endpoint: false,
            found_jwks_uri: Mutex::new(None),
            found_introspection: Mutex::new(None),
            last_failure: Mutex::new(None),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Each step leaves whole entries, so a poisoned lock guards whole ones.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyUrl {
    /// The server has no key at this URL.
    pub(super) fn is_missing(&self, now: Duration) {
        *self.until() = Some(now.saturating_add(self.cooldown));
    }

    fn missing_until(&self) -> Option<Duration> {
        *self.until()
    }

    fn until(&self) -> MutexGuard<'_, Option<Duration>> {
        // Each holder replaces the value whole, so a poisoned lock guards a whole one.
        self.missing_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Counts a new name; says how long to wait where there were too many.
    fn count_new(&mut self, now: Duration, cooldown: Duration) -> Option<Duration> {
        let (since, count) = match self.new {
            Some((since, count)) if now < since.saturating_add(cooldown) => (since, count),
            _ => (now, 0),
        };
        if count >= MOST_NEW {
            return Some(since.saturating_add(cooldown).saturating_sub(now));
        }
        self.new = Some((since, count + 1));
        None
    }

    fn make_room(&mut self) {
        let worth = |entry: &Entry| (entry.keys.cache.current().is_some(), entry.used);
        let least = self.entries.iter().enumerate().min_by_key(|(_, entry)| worth(entry));
        if let Some(place) = least.map(|(place, _)| place) {
            self.entries.swap_remove(place);
        }
    }
}

/// RFC 9562 §4: groups of 8, 4, 4, 4 and 12 hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> KeysByKid {
        KeysByKid {
            at: "https://keys.example/".to_owned(),
            http: HttpPolicy::LoopbackOnly,
            policy: KeySetPolicy::default(),
            flight_timeout: Duration::from_secs(1),
            known: Mutex::default(),
        }
    }

    fn kid(number: usize) -> String {
        format!("00000000-0000-0000-0000-{number:012}")
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn only_a_uuid_becomes_a_part_of_a_url() {
        for name in [
            "",
            "k1",
            "../../../etc/passwd",
            "00000000-0000-0000-0000-00000000000/",
            "00000000-0000-0000-0000-00000000000?",
            "00000000-0000-0000-0000-00000000000é",
            "0000000000000000-0000-0000-000000000",
            "00000000-0000-0000-0000-0000000000000",
            "@evil.example/0000-0000-000000000000",
        ] {
            assert!(matches!(keys().find(Some(name), seconds(0)), Named::Nowhere), "{name}");
        }
        assert!(matches!(keys().find(None, seconds(0)), Named::Nowhere));
        let keys = keys();
        let Named::At(found) = keys.find(Some(&kid(1)), seconds(0)) else { panic!("not asked for") };
        assert!(
            matches!(&found.location, KeyLocation::Pem(key) if key.url == format!("https://keys.example/{}", kid(1)))
        );
    }

    #[test]
    fn made_up_names_are_asked_for_four_times_in_a_cooldown_and_eight_are_remembered() {
        let keys = keys();
        let mut asked = 0;
        for number in 0..1000 {
            match keys.find(Some(&kid(number)), seconds(1)) {
                Named::At(_) => asked += 1,
                Named::TooMany { retry_after } => assert_eq!(retry_after, seconds(30)),
                Named::Nowhere => panic!("a UUID is a name"),
            }
        }
        assert_eq!(asked, 4);
        assert!(matches!(keys.find(Some(&kid(0)), seconds(2)), Named::At(_)), "known names go on");
        assert!(matches!(keys.find(Some(&kid(2000)), seconds(31)), Named::At(_)));
        for round in 2..10 {
            for number in 0..4 {
                let _ = keys.find(Some(&kid(3000 + 10 * round + number)), seconds(31 * round as u64));
            }
        }
        assert!(keys.known().entries.len() <= MOST_KEYS);
    }
}
