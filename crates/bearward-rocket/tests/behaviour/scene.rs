//! An authorization server, and Rocket servers that trust it.

use std::sync::Mutex;

use bearward_issuer::{Algorithm, Issuer, RunningIssuer, TokenBuilder};
use bearward_rocket::{Bearward, DpopPolicy, ResourceServer, failure_of};
use reqwest::{Client, Method, RequestBuilder};
use rocket::config::{LogLevel, Shutdown};
use rocket::fairing::AdHoc;
use rocket::http::Header;
use rocket::{Build, Config, Rocket};
use tokio::sync::oneshot;

pub(crate) const AUDIENCE: &str = "https://api.example.com";

pub(crate) struct Scene {
    pub(crate) issuer: RunningIssuer,
    pub(crate) api: ResourceServer,
    pub(crate) url: String,
    http: Client,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

/// A server with the fairing, and with the routes that a test mounts.
pub(crate) async fn scene(mount: impl FnOnce(Rocket<Build>, &ResourceServer) -> Rocket<Build>) -> Scene {
    scene_of(usual, |api| mount(build().attach(Bearward::new()), api)).await
}

pub(crate) fn usual(issuer: &RunningIssuer) -> ResourceServer {
    ResourceServer::builder()
        .issuer(issuer.url())
        .audience(AUDIENCE)
        .dpop(DpopPolicy::accepted())
        .build()
        .unwrap()
}

/// Another server, made by the test.
pub(crate) async fn scene_of(
    api: impl FnOnce(&RunningIssuer) -> ResourceServer,
    rocket: impl FnOnce(&ResourceServer) -> Rocket<Build>,
) -> Scene {
    let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
    let api = api(&issuer);
    let url = launch(rocket(&api)).await;
    Scene { issuer, api, url, http: Client::new() }
}

/// Silent, at any free port.
pub(crate) fn build() -> Rocket<Build> {
    rocket::custom(config())
}

pub(crate) fn config() -> Config {
    let shutdown = Shutdown { ctrlc: false, ..Shutdown::default() };
    Config { port: 0, log_level: LogLevel::Off, shutdown, ..Config::debug_default() }
}

async fn launch(rocket: Rocket<Build>) -> String {
    let (tell, told) = oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let liftoff = AdHoc::on_liftoff("port", move |rocket| {
        let tell = tell.lock().unwrap().take();
        let scheme = if rocket.config().tls_enabled() { "https" } else { "http" };
        tell.unwrap().send(format!("{scheme}://127.0.0.1:{}", rocket.config().port)).unwrap();
        Box::pin(async {})
    });
    let code = AdHoc::on_response("code", |request, response| {
        Box::pin(async move {
            if let Some(failure) = failure_of(request) {
                response.set_header(Header::new("failure-code", failure.code()));
            }
        })
    });
    tokio::spawn(rocket.attach(liftoff).attach(code).launch());
    told.await.unwrap()
}

impl Scene {
    pub(crate) fn mint(&self) -> TokenBuilder {
        self.issuer.mint().audience(AUDIENCE)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let request = self.request(Method::GET, path);
        answer(match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
        .await
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

impl Answer {
    #[track_caller]
    pub(crate) fn assert_passed(&self, body: &str) {
        assert_eq!((self.status, self.body.as_str()), (200, body), "{:?}", self.headers);
    }

    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str) {
        let found = self.headers.get("failure-code").map_or("", |code| code.to_str().unwrap());
        assert_eq!((self.status, found), (status, code), "{}", self.body);
    }
}
