//! What a requirement may know of an `http` request.

use std::borrow::Cow;
use std::fmt;

use bearward::check::{CheckedRequirement, RequestFacts};
use bearward::connection::ClientConnection;
use bearward::request::{Connection, Sender};
use http::uri::Authority;
use http::{Extensions, HeaderMap, Method, Request, Uri, header};

use crate::grpc::GrpcAnswers;

/// The parameters of the path of a request: for adapters. `Debug` shows how many there are.
#[derive(Clone, PartialEq, Eq)]
pub enum PathParameters {
    /// Names and values, percent-decoded; empty if no route was matched.
    Decoded(Vec<(String, String)>),
    /// They cannot be decoded: the client is at fault, and not the route.
    Malformed,
}

impl Default for PathParameters {
    fn default() -> Self {
        Self::Decoded(Vec::new())
    }
}

impl PathParameters {
    /// Those of a request, where its requirement may ask for them.
    pub(crate) fn for_requirement<B>(
        requirement: Option<&CheckedRequirement>,
        framework: Framework,
        request: &mut Request<B>,
    ) -> Self {
        match requirement {
            Some(requirement) if requirement.asks_for_path_parameters() => {
                (framework.path_parameters)(request.extensions_mut())
            }
            _ => Self::default(),
        }
    }

    fn values(&self) -> &[(String, String)] {
        match self {
            Self::Decoded(values) => values,
            Self::Malformed => &[],
        }
    }
}

impl fmt::Debug for PathParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decoded(values) => write!(f, "Decoded({})", values.len()),
            Self::Malformed => f.write_str("Malformed"),
        }
    }
}

/// What a framework knows of a request beyond `http`: for adapters.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Framework {
    /// Reads the parameters of the matched route's path, which routers note in the extensions.
    pub path_parameters: fn(&mut Extensions) -> PathParameters,
    /// Finds the URI that the client sent, where a router has put another in its place.
    pub original_uri: fn(&Extensions) -> Option<&Uri>,
    /// Finds what is known of the connection.
    pub connection: fn(&Extensions) -> Connection<'_>,
    /// Notes in the extensions what `connection` is to find there, where nothing there can be borrowed.
    pub note_connection: fn(&mut Extensions),
    /// Which refused requests get the answer of gRPC.
    pub grpc: GrpcAnswers,
}

impl Framework {
    /// For services without routes: there are no parameters, URIs are as they came, and the server tells of the
    /// connection ([`ClientConnection`]).
    pub const NONE: Self = Self {
        path_parameters: |_| PathParameters::default(),
        original_uri: |_| None,
        connection: ClientConnection::of,
        note_connection: |_| {},
        grpc: GrpcAnswers::Unmistakable,
    };

    /// The URI that the client sent.
    pub(crate) fn uri_of<B>(self, request: &Request<B>) -> &Uri {
        (self.original_uri)(request.extensions()).unwrap_or(request.uri())
    }
}

impl Default for Framework {
    fn default() -> Self {
        Self::NONE
    }
}

/// The facts of one request.
///
/// `Debug` shows how many there are, and none: a request has its token among its headers.
pub struct HttpFacts<'r> {
    method: &'r Method,
    uri: &'r Uri,
    client_uri: &'r Uri,
    headers: &'r HeaderMap,
    extensions: &'r Extensions,
    framework: Framework,
    path: &'r PathParameters,
}

impl<'r> HttpFacts<'r> {
    /// The facts of a request with these path parameters, as this framework knows them.
    #[must_use]
    pub fn of<B>(request: &'r Request<B>, framework: Framework, path: &'r PathParameters) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            client_uri: framework.uri_of(request),
            headers: request.headers(),
            extensions: request.extensions(),
            framework,
            path,
        }
    }

    /// Who sent the request.
    pub(crate) fn sender(&self) -> Sender<'r> {
        let connection = (self.framework.connection)(self.extensions);
        Sender::at(self.method.as_str(), self.client_uri, self.headers, connection)
    }
}

impl fmt::Debug for HttpFacts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpFacts")
            .field("headers", &self.headers.len())
            .field("path_parameters", &self.path.values().len())
            .finish_non_exhaustive()
    }
}

impl RequestFacts for HttpFacts<'_> {
    fn method(&self) -> Option<&str> {
        Some(self.method.as_str())
    }

    fn path(&self) -> Option<&str> {
        Some(self.client_uri.path())
    }

    /// Nested routers can each have a parameter of this name. Which of them the handler goes by is not to be
    /// known here, so then there is none.
    fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut found = self.path.values().iter().filter(|(own, _)| own == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(Cow::Borrowed(value.as_str()))
    }

    fn path_is_malformed(&self) -> bool {
        *self.path == PathParameters::Malformed
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(Cow::Borrowed(value))
    }

    /// The authority of the request's target (HTTP/2, absolute form), else the one `Host` header.
    fn host(&self) -> Option<Cow<'_, str>> {
        if let Some(host) = self.uri.host() {
            return Some(Cow::Borrowed(host));
        }
        let authority: Authority = self.header(header::HOST.as_str())?.parse().ok()?;
        let without_userinfo = !authority.as_str().contains('@');
        without_userinfo.then(|| Cow::Owned(authority.host().to_owned()))
    }
}
