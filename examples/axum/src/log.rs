//! One line for each request: the route, the status, and why it was refused. The path's parameters, the query, the headers and
//! the subject are not in it.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use bearward_axum::Failure;

pub(crate) async fn log(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let code = response.extensions().get::<Failure>().map(Failure::code);
    tracing::info!(
        %method,
        route = route.as_ref().map_or("-", MatchedPath::as_str),
        status = response.status().as_u16(),
        code,
        milliseconds = begun.elapsed().as_millis() as u64,
        "request"
    );
    response
}
