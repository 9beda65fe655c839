//! Routes for the probes of an orchestrator or a load balancer.

use std::future::ready;

use actix_web::HttpResponse;
use actix_web::guard::{Any, Get, Head};
use actix_web::web::{self, ServiceConfig};
use bearward_tower::ResourceServer;
use bearward_tower::bearward::health::live;
use http::Response;

use crate::response;

/// `GET /livez`, which is answered 200, and `GET /readyz`, which is answered 200 where tokens can be verified and 503
/// where no issuer's keys are in hand ([`ResourceServer::health`]). They need no token, and the answers name no issuer: configure
/// them on the `App`, outside of scopes that [`Protect::middleware`] wraps.
///
/// A probe waits for nothing. The first one starts the fetch of the keys, and those after it see what it brought.
///
/// ```
/// use actix_web::{App, web};
/// use bearward_actix::{Protect, ResourceServer, health};
///
/// let api = ResourceServer::builder()
///     .issuer("https://tenant.example/oidc")
///     .audience("https://api.example.com")
///     .build()?;
///
/// let app = App::new()
///     .configure(health(&api))
///     .service(web::scope("/api").wrap(api.middleware()));
/// # drop(app);
/// # Ok::<(), bearward_actix::ConfigError>(())
/// ```
///
/// [`Protect::middleware`]: crate::Protect::middleware
pub fn health(api: &ResourceServer) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let api = api.clone();
    move |config| {
        let is_live = || ready(sent(live()));
        let is_ready = move || ready(sent(api.health().response()));
        let probe = || web::route().guard(Any(Get()).or(Head()));
        config
            .service(web::resource("/livez").route(probe().to(is_live)))
            .service(web::resource("/readyz").route(probe().to(is_ready)));
    }
}

fn sent(answer: Response<String>) -> HttpResponse {
    let (head, body) = answer.into_parts();
    response::of(&Response::from_parts(head, ()), body.into_bytes())
}
