use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::engine::EngineConfig;
use crate::trust::provider::{PROVIDERS, named, of_issuer};

const ARN: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";

/// Settings that work, the issuers that they make, and the same by a constructor.
fn working() -> Vec<(Value, Vec<&'static str>, Provider)> {
    let (tenant, api) = ("11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000");
    let other = "aaaaaaaa-2222-3333-4444-555555555555";
    let url = "https://api.example.com";
    vec![
        (
            json!({"auth0": {"domain": "acme.eu.auth0.com", "audience": url}}),
            vec!["https://acme.eu.auth0.com/"],
            Provider::auth0("acme.eu.auth0.com").audience(url),
        ),
        (
            json!({"logto": {"domain": "acme.logto.app", "audience": [url, "urn:logto:organization:a"]}}),
            vec!["https://acme.logto.app/oidc"],
            Provider::logto("acme.logto.app").audience(url).audience("urn:logto:organization:a"),
        ),
        (
            json!({"entra": {"tenant": tenant, "api": api}}),
            vec!["https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"],
            Provider::entra(tenant).api(api),
        ),
        (
            json!({"entra": {"tenant": [tenant, other], "api": api, "app_keys": true, "cloud": "china"}}),
            vec![
                "https://login.partner.microsoftonline.cn/11111111-2222-3333-4444-555555555555/v2.0",
                "https://login.partner.microsoftonline.cn/aaaaaaaa-2222-3333-4444-555555555555/v2.0",
            ],
            Provider::entra(tenant).tenant(other).api(api).app_keys().cloud("china"),
        ),
        (
            json!({"entra_v1": {"tenant": tenant, "audience": "api://x"}}),
            vec!["https://sts.windows.net/11111111-2222-3333-4444-555555555555/"],
            Provider::entra_v1(tenant).audience("api://x"),
        ),
        (
            json!({"entra_external": {"tenant_id": tenant, "api": api}}),
            vec![
                "https://11111111-2222-3333-4444-555555555555.ciamlogin.com/11111111-2222-3333-4444-555555555555/v2.0",
            ],
            Provider::entra_external(tenant).api(api),
        ),
        (
            json!({"entra_external": {"tenant": "contoso", "tenant_id": tenant, "policy": "B2C_1_in", "api": api}}),
            vec!["https://contoso.b2clogin.com/11111111-2222-3333-4444-555555555555/v2.0/"],
            Provider::b2c("contoso", tenant, "B2C_1_in").api(api),
        ),
        (
            json!({"cognito": {"region": "eu-west-1", "pool": "eu-west-1_Ab1", "clients": ["4example"]}}),
            vec!["https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1"],
            Provider::cognito("eu-west-1", "eu-west-1_Ab1").client("4example"),
        ),
        (
            json!({"okta": {"domain": "acme.okta.com", "server": "default", "audience": "api://default"}}),
            vec!["https://acme.okta.com/oauth2/default"],
            Provider::okta("acme.okta.com", "default").audience("api://default"),
        ),
        (
            json!({"google": {"audience": url, "emails": "a@b.iam.gserviceaccount.com", "domains": "example.com"}}),
            vec!["https://accounts.google.com", "accounts.google.com"],
            Provider::google(url).email("a@b.iam.gserviceaccount.com").domain("example.com"),
        ),
        (
            json!({"firebase": {"project": "acme-1a2b3"}}),
            vec!["https://securetoken.google.com/acme-1a2b3"],
            Provider::firebase("acme-1a2b3"),
        ),
        (
            json!({"supabase": {"project": "abcdefghijklmnopqrst"}}),
            vec!["https://abcdefghijklmnopqrst.supabase.co/auth/v1"],
            Provider::supabase("abcdefghijklmnopqrst"),
        ),
        (
            json!({"supabase": {"project": "abcdefghijklmnopqrst", "secret": "0123456789abcdef0123456789abcdef"}}),
            vec!["https://abcdefghijklmnopqrst.supabase.co/auth/v1"],
            Provider::supabase("abcdefghijklmnopqrst").secret("0123456789abcdef0123456789abcdef"),
        ),
        (
            json!({"supabase": {"url": "http://127.0.0.1:54321"}}),
            vec!["http://127.0.0.1:54321/auth/v1"],
            Provider::supabase_at("http://127.0.0.1:54321"),
        ),
        (
            json!({"clerk": {"domain": "example.clerk.accounts.dev", "origins": ["https://app.example.com"]}}),
            vec!["https://example.clerk.accounts.dev"],
            Provider::clerk("example.clerk.accounts.dev").origin("https://app.example.com"),
        ),
        (
            json!({"aws_alb": {"load_balancer": ARN, "issuer": "https://id.example.com", "clients": "web"}}),
            vec!["https://id.example.com"],
            Provider::aws_alb(ARN, "https://id.example.com").client("web"),
        ),
        (
            json!({"github_actions": {"audience": url, "owners": "acme", "repositories": ["acme/a", "acme/b"]}}),
            vec!["https://token.actions.githubusercontent.com"],
            Provider::github_actions(url).owner("acme").repository("acme/a").repository("acme/b"),
        ),
        (
            json!({"kubernetes": {"audience": url}}),
            vec!["https://kubernetes.default.svc.cluster.local"],
            Provider::kubernetes().audience(url),
        ),
        (
            json!({"cloudflare_access": {"team": "acme", "audience": "4714c1358e65"}}),
            vec!["https://acme.cloudflareaccess.com"],
            Provider::cloudflare_access("acme").audience("4714c1358e65"),
        ),
        (
            json!({"google_iap": {"audience": "/projects/1/global/backendServices/2"}}),
            vec!["https://cloud.google.com/iap"],
            Provider::google_iap("/projects/1/global/backendServices/2"),
        ),
        (
            json!({"adfs": {"host": "sts.example.com", "audience": url}}),
            vec!["http://sts.example.com/adfs/services/trust"],
            Provider::adfs("sts.example.com").audience(url),
        ),
        (
            json!({"keycloak": {"url": "http://localhost:8080/auth", "realm": "acme", "audience": url}}),
            vec!["http://localhost:8080/auth/realms/acme"],
            Provider::keycloak("http://localhost:8080/auth", "acme").audience(url),
        ),
        (
            json!({"curity": {"issuer": "https://id.example.com/oauth/v2/oauth-anonymous", "audience": url}}),
            vec!["https://id.example.com/oauth/v2/oauth-anonymous"],
            Provider::curity("https://id.example.com/oauth/v2/oauth-anonymous").audience(url),
        ),
        (
            json!({"zitadel": {"domain": "acme-a1b2c3.zitadel.cloud", "audience": "261234567890123456"}}),
            vec!["https://acme-a1b2c3.zitadel.cloud"],
            Provider::zitadel("acme-a1b2c3.zitadel.cloud").audience("261234567890123456"),
        ),
        (
            json!({"uaa": {"url": "https://acme.authentication.eu10.hana.ondemand.com", "audience": "api!t1"}}),
            vec!["https://acme.authentication.eu10.hana.ondemand.com/oauth/token"],
            Provider::uaa("https://acme.authentication.eu10.hana.ondemand.com").audience("api!t1"),
        ),
        (
            json!({"hydra": {"issuer": "https://acme.projects.oryapis.com", "audience": url}}),
            vec!["https://acme.projects.oryapis.com"],
            Provider::hydra("https://acme.projects.oryapis.com").audience(url),
        ),
        (
            json!({"identity_server": {"issuer": "https://id.example.com/", "audience": url}}),
            vec!["https://id.example.com/"],
            Provider::identity_server("https://id.example.com/").audience(url),
        ),
        (
            json!({"spring": {"issuer": "https://id.example.com:9443", "audience": url}}),
            vec!["https://id.example.com:9443"],
            Provider::spring("https://id.example.com:9443").audience(url),
        ),
    ]
}

