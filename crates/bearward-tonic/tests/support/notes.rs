//! The service `notes.v1.Notes`, written by hand as generated code would: no compiler of Protocol Buffers is needed.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bearward_tonic::Authorization;
use bytes::{Buf, BufMut};
use http::{Request as HttpRequest, Response as HttpResponse};
use tokio_stream::{Stream, StreamExt};
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{Grpc, NamedService};
use tonic::{Request, Response, Status, Streaming};
use tower_service::Service;

#[derive(Clone)]
pub(crate) struct Notes;

impl NamedService for Notes {
    const NAME: &'static str = "notes.v1.Notes";
}

type Texts = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

impl Service<HttpRequest<Body>> for Notes {
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = Grpc::new(TextCodec);
            Ok(match request.uri().path() {
                "/notes.v1.Notes/Watch" => grpc.server_streaming(Method(watch), request).await,
                "/notes.v1.Notes/Add" => grpc.client_streaming(Method(add), request).await,
                "/notes.v1.Notes/Chat" => grpc.streaming(Method(chat), request).await,
                "/notes.v1.Notes/Motto" => grpc.unary(Method(motto), request).await,
                "/notes.v1.Notes/Greet" => grpc.unary(Method(greet), request).await,
                "/notes.v1.Notes/List" | "/notes.v1.Notes/Delete" => grpc.unary(Method(list), request).await,
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}

/// A method that is an `async fn` of a request.
struct Method<F>(F);

impl<F, Fut, M, N> Service<Request<M>> for Method<F>
where
    F: Fn(Request<M>) -> Fut,
    Fut: Future<Output = Result<Response<N>, Status>> + Send + 'static,
{
    type Response = Response<N>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<N>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<M>) -> Self::Future {
        Box::pin((self.0)(request))
    }
}

fn subject<M>(request: &Request<M>) -> Result<String, Status> {
    Ok(request.access_token()?.subject().unwrap_or("?").to_owned())
}

async fn list(request: Request<String>) -> Result<Response<String>, Status> {
    let subject = subject(&request)?;
    Ok(Response::new(format!("{subject}: {}", request.get_ref())))
}

/// Does not look for a token.
async fn motto(request: Request<String>) -> Result<Response<String>, Status> {
    assert_eq!(request.access_token().unwrap_err().code(), tonic::Code::Unauthenticated);
    Ok(Response::new("write it down".to_owned()))
}

async fn greet(request: Request<String>) -> Result<Response<String>, Status> {
    let token = request.access_token_if_sent()?;
    Ok(Response::new(token.map_or("stranger", |_| "friend").to_owned()))
}

async fn watch(request: Request<String>) -> Result<Response<Texts>, Status> {
    let subject = subject(&request)?;
    let words: Vec<_> = request.get_ref().split(' ').map(str::to_owned).collect();
    let texts = words.into_iter().map(move |word| Ok(format!("{subject}: {word}")));
    Ok(Response::new(Box::pin(tokio_stream::iter(texts))))
}

async fn add(request: Request<Streaming<String>>) -> Result<Response<String>, Status> {
    let subject = subject(&request)?;
    let words: Vec<String> = request.into_inner().collect::<Result<_, _>>().await?;
    Ok(Response::new(format!("{subject}: {}", words.join(" "))))
}

async fn chat(request: Request<Streaming<String>>) -> Result<Response<Texts>, Status> {
    let subject = subject(&request)?;
    let texts = request.into_inner().map(move |word| Ok(format!("{subject}: {}", word?)));
    Ok(Response::new(Box::pin(texts)))
}

/// Messages that are the octets of a text.
#[derive(Clone, Copy)]
pub(crate) struct TextCodec;

impl Codec for TextCodec {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for TextCodec {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, item: String, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(item.as_bytes());
        Ok(())
    }
}

impl Decoder for TextCodec {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let octets = buffer.copy_to_bytes(buffer.remaining());
        String::from_utf8(octets.into()).map(Some).map_err(|_| Status::internal("no text"))
    }
}
