//! What an operator changes in a server while connections stay open: noticed within a second, for the worse and for
//! the better, without a restart of anything.

use std::time::Duration;

use bearward::check::ReplayOutcome;
use bearward::store::{RevocationStore, StoreError};
use bearward_redis::Redis;

use crate::proof::{Proof, assert_none_granted, built, until_granted};
use crate::revocations::query;
use crate::server::{Server, until};

/// Longer than what was last seen of a server is believed.
const A_SECOND: Duration = Duration::from_millis(1100);

fn names_the_policy<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Unavailable(why)) if why.contains("maxmemory-policy is allkeys-lru"))
}

#[tokio::test]
async fn a_policy_that_is_mended_is_served_again_on_the_same_connection() {
    let server = Server::start(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    let redis = built(Redis::single(server.url()));
    let revocations = redis.revocation_store();
    assert!(names_the_policy(&Proof::new().claim(&redis).await));
    assert!(names_the_policy(&revocations.entries(&query("t-1")).await));
    let connection = || async { server.tell::<String>("CLIENT LIST TYPE normal").await };
    let id = connection().await.split(' ').next().unwrap().to_owned();
    let () = server.tell("CONFIG SET maxmemory-policy noeviction").await;
    until_granted(&redis).await;
    assert_eq!(revocations.entries(&query("t-1")).await, Ok(Vec::new()));
    assert!(connection().await.contains(&format!("{id} ")), "another connection");
}

#[tokio::test]
async fn a_policy_that_is_changed_to_an_evicting_one_is_noticed_on_an_open_connection() {
    let server = Server::start(&["--maxmemory", "100mb", "--maxmemory-policy", "noeviction"]);
    let redis = built(Redis::single(server.url()));
    let revocations = redis.revocation_store();
    until_granted(&redis).await;
    assert_eq!(revocations.entries(&query("t-1")).await, Ok(Vec::new()));
    let () = server.tell("CONFIG SET maxmemory-policy allkeys-lru").await;
    tokio::time::sleep(A_SECOND).await;
    let spent = Proof::new();
    assert!(names_the_policy(&spent.claim(&redis).await));
    assert!(names_the_policy(&revocations.entries(&query("t-1")).await));
    assert!(names_the_policy(&spent.claim(&redis).await));
}

#[tokio::test]
async fn proofs_that_were_evicted_meanwhile_do_not_pass_again_once_the_policy_is_mended() {
    let server = Server::start(&["--maxmemory", "100mb", "--maxmemory-policy", "noeviction"]);
    let [open, other] = [0, 1].map(|_| built(Redis::single(server.url())));
    until_granted(&open).await;
    until_granted(&other).await;
    let mut spent = Vec::new();
    for _ in 0..20 {
        let proof = Proof::new();
        assert_eq!(proof.claim(&open).await, Ok(ReplayOutcome::Granted));
        spent.push(proof);
    }
    let notes: Vec<String> = server.tell("KEYS bearward:epoch:*").await;
    let note: String = server.tell(&format!("GET {}", notes[0])).await;
    let () = server.tell("CONFIG SET maxmemory-policy allkeys-lru").await;
    let () = server.tell("CONFIG SET maxmemory 1").await;
    until("all keys are evicted", || async { server.tell::<u64>("DBSIZE").await == 0 }).await;
    let () = server.tell("CONFIG SET maxmemory-policy noeviction").await;
    let () = server.tell("CONFIG SET maxmemory 0").await;
    // As if chance had spared the note.
    let () = server.ask(redis::cmd("SET").arg(&notes[0]).arg(&note)).await;
    tokio::time::sleep(A_SECOND).await;
    // At processes that never saw the policy: on open connections, and on a new one.
    let newcomer = built(Redis::single(server.url()));
    for redis in [&open, &newcomer, &other] {
        assert_none_granted(&spent, redis).await;
        until_granted(redis).await;
        assert_none_granted(&spent, redis).await;
    }
}

#[tokio::test]
async fn a_master_that_becomes_a_replica_is_not_asked_for_revocations() {
    let (server, other) = (Server::start(&[]), Server::start(&["--repl-diskless-sync-delay", "0"]));
    let revocations = built(Redis::single(server.url())).revocation_store();
    assert_eq!(revocations.entries(&query("t-1")).await, Ok(Vec::new()));
    let () = server.tell(&format!("REPLICAOF 127.0.0.1 {}", other.port)).await;
    until("a replica's answer is refused", || async {
        let answer = revocations.entries(&query("t-1")).await;
        matches!(&answer, Err(StoreError::Unavailable(why)) if why.contains("not a master"))
    })
    .await;
    let () = server.tell("REPLICAOF NO ONE").await;
    until("the master is asked again", || async { revocations.entries(&query("t-1")).await.is_ok() }).await;
}

#[tokio::test]
async fn a_server_that_keeps_losing_its_memory_is_not_connected_to_for_each_request() {
    let server = Server::start(&[]);
    let redis = built(Redis::single(server.url()));
    until_granted(&redis).await;
    let client = redis::Client::open(server.url()).unwrap();
    let mut operator = client.get_multiplexed_async_connection().await.unwrap();
    for _ in 0..300 {
        let () = redis::cmd("FLUSHALL").query_async(&mut operator).await.unwrap();
        let _ = Proof::new().claim(&redis).await;
    }
    let stats: String = redis::cmd("INFO").arg("stats").query_async(&mut operator).await.unwrap();
    let made = stats.lines().find_map(|line| line.trim_end().strip_prefix("total_connections_received:"));
    let made: u32 = made.unwrap().parse().unwrap();
    assert!(made < 100, "{made} connections for 300 requests");
    until_granted(&redis).await;
}
