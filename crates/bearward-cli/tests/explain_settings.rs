//! `bearward explain` with an API's further settings: several issuers, other places of keys, algorithms, the strict
//! profile, both sides of a requirement, and providers by their names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod process;

use bearward_issuer::{Algorithm, Endpoint, Fault, Issuer, RunningIssuer, SigningKey, TokenBuilder};
use process::{Directory, Run, explain};
use serde_json::{Value, json};

const API: &str = "https://api.example.com";

async fn issuer() -> RunningIssuer {
    Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap()
}

fn token(issuer: &RunningIssuer) -> TokenBuilder {
    issuer.mint().audience(API).scope("read:messages")
}

/// What came of it: the exit code, and the verdict's code.
fn verdict(run: &Run) -> (i32, String) {
    (run.code, run.json()["verdict"]["code"].as_str().unwrap_or_else(|| panic!("{}", run.stderr)).to_owned())
}

fn detail(report: &Value, name: &str) -> String {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name).unwrap();
    check["detail"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_issuers_are_trusted_each_with_its_own_keys() {
    let (one, other, stranger) = (issuer().await, issuer().await, issuer().await);
    let trusted = ["--json", "--issuer", one.url(), "--issuer", other.url(), "--audience", API];
    for issuer in [&one, &other] {
        let run = explain(&trusted, token(issuer).sign());
        assert_eq!(verdict(&run), (0, "accepted".to_owned()));
    }
    let run = explain(&trusted, token(&stranger).sign());
    assert_eq!(verdict(&run), (1, "issuer_unknown".to_owned()));
    let told = detail(&run.json(), "issuer");
    assert!(told.contains(&format!("the trusted ones are {:?}, {:?}", one.url(), other.url())), "{told}");
    let mixed = token(&one).signed_by(&other.signing_key()).sign();
    assert_eq!(verdict(&explain(&trusted, mixed)), (1, "key_unknown".to_owned()));

    let run = explain(&[&trusted[..], &["--jwks-uri", &one.jwks_uri()]].concat(), token(&one).sign());
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("name one --issuer"), "{}", run.stderr);
    let run = explain(&["--issuer", one.url(), "--issuer", one.url(), "--audience", API], token(&one).sign());
    assert!(run.code == 2 && run.stderr.contains("is given twice"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_from_where_the_command_line_says() {
    let issuer = issuer().await;
    let good = token(&issuer).sign();
    let trusted = ["--json", "--issuer", "https://elsewhere.example", "--audience", API];
    issuer.stage(Endpoint::Metadata, Fault::Status(500));
    let own = ["--json", "--issuer", issuer.url(), "--audience", API];
    assert_eq!(verdict(&explain(&own, &good)).1, "keys_unavailable");
    let by_uri = explain(&[&own[..], &["--jwks-uri", &issuer.jwks_uri()]].concat(), &good);
    assert_eq!(verdict(&by_uri), (0, "accepted".to_owned()));
    let fetches = by_uri.json()["fetches"].as_array().unwrap().len();
    assert_eq!(fetches, 1, "no metadata");
    issuer.heal();
    let metadata = issuer.oauth_metadata_uri();
    let by_metadata = explain(&[&own[..], &["--metadata-url", &metadata]].concat(), &good);
    assert_eq!(verdict(&by_metadata), (0, "accepted".to_owned()));
    assert_eq!(by_metadata.json()["fetches"][0]["url"], metadata.as_str());
    // The issuer still counts.
    let other = explain(&[&trusted[..], &["--jwks-uri", &issuer.jwks_uri()]].concat(), &good);
    assert_eq!(verdict(&other), (1, "issuer_unknown".to_owned()));

    for (flags, expected) in [
        (
            &["--jwks-uri", "http://keys.example/jwks"][..],
            "--jwks-uri \"http://keys.example/jwks\": plain http",
        ),
        (&["--metadata-url", "http://keys.example/"], "--metadata-url \"http://keys.example/\": plain http"),
        (&["--jwks-uri", "https://a.example", "--metadata-url", "https://b.example"], "cannot be used with"),
    ] {
        let run = explain(&[&own[..], flags].concat(), &good);
        assert!(run.code == 2 && run.stderr.contains(expected), "{}", run.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn algorithms_tolerance_and_profile_are_those_of_the_api() {
    let issuer = issuer().await;
    let own = ["--json", "--issuer", issuer.url(), "--audience", API];
    let with = |flags: &[&str], token: String| explain(&[&own[..], flags].concat(), token);

    let run = with(&["--algorithm", "RS256", "--algorithm", "PS256"], token(&issuer).sign());
    assert_eq!(verdict(&run), (1, "algorithm_not_allowed".to_owned()));
    assert_eq!(detail(&run.json(), "algorithm"), "alg is \"ES256\", allowed are RS256, PS256");
    assert_eq!(verdict(&with(&["--algorithm", "ES256"], token(&issuer).sign())).0, 0);
    for (name, expected) in [("HS256", "never serve a shared secret's"), ("RS1", "not an algorithm such as")]
    {
        let run = with(&["--algorithm", name], token(&issuer).sign());
        assert!(run.code == 2 && run.stderr.contains(expected), "{}", run.stderr);
    }

    let late = token(&issuer).expires_in(-30).sign();
    assert_eq!(verdict(&with(&[], late.clone())), (1, "token_expired".to_owned()));
    assert_eq!(verdict(&with(&["--clock-tolerance", "60"], late.clone())), (0, "accepted".to_owned()));
    let run = with(&["--clock-tolerance", "3600"], late);
    assert!(run.code == 2 && run.stderr.contains("--clock-tolerance: "), "{}", run.stderr);

    let strict = ["--profile", "rfc9068"];
    let run = with(&strict, token(&issuer).header("typ", "JWT").sign());
    assert_eq!(verdict(&run), (1, "token_type_mismatch".to_owned()));
    assert_eq!(detail(&run.json(), "profile"), "typ is \"JWT\", where RFC 9068 §2.1 asks for \"at+jwt\"");
    let run = with(&strict, token(&issuer).remove("jti").sign());
    assert_eq!(verdict(&run), (1, "claim_missing".to_owned()));
    assert_eq!(detail(&run.json(), "profile"), "RFC 9068 §2.2 asks for jti, which the token has not");
    let run = with(&strict, token(&issuer).sign());
    assert_eq!(verdict(&run), (0, "accepted".to_owned()));
    assert!(detail(&run.json(), "profile").starts_with("RFC 9068: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requirement_is_shown_with_the_values_of_both_sides() {
    let issuer = issuer().await;
    let own = ["--json", "--issuer", issuer.url(), "--audience", API];
    let user = token(&issuer).claim("role", "user").claim("realm_access", json!({ "roles": ["a"] })).sign();
    for (requirement, code, said, found) in [
        (
            r#"{"claim":{"path":"role","equals":"admin"}}"#,
            "claim_unmet",
            r#"required is {"claim":{"path":"role","equals":"admin"}}, the token has role: "user""#,
            json!({ "role": "user" }),
        ),
        (
            r#"{"role":{"name":"editor","claim":["realm_access","roles"]}}"#,
            "role_missing",
            r#"the token has realm_access.roles: ["a"]"#,
            json!({ "realm_access.roles": ["a"] }),
        ),
        (
            r#"{"organization":{"is":"org_2"}}"#,
            "organization_missing",
            "the token has no organization_id",
            json!({ "organization_id": null }),
        ),
        (
            r#"{"acr":["mfa"]}"#,
            "authentication_too_weak",
            r#"required is {"acr":["mfa"]}, the token has no acr"#,
            json!({ "acr": null }),
        ),
        (
            r#"{"and":[{"scope":"read:messages"},{"claim":{"path":"role","equals":"admin"}}]}"#,
            "claim_unmet",
            r#"the token has role: "user", scope: "read:messages""#,
            json!({ "role": "user", "scope": "read:messages" }),
        ),
    ] {
        let run = explain(&[&own[..], &["--requirement", requirement]].concat(), &user);
        assert_eq!(verdict(&run), (1, code.to_owned()));
        let report = run.json();
        let detail = detail(&report, "requirement");
        assert!(detail.contains(said), "{detail}");
        assert_eq!(report["requirement"]["found"], found);
        assert_eq!(report["requirement"]["required"], serde_json::from_str::<Value>(requirement).unwrap());
    }
    let met = r#"{"claim":{"path":"role","one_of":["user","admin"]}}"#;
    let report = explain(&[&own[..], &["--requirement", met]].concat(), &user).json();
    assert!(detail(&report, "requirement").starts_with("met: required is {"), "{report}");
}

/// A token of this issuer, and the flags for an API that trusts it by a key in a file.
fn by_file(directory: &Directory, issuer: &str) -> (TokenBuilder, Vec<String>) {
    let key = SigningKey::generate(Algorithm::Es256);
    let file = directory.file("key.pem");
    std::fs::write(&file, key.public_pem().unwrap()).unwrap();
    let flags = ["--issuer", issuer, "--audience", API, "--jwks", &file].map(str::to_owned);
    (TokenBuilder::new(&key, issuer).audience(API), flags.into())
}

#[test]
fn the_provider_of_a_token_is_named_with_what_its_users_get_wrong_and_what_to_do() {
    let directory = Directory::new();
    let issuer = "https://id.example.com/realms/demo";
    let (token, flags) = by_file(&directory, issuer);
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let token = token.claim("aud", "account").claim("azp", "spa").sign();
    let text = explain(&flags, &token).stdout;
    assert!(text.contains("\na token in the form of Keycloak\n"), "{text}");
    assert!(
        text.contains(
            "\nHINT (Keycloak): the token's aud is \"account\": Keycloak names this API only once a mapper says so.\n  \
             In the client scope that this API's tokens have, add a mapper of the type Audience with \
             https://api.example.com as the included (custom) audience and \"Add to access token\" on.\n  \
             Rust: .issuer(\"https://id.example.com/realms/demo\").audience(\"https://api.example.com\")\n  \
             Node: auth({ issuerBaseURL: 'https://id.example.com/realms/demo', audience: 'https://api.example.com' })\n"
        ),
        "{text}"
    );
    let verdict_last = text.find("\nHINT").unwrap() < text.find("\nREFUSED: audience_mismatch").unwrap();
    assert!(verdict_last, "{text}");

    let report = explain(&[&flags[..], &["--json"]].concat(), &token).json();
    assert_eq!(report["provider"], json!({ "name": "keycloak", "title": "Keycloak" }));
    let hint = &report["hints"][0];
    assert_eq!((&hint["code"], &hint["provider"]), (&json!("keycloak_audience_mapper"), &json!("Keycloak")));
    let members: Vec<_> = hint.as_object().unwrap().keys().collect();
    assert_eq!(members, ["code", "node", "problem", "provider", "remedy", "rust"]);
}

#[test]
fn tokens_without_an_audience_are_held_against_their_client() {
    let directory = Directory::new();
    let pool = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab";
    let (token, _) = by_file(&directory, pool);
    let token = token.remove("aud").claim("client_id", "4example").claim("token_use", "access");
    let file = directory.file("key.pem");
    let own = ["--json", "--issuer", pool, "--jwks", &file];
    let with = |pairs: &[&str], token: &TokenBuilder| {
        let flags: Vec<_> = pairs.iter().flat_map(|pair| ["--tokens-without-audience", pair]).collect();
        explain(&[&own[..], &flags].concat(), token.sign())
    };
    let access = ["client_id=other", "client_id=4example", "token_use=access"];
    assert_eq!(verdict(&with(&access, &token)), (0, "accepted".to_owned()));
    let run = with(&["client_id=other"], &token);
    assert_eq!(verdict(&run), (1, "audience_substitute_mismatch".to_owned()));
    assert_eq!(
        detail(&run.json(), "audience"),
        "no aud, and client_id is \"4example\", token_use is \"access\""
    );
    let id_token = token.clone().header("typ", "JWT").claim("token_use", "id").claim("aud", "4example");
    assert_eq!(verdict(&with(&access, &id_token)), (1, "token_type_mismatch".to_owned()));
    // Without that setting, the hint says which one is missing.
    let report = explain(&[&own[..], &["--audience", API]].concat(), token.sign()).json();
    assert_eq!(report["verdict"]["code"], "claim_missing");
    assert_eq!(report["hints"][0]["code"], "audience_absent");
    for (pair, expected) in [
        ("4example", "write the claim, = and its value"),
        ("token_use=access", "name the client by client_id, azp, appid or cid"),
        ("client_id=", "one of the accepted clients is empty"),
    ] {
        let run = with(&[pair], &token);
        assert!(run.code == 2 && run.stderr.contains(expected), "{pair}: {}", run.stderr);
    }
}

#[test]
fn a_provider_can_be_named_and_its_preset_filled_in() {
    let directory = Directory::new();
    let (token, _) = by_file(&directory, "https://acme.eu.auth0.com/");
    let file = directory.file("key.pem");
    let pairs = format!("auth0:domain=acme.eu.auth0.com,audience=https://other.example.com,audience={API}");
    let preset = json!({ "auth0": { "domain": "acme.eu.auth0.com", "audience": API } }).to_string();
    for provider in [&pairs, &preset] {
        let auth0 = ["--json", "--provider", provider, "--jwks", &file];
        assert_eq!(verdict(&explain(&auth0, token.sign())), (0, "accepted".to_owned()), "{provider}");
    }
    let other = [
        "--json",
        "--provider",
        "auth0:domain=acme.eu.auth0.com,audience=https://o.example",
        "--jwks",
        &file,
    ];
    assert_eq!(verdict(&explain(&other, token.sign())), (1, "audience_mismatch".to_owned()));
    // The issuer does not tell, so the provider is named.
    let custom =
        ["--json", "--provider", "auth0", "--issuer", "https://login.example.com/", "--audience", API];
    let report = explain(&[&custom[..], &["--jwks", &file]].concat(), "hZ3kQ1mDk9").json();
    assert_eq!(report["hints"][0]["code"], "audience_not_requested");
    assert_eq!(report["provider"]["name"], "auth0");
    for (named, expected) in [
        ("auth1", "--provider: it is one of auth0, logto, entra,"),
        ("auth0:domian=x", "provider.auth0: there is no setting \"domian\"; did you mean \"domain\"?"),
        ("auth0:domain=a/b,audience=x", "provider.auth0.domain"),
        ("cognito:region=eu-west-1", "provider.cognito.pool is missing"),
        ("auth0:acme", "write auth0:KEY=VALUE,KEY=VALUE"),
        (r#"{"auth0": {}}"#, "provider.auth0.domain is missing"),
    ] {
        let run = explain(&["--provider", named], token.sign());
        assert!(run.code == 2 && run.stderr.contains(expected), "{named}: {}", run.stderr);
    }
    let run = explain(&["--provider", &preset, "--audience", API], token.sign());
    assert!(run.code == 2 && run.stderr.contains("leave out --issuer and --audience"), "{}", run.stderr);
}

#[test]
fn a_preset_takes_the_client_for_the_audience_and_reads_its_proxy_s_header() {
    let directory = Directory::new();
    let (token, _) = by_file(&directory, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1");
    let file = directory.file("key.pem");
    let token = token.remove("aud").claim("client_id", "4example").claim("token_use", "access");
    for (client, expected) in [("4example", (0, "accepted")), ("other", (1, "audience_substitute_mismatch"))]
    {
        let cognito = format!("cognito:region=eu-west-1,pool=eu-west-1_Ab1,clients={client}");
        let run = explain(&["--json", "--provider", &cognito, "--jwks", &file], token.sign());
        assert_eq!(verdict(&run), (expected.0, expected.1.to_owned()), "{}", run.stdout);
    }

    let (token, _) = by_file(&directory, "https://acme.cloudflareaccess.com");
    let cloudflare = format!("cloudflare_access:team=acme,audience={API}");
    let run = explain(&["--json", "--provider", &cloudflare, "--jwks", &file], token.sign());
    assert_eq!(verdict(&run), (0, "accepted".to_owned()));
    assert_eq!(run.json()["hints"], json!([]), "the API reads that header");
}

#[test]
fn a_proxy_s_header_can_be_pasted_whole() {
    let directory = Directory::new();
    let (token, flags) = by_file(&directory, "https://acme.cloudflareaccess.com");
    let flags: Vec<_> = flags.iter().map(String::as_str).chain(["--json"]).collect();
    let run = explain(&flags, format!("Cf-Access-Jwt-Assertion: {}", token.sign()));
    assert_eq!(verdict(&run), (0, "accepted".to_owned()));
    let report = run.json();
    assert_eq!(report["hints"].as_array().unwrap().len(), 1, "accepted, if the API reads that header");
    assert_eq!(report["hints"][0]["code"], "token_in_other_header");
}

#[test]
fn help_is_grouped_by_what_the_options_are_about() {
    let help = explain(&["--help"], "").stdout;
    let groups = [
        "The token:",
        "What the API accepts:",
        "Where the keys are:",
        "What the route requires:",
        "How the token was sent:",
        "Asking the issuer about opaque tokens (introspection):",
        "Output:",
    ];
    let places: Vec<_> =
        groups.iter().map(|group| help.find(group).unwrap_or_else(|| panic!("{group}: {help}"))).collect();
    assert!(places.is_sorted(), "{help}");
    for (group, option) in [
        (0, "[TOKEN|-]"),
        (1, "--issuer"),
        (1, "--profile"),
        (2, "--metadata-url"),
        (3, "--requirement"),
        (4, "--nonce"),
        (5, "--client-auth"),
        (6, "--json"),
    ] {
        let end = places.get(group + 1).copied().unwrap_or(help.len());
        assert!(help[places[group]..end].contains(option), "{option} is not in {}: {help}", groups[group]);
    }
}
