#![doc = include_str!("../README.md")]

mod attached;
mod fairing;
mod guard;
mod head;
mod health;
mod last;
mod notes;
mod refused;
mod resource_metadata;
mod response;
mod routes;
mod served;

pub use bearward_tower;
pub use bearward_tower::bearward::answer::Answer;
pub use bearward_tower::bearward::builder::ResourceServerBuilder;
pub use bearward_tower::bearward::check::DpopPolicy;
pub use bearward_tower::bearward::connection::ClientConnection;
pub use bearward_tower::{
    AccessToken, AuthInfo, ConfigError, Failure, IssuerConfig, ResourceServer, requirement,
};

use bearward_tower::ProtectLayer;
use bearward_tower::requirement::Requirement;
use rocket::Route;

pub use self::fairing::Bearward;
pub use self::guard::{Authorized, Claims};
pub use self::head::set_connection;
pub use self::health::health;
pub use self::refused::{Refused, failure_of};
pub use self::resource_metadata::resource_metadata;
pub use self::routes::{ProtectRoutes, public};

/// The routes of a resource server, for `mount` of Rocket.
///
/// Each takes what `routes!` makes, a `FileServer`, or any other routes, and gives the same routes: with the same paths,
/// ranks and formats, and with a check before each handler and its request guards.
pub trait Protect {
    /// Requests need a valid token.
    fn protect(&self, routes: impl Into<Vec<Route>>) -> Vec<Route>;

    /// Requests may come without any credential; one that is sent must be valid.
    fn optional(&self, routes: impl Into<Vec<Route>>) -> Vec<Route>;

    /// Requests need a valid token that meets a requirement.
    ///
    /// # Errors
    /// [`ConfigError`] when the requirement means nothing.
    fn require(
        &self,
        requirement: Requirement,
        routes: impl Into<Vec<Route>>,
    ) -> Result<Vec<Route>, ConfigError>;
}

impl Protect for ResourceServer {
    fn protect(&self, routes: impl Into<Vec<Route>>) -> Vec<Route> {
        ProtectRoutes::new(ProtectLayer::new(self.clone())).around(routes)
    }

    fn optional(&self, routes: impl Into<Vec<Route>>) -> Vec<Route> {
        ProtectRoutes::new(ProtectLayer::new(self.clone()).optional()).around(routes)
    }

    fn require(
        &self,
        requirement: Requirement,
        routes: impl Into<Vec<Route>>,
    ) -> Result<Vec<Route>, ConfigError> {
        let layer = ProtectLayer::new(self.clone()).requirement(requirement)?;
        Ok(ProtectRoutes::new(layer).around(routes))
    }
}
