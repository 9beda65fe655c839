//! The check itself: a plain function of a request.

use std::sync::Arc;

use bearward::{
    AccessToken, Authentication, CheckedRequirement, Failure, PendingAuthentication, ResourceServer, Route,
};
use http::Request;

use super::Protection;
use crate::facts::{HttpFacts, PathParameters, path_of};
use crate::form::FormCredential;

/// Decides which requests pass.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub(super) server: ResourceServer,
    pub(super) presence: Presence,
    pub(super) requirement: Option<Arc<CheckedRequirement>>,
    pub(super) path_parameters: PathParameters,
}

/// Whether a request needs a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
}

/// What is known of a request after the first look.
pub(super) enum Verdict {
    Pass(Option<AccessToken>),
    Refuse(Failure),
    /// Keys must be fetched; then ask with these path parameters.
    Wait(PendingAuthentication, Vec<(String, String)>),
}

impl Gate {
    /// Decides without waiting, and gives the request back.
    pub(super) fn check<B>(&self, mut request: Request<B>) -> (Request<B>, Verdict) {
        let mut path = Vec::new();
        if let Some(requirement) = &self.requirement {
            (request, path) = path_of(requirement, self.path_parameters, request);
        }
        let verdict = self.decide(&request, path);
        (request, verdict)
    }

    fn decide<B>(&self, request: &Request<B>, path: Vec<(String, String)>) -> Verdict {
        let form = request.extensions().get::<FormCredential>().map(|form| &form.0[..]);
        let credential = match self.server.credential(request.headers(), request.uri().query(), form) {
            Ok(Some(credential)) => credential,
            Ok(None) if self.presence == Presence::Optional => return Verdict::Pass(None),
            Ok(None) => return Verdict::Refuse(self.server.missing_credential()),
            Err(error) => return Verdict::Refuse(error.into()),
        };
        let facts = HttpFacts::new(request.headers(), request.uri(), &path);
        match self.server.try_authenticate(&credential, self.route(&facts)) {
            Authentication::Done(Ok(token)) => Verdict::Pass(Some(token)),
            Authentication::Done(Err(failure)) => Verdict::Refuse(failure),
            Authentication::Pending(pending) => Verdict::Wait(pending, path),
        }
    }

    /// Decides once the keys are there.
    pub(super) async fn wait<B>(
        &self,
        request: &Request<B>,
        pending: PendingAuthentication,
        path: Vec<(String, String)>,
    ) -> Result<AccessToken, Failure>
    where
        B: Sync,
    {
        let facts = HttpFacts::new(request.headers(), request.uri(), &path);
        pending.wait(self.route(&facts)).await
    }

    /// Marks a request that passes.
    pub(super) fn admit<B>(&self, request: &mut Request<B>, token: Option<AccessToken>) {
        let extensions = request.extensions_mut();
        extensions.insert(Protection(self.server.clone()));
        match token {
            Some(token) => {
                extensions.insert(token);
            }
            // What an outer layer let in is not this layer's word.
            None => {
                extensions.remove::<AccessToken>();
            }
        }
    }

    fn route<'r>(&'r self, facts: &'r HttpFacts<'_>) -> Route<'r> {
        match &self.requirement {
            Some(requirement) => Route::requiring(requirement, facts),
            None => Route::open(),
        }
    }
}
