//! Settings as data: what is read, what is refused, and at which path.

use serde_json::{Value, json};

use super::*;
use crate::mint::{self, SigningKey};

const MARK: &str = "hush";

fn problems(value: Value) -> Vec<(String, String)> {
    let found = Settings::problems_of(value);
    found.iter().map(|error| (error.path.clone(), error.sentence())).collect()
}

#[track_caller]
fn assert_problem(value: Value, path: &str, said: &str) {
    let found = problems(value);
    let is_it = |(at, sentence): &(String, String)| at == path && sentence.contains(said);
    assert!(found.iter().any(is_it), "{path}: {said} in {found:#?}");
}

fn minimal() -> Value {
    json!({ "issuers": [{ "issuer": "https://tenant.example/oidc" }], "audiences": ["https://api.example.com"] })
}

/// The minimal settings with other members.
fn with(members: Value) -> Value {
    let mut settings = minimal();
    settings.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    settings
}

fn with_issuer(members: Value) -> Value {
    let mut settings = minimal();
    settings["issuers"][0].as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    settings
}

#[test]
fn a_list_of_revocations_has_a_bound_that_leaves_room() {
    assert_eq!(problems(with(json!({ "revocations": { "max_entries": 1 } }))), []);
    assert_problem(
        with(json!({ "revocations": { "max_entries": 0 } })),
        "revocations.max_entries",
        "at least 1",
    );
    assert_problem(with(json!({ "revocations": {} })), "revocations.max_entries", "");
    assert_problem(with(json!({ "revocations": null })), "revocations", "");
    assert_problem(
        with(json!({ "revocations": { "max_tokens": 1 } })),
        "revocations.max_tokens",
        "no setting",
    );
}

