//! `docs/providers.md`, and the types of the Node package's option, are written from the tables of providers and presets.
//! To write them again after the tables have changed:
//!
//! ```sh
//! WRITE_PAGE=1 cargo test -p bearward-core --test provider_page
//! ```

#![allow(clippy::unwrap_used)] // helpers of the one test

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use bearward_core::Provider;
use bearward_core::trust::provider::{
    AudiencePlace, ClaimForm, ClaimPlace, Need, PRESETS, PROVIDERS, Preset, ProviderFacts, Takes, TokenForm,
};
use serde_json::{Value, json};

/// Each expression as it is written, and its value.
macro_rules! examples {
    ($($example:expr),+ $(,)?) => { vec![$((stringify!($example), $example)),+] };
}

/// What an application writes, for each preset that can work.
fn examples() -> Vec<(&'static str, Provider)> {
    examples![
        Provider::auth0("acme.eu.auth0.com").audience("https://api.example.com"),
        Provider::logto("acme.logto.app").audience("https://api.example.com"),
        Provider::entra("11111111-2222-3333-4444-555555555555").api("66666666-7777-8888-9999-000000000000"),
        Provider::entra_v1("11111111-2222-3333-4444-555555555555")
            .audience("api://66666666-7777-8888-9999-000000000000"),
        Provider::entra_external("11111111-2222-3333-4444-555555555555")
            .api("66666666-7777-8888-9999-000000000000"),
        Provider::b2c("contoso", "11111111-2222-3333-4444-555555555555", "B2C_1_sign_in")
            .api("66666666-7777-8888-9999-000000000000"),
        Provider::cognito("eu-west-1", "eu-west-1_AbCdEf123").client("1example23456789"),
        Provider::okta("acme.okta.com", "default").audience("api://default"),
        Provider::google("https://api.example.com").email("caller@acme-1a2b3.iam.gserviceaccount.com"),
        Provider::firebase("acme-1a2b3"),
        Provider::supabase("abcdefghijklmnopqrst"),
        Provider::clerk("example.clerk.accounts.dev").origin("https://app.example.com"),
        Provider::aws_alb(
            "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188",
            "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
        )
        .client("1example23456789"),
        Provider::github_actions("https://api.example.com").repository("acme/deployments"),
        Provider::kubernetes().audience("https://api.example.com"),
        Provider::cloudflare_access("acme")
            .audience("4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2"),
        Provider::google_iap("/projects/123456789/global/backendServices/987654321"),
        Provider::adfs("sts.example.com").audience("microsoft:identityserver:https://api.example.com"),
        Provider::keycloak("https://id.example.com", "acme").audience("https://api.example.com"),
        Provider::curity("https://id.example.com/oauth/v2/oauth-anonymous")
            .audience("https://api.example.com"),
        Provider::zitadel("acme-a1b2c3.zitadel.cloud").audience("261234567890123456"),
        Provider::uaa("https://acme.authentication.eu10.hana.ondemand.com").audience("api!t1"),
        Provider::hydra("https://acme.projects.oryapis.com").audience("https://api.example.com"),
        Provider::identity_server("https://id.example.com").audience("https://api.example.com"),
        Provider::spring("https://id.example.com").audience("https://api.example.com"),
    ]
}

const HEAD: &str = "\
# Providers

A preset knows what the access tokens of a provider look like: what its issuer is called, where its keys are, whom tokens say
that they are for, and which claim names the organization. You say which installation is yours, and which API this is.
One wrong value is an error at the start, which says what the value is and where you find it.

This page is written from the table that the presets are made of.

## In Rust

```rust
use bearward_axum::{ConfigError, Provider, ResourceServer};

fn api() -> Result<ResourceServer, ConfigError> {
    ResourceServer::builder()
        .provider(Provider::auth0(\"acme.eu.auth0.com\").audience(\"https://api.example.com\"))
        .build()
}
```

Several providers are trusted at once by several `.provider(…)`, and other issuers beside them by `.issuer(…)`. Settings that follow a
provider, such as `.introspection(…)` for its opaque tokens, are its own.

## In JSON

`Provider::from_json(text)` reads one object with the name of one provider, and `Provider` can be deserialized, so it fits into a
configuration of your own. Where a setting takes several values, it is a text or a list of texts. Names that are not known are
refused.

```json
{\"auth0\": {\"domain\": \"acme.eu.auth0.com\", \"audience\": \"https://api.example.com\"}}
```

## In Express

```js
import { auth } from 'bearward/express';

app.use(auth({ provider: { auth0: { domain: 'acme.eu.auth0.com', audience: 'https://api.example.com' } } }));
```

