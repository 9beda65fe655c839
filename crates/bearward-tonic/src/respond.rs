//! Refusals as responses with tonic's bodies.

use bearward_tower::bearward::answer::Answer;
use bearward_tower::{Failure, Respond};
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use http_body_util::Full;
use tonic::body::Body;

/// Answers refused calls as gRPC clients expect it. Requests that are not of gRPC get the answer of HTTP.
#[derive(Debug, Clone, Copy, Default)]
pub struct GrpcResponder;

impl Respond<Body> for GrpcResponder {
    fn respond(&self, _: &Failure, answer: Answer, _: &Parts) -> Response<Body> {
        let mut response = Response::new(Body::new(Full::new(Bytes::from(answer.body))));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }
}