#[test]
fn every_setting_is_read() {
    let key = SigningKey::ed25519("k", 1);
    let pem = include_str!("../../../tests/fixtures/rsa-2048.pem");
    let settings = json!({
        "issuers": [
            {
                "issuer": "https://tenant.example/oidc",
                "metadata_base_url": "http://keycloak.auth.svc:8080/oidc",
                "algorithms": ["RS256", "HS256"],
                "shared_secret_beside_keys": { "base64": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
                "audiences": ["own"],
                "tokens_without_audience": { "client_id": ["4example"], "claims": { "token_use": "access" } },
                "organization_claim": { "path": ["https://example.com/org", "id"], "several": true },
                "required_claims": [{ "claim": "repository_owner", "one_of": ["acme"] }],
                "introspection": {
                    "client_id": "api", "client_secret": "secret", "client_auth": "client_secret_post",
                    "endpoint": "https://tenant.example/introspect", "tokens": "every", "answers": "signed_jwt",
                    "cache_for": "30s", "cache_refusals_for": "2s", "bridge_for": "0s",
                },
                "dangerous": { "allow_plain_http": true },
            },
            { "issuer": "https://by-url.example", "metadata_url": "https://by-url.example/metadata" },
            { "issuer": "https://by-keys.example", "static_keys": serde_json::from_str::<Value>(&mint::jwks([&key])).unwrap() },
            { "issuer": "https://by-text.example", "static_keys": mint::jwks([&key]) },
            { "issuer": "https://by-pem.example", "public_key_pem": pem, "algorithms": ["RS256"] },
            { "issuer": "https://by-secret.example", "shared_secret": "a secret of thirty-two bytes at least" },
            { "provider": { "auth0": { "domain": "acme.eu.auth0.com", "audience": "https://api.example.com" } } },
        ],
        "audiences": ["https://api.example.com"],
        "profile": "rfc9068",
        "clock_tolerance": "10s",
        "max_age": "1d",
        "organization_claim": "org_id",
        "key_sets": { "cooldown": "1m", "min_age": "1m", "max_age": "15m", "max_stale": "12h", "max_metadata_age": "2h" },
        "limits": { "max_token_bytes": 8192, "max_keys_tried": 2, "max_cached_tokens": 0, "fetch_timeout": "2s" },
        "dpop": {
            "mode": "required", "max_proof_age": "1m", "max_proof_future": "5s", "algorithms": ["ES256"],
            "nonces": { "secret": "a secret of thirty-two bytes at least", "lifetime": "2m" },
        },
        "certificates": "accepted",
        "revocations": { "max_entries": 1000 },
        "public_origin": "https://api.example.com",
        "trusted_proxies": {
            "networks": ["10.0.0.0/8"],
            "headers": {
                "host": "x-forwarded-host", "proto": "forwarded",
                "client_certificate": { "form": "pem", "header": "x-client-cert" },
            },
        },
        "realm": "orders",
        "error_body": "problem",
        "resource": { "identifier": "https://api.example.com", "scopes": ["read"], "members": { "x": 1 } },
        "dangerous": { "clock_tolerance": "5m" },
    });
    assert_eq!(problems(settings.clone()), []);
    let engine = Settings::from_value(settings).unwrap().engine_config().unwrap().build().unwrap();
    assert_eq!(engine.issuers().count(), 7);
    assert_eq!((engine.limits().max_token_bytes, engine.limits().max_keys_tried), (8192, 2));
    assert_eq!(
        engine.resource_metadata().unwrap().url(),
        "https://api.example.com/.well-known/oauth-protected-resource"
    );
    for (place, name) in [("cookie", "__Host-token"), ("header", "x-token"), ("subprotocol", "bearer")] {
        let settings = with(json!({ "token_place": { place: name }, "dpop": { "mode": "off" } }));
        assert_eq!(problems(settings), [], "{place}");
    }
}

#[test]
fn what_is_not_known_is_refused_with_what_was_meant() {
    let meant = |name: &str| format!("did you mean {name:?}?");
    assert_problem(with_issuer(json!({ "jwks_url": "x" })), "issuers[0].jwks_url", &meant("jwks_uri"));
    assert_problem(with_issuer(json!({ "jwksUri": "x" })), "issuers[0].jwksUri", &meant("jwks_uri"));
    assert_problem(with(json!({ "audience": "x" })), "audience", &meant("audiences"));
    assert_problem(with(json!({ "dpop": { "mode": "requierd" } })), "dpop.mode", &meant("required"));
    assert_problem(
        with(json!({ "limits": { "max_cache_tokens": 1 } })),
        "limits.max_cache_tokens",
        &meant("max_cached_tokens"),
    );
    assert_problem(with(json!({ "colour": 1 })), "colour", "there is no setting of this name");
    let provider = json!({ "issuers": [{ "provider": { "auth0": { "domian": "acme.eu.auth0.com" } } }] });
    assert_problem(provider, "issuers[0].provider.auth0", &meant("domain"));
    let long = "x".repeat(1000);
    assert!(problems(with(json!({ long.as_str(): 1 })))[0].0.len() < 50, "a path is bounded");
}

#[test]
fn an_empty_member_is_not_taken_for_one_that_is_left_out() {
    let said = "null and an empty member say nothing";
    assert_problem(with_issuer(json!({ "algorithms": null })), "issuers[0].algorithms", said);
    assert_problem(with(json!({ "dpop": { "mode": "required", "nonces": null } })), "dpop.nonces", said);
    assert_problem(with(json!({ "max_age": null })), "max_age", said);
}

#[test]
fn what_is_not_of_its_form_is_said_without_the_value() {
    for (settings, path, said) in [
        (with(json!({ "clock_tolerance": 5 })), "clock_tolerance", "must be a duration, such as"),
        (with(json!({ "clock_tolerance": "hush" })), "clock_tolerance", "must be a duration, such as"),
        (with(json!({ "audiences": "hush" })), "audiences", "must be a list"),
        (with(json!({ "audiences": ["a", { "hush": 1 }] })), "audiences[1]", "must be a text"),
        (with(json!({ "realm": 7 })), "realm", "must be a text"),
        (with(json!({ "limits": { "max_keys": -1 } })), "limits.max_keys", "must be a whole number"),
        (with(json!({ "limits": { "max_keys": "hush" } })), "limits.max_keys", "must be a whole number"),
        (with(json!({ "limits": ["hush"] })), "limits", "must be an object"),
        (with(json!({ "dpop": { "mode": "hush" } })), "dpop.mode", "the words are off, accepted, required"),
        (with(json!({ "dpop": { "mode": ["hush"] } })), "dpop.mode", "the words are off, accepted, required"),
        (with(json!({ "organization_claim": 7 })), "organization_claim", "must be the path of a claim"),
        (with_issuer(json!({ "shared_secret": 7 })), "issuers[0].shared_secret", "must be a text"),
        (
            with_issuer(json!({ "algorithms": ["RS256", "hush"] })),
            "issuers[0].algorithms[1]",
            "signature algorithm",
        ),
        (with_issuer(json!({ "introspection": {} })), "issuers[0].introspection.client_id", "is mandatory"),
        (
            with_issuer(json!({ "introspection": { "client_id": "a" } })),
            "issuers[0].introspection.client_secret",
            "is mandatory",
        ),
        (
            with_issuer(json!({ "jwks_uri": "https://a.example", "static_keys": "hush" })),
            "issuers[0]",
            "give one of",
        ),
        (
            with_issuer(json!({ "tokens_without_audience": {} })),
            "issuers[0].tokens_without_audience",
            "give one of client_id",
        ),
        (with_issuer(json!({ "provider": {} })), "issuers[0].provider", "must be alone"),
        (json!({ "issuers": [{}], "audiences": ["a"] }), "issuers[0].issuer", "is mandatory"),
        (json!("hush"), "", "must be an object"),
    ] {
        let shown = format!("{:?}", Settings::problems_of(settings.clone()));
        assert!(!shown.contains(MARK), "{shown}");
        assert_problem(settings, path, said);
    }
}

#[test]
fn what_cannot_work_is_said_at_its_path() {
    for (settings, path, said) in [
        (json!({}), "issuers", "at least one issuer is needed"),
        (json!({ "issuers": [{ "issuer": "https://a.example" }] }), "issuers[0].audiences", "at least one"),
        (with(json!({ "clock_tolerance": "61s" })), "clock_tolerance", "at most 60 seconds"),
        (with(json!({ "public_origin": "api.example.com" })), "public_origin", "must be an absolute URL"),
        (
            with(json!({ "trusted_proxies": { "networks": ["10.0.0.0/8", "*"] } })),
            "trusted_proxies.networks[1]",
            "not an IP",
        ),
        (
            with(json!({ "trusted_proxies": { "headers": { "host": "forwarded" } } })),
            "trusted_proxies.networks",
            "name the addresses",
        ),
        (
            with(json!({ "dpop": { "max_proof_age": "2h" } })),
            "dpop.max_proof_age",
            "from a second to an hour",
        ),
        (with(json!({ "dpop": { "nonces": { "secret": "short" } } })), "dpop.nonces.secret", "too short"),
        (with(json!({ "realm": "a\nb" })), "realm", "printable ASCII"),
        (
            with(json!({ "resource": { "identifier": "api" } })),
            "resource.identifier",
            "must be an absolute https URL",
        ),
        (with(json!({ "token_place": { "header": "a", "cookie": "b" } })), "token_place", "give one of"),
        (
            with(
                json!({ "dangerous": { "allow_any_issuer": true }, "issuers": [{ "issuer": "https://a.example" }, { "issuer": "https://b.example" }] }),
            ),
            "dangerous.allow_any_issuer",
            "exactly one",
        ),
        (with_issuer(json!({ "jwks_uri": "http://a.example" })), "issuers[0].jwks_uri", "plain http"),
        (
            with_issuer(json!({ "load_balancer": { "arn": "x" } })),
            "issuers[0].load_balancer.arn",
            "must be an ARN",
        ),
        (
            with_issuer(json!({ "shared_secret": "short" })),
            "issuers[0].shared_secret",
            "5 bytes are too short",
        ),
    ] {
        assert_problem(settings, path, said);
    }
}

#[test]
fn every_problem_is_found_in_one_go() {
    let settings = json!({
        "issuers": [
            { "issuer": "https://a.example", "jwks_url": "x", "algorithms": ["none"], "introspection": 7 },
            { "issuer": "http://b.example" },
            { "issuer": "https://c.example", "shared_secret": "short", "introspection": {} },
        ],
        "token_place": { "header": "x", "trusted_origins": ["https://a.example", {}] },
        "audiences": ["https://api.example.com", ""],
        "clock_tolerance": "2m",
        "relm": "x",
    });
    let mut found: Vec<_> = problems(settings).into_iter().map(|(path, _)| path).collect();
    found.sort_unstable();
    let expected = [
        "audiences[1]",
        "clock_tolerance",
        "issuers[0].algorithms[0]",
        "issuers[0].introspection",
        "issuers[0].jwks_url",
        "issuers[1].issuer",
        "issuers[2].introspection.client_id",
        "issuers[2].shared_secret",
        "relm",
        "token_place.trusted_origins[1]",
    ];
    for path in expected {
        assert!(found.iter().any(|found| found == path), "{path} in {found:?}");
    }
}

#[test]
fn nothing_shows_a_secret() {
    let settings = Settings::from_value(json!({
        "issuers": [
            {
                "issuer": "https://a.example", "shared_secret": MARK.repeat(8),
                "introspection": { "client_id": "api", "client_secret": MARK },
            },
            { "issuer": "https://b.example", "static_keys": { "kty": "oct", "k": MARK } },
            { "provider": { "supabase": { "project": "abcdefghijklmnopqrst", "secret": MARK } } },
        ],
        "dpop": { "nonces": { "secret": MARK.repeat(8), "previous_secret": MARK } },
    }))
    .unwrap();
    for shown in [
        format!("{settings:?} {settings:#?}"),
        serde_json::to_string(&settings).unwrap(),
        format!("{:?}", settings.problems()),
    ] {
        assert!(!shown.contains(MARK), "{shown}");
    }
}

#[cfg(feature = "schema")]
#[test]
fn the_schema_knows_every_member_that_is_read() {
    let schema = Settings::json_schema();
    let members = schema["properties"].as_object().unwrap();
    let written = serde_json::to_value(Settings::default()).unwrap();
    let names = |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<Vec<_>>();
    let (mut known, mut read) = (names(members), names(written.as_object().unwrap()));
    known.sort_unstable();
    read.sort_unstable();
    assert_eq!(known, read);
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"]["audiences"]["description"].is_string());
}

#[test]
fn a_default_gives_way_to_what_is_set() {
    for key_sets in [json!({ "max_age": "10s" }), json!({ "max_age": "48h" })] {
        assert_eq!(problems(with(json!({ "key_sets": key_sets }))), []);
    }
    let contradiction = json!({ "key_sets": { "max_age": "10s", "min_age": "20s" } });
    assert_problem(with(contradiction), "key_sets.min_age", "at most max_age");
    let contradiction = json!({ "key_sets": { "max_age": "2h", "max_stale": "1h" } });
    assert_problem(with(contradiction), "key_sets.max_stale", "at least max_age");
}

#[test]
fn an_issuer_by_itself_is_read_as_in_the_list() {
    let issuer = IssuerConfig::from_value(json!({
        "issuer": "https://tenant.example/oidc", "jwks_uri": "https://tenant.example/keys", "audiences": ["own"],
    }));
    let issuer = issuer.unwrap();
    assert_eq!(issuer.identifier(), "https://tenant.example/oidc");
    assert_eq!(issuer.audiences(), ["own"]);
    for (value, path, said) in [
        (json!({ "issuer": "https://a.example", "jwks_url": "x" }), "jwks_url", "did you mean \"jwks_uri\"?"),
        (json!({ "jwks_uri": "https://a.example" }), "issuer", "is mandatory"),
        (json!({ "provider": { "firebase": { "project": "acme" } } }), "provider", "several issuers"),
        (json!({ "provider": { "firebase": {} } }), "provider.firebase.project", "missing"),
        (json!([]), "", "an object"),
        (json!({ "issuer": "https://a.example", "shared_secret": [MARK] }), "shared_secret", "a text"),
    ] {
        let error = IssuerConfig::from_value(value).unwrap_err();
        assert_eq!(error.path, path);
        assert!(error.to_string().contains(said) && !error.to_string().contains(MARK), "{error}");
    }
}

#[test]
fn a_resource_is_described_without_the_rest() {
    let document = |settings: Value| -> Value {
        let described = Settings::from_value(settings).unwrap().describe_resource().unwrap().unwrap();
        serde_json::from_slice(described.json()).unwrap()
    };
    let resource = json!({ "identifier": "https://api.example.com" });
    let alone = document(json!({ "resource": resource, "dpop": { "mode": "off" } }));
    assert_eq!(alone["resource"], "https://api.example.com");
    assert_eq!(
        (&alone["authorization_servers"], &alone["dpop_signing_alg_values_supported"]),
        (&Value::Null, &Value::Null)
    );
    let whole = document(with(json!({ "resource": resource })));
    assert_eq!(whole["authorization_servers"], json!(["https://tenant.example/oidc"]));
    let named = json!({
        "identifier": "https://api.example.com", "authorization_servers": ["https://front.example", "no URL"],
    });
    assert_eq!(
        document(with(json!({ "resource": named })))["authorization_servers"],
        json!(["https://front.example"])
    );
    assert!(Settings::from_value(minimal()).unwrap().describe_resource().unwrap().is_none());
}

#[test]
fn a_certificate_that_is_in_no_header_has_no_name_of_one() {
    let headers = |client_certificate: Value| {
        with(json!({ "trusted_proxies": {
            "networks": ["10.0.0.0/8"], "headers": { "client_certificate": client_certificate },
        } }))
    };
    assert_eq!(problems(headers(json!({ "form": "connection" }))), []);
    let path = "trusted_proxies.headers.client_certificate.header";
    assert_problem(headers(json!({ "form": "connection", "header": "x-cert" })), path, "left out");
}

#[test]
fn a_member_that_is_there_twice_is_refused_wherever_settings_are_read() {
    let refused = |text: &str| {
        let by_serde = serde_json::from_str::<Settings>(text).unwrap_err().to_string();
        assert!(by_serde.contains("is there twice") && !by_serde.contains(MARK), "{by_serde}");
        assert!(Settings::json_value(text).is_err(), "{text}");
    };
    refused(r#"{"audiences":["hush"],"audiences":["b"]}"#);
    refused(
        r#"{"issuers":[{"issuer":"https://a.example","dangerous":{},"dangerous":{"allow_plain_http":true}}]}"#,
    );
    refused(r#"{"issuers":[{"provider":{"auth0":{"domain":"a.example","domain":"hush"}}}]}"#);
    let minimal = minimal();
    let read: Settings = serde_json::from_str(&minimal.to_string()).unwrap();
    assert_eq!(read.problems(), []);
    let read = Settings::deserialize(&minimal).unwrap();
    assert_eq!(read.problems(), []);
}
