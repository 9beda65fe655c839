//! Requests that no client library sends: written by hand onto the connection.

use axum::Router;
use axum::routing::get;
use bearward_axum::Protect;
use bearward_axum::requirement::organization;

use crate::support::{Api, info, mint, trusting};

async fn api() -> Api {
    let server = trusting().build().unwrap();
    let by_host = server.require(organization().from_host("{organization}.example.com")).unwrap();
    let app = Router::new()
        .route("/", get(info).post(info))
        .layer(server.layer())
        .route("/host", get(info).route_layer(by_host))
        .route("/public", get(|| async { "public" }));
    Api::serve(app).await
}

/// The status of each answer on the connection: no body of this API looks like the start of one.
fn statuses(answers: &str) -> Vec<&str> {
    answers.split("HTTP/1.").skip(1).map(|answer| &answer[2..5]).collect()
}

#[tokio::test]
async fn a_header_written_in_a_crooked_way_lets_nobody_in_by_accident() {
    let api = api().await;
    let token = mint().sign();
    let good = format!("Authorization: Bearer {token}\r\n");
    for (case, headers, expected) in [
        ("straight", good.clone(), "200"),
        ("no space after the colon", format!("Authorization:Bearer {token}\r\n"), "200"),
        ("white space around the value", format!("Authorization: \t Bearer {token} \t \r\n"), "200"),
        ("a name in another case", format!("AUTHORIZATION: Bearer {token}\r\n"), "200"),
        ("twice", good.repeat(2), "400"),
        ("twice, once in another case", format!("{good}authorization: Bearer x\r\n"), "400"),
        ("twice, once empty", format!("{good}Authorization:\r\n"), "400"),
        ("folded", format!("Authorization: Bearer\r\n {token}\r\n"), "400"),
        ("folded after the token", format!("Authorization: Bearer {token}\r\n x\r\n"), "400"),
        ("a space before the colon", format!("Authorization : Bearer {token}\r\n"), "400"),
        ("a NUL in the value", format!("Authorization: Bearer {token}\0\r\n"), "400"),
        ("a bare CR in the value", format!("Authorization: Bearer {token}\rX: y\r\n"), "400"),
        ("a NUL in the name", format!("Author\0ization: Bearer {token}\r\n"), "400"),
        ("another name", format!("Authorization_: Bearer {token}\r\n"), "401"),
        ("an underscore name", format!("HTTP_AUTHORIZATION: Bearer {token}\r\n"), "401"),
        ("a lone LF that makes a line of its own", format!("X: y\nAuthorization: Bearer {token}\r\n"), "200"),
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");
        let answer = api.send_raw(request).await;
        assert_eq!(statuses(&answer), [expected], "{case}: {answer}");
    }
}

#[tokio::test]
async fn a_token_in_a_trailer_is_none() {
    let api = api().await;
    let token = mint().sign();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization\r\n\
         \r\n1\r\nx\r\n0\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    assert_eq!(statuses(&api.send_raw(request).await), ["401"]);
}

#[tokio::test]
async fn the_next_request_on_a_connection_inherits_nothing() {
    let api = api().await;
    let token = mint().sign();
    let requests = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n\
         GET / HTTP/1.1\r\nHost: a\r\n\r\n\
         GET /public HTTP/1.1\r\nHost: a\r\n\r\n\
         GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}x\r\n\r\n\
         GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: bearer {token}\r\n\r\n"
    );
    assert_eq!(statuses(&api.send_raw(requests).await), ["200", "401", "200", "401", "200"]);
}

#[tokio::test]
async fn a_request_hidden_in_a_body_is_not_answered() {
    let api = api().await;
    let token = mint().sign();
    let hidden = format!("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n");
    // Refused without reading the body: what is left of it must not be taken for the next request.
    let length = hidden.len();
    let with_length = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{hidden}"
    );
    assert_eq!(statuses(&api.send_raw(with_length).await), ["401"]);
    let both = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
    );
    let answers = api.send_raw(both + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert_ne!(statuses(&answers).first(), Some(&"200"), "{answers}");
}

#[tokio::test]
async fn the_absolute_form_names_the_host_and_http_1_0_may_name_none() {
    let api = api().await;
    let token = mint().organization("org_1").sign();
    let request = |line: &str, host: &str| {
        format!("{line}\r\n{host}Connection: close\r\nAuthorization: Bearer {token}\r\n\r\n")
    };
    for (line, host, expected) in [
        ("GET /host HTTP/1.1", "Host: org_1.example.com\r\n", "200"),
        ("GET /host HTTP/1.1", "Host: org_2.example.com\r\n", "403"),
        ("GET http://org_1.example.com/host HTTP/1.1", "Host: org_2.example.com\r\n", "200"),
        ("GET http://org_2.example.com/host HTTP/1.1", "Host: org_1.example.com\r\n", "403"),
        (
            "GET http://org_1.example.com@org_2.example.com/host HTTP/1.1",
            "Host: org_1.example.com\r\n",
            "403",
        ),
        ("GET /host HTTP/1.0", "", "403"),
        ("GET /host HTTP/1.1", "", "403"),
        ("GET / HTTP/1.0", "", "200"),
    ] {
        let answer = api.send_raw(request(line, host)).await;
        assert_eq!(statuses(&answer), [expected], "{line} {host}: {answer}");
    }
}
