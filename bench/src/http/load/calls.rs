//! The load of a gRPC client: calls on a few connections, each followed by the next as soon as it has ended.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use axum::body::Bytes;
use axum::http::HeaderValue;
use h2::client::SendRequest;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use super::connections::Answers;
use super::{Credentials, Order, Outcome};
use crate::http::calls::{self, Head};
use crate::pin;

/// Clients of gRPC share connections among their calls.
const CONNECTIONS: usize = 8;

/// What the calls share.
struct Shared {
    head: Head,
    credentials: Vec<HeaderValue>,
    deadline: Instant,
    sent: RefCell<usize>,
    answers: RefCell<Answers>,
}

/// Sends what is ordered, from `core`. As many calls are under way as there are connections in the order.
pub(super) fn run(core: usize, order: &Order<'_>) -> Result<Outcome> {
    let credentials = match order.credentials {
        Credentials::Repeated(token) => vec![calls::authorization(token)?],
        Credentials::Listed(path) => {
            std::fs::read_to_string(path)?.lines().map(calls::authorization).collect::<Result<_>>()?
        }
    };
    let (port, under_way, head) = (order.port, order.connections, Head::of(order.path)?);
    let duration = Duration::from_secs(order.seconds);
    // A separate thread, since its affinity does not come off again.
    let load = std::thread::spawn(move || {
        pin::pin_here(core)?;
        let runtime = Builder::new_current_thread().enable_all().build().context("no runtime")?;
        let local = LocalSet::new();
        local.block_on(&runtime, async move {
            let mut connections = Vec::with_capacity(CONNECTIONS);
            for _ in 0..CONNECTIONS {
                connections.push(calls::connect(port).await?);
            }
            let start = Instant::now();
            let shared = Rc::new(Shared {
                head,
                credentials,
                deadline: start + duration,
                sent: RefCell::default(),
                answers: RefCell::default(),
            });
            let each = |number: usize| {
                let connection = connections[number % CONNECTIONS].clone();
                tokio::task::spawn_local(call_until_the_deadline(connection, Rc::clone(&shared)))
            };
            let tasks: Vec<_> = (0..under_way).map(each).collect();
            for task in tasks {
                task.await.context("the load generator died")??;
            }
            let answers = shared.answers.take();
            Answers { elapsed: start.elapsed(), ..answers }.outcome()
        })
    });
    load.join().map_err(|_| anyhow!("the load generator died"))?
}

async fn call_until_the_deadline(connection: SendRequest<Bytes>, shared: Rc<Shared>) -> Result<()> {
    loop {
        let start = Instant::now();
        if start >= shared.deadline {
            return Ok(());
        }
        let place = shared.sent.replace_with(|sent| *sent + 1);
        let authorization = &shared.credentials[place % shared.credentials.len()];
        let code = calls::call(connection.clone(), shared.head.request(Some(authorization))).await?;
        let mut answers = shared.answers.borrow_mut();
        answers.microseconds.push(start.elapsed().as_secs_f64() * 1e6);
        if code != calls::OK {
            answers.refused += 1;
        }
    }
}
