//! The routes of the API.
//!
//! Each group is behind the layer that says what it needs, so that a route cannot be added without a rule, and a client without a
//! token is told which scope to ask for.

use axum::extract::FromRef;
use bearward_axum::requirement::scope;
use bearward_axum::{ConfigError, Protect, ResourceServer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::protection::{READ, WRITE};
use crate::store::Orders;
use crate::{Connections, Protection, events, openapi, orders, socket};

/// What handlers take as `State`.
#[derive(Clone, FromRef)]
struct Services {
    orders: Orders,
    connections: Connections,
    api: ResourceServer,
}

/// The protected routes, and their description.
pub(crate) fn routes(
    protection: &Protection,
    connections: &Connections,
) -> Result<OpenApiRouter, ConfigError> {
    let Protection { requests, sockets, .. } = protection;
    let reading = OpenApiRouter::new()
        .routes(routes!(orders::list))
        .routes(routes!(orders::find))
        .routes(routes!(events::events))
        .layer(requests.require(scope(READ))?);
    let writing = OpenApiRouter::new().routes(routes!(orders::place)).layer(requests.require(scope(WRITE))?);
    let support =
        OpenApiRouter::new().routes(routes!(orders::all)).layer(requests.require(protection.support())?);
    let watching = OpenApiRouter::new().routes(routes!(socket::socket)).layer(sockets.require(scope(READ))?);
    let services =
        Services { orders: Orders::default(), connections: connections.clone(), api: requests.clone() };
    Ok(openapi::described().merge(reading).merge(writing).merge(support).merge(watching).with_state(services))
}
