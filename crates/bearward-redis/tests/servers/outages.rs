//! A server that is away, stands still, or is no master: refused in time, never hanging, and over by itself.

use std::time::Duration;

use bearward::check::ReplayOutcome;
use bearward::store::{RevocationStore, StoreError};
use bearward_redis::Redis;
use futures_util::future::join_all;

use crate::proof::{Proof, built, now, until_granted};
use crate::relay::Relay;
use crate::revocations::{ISSUER, query};
use crate::server::{PATIENCE, Server, free_port, until};

fn is_unavailable<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(_)))
}

#[tokio::test]
async fn a_server_that_is_away_makes_every_store_unavailable() {
    let redis = built(Redis::single(format!("redis://127.0.0.1:{}", free_port())));
    let claims = join_all((0..50).map(|_| async { Proof::new().claim(&redis).await })).await;
    assert!(claims.iter().all(is_unavailable), "{claims:?}");
    let found = redis.revocation_store().entries(&query("jti")).await;
    assert!(is_unavailable(&found));
    let revocation = bearward::check::Revocation::token_id(ISSUER, "jti");
    assert!(is_unavailable(&redis.revocation_store().revoke(&revocation, now(), now()).await));
}

#[tokio::test]
async fn a_server_that_comes_back_is_found_without_anyones_doing() {
    let mut server = Server::start(&[]);
    let redis = built(Redis::single(server.url()));
    until_granted(&redis).await;
    server.kill();
    until("the loss is noticed", || async { is_unavailable(&Proof::new().claim(&redis).await) }).await;
    server.run_again();
    until_granted(&redis).await;
}

#[tokio::test]
async fn a_server_that_stands_still_costs_no_more_than_the_timeout_and_a_claim_is_never_granted_twice() {
    let server = Server::start(&[]);
    let hasty = Redis::single(server.url()).timeout(Duration::from_millis(300));
    let hasty = hasty.clock_tolerance(Duration::ZERO).build().unwrap();
    until_granted(&hasty).await;
    server.signal("STOP");
    let proof = Proof::new();
    let outcome = tokio::time::timeout(PATIENCE, proof.claim(&hasty)).await.expect("it hangs");
    assert!(is_unavailable(&outcome), "{outcome:?}");
    // The connection was left; connecting anew finds nobody who answers either.
    let outcome = tokio::time::timeout(PATIENCE, proof.claim(&hasty)).await.expect("it hangs");
    assert!(is_unavailable(&outcome), "{outcome:?}");
    server.signal("CONT");
    until_granted(&hasty).await;
    let mut granted = 0;
    for _ in 0..20 {
        granted += usize::from(proof.claim(&hasty).await == Ok(ReplayOutcome::Granted));
    }
    assert!(granted <= 1);
}

#[tokio::test]
async fn a_connection_that_leads_nowhere_is_replaced() {
    let server = Server::start(&[]);
    let relay = Relay::to(server.port).await;
    let hasty =
        Redis::single(format!("redis://127.0.0.1:{}", relay.port)).timeout(Duration::from_millis(300));
    let hasty = hasty.clock_tolerance(Duration::ZERO).build().unwrap();
    until_granted(&hasty).await;
    // As if the other machine had lost its power: nothing comes back, and nothing closes.
    relay.silence();
    assert!(is_unavailable(&Proof::new().claim(&hasty).await));
    until_granted(&hasty).await;
}

#[tokio::test]
async fn a_replica_takes_no_claims() {
    let master = Server::start(&[]);
    let replica = Server::start(&["--replicaof", &format!("127.0.0.1 {}", master.port)]);
    let redis = built(Redis::single(replica.url()));
    let refusal = Proof::new().claim(&redis).await.unwrap_err();
    assert!(refusal.to_string().contains("not a master"), "{refusal}");
}

#[tokio::test]
async fn a_master_that_becomes_a_replica_and_a_master_again_has_a_new_epoch() {
    let other = Server::start(&[]);
    let server = Server::start(&[]);
    let redis = built(Redis::single(server.url()));
    until_granted(&redis).await;
    let proof = Proof::new();
    assert_eq!(proof.claim(&redis).await, Ok(ReplayOutcome::Granted));
    // It takes over the other's data, which holds no claims.
    let () = server.tell(&format!("REPLICAOF 127.0.0.1 {}", other.port)).await;
    until("the replica follows", || async {
        server.tell::<String>("INFO replication").await.contains("master_link_status:up")
    })
    .await;
    assert!(is_unavailable(&proof.claim(&redis).await));
    let () = server.tell("REPLICAOF NO ONE").await;
    until_granted(&redis).await;
    assert!(is_unavailable(&proof.claim(&redis).await));
}

#[test]
fn a_connection_outlives_neither_its_runtime_nor_keeps_others_from_making_one() {
    let server = Server::start(&[]);
    let redis = built(Redis::single(server.url()));
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(until_granted(&redis));
    }
}
