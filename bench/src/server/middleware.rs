//! The limits that a protected server is compared with: the least that a layer can be, and the least that a check of a
//! token's signature can be.

use std::fs;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use anyhow::{Context as _, Result};
use aws_lc_rs::signature::ParsedPublicKey;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::{Json, Router, routing::get};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::Either;
use tower_layer::Layer;
use tower_service::Service;

use crate::serving::{PROTECTED, READY, Setting, answer, listen};
use crate::token::{Algorithm, algorithm, signed_part};

/// No signature of an algorithm here is longer.
const MAX_SIGNATURE_BYTES: usize = 512;

/// axum 0.8 with a layer that lets everything through.
pub(super) async fn empty(setting: &Setting) -> Result<()> {
    serve(setting, |_: &HeaderMap| true).await
}

/// axum 0.8 with a layer that verifies the signature with the parsed key, and looks at nothing else.
pub(super) async fn bare_signature(setting: &Setting) -> Result<()> {
    let key = fs::read(&setting.key).context("the public key")?;
    let key = Arc::new(algorithm::parse_public_key(Algorithm::RS256, &key)?);
    serve(setting, move |headers: &HeaderMap| is_signed(headers, &key)).await
}

fn is_signed(headers: &HeaderMap, key: &ParsedPublicKey) -> bool {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(token) = token.and_then(|value| value.strip_prefix("Bearer ")) else { return false };
    let Ok(signed) = signed_part(token) else { return false };
    let mut signature = [0; MAX_SIGNATURE_BYTES];
    let decoded = URL_SAFE_NO_PAD.decode_slice(&token[signed.len() + 1..], &mut signature);
    decoded.is_ok_and(|length| key.verify_sig(signed.as_bytes(), &signature[..length]).is_ok())
}

async fn serve<C>(setting: &Setting, check: C) -> Result<()>
where
    C: Fn(&HeaderMap) -> bool + Clone + Send + Sync + 'static,
{
    let router = Router::new()
        .route(PROTECTED, get(|| async { Json(answer()) }))
        .layer(Checks(check))
        .route(READY, get(|| async {}));
    listen(setting.port, router).await
}

#[derive(Clone)]
struct Checks<C>(C);

#[derive(Clone)]
struct Checked<S, C> {
    inner: S,
    check: C,
}

impl<S, C: Clone> Layer<S> for Checks<C> {
    type Service = Checked<S, C>;

    fn layer(&self, inner: S) -> Self::Service {
        Checked { inner, check: self.0.clone() }
    }
}

impl<S, C> Service<Request> for Checked<S, C>
where
    S: Service<Request, Response = Response>,
    C: Fn(&HeaderMap) -> bool,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if (self.check)(request.headers()) {
            return Either::Left(self.inner.call(request));
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        Either::Right(ready(Ok(response)))
    }
}
