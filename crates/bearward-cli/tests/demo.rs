//! The demo as a newcomer meets it: a process, what it prints, and what comes of pasting that.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod process;

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

use process::{Demo, Line, bash, bearward, explain};

const FREE_PORTS: [&str; 4] = ["--port", "0", "--issuer-port", "0"];

/// What comes of pasting every line in its order, into one shell, as a reader would.
fn paste(lines: Vec<Line>) -> Vec<(Line, String)> {
    const END: &str = "end of what this line printed";
    let script: String = lines.iter().map(|line| format!("{}\necho '{END}'\n", line.command)).collect();
    let printed = bash(&script);
    let answers: Vec<_> = printed.split(&format!("{END}\n")).map(str::to_owned).collect();
    assert_eq!(answers.len(), lines.len() + 1, "{printed}");
    lines.into_iter().zip(answers).collect()
}

#[test]
fn every_printed_line_does_what_its_comment_says() {
    let demo = Demo::start(&FREE_PORTS);
    let lines = demo.lines();
    assert!(lines.len() >= 45, "{lines:?}");
    let tokens = demo.token_lines();
    let sizes = bash(&format!("{tokens}echo ${{#TOKEN}} ${{#READER}} ${{#MEMBER}} ${{#WITHIN}} ${{#OTHER}}"));
    let sizes: Vec<usize> = sizes.split_whitespace().map(|size| size.parse().unwrap()).collect();
    assert!(sizes.len() == 5 && sizes.iter().all(|size| *size > 200), "these are tokens: {sizes:?}");

    for (call, answer) in paste(lines).iter().filter(|(line, _)| line.section.starts_with("What ")) {
        let status = answer.split_whitespace().nth(1).and_then(|status| status.parse().ok());
        assert_eq!(status, call.status, "{}\n{}\n{answer}", call.about, call.command);
        if matches!(status, Some(400..=403)) {
            assert!(answer.contains("www-authenticate: Bearer realm=\"api\""), "{}\n{answer}", call.about);
            assert!(answer.contains("www-authenticate: DPoP realm=\"api\""), "{}\n{answer}", call.about);
        }
    }
}

#[test]
fn each_refusal_names_its_reason() {
    let demo = Demo::start(&FREE_PORTS);
    let answers = paste(demo.lines());
    for (about, expected) in [
        ("no token", "no access token was presented"),
        ("a header without a token", "the Authorization header is malformed"),
        ("something that is not a token", "the access token is not active"),
        (
            "calls it inactive",
            "error=\"invalid_token\", error_description=\"the access token is not active\"",
        ),
        ("alg none", "algorithm is not supported"),
        ("expired", "the access token expired"),
        ("the signature is another", "signature is invalid"),
        ("for another API", "the access token is for another audience"),
        ("lacks the scopes", "scope=\"api:read api:write\""),
        ("lacks the claim", "lacks a required claim value"),
        ("another organization's", "the access token is for another organization"),
        ("for another organization", "the access token is for another organization"),
        ("for no organization", "the access token is for no organization"),
        (
            "the same once more",
            "error=\"invalid_dpop_proof\", error_description=\"the DPoP proof was used before\"",
        ),
        ("for another URL", "the DPoP proof is for another URL"),
        ("of somebody else", "the DPoP proof is of another key than the access token"),
        ("without a proof", "the access token needs a DPoP proof and the scheme DPoP"),
        ("with another one", "the access token is bound to another certificate"),
        ("without any", "the access token is bound to a certificate and came without it"),
        ("names the authentication", "error=\"insufficient_user_authentication\""),
        ("names the authentication", "acr_values=\"mfa\""),
    ] {
        let refused = |(line, _): &&(Line, String)| {
            line.status.is_some_and(|status| status >= 400) && line.about.contains(about)
        };
        let (_, answer) = answers.iter().find(refused).unwrap();
        assert!(answer.contains(expected), "{about}: {answer}");
    }
}

#[test]
fn the_line_that_asks_why_gets_the_reason() {
    let demo = Demo::start(&FREE_PORTS);
    let line = demo.lines().pop().unwrap();
    assert_eq!(line.section, "Why");
    let why = bash(&format!("{}{}", demo.token_lines(), line.command));
    assert!(why.contains("REFUSED: insufficient_scope"), "{why}");

    let external =
        Demo::start(&["--port", "0", "--issuer", demo.issuer(), "--audience", "https://api.example.com"]);
    let line = external.lines().pop().unwrap();
    let why = bash(&format!("{}{}", demo.token_lines(), line.command));
    assert!(why.contains("ACCEPTED"), "{why}");
}

