//! The way to one master: connected when it is first needed, replaced when it breaks, by one attempt at a time.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bearward::store::StoreError;
use redis::{Cmd, RedisResult, Value};
use tokio::sync::watch;

use crate::address::Address;
use crate::connect::Channel;
use crate::connection::{Connection, EpochCheck, SlotState};
use crate::epoch::{Epoch, Share};
use crate::error::{ends_connection, store_error, unavailable};
use crate::memory::Memory;
use crate::replicas;
use crate::sentinel::Sentinels;
use crate::settings::Settings;

/// The pause after a failed attempt to connect, doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A connection that is lost within this time of being made was lost early.
const EARLY: Duration = Duration::from_secs(1);

/// How many connections in a row may be lost early before there is a pause. A request that finds its connection
/// broken uses a new one at once; a proxy that sends each command to another server must not cause a new connection
/// for each request.
const EARLY_LOSSES_WITHOUT_PAUSE: u32 = 3;

/// Where the master is.
#[derive(Debug)]
pub(crate) enum Target {
    /// The only one.
    Fixed(Address),
    /// Where the sentinels say, who are asked at every attempt.
    Sentinels(Sentinels),
    /// A node of a cluster.
    Node(Address),
}

pub(crate) struct Link {
    target: Target,
    settings: Arc<Settings>,
    state: Mutex<State>,
    /// Whether a warning about the master's replicas was logged.
    has_warned: AtomicBool,
}

enum State {
    Unconnected { early_losses: u32 },
    Connecting { attempt: watch::Receiver<Option<Outcome>>, failures: u32 },
    Connected { connection: Arc<Connection>, early_losses: u32 },
    Failed { error: StoreError, failures: u32, early_losses: u32, retry_at: Instant },
}

type Outcome = Result<Arc<Connection>, StoreError>;

/// How often connecting went wrong before.
#[derive(Debug, Clone, Copy, Default)]
struct Past {
    /// Attempts in a row that failed.
    failures: u32,
    /// Connections in a row that were lost early.
    early_losses: u32,
}

impl Link {
    pub(crate) fn new(target: Target, settings: Arc<Settings>) -> Arc<Self> {
        let state = Mutex::new(State::Unconnected { early_losses: 0 });
        Arc::new(Self { target, settings, state, has_warned: AtomicBool::new(false) })
    }

    /// A connection whose server was inspected within the last second. Where the inspection finds that the server
    /// hangs or changed, this connects anew.
    pub(crate) async fn connection(self: &Arc<Self>) -> Outcome {
        let connection = self.open_connection().await?;
        match connection.inspect_if_due().await {
            Ok(()) => Ok(connection),
            Err(error) => {
                self.leave(&connection, &store_error(&error));
                self.open_connection().await
            }
        }
    }

    /// Connects in the background, unless that was tried before. A server grants claims once the clock tolerance has
    /// passed since it was met, so it is met before its first claim comes.
    pub(crate) fn connect_ahead(self: &Arc<Self>) {
        let is_untried = matches!(&*self.state(), State::Unconnected { early_losses: 0 });
        if is_untried {
            let link = Arc::clone(self);
            tokio::spawn(async move {
                // The outcome is in the state, and in the log.
                let _ = link.open_connection().await;
            });
        }
    }

    /// Whether the last attempt to connect failed and no later one has succeeded.
    pub(crate) fn is_failing(&self) -> bool {
        match &*self.state() {
            State::Failed { .. } => true,
            State::Connecting { failures, .. } => *failures > 0,
            State::Unconnected { .. } | State::Connected { .. } => false,
        }
    }

    /// Runs a command on a connection of this link, in one round trip, and drops the connection where it is of no
    /// more use.
    pub(crate) async fn run(
        &self,
        connection: &Arc<Connection>,
        command: &Cmd,
        slot_state: SlotState,
        epoch_check: EpochCheck,
    ) -> RedisResult<Value> {
        let outcome = connection.run(command, slot_state, epoch_check).await;
        if let Err(error) = &outcome
            && ends_connection(error)
        {
            self.leave(connection, &store_error(error));
        }
        outcome
    }

