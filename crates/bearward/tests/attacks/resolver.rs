//! Issuers named at run time: over real HTTP, with a resolver that is slow, fails, hangs or lies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bearward::builder::ResourceServerBuilder;
use bearward::builder::{Given, ResolverOnly};
use bearward::resolver::ResolverError;
use bearward::trust::Limits;
use bearward::{IssuerConfig, ResourceServer};
use bearward_issuer::{Endpoint, Fault, RunningIssuer};
use tokio::task::JoinSet;

use crate::support::{AUDIENCE, TestClock, assert_accepted, assert_refused, issuer, present};

type Answer = Result<Option<IssuerConfig>, ResolverError>;

/// A case and what its resolver says.
type Case = (&'static str, fn(String) -> Answer);

/// A resolver that counts its calls and takes its time.
fn resolving(
    delay: Duration,
    answer: impl Fn(String) -> Answer + Send + Sync + Copy + 'static,
) -> (ResourceServerBuilder<ResolverOnly, Given>, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let resolver = move |issuer: String| {
        counter.fetch_add(1, Ordering::SeqCst);
        async move {
            tokio::time::sleep(delay).await;
            answer(issuer)
        }
    };
    (ResourceServer::builder().issuer_resolver(resolver).audience(AUDIENCE), calls)
}

fn anyone(issuer: String) -> Answer {
    Ok(Some(IssuerConfig::new(issuer)))
}

fn crowd(issuer: &RunningIssuer, api: &ResourceServer, size: usize) -> JoinSet<Result<(), &'static str>> {
    let mut requests = JoinSet::new();
    for number in 0..size {
        let (api, token) = (api.clone(), issuer.mint().audience(AUDIENCE).subject(number.to_string()).sign());
        requests
            .spawn(async move { present(&api, &token).await.map(drop).map_err(|failure| failure.code()) });
    }
    requests
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_that_arrive_together_cause_one_call_and_one_fetch() {
    let issuer = issuer().await;
    let (builder, calls) = resolving(Duration::from_millis(50), anyone);
    let api = builder.build().unwrap();
    let results = crowd(&issuer, &api, 500).join_all().await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!((issuer.requests(Endpoint::Metadata), issuer.requests(Endpoint::Jwks)), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_resolver_that_answers_at_once_is_not_asked_twice_by_requests_that_race() {
    for _ in 0..20 {
        let issuer = issuer().await;
        let (builder, calls) = resolving(Duration::ZERO, anyone);
        let api = builder.build().unwrap();
        let results = crowd(&issuer, &api, 64).join_all().await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_resolvers_word_holds_for_ten_minutes_and_a_refusal_for_half_a_minute() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let (builder, calls) = resolving(Duration::ZERO, anyone);
    let api = builder.clock(clock.reader()).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    for (step, expected) in [(0.0, 1), (599.0, 1), (2.0, 2), (1.0, 2)] {
        clock.advance(step);
        assert_accepted(present(&api, &token).await, "trusted");
        assert_eq!(calls.load(Ordering::SeqCst), expected, "after {step} s more");
    }
    let (builder, calls) = resolving(Duration::ZERO, |_| Ok(None));
    let api = builder.clock(clock.reader()).build().unwrap();
    for (step, expected) in [(0.0, 1), (29.0, 1), (2.0, 2)] {
        clock.advance(step);
        assert_refused(present(&api, &token).await, "issuer_unknown", "not trusted");
        assert_eq!(calls.load(Ordering::SeqCst), expected, "after {step} s more");
    }
    assert_eq!(issuer.requests(Endpoint::Metadata), 1, "trust that is confirmed keeps its keys");
}

#[tokio::test]
async fn an_issuer_that_is_no_longer_trusted_is_refused_even_from_cache() {
    use std::sync::atomic::AtomicBool;
    static TRUSTED: AtomicBool = AtomicBool::new(true);
    let issuer = issuer().await;
    let clock = TestClock::new();
    let (builder, _) = resolving(Duration::ZERO, |issuer| {
        Ok(TRUSTED.load(Ordering::SeqCst).then(|| IssuerConfig::new(issuer)))
    });
    let api = builder.clock(clock.reader()).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).expires_in(7200).sign();
    assert_accepted(present(&api, &token).await, "trusted");
    TRUSTED.store(false, Ordering::SeqCst);
    clock.advance(601.0);
    assert_refused(present(&api, &token).await, "issuer_unknown", "cached");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_failing_resolver_answers_everyone_who_waited_at_once() {
    let issuer = issuer().await;
    for round in 0..10 {
        let (builder, calls) =
            resolving(Duration::from_millis(20), |_| Err(ResolverError::new("the database is down")));
        let api = builder.clock(TestClock::new().reader()).build().unwrap();
        let requests = crowd(&issuer, &api, 300);
        let results = tokio::time::timeout(Duration::from_secs(5), requests.join_all()).await;
        let results = results.unwrap_or_else(|_| panic!("round {round}: somebody waits for ever"));
        assert!(results.iter().all(|result| *result == Err("resolver_unavailable")), "{results:?}");
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
    assert_eq!(issuer.requests(Endpoint::All), 0);
}

#[tokio::test]
async fn a_failing_resolver_is_503_and_asked_again_later() {
    let issuer = issuer().await;
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let (builder, _) = resolving(Duration::ZERO, |issuer| match CALLS.fetch_add(1, Ordering::SeqCst) {
        0 => Err(ResolverError::new("the database is down")),
        _ => Ok(Some(IssuerConfig::new(issuer))),
    });
    let clock = TestClock::new();
    let api = builder.clock(clock.reader()).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    assert_refused(present(&api, &token).await, "resolver_unavailable", "failing");
    assert_refused(present(&api, &token).await, "resolver_unavailable", "not asked again at once");
    assert_eq!(CALLS.load(Ordering::SeqCst), 1);
    clock.advance(1.1);
    assert_accepted(present(&api, &token).await, "back");
}

#[tokio::test]
async fn a_resolver_that_hangs_is_given_up() {
    let issuer = issuer().await;
    let (builder, _) = resolving(Duration::from_secs(3600), anyone);
    let mut limits = Limits::default();
    limits.fetch_timeout = Duration::from_millis(100);
    let api = builder.limits(limits).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    let started = Instant::now();
    assert_refused(present(&api, &token).await, "resolver_unavailable", "hanging");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_client_that_hangs_up_during_a_resolution_leaves_it_to_the_next() {
    let issuer = issuer().await;
    for round in 0..10 {
        let (builder, calls) = resolving(Duration::from_millis(40), anyone);
        let api = builder.build().unwrap();
        let mut first = crowd(&issuer, &api, 1);
        while calls.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let others = crowd(&issuer, &api, 100);
        tokio::time::sleep(Duration::from_millis(5)).await;
        first.abort_all();
        let results = tokio::time::timeout(Duration::from_secs(5), others.join_all()).await;
        let results = results.unwrap_or_else(|_| panic!("round {round}: somebody waits for ever"));
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }
}

#[tokio::test]
async fn a_resolver_that_answers_with_another_issuer_or_nonsense_is_not_believed() {
    let issuer = issuer().await;
    let token = issuer.mint().audience(AUDIENCE).sign();
    let other = |_: String| anyone("https://other.example".to_owned());
    let slash = |issuer: String| anyone(format!("{issuer}/"));
    let weak = |issuer: String| Ok(Some(IssuerConfig::new(issuer).shared_secret("short")));
    let plain = |issuer: String| Ok(Some(IssuerConfig::new(issuer).jwks_uri("http://keys.example/")));
    let answers: [Case; 4] =
        [("another issuer", other), ("a slash more", slash), ("a short secret", weak), ("plain http", plain)];
    for (case, answer) in answers {
        let (builder, _) = resolving(Duration::ZERO, answer);
        let api = builder.build().unwrap();
        assert_refused(present(&api, &token).await, "issuer_unknown", case);
    }
    assert_eq!(issuer.requests(Endpoint::All), 0);
}

#[tokio::test]
async fn a_configured_issuer_is_not_asked_about_and_a_token_without_issuer_neither() {
    let issuer = issuer().await;
    let (builder, calls) = resolving(Duration::ZERO, |_| Ok(None));
    let api = builder.issuer(issuer.url()).build().unwrap();
    assert_accepted(present(&api, &issuer.mint().audience(AUDIENCE).sign()).await, "configured");
    let token = issuer.mint().audience(AUDIENCE).remove("iss").sign();
    assert_refused(present(&api, &token).await, "issuer_missing", "no iss");
    let token = issuer.mint().audience(AUDIENCE).claim("iss", 7).sign();
    assert_refused(present(&api, &token).await, "issuer_malformed", "iss of a wrong type");
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn made_up_issuers_fill_nothing_up() {
    let issuer = issuer().await;
    let own = issuer.url().to_owned();
    let resolver = move |asked: String| {
        let known = asked == own;
        async move { Ok::<_, ResolverError>(known.then(|| IssuerConfig::new(asked))) }
    };
    let api = ResourceServer::builder().issuer_resolver(resolver).audience(AUDIENCE).build().unwrap();
    let made_up = issuer.mint().audience(AUDIENCE);
    for number in 0..3000 {
        let token = made_up.clone().claim("iss", format!("https://{number}.example")).unsigned_looking();
        assert_refused(present(&api, &token).await, "issuer_unknown", "made up");
    }
    assert_accepted(present(&api, &issuer.mint().audience(AUDIENCE).sign()).await, "a real one");
}

/// More issuers than are kept take turns, two at a time, while their keys take a moment to come.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn more_issuers_than_are_kept_are_answered_and_their_keys_fetched_once_a_second_at_most() {
    const ROUNDS: u64 = 5;
    let mut issuers = Vec::new();
    for _ in 0..11 {
        let issuer = issuer().await;
        issuer.stage(Endpoint::All, Fault::Slow { delay: Duration::from_millis(10) });
        issuers.push(issuer);
    }
    for kept in [10, 1] {
        let clock = TestClock::new();
        let (builder, calls) = resolving(Duration::from_millis(1), anyone);
        let mut limits = Limits::default();
        limits.max_resolved_issuers = kept;
        let api = builder.limits(limits).clock(clock.reader()).build().unwrap();
        let before: Vec<_> = issuers.iter().map(|issuer| issuer.requests(Endpoint::Jwks)).collect();
        let mut served = 0_u64;
        for _ in 0..ROUNDS {
            for first in 0..issuers.len() {
                let pair = [&issuers[first], &issuers[(first + 1) % issuers.len()]];
                let requests = pair.map(|issuer| {
                    let (api, token) = (api.clone(), issuer.mint().audience(AUDIENCE).remove("iat").sign());
                    async move { present(&api, &token).await }
                });
                let [one, other] = requests;
                let both = async { tokio::join!(one, other) };
                let answers = tokio::time::timeout(Duration::from_secs(20), both).await;
                let (one, other) = answers.expect("a request waits for ever");
                for answer in [one, other] {
                    match answer {
                        Ok(_) => served += 1,
                        Err(failure) => assert_eq!(failure.code(), "keys_unavailable"),
                    }
                }
            }
            clock.advance(1.0);
        }
        for (issuer, before) in issuers.iter().zip(before) {
            let fetches = issuer.requests(Endpoint::Jwks) - before;
            assert!(fetches <= ROUNDS, "{fetches} fetches in {ROUNDS} seconds, {kept} kept");
        }
        assert!(calls.load(Ordering::SeqCst) as u64 <= 11 * ROUNDS, "the resolver is asked no more often");
        // With ten places one issuer or two are out at a time; with one place there is one issuer a second.
        assert!(served >= if kept == 10 { 50 } else { ROUNDS }, "{served} served of {}", ROUNDS * 22);
    }
}

/// A signature costs time that these tests need not spend: nobody looks at this one.
trait UnsignedLooking {
    fn unsigned_looking(&self) -> String;
}

impl UnsignedLooking for bearward_issuer::TokenBuilder {
    fn unsigned_looking(&self) -> String {
        let bytes = |object| serde_json::to_vec(object).unwrap();
        bearward_issuer::assemble(&bytes(self.jose_header()), &bytes(self.claims_set()), &[1; 64])
    }
}
