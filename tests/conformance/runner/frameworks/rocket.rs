//! The demo's routes behind Rocket.

use std::sync::Mutex;
use std::time::Duration;

use bearward_rocket::requirement::{Requirement, acr, all_scopes, claim, max_age, organization, scope};
use bearward_rocket::{Authorized, Bearward, Protect, ResourceServer, failure_of, public};
use rocket::config::{LogLevel, Shutdown};
use rocket::fairing::AdHoc;
use rocket::http::{Header, Method, Status};
use rocket::route::{BoxFuture, Outcome};
use rocket::serde::json::Json;
use rocket::{Config, Data, Request, Route, get, post, routes};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::requirements::{payment, reports, tools};
use crate::target::CODE;

/// Serves it on a port of this machine; the URL.
pub(crate) async fn serve(api: ResourceServer) -> String {
    let require = |requirement: Requirement, routes: Vec<Route>| api.require(requirement, routes).unwrap();
    let both = all_scopes(["api:read", "api:write"]);
    let step_up = acr(["mfa"]).and(max_age(Duration::from_secs(300)));
    let data_of = organization().from_path("org").and(scope("read:data"));
    let members_of = organization().logto_permissions().from_path("org").and(scope("read:member"));
    let shutdown = Shutdown { ctrlc: false, ..Shutdown::default() };
    let config = Config { port: 0, log_level: LogLevel::Off, shutdown, ..Config::debug_default() };
    let (tell, told) = oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let rocket = rocket::custom(config)
        .attach(Bearward::new())
        .attach(AdHoc::on_response("code", |request, response| {
            Box::pin(async move {
                if let Some(failure) = failure_of(request) {
                    response.set_header(Header::new(CODE, failure.code()));
                }
            })
        }))
        .attach(AdHoc::on_liftoff("port", move |rocket| {
            let tell = tell.lock().unwrap().take();
            tell.unwrap().send(rocket.config().port).unwrap();
            Box::pin(async {})
        }))
        .mount("/api", public(routes![hello]))
        .mount("/api/private", api.protect(routes![info]))
        .mount("/api/private", api.protect(others("/", &[Method::Post, Method::Options])))
        .mount("/api/private-scoped", require(scope("read:messages"), routes![info]))
        .mount("/api/protected", require(both, routes![info, detailed]))
        .mount("/secured/token", api.protect(routes![info]))
        .mount("/secured/scope", require(all_scopes(["openid", "profile"]), routes![info]))
        .mount("/secured/claim", require(claim("role").equals("admin"), routes![info]))
        .mount("/api/step-up", require(step_up, routes![info]))
        .mount("/api/files", require(scope("files:read"), routes![info]))
        .mount("/api/payments", require(payment(), routes![info]))
        .mount("/api/reports", require(reports(), routes![report]))
        .mount("/api/reports", require(reports(), others("/<name>", &[Method::Delete])))
        .mount("/mcp", require(tools(), routes![call]))
        .mount("/mcp", require(tools(), others("/", &[Method::Get, Method::Delete])))
        .mount("/api/organizations", require(data_of, routes![data]))
        .mount("/api/organizations", require(members_of, routes![members]));
    tokio::spawn(rocket.launch());
    format!("http://127.0.0.1:{}", told.await.unwrap())
}

#[get("/public")]
fn hello() -> &'static str {
    "hello"
}

#[get("/")]
fn info(token: Authorized) -> Json<Value> {
    Json(json!({ "auth": token.info() }))
}

#[get("/detailed")]
fn detailed(token: Authorized) -> Json<Value> {
    info(token)
}

#[get("/<org>/data")]
fn data(org: &str, _token: Authorized) -> Json<Value> {
    Json(json!({ "organization": org }))
}

#[get("/<org>/members")]
fn members(org: &str, _token: Authorized) -> Json<Value> {
    Json(json!({ "organization": org }))
}

#[get("/<name>")]
fn report(name: &str, token: Authorized) -> Json<Value> {
    Json(json!({ "name": name, "auth": token.info() }))
}

#[post("/")]
fn call(token: Authorized) -> Json<Value> {
    info(token)
}

/// Routes for other methods of a path: to Rocket, the path is unknown with a method that is not mounted.
fn others(path: &str, methods: &[Method]) -> Vec<Route> {
    methods.iter().map(|method| Route::new(*method, path, not_allowed)).collect()
}

fn not_allowed<'r>(_: &'r Request<'_>, _: Data<'r>) -> BoxFuture<'r> {
    Box::pin(async { Outcome::Error(Status::MethodNotAllowed) })
}
