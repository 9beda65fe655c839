//! What a request presents, and who sent it.
//!
//! Knows nothing of tokens.

pub(crate) mod browser;
pub(crate) mod certificate;
pub(crate) mod certificate_header;
pub(crate) mod connection;
pub(crate) mod credential;
pub(crate) mod forwarded;
pub(crate) mod origin;
pub(crate) mod proxies;
pub(crate) mod proxy_headers;
pub(crate) mod thumbprint;
pub(crate) mod url;

pub use self::certificate_header::{CertificateError, CertificateHeader};
pub use self::connection::{Connection, Security, Sender};
pub use self::credential::{
    Credential, CredentialError, CredentialRules, DpopScheme, PlaceError, QueryTokens, Scheme, TokenCookie,
    TokenHeader, TokenPlace, TokenSubprotocol,
};
pub use self::origin::OriginError;
pub use self::proxies::{TrustedProxies, TrustedProxyError};
pub use self::proxy_headers::ProxyHeaders;
pub use self::thumbprint::CertificateThumbprint;
pub use self::url::TargetUrl;
