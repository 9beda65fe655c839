//! For which proofs a server knows all claims: those made since it serves as a master without losing a key.
//!
//! A server that was restarted has lost what it had not written to disk, and a promoted replica lacks what had not
//! reached it. Neither says so. But the time during which one server process serves as a master, its *epoch*, has a
//! name: the `run_id` of the process and the `master_replid`, which changes with every promotion.
//!
//! 1. The first process that connects in an epoch writes a *note* into the server before it uses the connection for
//!    anything else (`SET .. NX`): the current time, and how many keys the server has evicted so far. Processes that
//!    connect later read the note.
//! 2. A claim is refused if its proof was made before the time of the note. Claims in an earlier epoch were made
//!    before that time, so a proof whose claim may be lost is not granted again.
//! 3. A client's clock can be ahead. So the clock tolerance is added to the time of the note, and a proof that is
//!    dated further in the future than the clock tolerance is refused.
//! 4. A server that evicts keys forgets claims, so its claims are refused. Where the number of evicted keys differs
//!    from the note, keys were lost since the note was written, and a note with the current time replaces it.
//! 5. An epoch can end while connections stay open: `REPLICAOF` and `FLUSHALL` close no connection. So the round trip
//!    of each claim also reads the name of the epoch, which a replaced data set does not change back, and the note,
//!    which `FLUSHALL` deletes. Both are read after the claim, so they tell of whatever happened before it.
//!
//! Does not notice: a master that is cut off from its replicas and goes on granting claims while one of them is
//! promoted (`min-replicas-to-write` stops it), and single keys that are deleted by hand.

use std::time::{Duration, SystemTime};

use bearward::store::StoreError;
use bearward::wire::NumericDate;
use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, Value, from_redis_value};

use crate::error::{store_error, unavailable};
use crate::info::field;
use crate::memory::Memory;
use crate::slot;

/// What the keys of notes start with, after the prefix of all keys.
const NOTES: &str = "epoch:";

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Epoch {
    /// The `master_replid`. The `run_id` is read once: a connection leads to one process.
    replication: String,
    note: Note,
}

/// What the server holds about its epoch.
#[derive(Debug, Clone, PartialEq)]
struct Note {
    key: String,
    /// The note as the server holds it.
    text: String,
    /// When the server was first met in this epoch, in seconds since 1970.
    met_at: f64,
    /// How many keys it had evicted by then.
    evicted_keys: u64,
}

/// Which keys the server holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    All,
    /// Some of a cluster's.
    Slots,
}

impl Epoch {
    /// Reads the note on the server's epoch, and writes it first where the server holds none.
    pub(crate) async fn of(
        mut connection: MultiplexedConnection,
        info: &str,
        memory: &Memory,
        key_prefix: &str,
        share: Share,
    ) -> Result<Self, StoreError> {
        let field = |name| field(info, name).unwrap_or_default();
        if field("role") != "master" {
            return Err(unavailable("the server is not a master"));
        }
        if field("loading") == "1" {
            return Err(unavailable("the server is loading its data"));
        }
        let (run, replication) = (field("run_id"), field("master_replid"));
        if run.is_empty() || replication.is_empty() {
            return Err(unavailable("INFO does not name run_id and master_replid"));
        }
        let tag = match share {
            Share::All => String::new(),
            Share::Slots => {
                let nodes: String = query(&mut connection, redis::cmd("CLUSTER").arg("NODES")).await?;
                tag_of_own_slot(&nodes).ok_or_else(|| unavailable("the server holds no slots"))?
            }
        };
        let key = format!("{key_prefix}{NOTES}{tag}{run}:{replication}");
        // The number of evicted keys was read before this time is.
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64();
        let write = redis::cmd("SET").arg(&key).arg(format!("{now} {}", memory.evicted_keys())).to_owned();
        let write_first = write.clone().arg("NX").to_owned();
        query::<Option<String>>(&mut connection, &write_first).await?;
        let mut note = Note::read(&mut connection, &key, now).await?;
        if !note.as_ref().is_some_and(|note| note.holds_for(memory)) {
            query::<Option<String>>(&mut connection, &write).await?;
            note = Note::read(&mut connection, &key, now).await?;
        }
        let note =
            note.ok_or_else(|| unavailable("the server lost its note, or another program changed it"))?;
        Ok(Self { replication: replication.to_owned(), note })
    }

