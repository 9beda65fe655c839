//! The contract of `tower::Service`: the service that was polled ready is the one that is called.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bearward_issuer::{Endpoint, Fault, Issuer};
use bearward_tower::{FormCredentialLayer, ProtectLayer, ResourceServer, require, requirement::scope};
use http::{Request, Response};
use tower::limit::ConcurrencyLimitLayer;
use tower::{Layer, Service, ServiceBuilder, ServiceExt};

use crate::support::{AUDIENCE, Body, mint, trusting, with_token, without_token};

/// Panics when it is called without having been polled ready. Its clones are not ready.
struct Strict {
    ready: bool,
    calls: Arc<AtomicUsize>,
}

impl Strict {
    fn new() -> (Self, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        (Self { ready: false, calls: Arc::clone(&calls) }, calls)
    }
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { ready: false, calls: Arc::clone(&self.calls) }
    }
}

impl Service<Request<Body>> for Strict {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        assert!(self.ready, "a service that was not ready was called");
        self.ready = false;
        self.calls.fetch_add(1, Ordering::SeqCst);
        ready(Ok(Response::new(Body::default())))
    }
}

/// An issuer whose keys take a moment, and an API that has none yet.
async fn cold() -> (bearward_issuer::RunningIssuer, ResourceServer) {
    let issuer = Issuer::builder().algorithms([bearward_issuer::Algorithm::Es256]).start().await.unwrap();
    issuer.stage(Endpoint::All, Fault::Slow { delay: Duration::from_millis(20) });
    let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).build().unwrap();
    (issuer, api)
}

#[tokio::test]
async fn the_service_that_was_polled_ready_is_called_at_once() {
    let (strict, calls) = Strict::new();
    let api = trusting().build().unwrap();
    let layers = ServiceBuilder::new()
        .layer(FormCredentialLayer)
        .layer(ProtectLayer::new(api.clone()))
        .layer(require(scope("a")).unwrap())
        .layer(ProtectLayer::new(api.clone()).requirement(scope("a")).unwrap());
    let mut service = layers.service(strict);
    let token = mint().scope("a").sign();
    for round in 1..=3 {
        let response = service.ready().await.unwrap().call(with_token(&token)).await.unwrap();
        assert_eq!((response.status().as_u16(), calls.load(Ordering::SeqCst)), (200, round));
    }
}

#[tokio::test]
async fn the_service_that_was_polled_ready_is_called_after_waiting_for_keys() {
    let (issuer, api) = cold().await;
    let (strict, calls) = Strict::new();
    let mut service = ServiceBuilder::new()
        .layer(FormCredentialLayer)
        .layer(ProtectLayer::new(api.clone()))
        .service(strict);
    let token = issuer.mint().audience(AUDIENCE).sign();
    let first = service.ready().await.unwrap().call(with_token(&token));
    let second = service.ready().await.unwrap().call(with_token(&token));
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.unwrap().status().as_u16(), second.unwrap().status().as_u16()), (200, 200));
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    assert_eq!(issuer.requests(Endpoint::Jwks), 1);
}

#[tokio::test]
async fn a_form_is_read_before_the_ready_service_is_called() {
    let (strict, calls) = Strict::new();
    let api = trusting().build().unwrap();
    let mut service = ServiceBuilder::new()
        .layer(FormCredentialLayer)
        .layer(ProtectLayer::new(api.clone()))
        .service(strict);
    let form = format!("access_token={}", mint().sign());
    let request = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(Body::from(form)).unwrap();
    let response = service.ready().await.unwrap().call(request).await.unwrap();
    assert_eq!((response.status().as_u16(), calls.load(Ordering::SeqCst)), (200, 1));
}

#[tokio::test]
async fn a_refused_request_does_not_reach_the_service() {
    let (strict, calls) = Strict::new();
    let api = trusting().build().unwrap();
    let mut service = ProtectLayer::new(api.clone()).layer(strict);
    for request in [without_token(), with_token("x.y.z"), with_token(&mint().expires_in(-60).sign())] {
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        assert_eq!(response.status(), 401);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_client_that_hangs_up_while_keys_are_fetched_does_not_reach_the_service() {
    let (issuer, api) = cold().await;
    let (strict, calls) = Strict::new();
    let mut service = ProtectLayer::new(api.clone()).layer(strict);
    let token = issuer.mint().audience(AUDIENCE).sign();
    let mut response = Box::pin(service.ready().await.unwrap().call(with_token(&token)));
    let mut context = Context::from_waker(Waker::noop());
    assert!(response.as_mut().poll(&mut context).is_pending());
    drop(response);
    api.ready().await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_place_that_was_reserved_inside_is_used_or_given_back() {
    let (issuer, api) = cold().await;
    let (strict, calls) = Strict::new();
    let limited = ConcurrencyLimitLayer::new(1).layer(strict);
    let service = ProtectLayer::new(api.clone()).layer(limited);
    let token = issuer.mint().audience(AUDIENCE).sign();
    let soon = Duration::from_secs(5);
    let ask = |request| tokio::time::timeout(soon, service.clone().oneshot(request));
    // Refused, waiting for keys, and passed: each must leave the one place free for the next.
    for (request, status) in [
        (without_token(), 401),
        (with_token(&token), 200),
        (with_token("x.y.z"), 401),
        (with_token(&token), 200),
    ] {
        assert_eq!(ask(request).await.expect("the place was lost").unwrap().status(), status);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

/// Never ready.
#[derive(Clone)]
struct Busy;

impl Service<Request<Body>> for Busy {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Pending
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        panic!("a service that was not ready was called")
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_makes_the_whole_wait() {
    let api = trusting().build().unwrap();
    let mut context = Context::from_waker(Waker::noop());
    assert!(ProtectLayer::new(api.clone()).layer(Busy).poll_ready(&mut context).is_pending());
    assert!(ProtectLayer::new(api.clone()).optional().layer(Busy).poll_ready(&mut context).is_pending());
    assert!(require(scope("a")).unwrap().layer(Busy).poll_ready(&mut context).is_pending());
    assert!(FormCredentialLayer.layer(Busy).poll_ready(&mut context).is_pending());
}

#[tokio::test]
async fn an_error_of_the_service_is_passed_on() {
    let failing = tower::service_fn(|_: Request<Body>| ready(Err::<Response<Body>, _>("broken")));
    let (issuer, api) = cold().await;
    let service = ProtectLayer::new(api.clone()).layer(failing);
    let token = issuer.mint().audience(AUDIENCE).sign();
    for _ in ["cold", "warm"] {
        assert_eq!(service.clone().oneshot(with_token(&token)).await.unwrap_err(), "broken");
    }
    assert_eq!(service.oneshot(without_token()).await.unwrap().status(), 401);
}
