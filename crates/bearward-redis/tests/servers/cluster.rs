//! Redis Cluster: each key at the node that holds its slot, wherever slots move and whichever node restarts.

use std::time::{Duration, Instant};

use bearward::check::{ReplayOutcome, Revocation};
use bearward::store::StoreError;
use bearward_redis::Redis;
use tokio::net::TcpStream;

use crate::proof::{Proof, after, assert_none_granted, built, now, until_granted};
use crate::revocations::{ISSUER, is_revoked};
use crate::server::{Server, free_port, until};

/// How many connections wait for a node to accept them, until further ones are not even made.
const BACKLOG: usize = 16;

struct Nodes(Vec<Server>);

impl Nodes {
    async fn start() -> Self {
        let nodes: Vec<Server> = (0..3).map(|_| Self::node()).collect();
        for (node, slots) in nodes.iter().zip(["0 5460", "5461 10922", "10923 16383"]) {
            let () = node.tell(&format!("CLUSTER ADDSLOTSRANGE {slots}")).await;
        }
        for node in &nodes[1..] {
            let bus = node.argument("--cluster-port");
            let () = nodes[0].tell(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", node.port)).await;
        }
        let nodes = Self(nodes);
        nodes.until_whole().await;
        nodes
    }

    fn node() -> Server {
        Server::start_with(|_, _| {
            let mut arguments = Vec::new();
            for (name, value) in [
                ("--cluster-enabled", "yes".to_owned()),
                ("--cluster-port", free_port().to_string()),
                ("--cluster-node-timeout", "2000".to_owned()),
                ("--cluster-require-full-coverage", "no".to_owned()),
                ("--tcp-backlog", BACKLOG.to_string()),
                ("--min-replicas-max-lag", "5".to_owned()),
                ("--repl-diskless-sync-delay", "0".to_owned()),
                // Otherwise one of two replicas goes to a master that has none.
                ("--cluster-allow-replica-migration", "no".to_owned()),
                // A busy machine looks like a node that hangs. The test of a failover allows it when it begins.
                ("--cluster-replica-no-failover", "yes".to_owned()),
            ] {
                arguments.extend([name.to_owned(), value]);
            }
            arguments
        })
    }

    /// Gives the first node two replicas, and tells all three that a write needs one.
    async fn replicas_of_the_first(&self) -> [Server; 2] {
        let first = &self.0[0];
        let id: String = first.tell("CLUSTER MYID").await;
        let replicas = [Self::node(), Self::node()];
        for replica in &replicas {
            let bus = replica.argument("--cluster-port");
            let () = first.tell(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", replica.port)).await;
            until("the replica knows all nodes", || async {
                replica.tell::<String>("CLUSTER NODES").await.lines().count() >= 4
            })
            .await;
            let () = replica.tell(&format!("CLUSTER REPLICATE {id}")).await;
        }
        for server in [first, &replicas[0], &replicas[1]] {
            let () = server.tell("CONFIG SET min-replicas-to-write 1").await;
        }
        until("the replicas are in sync, and known", || async {
            let rows: Vec<Vec<redis::Value>> = self.0[1].tell("CLUSTER SLOTS").await;
            rows.iter().any(|row| row.len() == 5)
                && first.tell::<String>("INFO replication").await.contains("min_slaves_good_slaves:2")
        })
        .await;
        replicas
    }

    async fn until_whole(&self) {
        until("all nodes know all slots", || async {
            for node in &self.0 {
                let info: String = node.tell("CLUSTER INFO").await;
                let rows: Vec<redis::Value> = node.tell("CLUSTER SLOTS").await;
                if !info.contains("cluster_state:ok") || rows.len() < 3 {
                    return false;
                }
            }
            true
        })
        .await;
    }

    /// Seeded with one node only.
    fn seen_from(&self, node: usize) -> Redis {
        built(Redis::cluster([self.0[node].url()]))
    }
}

/// New proofs are granted wherever their key lives.
async fn until_all_nodes_grant(redis: &Redis) {
    let mut granted_in_a_row = 0;
    while granted_in_a_row < 50 {
        until_granted(redis).await;
        granted_in_a_row = match Proof::new().claim(redis).await {
            Ok(ReplayOutcome::Granted) => granted_in_a_row + 1,
            _ => 0,
        };
    }
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
async fn a_proof_passes_once_whichever_node_one_knows() {
    let nodes = Nodes::start().await;
    let (one, other) = (nodes.seen_from(0), nodes.seen_from(2));
    until_all_nodes_grant(&one).await;
    let proofs = granted(&one, 100).await;
    for proof in &proofs {
        assert_eq!(proof.claim(&other).await, Ok(ReplayOutcome::Replayed));
    }
    for node in &nodes.0 {
        assert!(node.tell::<u64>("DBSIZE").await > 5, "all nodes have their share");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_claim_makes_all_nodes_be_met_so_that_they_wait_out_the_tolerance_together() {
    let nodes = Nodes::start().await;
    let redis = nodes.seen_from(0);
    let _ = Proof::new().claim(&redis).await;
    until("each node holds a note", || async {
        for node in &nodes.0 {
            if node.tell::<Vec<String>>("KEYS bearward:epoch:*").await.is_empty() {
                return false;
            }
        }
        true
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_has_moved_is_followed() {
    let nodes = Nodes::start().await;
    let redis = nodes.seen_from(0);
    until_all_nodes_grant(&redis).await;
    let proof = Proof::new();
    let slot = slot_of(&nodes.0[0], &proof).await;
    let holder = usize::from(slot / 5461);
    let heir = &nodes.0[(holder + 1) % 3];
    let heir_id: String = heir.tell("CLUSTER MYID").await;
    // First half way, with the old holder sending those on who ask for what it does not have.
    let holder_id: String = nodes.0[holder].tell("CLUSTER MYID").await;
    let () = heir.tell(&format!("CLUSTER SETSLOT {slot} IMPORTING {holder_id}")).await;
    let () = nodes.0[holder].tell(&format!("CLUSTER SETSLOT {slot} MIGRATING {heir_id}")).await;
    assert_eq!(proof.claim(&redis).await, Ok(ReplayOutcome::Granted));
    assert_eq!(proof.claim(&redis).await, Ok(ReplayOutcome::Replayed));
    let held: u64 = heir.tell(&format!("CLUSTER COUNTKEYSINSLOT {slot}")).await;
    assert_eq!(held, 1);
    for node in [heir, &nodes.0[holder]] {
        let () = node.tell(&format!("CLUSTER SETSLOT {slot} NODE {heir_id}")).await;
    }
    assert_eq!(proof.claim(&redis).await, Ok(ReplayOutcome::Replayed));
    until_all_nodes_grant(&redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_restarts_without_its_data_admits_no_replay() {
    let mut nodes = Nodes::start().await;
    let (one, other) = (nodes.seen_from(0), nodes.seen_from(2));
    until_all_nodes_grant(&one).await;
    let proofs = granted(&one, 100).await;
    nodes.0[1].kill();
    assert_none_granted(&proofs[..10], &other).await;
    nodes.0[1].run_again();
    nodes.until_whole().await;
    assert_none_granted(&proofs, &one).await;
    until_all_nodes_grant(&one).await;
    until_all_nodes_grant(&other).await;
    assert_none_granted(&proofs, &one).await;
    assert_none_granted(&proofs, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_flushed_admits_no_replay() {
    let nodes = Nodes::start().await;
    let redis = nodes.seen_from(0);
    until_all_nodes_grant(&redis).await;
    let proofs = granted(&redis, 100).await;
    let () = nodes.0[1].tell("FLUSHALL").await;
    assert_none_granted(&proofs, &redis).await;
    until_all_nodes_grant(&redis).await;
    assert_none_granted(&proofs, &redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_whose_slot_moves_away_is_made_anew() {
    let nodes = Nodes::start().await;
    let redis = nodes.seen_from(0);
    until_all_nodes_grant(&redis).await;
    let proofs = granted(&redis, 100).await;
    let (holder, heir) = (&nodes.0[0], &nodes.0[1]);
    let notes: Vec<String> = holder.tell("KEYS bearward:epoch:*").await;
    let slot: u16 = holder.tell(&format!("CLUSTER KEYSLOT {}", notes[0])).await;
    let holder_id: String = holder.tell("CLUSTER MYID").await;
    let heir_id: String = heir.tell("CLUSTER MYID").await;
    let () = heir.tell(&format!("CLUSTER SETSLOT {slot} IMPORTING {holder_id}")).await;
    let () = holder.tell(&format!("CLUSTER SETSLOT {slot} MIGRATING {heir_id}")).await;
    let () = holder.tell(&format!("MIGRATE 127.0.0.1 {} {} 0 5000", heir.port, notes[0])).await;
    assert_none_granted(&proofs, &redis).await;
    // Half way already: the new note is in a slot that stays.
    until_all_nodes_grant(&redis).await;
    for node in [heir, holder] {
        let () = node.tell(&format!("CLUSTER SETSLOT {slot} NODE {heir_id}")).await;
    }
    until_all_nodes_grant(&redis).await;
    assert_none_granted(&proofs, &redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_asked_for_the_map_once_however_many_ranges_it_holds() {
    let node = Server::start(&["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"]);
    let mut add = redis::cmd("CLUSTER");
    add.arg("ADDSLOTS");
    // Every second one of a few hundred: as many ranges.
    for slot in (0..600_u16).step_by(2) {
        add.arg(slot);
    }
    let () = node.ask(&mut add).await;
    until("the node serves", || async {
        node.tell::<String>("CLUSTER INFO").await.contains("cluster_state:ok")
    })
    .await;
    let connections = || async {
        let stats: String = node.tell("INFO stats").await;
        let count =
            stats.lines().find_map(|line| line.trim_end().strip_prefix("total_connections_received:"));
        count.unwrap().parse::<u64>().unwrap()
    };
    let redis = built(Redis::cluster([node.url()]));
    // Most proofs' slots are held by nobody, and each of those makes the map be asked for again.
    let _ = Proof::new().claim(&redis).await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    let before = connections().await;
    let mut asked = 0;
    while asked < 5 {
        let slot_is_held = !matches!(
            &Proof::new().claim(&redis).await,
            Err(StoreError::Unavailable(why)) if why.contains("no node of the cluster holds the slot")
        );
        asked += u64::from(!slot_is_held);
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    // One each time, one to the node for its commands, and this one.
    let made = connections().await - before;
    assert!((5..=7).contains(&made), "{made} connections");
}

#[tokio::test(flavor = "multi_thread")]
async fn revocations_are_found_wherever_their_keys_live() {
    let nodes = Nodes::start().await;
    let one = nodes.seen_from(0).revocation_store();
    let other = nodes.seen_from(1).revocation_store();
    for number in 0..10 {
        let jti = format!("t-{number}");
        let revocation = Revocation::token_id(ISSUER, &jti);
        assert!(!is_revoked(&other, &jti).await);
        one.revoke(&revocation, after(now(), 60.0), now()).await.unwrap();
        assert!(is_revoked(&other, &jti).await);
        other.lift(&revocation).await.unwrap();
        assert!(!is_revoked(&one, &jti).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hangs_is_given_up_for_its_replica_however_seldom_requests_come() {
    let nodes = Nodes::start().await;
    let replicas = nodes.replicas_of_the_first().await;
    let (busy, other) = (nodes.seen_from(1), nodes.seen_from(2));
    until_all_nodes_grant(&busy).await;
    until_all_nodes_grant(&other).await;
    // Connecting may take longer than a request waits, as it may by default.
    let seldom = Redis::cluster([nodes.0[1].url()]).clock_tolerance(Duration::ZERO);
    let seldom = seldom.timeout(Duration::from_millis(600)).connect_timeout(Duration::from_millis(700));
    let seldom = seldom.build().unwrap();
    until_all_nodes_grant(&seldom).await;
    let spent = granted(&busy, 100).await;
    for replica in &replicas {
        let () = replica.tell("CONFIG SET cluster-replica-no-failover no").await;
    }
    let stopped_at = Instant::now();
    nodes.0[0].signal("STOP");
    // As if the machine were gone: connecting gets no answer either.
    let port = nodes.0[0].port;
    let waiting: Vec<_> =
        (0..2 * BACKLOG).map(|_| tokio::spawn(TcpStream::connect(("127.0.0.1", port)))).collect();
    let mut requests = 0;
    loop {
        // An attempt to connect that one request causes is over before the next request.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let proof = loop {
            let proof = Proof::new();
            if slot_of(&nodes.0[1], &proof).await <= 5460 {
                break proof;
            }
        };
        requests += 1;
        if proof.claim(&seldom).await == Ok(ReplayOutcome::Granted) {
            break;
        }
        assert!(requests < 20, "the node that hangs is not given up");
    }
    eprintln!(
        "hangs, node timeout 2 s: its slots pass again after {:?}, {requests} requests",
        stopped_at.elapsed()
    );
    assert_none_granted(&spent, &seldom).await;
    assert!(waiting.iter().any(|connecting| !connecting.is_finished()), "connecting gets an answer");
    nodes.0[0].signal("CONT");
    for redis in [&other, &busy] {
        assert_none_granted(&spent, redis).await;
        until_all_nodes_grant(redis).await;
        assert_none_granted(&spent, redis).await;
    }
}

async fn slot_of(node: &Server, proof: &Proof) -> u16 {
    node.tell(&format!("CLUSTER KEYSLOT bearward:replay:{}", proof.key)).await
}