#[test]
fn the_line_that_asks_why_explains_the_proof_too() {
    let demo = Demo::start(&FREE_PORTS);
    let answers = paste(demo.lines());
    let (_, why) = answers.iter().find(|(line, _)| line.about.contains("and its proof")).unwrap();
    assert!(why.contains("the proof is of its key, and for this request"), "{why}");
    assert!(why.contains("ACCEPTED"), "its memory of proofs is its own: {why}");
}

#[test]
fn an_opaque_token_is_shown_with_what_it_stands_for() {
    let demo = Demo::start(&FREE_PORTS);
    let answers = paste(demo.lines());
    let (_, told) = answers.iter().find(|(line, _)| line.about.contains("what it is told")).unwrap();
    assert!(told.contains("\"active\":true") && told.contains("\"client_id\":\"opaque\""), "{told}");
    let (_, phantom) = answers.iter().find(|(line, _)| line.about.contains("phantom")).unwrap();
    let issuer = ["--json", "--issuer", demo.issuer(), "--audience", "https://api.example.com"];
    assert_eq!(explain(&issuer, phantom).json()["verdict"]["code"], "accepted", "{phantom}");
    let (_, why) = answers.iter().find(|(line, _)| line.about.contains("as its issuer sees it")).unwrap();
    assert!(why.contains("its issuer says that it is active") && why.contains("ACCEPTED"), "{why}");
}