/// What is said of settings that cannot work.
#[track_caller]
fn said(settings: &Value) -> String {
    match Provider::from_value(settings.clone()) {
        Err(error) => error.to_string(),
        other => panic!("{settings}: {other:?}"),
    }
}

#[test]
fn each_row_of_the_table_has_a_preset_that_works_or_says_what_to_do() {
    let working: Vec<_> = working().iter().map(|(_, _, provider)| provider.name()).collect();
    for facts in PROVIDERS {
        if working.contains(&facts.name) {
            continue;
        }
        let error = Provider::from_value(json!({ facts.name: {} })).unwrap_err();
        let name = facts.name;
        assert!(
            matches!(error, ProviderError::CannotWork { .. }),
            "{name} needs a sample in `working`: {error}"
        );
    }
}

#[test]
fn settings_become_the_issuers_of_the_table() {
    for (settings, issuers, constructed) in working() {
        let provider = Provider::from_json(&settings.to_string()).unwrap();
        assert_eq!(provider, constructed, "{settings}");
        assert_eq!(provider, serde_json::from_value(settings.clone()).unwrap());
        assert_eq!(Provider::from_json(&provider.to_json()).unwrap(), provider, "{}", provider.to_json());
        let made = provider.issuers().unwrap();
        assert_eq!(made.iter().map(IssuerConfig::identifier).collect::<Vec<_>>(), issuers, "{settings}");
        assert_eq!(made, constructed.issuers().unwrap());
        let fixed = !["aws_alb", "identity_server", "spring"].contains(&provider.name());
        for issuer in issuers.iter().filter(|issuer| fixed && !issuer.starts_with("http://127.0.0.1")) {
            assert_eq!(of_issuer(issuer).map(|facts| facts.name), Some(provider.name()), "{issuer}");
        }
        EngineConfig::new().provider(provider).build().unwrap();
    }
}

