//! `ISSUER=https://tenant.example/oidc RESOURCE=http://127.0.0.1:3000/mcp cargo run`
//!
//! `ORIGINS` names the origins whose pages may use it, separated by commas; by default none may.

use std::env;
use std::error::Error;

use axum::http::HeaderValue;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name| env::var(name).map_err(|_| format!("the environment has no {name}"));
    let api = mcp::resource_server(&setting("ISSUER")?, &setting("RESOURCE")?)?;
    let origins = env::var("ORIGINS").unwrap_or_default();
    let origins = origins.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    let origins = origins.map(HeaderValue::from_str).collect::<Result<_, _>>()?;
    let listener = TcpListener::bind(("127.0.0.1", 3000)).await?;
    println!("listening on http://{}/mcp", listener.local_addr()?);
    Ok(axum::serve(listener, mcp::app(&api, origins)?).await?)
}
