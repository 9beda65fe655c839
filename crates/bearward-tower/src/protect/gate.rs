//! The check itself: a plain function of a request.

use std::sync::Arc;

use bearward::answer::Refusal;
use bearward::driver::PendingAuthentication;
use bearward::engine::Route;
use bearward::request::{Credential, QueryTokens, Scheme};
use bearward::{AccessToken, ResourceServer};
use http::Request;

use super::rule::{RouteRule, Rules};
use crate::facts::{Framework, HttpFacts, PathParameters};
use crate::form::FormCredential;
use crate::protection::Protection;

/// Decides which requests pass.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub(super) server: ResourceServer,
    /// Beyond what the resource server itself accepts.
    pub(super) query: QueryTokens,
    /// What requests need, where no rules say it by their URI.
    pub(super) rule: RouteRule,
    pub(super) rules: Option<Arc<dyn Rules>>,
    pub(super) framework: Framework,
}

/// A request that passes: with its token, where it has one.
pub(super) type Admitted = (Option<AccessToken>, Caching);

/// What is decided at once, or what must be waited for.
pub(super) type AtOnce = Result<Result<Admitted, Refusal>, Box<Waiting>>;

/// A request that something must be waited for.
pub(super) struct Waiting {
    pending: PendingAuthentication,
    credential: Credential<'static>,
    rule: RouteRule,
    path: PathParameters,
}

/// What the response to a request that passes must say to caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caching {
    /// Nothing: shared caches see `Authorization`, and do not store the response (RFC 9111 §3.5).
    AsItIs,
    /// That it is for this client alone: the token is where caches do not know of it (RFC 6750 §2.3).
    Private,
}

impl Caching {
    fn of(credential: &Credential<'_>) -> Self {
        if credential.is_in_authorization() { Self::AsItIs } else { Self::Private }
    }
}

impl Gate {
    /// Decides without waiting.
    pub(super) fn check<B>(&self, request: &mut Request<B>) -> AtOnce {
        let rule = match &self.rules {
            None => &self.rule,
            Some(rules) => rules.rule(self.framework.uri_of(request)),
        };
        if matches!(rule, RouteRule::Public) {
            return Ok(Ok((None, Caching::AsItIs)));
        }
        let path = PathParameters::for_requirement(rule.requirement(), self.framework, request);
        (self.framework.note_connection)(request.extensions_mut());
        let request = &*request;
        let facts = HttpFacts::of(request, self.framework, &path);
        let route = rule.route(&facts);
        let credential = match self.credential(request) {
            Ok(Some(credential)) => credential.sent_by(facts.sender()),
            Ok(None) if matches!(rule, RouteRule::Optional(_)) => return Ok(Ok((None, Caching::AsItIs))),
            Ok(None) => return Ok(Err(self.server.missing_credential(route))),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let caching = Caching::of(&credential);
        let decided = match self.admitted_before(request, &credential) {
            Some(token) => Ok(self.authorize(token, route)),
            None => self.server.try_authenticate(&credential, route),
        };
        match decided {
            Ok(result) => Ok(result.map(|token| (Some(token), caching))),
            Err(pending) => {
                let (credential, rule) = (credential.into_owned(), rule.clone());
                Err(Box::new(Waiting { pending, credential, rule, path }))
            }
        }
    }

    /// The token that a layer of the same resource server further out has admitted for this very credential. A
    /// proof passes once, so it must not be asked for again.
    fn admitted_before<'r, B>(
        &self,
        request: &'r Request<B>,
        credential: &Credential<'_>,
    ) -> Option<&'r AccessToken> {
        let outer: &Protection = request.extensions().get()?;
        let token: &AccessToken = request.extensions().get()?;
        let same = outer.resource_server().is(&self.server)
            && token.scheme() == credential.scheme()
            && token.expose_token() == credential.expose_token();
        same.then_some(token)
    }

    fn authorize(&self, token: &AccessToken, route: Route<'_>) -> Result<AccessToken, Refusal> {
        let authorized = route.authorize(token.clone(), self.server.now().date());
        authorized.map_err(|error| self.server.refuse_token(error, token))
    }

    /// Decides once what must be waited for is there.
    pub(super) async fn wait<B: Sync>(
        &self,
        request: &Request<B>,
        waiting: Waiting,
    ) -> Result<Admitted, Refusal> {
        let Waiting { pending, credential, rule, path } = waiting;
        let facts = HttpFacts::of(request, self.framework, &path);
        let credential = credential.sent_by(facts.sender());
        let token = pending.wait(&credential, rule.route(&facts)).await?;
        Ok((Some(token), Caching::of(&credential)))
    }

    fn credential<'r, B>(&self, request: &'r Request<B>) -> Result<Option<Credential<'r>>, Refusal> {
        let form = request.extensions().get::<FormCredential>().map(|form| &form.0[..]);
        let rules = self.server.engine().credential_rules();
        let rules = match self.query {
            QueryTokens::Accept => rules.query(QueryTokens::Accept),
            QueryTokens::Ignore => rules,
        };
        let (headers, query) = (request.headers(), request.uri().query());
        Credential::extract(headers, query, form, rules)
            .map_err(|error| self.server.refuse(error, Scheme::of(headers)))
    }
}