#[test]
fn several_providers_are_trusted_at_once() {
    let mut named = BTreeSet::new();
    let different = working().into_iter().filter(|(_, issuers, provider)| {
        provider.name() != "aws_alb" && provider.token_header() == Ok(None) && named.insert(issuers[0])
    });
    let config = different.fold(EngineConfig::new(), |config, (_, _, provider)| config.provider(provider));
    assert!(config.build().unwrap().issuers().count() > 20);
}

#[test]
fn the_first_wrong_provider_is_an_error_of_the_engine() {
    let config = EngineConfig::new()
        .provider(Provider::auth0("acme.eu.auth0.com"))
        .provider(Provider::cognito("eu-west-1", "x"));
    let error = config.build().map(drop).unwrap_err().to_string();
    assert!(error.starts_with("issuers[0].provider.auth0.audience is missing: "), "{error}");
}

#[test]
fn every_required_member_is_missed_by_its_name_with_what_it_is() {
    for (settings, _, _) in working() {
        let (name, members) = settings.as_object().unwrap().iter().next().unwrap();
        let facts = named(name).unwrap();
        for member in facts.members.iter().filter(|member| member.need == Need::Required) {
            let mut members = members.clone();
            members.as_object_mut().unwrap().remove(member.name);
            let said = said(&json!({ name.as_str(): members }));
            let expected = format!(
                "provider.{name}.{} is missing: {} ({}), for example {:?}",
                member.name, member.what, member.found, member.example
            );
            assert_eq!(said, expected);
        }
    }
}

