//! What a server can vouch for: a claim that was made before it served as master may be unknown to it.
//!
//! A server that was restarted has lost what it had not written to disk, and a replica that was promoted lacks
//! what had not reached it. Neither says so. But the time from which a server process serves as a master, its
//! *epoch*, has a name: the process's `run_id` with the `master_replid`, which changes with every promotion.
//!
//! 1. Whoever connects to an epoch first notes the time in the server itself, under the epoch's name
//!    (`SET .. NX`), before the connection is used for anything else. All who come later read the note there.
//! 2. Claims of proofs made before that time are not granted. What was claimed in an earlier epoch was made
//!    before this one was met, so nothing that may be lost is granted twice.
//! 3. A client's clock may be ahead. So no claim is granted of a proof that seems to be made further in the
//!    future than the clock tolerance, and the tolerance is added to the time of (2).
//! 4. A server that evicts keys to make room forgets live claims and revocations: it vouches for none.
//!
//! 5. An epoch may end behind an open connection: `REPLICAOF` closes none, and `FLUSHALL` leaves the name as it
//!    is. So each claim is followed, in the same round trip, by a look at both: at the name, since a replaced
//!    data set may hold a copy of the note, and at the note, which a flushed one has lost, or has got anew with
//!    a later time. The look comes after the claim: a claim made in between is one that it tells of.
//!
//! Does not see: a master that was cut off and goes on granting claims while another is promoted, and single
//! keys deleted by hand.

use std::time::{Duration, SystemTime};

use bearward::{NumericDate, StoreError};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, Value, from_redis_value};

use crate::error::{store_error, unavailable};
use crate::slot;

/// The notes on epochs share one key prefix with all else.
const NOTES: &str = "epoch:";

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Epoch {
    /// The `master_replid`. The `run_id` need not be looked at again: a connection leads to one process.
    replication: String,
    note: Note,
    /// When it was first met, in seconds since the epoch.
    met_at: f64,
    eviction: Eviction,
}

/// What the server holds about its epoch.
#[derive(Debug, Clone, PartialEq)]
struct Note {
    key: String,
    /// The time of the first meeting, as it was written.
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Eviction {
    Never,
    /// By this `maxmemory-policy`.
    By(String),
}

/// Which keys the server holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    All,
    /// Some of a cluster's.
    Slots,
}

impl Epoch {
    /// Learns what there is to know, and notes the time where nobody did.
    pub(crate) async fn of(
        mut connection: MultiplexedConnection,
        key_prefix: &str,
        share: Share,
    ) -> Result<Self, StoreError> {
        let info: String = query(&mut connection, &redis::cmd("INFO")).await?;
        let field = |name| field(&info, name).unwrap_or_default();
        if field("role") != "master" {
            return Err(unavailable("the server is not a master"));
        }
        if field("loading") == "1" {
            return Err(unavailable("the server is loading its data"));
        }
        let (run, replication) = (field("run_id"), field("master_replid"));
        if run.is_empty() || replication.is_empty() {
            return Err(unavailable("INFO names neither run_id nor master_replid"));
        }
        let eviction = match (field("maxmemory"), field("maxmemory_policy")) {
            ("0", _) | (_, "noeviction") => Eviction::Never,
            (_, policy) => Eviction::By(policy.to_owned()),
        };
        let tag = match share {
            Share::All => String::new(),
            Share::Slots => {
                let nodes: String = query(&mut connection, redis::cmd("CLUSTER").arg("NODES")).await?;
                tag_of_own_slot(&nodes).ok_or_else(|| unavailable("the server holds no slots"))?
            }
        };
        let key = format!("{key_prefix}{NOTES}{tag}{run}:{replication}");
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64();
        let take_down = redis::cmd("SET").arg(&key).arg(now).arg("NX").to_owned();
        query::<Option<String>>(&mut connection, &take_down).await?;
        let text: Option<String> = query(&mut connection, redis::cmd("GET").arg(&key)).await?;
        let text = text.ok_or_else(|| unavailable("the server lost its memory just now"))?;
        // It was noted before it was read, so a later time than now was written by a wrong clock, and what is
        // no time by somebody else.
        let met_at = text.parse().map_or(now, |noted: f64| noted.min(now));
        Ok(Self { replication: replication.to_owned(), note: Note { key, text }, met_at, eviction })
    }

