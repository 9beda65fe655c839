//! The way to one master: connected when first needed, replaced when it breaks, by one attempt at a time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bearward::StoreError;
use redis::{Cmd, Pipeline, RedisResult, Value};
use tokio::sync::watch;

use crate::address::Address;
use crate::builder::Settings;
use crate::connect::Channel;
use crate::error::{ends_connection, store_error, unavailable};
use crate::reign::{Reign, Share};
use crate::sentinel::Sentinels;

/// How long after a failure nobody tries again; doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

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
}

/// An open connection to a master whose reign is known.
pub(crate) struct Connection {
    channel: Channel,
    pub(crate) reign: Reign,
}

enum State {
    Unconnected,
    Connecting(watch::Receiver<Option<Outcome>>),
    Connected(Arc<Connection>),
    Failed { error: StoreError, failures: u32, retry_at: Instant },
}

type Outcome = Result<Arc<Connection>, StoreError>;

impl Link {
    pub(crate) fn new(target: Target, settings: Arc<Settings>) -> Arc<Self> {
        Arc::new(Self { target, settings, state: Mutex::new(State::Unconnected) })
    }

    /// The connection, once there is one. Those who ask while one is being made wait for it; the attempt goes
    /// on when they stop waiting.
    pub(crate) async fn connection(self: &Arc<Self>) -> Outcome {
        let mut attempt = {
            let mut state = self.state();
            let failures = match &*state {
                State::Connected(connection) if connection.channel.is_open() => {
                    return Ok(Arc::clone(connection));
                }
                State::Failed { error, retry_at, .. } if Instant::now() < *retry_at => {
                    return Err(error.clone());
                }
                State::Failed { failures, .. } => *failures,
                State::Connecting(_) | State::Connected(_) | State::Unconnected => 0,
            };
            match &*state {
                // An attempt whose runtime was shut down never ends.
                State::Connecting(attempt) if attempt.has_changed().is_ok() => attempt.clone(),
                _ => {
                    let (report, attempt) = watch::channel(None);
                    *state = State::Connecting(attempt.clone());
                    tokio::spawn(Arc::clone(self).connect(report, failures));
                    attempt
                }
            }
        };
        let outcome = attempt.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err(unavailable("the attempt to connect was given up")))
    }

    /// Runs a command on a connection of this link, and drops the connection where it is of no more use.
    pub(crate) async fn run(&self, connection: &Arc<Connection>, command: &Cmd) -> RedisResult<Value> {
        let outcome = connection.channel.connection().send_packed_command(command).await;
        // Errors within an answer count as errors.
        let outcome = outcome.and_then(Value::extract_error);
        self.notice(connection, outcome)
    }

    /// Runs a command at a node of a cluster that takes the key over.
    pub(crate) async fn run_asking(&self, connection: &Arc<Connection>, command: &Cmd) -> RedisResult<Value> {
        let mut pipeline = Pipeline::with_capacity(2);
        pipeline.cmd("ASKING").ignore().add_command(command.clone());
        let outcome = pipeline.query_async::<(Value,)>(&mut connection.channel.connection()).await;
        self.notice(connection, outcome.map(|(answer,)| answer))
    }

    fn notice(&self, connection: &Arc<Connection>, outcome: RedisResult<Value>) -> RedisResult<Value> {
        if let Err(error) = &outcome
            && ends_connection(error)
        {
            self.leave(connection, &error.to_string());
        }
        outcome
    }

    /// Drops the connection, unless another one has taken its place.
    fn leave(&self, connection: &Arc<Connection>, why: &str) {
        let mut state = self.state();
        if matches!(&*state, State::Connected(current) if Arc::ptr_eq(current, connection)) {
            *state = State::Unconnected;
            drop(state);
            tracing::warn!(target: "bearward", server = %self.target, error = why, "left a Redis connection");
        }
    }

    async fn connect(self: Arc<Self>, report: watch::Sender<Option<Outcome>>, failures: u32) {
        let limit = self.settings.connect_timeout;
        let outcome = tokio::time::timeout(limit, self.try_connect()).await;
        let outcome = outcome.unwrap_or_else(|_| Err(unavailable("connecting took too long"))).map(Arc::new);
        match &outcome {
            Ok(_) => tracing::info!(target: "bearward", server = %self.target, "connected to Redis"),
            Err(error) => {
                tracing::warn!(target: "bearward", server = %self.target, %error, "could not connect to Redis");
            }
        }
        *self.state() = match &outcome {
            Ok(connection) => State::Connected(Arc::clone(connection)),
            Err(error) => State::Failed {
                error: error.clone(),
                failures: failures.saturating_add(1),
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
        let channel = Channel::open(&address, &self.settings).await.map_err(|error| store_error(&error))?;
        let reign = Reign::of(channel.connection(), &self.settings.key_prefix, share).await?;
        Ok(Connection { channel, reign })
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
