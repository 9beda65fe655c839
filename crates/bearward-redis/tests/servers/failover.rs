//! Failovers by Redis Sentinel, with `min-replicas-to-write`: who goes on, who is refused and why, and that no proof
//! passes twice. Each test prints what it measured.

use std::time::{Duration, Instant};

use bearward::check::ReplayOutcome;
use bearward::store::StoreError;
use bearward_redis::Redis;
use futures_util::future::join_all;

use crate::proof::{Proof, assert_none_granted, built, until_granted};
use crate::relay::Relay;
use crate::sentinel::sentinel;
use crate::server::{Server, until};

const MIN_REPLICAS: [&str; 6] =
    ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "5", "--repl-diskless-sync-delay", "0"];

/// A master, its replicas and a sentinel.
struct Shop {
    master: Server,
    replicas: Vec<Server>,
    sentinel: Server,
}

impl Shop {
    async fn with_replicas(count: usize) -> Self {
        let master = Server::start(&MIN_REPLICAS);
        let replicas: Vec<_> = (0..count).map(|_| replica_of(master.port)).collect();
        until("the replicas are in sync", || async {
            replication(&master).await.contains(&format!("min_slaves_good_slaves:{count}"))
        })
        .await;
        let sentinel = sentinel(&master);
        until("the sentinel knows the replicas", || async {
            let known: Vec<redis::Value> = sentinel.tell("SENTINEL REPLICAS shop").await;
            known.len() == count
        })
        .await;
        Self { master, replicas, sentinel }
    }

    fn redis(&self) -> Redis {
        built(Redis::sentinel([self.sentinel.url()], "shop"))
    }

    /// As a service would be built, but for the tolerance: it does not wait long for a server that hangs.
    fn hasty(&self, clock_tolerance: Duration) -> Redis {
        let builder = Redis::sentinel([self.sentinel.url()], "shop").clock_tolerance(clock_tolerance);
        builder.timeout(Duration::from_secs(1)).build().unwrap()
    }

    /// The replica that took the master's place.
    async fn promoted(&self) -> Option<&Server> {
        for replica in &self.replicas {
            if replication(replica).await.contains("role:master") {
                return Some(replica);
            }
        }
        None
    }
}

fn replica_of(port: u16) -> Server {
    let master = format!("127.0.0.1 {port}");
    let arguments: Vec<_> = MIN_REPLICAS.into_iter().chain(["--replicaof", &master]).collect();
    Server::start(&arguments)
}

async fn replication(server: &Server) -> String {
    server.tell("INFO replication").await
}

async fn granted(redis: &Redis, count: usize) -> Vec<Proof> {
    let mut proofs = Vec::new();
    for _ in 0..count {
        let proof = Proof::new();
        assert_eq!(proof.claim(redis).await, Ok(ReplayOutcome::Granted));
        proofs.push(proof);
    }
    proofs
}

#[tokio::test(flavor = "multi_thread")]
async fn with_two_replicas_a_master_that_is_killed_is_replaced_and_no_proof_passes_twice() {
    let mut shop = Shop::with_replicas(2).await;
    let (one, other) = (shop.redis(), shop.redis());
    until_granted(&one).await;
    until_granted(&other).await;
    let spent = granted(&one, 50).await;
    let killed_at = Instant::now();
    shop.master.kill();
    until_granted(&one).await;
    eprintln!("killed, two replicas, no tolerance: proofs pass again after {:?}", killed_at.elapsed());
    until_granted(&other).await;
    for redis in [&one, &other, &shop.redis()] {
        assert_none_granted(&spent, redis).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_one_replica_its_successor_is_refused_by_name_until_it_has_a_replica() {
    let mut shop = Shop::with_replicas(1).await;
    let redis = shop.redis();
    until_granted(&redis).await;
    let spent = granted(&redis, 20).await;
    shop.master.kill();
    until("the refusal says what is missing", || async {
        let refusal = Proof::new().claim(&redis).await;
        matches!(&refusal, Err(StoreError::Unavailable(why))
            if why.contains("NOREPLICAS") && why.contains("min-replicas-to-write") && why.contains("connect a replica"))
    })
    .await;
    let promoted = shop.promoted().await.unwrap();
    let _second = replica_of(promoted.port);
    until_granted(&redis).await;
    assert_none_granted(&spent, &redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_hangs_soon_after_it_was_met_is_given_up_before_the_tolerance_is_over() {
    let shop = Shop::with_replicas(2).await;
    // Longer than any test: no proof is accepted, and so no claim is sent that could notice the hang.
    let redis = shop.hasty(Duration::from_secs(3600));
    let refusal = Proof::new().claim(&redis).await;
    assert!(
        matches!(&refusal, Err(StoreError::Unavailable(why)) if why.contains("lost its memory")),
        "{refusal:?}"
    );
    let stopped_at = Instant::now();
    shop.master.signal("STOP");
    until("the successor is met", || async {
        let _ = Proof::new().claim(&redis).await;
        let Some(promoted) = shop.promoted().await else { return false };
        let info = replication(promoted).await;
        let id = info.lines().find_map(|line| line.trim_end().strip_prefix("master_replid:")).unwrap();
        let notes: Vec<String> = promoted.tell(&format!("KEYS bearward:epoch:*:{id}")).await;
        !notes.is_empty()
    })
    .await;
    eprintln!("hangs: the successor is met after {:?}", stopped_at.elapsed());
    shop.master.signal("CONT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_wakes_up_grants_nothing_that_its_successor_has_granted() {
    let shop = Shop::with_replicas(2).await;
    // One process sends nothing while the master hangs, and so does not notice; the other one does.
    let (idle, busy) = (shop.redis(), shop.hasty(Duration::ZERO));
    until_granted(&idle).await;
    until_granted(&busy).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let stopped_at = Instant::now();
    shop.master.signal("STOP");
    until_granted(&busy).await;
    eprintln!("hangs, no tolerance: proofs pass again after {:?}", stopped_at.elapsed());
    let spent = granted(&busy, 20).await;
    // These are in the old master's sockets when it wakes up, before it sees that its replicas have left.
    let claims = spent.clone().into_iter().map(|proof| {
        let idle = idle.clone();
        tokio::spawn(async move { proof.claim(&idle).await })
    });
    let claims: Vec<_> = claims.collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    shop.master.signal("CONT");
    let outcomes: Vec<_> = join_all(claims).await.into_iter().map(Result::unwrap).collect();
    let granted = outcomes.iter().filter(|outcome| **outcome == Ok(ReplayOutcome::Granted)).count();
    assert_eq!(granted, 0, "{outcomes:?}");
    assert_none_granted(&spent, &idle).await;
    until_granted(&idle).await;
    assert_none_granted(&spent, &idle).await;
}

#[tokio::test]
async fn a_master_that_is_cut_off_from_its_replicas_stops_granting() {
    let master = Server::start(&MIN_REPLICAS);
    let relay = Relay::to(master.port).await;
    let _replicas = [0, 1].map(|_| replica_of(relay.port));
    until("the replicas are in sync", || async {
        replication(&master).await.contains("min_slaves_good_slaves:2")
    })
    .await;
    let redis = built(Redis::single(master.url()));
    until_granted(&redis).await;
    let cut_at = Instant::now();
    // Nothing comes through, and nothing closes.
    relay.silence();
    until("the master refuses", || async {
        let refusal = Proof::new().claim(&redis).await;
        matches!(&refusal, Err(StoreError::Unavailable(why)) if why.contains("NOREPLICAS"))
    })
    .await;
    eprintln!("cut off from its replicas, max lag 5 s: claims are refused after {:?}", cut_at.elapsed());
}
