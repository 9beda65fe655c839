//! What a claim is: one command, granted once.

use std::time::Duration;

use bearward::check::ReplayOutcome;
use bearward::store::{ReplayStore, StoreError};
use bearward_redis::Redis;
use futures_util::future::join_all;

use crate::proof::{Proof, after, assert_none_granted, built, now, until_granted};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn of_64_claims_at_once_over_two_connections_one_is_granted() {
    let server = Server::start(&[]);
    let both = [built(Redis::single(server.url())), built(Redis::single(server.url()))];
    join_all(both.iter().map(until_granted)).await;
    for _ in 0..20 {
        let proof = Proof::new();
        let tasks = (0..64).map(|number| {
            let redis = both[number % 2].clone();
            tokio::spawn(async move { proof.claim(&redis).await })
        });
        let outcomes: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
        let count = |wanted: ReplayOutcome| outcomes.iter().filter(|outcome| **outcome == Ok(wanted)).count();
        assert_eq!((count(ReplayOutcome::Granted), count(ReplayOutcome::Replayed)), (1, 63), "{outcomes:?}");
    }
}

#[tokio::test]
async fn the_server_keeps_a_key_a_minute_longer_than_the_proof_lives() {
    let server = Server::start(&[]);
    let redis = built(Redis::single(server.url()).key_prefix("mine:"));
    until_granted(&redis).await;
    let proof = Proof::new();
    assert_eq!(proof.claim(&redis).await, Ok(ReplayOutcome::Granted));
    let left: u64 = server.tell(&format!("PTTL mine:replay:{}", proof.key)).await;
    assert!((350_000..=360_000).contains(&left), "{left}");
}

#[tokio::test]
async fn the_server_keeps_a_key_for_twice_a_long_tolerance() {
    let server = Server::start(&[]);
    let redis = Redis::single(server.url()).timeout(Duration::from_secs(10));
    let redis = redis.clock_tolerance(Duration::from_secs(120)).build().unwrap();
    let proof = Proof::new();
    // Of a client, and at a resource server, whose clocks are ahead; the server was met by one whose is not.
    let ahead = |seconds| after(proof.created_at, seconds);
    let outcome = redis.replay_store().claim(proof.key, ahead(200.0), ahead(500.0), ahead(150.0)).await;
    assert_eq!(outcome, Ok(ReplayOutcome::Granted));
    let left: u64 = server.tell(&format!("PTTL bearward:replay:{}", proof.key)).await;
    assert!((500_000..=590_000).contains(&left), "350 and 240 seconds: {left}");
}

#[tokio::test]
async fn what_has_expired_is_not_even_asked_for() {
    let redis = built(Redis::single("redis://127.0.0.1:1"));
    let proof = Proof::new();
    let late = after(proof.expires_at, 0.0);
    let outcome = redis.replay_store().claim(proof.key, proof.created_at, proof.expires_at, late).await;
    assert_eq!(outcome, Ok(ReplayOutcome::Replayed));
}

#[tokio::test]
async fn a_server_that_fills_up_refuses_and_forgets_nothing() {
    let server = Server::start(&["--maxmemory", "2mb", "--maxmemory-policy", "noeviction"]);
    let redis = built(Redis::single(server.url()));
    until_granted(&redis).await;
    let mut granted = Vec::new();
    let refused = loop {
        let proof = Proof::new();
        match proof.claim(&redis).await {
            Ok(ReplayOutcome::Granted) => granted.push(proof),
            refusal => break (proof, refusal),
        }
    };
    assert_eq!(refused.1, Err(StoreError::Full));
    assert!(granted.len() > 100);
    assert_none_granted(&granted, &redis).await;
    let () = server.tell("CONFIG SET maxmemory 0").await;
    assert_none_granted(&granted, &redis).await;
    assert_eq!(refused.0.claim(&redis).await, Ok(ReplayOutcome::Granted));
}

#[tokio::test]
async fn a_server_that_is_full_from_the_start_refuses() {
    let server = Server::start(&["--maxmemory-policy", "noeviction"]);
    let _: u64 = server.tell("SETRANGE filler 3000000 x").await;
    let () = server.tell("CONFIG SET maxmemory 1mb").await;
    let redis = built(Redis::single(server.url()));
    assert_eq!(Proof::new().claim(&redis).await, Err(StoreError::Full));
}

#[tokio::test]
async fn a_server_that_forgets_keys_to_make_room_is_not_trusted() {
    let server = Server::start(&["--maxmemory", "100mb", "--maxmemory-policy", "volatile-ttl"]);
    let redis = built(Redis::single(server.url()));
    let refusal = Proof::new().claim(&redis).await.unwrap_err();
    assert!(refusal.to_string().contains("maxmemory-policy is volatile-ttl"), "{refusal}");
}

#[tokio::test]
async fn a_proof_older_than_the_first_meeting_is_refused_by_all_who_come_later_too() {
    let server = Server::start(&[]);
    let early = Proof::new();
    let first = built(Redis::single(server.url()));
    until_granted(&first).await;
    let between = Proof::new();
    let second = built(Redis::single(server.url()));
    assert!(matches!(early.claim(&first).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(early.claim(&second).await, Err(StoreError::Unavailable(_))));
    // Nothing was lost since the first meeting, whenever the second connection was made.
    assert_eq!(between.claim(&second).await, Ok(ReplayOutcome::Granted));
}

#[tokio::test]
async fn a_proof_from_the_future_is_refused_beyond_the_tolerance() {
    let server = Server::start(&[]);
    let redis = Redis::single(server.url()).timeout(Duration::from_secs(10)).build().unwrap();
    let proof = Proof::new();
    let ahead = |seconds| after(proof.created_at, seconds);
    let store = redis.replay_store();
    let refused = store.claim(proof.key, ahead(60.0), ahead(400.0), now()).await;
    assert!(refused.unwrap_err().to_string().contains("further ahead"));
    // Ten seconds later, by the resource server's clock.
    assert_eq!(
        store.claim(proof.key, ahead(60.0), ahead(400.0), ahead(57.0)).await,
        Ok(ReplayOutcome::Granted)
    );
}

#[tokio::test]
async fn key_prefixes_keep_apart_what_is_not_to_be_shared() {
    let server = Server::start(&[]);
    let both = ["a:", "b:"].map(|prefix| built(Redis::single(server.url()).key_prefix(prefix)));
    join_all(both.iter().map(until_granted)).await;
    let proof = Proof::new();
    assert_eq!(proof.claim(&both[0]).await, Ok(ReplayOutcome::Granted));
    assert_eq!(proof.claim(&both[1]).await, Ok(ReplayOutcome::Granted));
    assert_eq!(proof.claim(&both[1]).await, Ok(ReplayOutcome::Replayed));
}
