//! The protection of a service whose requests differ in what they need.

use std::sync::Arc;

use bearward::ResourceServer;
use bearward::request::QueryTokens;
use tower_layer::Layer;

use super::ProtectService;
use super::gate::Gate;
use super::rule::{RouteRule, Rules};
use crate::facts::Framework;
use crate::refusal::DefaultResponder;

/// Protects a service by the [`Rules`](crate::Rules) of an adapter.
#[derive(Debug, Clone)]
#[must_use]
pub struct RulesLayer<R = DefaultResponder> {
    gate: Gate,
    responder: R,
}

impl RulesLayer {
    /// Requests must meet the rule that is theirs.
    pub fn new(server: ResourceServer, rules: impl Rules + 'static, framework: Framework) -> Self {
        let (rule, rules): (_, Option<Arc<dyn Rules>>) = (RouteRule::Denied, Some(Arc::new(rules)));
        let gate = Gate { server, query: QueryTokens::Ignore, rule, rules, framework };
        Self { gate, responder: DefaultResponder }
    }
}

impl<R> RulesLayer<R> {
    /// Makes the responses to refused requests, also to those that a requirement further in refuses.
    pub fn respond_with<Q>(self, responder: Q) -> RulesLayer<Q> {
        RulesLayer { gate: self.gate, responder }
    }
}

impl<S, R: Clone> Layer<S> for RulesLayer<R> {
    type Service = ProtectService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        ProtectService::new(inner, self.gate.clone(), self.responder.clone())
    }
}
