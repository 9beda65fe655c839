//! Bearer tokens, and the keys that they are signed with.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use bearward_core::token::UnverifiedToken;

use crate::authorization_server::{AuthorizationServer, Clients};
use crate::process::{Demo, explain};
use serde_json::{Value, json};

const API: &str = "https://api.example.com";
const SCOPES: &str = "read:messages api:read api:write read:data openid profile";

fn demo(server: &AuthorizationServer, more: &[&str]) -> Demo {
    let arguments = ["--port", "0", "--issuer", server.issuer(), "--audience", API];
    Demo::start(&[&arguments[..], more].concat())
}

/// The status, the challenge and the body of a call.
async fn call(demo: &Demo, path: &str, token: &str) -> (u16, String, Value) {
    let request = reqwest::Client::new().get(format!("{}{path}", demo.api())).bearer_auth(token);
    let response = request.send().await.unwrap();
    let challenge = response.headers().get("www-authenticate");
    let challenge = challenge.map_or("", |value| value.to_str().unwrap()).to_owned();
    let status = response.status().as_u16();
    (status, challenge, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

/// The stable code of what the API decides, and decided the same way by the command line.
fn code(server: &AuthorizationServer, token: &str, more: &[&str]) -> String {
    let arguments = ["--json", "--issuer", server.issuer(), "--audience", API];
    let run = explain(&[&arguments[..], more].concat(), token);
    run.json()["verdict"]["code"].as_str().unwrap().to_owned()
}

fn challenge(error: &str, description: &str) -> String {
    format!("Bearer realm=\"api\", error=\"{error}\", error_description=\"the access token {description}\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_every_algorithm_are_accepted() {
    let server = AuthorizationServer::start();
    let demo = demo(&server, &[]);
    for (resource, algorithm) in
        [("", "RS256"), ("/ps256", "PS256"), ("/es256", "ES256"), ("/eddsa", "EdDSA")]
    {
        let token = server.clients().token("full", &format!("{API}{resource}"), SCOPES).await;
        for path in ["/api/private", "/api/private-scoped", "/secured/token", "/api/protected/detailed"] {
            let (status, challenge, _) = call(&demo, path, &token).await;
            assert_eq!((status, challenge.as_str()), (200, ""), "{algorithm} {path}");
        }
        let (status, _, body) = call(&demo, "/api/protected", &token).await;
        let auth = &body["auth"];
        assert_eq!((status, &auth["clientId"], &auth["audience"]), (200, &json!("full"), &json!([API])));
        let run = explain(&["--json", "--issuer", server.issuer(), "--audience", API], &token);
        assert_eq!((run.code, &run.json()["header"]["alg"]), (0, &json!(algorithm)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_asks_for_what_it_needs() {
    let server = AuthorizationServer::start();
    let (demo, clients) = (demo(&server, &[]), server.clients());
    let full = clients.token("full", API, SCOPES).await;
    let reader = clients.token("reader", API, SCOPES).await;
    let bare = clients.token("bare", API, "").await;
    let admin = clients.token("admin", API, "api:read").await;
    let member = clients.token("member", API, "read:data").await;
    let permissions = clients.token("member", "urn:logto:organization:org_1", "read:member").await;
    let under_scoped = |scopes: &str| {
        format!("{}, scope=\"{scopes}\"", challenge("insufficient_scope", "lacks a required scope"))
    };
    let unmet = challenge("insufficient_scope", "lacks a required claim value");
    let audience = challenge("invalid_token", "is for another audience");
    let homeless = challenge("invalid_token", "is for no organization");
    let elsewhere = challenge("insufficient_scope", "is for another organization");

    for (path, token, status, challenge) in [
        ("/api/private", &bare, 200, ""),
        ("/secured/scope", &full, 200, ""),
        ("/secured/claim", &admin, 200, ""),
        ("/api/organizations/org_1/members", &permissions, 200, ""),
        ("/api/organizations/org_1/data", &member, 200, ""),
        ("/api/private-scoped", &bare, 403, &under_scoped("read:messages")),
        ("/api/protected", &reader, 403, &under_scoped("api:read api:write")),
        ("/secured/scope", &reader, 403, &under_scoped("openid profile")),
        ("/secured/claim", &full, 403, &unmet),
        ("/secured/claim", &member, 403, &unmet),
        ("/api/private", &permissions, 401, &audience),
        ("/api/organizations/org_1/members", &full, 401, &homeless),
        ("/api/organizations/org_2/members", &permissions, 403, &elsewhere),
        ("/api/organizations/org_1/data", &full, 401, &homeless),
        ("/api/organizations/org_2/data", &member, 403, &elsewhere),
    ] {
        let answer = call(&demo, path, token).await;
        assert_eq!((answer.0, answer.1.as_str()), (status, challenge), "{path}");
    }
    assert_eq!(code(&server, &reader, &["--scope", "api:read api:write"]), "insufficient_scope");
    assert_eq!(code(&server, &permissions, &[]), "audience_mismatch");
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_and_altered_tokens_are_refused() {
    let (server, stranger) = (AuthorizationServer::start(), AuthorizationServer::start());
    let demo = demo(&server, &[]);
    let good = server.clients().token("full", API, SCOPES).await;
    let other = server.clients().token("full", API, "read:messages").await;
    let of_a_stranger = stranger.clients().token("full", API, SCOPES).await;
    let for_another_api = server.clients().token("full", "https://other.example.com", "api:read").await;
    let signature = |token: &str| token.rsplit_once('.').unwrap().1.to_owned();
    let mixed = format!("{}.{}", good.rsplit_once('.').unwrap().0, signature(&other));

    for (token, reason, description) in [
        (of_a_stranger, "issuer_unknown", "'s issuer is not trusted"),
        (for_another_api, "audience_mismatch", " is for another audience"),
        (mixed, "signature_invalid", "'s signature is invalid"),
    ] {
        let (status, challenge, body) = call(&demo, "/api/private", &token).await;
        let description = format!("the access token{description}");
        let expected =
            format!("Bearer realm=\"api\", error=\"invalid_token\", error_description=\"{description}\"");
        assert_eq!((status, challenge), (401, expected));
        assert_eq!(body, json!({ "error": "invalid_token", "error_description": description }));
        assert_eq!(code(&server, &token, &[]), reason);
    }
    assert_eq!(call(&demo, "/api/private", &good).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_accepted_is_refused_once_it_expired() {
    let server = AuthorizationServer::start();
    let demo = demo(&server, &[]);
    let token = server.clients().token("short-lived", API, "read:messages").await;
    assert_eq!(call(&demo, "/api/private", &token).await.0, 200);
    // It lives for a second, and clocks may differ by five.
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let (status, told, _) = call(&demo, "/api/private", &token).await;
        if status != 200 {
            assert_eq!((status, told), (401, challenge("invalid_token", "expired")));
            break;
        }
        assert!(Instant::now() < patience, "it never expires");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(code(&server, &token, &[]), "token_expired");
}

/// Clients that call the API without a pause, always with the newest token.
struct Load {
    token: Mutex<Arc<str>>,
    /// Tokens that were the newest once: alive as long as a request is under way with them.
    retired: Mutex<Vec<Weak<str>>>,
    stop: AtomicBool,
    calls: AtomicU64,
    failures: Mutex<Vec<String>>,
}

impl Load {
    const CALLERS: usize = 24;

    fn start(api: &str, clients: Clients, token: String) -> (Arc<Self>, Vec<tokio::task::JoinHandle<()>>) {
        let load = Arc::new(Self {
            token: Mutex::new(token.into()),
            retired: Mutex::default(),
            stop: AtomicBool::new(false),
            calls: AtomicU64::new(0),
            failures: Mutex::default(),
        });
        let url = format!("{api}/api/protected");
        let client = reqwest::Client::new();
        let mut tasks: Vec<_> = (0..Self::CALLERS)
            .map(|_| tokio::spawn(Arc::clone(&load).keep_calling(client.clone(), url.clone())))
            .collect();
        tasks.push(tokio::spawn(Arc::clone(&load).keep_renewing(clients)));
        (load, tasks)
    }

    async fn keep_calling(self: Arc<Self>, client: reqwest::Client, url: String) {
        while !self.stop.load(Ordering::Relaxed) {
            let token = self.newest();
            let answer = client.get(&url).bearer_auth(&token).send().await;
            self.calls.fetch_add(1, Ordering::Relaxed);
            let failure = match answer {
                Ok(response) if response.status() == 200 => continue,
                Ok(response) => format!("{} {:?}", response.status(), response.headers()),
                Err(error) => format!("{error:?}"),
            };
            self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
        }
    }

    async fn keep_renewing(self: Arc<Self>, clients: Clients) {
        while !self.stop.load(Ordering::Relaxed) {
            let token = clients.token("full", API, SCOPES).await;
            self.renew(token.into());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn renew(&self, token: Arc<str>) {
        let former = std::mem::replace(&mut *self.token.lock().unwrap(), token);
        let mut retired = self.retired.lock().unwrap();
        retired.retain(|token| token.strong_count() > 0);
        retired.push(Arc::downgrade(&former));
    }

    fn newest(&self) -> Arc<str> {
        Arc::clone(&self.token.lock().unwrap())
    }

    /// Waits until every call under way is made with tokens of this key.
    async fn has_moved_to(&self, kid: &str) {
        until("the callers have tokens of the new key", || kid_of(&self.newest()) == kid).await;
        let former = std::mem::take(&mut *self.retired.lock().unwrap());
        until("no call with an older token is under way", || {
            former.iter().all(|token| token.upgrade().is_none_or(|token| kid_of(&token) == kid))
        })
        .await;
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < patience, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn kid_of(token: &str) -> String {
    UnverifiedToken::parse(token).unwrap().unverified_kid().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_rotate_under_load_and_no_valid_request_fails() {
    let mut server = AuthorizationServer::start();
    let demo = demo(&server, &["--key-set-max-age", "1"]);
    let clients = server.clients();
    let first = clients.token("full", API, SCOPES).await;
    assert_eq!(call(&demo, "/api/protected", &first).await.0, 200);
    let started = Instant::now();
    let fetched_before = server.key_set_requests();
    let (load, tasks) = Load::start(demo.api(), clients, first);

    for round in 0..4 {
        let of_the_old_key = load.newest().to_string();
        // The first rotation comes without notice: the first token of the new key makes the API look.
        if round > 0 {
            server.command("publish");
            // A fetch that was under way may have missed the new key; the one after it has not.
            let seen = server.key_set_requests();
            until("the API fetched the key set twice", || server.key_set_requests() >= seen + 2).await;
        }
        server.command("rotate");
        let kid = server.active_kid("RS256");
        load.has_moved_to(&kid).await;
        assert_eq!(call(&demo, "/api/protected", &of_the_old_key).await.0, 200, "its key is still published");

        server.command("drop-old");
        let seen = server.key_set_requests();
        until("the API fetched the key set twice", || server.key_set_requests() >= seen + 2).await;
        for _ in 0..20 {
            let (status, challenge, _) = call(&demo, "/api/protected", &of_the_old_key).await;
            let expected = "Bearer realm=\"api\", error=\"invalid_token\", \
                            error_description=\"the access token's signing key is unknown\"";
            assert_eq!((status, challenge.as_str()), (401, expected), "round {round}");
        }
        assert_eq!(code(&server, &of_the_old_key, &[]), "key_unknown");
    }

    load.stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*load.failures.lock().unwrap(), [""; 0]);
    let calls = load.calls.load(Ordering::Relaxed);
    assert!(calls > 500, "{calls} calls are no load");
    // One a second as it was told, one for the unannounced key, one for the first dropped one. The command
    // line is a process of its own, which fetches to begin with and once more for the unknown key.
    let most = (started.elapsed().as_secs() + 1) + 1 + 1 + 4 * 2;
    let fetched = server.key_set_requests() - fetched_before;
    assert!(fetched <= most, "{fetched} fetches in {:?} for {calls} calls", started.elapsed());
}
