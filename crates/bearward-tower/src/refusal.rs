//! What requirements and extractors answer, and layers without a responder of their own: what the protection further out
//! answers.

use bearward::{Answer, ChallengePolicy, Failure};
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
            return outer.respond(failure, answer, head);
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
    refuse_within(&DefaultResponder, failure, head)
}

/// The same with a responder of the layer's own.
pub(crate) fn refuse_within<B: Default>(
    responder: &impl Respond<B>,
    failure: Failure,
    head: &Parts,
) -> Response<B> {
    let server = head.extensions.get().map(Protection::resource_server);
    let answer = match server {
        Some(server) => {
            server.log_failure(&failure);
            server.answer_to(&failure, &head.headers)
        }
        None => {
            bearward::log_failure(&failure);
            ChallengePolicy::default().answer(&failure)
        }
    };
    refuse(responder, server, failure, answer, head)
}
