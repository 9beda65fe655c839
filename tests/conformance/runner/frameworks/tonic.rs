//! The demo's routes as methods behind tonic. `protocol.rs` says which route is which method.

use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body as AxumBody;
use bearward_tonic::bearward_tower::Respond as _;
use bearward_tonic::bearward_tower::bearward::answer::Answer;
use bearward_tonic::requirement::{acr, all_scopes, claim, max_age, organization, scope};
use bearward_tonic::{Authorization as _, Failure, GrpcLayer, GrpcResponder, ResourceServer, RuleError};
use bytes::{Buf as _, BufMut as _};
use http::request::Parts;
use http::{HeaderValue, Request as HttpRequest, Response as HttpResponse};
use serde_json::json;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{Grpc, UnaryService};
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use super::requirements::payment;
use crate::target::CODE;

/// tonic accepts 16 KiB of headers otherwise, and answers for itself where there are more.
const MAX_HEADERS: u32 = 64 * 1024;

/// Serves it on a port of this machine; the URL.
pub(crate) fn serve(api: ResourceServer) -> String {
    let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let url = format!("http://{}", incoming.local_addr().unwrap());
    let methods = Router::new().fallback(answer);
    let server = Server::builder().http2_max_header_list_size(MAX_HEADERS);
    let server = server.layer(rules(api).unwrap().respond_with(tell_code)).add_routes(Routes::from(methods));
    tokio::spawn(server.serve_with_incoming(incoming));
    url
}

fn rules(api: ResourceServer) -> Result<GrpcLayer, RuleError> {
    let both = || all_scopes(["api:read", "api:write"]);
    let organization = |logto: bool| match logto {
        true => organization().logto_permissions().is("org_1"),
        false => organization().is("org_1"),
    };
    GrpcLayer::new(api)
        .public("api/public")?
        .authenticated("api/private")?
        .require("api/private_scoped", scope("read:messages"))?
        .require("api/protected", both())?
        .require("api/protected_detailed", both())?
        .authenticated("secured/token")?
        .require("secured/scope", all_scopes(["openid", "profile"]))?
        .require("secured/claim", claim("role").equals("admin"))?
        .require("api/step_up", acr(["mfa"]).and(max_age(Duration::from_secs(300))))?
        .require("api/files", scope("files:read"))?
        .require("api/payments", payment())?
        .require("api/data_of_org_1", organization(false).and(scope("read:data")))?
        .require("api/members_of_org_1", organization(true).and(scope("read:member")))
}

fn tell_code(failure: &Failure, answer: Answer, head: &Parts) -> HttpResponse<Body> {
    let mut response = GrpcResponder.respond(failure, answer, head);
    response.headers_mut().insert(CODE, HeaderValue::from_static(failure.code()));
    response
}

/// All methods are the same to a handler: it tells what it knows of the token.
async fn answer(request: HttpRequest<AxumBody>) -> HttpResponse<Body> {
    match request.uri().path() {
        "/api/public" => Grpc::new(Text).unary(Public, request).await,
        _ => Grpc::new(Text).unary(Info, request).await,
    }
}

struct Public;

impl UnaryService<String> for Public {
    type Response = String;
    type Future = Ready<Result<Response<String>, Status>>;

    fn call(&mut self, _: Request<String>) -> Self::Future {
        ready(Ok(Response::new("hello".to_owned())))
    }
}

struct Info;

impl UnaryService<String> for Info {
    type Response = String;
    type Future = Ready<Result<Response<String>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        let token = request.access_token();
        ready(token.map(|token| Response::new(json!({ "auth": token.info() }).to_string())))
    }
}

/// Messages that are texts.
#[derive(Clone, Copy)]
struct Text;

impl Codec for Text {
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

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, item: String, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(item.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let octets = buffer.copy_to_bytes(buffer.remaining());
        String::from_utf8(octets.into()).map(Some).map_err(|_| Status::internal("no text"))
    }
}
