//! The check itself: a plain function of a request.

use std::borrow::Cow;
use std::sync::Arc;

use bearward::answer::{Refusal, Rejection};
use bearward::check::{CheckedRequirement, Denial};
use bearward::driver::{PendingAuthentication, request_target};
use bearward::engine::Route;
use bearward::request::{Credential, QueryTokens, Sender};
use bearward::{AccessToken, ResourceServer};
use http::{Request, Uri};

use super::rule::{RouteRule, Rules};
use crate::facts::{Framework, HttpFacts, PathParameters, path_of};
use crate::form::FormCredential;
use crate::protection::Protection;

/// Decides which requests pass.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub(super) server: ResourceServer,
    /// Beyond what the resource server itself accepts.
    pub(super) query: QueryTokens,
    pub(super) policy: Policy,
    pub(super) framework: Framework,
}

/// What requests need.
#[derive(Debug, Clone)]
pub(super) enum Policy {
    /// All the same.
    Everywhere { presence: Presence, requirement: Option<Arc<CheckedRequirement>> },
    /// Each what these rules say.
    ByRequest(Arc<dyn Rules>),
}

/// Whether a request needs a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
    /// What it has is not looked at.
    Ignored,
}

/// What one request needs.
#[derive(Clone, Copy)]
struct Needs<'g> {
    presence: Presence,
    requirement: Option<&'g CheckedRequirement>,
    verdict: Verdict,
}

/// What becomes of a request with a token that has all that is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    Deny,
}

/// A request that passes: with its token, where it has one.
pub(super) type Admitted = (Option<AccessToken>, Caching);

/// What is decided at once, or what must be waited for.
pub(super) type AtOnce = Result<Result<Admitted, Refusal>, Box<Waiting>>;

/// A request that something must be waited for.
pub(super) struct Waiting {
    pending: PendingAuthentication,
    credential: Credential<'static>,
    path: PathParameters,
}

