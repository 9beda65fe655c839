//! RFC 9449 §4.3 check 9: the URL that a proof must name.

use axum::Router;
use axum::routing::get;
use bearward_axum::Protect;
use bearward_axum::request::{CertificateHeader, ProxyHeaders};
use reqwest::Client;

use crate::support::{Answer, Builder, OTHER_URL, Scene, info};

const TRUSTED: [&str; 1] = ["127.0.0.0/8"];
const ELSEWHERE: [&str; 1] = ["10.0.0.0/8"];

const X_FORWARDED: ProxyHeaders = ProxyHeaders::none().x_forwarded_host().x_forwarded_proto();
const FORWARDED: ProxyHeaders = ProxyHeaders::none().forwarded_host().forwarded_proto();

fn trusting(networks: [&'static str; 1], headers: ProxyHeaders) -> impl FnOnce(Builder) -> Builder {
    move |api| api.trusted_proxies(networks, headers)
}

/// What the API makes of a request with these headers and a proof for `htu`.
async fn ask(scene: &Scene, path: &str, headers: &[(&str, &str)], htu: &str) -> Answer {
    let token = scene.bound();
    let request = scene.get(path, &token, &scene.proof_for(htu, &token).claim("htu", htu).sign());
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    Answer::to(request).await
}

#[track_caller]
fn assert_answer(answer: &Answer, passes: bool, case: &str) {
    match passes {
        true => answer.assert_passed(case),
        false => answer.assert_refused(&OTHER_URL, case),
    }
}

#[tokio::test]
async fn a_proof_names_the_url_of_its_request() {
    let scene = Scene::of(|api| api, |api| Router::new().fallback(get(info)).layer(api.layer())).await;
    let (address, port) = (scene.address, scene.address.port());
    for (path, htu, passes) in [
        ("/a", format!("http://{address}/a"), true),
        ("/a?x=1", format!("http://{address}/a"), true),
        ("/a", format!("http://{address}/a?y=2#z"), true),
        ("/a", format!("HTTP://{address}/a"), true),
        ("/", format!("http://{address}"), true),
        ("/%7Ea/%c3%a4", format!("http://{address}/~a/%C3%A4"), true),
        ("/a/b", format!("http://{address}/a/./c/../b"), true),
        ("/a", format!("http://{address}/b"), false),
        ("/a", format!("http://{address}/A"), false),
        ("/a", format!("http://{address}/a/"), false),
        ("/a%2Fb", format!("http://{address}/a/b"), false),
        ("/a", format!("https://{address}/a"), false),
        ("/a", "http://127.0.0.1/a".to_owned(), false),
        ("/a", format!("http://localhost:{port}/a"), false),
        ("/a", format!("http://127.0.0.1:{port}x/a"), false),
        ("/a", format!("http://api@{address}/a"), false),
        ("/a", "/a".to_owned(), false),
        ("/a", String::new(), false),
    ] {
        assert_answer(&ask(&scene, path, &[], &htu).await, passes, &format!("{path} with {htu}"));
    }
}

#[tokio::test]
async fn nested_routers_see_what_the_client_sent() {
    let scene = Scene::of(
        |api| api,
        |api| {
            let inner = Router::new().route("/notes/{id}", get(info)).layer(api.layer());
            Router::new().nest("/v1", Router::new().nest("/{tenant}", inner))
        },
    )
    .await;
    let url = scene.url("/v1/acme/notes/7");
    ask(&scene, "/v1/acme/notes/7", &[], &url).await.assert_passed("the whole path");
    for path in ["/notes/7", "/acme/notes/7", "/v1/notes/7", "/v1/{tenant}/notes/{id}"] {
        let answer = ask(&scene, "/v1/acme/notes/7", &[], &scene.url(path)).await;
        answer.assert_refused(&OTHER_URL, path);
    }
}

#[tokio::test]
async fn over_http_2_the_authority_counts_and_not_a_host_header() {
    let mut scene = Scene::with(|api| api).await;
    scene.http = Client::builder().http2_prior_knowledge().build().unwrap();
    let url = scene.url("/");
    ask(&scene, "/", &[], &url).await.assert_passed("the authority");
    ask(&scene, "/", &[("host", "other.example")], &url).await.assert_passed("whatever Host says");
    let other = ask(&scene, "/", &[("host", "other.example")], "http://other.example/").await;
    other.assert_refused(&OTHER_URL, "what Host says");
}

/// Without a public origin the client's own word has to do, so only what no client sends is refused.
#[tokio::test]
async fn a_host_header_that_is_no_host_matches_nothing() {
    let scene = Scene::with(|api| api).await;
    ask(&scene, "/", &[("host", "API.example:80")], "http://api.example/").await.assert_passed("a host");
    for host in ["api/x?", "api.example/", "api.example?", "api.example#", "a@api.example", "api example", ""]
    {
        for htu in ["http://api/", "http://api/x", "http://api.example/", &scene.url("/")] {
            ask(&scene, "/", &[("host", host)], htu).await.assert_refused(&OTHER_URL, host);
        }
    }
}

#[tokio::test]
async fn forwarding_headers_count_from_trusted_proxies_only() {
    let x_forwarded =
        [("x-forwarded-proto", "https"), ("x-forwarded-host", "api.example.com"), ("host", "inner")];
    let forwarded = [("forwarded", r#"for=1.2.3.4, for=5.6.7.8;proto=https;host="api.example.com""#)];
    let said = "https://api.example.com/";
    for (case, networks, kind, headers, passes) in [
        ("trusted", TRUSTED, X_FORWARDED, &x_forwarded[..], true),
        ("not trusted", ELSEWHERE, X_FORWARDED, &x_forwarded, false),
        ("trusted for the other kind", TRUSTED, FORWARDED, &x_forwarded, false),
        ("Forwarded, trusted", TRUSTED, FORWARDED, &forwarded, true),
        ("Forwarded, not trusted", ELSEWHERE, FORWARDED, &forwarded, false),
        ("Forwarded, trusted for the other kind", TRUSTED, X_FORWARDED, &forwarded, false),
    ] {
        let scene = Scene::with(trusting(networks, kind)).await;
        assert_answer(&ask(&scene, "/", headers, said).await, passes, case);
    }
    let scene = Scene::with(|api| api).await;
    assert_answer(&ask(&scene, "/", &x_forwarded, said).await, false, "nobody is trusted by default");
    assert_answer(&ask(&scene, "/", &x_forwarded[..2], &scene.url("/")).await, true, "and they do no harm");
}

/// A proxy that is trusted for certificates passes `X-Forwarded-Host` on as its client wrote it.
#[tokio::test]
async fn a_proxy_is_not_believed_what_was_not_named() {
    let evil = "https://evil.test/";
    let headers = [
        ("host", "api.example.com"),
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.test;proto=https"),
    ];
    let certificates = ProxyHeaders::none().client_certificate(CertificateHeader::ClientCert);
    for (named, url) in [
        (ProxyHeaders::none(), "http://api.example.com/"),
        (certificates, "http://api.example.com/"),
        (ProxyHeaders::none().x_forwarded_proto(), "https://api.example.com/"),
        (ProxyHeaders::none().forwarded_proto(), "https://api.example.com/"),
    ] {
        let scene = Scene::with(trusting(TRUSTED, named.clone())).await;
        let forged = ask(&scene, "/", &headers, evil).await;
        forged.assert_refused(&OTHER_URL, &format!("{named:?}"));
        ask(&scene, "/", &headers, url).await.assert_passed(&format!("{named:?}"));
    }
}

#[tokio::test]
async fn of_several_proxies_the_nearest_is_believed() {
    let scene = Scene::with(trusting(TRUSTED, X_FORWARDED)).await;
    let headers =
        [("x-forwarded-proto", "http, https"), ("x-forwarded-host", "evil.example, api.example.com")];
    let nearest = ask(&scene, "/", &headers, "https://api.example.com/").await;
    nearest.assert_passed("the last element");
    let client = ask(&scene, "/", &headers, "http://evil.example/").await;
    client.assert_refused(&OTHER_URL, "what the client wrote itself");
    let over_tls = scene.url("/").replace("http", "https");
    for htu in [&over_tls, &scene.url("/")] {
        let scheme_only = ask(&scene, "/", &[("x-forwarded-proto", "https")], htu).await;
        scheme_only.assert_refused(&OTHER_URL, "a header that the proxy was said to set is missing");
    }
    for garbled in ["", "api.example.com/x", "a b"] {
        let headers = [("x-forwarded-proto", "https"), ("x-forwarded-host", garbled)];
        let answer = ask(&scene, "/", &headers, &scene.url("/")).await;
        answer.assert_refused(&OTHER_URL, garbled);
    }
    let twice = [
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "api.example.com"),
        ("x-forwarded-host", "api.example.com"),
    ];
    ask(&scene, "/", &twice, "http://api.example.com/").await.assert_refused(&OTHER_URL, "two headers");
}

#[tokio::test]
async fn a_public_origin_is_the_answer_whatever_a_request_says() {
    let scene = Scene::of(
        |api| {
            let api = api.public_origin("https://api.example.com/v1");
            trusting(TRUSTED, X_FORWARDED)(api)
        },
        |api| Router::new().route("/notes", get(info)).layer(api.layer()),
    )
    .await;
    let lies =
        [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "http")];
    for (htu, passes) in [
        ("https://api.example.com/v1/notes", true),
        ("https://API.example.com:443/v1/notes", true),
        ("https://api.example.com/notes", false),
        ("http://evil.example/notes", false),
        ("http://evil.example/v1/notes", false),
        (scene.url("/notes").as_str(), false),
    ] {
        assert_answer(&ask(&scene, "/notes", &lies, htu).await, passes, htu);
        assert_answer(&ask(&scene, "/notes", &[], htu).await, passes, htu);
    }
}
