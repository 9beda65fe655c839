use serde_json::json;

use super::*;
use crate::check::rule::Trail;
use crate::check::signature::VerifiedToken;
use crate::engine::EngineConfig;
use crate::mint;
use crate::mint::SigningKey;
use crate::token::unverified::UnverifiedToken;
use crate::trust::issuer::{Issuer, IssuerConfig};
use crate::trust::key::KeySet;
use crate::wire::time::NumericDate;

/// Makes validated tokens, each different.
struct Source {
    key: SigningKey,
    issuer: Arc<Issuer>,
}

impl Source {
    fn new() -> Self {
        let key = SigningKey::ed25519("k", 1);
        let issuer = IssuerConfig::new("https://issuer.example").static_keys(mint::jwks([&key]));
        let engine = EngineConfig::new().issuer(issuer).audience("api").build().unwrap();
        let issuer = Arc::clone(engine.issuers().next().unwrap());
        Self { key, issuer }
    }

    fn token(&self, number: usize) -> ValidatedToken {
        self.padded_token(number, 0)
    }

    fn padded_token(&self, number: usize, padding: usize) -> ValidatedToken {
        let claims =
            json!({ "aud": "api", "exp": 1000, "jti": number.to_string(), "x": "x".repeat(padding) });
        let compact = self.key.token(&claims);
        let token = UnverifiedToken::parse(&compact).unwrap();
        let keys: Arc<KeySet> = self.issuer.keys().unwrap();
        let verified = VerifiedToken::verify(token, &keys, 1, &mut Trail::start()).unwrap();
        ValidatedToken::validate(verified, &self.issuer, &[], at(0.0), &mut Trail::start()).unwrap()
    }
}

fn cache(tokens: usize, bytes: usize) -> TokenCache {
    TokenCache::new(&Limits { max_cached_tokens: tokens, max_cached_token_bytes: bytes, ..Limits::default() })
}

const PLENTY: usize = usize::MAX;

fn finds(cache: &TokenCache, token: &ValidatedToken) -> bool {
    let compact = &*token.content().compact;
    cache.find(compact).is_some_and(|found| std::ptr::eq(found.content(), token.content()))
}

fn at(seconds: f64) -> NumericDate {
    NumericDate::from_seconds(seconds).unwrap()
}

fn store(cache: &TokenCache, token: &ValidatedToken) {
    cache.store(token, at(0.0));
}

/// A full cache takes a token in on its second visit, or soon after that where others come between.
fn store_again_and_again(cache: &TokenCache, token: &ValidatedToken) {
    (0..8).for_each(|_| store(cache, token));
}

fn bytes_held(cache: &TokenCache) -> usize {
    let entries = cache.slots().filter_map(|slot| slot.entry.load_full());
    entries.map(|entry| weight(&entry)).sum()
}

#[test]
fn what_was_stored_is_found() {
    let (source, cache) = (Source::new(), cache(100, PLENTY));
    let tokens: Vec<_> = (0..8).map(|number| source.token(number)).collect();
    assert!(!finds(&cache, &tokens[0]));
    tokens.iter().for_each(|token| store(&cache, token));
    assert!(tokens.iter().all(|token| finds(&cache, token)));
    assert_eq!(cache.occupancy().count, 8);
}

#[test]
fn one_changed_byte_is_another_token() {
    let (source, cache) = (Source::new(), cache(8, PLENTY));
    let token = source.token(1);
    store(&cache, &token);
    let compact = token.content().compact.to_string();
    for at in 0..compact.len() {
        let mut changed = compact.clone().into_bytes();
        changed[at] ^= 1;
        assert!(cache.find(std::str::from_utf8(&changed).unwrap()).is_none(), "byte {at}");
    }
    assert!(cache.find(&compact[1..]).is_none());
    assert!(cache.find(&compact[..compact.len() - 1]).is_none());
    assert!(cache.find(&format!("{compact}=")).is_none());
    assert!(cache.find("").is_none());
    assert!(finds(&cache, &token));
}

#[test]
fn an_equal_hash_does_not_make_an_equal_token() {
    let (source, cache) = (Source::new(), cache(1, PLENTY));
    let (stored, other) = (source.token(1), source.token(2));
    store(&cache, &stored);
    let collision = cache.hash(&other.content().compact);
    cache.sets[0].slot(0).hash.store(collision, Ordering::Relaxed);
    assert!(cache.find(&other.content().compact).is_none());
}

#[test]
fn the_number_of_tokens_is_bounded() {
    let source = Source::new();
    for limit in [1, 7, 8, 9, 20, 64] {
        let cache = cache(limit, PLENTY);
        for number in 0..200 {
            let token = source.token(number);
            store_again_and_again(&cache, &token);
            assert!(finds(&cache, &token), "what was stored last is there");
            assert!(cache.occupancy().count <= limit);
        }
        assert!(
            cache.occupancy().count >= limit / 2,
            "{} of {limit} places are used",
            cache.occupancy().count
        );
        assert_eq!(cache.bytes.load(Ordering::Relaxed), bytes_held(&cache));
    }
}

