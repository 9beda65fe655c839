//! The files of the pages, and the policy that they are served under.

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;

/// The page of the demo.
pub(crate) const PLAYGROUND: &str = include_str!("web/index.html");

/// The page of `bearward explain --web`.
pub(crate) const EXPLAIN: &str = include_str!("web/explain.html");

/// What a page may load: files and answers of this server, and nothing of any other.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Each file by its path.
const FILES: [(&str, &str, &str); 15] = [
    ("/playground/style.css", "text/css; charset=utf-8", include_str!("web/style.css")),
    ("/playground/icon.svg", "image/svg+xml", include_str!("web/icon.svg")),
    ("/playground/base64url.js", SCRIPT, include_str!("web/base64url.js")),
    ("/playground/challenge.js", SCRIPT, include_str!("web/challenge.js")),
    ("/playground/dom.js", SCRIPT, include_str!("web/dom.js")),
    ("/playground/dpop.js", SCRIPT, include_str!("web/dpop.js")),
    ("/playground/exchange-view.js", SCRIPT, include_str!("web/exchange-view.js")),
    ("/playground/explain.js", SCRIPT, include_str!("web/explain.js")),
    ("/playground/manners.js", SCRIPT, include_str!("web/manners.js")),
    ("/playground/playground.js", SCRIPT, include_str!("web/playground.js")),
    ("/playground/presets.js", SCRIPT, include_str!("web/presets.js")),
    ("/playground/server-view.js", SCRIPT, include_str!("web/server-view.js")),
    ("/playground/server.js", SCRIPT, include_str!("web/server.js")),
    ("/playground/token-view.js", SCRIPT, include_str!("web/token-view.js")),
    ("/playground/trace-view.js", SCRIPT, include_str!("web/trace-view.js")),
];

/// `GET` of a page.
pub(crate) fn html(path: &'static str, page: impl Into<String>) -> Router {
    let page = page.into();
    Router::new().route(path, get(move || async move { Html(page) }))
}

pub(super) fn files() -> Router {
    FILES.into_iter().fold(Router::new(), |router, (path, media_type, text)| {
        router.route(path, get(move || async move { ([(CONTENT_TYPE, media_type)], text).into_response() }))
    })
}

/// Adds what tells the browser to load and keep nothing that is not from here.
pub(super) async fn with_policy(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
