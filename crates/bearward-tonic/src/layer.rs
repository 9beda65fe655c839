//! The layer for `Server::builder().layer(..)`.

use std::sync::Arc;

use bearward_tower::requirement::Requirement;
use bearward_tower::{ProtectService, ResourceServer, RouteRule, RulesLayer};
use tower_layer::Layer;

use crate::connection::tonic;
use crate::descriptors::Described;
use crate::error::RuleError;
use crate::method::Methods;
use crate::respond::GrpcResponder;

/// Protects the services of a tonic server, each method by its rule. What has no rule is refused.
///
/// Rules go by name: `package.Service` for all methods of a service, which is its `NAME` (`tonic::server::NamedService`),
/// or `package.Service/Method`. A method's own rule goes before its service's.
#[derive(Debug, Clone)]
#[must_use]
pub struct GrpcLayer<R = GrpcResponder> {
    server: ResourceServer,
    methods: Methods,
    responder: R,
}

impl GrpcLayer {
    /// Refuses every call until there are rules. It does not know which services and methods there are, so a method whose name
    /// is misspelt in its rule has the rule of its service: [`described_by`](Self::described_by) makes that an error.
    pub fn new(server: ResourceServer) -> Self {
        Self { server, methods: Methods::default(), responder: GrpcResponder }
    }

    /// The same, with the encoded file descriptor sets of all services of the server: a rule for a service or method that they
    /// do not describe is an error. `file_descriptor_set_path` of `tonic_prost_build` writes such a set, and
    /// `tonic::include_file_descriptor_set!` reads it. Names are those of the descriptors: a server whose generated code leaves
    /// the package out of its paths cannot use them. That of health checks is `tonic_health::pb::FILE_DESCRIPTOR_SET`.
    ///
    /// # Errors
    /// [`RuleError::Descriptors`] when one of them is not a file descriptor set.
    pub fn described_by(server: ResourceServer, sets: &[&[u8]]) -> Result<Self, RuleError> {
        let methods = Methods::described(Described::by(sets)?);
        Ok(Self { server, methods, responder: GrpcResponder })
    }
}

impl<R> GrpcLayer<R> {
    /// Lets all calls of this through; a credential is not looked at. For health checks and server reflection.
    ///
    /// # Errors
    /// [`RuleError`] when this is not the name of a service or method, has a rule, is not described, or would leave a
    /// service open of which a method has another rule.
    pub fn public(self, name: &str) -> Result<Self, RuleError> {
        self.rule(name, RouteRule::Public)
    }

    /// Lets calls of this through that have no credential. One that is sent must be valid.
    ///
    /// # Errors
    /// [`RuleError`] when this is not the name of a service or method, has a rule, is not described, or would leave a
    /// service open of which a method has another rule.
    pub fn optional(self, name: &str) -> Result<Self, RuleError> {
        self.rule(name, RouteRule::Optional(None))
    }

    /// Calls of this need a valid token.
    ///
    /// # Errors
    /// [`RuleError`] when this is not the name of a service or method, has a rule, is not described, or belongs to a
    /// service that is open.
    pub fn authenticated(self, name: &str) -> Result<Self, RuleError> {
        self.rule(name, RouteRule::Token(None))
    }

    /// Calls of this need a valid token that meets a requirement.
    ///
    /// # Errors
    /// [`RuleError`] when this is not the name of a service or method, has a rule, is not described, or belongs to a
    /// service that is open, or when the requirement means nothing.
    pub fn require(self, name: &str, requirement: Requirement) -> Result<Self, RuleError> {
        let checked = requirement.check();
        let checked = checked.map_err(|error| RuleError::Requirement(name.to_owned(), error.into()))?;
        self.rule(name, RouteRule::Token(Some(Arc::new(checked))))
    }

    /// Makes the responses to refused calls.
    pub fn respond_with<Q>(self, responder: Q) -> GrpcLayer<Q> {
        GrpcLayer { server: self.server, methods: self.methods, responder }
    }

    fn rule(mut self, name: &str, rule: RouteRule) -> Result<Self, RuleError> {
        self.methods.add(name, rule)?;
        Ok(self)
    }
}

impl<S, R: Clone> Layer<S> for GrpcLayer<R> {
    type Service = ProtectService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        let rules = RulesLayer::new(self.server.clone(), self.methods.clone(), tonic());
        rules.respond_with(self.responder.clone()).layer(inner)
    }
}
