//! What this crate exports shows no secret: each name of `lib.rs` is shown here, or can hold nothing to hide.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::PathBuf;

use bearward::connection::ClientConnection;
use bearward::engine::Problem;
use bearward::readiness::NotReady;
use bearward::resolver::ResolverError;
use bearward::store::{IntrospectionKey, StoreError};
use bearward::trust::FetchError;
use bearward::wire::RedactedUrl;
use bearward::{ConfigError, IssuerConfig, ResourceServer};

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::support::AUDIENCE;

/// Stands in every secret.
const MARK: &str = "hush";

/// Markers, traits and functions; a resolver's and a store's words are theirs, and what waits has no `Debug`.
const HOLD_NOTHING: &[&str] = &[
    "Given",
    "HasIssuers",
    "IntrospectionStore",
    "IssuerResolver",
    "IssuerState",
    "KeyRequestHeadersError",
    "Missing",
    "PendingAuthentication",
    "ReplayStore",
    "ResolverError",
    "ResolverOnly",
    "RevocationStore",
    "StoreError",
    "StoreFuture",
];

fn debug(value: &dyn Debug) -> String {
    format!("{value:?}\n{value:#?}")
}

#[test]
fn no_exported_type_shows_a_secret() {
    let issuer = IssuerConfig::new("https://issuer.example")
        .jwks_uri(format!("https://issuer.example/jwks?code={MARK}"))
        .audience(format!("https://me:{MARK}@api.example.com"));
    let builder = || {
        let headers = || Ok(HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(MARK))]));
        let builder = ResourceServer::builder().issuer(issuer.clone()).audience(AUDIENCE).realm("api");
        builder.key_request_headers("https://issuer.example", headers)
    };
    let server = builder().build().unwrap();
    let connection = ClientConnection::tls(([127, 0, 0, 1], 1).into()).with_certificate(MARK.as_bytes());
    let not_ready = not_ready();
    let mut key = [0; 32];
    key[..MARK.len()].copy_from_slice(MARK.as_bytes());
    let shown = [
        ("ClientConnection", debug(&connection)),
        ("Dangerous", debug(&builder().dangerous())),
        ("Health", debug(&server.health()) + &server.health().json()),
        ("IntrospectionKey", debug(&IntrospectionKey::from_hash(key))),
        ("IssuerNotReady", debug(&not_ready.missing[0]) + &not_ready.missing[0].to_string()),
        ("NotReady", debug(&not_ready) + &not_ready.to_string()),
        ("ResourceServer", debug(&server) + &debug(server.engine())),
        ("ResourceServerBuilder", debug(&builder())),
        ("Status", debug(&server.status()) + &serde_json::to_string(&server.status()).unwrap()),
    ];
    let bytes = MARK.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>();
    for (name, text) in &shown {
        for secret in [MARK.to_owned(), bytes.join(", "), bytes.join(",\n")] {
            assert!(!text.contains(&secret), "{name}: {text}");
        }
    }
    let names = shown.iter().map(|(name, _)| *name).chain(HOLD_NOTHING.iter().copied());
    let listed: BTreeSet<_> = names.map(str::to_owned).collect();
    assert_eq!(listed, exported(), "each exported name is in one of the two lists");
}

#[tokio::main(flavor = "current_thread")]
async fn not_ready() -> NotReady {
    // Nothing listens there.
    let issuer =
        IssuerConfig::new("https://issuer.example").jwks_uri(format!("http://127.0.0.1:1/?code={MARK}"));
    let server = ResourceServer::builder().issuer(issuer).audience(AUDIENCE).build().unwrap();
    let not_ready = server.ready().await.unwrap_err();
    let [one] = &not_ready.missing[..] else { panic!("{not_ready:?}") };
    assert_eq!(one.why, Some(FetchError::Transport));
    assert_eq!(one.url, Some(RedactedUrl::of("http://127.0.0.1:1/?code=x")));
    not_ready
}

/// Each public type and trait of the crate's sources.
fn exported() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut places = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(place) = places.pop() {
        if place.is_dir() {
            places.extend(std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            names.extend(std::fs::read_to_string(place).unwrap().lines().filter_map(type_or_trait));
        }
    }
    names
}

fn type_or_trait(line: &str) -> Option<String> {
    let kinds = ["pub enum ", "pub trait ", "pub struct ", "pub type "];
    let item = kinds.iter().find_map(|kind| line.strip_prefix(kind))?;
    item.split(|character: char| !character.is_alphanumeric()).next().map(str::to_owned)
}

#[test]
fn a_refused_setting_is_not_quoted_and_the_words_of_others_stay_theirs() {
    for error in [
        ResourceServer::builder()
            .issuer(
                IssuerConfig::new(format!("https://me:{MARK}@issuer.example")).shared_secret(MARK.repeat(8)),
            )
            .audience(AUDIENCE)
            .build()
            .unwrap_err(),
        ResourceServer::builder()
            .issuer("https://issuer.example")
            .audience(AUDIENCE)
            .public_origin(&format!("https://me:{MARK}@api.example.com"))
            .build()
            .unwrap_err(),
        ConfigError::new(
            "http_client",
            Problem::HttpClient(RedactedUrl::within(&format!("proxy http://me:{MARK}@proxy.example"))),
        ),
    ] {
        assert!(!(debug(&error) + &error.to_string()).contains(MARK), "{error}");
    }
    // These hold what they are given: the log redacts the URLs in it.
    assert!(ResolverError::new("words").to_string().contains("words"));
    assert!(StoreError::Unavailable("words".to_owned()).to_string().contains("words"));
}
