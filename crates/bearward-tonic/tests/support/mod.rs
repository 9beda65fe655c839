//! A server with a service of all four kinds of methods, whose messages are texts, and a client for it.

mod notes;

use std::net::SocketAddr;

use bearward_issuer::{Algorithm, Issuer, RunningIssuer, TokenBuilder};
use bearward_tonic::requirement::scope;
use bearward_tonic::{GrpcLayer, ResourceServer, ResourceServerBuilder};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status};

pub(crate) use self::notes::{Notes, TextCodec};

pub(crate) const AUDIENCE: &str = "https://api.example.com";
pub(crate) const LIST: &str = "/notes.v1.Notes/List";

pub(crate) struct Scene {
    pub(crate) issuer: RunningIssuer,
    pub(crate) address: SocketAddr,
}

/// What most tests serve: two public methods, one of them optional, and others that need a token or a scope.
pub(crate) fn rules(api: ResourceServer) -> GrpcLayer {
    let layer = GrpcLayer::new(api).authenticated("notes.v1.Notes").unwrap();
    let layer = layer.public("notes.v1.Notes/Motto").unwrap().optional("notes.v1.Notes/Greet").unwrap();
    layer.require("notes.v1.Notes/Delete", scope("notes:delete")).unwrap()
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder, rules).await
    }

    pub(crate) async fn with(
        configure: impl FnOnce(ResourceServerBuilder) -> ResourceServerBuilder,
        protect: impl FnOnce(ResourceServer) -> GrpcLayer,
    ) -> Self {
        let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
        let builder = ResourceServer::builder().issuer(issuer.url()).audience(AUDIENCE);
        let layer = protect(configure(builder).build().unwrap());
        let (incoming, address) = listen().await;
        let server = Server::builder().layer(layer).add_service(Notes);
        tokio::spawn(server.serve_with_incoming(incoming));
        Self { issuer, address }
    }

    pub(crate) fn mint(&self) -> TokenBuilder {
        self.issuer.mint().audience(AUDIENCE)
    }

    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }

    /// A unary call with this as `authorization`.
    pub(crate) async fn call(&self, path: &str, authorization: Option<&str>) -> Result<String, Status> {
        self.call_with(path, authorization.map(|value| ("authorization", value.to_owned()))).await
    }

    pub(crate) async fn call_with(
        &self,
        path: &str,
        metadata: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<String, Status> {
        unary(self.channel().await, path, metadata).await.map(Response::into_inner)
    }
}

pub(crate) async fn unary(
    channel: Channel,
    path: &str,
    metadata: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<Response<String>, Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    client.unary(request("hello".to_owned(), metadata), path.parse().unwrap(), TextCodec).await
}

pub(crate) fn request<M>(
    message: M,
    metadata: impl IntoIterator<Item = (&'static str, String)>,
) -> Request<M> {
    let mut request = Request::new(message);
    for (name, value) in metadata {
        request.metadata_mut().append(name, value.parse().unwrap());
    }
    request
}

pub(crate) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

pub(crate) async fn listen() -> (TcpListenerStream, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (TcpListenerStream::new(listener), address)
}

/// The values of a name in a status' metadata.
pub(crate) fn values<'s>(status: &'s Status, name: &str) -> Vec<&'s str> {
    status.metadata().get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
}
