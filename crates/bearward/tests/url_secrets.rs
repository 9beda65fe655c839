//! Keys and passwords in URLs: real fetches fail in every way, and nothing that is logged at any level, no error and
//! no `Debug` output has them. A binary of its own, for the log belongs to the process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "support/log.rs"]
mod log;
mod support;

use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

use bearward::readiness::IssuerNotReady;
use bearward::resolver::ResolverError;
use bearward::store::{IntrospectionKey, IntrospectionStore, StoreError, StoreFuture};
use bearward::trust::{ClientAuthentication, Introspection, Limits};
use bearward::{Failure, IssuerConfig, ResourceServer};
use bearward_issuer::{Algorithm, Endpoint, Fault, Issuer, ProtectedResource, RunningIssuer};

use crate::log::Log;
use crate::support::{AUDIENCE, present};

/// Stands in every password and in every value of a query.
const KEY: &str = "hush";

#[track_caller]
fn assert_silent(shown: &str) {
    assert!(!shown.contains(KEY), "{shown}");
}

fn with_key(url: &str) -> String {
    format!("{url}?code={KEY}&{KEY}")
}

async fn issuer() -> RunningIssuer {
    let api = ProtectedResource::new("api", KEY);
    Issuer::builder().algorithms([Algorithm::Es256]).protected_resource(api).start().await.unwrap()
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.fetch_timeout = Duration::from_millis(400);
    limits
}

fn api(issuer: IssuerConfig) -> ResourceServer {
    ResourceServer::builder().issuer(issuer).audience(AUDIENCE).limits(limits()).build().unwrap()
}

/// What an error says, and what is behind it.
#[track_caller]
fn assert_error_is_silent(error: &(dyn Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        assert_silent(&format!("{error} {error:?} {error:#?}"));
        next = error.source();
    }
}

#[track_caller]
fn assert_shown_is_silent(value: &dyn Debug) {
    assert_silent(&format!("{value:?} {value:#?}"));
}

/// A request and a wait for readiness both fail, and say nothing of the key.
async fn fails(issuer: &RunningIssuer, config: &IssuerConfig) -> IssuerNotReady {
    let token = issuer.mint().audience(AUDIENCE).sign();
    let failure = present(&api(config.clone()), &token).await.unwrap_err();
    assert!(matches!(failure.failure(), Failure::Unavailable(_)), "{failure:?}");
    assert_error_is_silent(&failure);
    let server = api(config.clone());
    let not_ready = server.ready().await.unwrap_err();
    assert_error_is_silent(&not_ready);
    assert_shown_is_silent(&server);
    assert_shown_is_silent(server.engine());
    let [one] = &not_ready.missing[..] else { panic!("{not_ready:?}") };
    one.clone()
}

/// A store that says where it is.
struct Talkative;

