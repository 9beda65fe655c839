//! The guides: one task each, with code that is compiled.

#[doc = include_str!("../docs/certificates.md")]
pub mod certificates {}

#[doc = include_str!("../docs/cors.md")]
pub mod cors {}

#[doc = include_str!("../docs/dpop.md")]
pub mod dpop {}

#[doc = include_str!("../docs/logs.md")]
pub mod logs {}

#[doc = include_str!("../docs/mcp.md")]
pub mod mcp {}

#[doc = include_str!("../docs/opaque-tokens.md")]
pub mod opaque_tokens {}

#[allow(rustdoc::bare_urls, reason = "the page is written from the table of providers")]
#[doc = include_str!("../docs/providers.md")]
pub mod providers {}

#[doc = include_str!("../docs/proxies.md")]
pub mod proxies {}

#[doc = include_str!("../docs/settings.md")]
pub mod settings {}

#[doc = include_str!("../docs/step-up.md")]
pub mod step_up {}

#[doc = include_str!("../docs/token-places.md")]
pub mod token_places {}
