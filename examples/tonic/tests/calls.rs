//! Calls of a client with tokens, right and wrong, of an authorization server that runs here.

use std::net::SocketAddr;

use bearward_issuer::{Algorithm, Issuer, RunningIssuer, TokenBuilder};
use bearward_tonic::{ResourceServer, RuleError};
use notes_grpc::proto::notes_client::NotesClient;
use notes_grpc::proto::{AddRequest, ListRequest, WatchRequest};
use tonic::transport::Channel;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

const AUDIENCE: &str = "https://notes.example";

struct Scene {
    issuer: RunningIssuer,
    channel: Channel,
}

impl Scene {
    async fn new() -> Self {
        let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
        let api = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE).build().unwrap();
        let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let url = format!("http://{}", incoming.local_addr().unwrap());
        tokio::spawn(async { notes_grpc::serve(incoming, api, std::future::pending()).await.unwrap() });
        Self { issuer, channel: Channel::from_shared(url).unwrap().connect().await.unwrap() }
    }

    fn token(&self, subject: &str, scope: &str) -> TokenBuilder {
        self.issuer.mint().audience(AUDIENCE).subject(subject).scope(scope)
    }

    fn client(&self) -> NotesClient<Channel> {
        NotesClient::new(self.channel.clone())
    }

    async fn add(&self, token: &str, text: &str) -> Result<u64, Status> {
        let request = with(token, AddRequest { text: text.to_owned() });
        Ok(self.client().add(request).await?.into_inner().id)
    }

    async fn list(&self, token: &str) -> Result<Vec<String>, Status> {
        let response = self.client().list(with(token, ListRequest {})).await?.into_inner();
        Ok(response.notes.into_iter().map(|note| note.text).collect())
    }
}

fn with<M>(token: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

fn challenge(status: &Status) -> &str {
    status.metadata().get("www-authenticate").unwrap().to_str().unwrap()
}

#[tokio::test]
async fn a_caller_adds_and_lists_notes_and_sees_no_others() {
    let scene = Scene::new().await;
    let ada = scene.token("ada", "notes:read notes:write").sign();
    assert_eq!(scene.add(&ada, "tea").await.unwrap(), 1);
    assert_eq!(scene.add(&ada, "bees").await.unwrap(), 2);
    assert_eq!(scene.list(&ada).await.unwrap(), ["tea", "bees"]);
    let grace = scene.token("grace", "notes:read").sign();
    assert!(scene.list(&grace).await.unwrap().is_empty());
}

#[tokio::test]
async fn each_method_needs_its_scope() {
    let scene = Scene::new().await;
    let reader = scene.token("ada", "notes:read").sign();
    let refused = scene.add(&reader, "tea").await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert!(challenge(&refused).ends_with(r#"scope="notes:write""#), "{}", challenge(&refused));
    let writer = scene.token("ada", "notes:write").sign();
    let refused = scene.list(&writer).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = scene.client().watch(with(&writer, WatchRequest {})).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_refused() {
    let scene = Scene::new().await;
    let good = || scene.token("ada", "notes:read");
    let stranger = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
    for (token, why) in [
        (good().expires_in(-60).sign(), "the access token expired"),
        (good().audience("https://other.example").sign(), "the access token is for another audience"),
        (stranger.mint().audience(AUDIENCE).sign(), "the access token's issuer is not trusted"),
        ("x.y.z".to_owned(), "the access token is not a signed JWT in compact serialization"),
    ] {
        let refused = scene.list(&token).await.unwrap_err();
        assert_eq!((refused.code(), refused.message()), (Code::Unauthenticated, why));
    }
    let refused = scene.client().list(ListRequest {}).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert_eq!(challenge(&refused), r#"Bearer realm="api", scope="notes:read""#);
}

#[tokio::test]
async fn a_watcher_hears_of_the_callers_notes_alone() {
    let scene = Scene::new().await;
    let watcher = scene.token("ada", "notes:read").sign();
    let mut notes = scene.client().watch(with(&watcher, WatchRequest {})).await.unwrap().into_inner();
    scene.add(&scene.token("grace", "notes:write").sign(), "not hers").await.unwrap();
    scene.add(&scene.token("ada", "notes:write").sign(), "hers").await.unwrap();
    assert_eq!(notes.message().await.unwrap().unwrap().text, "hers");
}

#[tokio::test]
async fn a_stream_ends_when_its_token_expires() {
    let scene = Scene::new().await;
    let brief = scene.token("ada", "notes:read").expires_in(2).sign();
    let end = match scene.client().watch(with(&brief, WatchRequest {})).await {
        Ok(notes) => notes.into_inner().message().await.unwrap_err(),
        // The machine was so slow that it expired before.
        Err(refused) => refused,
    };
    assert_eq!((end.code(), end.message()), (Code::Unauthenticated, "the access token expired"));
}

#[test]
fn a_rule_for_a_method_that_does_not_exist_is_an_error() {
    let api = ResourceServer::builder().issuer("https://tenant.example").audience(AUDIENCE).build().unwrap();
    let error = notes_grpc::protection(api).unwrap().authenticated("notes.v1.Notes/Wach").unwrap_err();
    let meant = Some("notes.v1.Notes/Watch".to_owned());
    assert_eq!(error, RuleError::Unknown("notes.v1.Notes/Wach".to_owned(), meant));
}

#[tokio::test]
async fn health_needs_no_token_and_follows_the_keys() {
    let scene = Scene::new().await;
    let mut health = HealthClient::new(scene.channel.clone());
    let mut watch = health.watch(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner();
    loop {
        let status = watch.message().await.unwrap().unwrap().status;
        if status == ServingStatus::Serving as i32 {
            return;
        }
    }
}
