//! `bearward explain --web`: the same explanation in a browser.
//!
//! The page and what it asks for are served on the loopback interface, at a port that the system picks. A token goes from
//! the page to this process and no further: what is fetched are metadata and keys, which need no token, and introspection,
//! which would send it, cannot be asked for here.

use std::fmt;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bearward_core::wire::RedactedUrl;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::token::PresentedToken;
use super::{Options, printable, report_on};
use crate::playground::{EXPLAIN, Trouble, browser, guarded, html};
use crate::usage::{self, UsageError};

/// What a person filled in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    token: String,
    issuer: String,
    audience: String,
    scope: String,
    dpop_proof: Option<String>,
    method: Option<String>,
    url: Option<String>,
}

/// Without what was given.
impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").finish_non_exhaustive()
    }
}

/// Serves the page until Ctrl-C.
pub(super) async fn serve(options: &Options) -> Result<(), UsageError> {
    let failed = |error| UsageError::new(format!("cannot serve the page: {error}"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let address: SocketAddr = listener.local_addr().map_err(failed)?;
    let routes = Router::new()
        .route("/explain", post(explain))
        .route("/explain/defaults", get(defaults))
        .with_state(Arc::new(options.clone()))
        .merge(html("/", EXPLAIN));
    let url = format!("http://{address}/");
    let opened = !options.no_open && browser::open(&url);
    let how = if opened { "it is opened in your browser" } else { "open it in a browser" };
    // Where standard output is closed, the page is served all the same.
    let _ =
        writeln!(std::io::stdout(), "explain  {url}   ({how})\nTokens stay on this machine. Ctrl-C ends it.");
    let stop = async {
        // Where it cannot be listened for, the system's own way of ending a process remains.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let serving = axum::serve(listener, guarded(routes, address.port())).into_future();
    tokio::select! {
        ended = serving => ended.map_err(failed),
        // Nothing under way is worth waiting for.
        () = stop => Ok(()),
    }
}

/// What the command line named already.
async fn defaults(State(options): State<Arc<Options>>) -> Json<Value> {
    let first = |list: &[String]| list.first().map(|url| RedactedUrl::of(url).to_string());
    Json(json!({
        "issuer": first(&options.issuer),
        "audience": options.audience.first(),
        "scope": options.scope.join(" "),
    }))
}

async fn explain(State(options): State<Arc<Options>>, Json(asked): Json<Asked>) -> Result<Response, Trouble> {
    let complaint = |error: UsageError| Trouble::bad_request(error.to_string());
    let presented = PresentedToken::pasted(&asked.token).map_err(complaint)?;
    if presented.expose().is_empty() {
        return Err(Trouble::bad_request("paste a token"));
    }
    let options = combined(&options, asked).map_err(complaint)?;
    let report = report_on(&options, &presented).await.map_err(complaint)?;
    let body = format!("{{\"report\":{}}}", printable::json(&report));
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

/// What the command line says, with what the page says instead.
fn combined(options: &Options, asked: Asked) -> Result<Options, UsageError> {
    let mut combined = options.clone();
    let list = |text: String| if text.is_empty() { Vec::new() } else { vec![text] };
    // The page shows the first value of the command line; where it sends that value back, all values are used.
    let is_default = |given: &[String], text: &str| given.first().is_some_and(|first| first == text);
    if !is_default(&options.issuer, &asked.issuer) {
        combined.issuer = list(asked.issuer);
    }
    if !is_default(&options.audience, &asked.audience) {
        combined.audience = list(asked.audience);
    }
    combined.scope = list(asked.scope);
    if let Some(proof) = asked.dpop_proof {
        let url = asked.url.unwrap_or_default();
        combined.url =
            Some(usage::url(&url).map_err(|why| UsageError::new(format!("URL of the request: {why}")))?);
        let method = asked.method.unwrap_or_else(|| Method::GET.to_string());
        combined.method =
            usage::method(&method).map_err(|why| UsageError::new(format!("method of the request: {why}")))?;
        combined.dpop_proof = Some(proof);
    }
    Ok(combined)
}
