//! The clocks of the machine, read once per request.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bearward_core::Now;

/// Where the time comes from.
#[derive(Clone)]
pub(crate) enum Clock {
    System { started: Instant },
    Custom(Arc<dyn Fn() -> Now + Send + Sync>),
}

impl Clock {
    pub(crate) fn system() -> Self {
        Self::System { started: Instant::now() }
    }

    pub(crate) fn now(&self) -> Now {
        match self {
            Self::System { started } => {
                // A calendar before 1970 is a broken one. The far future refuses every token; the past would
                // let expired ones in.
                let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or(Duration::MAX);
                Now::new(since_epoch, started.elapsed())
            }
            Self::Custom(read) => read(),
        }
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::System { .. } => "Clock::System",
            Self::Custom(_) => "Clock::Custom",
        })
    }
}
