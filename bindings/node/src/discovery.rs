//! The search for the identifier of an issuer that is known by a base URL. The core says what to fetch and what to believe;
//! JavaScript fetches, and says when.

use std::cell::RefCell;

use bearward_core::ConfigError;
use bearward_core::trust::{DiscoveryProgress, DiscoverySearch, DiscoveryWants, IssuerDiscovery};
use bearward_core::trust::{FetchAnswer, FetchError};
use http::{HeaderMap, StatusCode};
use napi::Result;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::error::{invalid, unusable};
use crate::panic_guard::guard;

/// What a search wants next, or has found.
#[napi(object)]
#[derive(Default)]
pub struct DiscoveryStep {
    /// The absolute URL to fetch next. Redirects must not be followed.
    pub url: Option<String>,
    /// The value of `Accept`.
    pub accept: String,
    /// Longest body to read, in bytes.
    pub max_bytes: u32,
    /// The identifier that was found, in the answer that was handed in last. Then there is no URL.
    pub identifier: Option<String>,
    /// Why the answer that was handed in last is of no use.
    pub error: Option<String>,
}

/// An issuer that is known by a base URL, or by the URL of its metadata.
#[napi]
pub struct NativeDiscovery {
    discovery: IssuerDiscovery,
    /// The search under way: one at a time.
    search: RefCell<Option<DiscoverySearch>>,
}

#[napi]
impl NativeDiscovery {
    /// Throws what the operator must mend.
    #[napi(constructor)]
    pub fn new(base: String) -> Result<Self> {
        guard(|| {
            let discovery = IssuerDiscovery::new(base)
                .map_err(|problem| unusable(ConfigError::new("metadata_base_url", problem)))?;
            Ok(Self { discovery, search: RefCell::default() })
        })
    }

    /// Whether the URL is that of the metadata themselves.
    #[napi(getter)]
    pub fn is_document(&self) -> bool {
        self.discovery.is_document()
    }

    /// Where the metadata are looked for first.
    #[napi(getter)]
    pub fn first_place(&self) -> String {
        self.discovery.first_place()
    }

    /// Whether this may be the issuer's identifier.
    #[napi]
    pub fn may_be(&self, identifier: String) -> bool {
        self.discovery.may_be(&identifier)
    }

    /// Begins to search, for the keys too or for the identifier alone.
    #[napi]
    pub fn begin(&self, wants_keys: bool) -> Result<DiscoveryStep> {
        guard(|| {
            let wants = if wants_keys { DiscoveryWants::Keys } else { DiscoveryWants::Identifier };
            Ok(self.go_on(self.discovery.search(wants), None))
        })
    }

    /// Takes the answer to the last request.
    #[napi]
    pub fn answered(&self, status: u32, body: Buffer) -> Result<DiscoveryStep> {
        guard(|| {
            let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
            let status = status.ok_or_else(|| invalid("the status is not valid".to_owned()))?;
            let answer = FetchAnswer { status, headers: &HeaderMap::new(), body: &body };
            Ok(self.step(self.under_way()?.answered(answer)))
        })
    }

    /// No answer came to the last request.
    #[napi]
    pub fn failed(&self) -> Result<DiscoveryStep> {
        guard(|| Ok(self.step(self.under_way()?.failed())))
    }
}

impl NativeDiscovery {
    fn under_way(&self) -> Result<DiscoverySearch> {
        self.search.take().ok_or_else(|| invalid("nothing is searched for".to_owned()))
    }

    fn step(&self, progress: std::result::Result<DiscoveryProgress, FetchError>) -> DiscoveryStep {
        match progress {
            Ok(DiscoveryProgress::Found { identifier }) => {
                DiscoveryStep { identifier: Some(identifier), ..DiscoveryStep::default() }
            }
            Ok(DiscoveryProgress::Elsewhere { next, why }) => self.go_on(*next, Some(why.to_string())),
            Err(why) => DiscoveryStep { error: Some(why.to_string()), ..DiscoveryStep::default() },
        }
    }

    fn go_on(&self, search: DiscoverySearch, error: Option<String>) -> DiscoveryStep {
        let request = search.request();
        let step = DiscoveryStep {
            url: Some(request.url.clone()),
            accept: request.accept.to_owned(),
            max_bytes: u32::try_from(request.max_bytes).unwrap_or(u32::MAX),
            identifier: None,
            error,
        };
        self.search.replace(Some(search));
        step
    }
}
