//! Streams in both directions: the check comes before the first message.

use tokio_stream::StreamExt;
use tonic::{Code, Status, Streaming};

use crate::support::{Scene, TextCodec, bearer, request, values};

async fn client(scene: &Scene) -> tonic::client::Grpc<tonic::transport::Channel> {
    let mut client = tonic::client::Grpc::new(scene.channel().await);
    client.ready().await.unwrap();
    client
}

fn words() -> impl tokio_stream::Stream<Item = String> + Send + 'static {
    tokio_stream::iter(["a", "b"].map(str::to_owned))
}

async fn all(stream: Streaming<String>) -> Result<Vec<String>, Status> {
    stream.collect().await
}

fn with(token: Option<&str>) -> Option<(&'static str, String)> {
    token.map(|token| ("authorization", bearer(token)))
}

#[tokio::test]
async fn each_kind_of_stream_knows_the_token_of_its_call() {
    let scene = Scene::new().await;
    let token = scene.mint().sign();
    let token = Some(token.as_str());

    let path = "/notes.v1.Notes/Watch".parse().unwrap();
    let call = request("a b".to_owned(), with(token));
    let stream = client(&scene).await.server_streaming(call, path, TextCodec).await.unwrap();
    assert_eq!(all(stream.into_inner()).await.unwrap(), ["test-client: a", "test-client: b"]);

    let path = "/notes.v1.Notes/Add".parse().unwrap();
    let call = request(words(), with(token));
    let answer = client(&scene).await.client_streaming(call, path, TextCodec).await.unwrap();
    assert_eq!(answer.into_inner(), "test-client: a b");

    let path = "/notes.v1.Notes/Chat".parse().unwrap();
    let call = request(words(), with(token));
    let stream = client(&scene).await.streaming(call, path, TextCodec).await.unwrap();
    assert_eq!(all(stream.into_inner()).await.unwrap(), ["test-client: a", "test-client: b"]);
}

#[tokio::test]
async fn each_kind_of_stream_is_refused_before_its_first_message() {
    let scene = Scene::new().await;
    let expired = scene.mint().expires_in(-60).sign();
    for token in [None, Some(expired.as_str())] {
        let path = "/notes.v1.Notes/Watch".parse().unwrap();
        let call = request("a b".to_owned(), with(token));
        let refused = client(&scene).await.server_streaming(call, path, TextCodec).await;
        assert_refused(&refused.unwrap_err());

        let path = "/notes.v1.Notes/Add".parse().unwrap();
        let refused =
            client(&scene).await.client_streaming(request(words(), with(token)), path, TextCodec).await;
        assert_refused(&refused.unwrap_err());

        let path = "/notes.v1.Notes/Chat".parse().unwrap();
        let refused = client(&scene).await.streaming(request(words(), with(token)), path, TextCodec).await;
        assert_refused(&refused.unwrap_err());
    }
}

#[track_caller]
fn assert_refused(status: &Status) {
    assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
    assert!(values(status, "www-authenticate")[0].starts_with(r#"Bearer realm="api""#));
}
