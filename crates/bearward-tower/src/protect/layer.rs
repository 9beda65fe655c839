//! The settings of the protection of some routes.

use std::sync::Arc;

use bearward::request::{PlaceError, QueryTokens};
use bearward::requirement::Requirement;
use bearward::{ConfigError, ResourceServer};
use tower_layer::Layer;

use super::ProtectService;
use super::gate::Gate;
use super::rule::RouteRule;
use crate::facts::Framework;
use crate::grpc::GrpcAnswers;
use crate::refusal::DefaultResponder;

/// Protects a service: requests need a valid token.
#[derive(Debug, Clone)]
#[must_use]
pub struct ProtectLayer<R = DefaultResponder> {
    gate: Gate,
    responder: R,
}

impl ProtectLayer {
    /// Requests need a valid token that this resource server accepts.
    pub fn new(server: ResourceServer) -> Self {
        let gate = Gate {
            server,
            query: QueryTokens::Ignore,
            rule: RouteRule::Token(None),
            rules: None,
            framework: Framework::NONE,
        };
        Self { gate, responder: DefaultResponder }
    }
}

impl<R> ProtectLayer<R> {
    /// Lets requests without any credential through, without a token. One that is sent must be valid.
    pub fn optional(mut self) -> Self {
        if let RouteRule::Token(requirement) = self.gate.rule {
            self.gate.rule = RouteRule::Optional(requirement);
        }
        self
    }

    /// Requires this of the token too, besides what was required before; with [`optional`](Self::optional), of a token that is sent.
    ///
    /// # Errors
    /// [`ConfigError`] when the requirement means nothing.
    pub fn requirement(mut self, requirement: Requirement) -> Result<Self, ConfigError> {
        let requirement = match self.gate.rule.requirement() {
            Some(earlier) => earlier.as_requirement().clone().and(requirement),
            None => requirement,
        };
        let requirement = Some(Arc::new(requirement.check()?));
        self.gate.rule = match self.gate.rule {
            RouteRule::Optional(_) => RouteRule::Optional(requirement),
            RouteRule::Public | RouteRule::Token(_) => RouteRule::Token(requirement),
            RouteRule::Denied => RouteRule::Denied,
        };
        Ok(self)
    }

    /// Accepts tokens in the query (`?access_token=`, RFC 6750 §2.3) behind this layer alone, besides those in
    /// `Authorization`: they end up in logs, histories and `Referer` headers. For routes whose clients can send
    /// nothing else, a link to a download for instance; a layer further out must not ask for a token before.
    ///
    /// # Errors
    /// [`PlaceError::TWO_PLACES`] when the resource server has its tokens in another place.
    pub fn dangerously_allow_query_tokens(mut self) -> Result<Self, ConfigError> {
        if !self.gate.server.engine().credential_rules().place.is_authorization() {
            return Err(PlaceError::TWO_PLACES.into());
        }
        self.gate.query = QueryTokens::Accept;
        Ok(self)
    }

    /// Reads requests in this framework's way: for adapters.
    pub fn framework(mut self, framework: Framework) -> Self {
        self.gate.framework = framework;
        self
    }

    /// Says which refused requests get the answer of gRPC: by default those that only a gRPC client sends. A service that
    /// a proxy asks whether a request may pass says [`GrpcAnswers::Never`], for the answer of gRPC has the HTTP status 200.
    pub fn grpc_answers(mut self, answers: GrpcAnswers) -> Self {
        self.gate.framework.grpc = answers;
        self
    }

    /// Makes the responses to refused requests, also to those that a requirement or an extractor further in refuses.
    pub fn respond_with<Q>(self, responder: Q) -> ProtectLayer<Q> {
        ProtectLayer { gate: self.gate, responder }
    }
}

impl<S, R: Clone> Layer<S> for ProtectLayer<R> {
    type Service = ProtectService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        ProtectService::new(inner, self.gate.clone(), self.responder.clone())
    }
}
