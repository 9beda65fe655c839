//! Redis Sentinel: the master is where the sentinels say, and another one after a failover.

use std::fs;

use bearward::check::ReplayOutcome;
use bearward::store::StoreError;
use bearward_redis::Redis;

use crate::proof::{Proof, assert_none_granted, built, until_granted};
use crate::server::{Server, free_port, until};

pub(crate) fn sentinel(master: &Server) -> Server {
    Server::start_with(|folder, _| {
        let file = folder.join("sentinel.conf");
        let lines = [
            format!("sentinel monitor shop 127.0.0.1 {} 1", master.port),
            "sentinel down-after-milliseconds shop 500".to_owned(),
            "sentinel failover-timeout shop 5000".to_owned(),
        ];
        fs::write(&file, lines.join("\n")).unwrap();
        vec![file.to_str().unwrap().to_owned(), "--sentinel".to_owned()]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failover_the_new_master_is_found_and_no_proof_passes_twice() {
    let mut master = Server::start(&[]);
    let replica = Server::start(&["--replicaof", &format!("127.0.0.1 {}", master.port)]);
    let sentinel = sentinel(&master);
    // One of the sentinels is away.
    let sentinels = [format!("redis://127.0.0.1:{}", free_port()), sentinel.url()];
    let [one, other] = [0, 1].map(|_| built(Redis::sentinel(sentinels.clone(), "shop")));
    until_granted(&one).await;
    until_granted(&other).await;
    until("the sentinel knows the replica", || async {
        let replicas: Vec<redis::Value> = sentinel.tell("SENTINEL REPLICAS shop").await;
        let replication: String = replica.tell("INFO replication").await;
        replicas.len() == 1 && replication.contains("master_link_status:up")
    })
    .await;

    let mut proofs = Vec::new();
    for _ in 0..100 {
        let proof = Proof::new();
        assert_eq!(proof.claim(&one).await, Ok(ReplayOutcome::Granted));
        proofs.push(proof);
    }
    assert_none_granted(&proofs, &other).await;
    // As if the claims had not reached the replica in time.
    let () = replica.tell("CONFIG SET replica-read-only no").await;
    let () = replica.tell("FLUSHALL").await;
    master.kill();
    until_granted(&other).await;
    assert!(replica.tell::<String>("INFO replication").await.contains("role:master"));
    assert_none_granted(&proofs, &other).await;
    until_granted(&one).await;
    assert_none_granted(&proofs, &one).await;
    // Nor at a process that has never seen the old master.
    let newcomer = built(Redis::sentinel(sentinels, "shop"));
    until_granted(&newcomer).await;
    assert_none_granted(&proofs, &newcomer).await;
}

#[tokio::test]
async fn a_master_that_no_sentinel_knows_is_unavailable() {
    let master = Server::start(&[]);
    let sentinel = sentinel(&master);
    let redis = built(Redis::sentinel([sentinel.url()], "other"));
    let refusal = Proof::new().claim(&redis).await;
    assert!(matches!(&refusal, Err(StoreError::Unavailable(why)) if why.contains("other")), "{refusal:?}");
}
