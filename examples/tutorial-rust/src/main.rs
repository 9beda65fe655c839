//! Serves the notes. The environment says whose tokens are accepted.

use bearward_axum::ResourceServer;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).init();
    let api = ResourceServer::from_env()?;
    api.ready().await?;
    let address = std::env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3001".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, notes::app(&api)?).await?;
    Ok(())
}
