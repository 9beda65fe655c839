//! The demo API with authorization servers that share no code with `oidc-provider`, or with each other:
//! django-oauth-toolkit, which gives opaque tokens, and Glewlwyd, which gives JWTs. And with the DPoP clients that
//! people use.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod django_oauth_toolkit;
mod dpop_clients;
mod glewlwyd;
mod party;
#[path = "../served.rs"]
mod served;