#[test]
fn the_answers_tell_the_handler_s_view_of_the_token() {
    let demo = Demo::start(&FREE_PORTS);
    let call = |token: &str, path: &str| {
        let tokens = demo.token_lines();
        bash(&format!("{tokens}curl -s -H \"Authorization: Bearer ${token}\" {}{path}", demo.api()))
    };
    assert_eq!(
        call("TOKEN", "/api/protected"),
        r#"{"auth":{"sub":"demo","clientId":"demo","scopes":["read:messages","api:read","api:write","openid","profile","read:data"],"audience":["https://api.example.com"]}}"#
    );
    let within = call("WITHIN", "/api/protected/detailed");
    assert!(within.contains(r#""organizationId":"org_1""#), "{within}");
}

#[test]
fn a_page_shows_every_route_and_every_line() {
    let demo = Demo::start(&FREE_PORTS);
    let first = bash(&format!("curl -si {}/", demo.api()));
    assert!(first.starts_with("HTTP/1.1 200") && first.contains("href=\"/terminal\""), "{first}");
    let page = bash(&format!("curl -si {}/terminal", demo.api()));
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("content-type: text/html; charset=utf-8"), "{page}");
    let text = page.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&amp;", "&");
    for route in bearward_cli::demo::ROUTES {
        assert!(text.contains(route.path) && text.contains(route.needs), "{route:?}");
    }
    for line in demo.lines() {
        assert!(text.contains(&line.command), "{line:?}");
    }
}

#[test]
fn what_is_not_there_is_not_found_and_asks_for_no_token() {
    let demo = Demo::start(&FREE_PORTS);
    let answer = bash(&format!("curl -si {}/favicon.ico", demo.api()));
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[test]
fn a_taken_port_is_named_with_the_flag_that_helps() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (flag, other) in [("--port", "--issuer-port"), ("--issuer-port", "--port")] {
        let output = bearward().args(["demo", flag, &port, other, "0"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{flag}");
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            format!(
                "error: port {port} of 127.0.0.1 is already in use; choose another with {flag} (0 picks a free \
                 one)\n"
            )
        );
        assert!(output.stdout.is_empty(), "nothing to paste for an API that is not there");
    }
}

#[test]
fn half_an_authorization_server_is_a_usage_error() {
    for arguments in [
        &["demo", "--issuer", "https://issuer.example"][..],
        &["demo", "--audience", "https://api.example.com"],
        &["demo", "--issuer", "https://issuer.example", "--audience", "x", "--issuer-port", "1"],
        &["demo", "--issuer", "not a URL", "--audience", "x", "--port", "0"],
        &["demo", "--issuer", "http://issuer.example", "--audience", "x", "--port", "0"],
        &["demo", "--issuer", "https://issuer.example", "--audience", "", "--port", "0"],
        &["demo", "--key-set-max-age", "0"],
        &["demo", "--port", "70000"],
        &["demo", "--log", "loud"],
        &["demo", "extra"],
        &["nonsense"],
        &[],
    ] {
        let output = bearward().args(arguments).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {complaint}");
        assert!(!complaint.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_authorization_server_that_is_not_there_is_a_warning_and_503() {
    // Bound and not listening: connections are refused, and nobody else is given the port.
    let silent = TcpSocket::new_v4().unwrap();
    silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = silent.local_addr().unwrap().port();
    let issuer = format!("http://127.0.0.1:{port}");
    let mut demo =
        Demo::start(&["--port", "0", "--issuer", &issuer, "--audience", "https://api.example.com"]);
    assert_eq!(demo.issuer(), issuer);

    let answer = bash(&format!("curl -si {}/api/public", demo.api()));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let unreadable = bash(&format!("curl -si -H 'Authorization: Bearer a.b.c' {}/api/private", demo.api()));
    assert!(unreadable.starts_with("HTTP/1.1 401"), "{unreadable}");

    demo.signal("TERM");
    demo.ended_within(Duration::from_secs(5));
    let complaints = demo.complaints();
    assert!(complaints.contains(&format!("warning: no keys of issuer \"{issuer}\"")), "{complaints}");
    assert!(complaints.contains("could not be reached") && complaints.contains("--issuer"), "{complaints}");
}

#[test]
fn the_demo_of_another_authorization_server_accepts_its_tokens() {
    let ours = Demo::start(&FREE_PORTS);
    let paste = |demo: &Demo| demo.lines().into_iter().next().unwrap().command;
    let theirs =
        Demo::start(&["--port", "0", "--issuer", ours.issuer(), "--audience", "https://api.example.com"]);
    let token = ours.lines().into_iter().find(|line| line.command.starts_with("TOKEN=")).unwrap().command;
    assert_eq!(paste(&theirs), "TOKEN=''", "the reader's to fill in");
    for line in theirs.lines() {
        let Some(status) = line.status else { continue };
        let answer = bash(&format!("{token}\n{}", line.command));
        // One token cannot be for the API, for an organization, and within it at a time; nor is this one
        // stepped up.
        let another = ["/organizations/", "/step-up"].iter().any(|path| line.command.contains(path));
        let status = if another { 401 } else { status };
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{}\n{answer}", line.command);
    }
}

#[test]
fn ctrl_c_ends_it_at_once_and_cleanly_whatever_connections_are_open() {
    for signal in ["INT", "TERM"] {
        let mut demo = Demo::start(&FREE_PORTS);
        let address = demo.api().strip_prefix("http://").unwrap().to_owned();
        let never_used = TcpStream::connect(&address).unwrap();
        let mut kept_alive = TcpStream::connect(&address).unwrap();
        kept_alive.write_all(b"GET /api/public HTTP/1.1\r\nHost: demo\r\n\r\n").unwrap();
        let mut half_a_request = TcpStream::connect(&address).unwrap();
        half_a_request.write_all(b"GET /api/public HTTP/1.1\r\nHost:").unwrap();
        bash(&format!("curl -s {}/api/public", demo.api()));

        demo.signal(signal);
        let status = demo.ended_within(Duration::from_secs(5));
        assert_eq!(status.code(), Some(0), "{signal}");
        let log = demo.complaints();
        assert!(log.lines().all(|line| line.contains(" INFO ")), "{signal}: {log}");
        drop((never_used, kept_alive, half_a_request));
    }
}

#[test]
fn ctrl_c_does_not_wait_for_an_authorization_server_that_never_answers() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", silent.local_addr().unwrap());
    let mut demo = bearward()
        .args(["demo", "--port", "0", "--issuer", &issuer, "--audience", "https://api.example.com"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let asking = silent.accept().unwrap();
    let interrupted = Instant::now();
    bash(&format!("kill -INT {}", demo.id()));
    assert_eq!(demo.wait().unwrap().code(), Some(0));
    assert!(interrupted.elapsed() < Duration::from_secs(4), "the fetch alone may take five seconds");
    drop(asking);
}

#[test]
fn the_log_names_the_reason_of_a_refusal_and_never_the_token() {
    let mut demo = Demo::start(&["--port", "0", "--issuer-port", "0", "--log", "debug"]);
    let token = demo.lines().into_iter().find(|line| line.command.starts_with("READER=")).unwrap().command;
    let token = bash(&format!(
        "{token}\ncurl -s -H \"Authorization: Bearer $READER\" {}/api/protected >&2; echo $READER",
        demo.api()
    ));
    demo.signal("INT");
    demo.ended_within(Duration::from_secs(5));
    let log = demo.complaints();
    assert!(log.contains("insufficient_scope"), "{log}");
    for part in token.trim().split('.') {
        assert!(part.len() > 20 && !log.contains(part), "{log}");
    }
}

#[test]
fn the_log_shows_a_refusal_with_its_reason_and_no_colours() {
    let mut demo = Demo::start(&FREE_PORTS);
    bash(&format!("curl -s {}/api/private", demo.api()));
    demo.signal("INT");
    demo.ended_within(Duration::from_secs(5));
    let log = demo.complaints();
    assert!(
        log.contains("no access token was presented") && log.contains("code=\"credential_missing\""),
        "{log}"
    );
    assert!(!log.contains('\u{1b}'), "{log}");
}

#[test]
fn without_verbose_everything_fits_a_screen_and_works() {
    let mut demo = Demo::start_briefly(&["--port", "0"]);
    let printed = demo.printed().to_owned();
    let columns = 80;
    let rows: usize = printed.iter().map(|line| line.len().div_ceil(columns).max(1)).sum();
    assert!(rows <= 24, "{rows} rows: {printed:#?}");
    assert!(
        printed[0].starts_with("API ") && printed[1].starts_with("authorization server "),
        "{printed:#?}"
    );
    assert!(printed[2].starts_with("audience "), "{printed:#?}");
    let script: Vec<_> =
        printed.iter().filter(|line| line.contains("curl ") || line.contains(" explain ")).collect();
    let script = script.iter().map(|line| format!("{line}\n")).collect::<String>();
    let said = bash(&script);
    assert!(said.contains("HTTP/1.1 200") && said.contains("HTTP/1.1 403"), "{said}");
    assert!(said.contains("REFUSED: insufficient_scope") && said.contains("\nTO DO: "), "{said}");
    demo.signal("INT");
    assert_eq!(demo.ended_within(Duration::from_secs(5)).code(), Some(0));
}

#[test]
fn the_playground_answers_its_own_page_only() {
    let demo = Demo::start(&FREE_PORTS);
    let (api, json) = (demo.api(), "-H 'Content-Type: application/json'");
    let port = api.rsplit(':').next().unwrap();
    let status = |arguments: &str, path: &str| {
        bash(&format!("curl -so /dev/null -w '%{{http_code}}' {arguments} {api}{path}"))
    };
    let rotate = "-d '{\"action\":\"rotate\"}'";
    assert_eq!(status(&format!("{json} -H 'Origin: {api}' {rotate}"), "/playground/issuer"), "200");
    for (arguments, path) in [
        (format!("{json} {rotate}"), "/playground/issuer"),
        (format!("{json} -H 'Origin: https://attacker.example' {rotate}"), "/playground/issuer"),
        (format!("-H 'Origin: {api}' -H 'Content-Type: text/plain' {rotate}"), "/playground/issuer"),
        (format!("-H 'Host: attacker.example:{port}'"), "/playground/state"),
        (format!("-H 'Host: attacker.example:{port}'"), "/"),
        ("-H 'Sec-Fetch-Site: cross-site'".to_owned(), "/playground/config"),
    ] {
        assert_eq!(status(&arguments, path), "403", "{arguments} {path}");
    }
    // The API itself is served under each host.
    assert_eq!(status(&format!("-H 'Host: api.example:{port}'"), "/api/public"), "200");
    let page = bash(&format!("curl -si {api}/"));
    assert!(page.contains("content-security-policy: default-src 'none'; script-src 'self'"), "{page}");
}

#[test]
fn the_playground_takes_no_choice_that_it_did_not_offer() {
    let demo = Demo::start(&FREE_PORTS);
    let api = demo.api();
    let post = |path: &str, body: &str| {
        bash(&format!(
            "curl -s -w ' %{{http_code}}' -H 'Content-Type: application/json' -H 'Origin: {api}' -d '{body}' {api}{path}"
        ))
    };
    let token = |changes: &str| {
        let body = format!(
            "{{\"client\":\"demo\",\"target\":\"api\",\"organization\":\"org_1\",\"scopes\":[],\"mfa\":false,\"lifetime\":null,\"flaw\":null,\"binding\":\"bearer\"{changes}}}"
        );
        post("/playground/token", &body)
    };
    assert!(token("").contains("access_token"), "{}", token(""));
    for changes in [",\"client\":\"admin\"", ",\"more\":1"] {
        assert!(token(changes).ends_with(" 422"), "{}", token(changes));
    }
    for (path, body) in [
        ("/playground/send", "{\"path\":\"/playground/state\",\"headers\":[]}"),
        ("/playground/send", "{\"path\":\"/api/private\",\"headers\":[[\"host\",\"elsewhere\"]]}"),
        ("/playground/send", "{\"path\":\"/api/private\",\"headers\":[[\"authorization\",\"a\\nb\"]]}"),
    ] {
        assert!(post(path, body).ends_with(" 400"), "{}", post(path, body));
    }
}