The option takes one provider, in the form above. It takes the place of the options about issuers, keys and audience: they are refused beside it,
and so is `introspection`. Variables that name an issuer or an audience are not looked at then.

## In the environment

`ResourceServer::from_env()`, and `auth()` without options that name an issuer, read `PROVIDER`, the name of a preset, and its settings from variables that begin with `PROVIDER_`.
Several values have spaces between them. `AUDIENCE` is the audience, as it is without a provider. `PROVIDER` can also have
the whole settings in JSON.

```sh
PROVIDER=auth0 PROVIDER_DOMAIN=acme.eu.auth0.com AUDIENCE=https://api.example.com
PROVIDER='{\"auth0\": {\"domain\": \"acme.eu.auth0.com\", \"audience\": \"https://api.example.com\"}}'
```

## What a preset does not do

- It has no setting for any audience, any tenant or any client, and none that weakens a check. Where anybody can get a token for any
  audience (Google, GitHub Actions), it asks who may call.
- Cloudflare Access, Google IAP and AWS ALB put their token into a header of their own, which the preset sets as [the place of
  tokens](https://github.com/bearward/bearward/blob/main/docs/token-places.md). They share no resource server with providers whose tokens are in `Authorization`.
- It requires nothing of scopes and roles. Each section says in which claims they are; [requirements](https://github.com/bearward/bearward/blob/main/docs/requirements.md) compare them.
- It does not fit every installation. What it cannot say, `.issuer(…)` and its settings can.

`bearward explain` recognises the provider of a token and says what is wrong with it.
";

#[test]
fn the_page_is_what_the_tables_say() {
    is_written("docs/providers.md", &page());
}

#[test]
fn the_types_of_the_node_package_are_what_the_tables_say() {
    is_written("bindings/node/lib/options/provider-options.ts", &types().unwrap());
}

fn is_written(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    #[expect(
        clippy::disallowed_methods,
        reason = "whether to write the page is asked of the test, not of the core"
    )]
    if std::env::var_os("WRITE_PAGE").is_some() {
        fs::write(&file, text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    let first = written.lines().zip(text.lines()).find(|(written, expected)| written != expected);
    assert!(written == text, "{path} is not what the tables say, from here on: {first:?}");
}

/// One member of a union for each preset that can work.
fn types() -> Result<String, std::fmt::Error> {
    let mut text = "\
// The presets of providers and their values. This file is written from the core's table: see
// crates/bearward-core/tests/provider_page.rs.

/** The name of one provider with the values that tell its installation and this API. */
export type ProviderOptions =
"
    .to_owned();
    let examples = examples();
    let works = |preset: &&Preset| examples.iter().any(|(_, example)| example.name() == preset.name);
    let presets: Vec<_> = PRESETS.iter().filter(works).collect();
    for (at, preset) in presets.iter().enumerate() {
        writeln!(text, "  | {{\n      {}: {{", preset.name)?;
        for member in preset.members {
            let optional = if member.need == Need::Optional { "?" } else { "" };
            let values = match member.takes {
                Takes::Flag => "boolean",
                Takes::Several => "string | string[]",
                _ => "string",
            };
            writeln!(text, "        /** {}. */", sentence(member.what))?;
            writeln!(text, "        {}{optional}: {values};", member.name)?;
        }
        let end = if at + 1 == presets.len() { ";" } else { "" };
        writeln!(text, "      }};\n    }}{end}")?;
    }
    Ok(text)
}

fn sentence(words: &str) -> String {
    words[..1].to_ascii_uppercase() + &words[1..]
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut presets: Vec<_> = PRESETS.iter().zip(PROVIDERS).collect();
    presets.sort_by_key(|(_, facts)| facts.title.to_lowercase());
    for (preset, facts) in presets {
        assert_eq!(preset.name, facts.name);
        section(&mut page, preset, facts).unwrap();
    }
    page
}

fn section(page: &mut String, preset: &Preset, facts: &ProviderFacts) -> std::fmt::Result {
    write!(page, "\n## {}\n\n", facts.title)?;
    let examples: Vec<_> =
        examples().into_iter().filter(|(_, example)| example.name() == preset.name).collect();
    if examples.is_empty() {
        let error = Provider::from_value(json!({ preset.name: {} })).unwrap_err().to_string();
        let (_, said) = error.split_once(": ").unwrap();
        return writeln!(page, "There is no preset that works: {said}.");
    }
    for (written, example) in &examples {
        let settings: Value = serde_json::from_str(&example.to_json()).unwrap();
        let settings = simple(settings);
        let members = in_order(preset, &settings[preset.name]);
        assert_eq!(Provider::from_value(settings.clone()).as_ref(), Ok(example), "{written}");
        writeln!(page, "```rust\nuse bearward_axum::Provider;\n\nlet provider = {};\n```\n", rust(written))?;
        writeln!(page, "```json\n{}\n```\n", in_json(preset.name, &members))?;
        writeln!(page, "```sh\n{}\n```\n", variables(preset.name, &members))?;
    }
    writeln!(page, "| setting | | what it is | where it is found |\n|---|---|---|---|")?;
    for member in preset.members {
        let need = if member.need == Need::Required { "needed" } else { "" };
        writeln!(page, "| `{}` | {need} | {} | {} |", member.name, member.what, member.found)?;
    }
    writeln!(page)?;
    claims(page, facts)?;
    for quirk in facts.quirks {
        writeln!(page, "- {}", quirk.replace('<', "\\<"))?;
    }
    Ok(())
}

fn claims(page: &mut String, facts: &ProviderFacts) -> std::fmt::Result {
    if let Some(form) = facts.preset_issuer() {
        writeln!(page, "- The issuer is `{}`.", form.0.replace("{+", "{"))?;
    }
    match facts.audience {
        AudiencePlace::ClientId(claim) => {
            writeln!(page, "- Tokens have no `aud`; `{claim}` must be a listed client.")?;
        }
        AudiencePlace::Origin(claim) => {
            writeln!(page, "- Tokens have no `aud`; `{claim}` must be a listed origin.")?;
        }
        _ => {}
    }
    let list = |places: &[ClaimPlace]| places.iter().map(place).collect::<Vec<_>>().join(", ");
    let clients: Vec<_> = facts.client_id.iter().map(|claim| format!("`{claim}`")).collect();
    for (what, named) in [
        ("client", clients.join(" or ")),
        ("scopes", facts.scope.map(|scope| place(&scope)).unwrap_or_default()),
        ("roles", list(facts.roles)),
        ("organization", list(facts.organization)),
    ] {
        if !named.is_empty() {
            let verb = if what.ends_with('s') { "are" } else { "is" };
            writeln!(page, "- The {what} {verb} in {named}.")?;
        }
    }
    if let Some(header) = facts.carried_in {
        writeln!(page, "- Requests have the token in the header `{header}`.")?;
    }
    if facts.access_tokens == TokenForm::JwtOnRequest {
        writeln!(page, "- Access tokens are JWTs only where the client or the operator asks for that.")?;
    }
    Ok(())
}

fn place(place: &ClaimPlace) -> String {
    let path = match place.path {
        [one] => format!("`{one}`"),
        names => format!("`{}`", json!(names).to_string().replace(',', ", ")),
    };
    path + match place.form {
        ClaimForm::Text => "",
        ClaimForm::List => " (a list)",
        ClaimForm::ObjectKeys => " (the names of an object's members)",
        _ => " (a list, or the names of an object's members)",
    }
}

/// Lists of one text are written as the text.
fn simple(settings: Value) -> Value {
    match settings {
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, simple(value))).collect(),
        Value::Array(texts) if texts.len() == 1 => texts[0].clone(),
        other => other,
    }
}