#[test]
fn the_bytes_are_bounded_whatever_the_sizes() {
    let source = Source::new();
    let one = weight(&source.token(0).shared_content());
    let cache = cache(1000, one * 10);
    for number in 0..300 {
        store_again_and_again(&cache, &source.padded_token(number, (number * 37) % 900));
        assert!(bytes_held(&cache) <= one * 10);
        assert_eq!(cache.bytes.load(Ordering::Relaxed), bytes_held(&cache));
    }
    assert!(cache.occupancy().count > 1);
}

#[test]
fn a_token_bigger_than_the_cache_is_not_stored_and_pushes_nothing_out() {
    let source = Source::new();
    let small = source.token(1);
    let cache = cache(8, weight(&small.shared_content()) * 2);
    store(&cache, &small);
    let big = source.padded_token(2, 10_000);
    store(&cache, &big);
    assert!(!finds(&cache, &big));
    assert!(finds(&cache, &small));
}

#[test]
fn a_cache_of_no_size_holds_nothing() {
    let source = Source::new();
    for cache in [cache(0, PLENTY), cache(8, 0)] {
        let token = source.token(1);
        store(&cache, &token);
        assert!(!finds(&cache, &token));
        cache.forget(&token);
        assert_eq!((cache.occupancy().count, cache.bytes.load(Ordering::Relaxed)), (0, 0));
    }
}

#[test]
fn as_many_as_fit_is_a_number_of_tokens() {
    let (source, cache) = (Source::new(), cache(usize::MAX, 1 << 20));
    assert!(cache.slots().count() < 20_000);
    for number in 0..1000 {
        store_again_and_again(&cache, &source.padded_token(number, 1000));
        assert!(bytes_held(&cache) <= 1 << 20);
    }
    assert!(cache.occupancy().count > 100);
}

#[test]
fn a_token_in_use_outlives_those_seen_once() {
    let source = Source::new();
    let cache = cache(8, PLENTY);
    let used: Vec<_> = (0..4).map(|number| source.token(number)).collect();
    used.iter().for_each(|token| store(&cache, token));
    for number in 100..1100 {
        assert!(used.iter().all(|token| finds(&cache, token)), "pushed out by number {number}");
        store_again_and_again(&cache, &source.token(number));
    }
}

#[test]
fn a_token_seen_once_pushes_nothing_out_of_a_full_cache() {
    let source = Source::new();
    let (small, weight) = (source.token(0), |token: &ValidatedToken| weight(&token.shared_content()));
    // Full by number, and full by bytes.
    for cache in [cache(8, PLENTY), cache(100, 8 * weight(&small))] {
        let held: Vec<_> = (0..8).map(|number| source.token(number)).collect();
        held.iter().for_each(|token| store(&cache, token));
        let held: Vec<_> = held.into_iter().filter(|token| finds(&cache, token)).collect();
        assert_eq!(held.len(), cache.occupancy().count);
        for number in 100..1100 {
            let token = source.token(number);
            store(&cache, &token);
            assert!(!finds(&cache, &token), "number {number}");
        }
        assert!(held.iter().all(|token| finds(&cache, token)));
    }
}

#[test]
fn a_full_cache_takes_a_token_in_on_its_second_visit() {
    let (source, cache) = (Source::new(), cache(8, PLENTY));
    (0..8).for_each(|number| store(&cache, &source.token(number)));
    let token = source.token(100);
    store(&cache, &token);
    assert!(!finds(&cache, &token));
    store(&cache, &token);
    assert!(finds(&cache, &token));
    assert_eq!(cache.occupancy().count, 8);
    assert_eq!(cache.bytes.load(Ordering::Relaxed), bytes_held(&cache));
}

#[test]
fn a_token_that_has_run_out_gives_way_at_once() {
    let (source, cache) = (Source::new(), cache(1, PLENTY));
    let (early, late) = (source.token(1), source.token(2));
    store(&cache, &source.token(0));
    // They expire at 1000, and the tolerance is 5 seconds.
    cache.store(&early, at(1004.9));
    assert!(!finds(&cache, &early));
    cache.store(&late, at(1005.0));
    assert!(finds(&cache, &late));
    assert_eq!(cache.occupancy().count, 1);
    assert_eq!(cache.bytes.load(Ordering::Relaxed), bytes_held(&cache));
}

#[test]
fn two_tokens_that_come_by_turns_do_not_keep_each_other_out() {
    let (source, cache) = (Source::new(), cache(1, PLENTY));
    store(&cache, &source.token(0));
    let mark = |token: &ValidatedToken| cache.hash(&token.content().compact) % 4;
    let one = source.token(1);
    let other = (2..).map(|number| source.token(number)).find(|token| mark(token) == mark(&one)).unwrap();
    let mut taken_in = [false; 2];
    for _ in 0..100 {
        for (token, taken_in) in [&one, &other].into_iter().zip(&mut taken_in) {
            store(&cache, token);
            *taken_in |= finds(&cache, token);
        }
    }
    assert_eq!(taken_in, [true; 2]);
}

