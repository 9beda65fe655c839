//! What happens to the authorization server: outages of every kind, one after the other, and a new key every 30 s.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bearward_issuer::{Endpoint, Fault, RunningIssuer};
use tokio::time::sleep;

use crate::tokens::Tokens;

const ROTATION: Duration = Duration::from_secs(30);

/// Since when the authorization server answers as it should; `None` while it does not.
pub(crate) struct Outages(Mutex<Option<Instant>>);

impl Default for Outages {
    fn default() -> Self {
        Self(Mutex::new(Some(Instant::now())))
    }
}

impl Outages {
    pub(crate) fn well_since(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

/// A round takes 23 s, so that the rotations meet each part of it in turn.
pub(crate) async fn flap(issuer: Arc<RunningIssuer>, outages: Arc<Outages>) {
    loop {
        sleep(Duration::from_secs(12)).await;
        outages.set(None);
        issuer.go_down().await;
        sleep(Duration::from_secs(3)).await;
        // The port is still bound; should it be lost all the same, the next round tries again.
        let _ = issuer.come_up().await;
        issuer.stage(Endpoint::All, Fault::Status(500));
        sleep(Duration::from_secs(3)).await;
        issuer.stage(Endpoint::All, Fault::Close);
        sleep(Duration::from_secs(2)).await;
        issuer.stage(Endpoint::All, Fault::Slow { delay: Duration::from_millis(1500) });
        sleep(Duration::from_secs(3)).await;
        issuer.heal();
        outages.set(Some(Instant::now()));
    }
}

/// The new key signs as soon as it is published: harder on the API than a careful server would be.
pub(crate) async fn rotate(tokens: Arc<Tokens>) {
    loop {
        sleep(ROTATION).await;
        tokens.rotate().await;
    }
}
