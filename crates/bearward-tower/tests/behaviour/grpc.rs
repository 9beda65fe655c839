//! gRPC requests are refused with the status of gRPC, and nobody else gets an answer with the HTTP status 200.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bearward_issuer::{Algorithm, Issuer};
use bearward_tower::bearward::answer::Answer;
use bearward_tower::bearward::trust::ValidatorError;
use bearward_tower::requirement::scope;
use bearward_tower::{Failure, Framework, GrpcAnswers, ProtectLayer, require};
use http::request::Parts;
use http::{Method, Request, Response, Version};
use tower::{Layer, service_fn};

use crate::support::{Answered, Body, ask, handler, mint, trusting};

/// A call as gRPC clients make it.
fn call(token: Option<&str>) -> Request<Body> {
    let request = Request::post("http://api.example.com/notes.Notes/List");
    let request =
        request.version(Version::HTTP_2).header("te", "trailers").header("content-type", "application/grpc");
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    request.body(Body::default()).unwrap()
}

fn of_media_type(media_type: &str) -> Request<Body> {
    let mut request = call(None);
    request.headers_mut().insert("content-type", media_type.parse().unwrap());
    request
}

#[track_caller]
fn assert_status(answered: &Answered, status: &str, message: &str) {
    assert_eq!(answered.response.status(), 200);
    assert_eq!(answered.header("grpc-status"), Some(status));
    assert_eq!(answered.header("grpc-message"), Some(message));
    assert_eq!(answered.header("content-type"), Some("application/grpc"));
    assert_eq!(answered.header("cache-control"), Some("no-store"));
    assert_eq!(answered.response.body(), "", "the headers are the trailers");
}