    /// The connection, once there is one. Requests that ask while one is being made wait for it; the attempt goes
    /// on when they stop waiting.
    async fn open_connection(self: &Arc<Self>) -> Outcome {
        let mut attempt = {
            let mut state = self.state();
            let past = match &*state {
                State::Connected { connection, .. } if connection.is_open() => {
                    return Ok(Arc::clone(connection));
                }
                State::Failed { error, retry_at, .. } if Instant::now() < *retry_at => {
                    return Err(error.clone());
                }
                State::Failed { failures, early_losses, .. } => {
                    Past { failures: *failures, early_losses: *early_losses }
                }
                State::Unconnected { early_losses } | State::Connected { early_losses, .. } => {
                    Past { failures: 0, early_losses: *early_losses }
                }
                State::Connecting { .. } => Past::default(),
            };
            match &*state {
                // An attempt whose runtime was shut down never ends.
                State::Connecting { attempt, .. } if attempt.has_changed().is_ok() => attempt.clone(),
                _ => {
                    let (report, attempt) = watch::channel(None);
                    *state = State::Connecting { attempt: attempt.clone(), failures: past.failures };
                    tokio::spawn(Arc::clone(self).connect(report, past));
                    attempt
                }
            }
        };
        let outcome = attempt.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err(unavailable("the attempt to connect was given up")))
    }

    /// Drops the connection, unless another one has taken its place.
    fn leave(&self, connection: &Arc<Connection>, why: &StoreError) {
        connection.give_up();
        let mut state = self.state();
        let early_losses = match &*state {
            State::Connected { connection: current, early_losses } if Arc::ptr_eq(current, connection) => {
                if connection.is_younger_than(EARLY) {
                    early_losses.saturating_add(1)
                } else {
                    0
                }
            }
            _ => return,
        };
        *state = match early_losses.checked_sub(EARLY_LOSSES_WITHOUT_PAUSE) {
            None | Some(0) => State::Unconnected { early_losses },
            Some(further) => State::Failed {
                error: why.clone(),
                failures: 0,
                early_losses,
                retry_at: Instant::now() + pause_after(further - 1),
            },
        };
        drop(state);
        tracing::warn!(target: "bearward", server = %self.target, error = %why, "left a Redis connection");
    }

    async fn connect(self: Arc<Self>, report: watch::Sender<Option<Outcome>>, past: Past) {
        let limit = self.settings.connect_timeout;
        let outcome = tokio::time::timeout(limit, self.try_connect()).await;
        let outcome = outcome.unwrap_or_else(|_| Err(unavailable("connecting took too long"))).map(Arc::new);
        match &outcome {
            Ok(_) => tracing::info!(target: "bearward", server = %self.target, "connected to Redis"),
            Err(error) => {
                tracing::warn!(target: "bearward", server = %self.target, %error, "could not connect to Redis");
            }
        }
        let Past { failures, early_losses } = past;
        *self.state() = match &outcome {
            Ok(connection) => State::Connected { connection: Arc::clone(connection), early_losses },
            Err(error) => State::Failed {
                error: error.clone(),
                failures: failures.saturating_add(1),
                early_losses,
                retry_at: Instant::now() + pause_after(failures),
            },
        };
        report.send_replace(Some(outcome));
    }

    async fn try_connect(&self) -> Result<Connection, StoreError> {
        let (address, share) = match &self.target {
            Target::Fixed(address) => (address.clone(), Share::All),
            Target::Node(address) => (address.clone(), Share::Slots),
            Target::Sentinels(sentinels) => (sentinels.master(&self.settings).await?, Share::All),
        };
        let failed = |error| store_error(&error);
        let channel = Channel::open(&address, &self.settings).await.map_err(failed)?;
        let info: String = redis::cmd("INFO").query_async(&mut channel.connection()).await.map_err(failed)?;
        let memory = Memory::read(&info)
            .ok_or_else(|| unavailable("INFO does not say whether the server evicts keys"))?;
        let key_prefix = &self.settings.key_prefix;
        let epoch = Epoch::of(channel.connection(), &info, &memory, key_prefix, share).await?;
        if let Some(warning) = replicas::warning(&info)
            && !self.has_warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(target: "bearward", server = %self.target, "{warning}");
        }
        Ok(Connection::new(channel, epoch, memory))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each holder makes one assignment, so a poisoned lock guards a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(address) | Self::Node(address) => address.endpoint.fmt(f),
            Self::Sentinels(sentinels) => sentinels.fmt(f),
        }
    }
}

fn pause_after(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE)
}
