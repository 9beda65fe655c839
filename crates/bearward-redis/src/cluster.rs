//! Which node of a Redis Cluster holds which keys.
//!
//! Commands are sent to the node that holds the key's slot. A node that does not hold it any more says which
//! one does, without having run the command, so it may be sent there.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bearward::store::StoreError;
use futures_util::stream::{self, StreamExt as _};
use redis::{RedisResult, Value, from_redis_value};

use crate::address::{Address, Endpoint};
use crate::connect::Channel;
use crate::error::{store_error, unavailable};
use crate::link::{Link, Target};
use crate::settings::Settings;

/// A map younger than this is not asked for again.
const YOUNG: Duration = Duration::from_millis(200);

/// How many nodes are asked for the map at once.
const ASKED_AT_ONCE: usize = 4;

pub(crate) struct Cluster {
    seeds: Vec<Address>,
    settings: Arc<Settings>,
    map: Mutex<Map>,
    learning: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Map {
    links: HashMap<Endpoint, Arc<Link>>,
    /// First and last slot with the node that holds them.
    ranges: Vec<(u16, u16, Endpoint)>,
    learned_at: Option<Instant>,
}

type Ranges = Vec<(u16, u16, String, u16)>;

impl Cluster {
    pub(crate) fn new(seeds: Vec<Address>, settings: Arc<Settings>) -> Self {
        Self { seeds, settings, map: Mutex::default(), learning: tokio::sync::Mutex::default() }
    }

    /// The way to the node that holds the slot.
    pub(crate) async fn holder(&self, slot: u16) -> Result<Arc<Link>, StoreError> {
        if let Some(link) = self.map().holder(slot) {
            return Ok(link);
        }
        self.learn().await?;
        self.map().holder(slot).ok_or_else(|| unavailable("no node of the cluster holds the slot"))
    }

    /// The way to the node at `host:port`; an empty host is that of the node that answered so.
    pub(crate) fn node(&self, host: &str, port: u16) -> Result<Arc<Link>, StoreError> {
        let seed = self.seeds.first().ok_or_else(|| unavailable("the cluster has no nodes"))?;
        Ok(self.map().link(seed.sibling(host, port), &self.settings))
    }

    /// Asks for the slots, unless that was just done.
    pub(crate) async fn learn(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.learning.lock().await;
        let known: Vec<Address> = {
            let map = self.map();
            if map.learned_at.is_some_and(|at| at.elapsed() < YOUNG) {
                return Ok(());
            }
            let nodes = map.ranges.iter().filter_map(|(_, _, node)| match node {
                Endpoint::Tcp { host, port, .. } => Some(self.seeds.first()?.sibling(host, *port)),
                Endpoint::Unix(_) => None,
            });
            // A node holds any number of ranges.
            let mut met = HashSet::new();
            let once = |node: &Address| met.insert(node.endpoint.clone());
            self.seeds.iter().cloned().chain(nodes).filter(once).collect()
        };
        let questions: Vec<_> = known.iter().map(|node| self.ask(node)).collect();
        let ranges = first_answer(questions).await?;
        let links: Vec<_> = {
            let mut map = self.map();
            map.replace(ranges, &self.settings);
            map.links.values().cloned().collect()
        };
        links.iter().for_each(Link::connect_ahead);
        Ok(())
    }

    async fn ask(&self, node: &Address) -> Result<Vec<(u16, u16, Address)>, StoreError> {
        let limit = self.settings.connect_timeout;
        let asked = tokio::time::timeout(limit, async {
            let channel = Channel::open(node, &self.settings).await?;
            redis::cmd("CLUSTER").arg("SLOTS").query_async(&mut channel.connection()).await
        });
        let answer: RedisResult<Value> = asked.await.map_err(|_| unavailable("a node took too long"))?;
        let ranges = answer.and_then(ranges).map_err(|error| store_error(&error))?;
        if ranges.is_empty() {
            return Err(unavailable("the node knows no slots"));
        }
        let own_host = match &node.endpoint {
            Endpoint::Tcp { host, .. } => host.clone(),
            Endpoint::Unix(_) => String::new(),
        };
        let address = |host: String, port| {
            let host = if host.is_empty() { &own_host } else { &host };
            node.sibling(host, port)
        };
        Ok(ranges.into_iter().map(|(first, last, host, port)| (first, last, address(host, port))).collect())
    }