    /// The commands whose answers tell whether this epoch goes on ([`goes_on`](Self::goes_on)).
    pub(crate) fn check_commands(&self) -> [Cmd; 2] {
        let replication = redis::cmd("INFO").arg("replication").to_owned();
        [replication, redis::cmd("GET").arg(&self.note.key).to_owned()]
    }

    /// Whether the server was still in this epoch when it gave these answers. Any doubt ends the connection, and
    /// the next connection reads the note again.
    pub(crate) fn goes_on(&self, answers: [Value; 2]) -> RedisResult<()> {
        let [replication, note] = answers.map(Value::extract_error);
        let replication: Option<String> = replication.ok().and_then(|info| from_redis_value(info).ok());
        let has_its_name = replication.is_some_and(|info| {
            field(&info, "role") == Some("master")
                && field(&info, "master_replid") == Some(self.replication.as_str())
        });
        // In a cluster, the note's slot may have moved to another node.
        let note: Option<String> = note.ok().and_then(|note| from_redis_value(note).ok());
        match has_its_name && note.as_ref() == Some(&self.note.text) {
            true => Ok(()),
            false => Err(ended("the server's memory was replaced, or part of it moved away")),
        }
    }

    /// Whether the server has kept all keys since the note was written. While it evicts keys, its claims are
    /// refused anyway, and a connection that only caches goes on.
    pub(crate) fn survives(&self, memory: &Memory) -> RedisResult<()> {
        match self.note.holds_for(memory) {
            true => Ok(()),
            false => Err(ended("the server has evicted keys")),
        }
    }

    /// Whether the server knows all claims of a proof that was made at this time.
    pub(crate) fn vouch_for(
        &self,
        created_at: NumericDate,
        now: NumericDate,
        tolerance: Duration,
    ) -> Result<(), StoreError> {
        let tolerance = tolerance.as_secs_f64();
        if created_at.seconds() > now.seconds() + tolerance {
            return Err(unavailable("the proof is dated further ahead than the store's clock tolerance"));
        }
        if created_at.seconds() <= self.note.met_at + tolerance {
            return Err(unavailable("the proof may have been claimed before the server lost its memory"));
        }
        Ok(())
    }
}

impl Note {
    /// The note under this key; `None` where there is none, or something else.
    async fn read(
        connection: &mut MultiplexedConnection,
        key: &str,
        now: f64,
    ) -> Result<Option<Self>, StoreError> {
        let text: Option<String> = query(connection, redis::cmd("GET").arg(key)).await?;
        Ok(text.and_then(|text| Self::parse(key, text, now)))
    }

    fn parse(key: &str, text: String, now: f64) -> Option<Self> {
        let (met_at, evicted_keys) = text.split_once(' ')?;
        let (met_at, evicted_keys) = (met_at.parse::<f64>().ok()?, evicted_keys.parse().ok()?);
        // The note was written before it is read. A time in the future therefore comes from a wrong clock.
        let met_at = met_at.min(now);
        Some(Self { key: key.to_owned(), text, met_at, evicted_keys })
    }

    fn holds_for(&self, memory: &Memory) -> bool {
        memory.keeps_keys().is_err() || memory.evicted_keys() == self.evicted_keys
    }
}

fn ended(why: &'static str) -> RedisError {
    RedisError::from((ErrorKind::Client, why))
}

async fn query<T: FromRedisValue>(
    connection: &mut MultiplexedConnection,
    command: &Cmd,
) -> Result<T, StoreError> {
    let answer: RedisResult<T> = command.query_async(connection).await;
    answer.map_err(|error| store_error(&error))
}

/// A hash tag for keys that the answering node of a cluster holds itself.
fn tag_of_own_slot(nodes: &str) -> Option<String> {
    let own =
        nodes.lines().find(|line| line.split(' ').nth(2).is_some_and(|flags| flags.contains("myself")))?;
    let words = || own.split_whitespace().skip(8);
    let ranges: Vec<(u16, u16)> = words().filter_map(range).collect();
    let leaving: Vec<u16> = words().filter_map(leaving).collect();
    let is_own = |slot: u16| {
        ranges.iter().any(|(first, last)| (*first..=*last).contains(&slot)) && !leaving.contains(&slot)
    };
    // Where it holds but one slot, some 16 384 tries find a tag.
    (0..1_000_000_u32).map(|number| format!("{{{number}}}")).find(|tag| is_own(slot::of(tag)))
}