impl IntrospectionStore for Talkative {
    fn find(&self, _: IntrospectionKey) -> StoreFuture<'_, Option<Vec<u8>>> {
        let reason = format!("cannot reach redis://me:{KEY}@127.0.0.1:6379/?code={KEY}");
        Box::pin(std::future::ready(Err(StoreError::Unavailable(reason))))
    }

    fn keep(&self, _: IntrospectionKey, _: Vec<u8>, _: Duration) -> StoreFuture<'_, ()> {
        Box::pin(std::future::ready(Err(StoreError::Unavailable(format!(
            "redis://:{KEY}@127.0.0.1 is full"
        )))))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_and_no_error_has_a_key_or_a_password_of_a_url() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();

    let issuer = issuer().await;
    let by_jwks_uri = IssuerConfig::new(issuer.url()).jwks_uri(with_key(&issuer.jwks_uri()));
    let by_metadata =
        IssuerConfig::new(issuer.url()).metadata_url(with_key(&issuer.openid_configuration_uri()));
    let elsewhere = with_key(&format!("http://me:{KEY}@127.0.0.1:1/"));
    for fault in [
        Fault::Status(500),
        Fault::Redirect(elsewhere.clone()),
        Fault::Html,
        Fault::Close,
        Fault::Endless,
        Fault::Slow { delay: Duration::from_secs(2) },
    ] {
        issuer.stage(Endpoint::All, fault);
        for config in [&by_jwks_uri, &by_metadata] {
            let not_ready = fails(&issuer, config).await;
            assert!(
                not_ready.to_string().contains("?code=…&…"),
                "an operator recognizes the URL: {not_ready}"
            );
        }
    }
    issuer.heal();

    // What the metadata names is as secret as what the operator does.
    let own_metadata = IssuerConfig::new(issuer.url());
    issuer.metadata_member("jwks_uri", with_key(&issuer.jwks_uri()));
    issuer.stage(Endpoint::Jwks, Fault::Status(500));
    let not_ready = fails(&issuer, &own_metadata).await;
    assert!(not_ready.to_string().contains("?code=…"), "{not_ready}");
    issuer.metadata_member("jwks_uri", elsewhere.clone());
    fails(&issuer, &own_metadata).await;
    issuer.metadata_member("issuer", elsewhere.clone());
    fails(&issuer, &own_metadata).await;
    issuer.heal();
    issuer.metadata_member("issuer", issuer.url());
    issuer.metadata_member("jwks_uri", issuer.jwks_uri());

    // A server that speaks no TLS.
    let tls = issuer.jwks_uri().replace("http://", "https://");
    let not_ready = fails(&issuer, &IssuerConfig::new(issuer.url()).jwks_uri(with_key(&tls))).await;
    assert!(not_ready.cause.is_some(), "{not_ready}");

    // A client that follows redirects although it should not, into a connection that is refused.
    issuer.stage(Endpoint::All, Fault::Redirect(elsewhere.clone()));
    let client = reqwest::Client::new();
    let server = ResourceServer::builder().issuer(by_jwks_uri.clone()).audience(AUDIENCE).http_client(client);
    assert_error_is_silent(&server.limits(limits()).build().unwrap().ready().await.unwrap_err());
    issuer.heal();

    // Introspection, at an endpoint with a key; and a store and a resolver that say too much.
    let client = ClientAuthentication::secret_basic("api", KEY);
    let asking = Introspection::new(client).endpoint(with_key(&issuer.introspection_endpoint()));
    let config = by_jwks_uri.clone().introspection(asking);
    for fault in [Fault::Status(500), Fault::Status(401), Fault::Redirect(elsewhere.clone()), Fault::Close] {
        issuer.stage(Endpoint::Introspection, fault);
        let server = ResourceServer::builder().issuer(config.clone()).audience(AUDIENCE).limits(limits());
        let server = server.introspection_store(Talkative).build().unwrap();
        assert_error_is_silent(&present(&server, &format!("{KEY}-token")).await.unwrap_err());
        assert_shown_is_silent(server.engine());
    }
    issuer.heal();
    let server = ResourceServer::builder().issuer(config.clone()).audience(AUDIENCE);
    let server = server.introspection_store(Talkative).build().unwrap();
    let opaque = issuer.mint_opaque(issuer.mint().audience(AUDIENCE).subject(KEY));
    assert_shown_is_silent(&present(&server, &opaque).await.unwrap().info());
    let resolver = |_: String| async {
        Err(ResolverError::new(format!(
            "cannot reach postgres://me:{KEY}@127.0.0.1/tenants?sslpassword={KEY}"
        )))
    };
    let server = ResourceServer::builder().issuer_resolver(resolver).audience(AUDIENCE).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).sign();
    assert_error_is_silent(&present(&server, &token).await.unwrap_err());
    let named = |issuer: String| async move {
        Ok(Some(IssuerConfig::new(issuer).jwks_uri(format!("http://me:{KEY}@issuer.example/?code={KEY}"))))
    };
    let server = ResourceServer::builder().issuer_resolver(named).audience(AUDIENCE).build().unwrap();
    assert!(present(&server, &token).await.is_err());

    // A connection that is refused.
    issuer.go_down().await;
    let not_ready = fails(&issuer, &by_jwks_uri).await;
    assert!(not_ready.cause.unwrap().contains("refused"));
    fails(&issuer, &by_metadata).await;

    let text = log.text();
    for expected in [
        "key set not loaded: the authorization server answered 500",
        "key set not loaded: the authorization server redirects",
        "key set not loaded: the authorization server did not answer in time",
        "key set not loaded: the authorization server could not be reached",
        "the metadata names the issuer \"http://…@127.0.0.1:1/?code=…&…\"",
        "the jwks_uri of the metadata cannot be used",
        "access token not introspected: the introspection endpoint answered 401",
        "the introspection store: the store is not available: cannot reach redis://…@127.0.0.1:6379/?code=…",
        "the issuer resolver failed: cannot reach postgres://…@127.0.0.1/tenants?sslpassword=…",
        "the issuer resolver's answer cannot be used: jwks_uri: \"http://…@issuer.example/?code=…\"",
        "/jwks?code=…&…",
        "TRACE",
        "hyper",
    ] {
        assert!(text.contains(expected), "the log was to say {expected}, or this test reads the wrong one");
    }
    for line in text.lines() {
        match line.split_once(" bearward") {
            Some(_) => assert_silent(line),
            // A client that follows redirects names the authority of the next place under its own targets.
            None => {
                assert!(!line.contains(&format!("={KEY}")) && !line.contains(&format!("{KEY}-")), "{line}")
            }
        }
    }
}
