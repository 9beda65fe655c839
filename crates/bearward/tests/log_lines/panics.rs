//! A panic in the operator's own code refuses the request that met it, and nothing else.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bearward::answer::Refusal;
use bearward::check::{ReplayKey, ReplayOutcome, RevocationEntry, RevocationQuery};
use bearward::engine::Route;
use bearward::requirement::{NoFacts, custom, organization, scope};
use bearward::resolver::{IssuerResolver, ResolverError};
use bearward::store::{IntrospectionKey, IntrospectionStore, ReplayStore, RevocationStore, StoreFuture};
use bearward::trust::{ClientAuthentication, Introspection};
use bearward::wire::NumericDate;
use bearward::{AccessToken, IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, DpopKey, Issuer, ProtectedResource};
use http::{Request, StatusCode};
use tokio::time::timeout;
use tracing::Level;

use super::Heard;
use crate::support::{AUDIENCE, introspecting, issuer, present, present_to, trusting};

/// What each panic says, and no log line of Bearward's may.
const PAYLOAD: &str = "canary-in-the-payload";

/// Where the operator's code panics.
#[derive(Clone, Copy, Debug)]
enum Panics {
    /// Before there is anything to await.
    AtOnce,
    /// While it is awaited.
    Later,
}

const BOTH: [Panics; 2] = [Panics::AtOnce, Panics::Later];

/// A store or resolver that panics while it is armed.
#[derive(Clone)]
struct Faulty {
    panics: Panics,
    armed: Arc<AtomicBool>,
}

impl Faulty {
    fn new(panics: Panics) -> Self {
        Self { panics, armed: Arc::new(AtomicBool::new(true)) }
    }

    fn mend(&self) {
        self.armed.store(false, Ordering::SeqCst);
    }

    fn answer<'a, T: Send + 'a>(&self, answer: T) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
        let armed = self.armed.load(Ordering::SeqCst);
        match self.panics {
            Panics::AtOnce if armed => panic!("{PAYLOAD}"),
            Panics::Later if armed => Box::pin(async {
                tokio::task::yield_now().await;
                panic!("{PAYLOAD}")
            }),
            _ => Box::pin(std::future::ready(answer)),
        }
    }
}

impl ReplayStore for Faulty {
    fn claim(
        &self,
        _: ReplayKey,
        _: NumericDate,
        _: NumericDate,
        _: NumericDate,
    ) -> StoreFuture<'_, ReplayOutcome> {
        self.answer(Ok(ReplayOutcome::Granted))
    }
}

impl RevocationStore for Faulty {
    fn entries<'s>(&'s self, _: &'s RevocationQuery) -> StoreFuture<'s, Vec<RevocationEntry>> {
        self.answer(Ok(Vec::new()))
    }
}

impl IntrospectionStore for Faulty {
    fn find(&self, _: IntrospectionKey) -> StoreFuture<'_, Option<Vec<u8>>> {
        self.answer(Ok(None))
    }

    fn keep(&self, _: IntrospectionKey, _: Vec<u8>, _: Duration) -> StoreFuture<'_, ()> {
        self.answer(Ok(()))
    }
}

struct FaultyResolver {
    faulty: Faulty,
    trusted: IssuerConfig,
}

impl IssuerResolver for FaultyResolver {
    fn resolve(
        &self,
        _: String,
    ) -> Pin<Box<dyn Future<Output = Result<Option<IssuerConfig>, ResolverError>> + Send + '_>> {
        self.faulty.answer(Ok(Some(self.trusted.clone())))
    }
}

async fn prove(api: &ResourceServer, token: &str, key: &DpopKey) -> Result<AccessToken, Refusal> {
    let url = "https://api.example.com/orders";
    let proof = key.proof("GET", url).access_token(token).sign();
    let request = Request::get(url).header("authorization", format!("DPoP {token}")).header("dpop", proof);
    api.authenticate(&request.body(()).unwrap(), Route::open()).await
}

