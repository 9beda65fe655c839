//! Reads `ISSUER` and `AUDIENCE` from the environment, and listens on port 50051.

use std::error::Error;

use bearward_tonic::ResourceServer;
use tonic::transport::server::TcpIncoming;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let api = ResourceServer::from_env()?;
    let incoming = TcpIncoming::bind(([127, 0, 0, 1], 50051).into())?;
    println!("listening on http://{}", incoming.local_addr()?);
    notes_grpc::serve(incoming, api, async { drop(tokio::signal::ctrl_c().await) }).await
}
