//! How the requests of a case are sent: as HTTP/1.1, or as calls of gRPC.
//!
//! A case is written for HTTP. As a call, it is `POST` by HTTP/2 with an empty message, and everything else that the
//! case describes stays as it is. A route is a method of a service: its path is that of the route where the name of a
//! method can be so written.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TE};
use reqwest::{Client, ClientBuilder};
use serde_json::Value;

use crate::suite::{Peer, Request};

/// Nobody but the proxy is at 127.0.0.1; everybody else is at this address of the same machine.
const ANYONE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// An empty message: not compressed, of no octets.
pub(crate) const EMPTY_MESSAGE: [u8; 5] = [0; 5];

pub(crate) const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http,
    Grpc,
}

/// One client for each address and protocol, so that connections are used again.
struct Clients {
    proxy: Client,
    stranger: Client,
}

impl Clients {
    fn of(builder: fn() -> ClientBuilder) -> Self {
        let stranger = builder().local_address(ANYONE);
        Self { proxy: builder().build().unwrap(), stranger: stranger.build().unwrap() }
    }
}

static HTTP: LazyLock<Clients> = LazyLock::new(|| Clients::of(Client::builder));
static HTTP_2: LazyLock<Clients> =
    LazyLock::new(|| Clients::of(|| Client::builder().http2_prior_knowledge()));

impl Protocol {
    pub(crate) fn client(self, from: Peer) -> &'static Client {
        let clients = match self {
            Self::Http => &HTTP,
            Self::Grpc => &HTTP_2,
        };
        match from {
            Peer::Proxy => &clients.proxy,
            Peer::Anyone => &clients.stranger,
        }
    }

    /// Whether it has such requests; the error says what it has not.
    pub(crate) fn has(self, request: &Request) -> Result<(), String> {
        match self {
            Self::Http => Ok(()),
            Self::Grpc if request.method.as_deref().is_some_and(|method| method != "POST") => {
                Err("every call of gRPC is POST".to_owned())
            }
            Self::Grpc if request.body.is_some() => Err("the body of a call is its messages".to_owned()),
            Self::Grpc => request.path.as_deref().map_or(Ok(()), |path| {
                path_of_method(path).map(drop).ok_or_else(|| format!("no gRPC method stands for {path}"))
            }),
        }
    }

    /// The method of a request, if the protocol [has](Self::has) it.
    pub(crate) fn method(self, request: &Request) -> &str {
        let usual = match self {
            Self::Http => "GET",
            Self::Grpc => "POST",
        };
        request.method.as_deref().unwrap_or(usual)
    }

    /// Where a route is, if the protocol [has](Self::has) it.
    pub(crate) fn path(self, route: &str) -> &str {
        match self {
            Self::Http => route,
            Self::Grpc => path_of_method(route).unwrap_or(route),
        }
    }

    /// The `htm` of a proof that a case writes: a wrong one must be wrong here too, so that for calls of gRPC `GET` and
    /// `POST` change places.
    pub(crate) fn htm(self, written: Value) -> Value {
        match (self, written) {
            (Self::Grpc, Value::String(text)) => {
                let pairs = [("GET", "POST"), ("get", "post"), ("POST", "GET")];
                let found = pairs.iter().find(|(written, _)| text.contains(written));
                found.map_or_else(|| text.clone(), |(written, sent)| text.replace(written, sent)).into()
            }
            (_, written) => written,
        }
    }

    /// What a request has besides what its case says.
    pub(crate) fn own_headers(self) -> HeaderMap {
        let own: &[(HeaderName, HeaderValue)] = match self {
            Self::Http => &[],
            Self::Grpc => &[(CONTENT_TYPE, GRPC), (TE, HeaderValue::from_static("trailers"))],
        };
        own.iter().cloned().collect()
    }
}

/// A name of a method is made of letters, digits and underscores, and has no parameters in it: each organization that
/// the server knows is a method.
fn path_of_method(route: &str) -> Option<&str> {
    match route {
        "/api/public" | "/api/private" | "/api/protected" | "/secured/token" | "/secured/scope"
        | "/secured/claim" | "/api/files" | "/api/payments" => Some(route),
        "/api/private-scoped" => Some("/api/private_scoped"),
        "/api/protected/detailed" => Some("/api/protected_detailed"),
        "/api/step-up" => Some("/api/step_up"),
        "/api/organizations/org_1/data" => Some("/api/data_of_org_1"),
        "/api/organizations/org_1/members" => Some("/api/members_of_org_1"),
        _ => None,
    }
}
