//! The way to one master: connected when first needed, replaced when it breaks, by one attempt at a time.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bearward::StoreError;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisResult, Value};
use tokio::sync::watch;

use crate::address::Address;
use crate::builder::Settings;
use crate::connect::Channel;
use crate::epoch::{Epoch, Share};
use crate::error::{ends_connection, store_error, unavailable};
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

/// An open connection to a master whose epoch is known.
pub(crate) struct Connection {
    channel: Channel,
    pub(crate) epoch: Epoch,
}

/// How a command gets past the node of a cluster that it is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    /// The node holds the key.
    Plain,
    /// The node is taking the key over.
    Asking,
}

/// Whether the server is looked at in the round trip of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// What was learned when connecting will do.
    Spared,
    /// An answer counts only if the epoch went on until after it.
    AfterTheCommand,
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

    /// Runs a command on a connection of this link, in one round trip, and drops the connection where it is of no
    /// more use.
    pub(crate) async fn run(
        &self,
        connection: &Arc<Connection>,
        command: &Cmd,
        passage: Passage,
        look: Look,
    ) -> RedisResult<Value> {
        let outcome = connection.run(command, passage, look).await;
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
        let epoch = Epoch::of(channel.connection(), &self.settings.key_prefix, share).await?;
        Ok(Connection { channel, epoch })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each holder makes one assignment, so a poisoned lock guards a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    async fn run(&self, command: &Cmd, passage: Passage, look: Look) -> RedisResult<Value> {
        let mut pipeline = Pipeline::with_capacity(4);
        if passage == Passage::Asking {
            pipeline.cmd("ASKING");
        }
        pipeline.add_command(command.clone());
        if look == Look::AfterTheCommand {
            for command in self.epoch.look() {
                pipeline.add_command(command);
            }
        }
        let mut connection = self.channel.connection();
        let answers = connection.send_packed_commands(&pipeline, 0, pipeline.len()).await?;
        let mut answers = answers.into_iter();
        if passage == Passage::Asking {
            // Where it was refused, the command was too.
            answers.next();
        }
        let mut next =
            || answers.next().ok_or_else(|| RedisError::from((ErrorKind::Parse, "an answer is missing")));
        // Errors within an answer count as errors.
        let answer = next()?.extract_error()?;
        if look == Look::AfterTheCommand {
            self.epoch.goes_on([next()?, next()?])?;
        }
        Ok(answer)
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
