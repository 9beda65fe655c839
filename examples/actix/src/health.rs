//! What an orchestrator asks, without a token.

use actix_web::{HttpResponse, Responder, web};
use bearward_actix::ResourceServer;

/// The process runs. It must not be restarted when the authorization server is down.
pub async fn live() -> impl Responder {
    HttpResponse::NoContent()
}

/// The keys of the issuer are there. The error names the issuer and what is wrong with it, which is for the log alone.
pub async fn ready(api: web::Data<ResourceServer>) -> impl Responder {
    match api.ready().await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(error) => {
            eprintln!("{error}");
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}
