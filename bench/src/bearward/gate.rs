//! The core with its keys in hand, asked about one token after another.

use std::hint::black_box;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use bearward_core::{Credential, Engine, EngineConfig, Now, Route, Step};

/// An engine and the clocks that an adapter would read for it.
pub(super) struct Gate {
    engine: Engine,
    start: Instant,
}

impl Gate {
    pub(super) fn new(config: EngineConfig) -> Result<Self> {
        let engine = config.build().context("Bearward's configuration")?;
        Ok(Self { engine, start: Instant::now() })
    }

    /// From a token's text to an `AccessToken`; the clocks are read anew, as for a request.
    #[inline]
    pub(super) fn accept(&self, token: &str) -> Result<()> {
        let credential = Credential::from_token(black_box(token), self.engine.credential_rules())
            .context("no credential")?;
        let now = Now::new(SystemTime::now().duration_since(UNIX_EPOCH)?, self.start.elapsed());
        match self.engine.attempt(&credential, Route::open()).step(now) {
            Step::Done(Ok(token)) => {
                black_box(token);
                Ok(())
            }
            other => bail!("a good token was refused: {other:?}"),
        }
    }
}