/// What the response to a request that passes must say to caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caching {
    /// Nothing: shared caches see `Authorization`, and keep nothing of their own accord (RFC 9111 §3.5).
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
    /// Decides without waiting, and gives the request back.
    pub(super) fn check<B>(&self, mut request: Request<B>) -> (Request<B>, AtOnce) {
        let needs = self.needs(&request);
        if needs.presence == Presence::Ignored {
            return (request, Ok(Ok((None, Caching::AsItIs))));
        }
        let mut path = PathParameters::default();
        if let Some(requirement) = needs.requirement {
            (request, path) = path_of(requirement, self.framework, request);
        }
        (self.framework.note_connection)(request.extensions_mut());
        let decided = self.decide(&request, needs, path);
        (request, decided)
    }

    fn decide<B>(&self, request: &Request<B>, needs: Needs<'_>, path: PathParameters) -> AtOnce {
        let credential = match self.credential(request) {
            Ok(Some(credential)) => credential,
            Ok(None) if needs.presence == Presence::Optional => return Ok(Ok((None, Caching::AsItIs))),
            Ok(None) => {
                let facts = HttpFacts::of(request, self.framework, &path);
                return Ok(Err(self.server.missing_credential(needs.route(&facts))));
            }
            Err(refusal) => return Ok(Err(refusal)),
        };
        let caching = Caching::of(&credential);
        let facts = HttpFacts::of(request, self.framework, &path);
        if let Some(token) = self.admitted_before(request, &credential) {
            let token = self.require(token, needs, &facts);
            return Ok(token.and_then(|token| self.admit(token, needs, caching)));
        }
        let target = self.target(request);
        let credential = credential.sent_by(self.sender(request, &target));
        match self.server.try_authenticate(&credential, needs.route(&facts)) {
            Ok(result) => Ok(result.and_then(|token| self.admit(token, needs, caching))),
            Err(pending) => {
                let credential = credential.into_owned();
                Err(Box::new(Waiting { pending, credential, path }))
            }
        }
    }

    /// The token that a layer of the same resource server further out has admitted for this very credential. A
    /// proof passes once, so it must not be asked for again.
    fn admitted_before<B>(&self, request: &Request<B>, credential: &Credential<'_>) -> Option<AccessToken> {
        let outer: &Protection = request.extensions().get()?;
        let token: &AccessToken = request.extensions().get()?;
        let same = outer.resource_server().is(&self.server)
            && token.scheme() == credential.scheme()
            && token.expose_token() == credential.expose_token();
        same.then(|| token.clone())
    }

    fn require(
        &self,
        token: AccessToken,
        needs: Needs<'_>,
        facts: &HttpFacts<'_>,
    ) -> Result<AccessToken, Refusal> {
        let Some(requirement) = needs.requirement else { return Ok(token) };
        let scheme = token.scheme();
        let authorized = requirement.authorize(token, facts, self.server.now().date());
        authorized.map_err(|error| self.server.refuse(error, scheme))
    }

    /// Decides once what must be waited for is there.
    pub(super) async fn wait<B: Sync>(
        &self,
        request: &Request<B>,
        waiting: Waiting,
    ) -> Result<Admitted, Refusal> {
        let Waiting { pending, credential, path } = waiting;
        let facts = HttpFacts::of(request, self.framework, &path);
        let target = self.target(request);
        let credential = credential.sent_by(self.sender(request, &target));
        let needs = self.needs(request);
        let token = pending.wait(&credential, needs.route(&facts)).await?;
        self.admit(token, needs, Caching::of(&credential))
    }

    fn admit(&self, token: AccessToken, needs: Needs<'_>, caching: Caching) -> Result<Admitted, Refusal> {
        match needs.verdict {
            Verdict::Pass => Ok((Some(token), caching)),
            Verdict::Deny => Err(self.server.refuse(Rejection::Denied(Denial::Unmet), token.scheme())),
        }
    }

    fn credential<'r, B>(&self, request: &'r Request<B>) -> Result<Option<Credential<'r>>, Refusal> {
        let form = request.extensions().get::<FormCredential>().map(|form| &form.0[..]);
        let rules = self.server.engine().credential_rules();
        let rules = match self.query {
            QueryTokens::Accept => rules.query(QueryTokens::Accept),
            QueryTokens::Ignore => rules,
        };
        self.server.credential_by(rules, request.headers(), request.uri().query(), form)
    }

    fn needs<B>(&self, request: &Request<B>) -> Needs<'_> {
        let (presence, requirement, verdict) = match &self.policy {
            Policy::Everywhere { presence, requirement } => {
                (*presence, requirement.as_deref(), Verdict::Pass)
            }
            Policy::ByRequest(rules) => match rules.rule(self.uri(request)) {
                RouteRule::Public => (Presence::Ignored, None, Verdict::Pass),
                RouteRule::Optional => (Presence::Optional, None, Verdict::Pass),
                RouteRule::Token => (Presence::Required, None, Verdict::Pass),
                RouteRule::Requirement(requirement) => (Presence::Required, Some(requirement), Verdict::Pass),
                RouteRule::Denied => (Presence::Required, None, Verdict::Deny),
            },
        };
        Needs { presence, requirement, verdict }
    }

    /// The URI that the client sent.
    fn uri<'r, B>(&self, request: &'r Request<B>) -> &'r Uri {
        (self.framework.original_uri)(request.extensions()).unwrap_or(request.uri())
    }

    fn target<'r, B>(&self, request: &'r Request<B>) -> Cow<'r, str> {
        request_target(self.uri(request), request.headers())
    }

    fn sender<'r, B>(&self, request: &'r Request<B>, target: &'r str) -> Sender<'r> {
        let connection = (self.framework.connection)(request.extensions());
        Sender::new(request.method().as_str(), target, request.headers(), connection)
    }
}

impl<'g> Needs<'g> {
    fn route<'r>(self, facts: &'r HttpFacts<'_>) -> Route<'r>
    where
        'g: 'r,
    {
        match self.requirement {
            Some(requirement) => Route::requiring(requirement, facts),
            None => Route::open(),
        }
    }
}
