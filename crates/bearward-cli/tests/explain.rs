//! `bearward explain` as people and scripts call it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod process;

use bearward_issuer::{Algorithm, Endpoint, Fault, Issuer, RunningIssuer, SigningKey, TokenBuilder};
use process::{explain, explain_with};
use serde_json::{Value, json};

const API: &str = "https://api.example.com";

const CHECKS: [&str; 15] = [
    "credential",
    "parse",
    "type",
    "issuer",
    "algorithm",
    "key",
    "signature",
    "profile",
    "audience",
    "claims",
    "expiry",
    "not_before",
    "issued_at",
    "confirmation",
    "requirement",
];

/// Explains a token of this issuer, for scripts.
fn explained(issuer: &RunningIssuer, token: &str, more: &[&str]) -> (i32, Value) {
    let mut arguments = vec!["--json", "--issuer", issuer.url(), "--audience", API];
    arguments.extend(more);
    let run = explain(&arguments, token);
    assert_eq!(run.stderr, "", "{token}");
    (run.code, run.json())
}

async fn issuer() -> RunningIssuer {
    Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap()
}

fn token(issuer: &RunningIssuer) -> TokenBuilder {
    issuer.mint().audience(API).scope("read:messages")
}

fn check<'r>(report: &'r Value, name: &str) -> &'r Value {
    report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()
}

