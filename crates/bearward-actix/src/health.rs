//! Routes for the probes of an orchestrator or a load balancer.

use actix_web::HttpResponse;
use actix_web::guard::{Any, Get, Head};
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::web::{self, ServiceConfig};
use bearward_tower::ResourceServer;

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
        let live = || async { answered(HttpResponse::Ok(), r#"{"live":true}"#.to_owned()) };
        let ready = move || std::future::ready(ready(&api));
        let probe = || web::route().guard(Any(Get()).or(Head()));
        config
            .service(web::resource("/livez").route(probe().to(live)))
            .service(web::resource("/readyz").route(probe().to(ready)));
    }
}

fn ready(api: &ResourceServer) -> HttpResponse {
    let health = api.health();
    if health.is_ready() {
        return answered(HttpResponse::Ok(), health.json());
    }
    let mut answer = HttpResponse::ServiceUnavailable();
    answer.insert_header((RETRY_AFTER, "1"));
    answered(answer, health.json())
}

fn answered(mut answer: actix_web::HttpResponseBuilder, json: String) -> HttpResponse {
    answer.content_type("application/json").insert_header((CACHE_CONTROL, "no-store")).body(json)
}