#[test]
fn a_place_that_became_free_is_taken_at_once() {
    let (source, cache) = (Source::new(), cache(8, PLENTY));
    let held: Vec<_> = (0..8).map(|number| source.token(number)).collect();
    held.iter().for_each(|token| store(&cache, token));
    cache.forget(&held[3]);
    let token = source.token(100);
    store(&cache, &token);
    assert!(finds(&cache, &token));
}

#[test]
fn a_token_nobody_uses_any_more_gives_way() {
    let source = Source::new();
    let cache = cache(8, PLENTY);
    let old = source.token(0);
    store(&cache, &old);
    assert!(finds(&cache, &old));
    (1..100).for_each(|number| store_again_and_again(&cache, &source.token(number)));
    assert!(!finds(&cache, &old));
}

#[test]
fn storing_a_token_again_takes_no_second_place() {
    let (source, cache) = (Source::new(), cache(8, PLENTY));
    let (token, other) = (source.token(1), source.token(2));
    store(&cache, &other);
    for _ in 0..20 {
        store(&cache, &token);
    }
    assert_eq!(cache.occupancy().count, 2);
    assert!(finds(&cache, &other));
    assert_eq!(cache.bytes.load(Ordering::Relaxed), bytes_held(&cache));
}

#[test]
fn a_forgotten_token_is_gone_and_the_others_are_not() {
    let (source, cache) = (Source::new(), cache(8, PLENTY));
    let (token, other) = (source.token(1), source.token(2));
    store(&cache, &token);
    store(&cache, &other);
    cache.forget(&token);
    assert!(!finds(&cache, &token));
    assert!(finds(&cache, &other));
    cache.forget(&token);
    assert_eq!(cache.bytes.load(Ordering::Relaxed), weight(&other.shared_content()));
}

#[test]
fn forgetting_spares_the_same_token_verified_anew() {
    let (source, cache) = (Source::new(), cache(8, PLENTY));
    // Ed25519 signs the same bytes the same way, so these are two validations of one token.
    let (before, after) = (source.token(1), source.token(1));
    assert_eq!(before.content().compact, after.content().compact);
    store(&cache, &before);
    store(&cache, &after);
    cache.forget(&before);
    assert!(finds(&cache, &after));
}

#[test]
fn two_caches_do_not_hash_alike() {
    let (one, other) = (cache(8, PLENTY), cache(8, PLENTY));
    assert_ne!(one.hash("token"), other.hash("token"), "or one could choose tokens that share a place");
}

#[test]
fn debug_shows_no_token() {
    let (source, cache) = (Source::new(), cache(8, PLENTY));
    store(&cache, &source.token(1));
    assert!(!format!("{cache:?}").contains("eyJ"));
}

#[test]
fn threads_find_only_what_they_ask_for_and_the_books_balance() {
    let source = Source::new();
    let tokens: Vec<_> = (0..64).map(|number| source.padded_token(number, number * 10)).collect();
    let max_bytes = 40 * weight(&tokens[32].shared_content());
    let cache = cache(32, max_bytes);
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            let (cache, tokens) = (&cache, &tokens);
            scope.spawn(move || {
                let mut state = thread as u64 + 1;
                for _ in 0..20_000 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let token = &tokens[(state >> 33) as usize % tokens.len()];
                    match (state >> 60) % 4 {
                        0 | 1 => {
                            let found = cache.find(&token.content().compact);
                            assert!(found.is_none_or(|found| std::ptr::eq(found.content(), token.content())));
                        }
                        2 => store(cache, token),
                        _ => cache.forget(token),
                    }
                }
            });
        }
    });
    assert!(cache.occupancy().count <= 32);
    assert_eq!(cache.bytes.load(Ordering::Relaxed), bytes_held(&cache));
    assert!(bytes_held(&cache) <= max_bytes);
    // Whatever a race left behind, a token stored now is found now.
    for token in &tokens {
        store_again_and_again(&cache, token);
        assert!(finds(&cache, token));
    }
}

#[test]
fn a_hit_writes_to_a_counter_of_the_threads_place() {
    let (source, cache) = (Source::new(), cache(8, PLENTY));
    let token = source.token(1);
    store(&cache, &token);
    let slot = cache.slots().find(|slot| slot.entry.load().is_some()).unwrap();
    let entry = slot.entry.load_full().unwrap();
    let of_place = entry.pointer();
    let counts =
        || (Arc::strong_count(&entry), Arc::strong_count(of_place.value()), Arc::strong_count(&of_place));
    let before = counts();
    let found = cache.find(&token.content().compact).unwrap();
    assert_eq!(counts(), (before.0, before.1, before.2 + 1));
    assert!(std::ptr::eq(found.content(), token.content()));
}
