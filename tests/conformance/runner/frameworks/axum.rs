//! The demo API of the command, which is behind axum.

use axum::response::Response;
use bearward_axum::{Failure, ResourceServer};
use http::HeaderValue;

use crate::served;
use crate::target::CODE;

/// Serves it on a port of this machine; the URL.
pub(crate) async fn serve(api: ResourceServer) -> String {
    let app = bearward_cli::demo::api(&api).unwrap().layer(axum::middleware::map_response(tell_code));
    served::serve(app).await
}

async fn tell_code(mut response: Response) -> Response {
    if let Some(failure) = response.extensions().get::<Failure>() {
        let code = HeaderValue::from_static(failure.code());
        response.headers_mut().insert(CODE, code);
    }
    response
}
