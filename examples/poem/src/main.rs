//! `ISSUER=https://tenant.example/oidc AUDIENCE=https://api.example.com cargo run`

use bearward_tower::ResourceServer;
use poem::Server;
use poem::listener::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = ResourceServer::builder()
        .issuer(std::env::var("ISSUER")?)
        .audience(std::env::var("AUDIENCE")?)
        .build()?;
    Server::new(TcpListener::bind("127.0.0.1:3000")).run(poem_example::app(&api)?).await?;
    Ok(())
}
