//! The machine with made-up time, rule by rule; what no rule foresees is in [`random`].

mod flights;
mod outage;
mod random;
mod unknown_keys;

use super::*;
use crate::mint;
use crate::mint::SigningKey;
use crate::token::algorithm::AlgorithmSet;

const FLIGHT_TIMEOUT: Duration = secs(16);

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What the cache said, without the ticket.
#[derive(Debug, PartialEq)]
enum Said {
    Use,
    UseAndRefresh,
    Fetch,
    Wait,
    Unavailable(Duration),
}

fn cache() -> Arc<KeySetCache> {
    KeySetCache::new(KeySetPolicy::default(), FLIGHT_TIMEOUT)
}

/// A cache that loaded these keys at this time, to be refreshed ten minutes later.
fn loaded(kids: &[&'static str], at: Duration) -> Arc<KeySetCache> {
    let cache = cache();
    fetch(&cache, at, "any").loaded(set(kids), None, at);
    cache
}

/// A set of one key for each name, the same key each time.
fn set(kids: &[&'static str]) -> KeySet {
    let keys: Vec<_> = kids.iter().map(|kid| SigningKey::ed25519(kid, kid.as_bytes()[0])).collect();
    KeySet::parse(mint::jwks(&keys).as_bytes(), AlgorithmSet::asymmetric(), 100).unwrap()
}

fn has(kid: &str) -> impl Fn(&KeySet) -> bool {
    move |keys| keys.keys().iter().any(|key| key.kid() == Some(kid))
}

fn ask(cache: &Arc<KeySetCache>, now: Duration, kid: &str) -> (Said, Option<RefreshTicket>) {
    ask_with(cache, KeyRequest::new(now), kid)
}

fn ask_with(cache: &Arc<KeySetCache>, request: KeyRequest<'_>, kid: &str) -> (Said, Option<RefreshTicket>) {
    match cache.lookup(request, has(kid)) {
        KeyLookup::Use(_) => (Said::Use, None),
        KeyLookup::UseAndRefresh(_, ticket) => (Said::UseAndRefresh, Some(ticket)),
        KeyLookup::Fetch(ticket) => (Said::Fetch, Some(ticket)),
        KeyLookup::Wait(_) => (Said::Wait, None),
        KeyLookup::Unavailable { retry_after } => (Said::Unavailable(retry_after), None),
    }
}

/// What the cache says to a request that does not get a ticket.
fn hear(cache: &Arc<KeySetCache>, now: Duration, kid: &str) -> Said {
    let (said, ticket) = ask(cache, now, kid);
    assert!(ticket.is_none(), "{said:?} came with a ticket");
    said
}

fn fetch(cache: &Arc<KeySetCache>, now: Duration, kid: &str) -> RefreshTicket {
    let (said, ticket) = ask(cache, now, kid);
    assert_eq!(said, Said::Fetch);
    ticket.unwrap()
}

fn refresh(cache: &Arc<KeySetCache>, now: Duration, kid: &str) -> RefreshTicket {
    let (said, ticket) = ask(cache, now, kid);
    assert_eq!(said, Said::UseAndRefresh);
    ticket.unwrap()
}

fn key(cache: &Arc<KeySetCache>, kid: &str) -> Arc<crate::trust::VerifyingKey> {
    let keys = cache.current().unwrap();
    let found = keys.keys().iter().find(|key| key.kid() == Some(kid));
    Arc::clone(found.unwrap())
}

/// The pause a failure at this time caused: how long a request that has no keys is told to wait.
fn retry_after(cache: &Arc<KeySetCache>, now: Duration) -> Duration {
    match ask(cache, now, "any").0 {
        Said::Unavailable(pause) => pause,
        said => panic!("{said:?}"),
    }
}
