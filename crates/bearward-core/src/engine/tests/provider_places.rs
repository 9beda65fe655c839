//! Providers whose tokens are in a header of their own.

use super::*;
use crate::Provider;
use crate::request::{TokenCookie, TokenHeader};

fn cloudflare() -> Provider {
    Provider::cloudflare_access("acme").audience("tag")
}

fn iap() -> Provider {
    Provider::google_iap("/projects/1/global/backendServices/2")
}

#[test]
fn the_token_is_in_the_header_that_the_provider_sets() {
    for (provider, name) in [(cloudflare(), "cf-access-jwt-assertion"), (iap(), "x-goog-iap-jwt-assertion")] {
        let engine = EngineConfig::new().provider(provider).build().unwrap();
        let headers = |name: &'static str, value: &str| {
            let mut headers = http::HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            headers
        };
        let extract = |headers: &http::HeaderMap| {
            Credential::extract(headers, None, None, engine.credential_rules()).unwrap().is_some()
        };
        assert!(extract(&headers(name, "a.b.c")), "{name}");
        assert!(!extract(&headers("authorization", "Bearer a.b.c")), "{name}");
    }
}

#[test]
fn providers_with_tokens_in_different_places_share_no_engine() {
    let auth0 = || Provider::auth0("acme.eu.auth0.com").audience("a");
    for (one, other) in [(cloudflare(), iap()), (auth0(), cloudflare()), (cloudflare(), auth0())] {
        let error = EngineConfig::new().provider(one).provider(other).build().map(drop).unwrap_err();
        assert!(matches!(error.problem, Problem::TokenPlace(_)), "{error}");
    }
    EngineConfig::new().provider(auth0()).provider(Provider::firebase("acme")).build().unwrap();
}

#[test]
fn a_place_beside_the_provider_is_the_same_header_or_refused() {
    let with = |place: crate::request::TokenPlace| {
        EngineConfig::new().token_place(place).provider(cloudflare()).build().map(drop)
    };
    let header = TokenHeader::new("Cf-Access-Jwt-Assertion").unwrap();
    with(header.trust_origin("https://app.example.com").unwrap().into()).unwrap();
    for place in
        [TokenHeader::new("x-other").unwrap().into(), TokenCookie::new("CF_Authorization").unwrap().into()]
    {
        assert!(matches!(with(place).map(drop).unwrap_err().problem, Problem::TokenPlace(_)));
    }
    // Tokens that the provider leaves to clients may be in a cookie.
    let auth0 = Provider::auth0("acme.eu.auth0.com").audience("a");
    EngineConfig::new().token_place(TokenCookie::new("token").unwrap()).provider(auth0).build().unwrap();
}
