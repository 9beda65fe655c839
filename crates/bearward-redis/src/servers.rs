//! One server or a whole cluster: each command is sent to the server that holds its key.

use std::future::Future;
use std::sync::Arc;

use bearward::store::StoreError;
use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value};

use crate::cluster::Cluster;
use crate::connection::{Connection, EpochCheck, SlotState};
use crate::error::{store_error, unavailable};
use crate::link::Link;
use crate::settings::Settings;
use crate::slot;

/// How often a command may be redirected from one node of a cluster to another.
const MAX_REDIRECTIONS: u32 = 4;

pub(crate) struct Servers {
    pub(crate) deployment: Deployment,
    pub(crate) settings: Arc<Settings>,
}

pub(crate) enum Deployment {
    /// One master that holds all keys.
    One(Arc<Link>),
    Cluster(Cluster),
}

/// Whether a command that was sent, and not answered, may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It may have been carried out, and must not be carried out again.
    Never,
    /// It reads, or leaves the same behind when it is carried out twice: such as a `SET`, or the `EVAL` that keeps
    /// the stricter of two revocations.
    Once,
}

/// A command, and the conditions under which it is sent and its answer is used.
pub(crate) struct Command<'o, A> {
    /// The key that it concerns: it is sent to the server that holds it.
    pub(crate) key: &'o str,
    pub(crate) cmd: &'o Cmd,
    pub(crate) repeat: Repeat,
    pub(crate) epoch_check: EpochCheck,
    /// Refuses a connection on which it must not be sent.
    pub(crate) agree: A,
}

/// Where to send a command.
struct Route {
    link: Arc<Link>,
    slot_state: SlotState,
}

impl Servers {
    /// Runs a command on the server that holds its key.
    pub(crate) async fn run<A>(&self, command: Command<'_, A>) -> Result<Value, StoreError>
    where
        A: Fn(&Connection) -> Result<(), StoreError>,
    {
        self.within_time(async {
            match &self.deployment {
                Deployment::One(link) => Self::run_at(link, &command).await,
                Deployment::Cluster(cluster) => Self::run_in(cluster, &command).await,
            }
        })
        .await
    }

    async fn run_at<A>(link: &Arc<Link>, command: &Command<'_, A>) -> Result<Value, StoreError>
    where
        A: Fn(&Connection) -> Result<(), StoreError>,
    {
        let mut repeats = repeats(command.repeat);
        loop {
            let connection = link.connection().await?;
            (command.agree)(&connection)?;
            match link.run(&connection, command.cmd, SlotState::Owned, command.epoch_check).await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_io_error() && !error.is_timeout() && repeats > 0 => repeats -= 1,
                Err(error) => return Err(store_error(&error)),
            }
        }
    }

    async fn run_in<A>(cluster: &Cluster, command: &Command<'_, A>) -> Result<Value, StoreError>
    where
        A: Fn(&Connection) -> Result<(), StoreError>,
    {
        let slot = slot::of(command.key);
        let mut link = cluster.holder(slot).await?;
        if link.is_failing() {
            // An attempt to connect to a node that hangs takes longer than a request waits. So the map is asked for
            // before, and names the node that has taken the place of this one.
            cluster.learn().await?;
            link = cluster.holder(slot).await?;
        }
        let mut route = Route { link, slot_state: SlotState::Owned };
        let mut repeats = repeats(command.repeat);
        for _ in 0..MAX_REDIRECTIONS {
            let connection = match route.link.connection().await {
                Ok(connection) => connection,
                Err(error) => {
                    // Perhaps another node has taken its place.
                    cluster.learn().await?;
                    let link = cluster.holder(slot).await?;
                    if Arc::ptr_eq(&link, &route.link) {
                        return Err(error);
                    }
                    route = Route { link, slot_state: SlotState::Owned };
                    continue;
                }
            };
            (command.agree)(&connection)?;
            let error =
                match route.link.run(&connection, command.cmd, route.slot_state, command.epoch_check).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                };
            route = match redirection(&error) {
                Some((host, port, Redirection::Moved)) => {
                    cluster.learn().await?;
                    let link = match host.is_empty() {
                        // "The same host": the new map says which.
                        true => cluster.holder(slot).await?,
                        false => cluster.node(&host, port)?,
                    };
                    Route { link, slot_state: SlotState::Owned }
                }
                Some((host, port, Redirection::Ask)) => {
                    Route { link: cluster.node(&host, port)?, slot_state: SlotState::Importing }
                }
                None if error.is_io_error() && !error.is_timeout() && repeats > 0 => {
                    repeats -= 1;
                    Route { link: cluster.holder(slot).await?, slot_state: SlotState::Owned }
                }
                None => return Err(store_error(&error)),
            };
        }
        Err(unavailable("the cluster sends the command from node to node"))
    }

    async fn within_time<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let limited = tokio::time::timeout(self.settings.timeout, work).await;
        limited.unwrap_or_else(|_| Err(unavailable("the server did not answer in time")))
    }
}

enum Redirection {
    Moved,
    Ask,
}

/// Both say that the command was not carried out.
fn redirection(error: &RedisError) -> Option<(String, u16, Redirection)> {
    let redirection = match error.kind() {
        ErrorKind::Server(ServerErrorKind::Moved) => Redirection::Moved,
        ErrorKind::Server(ServerErrorKind::Ask) => Redirection::Ask,
        _ => return None,
    };
    let (address, _) = error.redirect_node()?;
    let (host, port) = address.rsplit_once(':')?;
    Some((host.to_owned(), port.parse().ok()?, redirection))
}

const fn repeats(repeat: Repeat) -> u32 {
    match repeat {
        Repeat::Never => 0,
        Repeat::Once => 1,
    }
}