#[tokio::test]
async fn each_kind_of_refusal_has_its_status() {
    let down = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
    down.go_down().await;
    let api = trusting().issuer(down.url()).build().unwrap();
    let layer = ProtectLayer::new(api).requirement(scope("notes:read")).unwrap();
    let service = layer.layer(service_fn(handler));

    let answered = ask(&service, call(None)).await;
    assert_status(&answered, "16", "no access token was presented");
    assert_eq!(answered.header("www-authenticate"), Some(r#"Bearer realm="api", scope="notes:read""#));

    let answered = ask(&service, call(Some(&mint().expires_in(-60).sign()))).await;
    assert_status(&answered, "16", "the access token expired");
    assert!(answered.header("www-authenticate").unwrap().contains(r#"error="invalid_token""#));

    let answered = ask(&service, call(Some(&mint().sign()))).await;
    assert_status(&answered, "7", "the access token lacks a required scope");
    assert!(answered.header("www-authenticate").unwrap().ends_with(r#"scope="notes:read""#));

    let answered = ask(&service, call(Some("two words"))).await;
    assert_status(&answered, "3", "the Authorization header is malformed");

    let answered = ask(&service, call(Some(&down.mint().audience("https://api.example.com").sign()))).await;
    assert_status(&answered, "14", "the keys of the authorization server are not available");
    let seconds: u64 = answered.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(answered.header("grpc-retry-pushback-ms"), Some(&*(seconds * 1_000).to_string()));
    assert_eq!(answered.failure().map(Failure::code), Some("keys_unavailable"));

    ask(&service, call(Some(&mint().scope("notes:read").sign()))).await.assert_passed("test-client:");
}

#[tokio::test]
async fn a_layer_that_is_missing_is_an_internal_error_that_says_nothing_of_it() {
    let service = require(scope("a")).unwrap().layer(service_fn(handler));
    let answered = ask(&service, call(Some(&mint().scope("a").sign()))).await;
    assert_status(&answered, "13", "this resource is not set up correctly");
}

#[tokio::test]
async fn a_requirement_further_in_answers_in_the_same_way() {
    let layer = ProtectLayer::new(trusting().build().unwrap());
    let service = layer.layer(require(scope("a")).unwrap().layer(service_fn(handler)));
    let answered = ask(&service, call(Some(&mint().sign()))).await;
    assert_status(&answered, "7", "the access token lacks a required scope");
}

#[tokio::test]
async fn a_message_is_percent_encoded() {
    let refuse = |_: &_| Err(ValidatorError::new("50 % café\r\nx-injected: 1"));
    let api = trusting().validator(refuse).build().unwrap();
    let service = ProtectLayer::new(api).layer(service_fn(handler));
    let answered = ask(&service, call(Some(&mint().sign()))).await;
    assert_status(&answered, "16", "50 %25 caf%C3%A9%0D%0Ax-injected: 1");
    assert_eq!(answered.header("x-injected"), None);
}

#[tokio::test]
async fn what_is_not_beyond_doubt_a_grpc_client_keeps_the_http_status() {
    let service = ProtectLayer::new(trusting().build().unwrap()).layer(service_fn(handler));
    let mut get = call(None);
    *get.method_mut() = Method::GET;
    let mut http_1 = call(None);
    *http_1.version_mut() = Version::HTTP_11;
    let mut without_te = call(None);
    without_te.headers_mut().remove("te");
    for request in [get, http_1, without_te] {
        let answered = ask(&service, request).await;
        answered.assert_refused("credential_missing", "not gRPC beyond doubt");
        assert_eq!(answered.header("grpc-status"), None);
    }
    for media_type in
        ["application/grpcx", "application/json", "text/grpc", "application/x+grpc", "grpc", "é"]
    {
        let answered = ask(&service, of_media_type(media_type)).await;
        answered.assert_refused("credential_missing", media_type);
    }
}

#[tokio::test]
async fn a_service_that_proxies_ask_has_no_answer_that_a_proxy_takes_for_consent() {
    let api = trusting().build().unwrap();
    let layer = ProtectLayer::new(api).framework(Framework::NONE).grpc_answers(GrpcAnswers::Never);
    let service = layer.layer(require(scope("a")).unwrap().layer(service_fn(handler)));
    let forms = ["application/grpc", "application/grpc+proto"].into_iter().chain(WEB);
    for media_type in forms {
        for (token, status) in [(None, 401), (Some(mint().sign()), 403)] {
            let mut request = call(token.as_deref());
            request.headers_mut().insert("content-type", media_type.parse().unwrap());
            let answered = ask(&service, request).await;
            assert_eq!(answered.response.status(), status, "{media_type}");
            assert_eq!(answered.header("grpc-status"), None, "{media_type}");
            assert_eq!(answered.header("content-type"), Some("application/json"), "{media_type}");
        }
    }
}

#[tokio::test]
async fn the_media_type_of_the_request_is_repeated() {
    let service = ProtectLayer::new(trusting().build().unwrap()).layer(service_fn(handler));
    for media_type in ["application/grpc+proto", "application/grpc+json", "Application/GRPC; charset=utf-8"] {
        let answered = ask(&service, of_media_type(media_type)).await;
        assert_eq!(
            (answered.header("grpc-status"), answered.header("content-type")),
            (Some("16"), Some(media_type))
        );
    }
}

const WEB: [&str; 4] = [
    "application/grpc-web",
    "application/grpc-web+proto",
    "application/grpc-web-text",
    "application/grpc-web-text+proto",
];

#[tokio::test]
async fn grpc_web_has_the_status_in_headers_and_in_a_frame_of_trailers() {
    for (answers, status) in [(GrpcAnswers::Unmistakable, 401), (GrpcAnswers::Always, 200)] {
        let mut framework = Framework::NONE;
        framework.grpc = answers;
        let layer = ProtectLayer::new(trusting().build().unwrap()).framework(framework);
        let service = layer.layer(service_fn(handler));
        for media_type in WEB {
            let answered = ask(&service, of_media_type(media_type)).await;
            assert_eq!(answered.response.status(), status, "{media_type}");
            assert_eq!(answered.header("grpc-status"), Some("16"), "{media_type}");
            assert_eq!(answered.header("content-type"), Some(media_type));
            let body = answered.response.body();
            let frame = match media_type.contains("text") {
                true => STANDARD.decode(body).unwrap(),
                false => body.to_vec(),
            };
            assert_eq!(frame[0], 0x80, "{media_type}");
            let block = std::str::from_utf8(&frame[5..]).unwrap();
            assert_eq!(u32::from_be_bytes(frame[1..5].try_into().unwrap()) as usize, block.len());
            let lines: Vec<_> = block.split_terminator("\r\n").collect();
            for line in [
                "grpc-status: 16",
                "grpc-message: no access token was presented",
                r#"www-authenticate: Bearer realm="api""#,
            ] {
                assert!(lines.contains(&line), "{block}");
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_speaks_grpc_alone_needs_no_further_sign_of_it() {
    let mut framework = Framework::NONE;
    framework.grpc = GrpcAnswers::Always;
    let layer = ProtectLayer::new(trusting().build().unwrap()).framework(framework);
    let service = layer.layer(require(scope("a")).unwrap().layer(service_fn(handler)));
    for (token, status) in [(None, "16"), (Some(mint().sign()), "7")] {
        let mut request = call(token.as_deref());
        request.headers_mut().remove("te");
        assert_eq!(ask(&service, request).await.header("grpc-status"), Some(status));
    }
}

#[tokio::test]
async fn a_responder_is_given_the_answer_of_grpc_and_may_not_take_it_along_when_it_panics() {
    let add = |_: &Failure, answer: Answer, _: &Parts| {
        let mut response = Response::new(Body::from(answer.body));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response.headers_mut().insert("x-added", "yes".parse().unwrap());
        response
    };
    let service = ProtectLayer::new(trusting().build().unwrap()).respond_with(add).layer(service_fn(handler));
    let answered = ask(&service, call(None)).await;
    assert_status(&answered, "16", "no access token was presented");
    assert_eq!(answered.header("x-added"), Some("yes"));

    let panics = |_: &Failure, _: Answer, _: &Parts| -> Response<Body> { panic!("on purpose") };
    let service =
        ProtectLayer::new(trusting().build().unwrap()).respond_with(panics).layer(service_fn(handler));
    let answered = ask(&service, call(None)).await;
    assert_eq!((answered.response.status().as_u16(), answered.header("grpc-status")), (200, Some("16")));
}
