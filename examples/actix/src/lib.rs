//! An API of actix-web whose routes each say which access tokens they need.
//!
//! 1. [`resource_server`]: whom the API trusts, and what its refusals look like.
//! 2. [`routes`]: what each route needs.
//! 3. [`messages`] and [`health`]: the handlers.

pub mod health;
pub mod messages;
pub mod problem;

use actix_web::web::{self, ServiceConfig};
use bearward_actix::bearward_tower::bearward::answer::ErrorBody;
use bearward_actix::requirement::{role, scope};
use bearward_actix::{ConfigError, Protect as _, ResourceServer};

use crate::messages::Messages;

/// One for the whole process: its clones share keys, caches and the memory of used proofs.
pub fn resource_server(issuer: &str, audience: &str) -> Result<ResourceServer, ConfigError> {
    let builder = ResourceServer::builder().issuer(issuer).audience(audience);
    // The API's own errors have the same shape: RFC 9457.
    builder.error_body(ErrorBody::Problem).build()
}

/// For `App::configure`. What all workers share is made here, once.
///
/// A handler that takes [`Authorized`](bearward_actix::Authorized) is answered 500 on a route whose `wrap` was forgotten.
pub fn routes(
    api: &ResourceServer,
) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + use<>, ConfigError> {
    let reader = api.require(scope("messages:read"))?;
    let writer = api.require(scope("messages:write"))?;
    let editor = api.require(role("editor"))?;
    let anyone = api.middleware();
    let (health, messages) = (web::Data::new(api.clone()), web::Data::new(Messages::default()));
    Ok(move |app: &mut ServiceConfig| {
        app.app_data(health.clone())
            .app_data(messages.clone())
            .app_data(problem::of_json())
            .route("/health/live", web::get().to(health::live))
            .route("/health/ready", web::get().to(health::ready))
            .service(
                web::resource("/messages")
                    .route(web::get().to(messages::list).wrap(reader.clone()))
                    .route(web::post().to(messages::write).wrap(writer.clone())),
            )
            .service(
                web::resource("/messages/{id}")
                    .route(web::delete().to(messages::delete).wrap(editor.clone())),
            )
            .service(web::resource("/profile").wrap(anyone.clone()).get(messages::profile));
    })
}
