//! `bearward explain` and `bearward demo --issuer` with tokens that only their issuer can read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod process;

use bearward_issuer::{Algorithm, Config, Endpoint, Fault, Issuer, ProtectedResource, RunningIssuer};
use process::{Demo, Directory, bash, explain, explain_with};
use serde_json::{Value, json};

const API: &str = "https://api.example.com";
const SECRET: (&str, &str) = ("CLIENT_SECRET", "s3cret-of-the-api");

async fn issuer() -> RunningIssuer {
    let api = ProtectedResource::new("orders-api", SECRET.1);
    let builder = Issuer::builder().config(Config::demo_for(API)).protected_resource(api);
    builder.algorithms([Algorithm::Es256]).start().await.unwrap()
}

fn opaque(issuer: &RunningIssuer) -> String {
    issuer.mint_opaque(issuer.mint().audience(API).scope("read:messages"))
}

fn check<'r>(report: &'r Value, name: &str) -> &'r Value {
    report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()
}

/// Explains as the client that may ask.
fn asked(issuer: &RunningIssuer, token: &str, more: &[&str]) -> (i32, Value) {
    let arguments = ["--json", "--issuer", issuer.url(), "--audience", API, "--client-id", "orders-api"];
    let run = explain_with(SECRET, &[&arguments[..], more].concat(), token);
    assert_eq!(run.stderr, "", "{more:?}");
    assert!(!run.stdout.contains(SECRET.1));
    (run.code, run.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opaque_token_is_asked_about_where_credentials_are_given() {
    let issuer = issuer().await;
    let token = opaque(&issuer);
    let (code, report) = asked(&issuer, &token, &["--scope", "read:messages"]);
    assert_eq!((code, &report["verdict"]["code"]), (0, &json!("accepted")), "{report}");
    assert_eq!(check(&report, "introspection")["detail"], "its issuer says that it is active");
    assert_eq!(report["introspection"]["active"], true);
    assert_eq!(report["introspection"]["scope"], "read:messages");
    assert_eq!(check(&report, "audience")["detail"], format!("for \"{API}\""));
    assert!(check(&report, "expiry")["detail"].as_str().unwrap().starts_with("expires 20"), "{report}");
    assert_eq!(check(&report, "signature")["detail"], "its issuer was asked instead");
    let (code, report) = asked(&issuer, &token, &["--scope", "write:messages"]);
    assert_eq!((code, &report["verdict"]["code"]), (1, &json!("insufficient_scope")));
    assert_eq!(
        check(&report, "requirement")["detail"],
        r#"granted: "read:messages", required: "write:messages""#
    );

    for more in [&["--introspection-answer", "signed-jwt"][..], &["--introspection-answer", "phantom-jwt"]] {
        let (code, report) = asked(&issuer, &token, more);
        assert_eq!((code, &report["verdict"]["code"]), (0, &json!("accepted")), "{more:?}: {report}");
        assert_eq!(report["introspection"]["scope"], "read:messages", "{more:?}");
    }
    let jwt = issuer.mint().audience(API).sign();
    let (code, report) = asked(&issuer, &jwt, &[]);
    assert_eq!((code, report.get("introspection")), (0, None), "a JWT is verified here");
}

#[tokio::test(flavor = "multi_thread")]
async fn why_the_issuer_vouches_for_nothing_is_told() {
    let issuer = issuer().await;
    let token = opaque(&issuer);
    let (code, report) = asked(&issuer, "2YotnFZFEjr1zCsicMWpAA", &[]);
    assert_eq!((code, &report["verdict"]["code"]), (1, &json!("token_inactive")));
    let inactive =
        "its issuer says that it is not active: it expired, was revoked, or is not one of its tokens";
    assert_eq!(check(&report, "introspection")["detail"], inactive);
    assert_eq!(report["verdict"]["status"], 401, "it was asked, so it is known");

    let wrong = ("CLIENT_SECRET", "wrong");
    let arguments = ["--json", "--issuer", issuer.url(), "--audience", API, "--client-id", "orders-api"];
    let report = explain_with(wrong, &arguments, &token).json();
    assert_eq!(report["verdict"]["decision"], "unavailable");
    let told = check(&report, "introspection")["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("answered 401: it does not accept this resource server as a client"), "{told}");

    issuer.metadata_member("introspection_endpoint", Value::Null);
    let (_, report) = asked(&issuer, &token, &[]);
    assert_eq!(
        (&report["verdict"]["code"], &report["verdict"]["status"]),
        (&json!("introspection_unavailable"), &json!(503))
    );
    let told = check(&report, "introspection")["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("--introspection-endpoint"), "{told}");
    let endpoint = issuer.introspection_endpoint();
    let (code, _) = asked(&issuer, &token, &["--introspection-endpoint", &endpoint]);
    assert_eq!(code, 0);
    issuer.restore_metadata();

    issuer.stage(Endpoint::Introspection, Fault::Status(500));
    let (_, report) = asked(&issuer, &token, &[]);
    let told = check(&report, "introspection")["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("the introspection endpoint answered 500"), "{told}");
}

/// The last line, which says the one thing to do.
fn to_do(printed: &str) -> &str {
    let last = printed.trim_end().lines().last().unwrap();
    last.strip_prefix("TO DO: ").unwrap_or_else(|| panic!("nothing to do at the end of {printed}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_line_is_the_one_thing_to_do_in_the_words_of_the_settings() {
    let issuer = issuer().await;
    let token = opaque(&issuer);
    let trusted = ["--issuer", issuer.url(), "--audience", API];
    let not_asked = explain(&trusted, &token).stdout;
    assert!(not_asked.starts_with("nothing in the token can be read\n"), "{not_asked}");
    assert!(not_asked.contains("To ask here, too, add --client-id, with"), "{not_asked}");
    let settings = r#"`introspection: {client_id: <client id>, client_secret: "${CLIENT_SECRET}"}`"#;
    assert!(to_do(&not_asked).contains(settings), "{not_asked}");
    assert!(explain(&[], &token).stdout.contains("name --issuer, --audience and --client-id, with"));

    let asking = [&trusted[..], &["--client-id", "orders-api"]].concat();
    let said = |secret: &str, more: &[&str], token: &str| {
        let printed = explain_with(("CLIENT_SECRET", secret), &[&asking[..], more].concat(), token).stdout;
        let own_words = || printed.lines().filter(|line| !line.starts_with("  Rust: "));
        assert!(own_words().all(|line| !line.contains("Introspection::")), "{printed}");
        (to_do(&printed).to_owned(), printed)
    };
    let (wrong_secret, printed) = said("wrong", &[], &token);
    assert!(wrong_secret.contains("`introspection.client_secret`"), "{wrong_secret}");
    assert!(wrong_secret.ends_with("Here: --client-id, CLIENT_SECRET, --client-auth."), "{wrong_secret}");
    assert_eq!(printed.matches("does not accept this resource server").count(), 1, "{printed}");
    assert!(printed.contains("needs an answer that the token is active"), "{printed}");
    let (inactive, _) = said(SECRET.1, &[], "2YotnFZFEjr1zCsicMWpAA");
    assert!(inactive.contains("The client must get a new token."), "{inactive}");
    let expired = issuer.mint_opaque(issuer.mint().audience(API).expires_in(-60));
    let (expired, _) = said(SECRET.1, &[], &expired);
    assert!(expired.contains("The client must get a new token."), "{expired}");
    let (unreachable, _) = said(SECRET.1, &["--introspection-endpoint", "http://127.0.0.1:1/"], &token);
    assert!(unreachable.starts_with("Start the introspection endpoint"), "{unreachable}");
    issuer.stage(Endpoint::Introspection, Fault::Status(500));
    let (fails, _) = said(SECRET.1, &[], &token);
    assert!(fails.starts_with("Read the log of the authorization server"), "{fails}");
    issuer.heal();
    issuer.metadata_member("introspection_endpoint", Value::Null);
    let (unnamed, _) = said(SECRET.1, &[], &token);
    assert!(unnamed.contains("`introspection.endpoint`. Here: --introspection-endpoint."), "{unnamed}");
    issuer.restore_metadata();
    issuer.stage(Endpoint::Metadata, Fault::Status(500));
    let (down, _) = said(SECRET.1, &[], &token);
    assert!(down.starts_with("Start the authorization server"), "{down}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_meets_no_complaint_about_what_was_found_in_the_end() {
    let issuer = issuer().await;
    let arguments = ["--issuer", issuer.url(), "--audience", API, "--client-id", "orders-api"];
    let run = explain_with(SECRET, &arguments, opaque(&issuer));
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains(": what the issuer says of the token\n"), "{}", run.stdout);
    for complaint in ["introspection_endpoint", "FAILED", "HINT", "TO DO"] {
        assert!(!run.stdout.contains(complaint), "{complaint} in {}", run.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_401_is_foretold_for_a_token_that_was_not_asked_about() {
    let issuer = issuer().await;
    let token = opaque(&issuer);
    let jwe = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXY.Y2lwaGVy.dGFn";
    for token in [token.as_str(), jwe, "session.0f8fad5b-d9cb-469f", "2YotnFZFEjr1zCsicMWpAA.kPJ8vXq2.81fd"] {
        for trusted in [&[][..], &["--issuer", issuer.url(), "--audience", API]] {
            let run = explain(trusted, token);
            assert_eq!(run.code, 1);
            assert!(!run.stdout.contains("answers 401"), "{}", run.stdout);
            assert!(
                run.stdout.contains("UNDECIDED: an opaque token: an API that asks its issuer"),
                "{}",
                run.stdout
            );
            assert!(run.stdout.contains("\nHINT: this is an"), "{}", run.stdout);
            let report = explain(&[trusted, &["--json"]].concat(), token).json();
            assert_eq!(
                (&report["verdict"]["decision"], &report["verdict"]["status"]),
                (&json!("undecided"), &json!(null))
            );
        }
    }
    // A JWT that only keys refuse: an API that asks about every token may accept it.
    let unknown = issuer.mint().audience(API).header("kid", "gone").sign();
    let text = explain(&["--issuer", issuer.url(), "--audience", API], unknown).stdout;
    assert!(
        text.contains("An API that verifies such tokens itself, and does not ask their issuer, answers 401"),
        "{text}"
    );
    // What merely looks broken is no opaque token, and is refused by every API.
    let broken = format!("{}.x", issuer.mint().audience(API).sign());
    let text = explain(&["--issuer", issuer.url(), "--audience", API], broken).stdout;
    assert!(text.contains("\nAn API answers 401 with"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_comes_from_a_file_or_the_environment_or_with_a_warning() {
    let issuer = issuer().await;
    let token = opaque(&issuer);
    let directory = Directory::new();
    let file = directory.file("secret");
    std::fs::write(&file, format!("{}\n", SECRET.1)).unwrap();
    let trusted = ["--issuer", issuer.url(), "--audience", API, "--client-id", "orders-api"];
    let run = explain(&[&trusted[..], &["--client-secret-file", &file]].concat(), &token);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let run = explain_with(
        ("ORDERS", SECRET.1),
        &[&trusted[..], &["--client-secret-env", "ORDERS"]].concat(),
        &token,
    );
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    let run = explain(&[&trusted[..], &["--client-secret", SECRET.1]].concat(), &token);
    assert_eq!(run.code, 0);
    assert!(run.stderr.starts_with("warning: a secret on the command line"), "{}", run.stderr);
    assert!(!(run.stdout + &run.stderr).contains(SECRET.1));
    // A base64url value may begin with a hyphen.
    let run = explain(
        &["--issuer", issuer.url(), "--audience", API, "--client-id", "-x", "--client-secret", "-y"],
        &token,
    );
    assert!(run.code == 1 && run.stdout.contains("does not accept this resource server"), "{}", run.stdout);

    for (more, expected) in [
        (&[][..], "--client-id needs that client's secret"),
        (&["--client-secret-env", "NOT_THERE"], "environment variable NOT_THERE"),
        (&["--client-secret-file", "/nowhere/secret"], "--client-secret-file: /nowhere/secret: "),
        (&["--client-secret-file", &file, "--client-secret", "hush"], "cannot be used with"),
    ] {
        let run = explain(&[&trusted[..], more].concat(), &token);
        assert!(run.code == 2 && run.stderr.contains(expected), "{more:?}: {}", run.stderr);
        assert!(!run.stderr.contains("hush"), "{}", run.stderr);
    }
    let run = explain(&["--client-id", "x"], &token);
    assert!(run.code == 2 && run.stderr.contains("--issuer"), "{}", run.stderr);
    let keys = ["--jwks-uri", &issuer.jwks_uri()];
    let run = explain_with(SECRET, &[&trusted[..], &keys].concat(), &token);
    assert!(run.code == 2 && run.stderr.contains("--introspection-endpoint"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_asks_another_authorization_server_too() {
    let issuer = issuer().await;
    let token = opaque(&issuer);
    let directory = Directory::new();
    let file = directory.file("secret");
    std::fs::write(&file, SECRET.1).unwrap();
    let flags = ["--port", "0", "--issuer", issuer.url(), "--audience", API];
    let asking =
        Demo::start(&[&flags[..], &["--client-id", "orders-api", "--client-secret-file", &file]].concat());
    let call = |demo: &Demo| {
        bash(&format!("curl -si -H \"Authorization: Bearer {token}\" {}/api/private", demo.api()))
    };
    let answer = call(&asking);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let lines = asking.lines();
    assert!(lines[0].about.contains("or an opaque one"), "{lines:?}");
    let why = &lines.last().unwrap().command;
    assert!(why.contains(" --client-id=orders-api --client-secret-file="), "{why}");
    let explained = bash(&format!("TOKEN={token}; {why}"));
    assert!(explained.contains("ok      introspection its issuer says that it is active"), "{explained}");

    let verifying = Demo::start(&flags);
    assert!(call(&verifying).starts_with("HTTP/1.1 401"));
    assert!(verifying.lines()[0].about.contains("start the demo with --client-id"));
}
