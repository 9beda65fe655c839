//! What there is to choose from.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Shared;
use super::flaw::FLAWS;
use crate::demo::ROUTES;

/// The clients of the demo's issuer, and what each is for.
pub(super) const CLIENTS: [(&str, &str); 4] = [
    ("demo", "Has every scope and the claim role = admin; is a member of org_1."),
    ("reader", "Has the scope read:messages only."),
    ("opaque", "Has every scope; its tokens are opaque, so the API asks the issuer about them."),
    ("step-up", "Has every scope; its subject was authenticated an hour ago, unless it asks for more."),
];

const SCOPES: [&str; 6] = ["read:messages", "api:read", "api:write", "openid", "profile", "read:data"];

pub(super) const ORGANIZATIONS: [&str; 2] = ["org_1", "org_2"];

pub(super) async fn config(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let playground = &shared.playground;
    let clients: Vec<_> = CLIENTS.iter().map(|(id, about)| json!({ "id": id, "about": about })).collect();
    let flaws =
        FLAWS.iter().map(|flaw| json!({ "code": flaw.code, "title": flaw.title, "about": flaw.about }));
    let [own, another] = &shared.certificates;
    Json(json!({
        "mode": if playground.embedded.is_some() { "embedded" } else { "external" },
        "api": playground.api,
        "issuer": playground.issuer,
        "audience": playground.audience,
        "token_endpoint": playground.embedded.as_ref().map(|issuer| issuer.token_endpoint()),
        "clients": clients,
        "scopes": SCOPES,
        "organizations": ORGANIZATIONS,
        "flaws": flaws.collect::<Vec<_>>(),
        "routes": routes(),
        "certificates": { "own": own, "another": another },
    }))
}

/// The values that the page offers for the parameter of a route.
const PARAMETERS: [(&str, [&str; 2]); 2] = [("{org}", ORGANIZATIONS), ("{name}", ["yearly", "salaries"])];

/// Each route as a request of the page can name it: one with a parameter once for each value.
fn routes() -> Vec<Value> {
    // The page sends requests without a body and without the headers of MCP.
    let routes = ROUTES.iter().filter(|route| route.method == "GET");
    let filled = routes.flat_map(|route| {
        let parameter = PARAMETERS.iter().find(|(hole, _)| route.path.contains(hole));
        let paths = match parameter {
            Some((hole, values)) => values.iter().map(|value| route.path.replace(hole, value)).collect(),
            None => vec![route.path.to_owned()],
        };
        paths.into_iter().map(|path| json!({ "path": path, "needs": route.needs }))
    });
    filled.collect()
}
