//! The same servers with no protection: what a request costs before anyone looks at its token.

use anyhow::Result;

use super::{PROTECTED, READY, Setting, answer, listen, listen_07};

pub(super) async fn serve(setting: &Setting) -> Result<()> {
    use axum::{Json, Router, routing::get};
    let router =
        Router::new().route(PROTECTED, get(|| async { Json(answer()) })).route(READY, get(|| async {}));
    listen(setting.port, router).await
}

pub(super) async fn serve_07(setting: &Setting) -> Result<()> {
    use axum_07::{Json, Router, routing::get};
    let router =
        Router::new().route(PROTECTED, get(|| async { Json(answer()) })).route(READY, get(|| async {}));
    listen_07(setting.port, router).await
}
