//! The API on a port of this machine, its two authorization servers, and a client.

use std::time::Duration;

use axum::http::HeaderValue;
use bearward_issuer::{Issuer, RunningIssuer};
use orders::{Connections, Settings, app, serve};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub const AUDIENCE: &str = "https://orders.example.com";
pub const PAGE: &str = "https://app.example.com";

/// What never comes must not keep a test.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Served {
    pub customers: RunningIssuer,
    pub staff: RunningIssuer,
    pub address: String,
    pub stop: oneshot::Sender<()>,
    pub running: JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub async fn start() -> Self {
        let customers = Issuer::builder().start().await.unwrap();
        let staff = Issuer::builder().start().await.unwrap();
        let settings = Settings {
            customers: customers.url().to_owned(),
            staff: staff.url().to_owned(),
            audience: AUDIENCE.to_owned(),
            pages: vec![HeaderValue::from_static(PAGE)],
        };
        let connections = Connections::default();
        let app = app(&settings, &connections).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel();
        let stopped = async { drop(stopped.await) };
        let running = tokio::spawn(serve(listener, app, connections, stopped));
        Self { customers, staff, address, stop, running }
    }

    pub fn customer(&self, subject: &str, scope: &str) -> String {
        self.customers.mint().audience(AUDIENCE).subject(subject).scope(scope).sign()
    }

    /// A token of the staff's issuer with this role of its realm.
    pub fn staff(&self, subject: &str, role: &str) -> String {
        let token = self.staff.mint().audience(AUDIENCE).subject(subject).scope("orders:read");
        token.claim("realm_access", json!({ "roles": [role] })).sign()
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        Client::new().get(format!("http://{}{path}", self.address))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        Client::new().post(format!("http://{}{path}", self.address))
    }

    /// Places an order, and says what became of it.
    pub async fn place(&self, token: &str, item: &str) -> Value {
        let request = self.post("/orders").bearer_auth(token).json(&json!({ "item": item }));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 201);
        answer.json().await.unwrap()
    }

    pub async fn orders(&self, token: &str) -> Value {
        self.get("/orders").bearer_auth(token).send().await.unwrap().json().await.unwrap()
    }
}

/// A refusal: its status, its code, and its challenge.
pub async fn refusal(request: RequestBuilder) -> (u16, String, String) {
    let answer: Response = request.send().await.unwrap();
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let challenge = answer.headers().get("www-authenticate");
    let challenge = challenge.map(|challenge| challenge.to_str().unwrap().to_owned()).unwrap_or_default();
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["status"], status);
    (status, problem["code"].as_str().unwrap().to_owned(), challenge)
}

/// Waits for something that has to come.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("it never comes")
}
