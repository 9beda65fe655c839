//! The demo's routes behind each framework for Rust, served by this process.

use bearward_axum::ResourceServer;

use crate::protocol::Protocol;

mod actix;
mod axum;
mod requirements;
mod rocket;
mod tonic;

/// A framework that a crate `bearward-<name>` adapts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framework {
    Actix,
    Axum,
    Rocket,
    Tonic,
}

impl Framework {
    pub(crate) const ALL: [Self; 4] = [Self::Actix, Self::Axum, Self::Rocket, Self::Tonic];

    /// What `exceptions.json` knows it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Actix => "actix",
            Self::Axum => "axum",
            Self::Rocket => "rocket",
            Self::Tonic => "tonic",
        }
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Actix | Self::Axum | Self::Rocket => Protocol::Http,
            Self::Tonic => Protocol::Grpc,
        }
    }

    /// Serves the routes on a port of this machine; the URL.
    pub(crate) async fn serve(self, api: ResourceServer) -> String {
        match self {
            Self::Actix => actix::serve(api),
            Self::Axum => axum::serve(api).await,
            Self::Rocket => rocket::serve(api).await,
            Self::Tonic => tonic::serve(api),
        }
    }
}