fn detail<'r>(report: &'r Value, name: &str) -> &'r str {
    check(report, name)["detail"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_answer_of_a_token_endpoint_may_be_piped_in() {
    let issuer = issuer().await;
    let answer = json!({ "access_token": token(&issuer).sign(), "token_type": "Bearer", "expires_in": 300 });
    let (code, report) = explained(&issuer, &answer.to_string(), &[]);
    assert_eq!((code, &report["verdict"]["code"]), (0, &json!("accepted")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_json_has_a_shape_that_scripts_can_rely_on() {
    let issuer = issuer().await;
    let (code, report) = explained(&issuer, &token(&issuer).sign(), &["--scope", "read:messages"]);
    assert_eq!(code, 0);
    let members: Vec<_> = report.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "checked_at",
            "checks",
            "claims",
            "fetches",
            "header",
            "hints",
            "provider",
            "requirement",
            "verdict"
        ]
    );
    assert_eq!(
        report["verdict"],
        json!({
            "accepted": true, "decision": "accepted", "code": "accepted", "detail": "every check passed",
            "status": null, "www_authenticate": null,
        })
    );
    let checks = report["checks"].as_array().unwrap();
    let names: Vec<_> = checks.iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, CHECKS);
    for check in checks {
        let members: Vec<_> = check.as_object().unwrap().keys().collect();
        assert_eq!(members, ["code", "detail", "name", "status"], "{check}");
        assert_eq!((&check["status"], &check["code"]), (&json!("passed"), &Value::Null), "{check}");
        assert!(!check["detail"].as_str().unwrap().is_empty(), "{check}");
    }
    let metadata = format!("{}/.well-known/openid-configuration", issuer.url());
    assert_eq!(
        report["fetches"],
        json!([
            { "url": metadata, "ok": true, "result": "its metadata" },
            { "url": issuer.jwks_uri(), "ok": true, "result": "a key set of 1" },
        ])
    );
    assert_eq!(report["header"]["alg"], "ES256");
    assert_eq!(report["claims"]["scope"], "read:messages");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_is_named_by_its_check_and_code() {
    let issuer = issuer().await;
    let stranger = SigningKey::generate(Algorithm::Es256);
    let good = token(&issuer).sign();
    let unsigned = token(&issuer).unsigned();
    let (rest, _) = good.rsplit_once('.').unwrap();
    for (token, name, code, status) in [
        ("white space".to_owned(), "credential", "authorization_malformed", 400),
        ("a".repeat(20_000), "credential", "token_too_large", 400),
        (format!("{rest}.AAAA=="), "parse", "token_malformed", 401),
        (format!("{good}.a.b"), "parse", "token_encrypted", 401),
        (token(&issuer).header("crit", json!(["exp"])).sign(), "parse", "critical_header", 401),
        (token(&issuer).sign_payload(b"[]"), "parse", "claims_malformed", 401),
        (token(&issuer).header("kid", 7).sign(), "parse", "header_malformed", 401),
        (token(&issuer).header("typ", "dpop+jwt").sign(), "type", "token_type_mismatch", 401),
        (
            token(&issuer).header("typ", "JWT").claim("at_hash", "x").sign(),
            "type",
            "token_type_mismatch",
            401,
        ),
        (token(&issuer).claim("iss", "https://b.example").sign(), "issuer", "issuer_unknown", 401),
        (token(&issuer).remove("iss").sign(), "issuer", "issuer_missing", 401),
        (unsigned + "x", "algorithm", "algorithm_unsupported", 401),
        (token(&issuer).header("alg", "HS256").sign(), "algorithm", "algorithm_not_allowed", 401),
        (token(&issuer).signed_by(&stranger).sign(), "key", "key_unknown", 401),
        (
            token(&issuer).signed_by(&stranger).header("kid", issuer.signing_kid()).sign(),
            "signature",
            "signature_invalid",
            401,
        ),
        (token(&issuer).audience("https://b.example").sign(), "audience", "audience_mismatch", 401),
        (token(&issuer).remove("aud").sign(), "audience", "claim_missing", 401),
        (token(&issuer).claim("sub", 7).sign(), "claims", "claim_malformed", 401),
        (token(&issuer).expires_in(-60).sign(), "expiry", "token_expired", 401),
        (token(&issuer).remove("exp").sign(), "expiry", "claim_missing", 401),
        (token(&issuer).claim("exp", "soon").sign(), "expiry", "claim_malformed", 401),
        (token(&issuer).not_before_in(600).sign(), "not_before", "token_not_yet_valid", 401),
        (token(&issuer).claim("iat", 9_999_999_999_i64).sign(), "issued_at", "token_issued_in_future", 401),
        (
            token(&issuer).claim("cnf", json!({"jkt": "A".repeat(43)})).sign(),
            "confirmation",
            "proof_required",
            401,
        ),
    ] {
        let (exit, report) = explained(&issuer, &token, &[]);
        assert_eq!(exit, 1, "{code}");
        let checks = report["checks"].as_array().unwrap();
        let failed = checks.iter().find(|check| check["status"] == "failed").unwrap();
        assert_eq!((&failed["name"], &failed["code"]), (&json!(name), &json!(code)));
        assert!(!failed["detail"].as_str().unwrap().is_empty(), "{code}");
        let verdict = &report["verdict"];
        assert_eq!(
            (&verdict["accepted"], &verdict["decision"], &verdict["code"], &verdict["status"]),
            (&json!(false), &json!("refused"), &json!(code), &json!(status)),
        );
        assert!(verdict["stage"].is_string() && verdict["remedy"].is_string(), "{code}");
        let challenge = verdict["www_authenticate"].as_str().unwrap();
        assert!(challenge.starts_with("Bearer realm=\"api\", "), "{challenge}");
        assert!(challenge.contains(", error=\"invalid_"), "{challenge}");
        assert_eq!(checks.len(), CHECKS.len(), "every check is listed, looked at or not");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_says_what_was_found_and_what_was_expected() {
    let issuer = issuer().await;
    let slashed = format!("{}/", issuer.url());
    let stranger = SigningKey::generate(Algorithm::Es256);
    for (token, name, expected) in [
        (token(&issuer).expires_in(-7200), "expiry", "expired 20"),
        (token(&issuer).expires_in(-7200), "expiry", " UTC, 2 hours ago"),
        (token(&issuer).not_before_in(600), "not_before", "is one of the two clocks wrong?"),
        (
            token(&issuer).audience("https://b.example"),
            "audience",
            r#"the token is for "https://b.example", the API is "https://api.example.com""#,
        ),
        (
            token(&issuer).claim("aud", json!(["https://b.example", "https://api.example.com/"])),
            "audience",
            "the trailing slash makes the difference",
        ),
        (
            token(&issuer).claim("iss", "https://b.example"),
            "issuer",
            r#"the token's is "https://b.example", the trusted one is "http://127.0.0.1:"#,
        ),
        (token(&issuer).claim("iss", slashed.as_str()), "issuer", "the trailing slash makes the difference"),
        (
            token(&issuer).claim("iss", issuer.url().replace("http", "HTTP")),
            "issuer",
            "the letter case makes the difference",
        ),
        (token(&issuer).claim("iss", 7), "issuer", "the token's is 7"),
        (token(&issuer).signed_by(&stranger), "key", issuer.signing_kid().as_str()),
        (token(&issuer).signed_by(&stranger), "key", stranger.kid().unwrap()),
        (token(&issuer).header("alg", "RS256"), "key", "serves ES256, not RS256"),
        (
            token(&issuer).header("alg", "HS256"),
            "algorithm",
            "a shared secret, which published keys never are",
        ),
        (token(&issuer).header("typ", "dpop+jwt"), "type", r#"typ is "dpop+jwt""#),
        (token(&issuer).header("typ", "JWT").claim("token_use", "id"), "type", "was an ID token sent?"),
        (token(&issuer).claim("cnf", json!({"x5t#S256": "x"})), "confirmation", "a client certificate"),
        (token(&issuer).claim("scope", 7), "claims", "scope is 7"),
    ] {
        let (_, report) = explained(&issuer, &token.sign(), &[]);
        let detail = detail(&report, name);
        assert!(detail.contains(expected), "{name}: {detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_besides_is_told_in_one_go() {
    let issuer = issuer().await;
    let token = token(&issuer).claim("iss", "https://b.example").audience("b").expires_in(-60).sign();
    let (_, report) = explained(&issuer, &token, &[]);
    assert_eq!(report["verdict"]["code"], "issuer_unknown");
    assert_eq!(check(&report, "signature")["status"], "not_checked");
    assert_eq!(check(&report, "audience")["code"], "audience_mismatch");
    assert_eq!(check(&report, "expiry")["code"], "token_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_s_requirement_is_checked_too() {
    let issuer = issuer().await;
    let admin = token(&issuer).claim("role", "admin").organization("org_1").sign();
    let is_admin = r#"{"claim":{"path":"role","equals":"admin"}}"#;
    for (arguments, code) in [
        (&["--scope", "read:messages"][..], "accepted"),
        (&["--scope", "read:messages write:messages"], "insufficient_scope"),
        (&["--scope", "read:messages", "--scope", "write:messages"], "insufficient_scope"),
        (&["--requirement", is_admin], "accepted"),
        (&["--requirement", is_admin, "--scope", "write:messages"], "insufficient_scope"),
        (&["--requirement", r#"{"claim":{"path":"role","equals":"root"}}"#], "claim_unmet"),
        (&["--requirement", r#"{"organization":{"is":"org_1"}}"#], "accepted"),
        (&["--requirement", r#"{"organization":{"is":"org_2"}}"#], "organization_mismatch"),
    ] {
        let (exit, report) = explained(&issuer, &admin, arguments);
        assert_eq!(report["verdict"]["code"], code, "{arguments:?}");
        assert_eq!(exit, i32::from(code != "accepted"), "{arguments:?}");
    }
    let (_, report) = explained(&issuer, &admin, &["--scope", "a b"]);
    assert_eq!(detail(&report, "requirement"), r#"granted: "read:messages", required: "a b""#);
    assert_eq!(report["verdict"]["status"], 403);
    let permission = token(&issuer).audience("urn:logto:organization:org_1").sign();
    let of_organization =
        r#"{"organization":{"is":"org_1","audience":"urn:logto:organization:{organization}"}}"#;
    let (exit, _) = explained(&issuer, &permission, &["--requirement", of_organization]);
    assert_eq!(exit, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_not_to_be_had_are_told_with_url_and_reason() {
    let issuer = issuer().await;
    let good = token(&issuer).sign();
    let jwks = issuer.jwks_uri();
    let metadata = issuer.openid_configuration_uri();
    for (endpoint, fault, url, why) in [
        (Endpoint::Jwks, Fault::Status(500), &jwks, "answered 500"),
        (Endpoint::Jwks, Fault::Html, &jwks, "the key set cannot be read: not a JSON text"),
        (Endpoint::Jwks, Fault::Close, &jwks, "could not be reached: "),
        (Endpoint::Metadata, Fault::Status(503), &metadata, "answered 503"),
        (
            Endpoint::Metadata,
            Fault::Redirect("https://elsewhere.example/".to_owned()),
            &metadata,
            "it points to https://elsewhere.example/",
        ),
    ] {
        issuer.stage(endpoint, fault);
        let (exit, report) = explained(&issuer, &good, &[]);
        issuer.heal();
        assert_eq!(exit, 1);
        let verdict = &report["verdict"];
        assert_eq!((&verdict["decision"], &verdict["status"]), (&json!("unavailable"), &json!(503)), "{why}");
        assert_eq!(check(&report, "key")["code"], "keys_unavailable");
        let detail = detail(&report, "key");
        assert!(detail.contains(url) && detail.contains(why), "{detail}");
    }
    let unusable = json!({ "keys": [{ "kty": "oct", "kid": "a", "k": "AQAB" }, { "kty": "EC", "crv": "P-256", "kid": "b" }] });
    issuer.stage(Endpoint::Jwks, Fault::json(&unusable));
    let (_, report) = explained(&issuer, &good, &[]);
    issuer.heal();
    assert_eq!(check(&report, "key")["code"], "keys_unavailable");
    let fetched = report["fetches"].to_string().replace("\\\"", "'");
    let keys = "key 0 ('a'): the key holds private or symmetric members; key 1 ('b'): member 'x' is absent or malformed";
    for key in keys.split("; ") {
        assert!(fetched.contains(key), "{fetched}");
    }

    issuer.metadata_member("issuer", format!("{}/", issuer.url()));
    let (_, report) = explained(&issuer, &good, &[]);
    let mismatch = detail(&report, "key");
    assert!(
        mismatch.contains("the metadata names the issuer") && mismatch.contains("trailing slash"),
        "{mismatch}"
    );
    issuer.restore_metadata();

    issuer.go_down().await;
    let (_, report) = explained(&issuer, &good, &[]);
    let refused = detail(&report, "key");
    assert!(refused.contains(&metadata) && refused.contains("Connection refused"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_from_a_file_stand_in_for_published_ones() {
    let issuer = issuer().await;
    let directory = std::env::temp_dir();
    let file = directory.join(format!("bearward-explain-{}.json", std::process::id()));
    let path = file.to_str().unwrap();
    std::fs::write(&file, issuer.jwk_set().to_string()).unwrap();
    let good = token(&issuer).sign();

    let run = explain(&["--json", "--jwks", path], &good);
    let report = run.json();
    assert_eq!(run.code, 0, "{report}");
    assert!(detail(&report, "issuer").contains("taken from the token itself"), "{report}");
    assert_eq!(check(&report, "audience")["status"], "not_checked");
    assert!(
        report["verdict"]["detail"].as_str().unwrap().contains("its audience was not checked"),
        "{report}"
    );
    assert_eq!(report["fetches"], json!([]), "nothing is fetched");

    let run = explain(&["--json", "--jwks", path, "--issuer", "https://b.example", "--audience", API], &good);
    assert_eq!((run.code, &run.json()["verdict"]["code"]), (1, &json!("issuer_unknown")));
    let run = explain(&["--json", "--jwks", path, "--audience", "https://b.example"], &good);
    assert_eq!((run.code, &run.json()["verdict"]["code"]), (1, &json!("audience_mismatch")));
    let nameless = token(&issuer).remove("iss").sign();
    let run = explain(&["--json", "--jwks", path], nameless);
    assert_eq!((run.code, &run.json()["verdict"]["code"]), (1, &json!("issuer_missing")));
    let other = token(&issuer).signed_by(&SigningKey::generate(Algorithm::Es256)).sign();
    let run = explain(&["--json", "--jwks", path], other);
    assert_eq!((run.code, &run.json()["verdict"]["code"]), (1, &json!("key_unknown")));

    std::fs::write(&file, issuer.signing_key().public_pem().unwrap()).unwrap();
    assert_eq!(explain(&["--jwks", path], &good).code, 0, "a PEM is as good");
    for useless in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#, "-----BEGIN X-----"]
    {
        std::fs::write(&file, useless).unwrap();
        let run = explain(&["--jwks", path], &good);
        assert!(run.code == 2 && run.stderr.starts_with("error: --jwks"), "{useless}: {}", run.stderr);
    }
    std::fs::remove_file(&file).unwrap();
    let run = explain(&["--jwks", path], &good);
    assert!(run.code == 2 && run.stderr.starts_with("error: --jwks: cannot read"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keys_nothing_is_accepted_and_all_that_can_be_told_is() {
    let issuer = issuer().await;
    let run = explain(&["--json"], token(&issuer).sign());
    let report = run.json();
    assert_eq!((run.code, &report["verdict"]["decision"]), (1, &json!("undecided")));
    for name in ["issuer", "algorithm", "key", "signature", "audience", "requirement"] {
        assert_eq!(check(&report, name)["status"], "not_checked", "{name}");
    }
    assert_eq!(check(&report, "expiry")["status"], "passed");

    let run = explain(&["--json"], token(&issuer).expires_in(-60).sign());
    let report = run.json();
    assert_eq!((run.code, &report["verdict"]["decision"]), (1, &json!("undecided")));
    assert_eq!(check(&report, "expiry")["code"], "token_expired");
    assert!(report["verdict"]["detail"].as_str().unwrap().contains("what failed above"), "{report}");

    let run = explain(&["--json"], "opaque");
    let report = run.json();
    assert_eq!((run.code, &report["verdict"]["code"]), (1, &json!("undecided")));
    assert_eq!(check(&report, "parse")["code"], "token_malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_comes_in_by_standard_input_or_with_a_warning() {
    let issuer = issuer().await;
    let good = token(&issuer).sign();
    let trust = ["--issuer", issuer.url(), "--audience", API];
    for input in
        [format!("{good}\n"), format!("  Bearer {good}\r\n"), format!("authorization: bearer {good}")]
    {
        for dash in [&[][..], &["-"]] {
            let run = explain(&[&trust[..], dash].concat(), &input);
            assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        }
    }
    let run = explain(&[&trust[..], &[&good]].concat(), "");
    assert_eq!(run.code, 0);
    assert!(run.stderr.starts_with("warning: a token on the command line"), "{}", run.stderr);
    assert!(!run.stderr.contains(&good));
}

#[test]
fn a_command_line_that_makes_no_sense_is_a_usage_error() {
    for (arguments, input, expected) in [
        (&["--issuer", "https://a.example"][..], "a.b.c", "needs --audience"),
        (&["--audience", API], "a.b.c", "needs --issuer or --jwks"),
        (&["--issuer", "http://a.example", "--audience", API], "a.b.c", "plain http"),
        (&["--issuer", "a", "--audience", API], "a.b.c", "https URL"),
        (&["--issuer", "https://a.example", "--audience", ""], "a.b.c", "--audience"),
        (&["--requirement", "{"], "a.b.c", "--requirement"),
        (&["--requirement", r#"{"scope":""}"#], "a.b.c", "--requirement"),
        (&["--requirement", r#"{"and":[{"organization":{"from_path":"org"}}]}"#], "a.b.c", "no request"),
        (&[], "", "no token"),
        (&[], " \n", "no token"),
        (&[], "Bearer ", "no token"),
        (&["a.b.c", "d"], "", "unexpected argument"),
    ] {
        let run = explain(arguments, input);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(expected), "{arguments:?}: {}", run.stderr);
    }
    let run = explain(&[], [0xff, 0xfe]);
    assert!(run.code == 2 && run.stderr.contains("not UTF-8"), "{}", run.stderr);
    let run = explain(&[], vec![b'a'; 2 * 1024 * 1024]);
    assert!(run.code == 2 && run.stderr.contains("longer than a mebibyte"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_key_or_stray_token_is_repeated() {
    let issuer = issuer().await;
    let elsewhere = "http://me:hush@127.0.0.1:1/?code=hush&hush#hush";
    issuer.stage(Endpoint::Metadata, Fault::Redirect(elsewhere.to_owned()));
    let good = token(&issuer).sign();
    let trusted = ["--issuer", issuer.url(), "--audience", API];
    let proof = ["--dpop-proof", "a.b.c", "--url", "https://me:hush@api.example.com/?code=hush"];
    for (arguments, expected) in [
        (&["--issuer", "https://me:hush@a.example", "--audience", API][..], "https://…@a.example"),
        (&["--issuer", "http://a.example/?code=hush", "--audience", API], "http://a.example/?code=…"),
        (&["--issuer", "https://me:hush", "--audience", API], "https://…"),
        (&["--issuer", "me:hush@a.example", "--audience", API], "…@a.example"),
        (&proof, "https://…@api.example.com/?code=…"),
        (&["a.b.c", "hushhushhushhushhushhushhushhushhushhush"], "unexpected argument '…'"),
        (&trusted, "it points to http://…"),
    ] {
        for json in [&["--log", "trace"][..], &["--json", "--log", "trace"]] {
            let run = explain(&[arguments, json].concat(), good.as_str());
            let shown = run.stdout.clone() + &run.stderr;
            assert!(run.code > 0 && shown.contains(expected), "{arguments:?}: {shown}");
            assert!(!shown.contains("hush"), "{arguments:?}: {shown}");
        }
    }
    issuer.heal();
    issuer.metadata_member("jwks_uri", format!("{}?code=hush", issuer.jwks_uri()));
    issuer.stage(Endpoint::Jwks, Fault::Status(500));
    let run = explain(&trusted, good.as_str());
    let shown = run.stdout.clone() + &run.stderr;
    assert!(
        shown.contains("?code=…: the authorization server answered 500") && !shown.contains("hush"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_a_token_moves_the_cursor_or_hides_what_is_there() {
    let issuer = issuer().await;
    let hostile = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\n\u{9b}31m\u{202e}moc.live\u{2066}\u{0}\u{7f}";
    let harmless = |text: &str| {
        text.chars()
            .all(|c| c == '\n' || (!c.is_control() && c.escape_debug().len() == 1 || "\"'\\".contains(c)))
    };
    let raw = "{\"alg\":\"ES256\",\t\"kid\":\"\u{9b}31m\u{202e}\"}";
    for token in [
        token(&issuer).header("kid", hostile).sign(),
        token(&issuer).header("typ", hostile).sign(),
        token(&issuer).header("alg", hostile).sign(),
        token(&issuer).claim("iss", hostile).sign(),
        token(&issuer).audience(hostile).sign(),
        token(&issuer).claim(hostile, hostile).sign(),
        token(&issuer).claim("sub", json!([hostile])).sign(),
        issuer.signing_key().sign_raw(raw.as_bytes(), raw.as_bytes()),
        hostile.to_owned(),
    ] {
        let trust = ["--issuer", issuer.url(), "--audience", API];
        let text = explain(&trust, &token).stdout;
        assert!(harmless(&text), "{text:?}");
        let run = explain(&[&trust[..], &["--json"]].concat(), &token);
        assert!(harmless(&run.stdout), "{:?}", run.stdout);
        run.json();
    }
    // Escaped, not lost.
    let (_, report) = explained(&issuer, &token(&issuer).claim("note", hostile).sign(), &[]);
    assert_eq!(report["claims"]["note"], hostile);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_the_signature_nor_the_whole_token_is_ever_shown() {
    let issuer = issuer().await;
    let good = token(&issuer).sign();
    let parts: Vec<_> = good.split('.').collect();
    let broken = format!("{good}.x");
    for presented in [good.as_str(), broken.as_str(), &format!("{good}\u{1b}"), parts[2]] {
        for arguments in [&["--json"][..], &[], &["--issuer", issuer.url(), "--audience", API]] {
            let run = explain(arguments, presented);
            for part in &parts {
                assert!(!run.stdout.contains(part) && !run.stderr.contains(part), "{}", run.stdout);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_is_there_twice_is_shown_twice() {
    let issuer = issuer().await;
    let payload = format!(r#"{{"iss":"{}","role":"user","role":"admin"}}"#, issuer.url());
    let twofold = issuer.mint().sign_payload(payload.as_bytes());
    let run = explain(&["--issuer", issuer.url(), "--audience", API], twofold);
    assert!(run.stdout.contains("\"role\": \"user\",\n  \"role\": \"admin\""), "{}", run.stdout);
    assert!(run.stdout.contains("a member name occurs twice"), "{}", run.stdout);
    assert!(run.stdout.contains("REFUSED: claims_malformed"), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_the_checks_in_order_and_the_verdict_last() {
    let issuer = issuer().await;
    let expired = token(&issuer).expires_in(-3600).sign();
    let run = explain(&["--issuer", issuer.url(), "--audience", API], expired);
    let lines: Vec<_> = run.stdout.lines().collect();
    let place = |start: &str| {
        lines
            .iter()
            .position(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("{start}: {}", run.stdout))
    };
    let order = [
        place("header {"),
        place("claims {"),
        place("fetched http"),
        place("checked at 20"),
        place("ok      credential"),
        place("ok      signature"),
        place("FAILED  expiry        token_expired: expired 20"),
        place("-       requirement"),
        place("REFUSED: token_expired: the access token expired"),
        place("An API answers 401 with"),
        place("  WWW-Authenticate: Bearer realm=\"api\", error=\"invalid_token\""),
        place("TO DO: `exp` is past. The client must get a new token."),
    ];
    assert!(!run.stdout.contains('\u{1b}'), "no colours in a pipe: {}", run.stdout);
    assert!(order.is_sorted(), "{}", run.stdout);
    assert!(!run.stdout.contains("own words"), "the signature shows who wrote them");
}

#[test]
fn colours_are_for_terminals_and_a_token_brings_none_along() {
    let forced = explain_with(("CLICOLOR_FORCE", "1"), &[], "\u{1b}[31mnot.a.token");
    assert!(forced.stdout.contains("\u{1b}[1m\u{1b}[31mFAILED"), "{:?}", forced.stdout);
    assert!(!forced.stdout.contains("\u{1b}[31mnot"), "{:?}", forced.stdout);
    let piped = explain(&[], "not.a.token");
    assert!(piped.stdout.contains("FAILED") && !piped.stdout.contains('\u{1b}'), "{:?}", piped.stdout);
}

#[test]
fn the_page_takes_no_token_from_the_command_line_and_asks_no_issuer_about_one() {
    for arguments in [
        &["--web", "a.b.c"][..],
        &["--web", "--json"],
        &["--web", "--issuer", "https://issuer.example", "--audience", API, "--client-id", "api"],
        &["--web", "--dpop-proof", "a.b.c", "--url", "https://api.example.com/"],
        &["--no-open"],
    ] {
        let run = explain(arguments, "");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
    }
}