#[track_caller]
fn assert_refused(result: Result<AccessToken, Refusal>, code: &str, status: StatusCode) {
    let failure = result.map(drop).unwrap_err();
    assert_eq!((failure.code(), failure.answer().status), (code, status));
    let body = String::from_utf8(failure.answer().body).unwrap();
    assert!(!body.contains(PAYLOAD), "{body}");
}

/// The one line that a panic writes.
#[track_caller]
fn assert_told(heard: &Heard, before: usize, who: &str, case: Panics) {
    let line = heard.only_line_since(before, &format!("{case:?}"));
    assert!(line.contains("ERROR") && line.contains(&format!("{who} panicked")), "{line}");
    assert!(!line.contains(PAYLOAD), "{line}");
}

#[tokio::test]
async fn a_validator_that_panics_refuses_with_500_even_what_is_cached() {
    let heard = Heard::at(Level::INFO);
    let issuer = issuer().await;
    let armed = Arc::new(AtomicBool::new(false));
    let panics = Arc::clone(&armed);
    let validator = move |claims: &bearward::token::ClaimsSet| match claims.get("victim") {
        Some(_) if panics.load(Ordering::SeqCst) => panic!("{PAYLOAD}"),
        _ => Ok(()),
    };
    let api = trusting(&issuer).validator(validator).build().unwrap();
    let victim = issuer.mint().audience(AUDIENCE).claim("victim", true).sign();
    let other = issuer.mint().audience(AUDIENCE).sign();
    present(&api, &victim).await.unwrap();
    armed.store(true, Ordering::SeqCst);
    let before = heard.lines().len();
    let fresh = issuer.mint().audience(AUDIENCE).claim("victim", true).subject("another").sign();
    assert_refused(present(&api, &victim).await, "function_panicked", StatusCode::INTERNAL_SERVER_ERROR);
    assert_told(&heard, before, "a validator", Panics::AtOnce);
    assert_refused(present(&api, &fresh).await, "function_panicked", StatusCode::INTERNAL_SERVER_ERROR);
    present(&api, &other).await.unwrap();
    armed.store(false, Ordering::SeqCst);
    present(&api, &victim).await.unwrap();
}

#[tokio::test]
async fn a_resolver_that_panics_is_503_for_all_who_wait_and_asked_again_later() {
    for panics in BOTH {
        let heard = Heard::at(Level::INFO);
        let (configured, tenant) = (issuer().await, issuer().await);
        let faulty = Faulty::new(panics);
        let trusted = IssuerConfig::new(tenant.url());
        let clock = crate::support::TestClock::new();
        let api = trusting(&configured)
            .issuer_resolver(FaultyResolver { faulty: faulty.clone(), trusted })
            .clock(clock.reader())
            .build()
            .unwrap();
        let token = tenant.mint().audience(AUDIENCE).sign();
        let both = async { tokio::join!(present(&api, &token), present(&api, &token)) };
        let (one, other) = timeout(Duration::from_secs(10), both).await.expect("nobody waits for ever");
        let down = StatusCode::SERVICE_UNAVAILABLE;
        assert_refused(one, "resolver_unavailable", down);
        assert_refused(other, "resolver_unavailable", down);
        let lines = heard.lines_with("the issuer resolver panicked");
        assert_eq!(lines.len(), 1, "{panics:?}: {lines:#?}");
        assert!(lines[0].contains("ERROR") && !lines[0].contains(PAYLOAD), "{}", lines[0]);

        present(&api, &configured.mint().audience(AUDIENCE).sign()).await.unwrap();
        faulty.mend();
        clock.advance(2.0);
        present(&api, &token).await.unwrap();
    }
}

