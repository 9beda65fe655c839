//! What can be set up wrongly lets nobody in.

use bearward_tonic::bearward_tower::bearward::answer::Answer;
use bearward_tonic::bearward_tower::{Failure, Respond};
use bearward_tonic::{Authorization, GrpcResponder, ResourceServer};
use http::request::Parts;
use tonic::body::Body;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request};

use crate::support::{AUDIENCE, LIST, Notes, Scene, bearer, listen, rules, unary, values};

#[tokio::test]
async fn a_handler_without_the_layer_finds_no_token_and_says_that_the_server_is_wrong() {
    let (incoming, address) = listen().await;
    tokio::spawn(Server::builder().add_service(Notes).serve_with_incoming(incoming));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    for path in [LIST, "/notes.v1.Notes/Greet"] {
        let status = unary(channel.clone(), path, [("authorization", bearer("x.y.z"))]).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal, "{path}");
        assert_eq!(status.message(), "this resource is not set up correctly", "{path}");
    }
}

#[tokio::test]
async fn a_token_that_is_put_into_the_metadata_proves_nothing() {
    let mut request = Request::new(());
    request.metadata_mut().insert("authorization", "Bearer x.y.z".parse().unwrap());
    assert_eq!(request.access_token().unwrap_err().code(), Code::Internal);
    assert_eq!(request.access_token_if_sent().unwrap_err().code(), Code::Internal);
    assert_eq!(request.claims::<serde::de::IgnoredAny>().unwrap_err().code(), Code::Internal);
}

#[tokio::test]
async fn the_layer_twice_refuses_and_passes_as_once() {
    let scene = Scene::new().await;
    let api = ResourceServer::builder().issuer(scene.issuer.url()).audience(AUDIENCE).build().unwrap();
    let (incoming, address) = listen().await;
    let server = Server::builder().layer(rules(api.clone())).layer(rules(api)).add_service(Notes);
    tokio::spawn(server.serve_with_incoming(incoming));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let token = bearer(&scene.mint().sign());
    assert!(unary(channel.clone(), LIST, [("authorization", token)]).await.is_ok());
    assert_eq!(unary(channel, LIST, None).await.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_responder_may_add_to_the_answer_and_cannot_let_a_call_through() {
    let respond = |failure: &Failure, answer: Answer, head: &Parts| -> http::Response<Body> {
        let mut response = GrpcResponder.respond(failure, answer, head);
        response.headers_mut().insert("reason", failure.code().parse().unwrap());
        response
    };
    let scene = Scene::new().await;
    let api = ResourceServer::builder().issuer(scene.issuer.url()).audience(AUDIENCE).build().unwrap();
    let (incoming, address) = listen().await;
    let server = Server::builder().layer(rules(api).respond_with(respond)).add_service(Notes);
    tokio::spawn(server.serve_with_incoming(incoming));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let status = unary(channel, LIST, None).await.unwrap_err();
    assert_eq!(
        (status.code(), values(&status, "reason")),
        (Code::Unauthenticated, vec!["credential_missing"])
    );
}

#[tokio::test]
async fn nobody_learns_who_else_called_on_the_same_connection() {
    let scene = Scene::new().await;
    let channel = scene.channel().await;
    let call = async |subject: &str| {
        let token = bearer(&scene.mint().subject(subject).sign());
        unary(channel.clone(), LIST, [("authorization", token)]).await.unwrap().into_inner()
    };
    assert_eq!(call("ada").await, "ada: hello");
    assert_eq!(call("grace").await, "grace: hello");
    assert_eq!(unary(channel.clone(), LIST, None).await.unwrap_err().code(), Code::Unauthenticated);
}
