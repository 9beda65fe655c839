//! The demo's routes behind actix.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::{Service as _, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Json, Path};
use actix_web::{App, Handler, HttpServer, Resource, guard};
use bearward_actix::bearward_tower::ProtectLayer;
use bearward_actix::requirement::{Requirement, acr, all_scopes, claim, max_age, organization, scope};
use bearward_actix::{Authorized, Failure, Middleware, Protect, ResourceServer};
use serde_json::{Value, json};

use super::requirements::{payment, reports, tools};
use crate::target::CODE;

/// Serves it on a port of this machine; the URL.
pub(crate) fn serve(api: ResourceServer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let require = |requirement: Requirement| api.require(requirement).unwrap();
    let scopes = require(scope("read:messages"));
    let both = require(all_scopes(["api:read", "api:write"]));
    let profile = require(all_scopes(["openid", "profile"]));
    let admin = require(claim("role").equals("admin"));
    let step_up = require(acr(["mfa"]).and(max_age(Duration::from_secs(300))));
    let data = require(organization().from_path("org").and(scope("read:data")));
    let members = require(organization().logto_permissions().from_path("org").and(scope("read:member")));
    let files = require(scope("files:read"));
    let payments = require(payment());
    let reports = require(reports());
    let tools = require(tools());
    let any = api.middleware();
    let server = HttpServer::new(move || {
        App::new()
            .wrap_fn(|request, next| {
                let answered = next.call(request);
                async move { answered.await.map(tell_code) }
            })
            .service(web::resource("/api/public").route(web::get().to(async || "hello")))
            .service(protected("/api/private", &any, info))
            .service(protected("/api/private-scoped", &scopes, info))
            .service(protected("/api/protected", &both, info))
            .service(protected("/api/protected/detailed", &both, info))
            .service(protected("/secured/token", &any, info))
            .service(protected("/secured/scope", &profile, info))
            .service(protected("/secured/claim", &admin, info))
            .service(protected("/api/step-up", &step_up, info))
            .service(protected("/api/files", &files, info))
            .service(protected("/api/payments", &payments, info))
            .service(protected("/api/reports/{name}", &reports, info))
            .service(web::resource("/mcp").route(web::post().to(info)).wrap(tools.clone()))
            .service(protected("/api/organizations/{org}/data", &data, of_organization))
            .service(protected("/api/organizations/{org}/members", &members, of_organization))
    });
    tokio::spawn(server.workers(2).disable_signals().listen(listener).unwrap().run());
    url
}

/// `GET`, and `HEAD` as axum has it.
fn protected<F, A>(
    path: &str,
    middleware: &Middleware<ProtectLayer>,
    handler: F,
) -> impl actix_web::dev::HttpServiceFactory + use<F, A>
where
    F: Handler<A, Output = Json<Value>>,
    A: actix_web::FromRequest + 'static,
{
    let methods = guard::Any(guard::Get()).or(guard::Head());
    let resource: Resource = web::resource(path).route(web::route().guard(methods).to(handler));
    resource.wrap(middleware.clone())
}

async fn info(Authorized(token): Authorized) -> Json<Value> {
    Json(json!({ "auth": token.info() }))
}

async fn of_organization(organization: Path<String>, Authorized(_): Authorized) -> Json<Value> {
    Json(json!({ "organization": organization.into_inner() }))
}

fn tell_code<B>(mut response: ServiceResponse<B>) -> ServiceResponse<B> {
    let code = response.response().extensions().get::<Failure>().map(Failure::code);
    if let Some(code) = code {
        response.headers_mut().insert(HeaderName::from_static(CODE), HeaderValue::from_static(code));
    }
    response
}
