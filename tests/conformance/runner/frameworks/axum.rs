//! The demo API of the command, which is behind axum.

use std::net::SocketAddr;

use axum::response::Response;
use bearward_axum::{Failure, ResourceServer};
use http::HeaderValue;
use tokio::net::TcpListener;

use crate::target::CODE;

/// Serves it on a port of this machine; the URL.
pub(crate) async fn serve(api: ResourceServer) -> String {
    let app = bearward_cli::demo::api(&api).unwrap().layer(axum::middleware::map_response(tell_code));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

async fn tell_code(mut response: Response) -> Response {
    if let Some(failure) = response.extensions().get::<Failure>() {
        let code = HeaderValue::from_static(failure.code());
        response.headers_mut().insert(CODE, code);
    }
    response
}
