//! One open connection to a master, and what is known about the master.
//!
//! A server changes behind an open connection: `REPLICAOF`, `FLUSHALL` and `CONFIG SET` close none. So nothing that
//! was read when the connection was made is believed for longer than a second:
//!
//! 1. Before a command is sent, the server is *inspected* (role, epoch, eviction) unless that was done within the
//!    last second. Requests that arrive meanwhile wait for the same inspection.
//! 2. A claim is followed, in its own round trip, by a check that the epoch did not end before it.
//!
//! The first rule also covers requests that are refused without a command: they, too, notice within a second that
//! the server was repaired, hangs, or was replaced by another one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bearward::store::StoreError;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisResult, Value, from_redis_value};

use crate::connect::Channel;
use crate::epoch::Epoch;
use crate::memory::Memory;

/// For how long an inspection is believed.
const INSPECTION_PERIOD: Duration = Duration::from_secs(1);

pub(crate) struct Connection {
    channel: Channel,
    pub(crate) epoch: Epoch,
    opened_at: Instant,
    last_inspection: Mutex<Inspection>,
    /// Held while the server is inspected, so that concurrent requests share one inspection.
    inspecting: tokio::sync::Mutex<()>,
}

struct Inspection {
    memory: Memory,
    made_at: Instant,
}

/// What the node that a command is sent to has to do with the slot of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlotState {
    /// The node owns the slot.
    Owned,
    /// The node imports the slot, and takes the command after `ASKING`.
    Importing,
}

/// Whether a command's own round trip checks that the epoch did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EpochCheck {
    /// The last inspection is enough.
    Skip,
    /// An answer is used only if the epoch went on until after the command.
    AfterCommand,
}

impl Connection {
    /// A connection whose server was inspected just now.
    pub(crate) fn new(channel: Channel, epoch: Epoch, memory: Memory) -> Self {
        let now = Instant::now();
        Self {
            channel,
            epoch,
            opened_at: now,
            last_inspection: Mutex::new(Inspection { memory, made_at: now }),
            inspecting: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.channel.is_open()
    }

    /// Whether it was open for less time than this.
    pub(crate) fn is_younger_than(&self, age: Duration) -> bool {
        self.opened_at.elapsed() < age
    }

    /// Makes requests that hold this connection use another one.
    pub(crate) fn give_up(&self) {
        self.channel.give_up();
    }

    /// Refuses a server that evicts keys.
    pub(crate) fn keeps_keys(&self) -> Result<(), StoreError> {
        self.last_inspection().memory.keeps_keys()
    }

    /// Reads again what may have changed, at most once in a period.
    ///
    /// # Errors
    /// The server does not answer, is no master, or is not in the epoch that this connection knows.
    pub(crate) async fn inspect_if_due(&self) -> RedisResult<()> {
        let is_due = || self.last_inspection().made_at.elapsed() >= INSPECTION_PERIOD;
        if !is_due() {
            return Ok(());
        }
        let _one_at_a_time = self.inspecting.lock().await;
        if !self.is_open() {
            return Err(RedisError::from((ErrorKind::Io, "the connection was given up")));
        }
        if is_due() {
            let memory = self.inspect().await?;
            *self.last_inspection() = Inspection { memory, made_at: Instant::now() };
        }
        Ok(())
    }

    /// Runs a command in one round trip.
    pub(crate) async fn run(
        &self,
        command: &Cmd,
        slot_state: SlotState,
        epoch_check: EpochCheck,
    ) -> RedisResult<Value> {
        let mut pipeline = Pipeline::with_capacity(4);
        if slot_state == SlotState::Importing {
            pipeline.cmd("ASKING");
        }
        pipeline.add_command(command.clone());
        if epoch_check == EpochCheck::AfterCommand {
            for command in self.epoch.check_commands() {
                pipeline.add_command(command);
            }
        }
        let mut answers = self.send(&pipeline).await?.into_iter();
        if slot_state == SlotState::Importing {
            // Where it was refused, the command was too.
            answers.next();
        }
        // Errors within an answer count as errors.
        let answer = next(&mut answers)?.extract_error()?;
        if epoch_check == EpochCheck::AfterCommand {
            self.epoch.goes_on([next(&mut answers)?, next(&mut answers)?])?;
        }
        Ok(answer)
    }

    async fn inspect(&self) -> RedisResult<Memory> {
        let mut pipeline = Pipeline::with_capacity(4);
        for command in self.epoch.check_commands() {
            pipeline.add_command(command);
        }
        // Servers before Redis 7 take one section at a time.
        pipeline.cmd("INFO").arg("memory").cmd("INFO").arg("stats");
        let mut answers = self.send(&pipeline).await?.into_iter();
        self.epoch.goes_on([next(&mut answers)?, next(&mut answers)?])?;
        let memory: String = from_redis_value(next(&mut answers)?.extract_error()?)?;
        let stats: String = from_redis_value(next(&mut answers)?.extract_error()?)?;
        let memory = Memory::read(&format!("{memory}\r\n{stats}")).ok_or_else(|| {
            RedisError::from((ErrorKind::Client, "INFO does not say whether the server evicts keys"))
        })?;
        self.epoch.survives(&memory)?;
        Ok(memory)
    }

    async fn send(&self, pipeline: &Pipeline) -> RedisResult<Vec<Value>> {
        self.channel.connection().send_packed_commands(pipeline, 0, pipeline.len()).await
    }

    fn last_inspection(&self) -> MutexGuard<'_, Inspection> {
        // Each holder makes one assignment, so a poisoned lock guards a whole value.
        self.last_inspection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn next(answers: &mut impl Iterator<Item = Value>) -> RedisResult<Value> {
    answers.next().ok_or_else(|| RedisError::from((ErrorKind::Parse, "an answer is missing")))
}
