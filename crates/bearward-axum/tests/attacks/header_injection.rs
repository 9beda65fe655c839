//! What reaches a header must not end it, seen from the wire.
//! Rows of "The answers" in docs/threat-model.md.

use axum::Router;
use axum::routing::get;
use bearward_axum::Protect;
use bearward_axum::requirement::{acr, scope};
use bearward_axum::trust::ValidatorError;

use crate::support::{Api, info, mint, trusting};

fn request(token: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// The header lines of an answer, the date left out.
fn header_lines(answer: &str) -> Vec<&str> {
    let (head, _) = answer.split_once("\r\n\r\n").unwrap();
    assert!(!head.replace("\r\n", "").contains(['\r', '\n', '\0']), "{head:?}");
    head.split("\r\n").skip(1).filter(|line| !line.starts_with("date: ")).collect()
}

#[tokio::test]
async fn a_validators_text_stays_within_its_parameter_on_the_wire() {
    for text in [
        "a\r\nX-Injected: 1",
        "a\r\n\r\n<script>",
        "a\nX-Injected: 1",
        "a\rX-Injected: 1",
        "a\0b",
        "\"\r\n",
        "\\\"",
        "\u{2028}\u{85}\u{560d}\u{560a}X-Injected: 1", // characters whose low bytes are CR and LF
        "caf\u{e9}",
    ] {
        let refuse = move |_: &_| Err(ValidatorError::new(text));
        let server = trusting().validator(refuse).build().unwrap();
        let app = Router::new().route("/", get(info)).layer(server.layer());
        let answer = Api::serve(app).await.send_raw(request(&mint().sign())).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{text:?}: {answer}");
        let lines = header_lines(&answer);
        let names: Vec<_> = lines.iter().map(|line| line.split_once(": ").unwrap().0).collect();
        let expected = [
            "www-authenticate",
            "www-authenticate",
            "content-type",
            "cache-control",
            "failure-code",
            "content-length",
            "connection",
        ];
        assert_eq!(names, expected, "{text:?}");
        let challenge = lines[0].split_once(": ").unwrap().1;
        let start = r#"Bearer realm="api", error="invalid_token", error_description=""#;
        let shown = challenge.strip_prefix(start).unwrap().strip_suffix('"').unwrap();
        assert!(shown.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"'), "{shown:?}");
    }
}

#[tokio::test]
async fn a_token_full_of_line_breaks_adds_no_line() {
    let server = trusting().build().unwrap();
    let required = server.require(scope("a").and(acr(["b"]))).unwrap();
    let app = Router::new().route("/", get(info).route_layer(required));
    let api = Api::serve(app).await;
    let text = "\r\nX-Injected: 1\r\n\r\n\0\"\\\u{e9}";
    for token in [
        mint().scope(text).sign(),
        mint().scope("a").claim("acr", text).sign(),
        mint().audience(text).sign(),
        mint().claim("iss", text).sign(),
        mint().header("kid", text).sign(),
        mint().header("alg", text).sign(),
        mint().header("typ", text).sign(),
        mint().claim("exp", text).sign(),
        mint().organization(text).sign(),
    ] {
        let answer = api.send_raw(request(&token)).await;
        assert!(!answer.to_ascii_lowercase().contains("x-injected"), "{answer}");
        assert_eq!(header_lines(&answer).len(), 7, "{answer}");
    }
}
