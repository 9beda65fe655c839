//! Protected resource metadata (RFC 9728): the document by which clients find out who gives tokens for an API.
//!
//! 1. A resource identifier is an `https` URL without fragment (§1.2); plain `http` serves on this machine.
//! 2. The document is at the URL with `/.well-known/oauth-protected-resource` between the identifier's host and its
//!    path (§3.1).
//! 3. What the rest of the configuration says is taken from there: the authorization servers, the algorithms of
//!    DPoP proofs, whether DPoP is required.
//! 4. Members without elements are left out (§3.2).
//! 5. A client believes the document only if its `resource` is the very identifier that it looked for (§3.3), so
//!    the identifier is written exactly as it was given.
//!
//! Does not check: that tokens are made for this resource. That is what audiences are for.

mod document;
mod identifier;

use crate::trust::url::UrlError;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::check::confirmation::DpopPolicy;
use crate::request::credential::{QueryTokens, TokenPlace};
use crate::request::proxy_headers::ProxyHeaders;
use crate::token::algorithm::AlgorithmSet;
use crate::wire::redacted::RedactedUrl;

/// What an operator says of a protected resource.
///
/// ```
/// use bearward_core::answer::ProtectedResource;
///
/// let resource = ProtectedResource::new("https://api.example.com/mcp")
///     .scopes(["notes:read", "notes:write"])
///     .name("Notes")
///     .documentation("https://docs.example.com/notes");
/// ```
#[derive(Clone, PartialEq)]
#[must_use]
pub struct ProtectedResource {
    identifier: String,
    authorization_servers: Vec<String>,
    scopes: Vec<String>,
    name: Option<String>,
    documentation: Option<String>,
    certificates: CertificateSupport,
    forms: FormTokens,
    root: RootDocument,
    members: BTreeMap<String, Value>,
}

/// What the other settings of a resource server say of the resource it protects.
#[derive(Clone)]
#[must_use]
pub(crate) struct ResourceSettings {
    issuers: Vec<String>,
    proof_algorithms: AlgorithmSet,
    proofs: ProofSupport,
    certificates: CertificateSupport,
    query: QueryTokens,
    headers: HeaderTokens,
}

/// A resource cannot be described so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResourceError {
    /// The identifier, or the URL of the documentation, is not a URL that clients can use.
    Url {
        /// The member of the resource's settings.
        member: &'static str,
        /// Its value.
        url: RedactedUrl,
        /// What is wrong with it.
        why: UrlError,
    },
    /// A member of the document cannot be in it.
    Member {
        /// Its name.
        member: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl ResourceError {
    /// The member of the resource's settings.
    #[must_use]
    pub fn member(&self) -> String {
        match self {
            Self::Url { member, .. } => (*member).to_owned(),
            Self::Member { member, .. } if member == "scopes_supported" => "scopes".to_owned(),
            Self::Member { member, .. } if member == "resource_name" => "name".to_owned(),
            Self::Member { member, .. } => format!("members.{member}"),
        }
    }
}

impl fmt::Display for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { url, why, .. } => write!(f, "{url:?}: {why}"),
            Self::Member { member, why } => write!(f, "{member:?} {why}"),
        }
    }
}

impl std::error::Error for ResourceError {}

/// The finished document, and where it is to be served. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct ResourceMetadata {
    path: Arc<str>,
    url: Arc<str>,
    is_at_root: bool,
    json: Arc<[u8]>,
}

/// Whether the resource sees its clients' certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CertificateSupport {
    Unknown,
    Seen,
}

/// Whether the resource takes tokens in form bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FormTokens {
    Ignore,
    Accept,
}

/// Whether the document is at the root of the host, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RootDocument {
    Absent,
    Served,
}

/// Whether the resource takes tokens in `Authorization`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeaderTokens {
    Ignore,
    Accept,
}

/// Whether bearer tokens will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ProofSupport {
    Optional,
    Required,
}

impl ProtectedResource {
    /// A resource of this identifier: the URL under which clients know the API, such as
    /// `https://api.example.com/mcp`. It is what they ask tokens for (RFC 8707), so it should be one of the
    /// resource server's audiences too.
    pub fn new(identifier: impl Into<String>) -> Self {
        Self {
            identifier: identifier.into(),
            authorization_servers: Vec::new(),
            scopes: Vec::new(),
            name: None,
            documentation: None,
            certificates: CertificateSupport::Unknown,
            forms: FormTokens::Ignore,
            root: RootDocument::Absent,
            members: BTreeMap::new(),
        }
    }

    /// The identifiers of the authorization servers that clients may ask (`authorization_servers`), in place of all
    /// that the resource server trusts. One that is not a URL is left out.
    pub fn authorization_servers<S: Into<String>>(mut self, issuers: impl IntoIterator<Item = S>) -> Self {
        self.authorization_servers = issuers.into_iter().map(Into::into).collect();
        self
    }