#[test]
fn every_example_is_a_value_and_every_member_is_described() {
    for facts in PROVIDERS {
        for member in facts.members {
            let at = format!("{}.{}", facts.name, member.name);
            assert!(
                !member.what.is_empty() && !member.found.is_empty() && !member.example.is_empty(),
                "{at}"
            );
            assert_eq!(member.problem_of(member.example), None, "{at}");
            assert!(member.name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{at}");
        }
    }
}

/// Values that would lead elsewhere in the place of a part of a URL.
const SMUGGLED: &[&str] = &[
    "",
    " ",
    "evil.example/",
    "evil.example/x",
    "evil.example?x=",
    "evil.example#",
    "evil.example\\",
    "evil.example%2f",
    "user@evil.example",
    "user:pw@evil.example",
    "..",
    "../x",
    "a/../b",
    "%2e%2e",
    "a b",
    "a\nb",
    "a\r\nb",
    "a\0b",
    "é",
    "evil。example",
    "*",
    "{tenant}",
    "//evil.example",
    "/evil",
    "javascript:alert(1)",
    "[::1]",
];

#[test]
fn no_value_leads_to_another_host_path_or_query() {
    for (settings, issuers, _) in working() {
        let (name, members) = settings.as_object().unwrap().iter().next().unwrap();
        let facts = named(name).unwrap();
        for member in facts.members.iter().filter(|member| member.takes != Takes::Flag) {
            for smuggled in SMUGGLED {
                let mut members = members.clone();
                members[member.name] = json!(smuggled);
                let made = Provider::from_value(json!({ name.as_str(): members }));
                // What is compared with claims, and is no part of a URL.
                let is_elsewhere = matches!(
                    member.form,
                    MemberForm::Text
                        | MemberForm::Secret
                        | MemberForm::Email
                        | MemberForm::Repository
                        | MemberForm::Jwks
                );
                match made {
                    Ok(provider) if is_elsewhere => {
                        let made = provider.issuers().unwrap();
                        let identifiers: Vec<_> = made.iter().map(IssuerConfig::identifier).collect();
                        assert_eq!(identifiers, issuers, "{name}.{}: {smuggled:?}", member.name);
                    }
                    Ok(_) => panic!("{name}.{}: {smuggled:?}", member.name),
                    Err(ProviderError::Malformed { .. } | ProviderError::Excludes { .. }) => {}
                    // The form of the whole was right, and a companion of this member is missing.
                    Err(ProviderError::Missing { .. }) => {
                        panic!("{name}.{}", member.name)
                    }
                    Err(other) => panic!("{name}.{}: {smuggled:?}: {other}", member.name),
                }
            }
        }
    }
}

#[test]
fn urls_are_https_or_on_this_machine_and_end_as_they_should() {
    let keycloak = |url: &str| {
        Provider::from_value(json!({"keycloak": {"url": url, "realm": "acme", "audience": "api"}})).map(drop)
    };
    for good in [
        "https://id.example.com",
        "https://id.example.com:8443/auth",
        "http://localhost:8080",
        "http://[::1]:8080",
    ] {
        keycloak(good).unwrap();
    }
    for wrong in [
        "http://id.example.com",
        "http://keycloak:8080",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "https://id.example.com/",
        "https://id.example.com/realms/acme",
        "https://id.example.com/a/../b",
        "https://id.example.com//auth",
        "https://id.example.com?x",
        "https://user:pw@id.example.com",
        "https://localhost:pw@evil.example",
        "https://ID.example.com",
        "ftp://id.example.com",
        "id.example.com",
    ] {
        let error = keycloak(wrong).unwrap_err();
        assert!(matches!(error, ProviderError::Malformed { .. }), "{wrong}: {error}");
    }
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let (tenant, api) = ("11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000");
    for (settings, expected) in [
        (json!("auth0"), "provider: write one provider and its settings, such as {\"auth0\""),
        (json!({}), "provider: write one provider"),
        (json!({"auth0": {}, "okta": {}}), "provider: write one provider"),
        (json!({"auth0": "acme.eu.auth0.com"}), "provider: write one provider"),
        (
            json!({"azureAD": {}}),
            "provider: there is no preset \"azureAD\"; did you mean \"entra\"? the presets are auth0, logto,",
        ),
        (
            json!({"nothing-like-it": {}}),
            "provider: there is no preset \"nothing-like-it\"; the presets are auth0,",
        ),
        (
            json!({"cognito": {"region": "eu-west-1", "userPoolId": "eu-west-1_Ab1", "clients": ["a"]}}),
            "provider.cognito: there is no setting \"userPoolId\"; did you mean \"pool\"? the settings are region, pool, clients, \
             audience",
        ),
        (
            json!({"cognito": {"region": "eu-west-1", "pool": "eu-west-1_Ab1", "client_id": "a"}}),
            "provider.cognito: there is no setting \"client_id\"; did you mean \"clients\"?",
        ),
        (
            json!({"cognito": {"region": "eu-west-1", "pool": "eu-west-2_Ab1", "clients": ["a"]}}),
            "provider.cognito.pool must begin with the region that is given beside it. It is the id of the user pool (",
        ),
        (
            json!({"cognito": {"region": "eu-west-1", "pool": "eu-west-1_Ab1", "clients": []}}),
            "provider.cognito.clients must be a text or a list of texts that is not empty.",
        ),
        (
            json!({"cognito": {"region": null, "pool": "eu-west-1_Ab1", "clients": ["a"]}}),
            "provider.cognito.region must be a text.",
        ),
        (
            json!({"auth0": {"domain": "https://acme.eu.auth0.com/", "audience": "a"}}),
            "provider.auth0.domain must be a host name in lower case, without https://, port, path and slash. It is the domain \
             of the tenant",
        ),
        (
            json!({"auth0": {"domain": ["a.b", "c.d"], "audience": "a"}}),
            "provider.auth0.domain must be one text.",
        ),
        (
            json!({"entra": {"tenant": "common", "api": api}}),
            "provider.entra.tenant must not be common, organizations or consumers: anybody can make a tenant, and the users of \
             all of them would come in; list the ids",
        ),
        (
            json!({"entra": {"tenant": [tenant, "Organizations"], "api": api}}),
            "provider.entra.tenant must not be common,",
        ),
        (
            json!({"entra": {"tenant": "contoso.onmicrosoft.com", "api": api}}),
            "provider.entra.tenant must be the tenant's id, a GUID",
        ),
        (
            json!({"entra": {"tenant": tenant, "api": format!("api://{api}")}}),
            "provider.entra.api must be a GUID in lower case, without api:// before it.",
        ),
        (
            json!({"entra": {"tenant": tenant, "api": api, "app_keys": "yes"}}),
            "provider.entra.app_keys must be true or false.",
        ),
        (
            json!({"entra": {"tenant": tenant, "api": api, "cloud": "moon"}}),
            "provider.entra.cloud is not one of the words that are possible here.",
        ),
        (
            json!({"entra_external": {"tenant_id": tenant, "api": api, "tenant": "contoso"}}),
            "provider.entra_external.policy is missing: for Azure AD B2C,",
        ),
        (
            json!({"okta": {"domain": "acme-admin.okta.com", "server": "default", "audience": "a"}}),
            "provider.okta.domain must be the domain without -admin,",
        ),
        (
            json!({"okta": {"domain": "acme.okta.com", "audience": "a"}}),
            "provider.okta: no server is given, and the access tokens of the org authorization server are for Okta's own APIs: \
             its keys are not published. Have clients use a custom authorization server and give its id as server",
        ),
        (
            json!({"clerk": {"domain": "example.clerk.accounts.dev", "origins": "https://app.example.com/"}}),
            "provider.clerk.origins must be the origin of a web page as browsers write it",
        ),
        (json!({"supabase": {}}), "provider.supabase.project is missing:"),
        (
            json!({"supabase": {"project": "a", "url": "https://a.example"}}),
            "provider.supabase: give project or url, not both",
        ),
        (
            json!({"github_actions": {"audience": "a"}}),
            "provider.github_actions.owners is missing: the organizations and users whose repositories may call, since any",
        ),
        (
            json!({"google": {"audience": "a"}}),
            "provider.google.emails is missing: the service accounts and users",
        ),
        (
            json!({"google_iap": {"audience": "https://api.example.com"}}),
            "provider.google_iap.audience must begin with /projects/<project number>/",
        ),
        (
            json!({"aws_alb": {"load_balancer": "web", "issuer": "https://id.example.com", "clients": "web"}}),
            "provider.aws_alb.load_balancer must be the ARN of an application load balancer,",
        ),
        (json!({"salesforce": {}}), "provider.salesforce: its access tokens are session ids"),
    ] {
        let said = said(&settings);
        assert!(said.starts_with(expected), "{settings}\n{said}\n{expected}");
    }
}

#[test]
fn a_member_that_is_given_twice_is_refused() {
    let text = r#"{"auth0": {"domain": "a.auth0.com", "domain": "b.auth0.com", "audience": "a"}}"#;
    let error = Provider::from_json(text).unwrap_err();
    assert_eq!(error.to_string(), "provider: a member name occurs twice");
    assert_eq!(Provider::from_json("[]").unwrap_err().to_string(), "provider: not a JSON object");
}

#[test]
fn a_method_of_another_provider_is_refused() {
    let error = Provider::auth0("acme.eu.auth0.com").audience("a").client("c").issuers().unwrap_err();
    assert!(error.to_string().starts_with("provider.auth0: there is no setting \"clients\";"), "{error}");
}
