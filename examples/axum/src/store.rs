//! The orders, in memory, and word of new ones.

use std::sync::{Arc, PoisonError, RwLock};

use futures_util::stream::{Stream, unfold};
use serde::Serialize;
use tokio::sync::broadcast::{self, error::RecvError};
use utoipa::ToSchema;

use crate::owner::Owner;

/// So many orders a slow reader may be behind before it misses some.
const BEHIND: usize = 64;

/// An order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) item: String,
    #[serde(skip)]
    owner: Owner,
}

/// All orders. Each method asks for the owner, so that a handler cannot forget.
#[derive(Clone)]
pub(crate) struct Orders {
    placed: Arc<RwLock<Vec<Order>>>,
    news: broadcast::Sender<Order>,
}

impl Default for Orders {
    fn default() -> Self {
        Self { placed: Arc::default(), news: broadcast::channel(BEHIND).0 }
    }
}

impl Orders {
    pub(crate) fn place(&self, owner: Owner, item: String) -> Order {
        let mut placed = self.placed.write().unwrap_or_else(PoisonError::into_inner);
        let order = Order { id: placed.len() as u64 + 1, item, owner };
        placed.push(order.clone());
        // An error says that there is no reader now.
        let _ = self.news.send(order.clone());
        order
    }

    pub(crate) fn of(&self, owner: &Owner) -> Vec<Order> {
        self.all().into_iter().filter(|order| order.owner == *owner).collect()
    }

    pub(crate) fn find(&self, owner: &Owner, id: u64) -> Option<Order> {
        self.of(owner).into_iter().find(|order| order.id == id)
    }

    /// The orders of all owners: for the staff.
    pub(crate) fn all(&self) -> Vec<Order> {
        self.placed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The orders that this owner places from now on.
    pub(crate) fn news(&self, owner: Owner) -> impl Stream<Item = Order> + Send + use<> {
        unfold((self.news.subscribe(), owner), async |(mut news, owner)| {
            loop {
                match news.recv().await {
                    Ok(order) if order.owner == owner => return Some((order, (news, owner))),
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        })
    }
}
