//! What an application writes, for each preset that can work.

use bearward_core::Provider;
use serde_json::Value;

use super::application::Example;

/// Each expression as it is written, and its value.
macro_rules! examples {
    ($($example:expr),+ $(,)?) => { vec![$((stringify!($example), $example)),+] };
}

/// The presets of the conformance files, which the other tests try with tokens.
pub(super) fn all() -> Vec<Example> {
    let examples = examples![
        Provider::auth0("acme.eu.auth0.com").audience("https://api.example.com"),
        Provider::logto("acme.logto.app").audience("https://api.example.com"),
        Provider::entra("9188040d-6c67-4c5b-b112-36a304b66dad").api("11111111-2222-3333-4444-555555555555"),
        Provider::entra_v1("9188040d-6c67-4c5b-b112-36a304b66dad")
            .audience("api://11111111-2222-3333-4444-555555555555"),
        Provider::b2c("acme", "775527ff-9a37-4307-8b3d-cc311f58d925", "B2C_1_signin")
            .api("11111111-2222-3333-4444-555555555555"),
        Provider::entra_external("775527ff-9a37-4307-8b3d-cc311f58d925")
            .api("11111111-2222-3333-4444-555555555555"),
        Provider::cognito("eu-west-1", "eu-west-1_Ab1Cd2Ef3").client("4example23456789"),
        Provider::okta("acme.okta.com", "default").audience("api://default"),
        Provider::google("https://api.example.com").email("caller@acme.iam.gserviceaccount.com"),
        Provider::firebase("shop-1a2b3"),
        Provider::supabase("abcdefghijklmnopqrst"),
        Provider::clerk("happy-cat-12.clerk.accounts.dev")
            .origin("https://app.example.com")
            .origin("http://localhost:5173"),
        Provider::aws_alb(
            "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188",
            "https://login.example.com"
        )
        .client("0oa8f3q9xExample0h7"),
        Provider::github_actions("https://api.example.com").owner("acme"),
        Provider::kubernetes().audience("https://api.example.com"),
        Provider::cloudflare_access("acme")
            .audience("4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2"),
        Provider::google_iap("/projects/123456789/global/backendServices/987654321"),
        Provider::adfs("fs.example.com").audience("microsoft:identityserver:api://orders"),
        Provider::keycloak("https://id.example.com", "shop").audience("orders-api"),
        Provider::curity("https://login.example.com/oauth/v2/oauth-anonymous")
            .audience("https://api.example.com"),
        Provider::zitadel("acme-x1y2z3.zitadel.cloud").audience("245829406341234567"),
        Provider::uaa("https://acme.authentication.eu10.hana.ondemand.com").audience("sb-shop!t12345"),
        Provider::hydra("https://acme-1a2b3c.projects.oryapis.com").audience("https://api.example.com"),
        Provider::identity_server("https://identity.example.com").audience("orders-api"),
        Provider::spring("https://auth.example.com").audience("https://api.example.com"),
    ];
    examples.into_iter().map(|(written, provider)| example(written, &provider)).collect()
}

/// Those of one preset; Entra External ID has two.
pub(super) fn of(name: &str) -> Vec<Example> {
    all().into_iter().filter(|example| example.name == name).collect()
}

fn example(written: &'static str, provider: &Provider) -> Example {
    let settings: Value = serde_json::from_str(&provider.to_json()).unwrap();
    let settings = simple(settings);
    assert_eq!(Provider::from_value(settings.clone()).as_ref(), Ok(provider), "{written}");
    Example { name: provider.name(), written, settings }
}

/// Lists of one text are written as the text.
fn simple(settings: Value) -> Value {
    match settings {
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, simple(value))).collect(),
        Value::Array(texts) if texts.len() == 1 => texts[0].clone(),
        other => other,
    }
}

#[test]
fn what_the_pages_show_is_what_the_tests_try() {
    for file in crate::files::providers() {
        let Some(tried) = file.provider else { continue };
        let tried = Provider::from_value(tried).unwrap();
        let tried: Value = serde_json::from_str(&tried.to_json()).unwrap();
        let shown = of(&file.name).into_iter().next().unwrap_or_else(|| panic!("{} is not shown", file.name));
        let mut tried = simple(tried);
        // A page for a new project has no legacy secret.
        tried["supabase"].as_object_mut().map(|members| members.remove("secret"));
        let tried = tried.as_object().unwrap().iter().find(|(_, members)| !members.is_null()).unwrap();
        assert_eq!(&shown.settings[&file.name], tried.1, "{}", file.name);
    }
}
