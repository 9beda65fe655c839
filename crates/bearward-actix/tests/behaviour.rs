//! A protected actix server with two workers, asked over HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::Service as _;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::NormalizePath;
use actix_web::{App, HttpResponse, HttpServer, Responder, web};
use bearward_actix::requirement::{custom, organization, scope};
use bearward_actix::{
    Answer, Authorized, Claims, ClientConnection, DpopPolicy, Failure, MaybeAuthorized, Protect,
    ResourceServer, health, require,
};
use bearward_issuer::{Algorithm, ClientCertificate, DpopKey, Issuer, RunningIssuer};
use http::request::Parts;
use reqwest::{Client, Response};

const AUDIENCE: &str = "https://api.example.com";

#[derive(serde::Deserialize)]
struct Wanted {
    department: String,
}

async fn name(Authorized(token): Authorized) -> String {
    token.subject().unwrap_or("?").to_owned()
}

async fn greet(MaybeAuthorized(token): MaybeAuthorized) -> &'static str {
    if token.is_some() { "friend" } else { "stranger" }
}

async fn option(token: Option<Authorized>) -> &'static str {
    if token.is_some() { "friend" } else { "stranger" }
}

async fn department(Claims(wanted): Claims<Wanted>) -> String {
    wanted.department
}

async fn own_caching(_: Authorized) -> impl Responder {
    HttpResponse::Ok().insert_header(("cache-control", "no-store")).body("mine")
}

struct Scene {
    issuer: RunningIssuer,
    address: SocketAddr,
    http: Client,
}

