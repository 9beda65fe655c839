//! A memory that is replaced or flushed behind an open connection, which nothing closes.

use bearward::check::ReplayOutcome;
use bearward::store::StoreError;
use bearward_redis::Redis;

use crate::proof::{Proof, assert_none_granted, built, until_granted};
use crate::server::{Server, until};

async fn follow(replica: &Server, master: &Server) {
    let () = replica.tell(&format!("REPLICAOF 127.0.0.1 {}", master.port)).await;
    until("the replica follows", || async {
        replica.tell::<String>("INFO replication").await.contains("master_link_status:up")
    })
    .await;
}

async fn promote(replica: &Server) {
    let () = replica.tell("REPLICAOF NO ONE").await;
}

async fn notes(server: &Server) -> Vec<String> {
    server.tell("KEYS bearward:epoch:*").await
}

/// A proof that was just granted.
async fn granted(redis: &Redis) -> Proof {
    let proof = Proof::new();
    assert_eq!(proof.claim(redis).await, Ok(ReplayOutcome::Granted));
    proof
}

/// The first to ask on a connection that was open all the while is refused, and service resumes.
async fn assert_noticed(spent: Proof, redis: &Redis) {
    let refusal = spent.claim(redis).await;
    assert!(matches!(&refusal, Err(StoreError::Unavailable(_))), "{refusal:?}");
    until_granted(redis).await;
    assert_none_granted(&[spent], redis).await;
}

#[tokio::test]
async fn a_master_that_took_over_anothers_data_meanwhile_admits_no_replay() {
    let (server, other) = (Server::start(&[]), Server::start(&["--repl-diskless-sync-delay", "0"]));
    let redis = built(Redis::single(server.url()));
    until_granted(&redis).await;
    let spent = granted(&redis).await;
    follow(&server, &other).await;
    promote(&server).await;
    assert_noticed(spent, &redis).await;
}

#[tokio::test]
async fn a_master_that_took_over_data_with_a_copy_of_its_note_admits_no_replay() {
    let (server, other) = (Server::start(&[]), Server::start(&["--repl-diskless-sync-delay", "0"]));
    follow(&other, &server).await;
    let redis = built(Redis::single(server.url()));
    until_granted(&redis).await;
    until("the note has reached the replica", || async { notes(&other).await == notes(&server).await }).await;
    // The other is promoted, and the claim does not reach it.
    promote(&other).await;
    let spent = granted(&redis).await;
    follow(&server, &other).await;
    assert!(!notes(&server).await.is_empty());
    promote(&server).await;
    assert_noticed(spent, &redis).await;
}

#[tokio::test]
async fn a_server_that_was_flushed_admits_no_replay() {
    let server = Server::start(&[]);
    let redis = built(Redis::single(server.url()));
    for command in ["FLUSHALL", "FLUSHDB"] {
        until_granted(&redis).await;
        let spent = granted(&redis).await;
        let () = server.tell(command).await;
        assert_noticed(spent, &redis).await;
    }
}

#[tokio::test]
async fn a_server_that_was_flushed_and_met_again_by_another_process_admits_no_replay() {
    let server = Server::start(&[]);
    let redis = built(Redis::single(server.url()));
    until_granted(&redis).await;
    let spent = granted(&redis).await;
    let before = notes(&server).await;
    let () = server.tell("FLUSHALL").await;
    let newcomer = built(Redis::single(server.url()));
    until_granted(&newcomer).await;
    assert_eq!(notes(&server).await, before, "the note is back, with another time");
    assert_noticed(spent, &redis).await;
    assert_none_granted(&[spent], &newcomer).await;
}