    fn map(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Map {
    fn holder(&self, slot: u16) -> Option<Arc<Link>> {
        let (_, _, node) = self.ranges.iter().find(|(first, last, _)| (*first..=*last).contains(&slot))?;
        self.links.get(node).cloned()
    }

    fn link(&mut self, address: Address, settings: &Arc<Settings>) -> Arc<Link> {
        let link = self.links.entry(address.endpoint.clone());
        Arc::clone(link.or_insert_with(|| Link::new(Target::Node(address), Arc::clone(settings))))
    }

    fn replace(&mut self, ranges: Vec<(u16, u16, Address)>, settings: &Arc<Settings>) {
        self.ranges.clear();
        for (first, last, address) in ranges {
            self.ranges.push((first, last, address.endpoint.clone()));
            self.link(address, settings);
        }
        // Nodes without slots are forgotten. Their connections close with the last command.
        let ranges = &self.ranges;
        self.links.retain(|node, _| ranges.iter().any(|(_, _, holder)| holder == node));
        self.learned_at = Some(Instant::now());
    }
}

/// The first answer that is not an error, or else an error. A few nodes are asked at a time, so that a node that
/// hangs delays no request, and a large cluster is not asked as a whole.
async fn first_answer<T>(
    questions: impl IntoIterator<Item = impl Future<Output = Result<T, StoreError>>>,
) -> Result<T, StoreError> {
    let mut answers = pin!(stream::iter(questions).buffer_unordered(ASKED_AT_ONCE));
    let mut outcome = Err(unavailable("no node of the cluster is known"));
    while outcome.is_err()
        && let Some(answer) = answers.next().await
    {
        outcome = answer;
    }
    outcome
}

/// `CLUSTER SLOTS`: first and last slot, then the nodes that hold them, the master first.
fn ranges(answer: Value) -> RedisResult<Ranges> {
    let rows: Vec<Vec<Value>> = from_redis_value(answer)?;
    rows.into_iter()
        .filter(|row| row.len() > 2)
        .map(|row| {
            let mut row = row.into_iter();
            let mut next = || row.next().unwrap_or(Value::Nil);
            let (first, last) = (from_redis_value(next())?, from_redis_value(next())?);
            let mut node = from_redis_value::<Vec<Value>>(next())?.into_iter();
            let mut next = || node.next().unwrap_or(Value::Nil);
            let (host, port): (Option<String>, u16) = (from_redis_value(next())?, from_redis_value(next())?);
            Ok((first, last, host.unwrap_or_default(), port))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_few_nodes_are_asked_at_once_until_one_answers() {
        let (asked, being_asked, most) = (Cell::new(0), Cell::new(0_usize), Cell::new(0));
        let ask = |node: u32| {
            let (asked, being_asked, most) = (&asked, &being_asked, &most);
            async move {
                asked.set(asked.get() + 1);
                being_asked.set(being_asked.get() + 1);
                most.set(most.get().max(being_asked.get()));
                tokio::task::yield_now().await;
                being_asked.set(being_asked.get() - 1);
                if node == 10 { Ok(node) } else { Err(unavailable(node.to_string())) }
            }
        };
        assert_eq!(first_answer((0..100).map(ask)).await, Ok(10));
        assert_eq!(most.get(), ASKED_AT_ONCE);
        assert!(asked.get() < 20, "{}", asked.get());
        asked.set(0);
        assert!(first_answer((0..10).map(ask)).await.is_err());
        assert_eq!(asked.get(), 10);
        let no_questions: [std::future::Ready<Result<(), StoreError>>; 0] = [];
        assert_eq!(first_answer(no_questions).await, Err(unavailable("no node of the cluster is known")));
    }

    #[tokio::test]
    async fn a_node_that_never_answers_delays_no_answer() {
        let ask = |node: u32| async move {
            if node == 0 {
                std::future::pending::<()>().await;
            }
            Ok(node)
        };
        assert_eq!(first_answer((0..3).map(ask)).await, Ok(1));
    }
}
