//! A server that is killed and restarted, without its data under load, and with it: no proof passes twice, and
//! service resumes by itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bearward::check::{ReplayKey, ReplayOutcome, Revocation};
use bearward::store::RevocationStore as _;
use bearward_redis::Redis;

use crate::proof::{Proof, after, assert_none_granted, built, now, until_granted};
use crate::revocations::{ISSUER, is_revoked, query};
use crate::server::{Server, until};

/// What all senders share: the proofs there are, for anyone to send again, and who was let in.
#[derive(Default)]
struct Traffic {
    proofs: Mutex<Vec<Proof>>,
    granted: Mutex<HashMap<ReplayKey, usize>>,
    passed: AtomicUsize,
    is_over: AtomicBool,
}

impl Traffic {
    /// Sends new proofs and old ones by turns until it is over.
    async fn send(&self, redis: &Redis, sender: usize) {
        let mut turn = sender;
        while !self.is_over.load(Ordering::Relaxed) {
            turn += 1;
            let proof = self.proof(turn);
            if proof.claim(redis).await == Ok(ReplayOutcome::Granted) {
                *self.granted.lock().unwrap().entry(proof.key).or_default() += 1;
                self.passed.fetch_add(1, Ordering::Relaxed);
            }
            if turn.is_multiple_of(8) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }

    fn proof(&self, turn: usize) -> Proof {
        let mut proofs = self.proofs.lock().unwrap();
        if turn.is_multiple_of(2) && !proofs.is_empty() {
            // Rather recent ones: those that were on their way when the server ended.
            let back = (turn / 2).wrapping_mul(7919) % proofs.len().min(500);
            return proofs[proofs.len() - 1 - back];
        }
        let proof = Proof::new();
        proofs.push(proof);
        proof
    }

    async fn until_more_pass(&self) {
        let before = self.passed.load(Ordering::Relaxed);
        until("more proofs pass", || async { self.passed.load(Ordering::Relaxed) > before + 100 }).await;
    }
}

/// As a process of its own would: with its own runtime and its own connection.
fn process(url: String, traffic: Arc<Traffic>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let redis = built(Redis::single(url));
        let senders = (0..16).map(|sender| traffic.send(&redis, sender));
        runtime.block_on(futures_util::future::join_all(senders));
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_restarted_under_load_it_admits_no_replay_and_resumes() {
    let mut server = Server::start(&[]);
    let traffic = Arc::new(Traffic::default());
    let processes = [0, 1].map(|_| process(server.url(), Arc::clone(&traffic)));
    for _ in 0..3 {
        traffic.until_more_pass().await;
        server.kill();
        server.run_again();
    }
    traffic.until_more_pass().await;
    traffic.is_over.store(true, Ordering::Relaxed);
    processes.into_iter().for_each(|process| process.join().unwrap());

    let granted = traffic.granted.lock().unwrap().clone();
    assert!(granted.values().all(|times| *times == 1), "a proof passed twice");
    let proofs = traffic.proofs.lock().unwrap().clone();
    let passed: Vec<_> = proofs.into_iter().filter(|proof| granted.contains_key(&proof.key)).collect();
    assert!(passed.len() >= 400);
    // Nor does any of them pass at a process that comes later and knows nothing.
    let newcomer = built(Redis::single(server.url()));
    assert_none_granted(&passed, &newcomer).await;
    until_granted(&newcomer).await;
    assert_none_granted(&passed, &newcomer).await;
}

#[tokio::test]
async fn restarted_with_its_data_it_keeps_revocations_and_admits_no_replay() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let redis = built(Redis::single(server.url()));
    until_granted(&redis).await;
    let spent = Proof::new();
    assert_eq!(spent.claim(&redis).await, Ok(ReplayOutcome::Granted));
    let revocations = redis.revocation_store();
    let revocation = Revocation::token_id(ISSUER, "t-1");
    revocations.revoke(&revocation, after(now(), 3600.0), now()).await.unwrap();
    server.kill();
    server.run_again();
    until("the server is back", || async { revocations.entries(&query("t-1")).await.is_ok() }).await;
    assert!(is_revoked(&revocations, "t-1").await);
    assert_none_granted(&[spent], &redis).await;
    until_granted(&redis).await;
    assert_none_granted(&[spent], &redis).await;
}
