//! Revocations that one process orders and another one heeds.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward::check::{Revocation, RevocationQuery};
use bearward::store::{IntrospectionKey, IntrospectionStore as _, RevocationStore, StoreError};
use bearward::token::UnverifiedToken;
use bearward::wire::NumericDate;
use bearward_redis::{Redis, RedisRevocationStore};

use crate::proof::{after, built, now};
use crate::relay::Relay;
use crate::server::Server;

pub(crate) const ISSUER: &str = "https://issuer.example";

/// What is asked for a token with this `jti`, issued at 1000 to `alice`.
pub(crate) fn query(jti: &str) -> RevocationQuery {
    let part = |json: String| URL_SAFE_NO_PAD.encode(json);
    let header = part(r#"{"alg":"RS256","typ":"at+jwt"}"#.to_owned());
    let claims = part(format!(r#"{{"jti":"{jti}","sid":"s-1","sub":"alice","client_id":"app","iat":1000}}"#));
    let compact = format!("{header}.{claims}.c2lnbmF0dXJl");
    RevocationQuery::of(ISSUER, UnverifiedToken::parse(&compact).unwrap().unverified_claims())
}

pub(crate) async fn is_revoked(store: &RedisRevocationStore, jti: &str) -> bool {
    let query = query(jti);
    query.is_revoked_by(store.entries(&query).await.unwrap())
}

fn at(seconds: f64) -> NumericDate {
    NumericDate::from_seconds(seconds).unwrap()
}

fn in_an_hour() -> NumericDate {
    after(now(), 3600.0)
}

#[tokio::test]
async fn what_one_process_revokes_another_refuses_until_it_is_lifted() {
    let server = Server::start(&[]);
    let [one, other] = [0, 1].map(|_| built(Redis::single(server.url())).revocation_store());
    for revocation in [
        Revocation::token_id(ISSUER, "t-1"),
        Revocation::session(ISSUER, "s-1"),
        Revocation::subject(ISSUER, "alice"),
        Revocation::client(ISSUER, "app"),
    ] {
        assert!(!is_revoked(&other, "t-1").await);
        one.revoke(&revocation, in_an_hour(), now()).await.unwrap();
        assert!(is_revoked(&other, "t-1").await, "{revocation:?}");
        other.lift(&revocation).await.unwrap();
    }
    one.revoke(&Revocation::token_id(ISSUER, "t-1"), in_an_hour(), now()).await.unwrap();
    assert!(!is_revoked(&other, "t-2").await);
}

#[tokio::test]
async fn of_two_revocations_the_stricter_holds_until_the_later_time() {
    let server = Server::start(&[]);
    let store = built(Redis::single(server.url())).revocation_store();
    let all = Revocation::subject(ISSUER, "alice");
    let spares = all.clone().issued_before(at(999.5));
    let strikes = all.clone().issued_before(at(1000.5));
    for (first, second, revoked) in [
        (&spares, &spares, false),
        (&spares, &strikes, true),
        (&strikes, &spares, true),
        (&spares, &all, true),
        (&all, &spares, true),
    ] {
        for (first_hours, second_hours) in [(1.0, 2.0), (2.0, 1.0)] {
            store.lift(&all).await.unwrap();
            store.revoke(first, after(now(), first_hours * 3600.0), now()).await.unwrap();
            store.revoke(second, after(now(), second_hours * 3600.0), now()).await.unwrap();
            assert_eq!(is_revoked(&store, "t").await, revoked, "{first:?} {second:?}");
            let left: u64 = server.tell(&format!("PTTL bearward:revoked:{}", all.key())).await;
            assert!(left > 7_000_000, "{left}");
        }
    }
}

#[tokio::test]
async fn a_revocation_ends_with_its_time() {
    let server = Server::start(&[]);
    let store = built(Redis::single(server.url())).revocation_store();
    let revocation = Revocation::token_id(ISSUER, "t-1");
    store.revoke(&revocation, after(now(), 3600.0), now()).await.unwrap();
    let left: u64 = server.tell(&format!("PTTL bearward:revoked:{}", revocation.key())).await;
    assert!((3_600_000..=3_660_000).contains(&left), "an hour and a minute: {left}");
    let tolerant = Redis::single(server.url()).timeout(Duration::from_secs(10));
    let tolerant = tolerant.clock_tolerance(Duration::from_secs(1800)).build().unwrap().revocation_store();
    tolerant.revoke(&Revocation::token_id(ISSUER, "t-3"), in_an_hour(), now()).await.unwrap();
    let key = Revocation::token_id(ISSUER, "t-3").key();
    let left: u64 = server.tell(&format!("PTTL bearward:revoked:{key}")).await;
    assert!((7_000_000..=7_200_000).contains(&left), "an hour and another: {left}");
    // One that was over long ago is over.
    let over = Revocation::token_id(ISSUER, "t-2");
    store.revoke(&over, at(10.0), now()).await.unwrap();
    crate::server::until("it is gone", || async { !is_revoked(&store, "t-2").await }).await;
    assert!(is_revoked(&store, "t-1").await);
}

#[tokio::test]
async fn what_may_have_been_lifted_is_not_lifted_a_second_time() {
    let server = Server::start(&[]);
    let relay = Relay::to(server.port).await;
    let store = built(Redis::single(format!("redis://127.0.0.1:{}", relay.port))).revocation_store();
    let revocation = Revocation::token_id(ISSUER, "t-1");
    store.revoke(&revocation, in_an_hour(), now()).await.unwrap();
    relay.end_at_the_next_command();
    let outcome = store.lift(&revocation).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    assert!(is_revoked(&store, "t-1").await, "on a new connection");
    // Revoking a second time does no harm.
    relay.end_at_the_next_command();
    store.revoke(&revocation, in_an_hour(), now()).await.unwrap();
    store.lift(&revocation).await.unwrap();
    assert!(!is_revoked(&store, "t-1").await);
}

#[tokio::test]
async fn no_key_shows_who_is_meant() {
    let server = Server::start(&[]);
    let store = built(Redis::single(server.url())).revocation_store();
    store.revoke(&Revocation::subject(ISSUER, "alice"), in_an_hour(), now()).await.unwrap();
    let keys: Vec<String> = server.tell("KEYS *").await;
    assert!(keys.iter().any(|key| key.starts_with("bearward:revoked:sub:")));
    assert!(keys.iter().all(|key| !key.contains("alice") && !key.contains("issuer")), "{keys:?}");
}

#[tokio::test]
async fn an_entry_that_is_not_understood_refuses() {
    let server = Server::start(&[]);
    let store = built(Redis::single(server.url())).revocation_store();
    let key = Revocation::token_id(ISSUER, "t-1").key();
    let () = server.tell(&format!("SET bearward:revoked:{key} nonsense")).await;
    assert!(is_revoked(&store, "t-1").await);
}

#[tokio::test]
async fn a_server_that_forgets_keys_to_make_room_keeps_no_revocations_and_is_asked_for_none() {
    for policy in ["allkeys-lru", "volatile-ttl"] {
        let server = Server::start(&["--maxmemory", "100mb"]);
        let redis = || built(Redis::single(server.url()).seal_with([1; 32]));
        let revocation = Revocation::token_id(ISSUER, "t-1");
        redis().revocation_store().revoke(&revocation, in_an_hour(), now()).await.unwrap();
        let () = server.tell(&format!("CONFIG SET maxmemory-policy {policy}")).await;

        let evicting = redis();
        let store = evicting.revocation_store();
        let refusal = Err(StoreError::Unavailable(format!(
            "maxmemory-policy is {policy}, which evicts used proofs and revocations; set noeviction"
        )));
        assert_eq!(store.entries(&query("t-1")).await.map(drop), refusal);
        assert_eq!(store.entries(&query("t-2")).await.map(drop), refusal);
        assert_eq!(store.revoke(&revocation, in_an_hour(), now()).await, refusal);
        store.lift(&revocation).await.unwrap();
        // What introspection said may be forgotten at any time.
        let introspected = evicting.introspection_store().unwrap();
        let key = IntrospectionKey::from_hash([3; 32]);
        introspected.keep(key, b"active".to_vec(), Duration::from_secs(60)).await.unwrap();
        assert_eq!(introspected.find(key).await.unwrap().as_deref(), Some(b"active".as_slice()));

        let () = server.tell("CONFIG SET maxmemory-policy noeviction").await;
        assert!(!is_revoked(&redis().revocation_store(), "t-1").await);
    }
}