/// `7`, `0-5460`; not `[93-<-..]`, which is on its way from another node.
fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// `[93->-..]`, which is on its way to another node, and takes no new keys here.
fn leaving(text: &str) -> Option<u16> {
    text.strip_prefix('[')?.split_once("->-")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> NumericDate {
        NumericDate::from_seconds(seconds).unwrap()
    }

    fn epoch(note: &str) -> Epoch {
        let note = Note::parse("epoch:a:b", note.to_owned(), 1000.0).unwrap();
        Epoch { replication: "b".to_owned(), note }
    }

    #[test]
    fn proofs_made_before_the_epoch_was_met_are_not_vouched_for() {
        let epoch = epoch("100 0");
        let tolerance = Duration::from_secs(5);
        for (created_at, now, vouched) in [
            (50.0, 101.0, false),
            (105.0, 101.0, false),
            (105.1, 101.0, true),
            (106.0, 101.0, true),
            (106.1, 101.0, false),
            (200.0, 300.0, true),
        ] {
            let outcome = epoch.vouch_for(at(created_at), at(now), tolerance);
            assert_eq!(outcome.is_ok(), vouched, "{created_at} at {now}");
        }
    }

    #[test]
    fn an_epoch_goes_on_for_as_long_as_its_name_and_the_note_are_the_same() {
        let epoch = epoch("100.5 0");
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        for (info, note, goes_on) in [
            ("role:master\r\nmaster_replid:b\r\nmaster_replid2:0\r\n", text("100.5 0"), true),
            ("role:master\r\nmaster_replid:b\r\n", text("100.6 0"), false),
            ("role:master\r\nmaster_replid:b\r\n", Value::Nil, false),
            ("role:master\r\nmaster_replid:c\r\nmaster_replid2:b\r\n", text("100.5 0"), false),
            ("role:slave\r\nmaster_replid:b\r\n", text("100.5 0"), false),
            ("", text("100.5 0"), false),
        ] {
            assert_eq!(epoch.goes_on([text(info), note.clone()]).is_ok(), goes_on, "{info:?} {note:?}");
        }
        assert!(epoch.goes_on([Value::Nil, text("100.5 0")]).is_err());
    }

    #[test]
    fn an_epoch_ends_when_a_server_has_evicted_keys_and_evicts_no_more() {
        let epoch = epoch("100 3");
        for (policy, evicted_keys, survives) in [
            ("noeviction", 3, true),
            ("noeviction", 4, false),
            // After CONFIG RESETSTAT nobody knows.
            ("noeviction", 0, false),
            ("allkeys-lru", 4, true),
        ] {
            let outcome = epoch.survives(&Memory::of(policy, evicted_keys));
            assert_eq!(outcome.is_ok(), survives, "{policy} {evicted_keys}");
        }
    }

    #[test]
    fn a_note_from_the_future_is_dated_now_and_another_text_is_no_note() {
        let met_at = |text: &str| Note::parse("k", text.to_owned(), 1000.0).map(|note| note.met_at);
        assert_eq!(met_at("900.5 0"), Some(900.5));
        assert_eq!(met_at("2000 0"), Some(1000.0));
        for text in ["", "900.5", "900.5 ", "x 0", "900.5 -1", "900.5 0 0"] {
            assert_eq!(met_at(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_tag_leads_to_a_slot_of_the_node_itself() {
        let nodes = "a1 10.0.0.1:7000@17000 master - 0 1 1 connected 0-8000 8002-16383\n\
                     b2 10.0.0.2:7000@17000 myself,master - 0 1 2 connected 8001 8005 [8005->-a1] [93-<-a1]\n";
        assert_eq!(slot::of(&tag_of_own_slot(nodes).unwrap()), 8001);
        assert_eq!(tag_of_own_slot("b2 10.0.0.2:7000@17000 myself,master - 0 1 2 connected"), None);
    }
}