/// Every route that the tests ask for, behind one resource server that both workers share.
async fn scene() -> Scene {
    let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
    let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).build().unwrap();
    let messages = api.require(scope("read:messages")).unwrap();
    let inner = require(scope("admin")).unwrap();
    let member = organization().logto_permissions().from_path("org").and(scope("read:member"));
    let member = api.require(member).unwrap();
    let custom = api.middleware().respond_with(|failure: &Failure, answer: Answer, head: &Parts| {
        let mut response =
            http::Response::new(format!("{} {}", head.uri.path(), failure.code()).into_bytes());
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let certificate = CERTIFICATE.get_or_init(ClientCertificate::generate).clone();
    let server = HttpServer::new(move || {
        let code = |response: &mut actix_web::dev::ServiceResponse<_>| {
            let code = response.response().extensions().get::<Failure>().map(Failure::code);
            if let Some(code) = code {
                let name = HeaderName::from_static("failure-code");
                response.headers_mut().insert(name, HeaderValue::from_static(code));
            }
        };
        App::new()
            .wrap_fn(move |request, next| {
                let answered = next.call(request);
                async move {
                    let mut response = answered.await?;
                    code(&mut response);
                    Ok(response)
                }
            })
            .configure(health(&api))
            .route("/public", web::get().to(|| async { "hello" }))
            .route("/unprotected", web::get().to(name))
            .route("/unprotected-maybe", web::get().to(greet))
            .route("/unprotected-option", web::get().to(option))
            .service(web::resource("/messages").wrap(messages.clone()).get(name))
            .service(web::resource("/greet").wrap(api.optional_middleware()).get(greet))
            .service(web::resource("/optional-name").wrap(api.optional_middleware()).get(name))
            .service(web::resource("/custom").wrap(custom.clone()).get(department))
            .service(web::resource("/wrong-order").wrap(api.middleware()).wrap(inner.clone()).get(name))
            .service(web::resource("/alone").wrap(inner.clone()).get(name))
            .service(web::resource("/organizations/{org}/members").wrap(member.clone()).get(name))
            .service(
                web::scope("/organizations-scope").wrap(member.clone()).route("/{org}", web::get().to(name)),
            )
            .service(
                web::scope("/api")
                    .wrap(api.middleware())
                    .route("/name", web::get().to(name))
                    .route("/department", web::get().to(department))
                    .route("/caching", web::get().to(own_caching))
                    .service(web::resource("/admin").wrap(inner.clone()).get(name))
                    .service(web::resource("/twice").wrap(api.middleware()).get(name))
                    .service(web::resource("/optional").wrap(api.optional_middleware()).get(greet)),
            )
    });
    let server = server.on_connect(move |_, data| {
        let peer = SocketAddr::from(([127, 0, 0, 1], 50_000));
        data.insert(ClientConnection::plain(peer).with_certificate(certificate.der()));
    });
    let server = server.workers(2).disable_signals().listen(listener).unwrap().run();
    tokio::spawn(server);
    Scene { issuer, address, http: Client::builder().timeout(Duration::from_secs(60)).build().unwrap() }
}

/// What every client of these servers has shown, as far as they can tell.
static CERTIFICATE: std::sync::OnceLock<ClientCertificate> = std::sync::OnceLock::new();

impl Scene {
    async fn ask(&self, path: &str, token: Option<&str>) -> (u16, String, String) {
        let (status, code, body, _) = read(self.get(path, token).await).await;
        (status, code, body)
    }

    async fn get(&self, path: &str, token: Option<&str>) -> Response {
        // As it is, without a client that makes the path a nicer one.
        let request = self.http.get(format!("http://{}{path}", self.address));
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().await.unwrap()
    }

    fn mint(&self) -> bearward_issuer::TokenBuilder {
        self.issuer.mint().audience(AUDIENCE)
    }
}

async fn read(response: Response) -> (u16, String, String, reqwest::header::HeaderMap) {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let code = headers.get("failure-code").map_or("", |code| code.to_str().unwrap()).to_owned();
    (status, code, response.text().await.unwrap(), headers)
}

fn passed(body: &str) -> (u16, String, String) {
    (200, String::new(), body.to_owned())
}

#[track_caller]
fn assert_refused(answer: &(u16, String, String), status: u16, code: &str) {
    assert_eq!((answer.0, answer.1.as_str()), (status, code), "{}", answer.2);
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_need_what_their_middleware_says() {
    let scene = scene().await;
    let token = scene.mint().sign();
    let reader = scene.mint().scope("read:messages").sign();
    assert_eq!(scene.ask("/public", None).await, passed("hello"));
    assert_eq!(scene.ask("/api/name", Some(&token)).await, passed("test-client"));
    assert_refused(&scene.ask("/api/name", None).await, 401, "credential_missing");
    assert_refused(&scene.ask("/api/none", None).await, 401, "credential_missing");
    assert_refused(&scene.ask("/api/name", Some("x.y.z")).await, 401, "token_malformed");
    assert_refused(
        &scene.ask("/api/name", Some(&scene.mint().expires_in(-60).sign())).await,
        401,
        "token_expired",
    );
    assert_eq!(scene.ask("/messages", Some(&reader)).await, passed("test-client"));
    assert_refused(&scene.ask("/messages", Some(&token)).await, 403, "insufficient_scope");
    assert_refused(&scene.ask("/api/admin", Some(&token)).await, 403, "insufficient_scope");
    let admin = scene.mint().scope("admin").sign();
    assert_eq!(scene.ask("/api/admin", Some(&admin)).await, passed("test-client"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_has_its_challenge_and_body() {
    let scene = scene().await;
    let (status, _, body, headers) = read(scene.get("/messages", Some(&scene.mint().sign())).await).await;
    assert_eq!(status, 403);
    let challenge = headers.get_all("www-authenticate").iter().next().unwrap().to_str().unwrap();
    assert!(challenge.ends_with(r#"scope="read:messages""#), "{challenge}");
    assert_eq!(headers.get_all("www-authenticate").iter().count(), 2, "one for each scheme");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(
        body,
        r#"{"error":"insufficient_scope","error_description":"the access token lacks a required scope"}"#
    );

    let other = self::scene().await;
    let token = other.mint().sign();
    other.issuer.go_down().await;
    let (status, code, _, headers) = read(other.get("/api/name", Some(&token)).await).await;
    assert_eq!((status, code.as_str()), (503, "keys_unavailable"));
    assert!(headers.contains_key("retry-after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn optional_protection_lets_strangers_in_and_bad_credentials_not() {
    let scene = scene().await;
    for path in ["/greet", "/api/optional"] {
        assert_eq!(scene.ask(path, Some(&scene.mint().sign())).await, passed("friend"), "{path}");
    }
    assert_eq!(scene.ask("/greet", None).await, passed("stranger"));
    assert_refused(&scene.ask("/api/optional", None).await, 401, "credential_missing");
    assert_refused(&scene.ask("/greet", Some("x.y.z")).await, 401, "token_malformed");
    assert_refused(&scene.ask("/optional-name", None).await, 401, "credential_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_up_wrongly_lets_nobody_in() {
    let scene = scene().await;
    let token = scene.mint().scope("admin read:messages read:member").sign();
    for path in ["/unprotected", "/unprotected-maybe", "/alone", "/wrong-order"] {
        for token in [None, Some(token.as_str()), Some("x.y.z")] {
            assert_refused(&scene.ask(path, token).await, 500, "route_not_protected");
        }
    }
    assert_eq!(scene.ask("/unprotected-option", Some(&token)).await, passed("stranger"), "as documented");
    let organization = scene.issuer.mint().audience("urn:logto:organization:o").scope("read:member").sign();
    assert_refused(
        &scene.ask("/organizations-scope/o", Some(&organization)).await,
        500,
        "path_parameter_missing",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_parameter_is_the_one_that_the_handler_gets() {
    let scene = scene().await;
    let of = |id: &str| {
        scene.issuer.mint().audience(format!("urn:logto:organization:{id}")).scope("read:member").sign()
    };
    let members =
        async |id: &str, token: &str| scene.ask(&format!("/organizations/{id}/members"), Some(token)).await;
    assert_eq!(members("org_1", &of("org_1")).await, passed("test-client"));
    assert_eq!(members("%6Frg_1", &of("org_1")).await, passed("test-client"));
    assert_refused(&members("org_2", &of("org_1")).await, 403, "organization_mismatch");
    assert_refused(&members("org%25_1", &of("org_1")).await, 403, "organization_mismatch");
    assert_refused(&members("org%2F_1", &of("org_1")).await, 403, "organization_mismatch");
    assert_refused(&members("%FF", &of("org_1")).await, 400, "path_malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_that_do_not_fit_are_forbidden_and_a_responder_answers_for_what_is_within() {
    let scene = scene().await;
    let fitting = scene.mint().claim("department", "bees").sign();
    assert_eq!(scene.ask("/api/department", Some(&fitting)).await, passed("bees"));
    assert_refused(&scene.ask("/api/department", Some(&scene.mint().sign())).await, 403, "claim_unmet");
    assert_eq!(scene.ask("/custom", Some(&fitting)).await, passed("bees"));
    let refused = |status, code: &str| (status, code.to_owned(), format!("/custom {code}"));
    assert_eq!(scene.ask("/custom", None).await, refused(401, "credential_missing"));
    assert_eq!(scene.ask("/custom", Some(&scene.mint().sign())).await, refused(403, "claim_unmet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_passes_once_whichever_worker_it_meets() {
    let scene = scene().await;
    let key = DpopKey::generate(Algorithm::Es256);
    let token = scene.mint().bound_to_key(key.thumbprint()).sign();
    let url = format!("http://{}/api/twice", scene.address);
    let proof = key.proof("GET", &url).access_token(&token).sign();
    let mut answers = Vec::new();
    for _ in 0..8 {
        // A connection each, so that both workers are asked.
        let request =
            Client::new().get(&url).header("authorization", format!("DPoP {token}")).header("dpop", &proof);
        answers.push(read(request.send().await.unwrap()).await);
    }
    assert_eq!(answers[0].0, 200, "{:?}", answers[0]);
    for (status, code, ..) in &answers[1..] {
        assert_eq!((*status, code.as_str()), (401, "proof_replayed"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_the_connection_is_compared() {
    let scene = scene().await;
    let own = CERTIFICATE.get().unwrap();
    let bound = scene.mint().bound_to_certificate(own.der()).sign();
    assert_eq!(scene.ask("/api/name", Some(&bound)).await, passed("test-client"));
    let other = scene.mint().bound_to_certificate(ClientCertificate::generate().der()).sign();
    assert_refused(&scene.ask("/api/name", Some(&other)).await, 401, "certificate_mismatch");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_handler_says_of_caches_stays() {
    let scene = scene().await;
    let response = scene.get("/api/caching", Some(&scene.mint().sign())).await;
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_was_normalized_further_out_is_the_one_that_is_judged() {
    let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
    let api = ResourceServer::builder()
        .issuer(issuer.url())
        .audience(AUDIENCE)
        .dpop(DpopPolicy::accepted())
        .build()
        .unwrap();
    let handled = api.require(custom(|_, facts| facts.path() == Some("/api/name"))).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = HttpServer::new(move || {
        let protected = web::resource("/api/name").wrap(handled.clone()).get(name);
        App::new().wrap(NormalizePath::trim()).service(protected)
    });
    tokio::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());

    let key = DpopKey::generate(Algorithm::Es256);
    let bearer = issuer.mint().audience(AUDIENCE).sign();
    let bound = issuer.mint().audience(AUDIENCE).bound_to_key(key.thumbprint()).sign();
    for path in ["/api/name", "/api/name/", "//api//name", "/api//name//"] {
        let request = Client::new().get(format!("http://{address}{path}"));
        let response = request.bearer_auth(&bearer).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        for (signed, status) in [(path, if path == "/api/name" { 200 } else { 401 }), ("/api/name", 200)] {
            let url = format!("http://{address}{signed}");
            let proof = key.proof("GET", &url).access_token(&bound).sign();
            let request = Client::new().get(format!("http://{address}{path}"));
            let request = request.header("authorization", format!("DPoP {bound}")).header("dpop", proof);
            assert_eq!(request.send().await.unwrap().status(), status, "a proof for {signed} at {path}");
        }
    }
}

#[actix_web::test]
async fn probes_need_no_token_and_tell_when_tokens_can_be_verified() {
    let scene = scene().await;
    let ask =
        async |path: &str| scene.http.get(format!("http://{}{path}", scene.address)).send().await.unwrap();
    assert_eq!(ask("/livez").await.text().await.unwrap(), r#"{"live":true}"#);
    let started = std::time::Instant::now();
    let mut answers = Vec::new();
    while answers.last() != Some(&200) {
        assert!(started.elapsed() < Duration::from_secs(20), "{answers:?}");
        let answer = ask("/readyz").await;
        let status = answer.status().as_u16();
        assert_eq!(answer.headers().contains_key("retry-after"), status == 503);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        answers.push(status);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(answers[0], 503, "a probe waits for nothing");
    let head = scene.http.head(format!("http://{}/readyz", scene.address)).send().await.unwrap();
    assert_eq!(head.status().as_u16(), 200);
}
