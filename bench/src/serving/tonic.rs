//! tonic: one unary method behind the path of the protected route, whose message is the answer's JSON.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use anyhow::{Context as _, Result};
use axum::body::Bytes;
use axum::http;
use bytes::{Buf as _, BufMut as _};
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::server::Router;
use tonic::{Request, Response, Status};
use tower_service::Service;

use super::{PROTECTED, READY_CALL, answer};

/// Whether the handler of a method has what it needs.
pub(crate) type Admit = fn(&Request<Bytes>) -> Result<(), Status>;

/// The service `api`, with the methods `messages` and `ready`, as generated code has it.
#[derive(Clone)]
pub(crate) struct Api {
    admit: Admit,
}

impl Api {
    pub(crate) fn new(admit: Admit) -> Self {
        Self { admit }
    }
}

impl NamedService for Api {
    const NAME: &'static str = "api";
}

impl Service<http::Request<Body>> for Api {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let admit = self.admit;
        Box::pin(async move {
            Ok(match request.uri().path() {
                PROTECTED => Grpc::new(Octets).unary(Messages(admit), request).await,
                READY_CALL => Grpc::new(Octets).unary(Messages(|_| Ok(())), request).await,
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

struct Messages(Admit);

impl UnaryService<Bytes> for Messages {
    type Response = Bytes;
    type Future = Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let json = || serde_json::to_vec(&answer()).map_err(|error| Status::internal(error.to_string()));
        let answered = (self.0)(&request).and_then(|()| json());
        ready(answered.map(|json| Response::new(Bytes::from(json))))
    }
}

/// Serves it on loopback.
pub(crate) async fn listen<L>(port: u16, router: Router<L>) -> Result<()>
where
    L: tower_layer::Layer<tonic::service::Routes> + Clone,
    L::Service: Service<http::Request<Body>, Response = http::Response<Body>> + Clone + Send + 'static,
    <L::Service as Service<http::Request<Body>>>::Future: Send,
    <L::Service as Service<http::Request<Body>>>::Error:
        Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    router.serve(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.context("tonic stopped")
}

/// Messages that are octets.
#[derive(Clone, Copy)]
struct Octets;

impl Codec for Octets {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Octets {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Octets {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
