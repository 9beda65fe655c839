//! gRPC-Web, with the protection inside and outside of `tonic_web`'s layer.

use bearward_tonic::ResourceServer;
use http_body_util::BodyExt;
use tonic::Code;
use tonic::body::Body;
use tonic::transport::{Channel, Server};
use tonic_web::{GrpcWebCall, GrpcWebClientLayer, GrpcWebLayer};
use tower::ServiceBuilder;
use tower_layer::Layer;
use tower_service::Service;

use crate::support::{AUDIENCE, LIST, Notes, Scene, TextCodec, bearer, listen, request, rules};

#[tokio::test]
async fn the_web_client_of_tonic_gets_in_and_is_told_why_not() {
    let scene = Scene::new().await;
    let api = ResourceServer::builder().issuer(scene.issuer.url()).audience(AUDIENCE).build().unwrap();
    let token = bearer(&scene.mint().sign());
    let mut addresses = Vec::new();
    let (incoming, address) = listen().await;
    let mut inside =
        Server::builder().accept_http1(true).layer(GrpcWebLayer::new()).layer(rules(api.clone()));
    tokio::spawn(inside.add_service(Notes).serve_with_incoming(incoming));
    addresses.push(("inside", address));
    let (incoming, address) = listen().await;
    let mut outside = Server::builder().accept_http1(true).layer(rules(api)).layer(GrpcWebLayer::new());
    tokio::spawn(outside.add_service(Notes).serve_with_incoming(incoming));
    addresses.push(("outside", address));

    for (place, address) in addresses {
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        let web = ServiceBuilder::new().layer(GrpcWebClientLayer::new());
        let web =
            web.map_request(|call: http::Request<GrpcWebCall<Body>>| call.map(Body::new)).service(channel);
        let mut client = tonic::client::Grpc::new(web);
        client.ready().await.unwrap();
        let call = request("hello".to_owned(), [("authorization", token.clone())]);
        let answer = client.unary(call, LIST.parse().unwrap(), TextCodec).await.unwrap();
        assert_eq!(answer.into_inner(), "test-client: hello", "{place}");
        client.ready().await.unwrap();
        let refused = client.unary(request("hello".to_owned(), None), LIST.parse().unwrap(), TextCodec).await;
        let status = refused.map(|answer: tonic::Response<String>| answer.into_inner()).unwrap_err();
        assert_eq!(
            (status.code(), status.message()),
            (Code::Unauthenticated, "no access token was presented"),
            "{place}"
        );
    }
}

#[tokio::test]
async fn a_page_finds_the_status_in_headers_and_in_the_trailers_frame() {
    let api = ResourceServer::builder().issuer("https://a.example").audience(AUDIENCE).build().unwrap();
    let mut service = rules(api).layer(Notes);
    let request = http::Request::post(LIST).header("content-type", "application/grpc-web+proto");
    let response = service.call(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["grpc-status"]),
        (200, &"16".parse().unwrap())
    );
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body[0], 0x80);
    assert!(std::str::from_utf8(&body[5..]).unwrap().contains("grpc-status: 16\r\n"));
}