    /// A scope that clients may ask for, beside those named before (`scopes_supported`).
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.scopes([scope])
    }

    /// Scopes that clients may ask for, beside those named before (`scopes_supported`).
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// What the resource is called when people are shown it (`resource_name`).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The URL of a page for developers (`resource_documentation`).
    pub fn documentation(mut self, url: impl Into<String>) -> Self {
        self.documentation = Some(url.into());
        self
    }

    /// Says that certificate-bound tokens are supported (`tls_client_certificate_bound_access_tokens`, RFC 8705
    /// §3.3): for servers that end TLS themselves and ask clients for certificates. Where a proxy's header has
    /// the certificates, the document says so without this.
    pub fn client_certificates(mut self) -> Self {
        self.certificates = CertificateSupport::Seen;
        self
    }

    /// Says that tokens are accepted in form bodies too (`bearer_methods_supported`).
    pub fn form_tokens(mut self) -> Self {
        self.forms = FormTokens::Accept;
        self
    }

    /// Has the document served at the root of the host, too, where clients look that leave out the path of the identifier:
    /// `/.well-known/oauth-protected-resource`. One resource of a host can be there.
    pub fn at_root(mut self) -> Self {
        self.root = RootDocument::Served;
        self
    }

    /// Any other member of the document: `resource_policy_uri`, `resource_name#ja`, `jwks_uri`.
    pub fn member(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.members.insert(name.into(), value.into());
        self
    }

    /// Writes the document.
    ///
    /// # Errors
    /// [`ResourceError`] when the identifier or the documentation is not a URL that clients can use, or a member cannot
    /// be in the document.
    pub(crate) fn describe(&self, settings: &ResourceSettings) -> Result<ResourceMetadata, ResourceError> {
        let (path, url) = identifier::well_known(&self.identifier)?;
        let json = document::write(self, settings)?;
        Ok(ResourceMetadata {
            is_at_root: self.root == RootDocument::Served && path != identifier::WELL_KNOWN,
            path: path.into(),
            url: url.into(),
            json: json.into_bytes().into(),
        })
    }

    /// The identifier, as it was given.
    pub(crate) fn identifier(&self) -> &str {
        &self.identifier
    }
}

impl ResourceSettings {
    /// Those of a resource server with no issuer and the defaults for everything else.
    pub(crate) fn new() -> Self {
        Self {
            issuers: Vec::new(),
            proof_algorithms: AlgorithmSet::from_iter([]),
            proofs: ProofSupport::Optional,
            certificates: CertificateSupport::Unknown,
            query: QueryTokens::Ignore,
            headers: HeaderTokens::Accept,
        }
        .dpop(&DpopPolicy::default())
    }

    /// Adds the identifier of a trusted issuer. One that is not a URL names no authorization server, and is left out.
    pub(crate) fn issuer(mut self, identifier: &str) -> Self {
        self.issuers.push(identifier.to_owned());
        self
    }

    /// How DPoP is handled.
    pub(crate) fn dpop(mut self, policy: &DpopPolicy) -> Self {
        self.proof_algorithms = policy.accepted_algorithms();
        self.proofs = if policy.is_required() { ProofSupport::Required } else { ProofSupport::Optional };
        self
    }

    /// What trusted proxies are believed: where one of their headers has client certificates, the document says that
    /// bound tokens are supported. Whether a connection ever has one only the operator knows
    /// ([`ProtectedResource::client_certificates`]).
    pub(crate) fn proxy_headers(mut self, headers: &ProxyHeaders) -> Self {
        self.certificates = match headers.have_certificates() {
            true => CertificateSupport::Seen,
            false => CertificateSupport::Unknown,
        };
        self
    }

    /// Where tokens are. RFC 9728 has no name for another place than RFC 6750's, so the document then names none,
    /// and no DPoP.
    pub(crate) fn token_place(mut self, place: &TokenPlace) -> Self {
        self.headers = if place.is_authorization() { HeaderTokens::Accept } else { HeaderTokens::Ignore };
        self
    }

    /// Whether tokens in the query are accepted.
    pub(crate) fn query_tokens(mut self, query: QueryTokens) -> Self {
        self.query = query;
        self
    }
}

impl ResourceMetadata {
    /// The path that the document is to be served at, beginning with `/.well-known/oauth-protected-resource`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path at the root of the host that the document is to be served at as well ([`ProtectedResource::at_root`]).
    #[must_use]
    pub fn root_path(&self) -> Option<&'static str> {
        self.is_at_root.then_some(identifier::WELL_KNOWN)
    }

    /// The document's URL, as challenges name it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The document: JSON, to be served as `application/json`.
    #[must_use]
    pub fn json(&self) -> &Arc<[u8]> {
        &self.json
    }
}

/// With the names of the other members alone.
impl fmt::Debug for ProtectedResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtectedResource")
            .field("identifier", &RedactedUrl::of(&self.identifier))
            .field("authorization_servers", &RedactedUrl::all(&self.authorization_servers))
            .field("scopes", &self.scopes)
            .field("name", &self.name)
            .field("documentation", &self.documentation.as_deref().map(RedactedUrl::of))
            .field("certificates", &self.certificates)
            .field("forms", &self.forms)
            .field("root", &self.root)
            .field("members", &self.members.keys())
            .finish()
    }
}

impl fmt::Debug for ResourceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceSettings")
            .field("issuers", &RedactedUrl::all(&self.issuers))
            .field("proof_algorithms", &self.proof_algorithms)
            .field("proofs", &self.proofs)
            .field("certificates", &self.certificates)
            .field("query", &self.query)
            .field("headers", &self.headers)
            .finish()
    }
}

impl fmt::Debug for ResourceMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceMetadata")
            .field("url", &RedactedUrl::of(&self.url))
            .field("bytes", &self.json.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
