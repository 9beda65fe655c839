//! An API on axum that the provider's tokens are sent to.

use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use bearward_axum::{Authorized, Failure, Protect, Requirement, ResourceServer};
use http::HeaderValue;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::files::Provider;

/// In this header, the API says which failure it had.
const CODE: &str = "failure-code";

pub(crate) struct Api {
    url: String,
    client: Client,
    /// The header that carries the token, where that is not `Authorization`.
    sent_in: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    pub(crate) json: Value,
}

impl Api {
    pub(crate) async fn start(server: &ResourceServer, provider: &Provider) -> Self {
        let mut app = Router::new().route("/", get(read).layer(server.layer()));
        for (index, route) in provider.routes.iter().enumerate() {
            let requirement: Requirement = serde_json::from_value(route.requires.clone()).unwrap();
            let protected = get(read).layer(server.require(requirement).unwrap());
            app = app.route(&format!("/routes/{index}"), protected);
        }
        let app = app.layer(axum::middleware::map_response(tell_code));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let client = Client::builder().no_proxy().build().unwrap();
        Self { url, client, sent_in: provider.sent_in.clone() }
    }

    pub(crate) async fn ask(&self, path: &str, token: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.url));
        let request = match &self.sent_in {
            Some(header) => request.header(header, token),
            None => request.bearer_auth(token),
        };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let code = response.headers().get(CODE).map(|code| code.to_str().unwrap().to_owned());
        let json = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
        Answer { status, code, json }
    }
}

/// What the provider's users expect to read.
async fn read(Authorized(token): Authorized) -> Json<Value> {
    Json(json!({
        "subject": token.subject(),
        "client_id": token.client_id(),
        "scopes": token.scopes().collect::<Vec<_>>(),
        "organization": token.organization(),
    }))
}

async fn tell_code(mut response: Response) -> Response {
    if let Some(failure) = response.extensions().get::<Failure>() {
        let code = HeaderValue::from_static(failure.code());
        response.headers_mut().insert(CODE, code);
    }
    response
}