    /// The commands whose answers tell whether this epoch goes on ([`goes_on`](Self::goes_on)).
    pub(crate) fn look(&self) -> [Cmd; 2] {
        let replication = redis::cmd("INFO").arg("replication").to_owned();
        [replication, redis::cmd("GET").arg(&self.note.key).to_owned()]
    }

    /// Whether the server still was in this epoch when it answered so. Any doubt ends the connection, and with
    /// the next one the epoch is learned anew.
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
            false => Err(RedisError::from((
                ErrorKind::Client,
                "the server's memory was replaced, or part of it moved away",
            ))),
        }
    }

    /// Whether the server keeps what it is told for as long as it was told to.
    pub(crate) fn forgets_nothing(&self) -> Result<(), StoreError> {
        match &self.eviction {
            Eviction::Never => Ok(()),
            Eviction::By(policy) => Err(unavailable(format!(
                "maxmemory-policy is {policy}, which forgets what still counts; set noeviction"
            ))),
        }
    }

    /// Whether the server knows all claims of a proof made at this time.
    pub(crate) fn vouch_for(
        &self,
        created_at: NumericDate,
        now: NumericDate,
        tolerance: Duration,
    ) -> Result<(), StoreError> {
        self.forgets_nothing()?;
        let tolerance = tolerance.as_secs_f64();
        if created_at.seconds() > now.seconds() + tolerance {
            return Err(unavailable("the proof is dated further ahead than the store's clock tolerance"));
        }
        if created_at.seconds() <= self.met_at + tolerance {
            return Err(unavailable("the proof may have been claimed before the server lost its memory"));
        }
        Ok(())
    }
}

async fn query<T: FromRedisValue>(
    connection: &mut MultiplexedConnection,
    command: &Cmd,
) -> Result<T, StoreError> {
    let answer: RedisResult<T> = command.query_async(connection).await;
    answer.map_err(|error| store_error(&error))
}

fn field<'i>(info: &'i str, name: &str) -> Option<&'i str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim_end)
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

    fn epoch(met_at: f64, eviction: Eviction) -> Epoch {
        let note = Note { key: "epoch:a:b".to_owned(), text: met_at.to_string() };
        Epoch { replication: "b".to_owned(), note, met_at, eviction }
    }

    #[test]
    fn proofs_made_before_the_epoch_was_met_are_not_vouched_for() {
        let epoch = epoch(100.0, Eviction::Never);
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
    fn a_server_that_evicts_vouches_for_nothing() {
        let epoch = epoch(0.0, Eviction::By("allkeys-lru".to_owned()));
        let outcome = epoch.vouch_for(at(1000.0), at(1000.0), Duration::ZERO);
        assert!(outcome.unwrap_err().to_string().contains("allkeys-lru"));
    }

    #[test]
    fn an_epoch_goes_on_for_as_long_as_its_name_and_the_note_are_the_same() {
        let epoch = epoch(100.5, Eviction::Never);
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        for (info, note, goes_on) in [
            ("role:master\r\nmaster_replid:b\r\nmaster_replid2:0\r\n", text("100.5"), true),
            ("role:master\r\nmaster_replid:b\r\n", text("100.6"), false),
            ("role:master\r\nmaster_replid:b\r\n", Value::Nil, false),
            ("role:master\r\nmaster_replid:c\r\nmaster_replid2:b\r\n", text("100.5"), false),
            ("role:slave\r\nmaster_replid:b\r\n", text("100.5"), false),
            ("", text("100.5"), false),
        ] {
            assert_eq!(epoch.goes_on([text(info), note.clone()]).is_ok(), goes_on, "{info:?} {note:?}");
        }
        assert!(epoch.goes_on([Value::Nil, text("100.5")]).is_err());
    }

    #[test]
    fn a_tag_leads_to_a_slot_of_the_node_itself() {
        let nodes = "a1 10.0.0.1:7000@17000 master - 0 1 1 connected 0-8000 8002-16383\n\
                     b2 10.0.0.2:7000@17000 myself,master - 0 1 2 connected 8001 8005 [8005->-a1] [93-<-a1]\n";
        assert_eq!(slot::of(&tag_of_own_slot(nodes).unwrap()), 8001);
        assert_eq!(tag_of_own_slot("b2 10.0.0.2:7000@17000 myself,master - 0 1 2 connected"), None);
    }
}
