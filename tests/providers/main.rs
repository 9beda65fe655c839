//! A test per provider: `tests/conformance/providers/*.json` through axum, with keys made here, documents served over
//! HTTPS under the provider's real host names, and the hints that `explain` gives. The README of
//! `tests/conformance/` describes the files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod files;
mod internet;
mod keys;
mod pages;
mod settings;
mod token;

use std::fmt::Debug;

use bearward_axum::ResourceServer;
use bearward_axum::engine::Route;
use bearward_axum::trust::provider::{PROVIDERS, named};

use api::Api;
use files::{Provider, Wrong};
use internet::Internet;
use keys::Keys;

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_s_tokens_are_read_and_its_wrong_ones_refused() {
    let providers = files::providers();
    let mut problems = Vec::new();
    for provider in &providers {
        problems.extend(trial(provider).await.into_iter().map(|text| format!("{}: {text}", provider.name)));
    }
    assert!(problems.is_empty(), "{} differences:\n\n{}\n", problems.len(), problems.join("\n\n"));
}

#[test]
fn each_row_of_the_table_has_a_file_and_each_file_four_wrong_tokens() {
    let providers = files::providers();
    for facts in PROVIDERS {
        assert!(providers.iter().any(|file| file.name == facts.name), "{} has no file", facts.name);
    }
    for provider in &providers {
        assert!(named(&provider.name).is_some(), "{} is no provider", provider.name);
        assert!(provider.refused.len() >= 4, "{} has too few wrong tokens", provider.name);
        assert!(provider.refused.iter().any(|wrong| wrong.hint.is_some()), "{} has no hint", provider.name);
    }
}

/// Everything that one file says, and what was different.
async fn trial(provider: &Provider) -> Vec<String> {
    let keys = Keys::new(&provider.keys);
    let internet = Internet::start(provider, &keys).await;
    let mut problems = Vec::new();
    for (way, server) in settings::servers(provider, &keys, &internet) {
        let api = Api::start(&server, provider).await;
        let mut note = |what: &str, outcome: Result<(), String>| {
            problems.extend(outcome.err().map(|text| format!("{way}: {what}: {text}")));
        };
        let good = provider.token(&keys, None);
        note("the good token", reads(provider, &api, &good).await);
        for (index, route) in provider.routes.iter().enumerate() {
            let answer = api.ask(&format!("/routes/{index}"), &good).await;
            let code = answer.code.as_deref().unwrap_or("accepted");
            note(&format!("route {}", route.requires), equal("code", code, route.answer.as_str()));
        }
        for other in &provider.also_accepted {
            let token = provider.token(&keys, Some(&other.token));
            note(&other.name, equal("status", api.ask("/", &token).await.status, 200));
        }
        for wrong in &provider.refused {
            let token = provider.token(&keys, Some(&wrong.token));
            note(&wrong.name, refused(wrong, &server, &api, &token).await);
        }
    }
    problems.extend(internet.unread().into_iter().map(|url| format!("{url} was never fetched")));
    problems
}

async fn reads(provider: &Provider, api: &Api, token: &str) -> Result<(), String> {
    let answer = api.ask("/", token).await;
    equal("code", answer.code.as_deref(), None)?;
    equal("status", answer.status, 200)?;
    equal("what is read", answer.json, serde_json::to_value(&provider.reads).unwrap())
}

async fn refused(wrong: &Wrong, server: &ResourceServer, api: &Api, token: &str) -> Result<(), String> {
    let answer = api.ask("/", token).await;
    equal("code", answer.code.as_deref(), Some(wrong.code.as_str()))?;
    equal("status", answer.status, wrong.status)?;
    let explanation = server.engine().explain(token, Route::open(), server.now());
    let found = server.engine().hints(token, &explanation);
    let first = found.first().map(|hint| (hint.provider, hint.code));
    let title = |name: &str| named(name).unwrap_or_else(|| panic!("{name} is no provider")).title;
    let expected = wrong.hint.as_ref().map(|hint| (hint.provider.as_deref().map(title), hint.code.as_str()));
    equal("hint", first, expected)
}

fn equal<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{what}\n  found    {found:?}\n  expected {expected:?}")),
    }
}
