//! Where a request was sent to, in the client's words: the URL that its proof must name.
//!
//! 1. A configured public origin is the answer, for any request.
//! 2. Else, on a request from a trusted proxy, each part comes from the header that is named for it
//!    ([`ProxyHeaders`]); a part for which none is named, from rule 3.
//! 3. Else the connection: `https` if it is encrypted, and the authority of an absolute request target, which is
//!    how HTTP/2 names it and which is stronger than `Host` (RFC 9112 §3.2.2); else the one `Host` header.
//! 4. Where any of them cannot be understood, or a header that is named is missing, there is no answer, and no
//!    proof can match.
//! 5. The path is the request target's. A proxy that rewrites paths needs a public origin with the path that it
//!    takes away. One with dot segments, encoded or not, has no answer: whoever routes the request may read it as
//!    it stands.
//!
//! Does not check: that `Host` names this server. An attacker that received a proof for another server can send it here
//! with that server's `Host`; the public origin is what stops it, as does a server that refuses foreign hosts.

use std::fmt;

use http::header::HOST;

use crate::request::connection::Sender;
use crate::request::forwarded::{self, Said, single};
use crate::request::proxies::TrustedProxies;
use crate::request::proxy_headers::ProxyHeaders;
use crate::request::url::TargetUrl;
use crate::request::url::{Authority, Path, Scheme, split};
use crate::wire::redacted::RedactedUrl;

/// What the URLs of this server begin with for its clients: `https://api.example.com`, or with a path,
/// `https://example.com/api`, where a proxy takes that away from the paths of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicOrigin(TargetUrl);

/// A text is not an origin that the URLs of requests can begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OriginError {
    /// The text that was given.
    pub origin: RedactedUrl,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.origin, self.why)
    }
}

impl std::error::Error for OriginError {}

/// How the URL of a request is found.
#[derive(Debug, Clone, Default)]
pub(crate) struct OriginPolicy {
    pub(crate) public_origin: Option<PublicOrigin>,
    pub(crate) proxies: TrustedProxies,
    pub(crate) headers: ProxyHeaders,
}

impl PublicOrigin {
    /// Reads an `http` or `https` URL without query, fragment and credentials.
    ///
    /// # Errors
    /// [`OriginError`] with the reason.
    pub(crate) fn parse(origin: &str) -> Result<Self, OriginError> {
        let refused = |why| OriginError { origin: RedactedUrl::of(origin), why };
        let (scheme, authority, path) = split(origin)
            .ok_or_else(|| refused("must be an absolute URL such as https://api.example.com"))?;
        if origin.contains(['?', '#']) || authority.contains('@') {
            return Err(refused("must not have a query, a fragment or credentials"));
        }
        let authority = Authority::parse(authority).ok_or_else(|| {
            refused("needs a host (in ASCII; IPv6 addresses in brackets) and a port up to 65535")
        })?;
        let path =
            Path::parse(path).ok_or_else(|| refused("the path has characters that no path may have"))?;
        Ok(Self(TargetUrl::of(scheme, &authority, &path)))
    }

    /// Whether it is an origin and no more.
    pub(crate) fn has_no_path(&self) -> bool {
        self.0.has_no_path()
    }

    /// The origin, normalised.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }
}

impl OriginPolicy {
    /// The URL that the client used, or `None` where that cannot be told.
    pub(crate) fn target_url(&self, sender: &Sender<'_>) -> Option<TargetUrl> {
        let (named, path) = request_target(&sender.target())?;
        if let Some(PublicOrigin(origin)) = &self.public_origin {
            return Some(origin.join(&path));
        }
        let connection = sender.connection();
        let said = if self.proxies.contain_peer(connection.peer) {
            forwarded::read(&self.headers, sender.headers()).ok()?
        } else {
            Said::default()
        };
        let scheme = said.scheme.unwrap_or_else(|| Scheme::from(connection.security));
        let authority = match said.authority.or(named) {
            Some(authority) => authority,
            None => Authority::parse(single(sender.headers(), &HOST).ok()??)?,
        };
        Some(TargetUrl::of(scheme, &authority, &path))
    }
}

/// The authority that a request target names, if any, and its path. `*` and `host:port` have none
/// (RFC 9112 §3.2).
fn request_target(target: &str) -> Option<(Option<Authority>, Path)> {
    let target = target.split('?').next().unwrap_or_default();
    if target.starts_with('/') {
        return Some((None, Path::of_request(target)?));
    }
    let (_, authority, path) = split(target)?;
    Some((Some(Authority::parse(authority)?), Path::of_request(path)?))
}

#[cfg(test)]
mod tests;
