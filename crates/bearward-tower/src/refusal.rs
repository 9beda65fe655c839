//! How a refusal becomes a response. Requirements and extractors, and layers without their own responder, answer what the
//! protection further out answers.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bearward::answer::{Answer, Misconfiguration, Refusal};
use bearward::check::Panicked;
use bearward::request::Scheme;
use bearward::{AccessToken, Failure, ResourceServer};
use http::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;

use crate::grpc::{self, GrpcAnswers};
use crate::protection::Protection;
use crate::respond::Respond;

/// Answers as a [`ProtectLayer`](crate::ProtectLayer) further out does, else with Bearward's own answer; for body types
/// that can be made of bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct DefaultResponder;

impl<B: From<Vec<u8>> + 'static> Respond<B> for DefaultResponder {
    fn respond(&self, failure: &Failure, answer: Answer, head: &Parts) -> Response<B> {
        if let Some(outer) = head.extensions.get::<Protection>().and_then(Protection::responder) {
            // A responder may call this one in turn, which must not find it again.
            let mut outside = head.clone();
            outside.extensions.remove::<Protection>();
            return outer.respond(failure, answer, &outside);
        }
        let mut response = Response::new(B::from(answer.body));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }
}

/// The response to a request that is refused within its protection, as that protection answers: for extractors. The
/// refusal is logged.
pub fn refusal<B>(failure: Failure, head: &Parts) -> Response<B>
where
    B: Default + From<Vec<u8>> + 'static,
{
    refuse_within(&DefaultResponder, failure, "", head)
}

/// The same with a responder of the layer's own, and the scopes that a client without a token should ask for.
pub(crate) fn refuse_within<B: Default>(
    responder: &impl Respond<B>,
    failure: Failure,
    scopes: &str,
    head: &Parts,
) -> Response<B> {
    let protection: Option<&Protection> = head.extensions.get();
    let server = protection.map(Protection::resource_server);
    let grpc = protection.map(|protection| protection.framework().grpc).unwrap_or_default();
    let refusal = match (server, head.extensions.get::<AccessToken>()) {
        (Some(server), Some(token)) => server.refuse_token(failure, token),
        (Some(server), None) => server.refuse(failure, Scheme::Bearer),
        (None, _) => {
            bearward::driver::log_failure(&failure);
            Refusal::without_server(failure)
        }
    };
    refuse(responder, server, refusal.asking_for(scopes), head, grpc)
}

/// The response to a failure, with the failure in its extensions for outer layers to see. `server` is the one that
/// refuses, where there is one.
pub(crate) fn refuse<B: Default>(
    responder: &impl Respond<B>,
    server: Option<&ResourceServer>,
    refusal: Refusal,
    head: &Parts,
    grpc: GrpcAnswers,
) -> Response<B> {
    let answer = refusal.answer();
    let failure = refusal.into_failure();
    let answer = grpc::translate(answer, &failure, head, grpc);
    let (status, headers) = (answer.status, answer.headers.clone());
    // The responder gets nothing of ours that it could leave half done.
    let response = catch_unwind(AssertUnwindSafe(|| responder.respond(&failure, answer, head)));
    let mut response = response.unwrap_or_else(|_| {
        let panicked = Misconfiguration::Panicked(Panicked("the responder")).into();
        match server {
            Some(server) => server.log_failure(&panicked),
            None => bearward::driver::log_failure(&panicked),
        }
        let mut response = Response::new(B::default());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response.headers_mut().remove(CONTENT_TYPE);
        response.headers_mut().remove(CONTENT_LENGTH);
        response
    });
    response.extensions_mut().insert(failure);
    response
}
