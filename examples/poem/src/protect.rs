//! A middleware of Poem that asks a layer of `bearward-tower`. Poem's `tower-compat` cannot take the layer itself: it has
//! layers see `poem::Request`.

use std::collections::HashMap;

use bearward_tower::bearward::connection::ClientConnection;
use bearward_tower::head::{Passage, Reached};
use bearward_tower::requirement::Requirement;
use bearward_tower::{
    ConfigError, DefaultResponder, Framework, PathParameters, ProtectLayer, ProtectService, ResourceServer,
};
use http::header::CACHE_CONTROL;
use poem::{Endpoint, Middleware, Request, Response, ResponseParts, Result};
use tower_layer::Layer;
use tower_service::Service;

/// Lets through what its layer lets through.
#[derive(Debug, Clone)]
pub struct Protect(ProtectLayer);

impl Protect {
    /// Requests need a valid token.
    #[must_use]
    pub fn new(api: &ResourceServer) -> Self {
        let mut poem = Framework::NONE;
        poem.path_parameters = |extensions| extensions.remove().unwrap_or_default();
        Self(ProtectLayer::new(api.clone()).framework(poem))
    }

    /// Requests may come without any credential; one that is sent must be valid.
    #[must_use]
    pub fn optional(api: &ResourceServer) -> Self {
        Self(Self::new(api).0.optional())
    }

    /// Requests need a valid token that meets a requirement.
    ///
    /// # Errors
    /// When the requirement means nothing.
    pub fn requiring(
        api: &ResourceServer,
        requirement: Requirement,
    ) -> std::result::Result<Self, ConfigError> {
        Ok(Self(Self::new(api).0.requirement(requirement)?))
    }
}

impl<E: Endpoint> Middleware<E> for Protect {
    type Output = Protected<E>;

    fn transform(&self, endpoint: E) -> Protected<E> {
        Protected { gate: self.0.layer(Reached), endpoint }
    }
}

/// An endpoint behind a [`Protect`].
pub struct Protected<E> {
    gate: ProtectService<Reached, DefaultResponder>,
    endpoint: E,
}

impl<E: Endpoint> Endpoint for Protected<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let decided = match self.gate.clone().call(head_of(&request)).await {
            Ok(decided) => decided,
            Err(never) => match never {},
        };
        let (parts, passage) = decided.into_parts();
        match passage {
            Passage::Passed(noted) => {
                // A token that a middleware further out let in is not one that this one has seen.
                request.extensions_mut().remove::<bearward_tower::AccessToken>();
                request.extensions_mut().extend(*noted);
                // Errors of handlers are responses here, so that they get the headers, too.
                let mut response = self.endpoint.get_response(request).await;
                for (name, value) in parts.headers.iter() {
                    // What the handler says of caches is its own to say.
                    if name != CACHE_CONTROL || !response.headers().contains_key(CACHE_CONTROL) {
                        response.headers_mut().insert(name.clone(), value.clone());
                    }
                }
                Ok(response)
            }
            Passage::Refused(body) => {
                let http::response::Parts { status, version, headers, extensions, .. } = parts;
                let parts = ResponseParts { status, version, headers, extensions };
                Ok(Response::from_parts(parts, body.into()))
            }
        }
    }
}

/// The head, with the URI before nested routers, and what Poem knows beyond it.
fn head_of(request: &Request) -> http::Request<()> {
    let mut head = http::Request::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.original_uri().clone();
    *head.version_mut() = request.version();
    *head.headers_mut() = request.headers().clone();
    *head.extensions_mut() = request.extensions().clone();
    // Poem has decoded them and left out those that are not UTF-8 then: a requirement that asks for such a one refuses.
    let parameters: HashMap<String, String> = request.path_params().unwrap_or_default();
    head.extensions_mut().insert(PathParameters::Decoded(parameters.into_iter().collect()));
    // What the server itself has put there tells more, the client's certificate for instance.
    if head.extensions().get::<ClientConnection>().is_none()
        && let Some(peer) = request.remote_addr().as_socket_addr()
    {
        let is_encrypted = request.scheme() == &http::uri::Scheme::HTTPS;
        let connection = if is_encrypted { ClientConnection::tls } else { ClientConnection::plain };
        head.extensions_mut().insert(connection(*peer));
    }
    head
}
