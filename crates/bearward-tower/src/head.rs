//! Asks a layer about the head of a request alone: for adapters of frameworks that have other types than `http` 1, or
//! another way from middleware to handler than a service within a service.
//!
//! Put the layer around [`Reached`], call it with the head, and look at the body of the response: it is a [`Passage`].
//! The headers of the response to a request that passes are those to add to the handler's response.
//!
//! ```
//! use bearward_tower::head::{Passage, Reached};
//! use bearward_tower::{AccessToken, ProtectLayer, ResourceServer};
//! use tower_layer::Layer as _;
//! use tower_service::Service as _;
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let api = ResourceServer::builder()
//!     .issuer("https://tenant.example/oidc")
//!     .audience("https://api.example.com")
//!     .build()?;
//! let gate = ProtectLayer::new(api).layer(Reached);
//!
//! let head = http::Request::get("/messages").body(())?;
//! let (decided, passage) = gate.clone().call(head).await?.into_parts();
//! match passage {
//!     Passage::Passed(noted) => println!("{:?}", noted.get::<AccessToken>()), // call the handler
//!     Passage::Refused(body) => assert_eq!(decided.status, 401), // answer with these parts and this body
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bearward::Failure;
use bearward::answer::Answer;
use http::request::Parts;
use http::{Extensions, Request, Response};
use tower_service::Service;

use crate::protect::ProtectFuture;
use crate::respond::Respond;

/// What becomes of a request: the body of what a layer around [`Reached`] answers.
#[derive(Debug)]
pub enum Passage {
    /// The response has this body, and the status and headers beside it.
    Refused(Vec<u8>),
    /// The handler may run, with this in the request's extensions: the [`Protection`](crate::Protection), and the
    /// [`AccessToken`](crate::AccessToken) where there is one.
    Passed(Box<Extensions>),
}

/// In the place of the handler: tells that the request reaches it.
#[derive(Clone, Copy, Debug)]
pub struct Reached;

/// The future of a decision.
pub type Decision = ProtectFuture<Ready<Result<Response<Passage>, Infallible>>, Passage, Infallible>;

impl Service<Request<()>> for Reached {
    type Response = Response<Passage>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Passage>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let (head, ()) = request.into_parts();
        ready(Ok(Response::new(Passage::Passed(Box::new(head.extensions)))))
    }
}

/// Nothing passes by default.
impl Default for Passage {
    fn default() -> Self {
        Self::Refused(Vec::new())
    }
}

impl From<Vec<u8>> for Passage {
    fn from(body: Vec<u8>) -> Self {
        Self::Refused(body)
    }
}

/// A responder of the application for such a layer: what it makes can only refuse.
#[derive(Debug, Clone)]
pub struct Refusing<R>(pub R);

impl<R: Respond<Vec<u8>>> Respond<Passage> for Refusing<R> {
    fn respond(&self, failure: &Failure, answer: Answer, head: &Parts) -> Response<Passage> {
        self.0.respond(failure, answer, head).map(Passage::Refused)
    }
}
