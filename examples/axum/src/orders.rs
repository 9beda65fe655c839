//! What the routes do. Who may call them is said where they are put together; `security` says it to readers of the
//! description.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::owner::Owner;
use crate::problem::{Body, Problem};
use crate::store::{Order, Orders};

/// What a customer sends.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewOrder {
    item: String,
}

/// The orders of the caller.
#[utoipa::path(
    get, path = "/orders",
    security(("bearer" = ["orders:read"])),
    responses((status = 200, body = [Order]), (status = 401, body = Problem), (status = 403, body = Problem)),
)]
pub(crate) async fn list(State(orders): State<Orders>, owner: Owner) -> Json<Vec<Order>> {
    Json(orders.of(&owner))
}

/// One order of the caller. Another's order does not exist for the caller.
#[utoipa::path(
    get, path = "/orders/{id}", params(("id" = u64, Path)),
    security(("bearer" = ["orders:read"])),
    responses((status = 200, body = Order), (status = 404, body = Problem)),
)]
pub(crate) async fn find(
    State(orders): State<Orders>,
    owner: Owner,
    Path(id): Path<u64>,
) -> Result<Json<Order>, Problem> {
    orders.find(&owner, id).map(Json).ok_or(Problem::NOT_FOUND)
}

/// Places an order.
#[utoipa::path(
    post, path = "/orders", request_body = NewOrder,
    security(("bearer" = ["orders:write"])),
    responses((status = 201, body = Order), (status = 422, body = Problem)),
)]
pub(crate) async fn place(
    State(orders): State<Orders>,
    owner: Owner,
    Body(order): Body<NewOrder>,
) -> impl IntoResponse {
    (StatusCode::CREATED, Json(orders.place(owner, order.item)))
}

/// The orders of all customers, for support.
#[utoipa::path(get, path = "/support/orders", security(("bearer" = [])), responses((status = 200, body = [Order])))]
pub(crate) async fn all(State(orders): State<Orders>) -> Json<Vec<Order>> {
    Json(orders.all())
}
