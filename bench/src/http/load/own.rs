//! A load generator for machines without `wrk`: one thread, plain sockets.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::connections::Connections;
use super::{Credentials, Order, Outcome};
use crate::http::client;
use crate::pin;

pub(crate) struct Own {
    pub(super) core: usize,
}

impl Own {
    pub(super) fn run(&self, order: &Order<'_>) -> Result<Outcome> {
        let requests: Vec<String> = match order.credentials {
            Credentials::Repeated(token) => vec![client::request(order.path, Some(token))],
            Credentials::Listed(path) => std::fs::read_to_string(path)?
                .lines()
                .map(|token| client::request(order.path, Some(token)))
                .collect(),
        };
        // A thread of its own, since its affinity does not come off again.
        let (core, port, connections) = (self.core, order.port, order.connections);
        let duration = Duration::from_secs(order.seconds);
        std::thread::spawn(move || {
            pin::pin_here(core)?;
            Connections::open(port, connections)?.load(&Rc::from(requests), duration)?.outcome()
        })
        .join()
        .map_err(|_| anyhow!("the load generator died"))?
    }
}
