//! What requirements and extractors answer, and layers without a responder of their own: what the protection further out
//! answers.

use bearward::answer::{Answer, Refusal};
use bearward::request::Scheme;
use bearward::{AccessToken, Failure};
use http::Response;
use http::request::Parts;

use crate::protection::Protection;
use crate::respond::{Respond, refuse};

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
