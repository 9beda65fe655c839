//! What a protected request tells the layers and extractors further in.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bearward::memory::PerThreadArc;
use bearward::{AccessToken, ResourceServer};
use http::Request;

use crate::facts::Framework;
use crate::respond::Respond;

/// In the extensions of each request that a [`ProtectLayer`](crate::ProtectLayer) let through: the resource server that
/// protects it, how its framework reads requests, and who makes the responses to refused ones. A requirement or an
/// extractor further in goes by it.
#[derive(Clone)]
pub struct Protection(PerThreadArc<Settings>);

struct Settings {
    server: ResourceServer,
    framework: Framework,
    /// A [`Responder`] of the service's body.
    responder: Option<Arc<dyn Any + Send + Sync>>,
}

/// A responder of some type for bodies of this type.
type Responder<B> = Box<dyn Respond<B> + Send + Sync>;

impl Protection {
    pub(crate) fn new(server: ResourceServer, framework: Framework) -> Self {
        Self(PerThreadArc::new(Settings { server, framework, responder: None }))
    }

    /// The same, with its own responder.
    pub(crate) fn responding<B: 'static>(self, responder: impl Respond<B> + Send + Sync + 'static) -> Self {
        let responder: Responder<B> = Box::new(responder);
        self.with_responder(Arc::new(responder))
    }

    /// Marks a request that passes: notes the protection and the token in its extensions.
    pub(crate) fn admit<B>(&self, request: &mut Request<B>, token: Option<AccessToken>) {
        let extensions = request.extensions_mut();
        let outer = extensions.get::<Self>().and_then(|outer| outer.0.responder.as_ref());
        let protection = match (&self.0.responder, outer) {
            // Without its own responder it has that of the outer protection.
            (None, Some(responder)) => self.with_responder(Arc::clone(responder)),
            _ => self.clone(),
        };
        extensions.insert(protection);
        match token {
            Some(token) => {
                extensions.insert(token);
            }
            // The token that an outer layer let in is not one that this layer has seen.
            None => {
                extensions.remove::<AccessToken>();
            }
        }
    }

    fn with_responder(&self, responder: Arc<dyn Any + Send + Sync>) -> Self {
        let Settings { server, framework, .. } = &*self.0;
        let settings = Settings { server: server.clone(), framework: *framework, responder: Some(responder) };
        Self(PerThreadArc::new(settings))
    }

    /// The resource server.
    #[must_use]
    pub fn resource_server(&self) -> &ResourceServer {
        &self.0.server
    }

    pub(crate) fn framework(&self) -> Framework {
        self.0.framework
    }

    /// The responder for bodies of this type; `None` if there is no responder, or for bodies of another type.
    pub(crate) fn responder<B: 'static>(&self) -> Option<&(dyn Respond<B> + Send + Sync)> {
        self.0.responder.as_ref()?.downcast_ref::<Responder<B>>().map(|responder| &**responder)
    }
}

impl fmt::Debug for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protection").field("resource_server", &self.0.server).finish_non_exhaustive()
    }
}
