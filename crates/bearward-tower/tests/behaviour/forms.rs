//! Tokens in form bodies, for those who switch them on (RFC 6750 §2.2).

use bearward_tower::{FormCredentialLayer, ProtectLayer};
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use tower::{Layer, ServiceBuilder, service_fn};

use crate::support::{Body, ask, handler, mint, trusting};

const FORM: &str = "application/x-www-form-urlencoded";

fn post(form: impl Into<String>) -> Request<Body> {
    request("POST", FORM, form)
}

fn request(method: &str, media_type: &str, form: impl Into<String>) -> Request<Body> {
    let request = Request::builder().method(method).header(CONTENT_TYPE, media_type);
    request.body(Body::from(form.into())).unwrap()
}

#[tokio::test]
async fn a_token_in_a_form_passes_and_the_handler_still_reads_the_form() {
    let api = trusting().build().unwrap();
    let service = ServiceBuilder::new()
        .layer(FormCredentialLayer)
        .layer(ProtectLayer::new(api.clone()))
        .service_fn(handler);
    let token = mint().sign();
    for (method, media_type, form) in [
        ("POST", FORM, format!("access_token={token}")),
        ("PUT", FORM, format!("a=b&access_token={token}&c=d")),
        ("PATCH", FORM, format!("a=b&%61ccess_token={token}")),
        ("POST", "application/x-www-form-urlencoded; charset=utf-8", format!("access_token={token}")),
        ("POST", "APPLICATION/X-WWW-Form-Urlencoded;x=y", format!("access_token={token}")),
        ("POST", FORM, format!("access_token={}", token.replace('.', "%2E"))),
        ("POST", FORM, format!("&&access_token={token}&")),
    ] {
        let answered = ask(&service, request(method, media_type, form.clone())).await;
        answered.assert_passed(&format!("test-client:{form}"));
    }
}

#[tokio::test]
async fn a_form_that_may_not_carry_a_token_carries_none() {
    let api = trusting().build().unwrap();
    let service = ServiceBuilder::new()
        .layer(FormCredentialLayer)
        .layer(ProtectLayer::new(api.clone()))
        .service_fn(handler);
    let form = || format!("access_token={}", mint().sign());
    for (case, request) in [
        ("GET", request("GET", FORM, form())),
        ("DELETE", request("DELETE", FORM, form())),
        ("OPTIONS", request("OPTIONS", FORM, form())),
        ("another media type", request("POST", "text/plain", form())),
        ("multipart", request("POST", "multipart/form-data; boundary=x", form())),
        ("a media type that begins like it", request("POST", "application/x-www-form-urlencodedx", form())),
        ("no media type", Request::post("/").body(Body::from(form())).unwrap()),
        ("another name", post(form().replace("access_token", "access_Token"))),
        ("an empty form", post("")),
    ] {
        ask(&service, request).await.assert_refused("credential_missing", case);
    }
    let without_the_layer = ProtectLayer::new(api.clone()).layer(service_fn(handler));
    ask(&without_the_layer, post(form())).await.assert_refused("credential_missing", "not switched on");
}

#[tokio::test]
async fn a_bad_token_in_a_form_is_refused_like_any_other() {
    let api = trusting().build().unwrap();
    let service = ServiceBuilder::new()
        .layer(FormCredentialLayer)
        .layer(ProtectLayer::new(api.clone()))
        .service_fn(handler);
    let token = mint().sign();
    let expired = mint().expires_in(-60).sign();
    let long = "a".repeat(16 * 1024 + 1);
    let query = Request::post(format!("/?access_token={token}")).header(CONTENT_TYPE, FORM);
    let header =
        Request::post("/").header(CONTENT_TYPE, FORM).header(AUTHORIZATION, format!("Bearer {token}"));
    let body = || Body::from(format!("access_token={token}"));
    for (case, request, refusal) in [
        ("expired", post(format!("access_token={expired}")), "token_expired"),
        ("no JWT", post("access_token=abc"), "token_malformed"),
        ("empty", post("access_token="), "authorization_malformed"),
        ("without value", post("access_token"), "authorization_malformed"),
        ("with a space", post(format!("access_token={token}+x")), "authorization_malformed"),
        ("not ASCII", post(format!("access_token={token}%C3%A9")), "authorization_malformed"),
        ("with CRLF", post(format!("access_token={token}%0d%0a")), "authorization_malformed"),
        ("too long", post(format!("access_token={long}")), "token_too_large"),
        ("twice", post(format!("access_token={token}&access_token={token}")), "several_credentials"),
        (
            "twice, once in disguise",
            post(format!("access_token={token}&%61%63cess_token={token}")),
            "several_credentials",
        ),
        ("in the query too", query.body(body()).unwrap(), "several_credentials"),
        ("in the header too", header.body(body()).unwrap(), "several_credentials"),
    ] {
        ask(&service, request).await.assert_refused(refusal, case);
    }
}

#[tokio::test]
async fn a_form_longer_than_64_kib_is_413() {
    let api = trusting().build().unwrap();
    let service = ServiceBuilder::new()
        .layer(FormCredentialLayer)
        .layer(ProtectLayer::new(api.clone()))
        .service_fn(handler);
    let token = mint().sign();
    let form = |bytes: usize| {
        let form = format!("access_token={token}&filler=");
        let filler = "x".repeat(bytes - form.len());
        format!("{form}{filler}")
    };
    let just = form(64 * 1024);
    ask(&service, post(just.clone())).await.assert_passed(&format!("test-client:{just}"));
    let answered = ask(&service, post(form(64 * 1024 + 1))).await;
    assert_eq!((answered.response.status().as_u16(), answered.failure().is_some()), (413, false));
}

#[tokio::test]
async fn forms_and_optional_protection_go_together() {
    let api = trusting().build().unwrap();
    let service = ServiceBuilder::new()
        .layer(FormCredentialLayer)
        .layer(ProtectLayer::new(api.clone()).optional())
        .service_fn(handler);
    ask(&service, post("a=b")).await.assert_passed("nobody:a=b");
    ask(&service, post("access_token=abc")).await.assert_refused("token_malformed", "a bad one");
}
