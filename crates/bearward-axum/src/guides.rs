//! The guides: one task each, with code that is compiled.

#[doc = include_str!("../docs/certificates.md")]
pub mod certificates {}

#[doc = include_str!("../docs/cors.md")]
pub mod cors {}

#[doc = include_str!("../docs/dpop.md")]
pub mod dpop {}

#[doc = include_str!("../docs/kubernetes.md")]
pub mod kubernetes {}

#[doc = include_str!("../docs/logs.md")]
pub mod logs {}

#[doc = include_str!("../docs/mcp.md")]
pub mod mcp {}

#[doc = include_str!("../docs/opaque-tokens.md")]
pub mod opaque_tokens {}

#[doc = include_str!("../docs/axum.md")]
pub mod open_connections {}

#[allow(rustdoc::bare_urls, reason = "parts of the pages are written from the table of providers")]
#[doc = include_str!("../docs/providers.md")]
pub mod providers {
    #[doc = include_str!("../docs/providers/adfs.md")]
    pub mod adfs {}

    #[doc = include_str!("../docs/providers/auth0.md")]
    pub mod auth0 {}

    #[doc = include_str!("../docs/providers/aws-alb.md")]
    pub mod aws_alb {}

    #[doc = include_str!("../docs/providers/clerk.md")]
    pub mod clerk {}

    #[doc = include_str!("../docs/providers/cloudflare-access.md")]
    pub mod cloudflare_access {}

    #[doc = include_str!("../docs/providers/cognito.md")]
    pub mod cognito {}

    #[doc = include_str!("../docs/providers/curity.md")]
    pub mod curity {}

    #[doc = include_str!("../docs/providers/entra.md")]
    pub mod entra {}

    #[doc = include_str!("../docs/providers/firebase.md")]
    pub mod firebase {}

    #[doc = include_str!("../docs/providers/github-actions.md")]
    pub mod github_actions {}

    #[doc = include_str!("../docs/providers/google.md")]
    pub mod google {}

    #[doc = include_str!("../docs/providers/google-iap.md")]
    pub mod google_iap {}

    #[doc = include_str!("../docs/providers/hydra.md")]
    pub mod hydra {}

    #[doc = include_str!("../docs/providers/identity-server.md")]
    pub mod identity_server {}

    #[doc = include_str!("../docs/providers/keycloak.md")]
    pub mod keycloak {}

    #[doc = include_str!("../docs/providers/kubernetes.md")]
    pub mod kubernetes {}

    #[doc = include_str!("../docs/providers/logto.md")]
    pub mod logto {}

    #[doc = include_str!("../docs/providers/okta.md")]
    pub mod okta {}

    #[doc = include_str!("../docs/providers/spring.md")]
    pub mod spring {}

    #[doc = include_str!("../docs/providers/supabase.md")]
    pub mod supabase {}

    #[doc = include_str!("../docs/providers/uaa.md")]
    pub mod uaa {}

    #[doc = include_str!("../docs/providers/zitadel.md")]
    pub mod zitadel {}
}

#[doc = include_str!("../docs/proxies.md")]
pub mod proxies {}

#[doc = include_str!("../docs/requirements.md")]
pub mod requirements {}

#[doc = include_str!("../docs/roles.md")]
pub mod roles {}

#[doc = include_str!("../docs/settings.md")]
pub mod settings {}

#[doc = include_str!("../docs/several-issuers.md")]
pub mod several_issuers {}

#[doc = include_str!("../docs/step-up.md")]
pub mod step_up {}

#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

#[doc = include_str!("../docs/token-places.md")]
pub mod token_places {}
