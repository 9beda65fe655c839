//! Routes for the probes of an orchestrator or a load balancer.

use bearward_tower::ResourceServer;
use rocket::Route;
use rocket::http::{Method, Status};

use crate::served::{self, Served};

/// `GET /livez`, which is answered 200, and `GET /readyz`, which is answered 200 where tokens can be verified and 503
/// where no issuer's keys are in hand ([`ResourceServer::health`]). They need no token, and the answers name no issuer: mount
/// them as they are.
///
/// A probe waits for nothing. The first one starts the fetch of the keys, and those after it see what it brought.
///
/// ```
/// use bearward_rocket::{Bearward, ResourceServer, health};
///
/// let api = ResourceServer::builder()
///     .issuer("https://tenant.example/oidc")
///     .audience("https://api.example.com")
///     .build()?;
///
/// let rocket = rocket::build().attach(Bearward::new()).mount("/", health(&api));
/// # drop(rocket);
/// # Ok::<(), bearward_rocket::ConfigError>(())
/// ```
#[must_use]
pub fn health(api: &ResourceServer) -> Vec<Route> {
    let api = api.clone();
    let live = || answer(Status::Ok, r#"{"live":true}"#.to_owned());
    let ready = move || {
        let health = api.health();
        let mut served = answer(Status::new(health.status().as_u16()), health.json());
        if !health.is_ready() {
            served.headers.push(("Retry-After", "1"));
        }
        served
    };
    let live = served::route(Method::Get, "/livez", "livez", live);
    live.into_iter().chain(served::route(Method::Get, "/readyz", "readyz", ready)).collect()
}

fn answer(status: Status, json: String) -> Served {
    let headers = vec![("Content-Type", "application/json"), ("Cache-Control", "no-store")];
    Served { status, headers, body: json.into_bytes() }
}
