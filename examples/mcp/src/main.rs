//! `ISSUER=https://tenant.example/oidc RESOURCE=http://127.0.0.1:3000/mcp cargo run`

use std::env;
use std::error::Error;

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name| env::var(name).map_err(|_| format!("the environment has no {name}"));
    let api = mcp::resource_server(&setting("ISSUER")?, &setting("RESOURCE")?)?;
    let listener = TcpListener::bind(("127.0.0.1", 3000)).await?;
    println!("listening on http://{}/mcp", listener.local_addr()?);
    Ok(axum::serve(listener, mcp::app(&api)?).await?)
}