/// The expression, with each method on a line where it is long.
fn rust(written: &str) -> String {
    let one_line = written.split_whitespace().collect::<Vec<_>>().join(" ").replace(" .", ".");
    if one_line.len() <= 85 { one_line } else { one_line.replacen(").", ")\n    .", 1) }
}

/// The members that are given, in the order of the preset.
fn in_order<'v>(preset: &Preset, given: &'v Value) -> Vec<(&'static str, &'v str)> {
    let text = |name: &'static str| Some((name, given.get(name)?.as_str().unwrap()));
    preset.members.iter().filter_map(|member| text(member.name)).collect()
}

fn in_json(provider: &str, members: &[(&str, &str)]) -> String {
    let members: Vec<_> = members.iter().map(|(name, text)| format!("{name:?}: {text:?}")).collect();
    format!("{{{provider:?}: {{{}}}}}", members.join(", "))
}

fn variables(provider: &str, members: &[(&str, &str)]) -> String {
    let mut lines = vec![format!("PROVIDER={provider}")];
    let mut pairs = vec![("PROVIDER".to_owned(), provider)];
    for (member, text) in members {
        let variable = format!("PROVIDER_{}", member.to_ascii_uppercase());
        let quoted = if text.contains('!') { format!("'{text}'") } else { (*text).to_owned() };
        lines.push(format!("{variable}={quoted}"));
        pairs.push((variable, text));
    }
    let read = Provider::from_variables(pairs).unwrap();
    let members: serde_json::Map<_, _> =
        members.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    assert_eq!(read, Some(Provider::from_value(json!({ provider: members })).unwrap()));
    lines.join(" \\\n  ")
}
