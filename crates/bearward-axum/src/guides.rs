//! The guides that show axum, compiled so that they stay true.

#[doc = include_str!("../../../docs/certificates.md")]
pub struct Certificates;

#[doc = include_str!("../../../docs/cors.md")]
pub struct Cors;

#[doc = include_str!("../../../docs/dpop.md")]
pub struct Dpop;

#[doc = include_str!("../../../docs/logs.md")]
pub struct Logs;

#[doc = include_str!("../../../docs/mcp.md")]
pub struct Mcp;

#[doc = include_str!("../../../docs/opaque-tokens.md")]
pub struct OpaqueTokens;

#[doc = include_str!("../../../docs/providers.md")]
pub struct Providers;

#[doc = include_str!("../../../docs/proxies.md")]
pub struct Proxies;

#[doc = include_str!("../../../docs/step-up.md")]
pub struct StepUp;

#[doc = include_str!("../../../docs/token-places.md")]
pub struct TokenPlaces;
