//! A gRPC server whose methods each say which access tokens they need.
//!
//! 1. [`protection`]: the rules, by method. A method without a rule is refused, and a rule for a method that does not exist is an
//!    error.
//! 2. [`notes`]: the handlers, which get the proof that a call was let in.
//! 3. [`serve`]: the layer goes around all services.

pub mod notes;

use std::error::Error;

use bearward_tonic::requirement::scope;
use bearward_tonic::{GrpcLayer, ResourceServer, RuleError};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, health_reporter};

use crate::notes::Notes;
use crate::proto::notes_server::NotesServer;

/// What `build.rs` made of `proto/notes.proto`.
pub mod proto {
    tonic::include_proto!("notes.v1");

    /// The services and methods, for the check that rules name them.
    pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("notes_descriptor");
}

/// A token may be of 16 KiB, and there are other headers: with tonic's own limit of 16 KiB for all of them, a client with
/// the longest token would hear nothing of Bearward.
const MAX_HEADERS: u32 = 32 * 1024;

/// Which method needs what.
pub fn protection(api: ResourceServer) -> Result<GrpcLayer, RuleError> {
    GrpcLayer::described_by(api, &[proto::FILE_DESCRIPTOR_SET, tonic_health::pb::FILE_DESCRIPTOR_SET])?
        .public("grpc.health.v1.Health")?
        .require("notes.v1.Notes/Add", scope("notes:write"))?
        .require("notes.v1.Notes/List", scope("notes:read"))?
        .require("notes.v1.Notes/Watch", scope("notes:read"))
}

/// Serves until `end`; calls that run then may finish.
pub async fn serve(
    incoming: TcpIncoming,
    api: ResourceServer,
    end: impl Future<Output = ()>,
) -> Result<(), Box<dyn Error>> {
    let (reporter, health) = health_reporter();
    tokio::spawn(report_health(reporter, api.clone()));
    Server::builder()
        .http2_max_header_list_size(MAX_HEADERS)
        .layer(protection(api)?)
        .add_service(health)
        .add_service(NotesServer::new(Notes::default()))
        .serve_with_incoming_shutdown(incoming, end)
        .await?;
    Ok(())
}

/// A server without the keys of its issuer can answer calls with `UNAVAILABLE` alone: it is not ready for any yet.
async fn report_health(reporter: HealthReporter, api: ResourceServer) {
    reporter.set_service_status("", ServingStatus::NotServing).await;
    while let Err(error) = api.ready().await {
        eprintln!("{error}");
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    }
    reporter.set_service_status("", ServingStatus::Serving).await;
}
