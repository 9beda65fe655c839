//! Ten thousand tokens of unknown keys in a moment: "a flood of unknown `kid`s" in docs/threat-model.md. A separate
//! binary, for it looks at the memory of the process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bearward::ResourceServer;
use bearward_issuer::{Algorithm, Endpoint, RunningIssuer, SigningKey, TokenBuilder, assemble};
use support::{AUDIENCE, TestClock, assert_accepted, issuer, present, trusting};
use tokio::sync::Mutex;

const FLOOD: usize = 10_000;

/// Memory is measured, and time matters: one flood after the other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Long enough that ten thousand of them, kept, could not be overlooked.
const KID_BYTES: usize = 4096;

fn made_up(template: &TokenBuilder, number: usize) -> String {
    let kid = format!("{number:0width$}", width = KID_BYTES);
    let template = template.clone().header("kid", kid);
    let bytes = |object| serde_json::to_vec(object).unwrap();
    assemble(&bytes(template.jose_header()), &bytes(template.claims_set()), &[1; 64])
}

/// Sends the flood from many clients at once, and counts the answers other than `key_unknown`.
async fn flood(issuer: &RunningIssuer, api: &ResourceServer) -> usize {
    let template = issuer.mint().audience(AUDIENCE).remove("iat");
    let clients: Vec<_> = (0..50)
        .map(|client| {
            let (api, template) = (api.clone(), template.clone());
            tokio::spawn(async move {
                let mut others = 0;
                for number in 0..FLOOD / 50 {
                    let token = made_up(&template, client * FLOOD + number);
                    match present(&api, &token).await {
                        Err(failure) if failure.code() == "key_unknown" => {}
                        _ => others += 1,
                    }
                }
                others
            })
        })
        .collect();
    let mut others = 0;
    for client in clients {
        others += client.await.unwrap();
    }
    others
}

/// Sends valid tokens, old and new, until told to stop; gives how many and the longest wait.
async fn valid_requests(
    issuer: Arc<RunningIssuer>,
    api: ResourceServer,
    stop: Arc<AtomicBool>,
) -> (usize, Duration) {
    let (mut served, mut longest) = (0, Duration::ZERO);
    // Minting goes by the machine's clock, which goes on while the resource server's stands still.
    let mint = || issuer.mint().audience(AUDIENCE).remove("iat").sign();
    let old = mint();
    while !stop.load(Ordering::SeqCst) {
        let new = mint();
        let started = Instant::now();
        assert_accepted(present(&api, &old).await, "a valid token during the flood");
        assert_accepted(present(&api, &new).await, "a valid new token during the flood");
        longest = longest.max(started.elapsed());
        served += 2;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    (served, longest)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flood_of_unknown_keys_causes_one_fetch_per_cooldown_and_hinders_nobody() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let issuer = Arc::new(issuer().await);
    let clock = TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    api.ready().await.unwrap();
    // The set is slow: only requests with unknown keys wait for it.
    let delay = Duration::from_secs(3);
    issuer.stage(Endpoint::Jwks, bearward_issuer::Fault::Slow { delay });
    for round in 1..=2 {
        let stop = Arc::new(AtomicBool::new(false));
        let valid = tokio::spawn(valid_requests(Arc::clone(&issuer), api.clone(), Arc::clone(&stop)));
        let others = flood(&issuer, &api).await;
        stop.store(true, Ordering::SeqCst);
        let (served, longest) = valid.await.unwrap();
        assert_eq!(others, 0, "answers other than key_unknown");
        assert_eq!(issuer.requests(Endpoint::Jwks), 1 + round, "one fetch per cooldown");
        assert!(served > 100, "only {served} valid requests got a turn");
        assert!(longest < delay, "a valid request waited for {longest:?}");
        clock.advance(31.0);
    }
}

/// A crowd as large as may wait is let in, and its answers are all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_unknown_keys_at_once_share_one_fetch() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    api.ready().await.unwrap();
    let delay = Duration::from_millis(500);
    issuer.stage(Endpoint::Jwks, bearward_issuer::Fault::Slow { delay });
    let key = SigningKey::generate(Algorithm::Es256);
    // Without `iat`: who comes after the fetch is answered by its set, like those who waited.
    let template = issuer.mint().audience(AUDIENCE).remove("iat").signed_by(&key);
    let requests: Vec<_> = (0..FLOOD)
        .map(|number| {
            let (api, token) = (api.clone(), template.clone().header("kid", number.to_string()));
            let bytes = |object| serde_json::to_vec(object).unwrap();
            let token = assemble(&bytes(token.jose_header()), &bytes(token.claims_set()), &[1; 64]);
            tokio::spawn(async move { present(&api, &token).await.unwrap_err().code() })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), "key_unknown");
    }
    assert_eq!(issuer.requests(Endpoint::Jwks), 2);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flood_leaves_nothing_behind_in_memory() {
    let _turn = ONE_AT_A_TIME.lock().await;
    let issuer = issuer().await;
    let api = trusting(&issuer).build().unwrap();
    flood(&issuer, &api).await; // what any load allocates once
    let before = resident_kilobytes();
    for _ in 0..2 {
        flood(&issuer, &api).await;
    }
    let grown = resident_kilobytes().saturating_sub(before);
    let sent = 2 * FLOOD * KID_BYTES / 1024;
    assert!(grown < sent / 4, "the process grew by {grown} KiB after {sent} KiB of made-up kids");
}

#[cfg(target_os = "linux")]
fn resident_kilobytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}
