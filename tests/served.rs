//! An API of axum on a port of this machine, whose clients' addresses are known.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;

/// Serves it until the test ends; the URL.
pub(crate) async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}