#[tokio::test]
async fn a_store_that_panics_is_503_and_the_next_request_is_asked_about_again() {
    let down = StatusCode::SERVICE_UNAVAILABLE;
    for panics in BOTH {
        let heard = Heard::at(Level::INFO);
        let issuer = issuer().await;
        let faulty = Faulty::new(panics);
        let api = trusting(&issuer).revocation_store(faulty.clone()).build().unwrap();
        api.ready().await.unwrap();
        let token = issuer.mint().audience(AUDIENCE).sign();
        let before = heard.lines().len();
        assert_refused(present(&api, &token).await, "revocation_store_unavailable", down);
        assert_told(&heard, before, "the revocation store", panics);
        faulty.mend();
        present(&api, &token).await.unwrap();

        let faulty = Faulty::new(panics);
        let api = trusting(&issuer).public_origin("https://api.example.com");
        let api = api.replay_store(faulty.clone()).build().unwrap();
        api.ready().await.unwrap();
        let key = DpopKey::generate(Algorithm::Es256);
        let bound = issuer.mint().audience(AUDIENCE).bound_to_key(key.thumbprint()).sign();
        let before = heard.lines().len();
        assert_refused(prove(&api, &bound, &key).await, "replay_store_unavailable", down);
        assert_told(&heard, before, "the replay store", panics);
        faulty.mend();
        prove(&api, &bound, &key).await.unwrap();
    }
}

#[tokio::test]
async fn an_introspection_store_that_panics_costs_a_call_and_no_decision() {
    for panics in BOTH {
        let heard = Heard::at(Level::INFO);
        let client = ProtectedResource::new("orders", "a secret");
        let issuer = Issuer::builder().algorithms([Algorithm::Es256]).protected_resource(client);
        let issuer = issuer.start().await.unwrap();
        let secret = ClientAuthentication::secret_basic("orders", "a secret");
        let api = introspecting(&issuer, Introspection::new(secret));
        let api = api.introspection_store(Faulty::new(panics)).build().unwrap();
        let token = issuer.mint_opaque(issuer.mint().audience(AUDIENCE));
        let both = async { tokio::join!(present(&api, &token), present(&api, &token)) };
        let (one, other) = timeout(Duration::from_secs(10), both).await.expect("nobody waits for ever");
        assert!(one.is_ok() && other.is_ok(), "{panics:?}");
        let lines = heard.lines_with("the introspection store panicked");
        assert_eq!(lines.len(), 1, "{panics:?}: {lines:#?}");
        assert!(lines[0].contains("ERROR") && !lines[0].contains(PAYLOAD), "{}", lines[0]);
    }
}

#[tokio::test]
async fn a_requirement_that_panics_refuses_with_500_even_under_not() {
    let heard = Heard::at(Level::INFO);
    let issuer = issuer().await;
    let clock = crate::support::TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).organization("acme").scope("read").sign();
    let panics = || custom(|_, _| -> bool { panic!("{PAYLOAD}") });
    let reads = || organization().from_request(|_| panic!("{PAYLOAD}"));
    present(&api, &token).await.unwrap();
    for (who, requirement) in [
        ("a custom requirement", panics()),
        ("a custom requirement", panics().not()),
        ("a custom requirement", panics().not().or(scope("missing"))),
        ("a custom requirement", panics().and(scope("read")).not()),
        ("a function that names the organization", reads()),
        ("a function that names the organization", reads().not()),
    ] {
        let case = format!("{requirement:?}");
        let requirement = requirement.check().unwrap();
        clock.advance(1.0);
        let before = heard.lines().len();
        let result = present_to(&api, &token, Route::requiring(&requirement, &NoFacts)).await;
        assert_refused(result, "function_panicked", StatusCode::INTERNAL_SERVER_ERROR);
        let line = heard.only_line_since(before, &case);
        assert!(line.contains("ERROR") && line.contains(&format!("{who} panicked")), "{case}: {line}");
        assert!(!line.contains(PAYLOAD), "{line}");
    }
    present(&api, &token).await.unwrap();
}
