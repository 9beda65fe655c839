//! Keys change while requests keep coming.
//! Rows of "Key sets and the authorization server" in docs/threat-model.md: rotation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bearward_issuer::{Algorithm, Endpoint, RunningIssuer};

use crate::support::{AUDIENCE, TestClock, assert_accepted, assert_refused, issuer, present, trusting};

fn lasting(issuer: &RunningIssuer) -> String {
    issuer.mint().audience(AUDIENCE).expires_in(24 * 3600).sign()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_valid_request_fails_while_keys_rotate_and_no_removed_key_verifies_after() {
    let issuer = Arc::new(issuer().await);
    let clock = TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    let (stop, served) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..6)
        .map(|client| {
            let (api, issuer, stop, served) =
                (api.clone(), Arc::clone(&issuer), Arc::clone(&stop), Arc::clone(&served));
            tokio::spawn(async move {
                let mut token = lasting(&issuer);
                for round in 0_usize.. {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    // Half of the clients keep their token for a while; the others want a new one each time.
                    if client % 2 == 0 || round.is_multiple_of(16) {
                        token = lasting(&issuer);
                    }
                    assert_accepted(present(&api, &token).await, "under load");
                    served.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let first_kid = issuer.signing_kid();
    let first_token = lasting(&issuer);
    for _ in 0..12 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        // Rotations lie further apart than the cooldown, and no clock leaps while a fetch is under way.
        assert_accepted(present(&api, &lasting(&issuer)).await, "the key of the last rotation");
        clock.advance(31.0);
        issuer.rotate(Algorithm::Es256);
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    stop.store(true, Ordering::SeqCst);
    for client in clients {
        client.await.unwrap();
    }
    assert!(served.load(Ordering::SeqCst) > 100, "there was hardly any load");
    let fetches = issuer.requests(Endpoint::Jwks);
    assert!(fetches <= 1 + 12 + 2, "{fetches} fetches for 12 rotations");

    assert_accepted(present(&api, &first_token).await, "the first key is still published");
    issuer.withdraw(&first_kid);
    clock.advance(31.0);
    issuer.rotate(Algorithm::Es256);
    assert_accepted(present(&api, &lasting(&issuer)).await, "the newest key");
    clock.advance(31.0);
    assert_refused(present(&api, &first_token).await, "key_unknown", "removed");
}

#[tokio::test]
async fn a_rotation_to_another_algorithm_is_followed() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    for algorithm in [Algorithm::EdDsa, Algorithm::Es384, Algorithm::MlDsa44, Algorithm::Rs256] {
        issuer.rotate(algorithm);
        clock.advance(31.0);
        assert_accepted(present(&api, &lasting(&issuer)).await, algorithm.name());
    }
}

#[tokio::test]
async fn a_rotation_while_made_up_keys_use_the_cooldown_up_is_503_and_not_401() {
    let issuer = issuer().await;
    let clock = TestClock::new();
    let read = clock.reader();
    let api = trusting(&issuer).clock(clock.reader()).build().unwrap();
    let minted = || issuer.mint().audience(AUDIENCE).claim("iat", read().date().seconds() as u64);
    assert_accepted(present(&api, &minted().sign()).await, "the first key");
    for second in 0..60 {
        let made_up = minted().header("kid", format!("made up {second}")).sign();
        let result = present(&api, &made_up).await;
        assert!(result.is_err_and(|failure| ["key_unknown", "keys_unavailable"].contains(&failure.code())));
        if second == 3 {
            issuer.rotate(Algorithm::Es256);
        }
        if (3..30).contains(&second) {
            let failure = present(&api, &minted().sign()).await.unwrap_err();
            assert_eq!(failure.code(), "keys_unavailable", "{second}");
            let answer = failure.answer();
            let retry_after: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert_eq!((answer.status.as_u16(), retry_after), (503, 30 - second), "{second}");
        }
        if second >= 30 {
            assert_accepted(present(&api, &minted().sign()).await, "from the next fetch on");
        }
        clock.advance(1.0);
    }
    assert_eq!(issuer.requests(Endpoint::Jwks), 3, "one fetch per cooldown");
}
