//! A request as JavaScript describes it, where one header is not enough to decide.

use std::net::{IpAddr, Ipv4Addr};

use bearward_core::Credential;
use bearward_core::request::{Connection, CredentialError, CredentialRules, Scheme, Security, Sender};
use http::{HeaderMap, HeaderName, HeaderValue};
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

/// The address of every peer that JavaScript says a framework trusts. Whom it does not trust has no address.
pub(crate) const TRUSTED_PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// All that may matter of a request.
#[napi(object)]
pub struct RequestParts {
    /// The method, in its own case.
    pub method: String,
    /// What the client asked for, before any router took its part away; a whole URL where the protocol names
    /// the authority so.
    pub target: String,
    /// Names and values by turns, as they came, each line by itself.
    pub headers: Vec<String>,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// Whether Express trusts the connection's peer.
    pub trusted: bool,
    /// The client certificate of the connection, in DER.
    pub certificate: Option<Buffer>,
    /// What follows the question mark.
    pub query: Option<String>,
    /// The token of a form body, written as a form again.
    pub form: Option<String>,
    /// This very request was let in before, and its proof was claimed for it then.
    pub admitted: bool,
}

/// The same, with its headers read.
pub(crate) struct Request<'s> {
    parts: &'s RequestParts,
    headers: HeaderMap,
}

impl<'s> Request<'s> {
    pub(crate) fn read(parts: &'s RequestParts) -> Self {
        let mut headers = HeaderMap::with_capacity(parts.headers.len() / 2);
        for line in parts.headers.chunks_exact(2) {
            let [name, value] = line else { continue };
            // HTTP/2's own `:path` and the like are no headers.
            let Ok(name) = name.parse::<HeaderName>() else { continue };
            // Node hands over Latin-1 as text. What cannot stand in a header here still counts as one that does:
            // of two, one must not vanish.
            let value = HeaderValue::try_from(value.as_str());
            headers.append(name, value.unwrap_or(HeaderValue::from_static(",")));
        }
        Self { parts, headers }
    }

    pub(crate) fn scheme(&self) -> Scheme {
        Scheme::of(&self.headers)
    }

    pub(crate) fn credential(
        &self,
        rules: CredentialRules<'_>,
    ) -> Result<Option<Credential<'_>>, CredentialError> {
        let form = self.parts.form.as_deref().map(str::as_bytes);
        let credential = Credential::extract(&self.headers, self.parts.query.as_deref(), form, rules)?;
        Ok(credential.map(|credential| credential.sent_by(self.sender())))
    }

    fn sender(&self) -> Sender<'_> {
        let RequestParts { method, target, encrypted, trusted, certificate, .. } = self.parts;
        let connection = Connection {
            security: if *encrypted { Security::Tls } else { Security::Plain },
            peer: trusted.then_some::<IpAddr>(TRUSTED_PEER),
            certificate: certificate.as_deref(),
        };
        Sender::new(method, target, &self.headers, connection)
    }
}
