//! The configurations of `docs/proxies.md`, run by the real proxies: what a client forges has no effect.
//!
//! 1. The page is the configuration. Addresses, ports and paths are filled in, and nothing else.
//! 2. The proxies come from PyPI (nginx, Caddy, Traefik, Envoy) and from Debian (HAProxy), see `install`.
//! 3. Everything listens on loopback, at free ports, and ends with its test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attacks;
mod install;
mod proxy;
mod recipe;
mod scene;

use proxy::Kind;
use recipe::Recipe;
use scene::{Issued, Scene};

async fn withstands(kind: Kind) {
    let scene = Scene::behind(kind, &Recipe::of(kind)).await;
    attacks::certificates_bind(&scene).await;
    attacks::a_certificate_that_no_authority_issued_does_not_get_through(&scene).await;
    attacks::forged_certificates_have_no_effect(&scene).await;
    attacks::forged_urls_have_no_effect(&scene).await;
}

#[tokio::test]
async fn nginx_as_the_page_has_it_withstands_forged_headers() {
    withstands(Kind::Nginx).await;
}

#[tokio::test]
async fn caddy_as_the_page_has_it_withstands_forged_headers() {
    withstands(Kind::Caddy).await;
}

#[tokio::test]
async fn haproxy_as_the_page_has_it_withstands_forged_headers() {
    withstands(Kind::Haproxy).await;
}

#[tokio::test]
async fn traefik_as_the_page_has_it_withstands_forged_headers() {
    withstands(Kind::Traefik).await;
}

#[tokio::test]
async fn envoy_as_the_page_has_it_withstands_forged_headers() {
    withstands(Kind::Envoy).await;
}

/// The page's replacements, one proxy after the other.
#[tokio::test]
async fn self_signed_certificates_bind_where_the_page_says_how_to_accept_them() {
    for kind in Kind::ALL {
        let scene = Scene::behind(kind, &Recipe::for_self_signed(kind)).await;
        attacks::certificates_bind_of(&scene, Issued::ByThemselves).await;
    }
}

/// An operator who wants certificates alone leaves the other lines out. The API that names certificates alone then
/// reads nothing that the proxy passes on.
#[tokio::test]
async fn a_proxy_that_passes_forwarding_headers_on_is_safe_where_they_are_not_named() {
    for kind in [Kind::Nginx, Kind::Haproxy] {
        let scene = Scene::behind(kind, &Recipe::of(kind).without_lines_with("X-Forwarded-")).await;
        attacks::certificates_bind_of(&scene, Issued::ByTheAuthority).await;
        attacks::forged_urls_pass_nowhere(&scene, &[scene::CERTIFICATES, scene::ORIGIN]).await;
        attacks::the_public_origin_is_proven(&scene).await;
        attacks::a_host_that_is_passed_on_is_believed_where_it_is_named(&scene).await;
    }
}
