//! Two protected APIs, each a process of its own, and one Redis between them: a proof passes once, at one of them.
//!
//! This program runs itself again as each of the APIs, so it has no harness: without arguments it is the test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[allow(dead_code)] // shared with the other tests, which use more of it
#[path = "../servers/install.rs"]
mod install;
#[allow(dead_code)] // as above
#[path = "../servers/server.rs"]
mod server;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::{Router, routing::get};
use bearward_axum::{Protect as _, ResourceServer};
use bearward_issuer::{Algorithm, DpopKey, Issuer, RunningIssuer};
use bearward_redis::Redis;
use reqwest::{Client, StatusCode};

use crate::server::{Server, until};

/// The environment variables that make this program an API: the issuer and Redis it is to use.
const ISSUER: &str = "BEARWARD_TEST_ISSUER";
const REDIS: &str = "BEARWARD_TEST_REDIS";

const AUDIENCE: &str = "https://api.example.com";
/// Where clients reach the API, whichever process answers.
const ORIGIN: &str = "https://api.example.com";

const SENDERS: usize = 64;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match (std::env::var(ISSUER), std::env::var(REDIS)) {
        (Ok(issuer), Ok(redis)) => runtime.block_on(be_an_api(&issuer, &redis)),
        _ => runtime.block_on(async {
            two_processes_accept_a_proof_once().await;
            println!("two_processes_accept_a_proof_once ... ok");
        }),
    }
}

async fn be_an_api(issuer: &str, redis: &str) {
    let redis = Redis::single(redis).clock_tolerance(Duration::from_secs(1)).build().unwrap();
    let api = ResourceServer::builder()
        .issuer(issuer)
        .audience(AUDIENCE)
        .public_origin(ORIGIN)
        .replay_store(redis.replay_store())
        .build()
        .unwrap();
    let app = Router::new().route("/data", get(|| async { "data" })).layer(api.layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    axum::serve(listener, app).await.unwrap();
}

/// One of the APIs; it ends with this value.
struct Api {
    process: Child,
    url: String,
}

impl Api {
    fn start(issuer: &RunningIssuer, redis: &Server) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .env(ISSUER, issuer.url())
            .env(REDIS, redis.url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, url: format!("http://{}/data", line.trim()) }
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client with a bound token.
struct Sender {
    http: Client,
    key: DpopKey,
    token: String,
}

impl Sender {
    fn proof(&self) -> String {
        self.key.proof("GET", &format!("{ORIGIN}/data")).access_token(&self.token).sign()
    }

    async fn send(&self, api: &Api, proof: &str) -> (StatusCode, String) {
        let request = self.http.get(&api.url).header("dpop", proof);
        let response = request.header("authorization", format!("DPoP {}", self.token)).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }
}

async fn two_processes_accept_a_proof_once() {
    let mut redis = Server::start(&[]);
    let issuer = Issuer::builder().start().await.unwrap();
    let apis = [Api::start(&issuer, &redis), Api::start(&issuer, &redis)];
    let key = DpopKey::generate(Algorithm::Es256);
    let token = issuer.mint().audience(AUDIENCE).bound_to_key(key.thumbprint()).sign();
    let sender = Sender { http: Client::new(), key, token };
    let passes = async |api| sender.send(api, &sender.proof()).await.0 == StatusCode::OK;

    // A Redis that nobody has met may have lost something: proofs pass once its tolerance is over.
    until("both processes accept proofs", || async { passes(&apis[0]).await && passes(&apis[1]).await })
        .await;
    let spent = assert_one_passes(&sender, &apis).await;

    redis.kill();
    let (status, body) = sender.send(&apis[0], &sender.proof()).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
    redis.run_again();
    // It has forgotten everything, and still no process lets the old proof in.
    for _ in 0..20 {
        for api in &apis {
            assert_ne!(sender.send(api, &spent).await.0, StatusCode::OK);
        }
    }
    until("both processes accept proofs again", || async {
        passes(&apis[0]).await && passes(&apis[1]).await
    })
    .await;
    for api in &apis {
        assert_ne!(sender.send(api, &spent).await.0, StatusCode::OK);
    }
    assert_one_passes(&sender, &apis).await;
    issuer.shutdown().await;
}

/// Sends one proof from many senders to both processes at once, and gives it back.
async fn assert_one_passes(sender: &Sender, apis: &[Api; 2]) -> String {
    let proof = sender.proof();
    let sends = (0..SENDERS).map(|number| sender.send(&apis[number % 2], &proof));
    let answers = futures_util::future::join_all(sends).await;
    let passed = answers.iter().filter(|(status, _)| *status == StatusCode::OK).count();
    assert_eq!(passed, 1, "{answers:?}");
    for (status, body) in answers.iter().filter(|(status, _)| *status != StatusCode::OK) {
        assert_eq!(*status, StatusCode::UNAUTHORIZED, "{body}");
        assert!(body.contains("the DPoP proof was used before"), "{body}");
    }
    proof
}
