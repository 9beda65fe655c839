//! A stream of server-sent events that ends when the token expires.

use axum::Error;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use bearward_axum::{Authorized, ResourceServer};
use futures_util::stream::{Stream, StreamExt as _};

use crate::Connections;
use crate::owner::Owner;
use crate::problem::Problem;
use crate::store::Orders;

/// The orders that the caller places from now on. The stream ends with the token; the client opens it again with the next
/// one.
#[utoipa::path(
    get, path = "/orders/events",
    security(("bearer" = ["orders:read"])),
    responses((status = 200, content_type = "text/event-stream", body = String)),
)]
pub(crate) async fn events(
    State(orders): State<Orders>,
    State(connections): State<Connections>,
    State(api): State<ResourceServer>,
    Authorized(token): Authorized,
) -> Result<Sse<impl Stream<Item = Result<Event, Error>>>, Problem> {
    let news = orders.news(Owner::of(&token)?);
    let events = news.map(|order| Event::default().event("order").json_data(order));
    let events = events.take_until(connections.end_of(&token, &api));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
